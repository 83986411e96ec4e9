"""What the study of traces found, as signs with the numbers that were read. Pure."""

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Protocol

from bot.core.measures import clip
from bot.core.records import Span
from bot.core.signs import Role, Sign, Source
from tools.read.shapes.wording import plural
from tools.read.spans.tree import Trace, origins, peer_of

MOST_PLACES = 5
BROKEN, SLOW, REPEATED, CALM, GOES_ON = 0.75, 0.65, 0.6, 0.4, 0.35


class Took(Protocol):
    @property
    def now(self) -> tuple[float, ...]: ...
    @property
    def before(self) -> tuple[float, ...]: ...


def seconds_text(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def broken(failing: Sequence[Trace], total: int) -> list[Sign]:
    """One sign for each place where errors begin, and one for each service they go on to."""
    places: dict[tuple[str, str], list[tuple[Span, Trace]]] = {}
    for trace in failing:
        for span in origins(trace):
            places.setdefault((span.service, span.operation), []).append((span, trace))
    heaviest = sorted(places.values(), key=lambda each: -len({trace.id for _, trace in each}))[:MOST_PLACES]
    return [_origin(each, total) for each in heaviest] + _victims(heaviest, total)


def _origin(each: Sequence[tuple[Span, Trace]], total: int) -> Sign:
    said = Counter(span.says for span, _ in each if span.says)
    words = said.most_common(1)[0][0] if said else ""
    lead = next((pair for pair in each if pair[0].says == words), each[0])
    span, trace = lead
    count = len({one.id for _, one in each})
    way = list(dict.fromkeys(one.service for one in trace.above(span) if one.service != span.service))
    peer = peer_of(span) if not trace.below(span) else ""
    how = "breaks" if span.failed else f"takes {seconds_text(span.took)} and its callers give up"
    says = f"{count} of {plural(total, 'trace')} fail first in {span.service}: {span.operation} {how}"
    says += f": {clip(words, 200)}" if words else ""
    says += f"; it calls {peer}" if peer else ""
    says += f"; the error goes on to {', '.join(way)}" if way else ""
    return Sign(
        kind="trace_breaks",
        role=Role.SYMPTOM,
        source=Source.TRACES,
        says=says,
        object=span.service,
        service=span.service,
        weight=BROKEN if count > 1 or total < 5 else BROKEN - 0.25,
        began=min(one.began for one, _ in each),
        last=max(one.began for one, _ in each),
        quotes=tuple(one for one in (words, span.operation) if one),
        blames=(peer,) if peer else (),
        facts={"trace": trace.id, "operation": span.operation, "path": [*reversed(way), span.service]},
    )


def _victims(places: Sequence[Sequence[tuple[Span, Trace]]], total: int) -> list[Sign]:
    """Every service above an origin, with where its own failed calls come from."""
    through: dict[str, dict[str, list[Span]]] = {}
    for each in places:
        for origin, trace in each:
            for one in trace.above(origin):
                if one.failed and one.service != origin.service:
                    through.setdefault(one.service, {}).setdefault(origin.service, []).append(one)
    begin = {origin.service for each in places for origin, _ in each}
    return [
        Sign(
            kind="trace_fails_through",
            role=Role.SYMPTOM,
            source=Source.TRACES,
            says=f"{service} fails in {len({one.trace for each in by.values() for one in each})} of "
            f"{plural(total, 'trace')}, each time because of {', '.join(by)} beneath it",
            object=service,
            service=service,
            weight=GOES_ON,
            began=min(one.began for each in by.values() for one in each),
            blames=tuple(by),
        )
        for service, by in through.items()
        if service not in begin
    ]


def slow(span: Span, times: Took, total: int) -> Sign:
    now = median(times.now)
    versus = f", {seconds_text(median(times.before))} before" if times.before else ""
    peer = peer_of(span)
    says = f"{span.service} spends {seconds_text(now)} in {span.operation} itself{versus}"
    says += f" (median of {plural(len(times.now), 'span')}, {plural(total, 'trace')})"
    says += f"; it waits for {peer}" if peer else ""
    return Sign(
        kind="span_slow",
        role=Role.SYMPTOM,
        source=Source.TRACES,
        says=says,
        object=span.service,
        service=span.service,
        weight=SLOW if times.before or len(times.now) > 1 else SLOW - 0.15,
        began=span.began,
        quotes=(span.operation,),
        blames=(peer,) if peer else (),
        facts={"trace": span.trace, "operation": span.operation, "now_s": now},
    )


def repeated(span: Span, trace: Trace, count: int) -> Sign:
    caller = trace.by_id.get(span.parent)
    who = caller.service if caller else span.service
    return Sign(
        kind="call_repeated",
        role=Role.SYMPTOM,
        source=Source.TRACES,
        says=f"{who} makes the call {span.operation} to {span.service} {count} times in one trace",
        object=who,
        service=who,
        weight=REPEATED,
        began=span.began,
        quotes=(span.operation,),
        facts={"trace": trace.id, "operation": span.operation, "count": count},
    )


def calm(now: Sequence[Trace], before: Sequence[Trace]) -> Sign:
    """None of them failed or was slower than before."""
    took = [root.took for trace in now for root in trace.roots]
    compared = f", no step slower than in {plural(len(before), 'trace')} before" if before else ""
    services = list(dict.fromkeys(root.service for trace in now for root in trace.roots))
    return Sign(
        kind="traces_well",
        role=Role.WELL,
        source=Source.TRACES,
        says=f"None of {plural(len(now), 'trace')} failed (median {seconds_text(median(took))}){compared}",
        object=services[0] if len(services) == 1 else "",
        service=services[0] if len(services) == 1 else "",
        weight=CALM,
    )
