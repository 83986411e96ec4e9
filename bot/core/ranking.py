"""Which cause, how sure, and what may be said: a transparent function of what was judged. Pure.

    confidence = 1 - (1 - prior) * product(1 - weight of each support that holds)
                 and then times product(1 - weight of each contradiction that holds), at most 0.97

Each support closes a share of the doubt that is left; each contradiction takes away a share of the belief. What is
unknown changes nothing, but a cause whose requirement is unknown is never SUPPORTED, whatever the number says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from bot.core.case import Case, Seen
from bot.core.condition import Condition, Joined, Not
from bot.core.events import Standing, Verdict
from bot.core.predicates.neighbours import trouble
from bot.core.predicates.shape import Context, Judged
from bot.core.runbook import Cause, Runbook, Weighed
from bot.core.three_valued import Truth, all_of

MOST = 0.97
WORTH = 0.3  # below it a hypothesis is not worth a person's time


@dataclass(frozen=True)
class Bar:
    """When a cause is named: how sure, and how far before the next that is no consequence of it."""

    named: float = 0.75
    lead: float = 0.15

    @property
    def held(self) -> float:
        """The most a cause is believed while the errors name another service that may be to blame."""
        return max(0.0, self.named - self.lead)


@dataclass(frozen=True)
class Vote:
    """One condition as it came out, with the weight it had; ``denies``: it only says what is not there."""

    weight: float
    judged: Judged
    denies: bool = False


@dataclass(frozen=True)
class Ranked:
    """A cause after the evidence. ``unread`` are the votes that could not be cast."""

    cause: Cause
    standing: Standing
    confidence: float
    supports: tuple[Vote, ...] = ()
    against: tuple[Vote, ...] = ()
    excluded: tuple[Vote, ...] = ()
    unread: tuple[Vote, ...] = ()
    held_back: Judged | None = None
    told: str = ""  # how the confidence came about, where it is not the sum of a page's own votes

    def why(self) -> str:
        """The confidence as the sum it is, for people."""
        if self.told:
            return self.told
        parts = [f"{self.cause.prior:.2f} to begin with"]
        parts += [f"closes {vote.weight:.0%} of the doubt: {vote.judged.says}" for vote in self.supports if vote.weight]
        parts += [f"takes {vote.weight:.0%} away: {vote.judged.says}" for vote in self.against]
        parts += [f"no more than that while {self.held_back.says}"] if self.held_back else []
        return f"{self.confidence:.2f} = " + "; ".join(parts)


@dataclass(frozen=True)
class Conclusion:
    """What the guided reasoner came to. ``healthy`` are the conditions that say nothing is wrong now."""

    verdict: Verdict
    ranked: tuple[Ranked, ...]
    named: Ranked | None = None
    healthy: tuple[Judged, ...] = ()


def rank(runbook: Runbook, context: Context, bar: Bar) -> tuple[Ranked, ...]:
    """Every cause of the runbook, most likely first, those ruled out last."""
    accused = trouble(context)
    ranked = [_held(_rank(cause, context, bar), accused, bar) for cause in runbook.causes]
    return tuple(sorted(ranked, key=lambda one: (one.standing is Standing.RULED_OUT, -one.confidence, one.cause.id)))


def _rank(cause: Cause, context: Context, bar: Bar) -> Ranked:
    required = [_vote(one, context) for one in cause.requires]
    supports = [_vote(one, context) for one in cause.supports]
    contradicts = [_vote(one, context) for one in cause.contradicts]
    excludes = [_vote(one, context) for one in cause.rules_out]
    held = [vote for vote in (*required, *supports) if vote.judged.truth is Truth.TRUE]
    against = [vote for vote in contradicts if vote.judged.truth is Truth.TRUE]
    out = [vote for vote in required if vote.judged.truth is Truth.FALSE]
    out += [vote for vote in excludes if vote.judged.truth is Truth.TRUE]
    confidence = confidence_of(cause.prior, held, against)
    missing = any(vote.judged.truth is Truth.UNKNOWN for vote in required)
    return Ranked(
        cause=cause,
        standing=_standing(out, held, missing, confidence, bar),
        confidence=confidence,
        supports=tuple(held),
        against=tuple(against),
        excluded=tuple(out),
        unread=tuple(v for v in (*required, *supports, *contradicts, *excludes) if v.judged.truth is Truth.UNKNOWN),
    )


def _held(one: Ranked, accused: Judged | None, bar: Bar) -> Ranked:
    """No cause is sure while the errors name another service that is in trouble, or could not be read."""
    if accused is None or accused.truth is Truth.FALSE or one.standing is Standing.RULED_OUT:
        return one
    if one.cause.elsewhere or one.cause.own:
        return one
    standing = Standing.CANDIDATE if one.standing is Standing.SUPPORTED else one.standing
    return replace(one, standing=standing, confidence=min(one.confidence, bar.held), held_back=accused)


def _vote(one: Weighed, context: Context) -> Vote:
    return Vote(one.weight, one.condition.judge(context), denies(one.condition))


def denies(condition: Condition) -> bool:
    """Whether it holds by something being absent alone: that clears the way for a cause, and is no sign of one."""
    if isinstance(condition, Joined):
        return all(denies(part) for part in condition.parts)
    return isinstance(condition, Not)


def confidence_of(prior: float, supports: Sequence[Vote], against: Sequence[Vote]) -> float:
    doubt = (1 - prior) * prod(1 - vote.weight for vote in supports)
    return min(MOST, (1 - doubt) * prod(1 - vote.weight for vote in against))


def _standing(out: Sequence[Vote], held: Sequence[Vote], missing: bool, confidence: float, bar: Bar) -> Standing:
    if out:
        return Standing.RULED_OUT
    if not held:
        return Standing.UNKNOWN
    return Standing.SUPPORTED if confidence >= bar.named and not missing else Standing.CANDIDATE


def conclude(runbook: Runbook, context: Context, bar: Bar) -> Conclusion:
    """The verdict. HEALTHY comes first: nobody needs a cause, or a change, for what is over and was read as over."""
    ranked = rank(runbook, context, bar)
    healthy = tuple(condition.judge(context) for condition in runbook.healthy_when)
    if healthy and all_of(one.truth for one in healthy) is Truth.TRUE and is_quiet(context) is Truth.TRUE:
        return Conclusion(Verdict.HEALTHY, ranked, _leader(ranked, bar), healthy)
    if named := _leader(ranked, bar):
        return Conclusion(Verdict.CAUSE, ranked, named, healthy)
    ranked = tuple(_not_named(one) for one in ranked)
    return Conclusion(Verdict.CANDIDATES if candidates(ranked) else Verdict.UNSURE, ranked, None, healthy)


def _not_named(one: Ranked) -> Ranked:
    """Two that are equally strong are candidates, both of them."""
    return replace(one, standing=Standing.CANDIDATE) if one.standing is Standing.SUPPORTED else one


def _leader(ranked: Sequence[Ranked], bar: Bar) -> Ranked | None:
    """The supported cause that leads clearly over every other one it does not itself explain."""
    for one in ranked:
        if one.standing is not Standing.SUPPORTED:
            continue
        rivals = [r for r in alive(ranked) if r is not one and r.cause.id not in one.cause.explains and r.supports]
        if all(one.confidence - rival.confidence >= bar.lead - 1e-9 for rival in rivals):
            return one
    return None


def alive(ranked: Sequence[Ranked]) -> list[Ranked]:
    return [one for one in ranked if one.standing is not Standing.RULED_OUT]


def candidates(ranked: Sequence[Ranked]) -> list[Ranked]:
    """What is worth telling a person when nothing can be named: something must speak for it."""
    return [one for one in alive(ranked) if one.confidence >= WORTH and not all(vote.denies for vote in one.supports)]


def alert_look(case: Case, context: Context) -> Seen | None:
    """The look at the alert's own rule as it is now; None where there is none."""
    return next(
        (
            one
            for one in context.seen.values()
            if one.tool == "query_instant" and case.expression and one.arguments.get("expression") == case.expression
        ),
        None,
    )


def is_quiet(context: Context) -> Truth:
    """Whether the alert's own expression was read and does not hold. Held against everything a runbook may say."""
    one = alert_look(context.case, context)
    if one is None or not one.readable:
        return Truth.UNKNOWN
    value = one.facts.get("quiet")
    return Truth.UNKNOWN if not isinstance(value, bool) else Truth.TRUE if value else Truth.FALSE
