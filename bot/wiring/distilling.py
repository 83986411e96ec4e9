"""`midwatch logs`: the templates of log files, for people and, line by line, for measuring how well they group."""

import json
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bot.core.errors import BadInput
from bot.core.redact import redact
from tools.read.mining.headers import LOOKED_AT, Headers
from tools.read.mining.miner import OTHER, Miner

MOST_SHOWN = 60


def main(paths: Sequence[Path], as_json: bool, assign: bool) -> int:
    """With ``assign`` one id for each line, in their order; else the templates, the most frequent first."""
    lines = _lines(paths)
    first = [line for _, line in zip(range(LOOKED_AT), lines, strict=False)]
    headers, miner = Headers(first), Miner()
    exemplars: dict[int, str] = {}
    assigned = array("I")
    total = 0
    for line in _both(first, lines):
        message = headers.message(line)
        id_ = miner.add(message)
        total += 1
        if assign:
            assigned.append(id_)
        elif id_ not in exemplars:
            exemplars[id_] = redact(line)[:400]
    if assign:
        sys.stdout.writelines(f"{miner.final(id_)}\n" for id_ in assigned)
    else:
        _print(miner, exemplars, total, as_json=as_json)
    return 0


def _print(miner: Miner, exemplars: dict[int, str], total: int, *, as_json: bool) -> None:
    counts = Counter({one.id: one.count for one in miner.templates.values()})
    shown = counts.most_common(None if as_json else MOST_SHOWN)
    for id_, count in shown:
        text = redact(miner.templates[id_].text)
        row = {"id": id_, "count": count, "template": text, "exemplar": exemplars.get(id_, "")}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n" if as_json else f"{count:>9}  {text[:180]}\n")
    if as_json:
        end = {"lines": total, "templates": len(counts), "other": miner.other}
        sys.stdout.write(json.dumps(end) + "\n")
    else:
        more = f", {len(counts) - MOST_SHOWN} more not shown" if len(counts) > MOST_SHOWN else ""
        sys.stdout.write(
            f"{total:,} lines, {len(counts):,} templates{more}, {miner.other:,} lines of none (id {OTHER})\n"
        )


def _both(first: Iterable[str], rest: Iterable[str]) -> Iterator[str]:
    yield from first
    yield from rest


def _lines(paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        if str(path) == "-":
            yield from (line.rstrip("\r\n") for line in sys.stdin)
            continue
        try:
            with path.open(encoding="utf-8", errors="replace") as opened:
                yield from (line.rstrip("\r\n") for line in opened)
        except OSError as error:
            raise BadInput(f"{path} cannot be read: {error.strerror}") from error
