"""One trace as a tree: who called whom, how long each step took by itself, where an error began. Pure.

Traces come with spans missing, parents that are not there, clocks apart: a span whose parent is missing is a root.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.core.records import Span

PEERS = ("peer.service", "server.address", "net.peer.name", "db.name", "db.system", "messaging.destination.name")
MOST_DEEP = 200
ALL_OF_IT = 0.8  # of a failed call's time, spent in a child that did not fail: it waited for that child


@dataclass(frozen=True)
class Trace:
    id: str
    spans: tuple[Span, ...]
    children: dict[str, list[Span]] = field(default_factory=dict)
    by_id: dict[str, Span] = field(default_factory=dict)

    def below(self, span: Span) -> list[Span]:
        return [one for one in self.children.get(span.id, []) if one is not span] if span.id else []

    def above(self, span: Span) -> list[Span]:
        """From its caller up to the root."""
        way: list[Span] = []
        here = span
        while (
            here.parent and (up := self.by_id.get(here.parent)) is not None and up not in way and len(way) < MOST_DEEP
        ):
            way.append(up)
            here = up
        return way

    @property
    def roots(self) -> list[Span]:
        return [one for one in self.spans if one.parent not in self.by_id or one.parent == one.id]


def traces_of(spans: Iterable[Span]) -> list[Trace]:
    grouped: dict[str, list[Span]] = {}
    for number, one in enumerate(spans):
        grouped.setdefault(one.trace or f"alone-{number}", []).append(one)
    return [_trace(id_, each) for id_, each in grouped.items()]


def _trace(id_: str, spans: list[Span]) -> Trace:
    children: dict[str, list[Span]] = {}
    by_id = {one.id: one for one in spans if one.id}
    for one in spans:
        if one.parent:
            children.setdefault(one.parent, []).append(one)
    return Trace(id_, tuple(spans), children, by_id)


def own_time(trace: Trace, span: Span) -> float:
    """Seconds in which none of its children ran (children may overlap)."""
    start, end = span.began.timestamp(), span.began.timestamp() + span.took
    covered, upto = 0.0, start
    for one in sorted(trace.below(span), key=lambda child: child.began):
        since, until = max(one.began.timestamp(), upto), min(one.began.timestamp() + one.took, end)
        if until > since:
            covered, upto = covered + until - since, until
    return max(0.0, span.took - covered)


def peer_of(span: Span) -> str:
    """Whom a call that left no span of its own went to, as far as its tags say."""
    if span.kind not in ("client", "producer", ""):
        return ""
    named = next((span.tags[name] for name in PEERS if span.tags.get(name)), "")
    return "" if named == span.service else named


def origins(trace: Trace) -> list[Span]:
    """Failed spans under which nothing failed: where the error began. Where such a call only waited for a child that
    did not fail, the child is what it waited for."""
    found: list[Span] = []
    for one in trace.spans:
        if one.failed and not any(child.failed for child in trace.below(one)):
            found.append(_waited_for(trace, one))
    return list({id(one): one for one in found}.values())


def _waited_for(trace: Trace, span: Span) -> Span:
    here = span
    for _ in range(MOST_DEEP):
        longest = max(trace.below(here), key=lambda one: one.took, default=None)
        if longest is None or longest.took < ALL_OF_IT * here.took or here.took <= 0:
            return here
        here = longest
    return here


def slowest_step(trace: Trace) -> Span | None:
    """The span that took the most time by itself."""
    return max(trace.spans, key=lambda one: own_time(trace, one), default=None)


def edges_in(trace: Trace) -> list[tuple[str, str]]:
    """(caller, callee) of services."""
    found: dict[tuple[str, str], None] = {}
    for one in trace.spans:
        up = trace.by_id.get(one.parent)
        if up is not None and up.service and one.service and up.service != one.service:
            found[(up.service, one.service)] = None
        elif one.service and not trace.below(one) and (peer := peer_of(one)):
            found[(one.service, peer)] = None
    return list(found)
