"""From a conclusion to the finding people read: every claim with the evidence and the words it stands on. Pure.

What could not be read is always listed. A proposal comes only from the supported cause that was named, only while the
alert's own rule is not known to be quiet, and only with arguments that were seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from bot.core import slots
from bot.core.canonical import Json
from bot.core.case import NOT_ASKED, NOT_NEEDED, PARTLY_READ, Seen
from bot.core.events import Standing, Verdict
from bot.core.filling import filled_argument
from bot.core.findings import Candidate, Claim, FindingContent, NotRead, RuledOut, RunbookUsed
from bot.core.measures import clip
from bot.core.predicates.shape import Context, Judged
from bot.core.predicates.workloads_shape import other_kind
from bot.core.ranking import Conclusion, Ranked, Vote, candidates, is_quiet
from bot.core.replanning import SentBack
from bot.core.runbook import Cause, Corpus, Propose, Runbook
from bot.core.symptom import headline, healthy_headline, striking
from bot.core.three_valued import Truth
from bot.core.tool import Spec

MOST_CLAIMS = 6
MOST_CANDIDATES = 3
MOST_RULED_OUT = 8


@dataclass(frozen=True)
class Proposal:
    """A changing tool by name with its typed arguments, what it stands on, and the steps after it in order."""

    tool: str
    arguments: Json
    hypothesis: str
    evidence: tuple[str, ...] = field(default=())
    then: tuple["Proposal", ...] = ()


def finding_of(conclusion: Conclusion, runbook: Runbook, context: Context, corpus: Corpus) -> FindingContent:
    named, verdict = conclusion.named, conclusion.verdict
    told = named if verdict in (Verdict.CAUSE, Verdict.HEALTHY) else None
    page = corpus.runbooks.get(told.cause.page, runbook) if told else runbook
    rest = [one for one in candidates(conclusion.ranked) if one is not told]
    return FindingContent(
        headline=healthy_headline(context) if verdict is Verdict.HEALTHY else headline(context),
        cause=slots.text_of(told.cause.cause, context) if told else "",
        because=_because(conclusion, told, context),
        candidates=tuple(_candidate(one, context) for one in rest[:MOST_CANDIDATES])
        if verdict is not Verdict.HEALTHY
        else (),
        ruled_out=() if verdict is Verdict.HEALTHY else _ruled_out(conclusion.ranked, context),
        not_read=not_read(context),
        runbook=RunbookUsed(id=page.id, title=page.title, url=page.url),
        next_step=_next_step(conclusion, told, runbook, context),
        confidence_why=told.why() if told and verdict is Verdict.CAUSE else "",
    )


def _because(conclusion: Conclusion, told: Ranked | None, context: Context) -> tuple[Claim, ...]:
    if conclusion.verdict is Verdict.HEALTHY:
        return _claims(conclusion.healthy)
    if told is None:
        struck = _claims(judged for judged in striking(context) if judged.truth is Truth.TRUE)
        return struck or _nothing_seen(context)
    return _claims(vote.judged for vote in _by_weight(told.supports))


def _nothing_seen(context: Context) -> tuple[Claim, ...]:
    """Said where no look at the service or at what the alert measures brought anything."""
    name, measured = context.case.service, context.case.expression
    mine = {name, measured} - {""}
    about = [one for one in context.seen.values() if one.readable and mine & set(map(str, one.arguments.values()))]
    who = clip(name or context.case.alertname, 100) or "this"
    if not about:
        return (Claim(text=f"Nothing about {who} could be read{'' if name else ': no service was named'}"),)
    if all(one.empty for one in about):
        evidence = tuple(id_ for one in about for id_ in one.ids)
        return (Claim(text=f"Nothing of {who} was seen anywhere it was looked for", evidence=evidence),)
    return ()


def _by_weight(votes: Sequence[Vote]) -> list[Vote]:
    """The strongest first; what only had to hold (no weight) is told where it brings evidence of its own."""
    kept: list[Vote] = []
    for vote in sorted(votes, key=lambda vote: -vote.weight):
        told = {id_ for one in kept for id_ in one.judged.evidence}
        if vote.weight or not set(vote.judged.evidence) <= told:
            kept.append(vote)
    return kept


def _claims(judged: Iterable[Judged]) -> tuple[Claim, ...]:
    said: dict[str, Claim] = {}
    for one in (step for each in judged for step in each.parts or (each,)):
        if one.says and one.evidence:
            said.setdefault(one.says, Claim(text=sentence(one.says), evidence=one.evidence, quotes=one.quotes))
    return tuple(said.values())[:MOST_CLAIMS]


def sentence(text: str) -> str:
    """With a capital, unless it begins with a name of somebody's own making."""
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def _candidate(one: Ranked, context: Context) -> Candidate:
    return Candidate(
        hypothesis=one.cause.id,
        cause=slots.text_of(one.cause.cause, context),
        standing=one.standing.value,
        confidence=f"{one.confidence:.2f}",
        supports=_claims(vote.judged for vote in _by_weight(one.supports)),
        against=_claims((*([one.held_back] if one.held_back else []), *(vote.judged for vote in one.against))),
        tell_apart=one.cause.could_tell_apart,
        confidence_why=one.why(),
    )


