"""What the traces of an incident say: which step broke them, which took the time, where the error went on. Pure.

Everything is compared with the traces of the baseline, where there are any. A trace is of the incident when it began
in it; without a single one nothing is said, for no traces is not the same as no trouble.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from bot.core.records import Span
from bot.core.service_map import Edge
from bot.core.signs import Sign
from bot.core.window import Window
from tools.read.spans.tree import Trace, edges_in, own_time, traces_of
from tools.read.spans.wording import broken, calm, repeated, slow

SLOWER = 2.0  # times what it took before
NOTICED = 0.05  # seconds more; less is nobody's trouble
SHARE = 0.5  # of a slow trace's time, in one step alone
LONG = 1.0  # seconds; where nothing is known of before
MOST_OF_A_CALL = 10  # the same call so often in one trace
MOST_SIGNS = 8


@dataclass(frozen=True)
class Times:
    """Of one operation: how often it ran and how long it took by itself, now and before; in seconds."""

    now: tuple[float, ...]
    before: tuple[float, ...]

    @property
    def rose(self) -> bool:
        if not self.before:
            return False
        usual, today = median(self.before), median(self.now)
        return today >= SLOWER * usual and today - usual >= NOTICED


@dataclass(frozen=True)
class Studied:
    """``traces`` and ``failed`` count those of the incident; ``before`` those of the baseline."""

    signs: tuple[Sign, ...] = ()
    edges: tuple[Edge, ...] = ()
    traces: int = 0
    failed: int = 0
    before: int = 0
    exemplars: tuple[Trace, ...] = field(default=())


def study(spans: Iterable[Span], window: Window) -> Studied:
    every = traces_of(spans)
    now = [one for one in every if _began(one) >= window.start]
    before = [one for one in every if window.baseline_start <= _began(one) < window.start]
    told = told_by(every)
    failing = [one for one in now if any(span.failed for span in one.spans)]
    if not now:
        return Studied(edges=told, before=len(before))
    found = [*broken(failing, len(now)), *_slow(now, before), *_repeated(now, before)]
    signs = sorted(found, key=lambda sign: -sign.weight)[:MOST_SIGNS] or [calm(now, before)]
    worst = sorted(now, key=lambda one: (one not in failing, -max(span.took for span in one.spans)))[:3]
    return Studied(tuple(signs), told, len(now), len(failing), len(before), tuple(worst))


def told_by(traces: Sequence[Trace]) -> tuple[Edge, ...]:
    pairs = dict.fromkeys(pair for one in traces for pair in edges_in(one))
    return tuple(Edge(caller, callee, "traces") for caller, callee in pairs)


def _began(trace: Trace) -> datetime:
    return min(one.began for one in trace.spans)


def _slow(now: Sequence[Trace], before: Sequence[Trace]) -> list[Sign]:
    """The steps that took the time by themselves: more than before, or, where that is not known, most of a long one."""
    timed = _times(now, before)
    grown = [slow(span, times, len(now)) for span, times in timed if times.rose]
    known = {(span.service, span.operation) for span, times in timed if times.before}
    return grown + [
        slow(
            max((one for one, _ in each), key=lambda one: one.took),
            Times(tuple(own_time(trace, one) for one, trace in each), ()),
            len(now),
        )
        for name, each in _most_of_long(now).items()
        if name not in known
    ]


def _most_of_long(now: Sequence[Trace]) -> dict[tuple[str, str], list[tuple[Span, Trace]]]:
    found: dict[tuple[str, str], list[tuple[Span, Trace]]] = {}
    for trace in now:
        whole = max((root.took for root in trace.roots), default=0.0)
        for span in trace.spans if whole >= LONG and len(trace.spans) > 1 else ():
            if own_time(trace, span) >= SHARE * whole:
                found.setdefault((span.service, span.operation), []).append((span, trace))
    return found


def _times(now: Sequence[Trace], before: Sequence[Trace]) -> list[tuple[Span, Times]]:
    usual: dict[tuple[str, str], list[float]] = {}
    for trace in before:
        for span in trace.spans:
            usual.setdefault((span.service, span.operation), []).append(own_time(trace, span))
    today: dict[tuple[str, str], list[tuple[float, Span]]] = {}
    for trace in now:
        for span in trace.spans:
            today.setdefault((span.service, span.operation), []).append((own_time(trace, span), span))
    return [
        (
            max(each, key=lambda pair: pair[0])[1],
            Times(tuple(took for took, _ in each), tuple(usual.get(name, ()))),
        )
        for name, each in today.items()
    ]


def _repeated(now: Sequence[Trace], before: Sequence[Trace]) -> list[Sign]:
    """The same call again and again in one trace: a query in a loop, or a storm of retries."""
    usual = max((count for _, _, count in _counts(before)), default=0)
    worst: dict[tuple[str, str], tuple[Span, Trace, int]] = {}
    for trace, span, count in _counts(now):
        known = worst.get((span.service, span.operation))
        if count >= MOST_OF_A_CALL and count > 2 * usual and (known is None or count > known[2]):
            worst[(span.service, span.operation)] = (span, trace, count)
    return [repeated(span, trace, count) for span, trace, count in worst.values()]


def _counts(traces: Sequence[Trace]) -> Iterable[tuple[Trace, Span, int]]:
    for trace in traces:
        for each in trace.children.values():
            names: dict[tuple[str, str], list[Span]] = {}
            for one in each:
                names.setdefault((one.service, one.operation), []).append(one)
            for same in names.values():
                yield trace, same[0], len(same)
