"""`midwatch eval`: frozen incidents through the analyzers and fusion, printed as lines of JSON or for people."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.core.errors import BadInput
from bot.evaluation.choosing import cases_under
from bot.evaluation.running import Run

WELL, BROKEN = 0, 1


def main(paths: Sequence[Path], form: str, reasoner: str, as_json: bool) -> int:
    """0 when every case could be read, whatever the scores: those are for the reader to judge."""
    if reasoner != "guided":
        raise BadInput("--reasoner claude is not built yet: frozen cases are answered without a model (guided)")
    run = Run(_print_json if as_json else _print_plain)
    for path in paths:
        run.every(cases_under(path, form))
    run.end()
    return BROKEN if run.broken else WELL


def _print_json(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()  # an answer is out before anything that is expected is opened


def _print_plain(line: Mapping[str, Any]) -> None:
    sys.stdout.write("\n".join(_lines(line)) + "\n")
    sys.stdout.flush()


def _lines(line: Mapping[str, Any]) -> list[str]:
    if "error" in line:
        return [f"{line['id']}: cannot be read: {line['error']}"]
    if "answer" in line:
        answer = line["answer"]
        causes = [f"  {one['confidence']:.2f}  {one['cause']}" for one in answer["causes"][:3]]
        state = "nothing is wrong now" if answer["healthy"] else "" if causes else "not enough to say"
        change = [f"  change: {answer['change']}"] if answer["change"] is not None else []
        return [f"{line['id']} ({line['seconds']:.2f} s) {state}".rstrip(), *causes, *change]
    if "score" in line:
        told = line["score"]
        verdict = {True: "passed", False: "missed"}.get(told["passed"], "not scored")
        return [f"  {verdict}{': ' + told['why'] if told['why'] else ''}"]
    return _table(line)


def _table(line: Mapping[str, Any]) -> list[str]:
    rows = {**line["suites"], "all": line["summary"]}
    head = f"{'suite':<16}{'cases':>6}{'passed':>8}{'hit@1':>8}{'hit@3':>8}{'false':>8}{'abstain':>9}{'seconds':>9}"
    return ["", head, *(_row(name, one) for name, one in rows.items())]


def _row(name: str, one: Mapping[str, Any]) -> str:
    rates = (one["hit_1"], one["hit_3"], one["false_diagnosis"], one["abstained"])
    texts = ["-" if rate is None else f"{rate:.2f}" for rate in rates]
    front = f"{name:<16}{one['cases']:>6}{one['passed']:>8}"
    return f"{front}{texts[0]:>8}{texts[1]:>8}{texts[2]:>8}{texts[3]:>9}{one['seconds']:>9.2f}"