def _ruled_out(ranked: Sequence[Ranked], context: Context) -> tuple[RuledOut, ...]:
    """One line for each fact that rules something out, however many causes it does away with."""
    told: dict[Judged, list[Cause]] = {}
    for one in ranked:
        if one.standing is Standing.RULED_OUT:
            told.setdefault(one.excluded[0].judged, []).append(one.cause)
    return tuple(
        RuledOut(
            cause=" or ".join(slots.text_of(cause.name, context) for cause in _broadest(causes)),
            because=sentence(judged.says),
            evidence=judged.evidence,
        )
        for judged, causes in list(told.items())[:MOST_RULED_OUT]
    )


def _broadest(causes: Sequence[Cause]) -> list[Cause]:
    """Of each page's causes the one that asks for least: what is without it is without its special cases too."""
    kept: dict[str, Cause] = {}
    for cause in causes:
        known = kept.get(cause.page)
        kept[cause.page] = cause if known is None or len(cause.requires) < len(known.requires) else known
    return list(kept.values())


def not_read(context: Context) -> tuple[NotRead, ...]:
    """Every look that gave nothing, or only a part, to reason with, with why; an empty answer is not one of them."""
    looks = list(context.seen.values())
    blind = tuple(
        NotRead(what=one.name, outcome=one.outcome, why=clip(one.digest, 300), evidence=one.evidence)
        for one in looks
        if not one.readable and one.outcome != NOT_NEEDED
    )
    cut = tuple(
        NotRead(what=f"all of {one.name}", outcome=PARTLY_READ, why=clip(one.incomplete, 300), evidence=one.evidence)
        for one in looks
        if one.readable and one.incomplete
    )
    return blind + cut


def _next_step(conclusion: Conclusion, told: Ranked | None, runbook: Runbook, context: Context) -> str:
    if conclusion.verdict is Verdict.HEALTHY:
        return "Nothing to change. The incident closes when the alert does."
    if told is not None:
        return slots.text_of(told.cause.next_step, context)
    hints = [one.cause.could_tell_apart for one in candidates(conclusion.ranked) if one.cause.could_tell_apart]
    unread = [
        one.name for one in context.seen.values() if not one.readable and one.outcome not in (NOT_ASKED, NOT_NEEDED)
    ]
    if unread:
        hints.append(f"make readable what was not: {', '.join(unread[:4])}")
    hints += runbook.could_tell_apart
    return f"What would tell them apart: {'; '.join(hints[:3])}" if hints else ""


def proposal_of(conclusion: Conclusion, context: Context, offered: Mapping[str, Spec]) -> Proposal | None:
    """What to propose, if anything may be: every step of it, or nothing, because half a remedy may be none."""
    named = conclusion.named
    if conclusion.verdict is not Verdict.CAUSE or named is None or named.standing is not Standing.SUPPORTED:
        return None
    return _drafted(named, context, offered)


def other_proposal(
    conclusion: Conclusion, context: Context, offered: Mapping[str, Spec], back: SentBack
) -> Proposal | None:
    """The next best remedy after what was sent back: of the likeliest cause that has one nobody has refused yet.

    What such a cause requires must have been seen, as for the first plan; that it is not the named one is for the
    policy to weigh (it takes two people). Which one comes next is the evidence's to say, not the words'.
    """
    if conclusion.verdict not in (Verdict.CAUSE, Verdict.CANDIDATES):
        return None
    for one in candidates(conclusion.ranked):
        required = [weighed.condition.judge(context).truth for weighed in one.cause.requires]
        if one.held_back is not None or any(truth is not Truth.TRUE for truth in required):
            continue
        drafted = _drafted(one, context, offered)
        if drafted is not None and not back.repeats(offered[drafted.tool], drafted.arguments):
            return drafted
    return None


def _drafted(named: Ranked, context: Context, offered: Mapping[str, Spec]) -> Proposal | None:
    """What the runbook would do about this cause, with every argument filled from what was seen."""
    draft = named.cause.propose
    if draft is None or is_quiet(context) is Truth.TRUE:
        return None
    steps = [_step(one, named, context, offered) for one in (draft, *draft.then)]
    fitting = [one for one in steps if one is not None]
    return replace(fitting[0], then=tuple(fitting[1:])) if len(fitting) == len(steps) else None


def _step(draft: Propose, named: Ranked, context: Context, offered: Mapping[str, Spec]) -> Proposal | None:
    if draft.tool not in offered:
        return None
    asked = [condition.judge(context) for condition in draft.conditions]
    if any(one.truth is not Truth.TRUE for one in asked):
        return None
    filled = {name: filled_argument(value, context) for name, value in draft.arguments.items()}
    arguments = {name: one.value for name, one in filled.items() if one is not None}
    if len(arguments) < len(filled) or not fits(offered[draft.tool], arguments):
        return None
    if other_kind(context.seen.values(), str(arguments.get("name", ""))):
        return None  # the changing tools change Deployments; a StatefulSet of that name is not theirs
    judged = [*(vote.judged for vote in named.supports), *asked]
    chosen_by = [id_ for one in filled.values() if one for id_ in one.ids]
    evidence = [*(id_ for one in judged for id_ in one.evidence), *chosen_by]
    return Proposal(draft.tool, arguments, named.cause.id, tuple(dict.fromkeys(evidence)))


def fits(spec: Spec, arguments: Json) -> bool:
    """Whether the tool would take these arguments."""
    try:
        spec.arguments.model_validate(arguments)
    except ValidationError:
        return False
    return True


__all__ = ["Proposal", "Seen", "finding_of", "fits", "not_read", "other_proposal", "proposal_of"]
