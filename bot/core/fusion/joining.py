"""The runbook's conclusion and the fused one become one. Pure.

What a runbook named stays named: somebody wrote down what it takes. Where it names nothing, a fused hypothesis may be,
by the same bar and the same lead; short of that it is one of the candidates.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.core.events import Standing, Verdict
from bot.core.findings import Quote
from bot.core.fusion.values import Explained, Fused
from bot.core.measures import clip
from bot.core.predicates.shape import Judged
from bot.core.ranking import MOST, Bar, Conclusion, Ranked, Vote, alive, candidates
from bot.core.runbook import GENERAL, Cause, Propose
from bot.core.signs import Sign
from bot.core.three_valued import Truth

MOST_JOINED = 4
PREFIX = "seen."
LONGEST = 600


def joined(conclusion: Conclusion, fused: Fused, bar: Bar) -> Conclusion:
    """The runbook's conclusion with what the signs speak for."""
    if conclusion.verdict in (Verdict.HEALTHY, Verdict.CAUSE):
        return conclusion
    told = [_ranked(one, bar) for one in fused.hypotheses[:MOST_JOINED] if _has_evidence(one)]
    fresh = _each_once(told)
    every = sorted((*conclusion.ranked, *fresh), key=_order)
    named = _nameable(fresh, conclusion, fused, bar)
    if named is not None:
        return replace(conclusion, verdict=Verdict.CAUSE, ranked=tuple(every), named=named)
    ranked = tuple(_not_named(one) for one in every)
    return replace(conclusion, verdict=Verdict.CANDIDATES if candidates(ranked) else Verdict.UNSURE, ranked=ranked)


def _order(one: Ranked) -> tuple[bool, float, str]:
    return one.standing is Standing.RULED_OUT, -one.confidence, one.cause.id


def _nameable(fresh: list[Ranked], conclusion: Conclusion, fused: Fused, bar: Bar) -> Ranked | None:
    if fused.verdict is not Verdict.CAUSE or not fresh or fresh[0].confidence < bar.named:
        return None
    first = fresh[0]
    rivals = [one for one in alive(conclusion.ranked) if one.supports and not _same(one, first)]
    return first if all(first.confidence - one.confidence >= bar.lead - 1e-9 for one in rivals) else None


def _same(one: Ranked, other: Ranked) -> bool:
    """Whether a candidate of the runbook rests on nothing but what the other rests on as well."""
    mine = {id_ for vote in one.supports for id_ in vote.judged.evidence}
    return bool(mine) and mine <= {id_ for vote in other.supports for id_ in vote.judged.evidence}


def _not_named(one: Ranked) -> Ranked:
    return replace(one, standing=Standing.CANDIDATE) if one.standing is Standing.SUPPORTED else one


def _has_evidence(one: Explained) -> bool:
    return any(sign.evidence for sign in one.supports)


def _each_once(told: list[Ranked]) -> list[Ranked]:
    """Ids are stable names, so that two of one kind are told apart by a number."""
    seen: dict[str, int] = {}
    named: list[Ranked] = []
    for one in told:
        count = seen[one.cause.id] = seen.get(one.cause.id, 0) + 1
        id_ = one.cause.id if count == 1 else f"{one.cause.id}.{count}"
        named.append(replace(one, cause=replace(one.cause, id=id_)))
    return named


def _ranked(one: Explained, bar: Bar) -> Ranked:
    confidence = min(MOST, one.confidence)
    supports = tuple(_vote(sign) for sign in one.supports if sign.evidence)
    against = tuple(Vote(0.0, Judged(Truth.TRUE, says, supports[0].judged.evidence)) for says in one.against)
    return Ranked(
        cause=_cause(one),
        standing=Standing.SUPPORTED if confidence >= bar.named else Standing.CANDIDATE,
        confidence=confidence,
        supports=supports,
        against=against,
        told=_why(one, confidence),
    )


def _why(one: Explained, confidence: float) -> str:
    parts = [f"{sign.weight:.2f} for: {clip(sign.says, 200)}" for sign in one.supports if sign.evidence]
    parts += [f"less, because {clip(says, 200)}" for says in one.against]
    return f"{confidence:.2f}, weighed from " + "; ".join(parts)


def _vote(sign: Sign) -> Vote:
    quotes = tuple(Quote(evidence=sign.evidence[0], text=text) for text in sign.quotes[:1])
    return Vote(sign.weight, Judged(Truth.TRUE, sign.says, sign.evidence, quotes))


def _cause(one: Explained) -> Cause:
    """A cause as a runbook's page would have it; what was read is no template, so its braces are escaped."""
    return Cause(
        id=f"{PREFIX}{one.kind}",
        page=GENERAL,
        name=one.kind.replace("_", " "),
        cause=_literal(clip(one.cause, LONGEST)),
        prior=0.0,
        elsewhere=True,
        next_step=_literal(clip(one.mends, LONGEST)),
        prevention=_literal(clip(one.prevents, LONGEST)),
        propose=_remedy(one.remedy),
    )


def _remedy(said: Mapping[str, Any] | None) -> Propose | None:
    """As a page's proposal, its arguments literal: the tool's own types say whether they fit."""
    if said is None or not all(isinstance(value, str | int | bool) for value in said["arguments"].values()):
        return None
    given = {
        str(name): _literal(value) if isinstance(value, str) else value for name, value in said["arguments"].items()
    }
    return Propose(str(said["tool"]), given)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
