"""Runs cases one after the other: the answer is written, and only then is what was expected opened.

A case that cannot be read is told on its own line, and the others still run.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import yaml

from bot.core.errors import MidwatchError
from bot.core.fusion.changing import failing_of
from bot.core.fusion.fusing import fuse
from bot.evaluation.answering import Answer, answer_of
from bot.evaluation.frozen import Expected, Frozen, Importer
from bot.evaluation.reading_signs import brief_of
from bot.evaluation.scoring import score
from bot.evaluation.summary import Ran, summary_of

Write = Callable[[Mapping[str, Any]], None]
# whatever is odd about one case must not keep the others from being answered
UNREADABLE = (
    OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, RecursionError,
    yaml.YAMLError, msgspec.MsgspecError, MidwatchError,
)  # fmt: skip


@dataclass
class Run:
    """``write`` gets one object for each line: an answer, its score, at the end the summary."""

    write: Write
    ran: list[Ran] = field(default_factory=list)
    broken: int = 0

    def every(self, cases: Iterable[tuple[Importer, Path]]) -> None:
        for importer, folder in cases:
            self.one(importer, folder)

    def one(self, importer: Importer, folder: Path) -> None:
        began = time.perf_counter()
        try:
            frozen = importer.read(folder)
            answer = answered(frozen)
        except UNREADABLE as error:
            self.broken += 1
            self.write({"id": folder.name, "error": f"{folder}: {type(error).__name__}: {error}"[:600]})
            return
        seconds = round(time.perf_counter() - began, 4)
        self.write(
            {
                "id": frozen.id,
                "suite": frozen.suite,
                "answer": answer.body,
                "citations": answer.citations,
                "seconds": seconds,
                "tokens": 0,
            }
        )
        self._score(importer, folder, frozen, answer, seconds)

    def _score(self, importer: Importer, folder: Path, frozen: Frozen, answer: Answer, seconds: float) -> None:
        wanted = _expected(importer, folder)
        found = score(answer, wanted) if isinstance(wanted, Expected) else None
        told = found.row() if found else {"passed": None, "why": wanted or "no expectation"}
        self.write({"id": frozen.id, "score": told})
        self.ran.append(Ran(frozen.id, frozen.suite, seconds, 0, _sources(frozen), found))

    def end(self) -> dict[str, Any]:
        """Write the summary, whole and by suite."""
        suites = sorted({one.suite for one in self.ran})
        whole = summary_of(self.ran, self.broken)
        by_suite = {name: summary_of([one for one in self.ran if one.suite == name]) for name in suites}
        self.write({"summary": whole, "suites": by_suite})
        return whole


def answered(frozen: Frozen) -> Answer:
    """A pure function of what was frozen."""
    brief = brief_of(frozen)
    return answer_of(brief, fuse(brief), failing_of(brief.signs, brief.case.service, brief.map))


def _expected(importer: Importer, folder: Path) -> Expected | str | None:
    try:
        return importer.expected(folder)
    except UNREADABLE as error:
        return f"what is expected cannot be read: {type(error).__name__}: {error}"[:300]


def _sources(frozen: Frozen) -> int:
    """How many kinds of records were read: the calls that a live diagnosis would have made for them."""
    held = (frozen.objects, frozen.container_logs, frozen.lines, frozen.curves, frozen.spans, frozen.changes)
    return sum(bool(one) for one in held)
