"""What survives of a model's answer: claims that stand, causes that keep one, a verdict and a proposal by rule. Pure.

The model proposes what to believe; code decides. Its verdict is recomputed from the causes that survive, "healthy" is
only taken where the runbook's own conditions were seen to hold, and a proposal must name an offered change, valid
arguments, and a workload of this very incident that was seen in the evidence.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.core.case import Case, Seen
from bot.core.events import Standing, Verdict
from bot.core.findings import Candidate, Claim, FindingContent, Quote
from bot.core.grounding import COMMANDS, check_claim, ground_of, numbers_stand
from bot.core.guided_finding import Proposal, fits
from bot.core.model_answer import ModelAnswer, SaidCause, SaidClaim, SaidProposal
from bot.core.predicates.jobs_shape import allowed_of
from bot.core.predicates.shape import Context, number_of, rows
from bot.core.predicates.workloads_shape import DEPLOYMENT, kind_of
from bot.core.ranking import MOST, WORTH, Bar, Conclusion, is_quiet
from bot.core.replanning import SentBack
from bot.core.reruns import from_pairs
from bot.core.result import GaveUp, Result, Standpoint, Struck
from bot.core.three_valued import Truth, all_of
from bot.core.tool import Asked, Spec


@dataclass(frozen=True)
class Believed:
    """A cause of the model with the claims that stood their check."""

    id: str
    cause: str
    confidence: float
    supports: tuple[Claim, ...]
    against: tuple[Claim, ...]


@dataclass
class Sieve:
    """Lets through what stands; keeps what was struck, and why."""

    looks: Mapping[str, Mapping[str, Any]]
    struck: list[Struck] = field(default_factory=list)

    def cause(self, said: SaidCause) -> Believed | None:
        supports, against = self.claims(said.supports), self.claims(said.against)
        if not supports:
            return None
        cited = dict.fromkeys(id_ for claim in supports for id_ in claim.evidence)
        if COMMANDS.search(said.cause) or not numbers_stand(said.cause, [ground_of(self.looks[id_]) for id_ in cited]):
            self.struck.append(Struck(said.cause, "cause_not_grounded"))
            return None
        return Believed(said.id, said.cause, min(MOST, said.confidence), supports, against)

    def claims(self, said: Sequence[SaidClaim]) -> tuple[Claim, ...]:
        return tuple(claim for one in said if (claim := self.claim(one)) is not None)

    def claim(self, said: SaidClaim) -> Claim | None:
        quotes = tuple(Quote(evidence=quote.evidence, text=quote.text) for quote in said.quotes)
        claim = Claim(text=said.text, evidence=said.evidence, quotes=quotes)
        why = check_claim(claim, self.looks)
        if why is not None:
            self.struck.append(Struck(said.text, why))
            return None
        return claim


@dataclass(frozen=True)
class Brief:
    """What the model's answer is held against."""

    context: Context
    conclusion: Conclusion
    content: FindingContent
    offered: Mapping[str, Spec]
    bar: Bar = field(default_factory=Bar)
    runbook: str | None = None
    back: SentBack | None = None


def judge(answer: ModelAnswer, brief: Brief, reasoner: str) -> Result | GaveUp:
    """The result, or why nothing of it can be used."""
    sieve = Sieve({one.evidence: one.payload() for one in brief.context.seen.values() if one.evidence and one.readable})
    believed = sorted((c for said in answer.causes if (c := sieve.cause(said))), key=lambda c: -c.confidence)
    struck = tuple(sieve.struck)
    if answer.verdict == "healthy":
        if not _is_healthy(brief):
            says = "Claude called it healthy, which the evidence does not show; this is the guided diagnosis"
            return GaveUp(reasoner, "healthy_not_shown", says, struck=struck)
        return _result(Verdict.HEALTHY, [], brief, reasoner, struck, None)
    if not believed:
        says = "Nothing Claude said stood its check against the evidence; this is the guided diagnosis"
        return GaveUp(reasoner, "nothing_grounded", says, struck=struck)
    verdict = _verdict(believed, answer, brief)
    if verdict is not Verdict.CAUSE and brief.conclusion.verdict is Verdict.CAUSE:
        says = "Claude would not name a cause; the guided diagnosis, whose evidence is its own, stands"
        return GaveUp(reasoner, "less_than_guided", says, struck=struck)
    proposal = _proposal(answer.proposal, believed[0], brief) if verdict is Verdict.CAUSE else None
    result = _result(verdict, believed, brief, reasoner, struck, proposal)
    if answer.proposal is not None and _repeats(answer.proposal, brief):
        claim = json.dumps({"tool": answer.proposal.tool, "arguments": dict(answer.proposal.arguments)}, sort_keys=True)
        return replace(result, struck=(*struck, Struck(claim, "sent_back")))
    return result


def _repeats(said: SaidProposal, brief: Brief) -> bool:
    """Whether people had this very call before them already."""
    spec = brief.offered.get(said.tool)
    return spec is not None and brief.back is not None and brief.back.repeats(spec, said.arguments)


def _is_healthy(brief: Brief) -> bool:
    held = all_of(one.truth for one in brief.conclusion.healthy)
    return bool(brief.conclusion.healthy) and held is Truth.TRUE and is_quiet(brief.context) is Truth.TRUE


def _verdict(believed: Sequence[Believed], answer: ModelAnswer, brief: Brief) -> Verdict:
    first = believed[0].confidence
    second = believed[1].confidence if len(believed) > 1 else 0.0
    sure = first >= brief.bar.named and first - second >= brief.bar.lead - 1e-9
    if sure and answer.verdict == "cause" and not _ruled_out(believed[0].id, brief):
        return Verdict.CAUSE
    return Verdict.CANDIDATES if first >= WORTH else Verdict.UNSURE


def _ruled_out(cause: str, brief: Brief) -> bool:
    """Whether the guided reasoner saw evidence that excludes this very cause: then no model's word names it."""
    return any(r.cause.id == cause and r.standing is Standing.RULED_OUT for r in brief.conclusion.ranked)


def _result(
    verdict: Verdict,
    believed: Sequence[Believed],
    brief: Brief,
    reasoner: str,
    struck: tuple[Struck, ...],
    proposal: Proposal | None,
) -> Result:
    named = believed[0] if verdict is Verdict.CAUSE else None
    rest = [one for one in believed if one is not named]
    healthy = verdict is Verdict.HEALTHY
    update = {
        "cause": named.cause if named else brief.content.cause if healthy else "",
        "because": named.supports if named else brief.content.because,
        "candidates": tuple(_candidate(one) for one in rest),
        "next_step": _next_step(named, brief),
        "confidence_why": "",
        "note": f"{len(struck)} of Claude's claims were struck: they did not stand in the evidence" if struck else "",
    }
    return Result(
        reasoner=reasoner,
        verdict=verdict,
        content=brief.content.model_copy(update=update),
        hypotheses=tuple(_standpoint(one, named) for one in believed),
        hypothesis=named.id if named else None,
        confidence=f"{named.confidence:.2f}" if named else None,
        runbook=brief.runbook,
        proposal=proposal,
        struck=struck,
    )


def _next_step(named: Believed | None, brief: Brief) -> str:
    """Advice comes from the runbooks, never from a model: the guided one where both mean the same cause."""
    guided = brief.conclusion.named
    if named is None or (guided is not None and guided.cause.id == named.id):
        return brief.content.next_step
    return ""


def _candidate(one: Believed) -> Candidate:
    return Candidate(
        hypothesis=one.id,
        cause=one.cause,
        standing=Standing.CANDIDATE.value,
        confidence=f"{one.confidence:.2f}",
        supports=one.supports,
        against=one.against,
    )


def _standpoint(one: Believed, named: Believed | None) -> Standpoint:
    return Standpoint(
        id=one.id,
        cause=one.cause,
        standing=Standing.SUPPORTED if one is named else Standing.CANDIDATE,
        confidence=f"{one.confidence:.2f}",
        supports=tuple(dict.fromkeys(id_ for claim in one.supports for id_ in claim.evidence)),
        against=tuple(dict.fromkeys(id_ for claim in one.against for id_ in claim.evidence)),
    )


def _proposal(said: SaidProposal | None, named: Believed, brief: Brief) -> Proposal | None:
    if said is None or why_not_proposed(said, named, brief) is not None:
        return None
    evidence = dict.fromkeys(id_ for claim in named.supports for id_ in claim.evidence)
    return Proposal(said.tool, dict(said.arguments), named.id, tuple(evidence))


def why_not_proposed(said: SaidProposal, named: Believed, brief: Brief) -> str | None:
    """The reason a model's proposal is not made into an intent, or None."""
    spec = brief.offered.get(said.tool)
    if spec is None:
        return "not_offered"
    if said.cause != named.id:
        return "not_for_this_cause"
    if not fits(spec, said.arguments):
        return "arguments_not_valid"
    if _repeats(said, brief):
        return "sent_back"
    if is_quiet(brief.context) is Truth.TRUE:
        return "already_quiet"
    if why := _why_not_ours(spec, said.arguments, brief.context.case, brief.context.seen.values()):
        return why
    about = [r for r in brief.conclusion.ranked if r.cause.propose and r.cause.propose.tool == said.tool]
    if about and all(r.standing is Standing.RULED_OUT for r in about):
        return "ruled_out_by_evidence"
    if about and all(r.held_back is not None for r in about):
        return "a_neighbour_may_be_the_cause"
    return None


def _why_not_ours(spec: Spec, arguments: Mapping[str, Any], case: Case, looks: Any) -> str | None:
    """A change may only touch a workload of the incident's own service and namespace, as seen, and go where it was."""
    if not case.namespace or arguments.get("namespace") != case.namespace:
        return "another_namespace"
    every: list[Seen] = [one for one in looks if one.readable and _is_own(one, case)]
    asked = spec.asked or Asked(())
    seen = SEEN_AS.get(asked.kind)
    if not case.service or seen is None or arguments.get(asked.named) not in seen(every):
        return "another_workload"
    return next((why for judge in SEEN_VALUES if (why := judge(arguments, every))), None)


def _all(looks: Sequence[Seen], key: str) -> list[Mapping[str, Any]]:
    return [row for one in looks for row in rows(one.facts, key)]


def _deployments(looks: Sequence[Seen]) -> set[str]:
    """What the changing tools can change: a StatefulSet may well be in trouble, and is not theirs."""
    rollouts = _all(looks, "rollouts")
    deployments = [row for row in _all(looks, "workloads") if kind_of(row) == DEPLOYMENT]
    return {str(row.get("workload")) for row in rollouts} | {str(row.get("name")) for row in deployments}


def _cron_jobs(looks: Sequence[Seen]) -> set[str]:
    return {str(row.get("name")) for row in _all(looks, "cron_jobs")}


def _pods(looks: Sequence[Seen]) -> set[str]:
    return {str(row.get("name")) for row in _all(looks, "pods")}


def _autoscalers(looks: Sequence[Seen]) -> set[str]:
    return {str(row.get("name")) for row in _all(looks, "autoscalers")}


def _revision_not_seen(arguments: Mapping[str, Any], looks: Sequence[Seen]) -> str | None:
    revision = arguments.get("to_revision")
    rollouts = _all(looks, "rollouts")
    known = [row for row in rollouts if row.get("workload") == arguments.get("name") and not row.get("current")]
    seen = {number_of(row.get("revision")) for row in known}
    return "revision_not_seen" if revision is not None and revision not in seen else None


def _override_not_allowed(arguments: Mapping[str, Any], looks: Sequence[Seen]) -> str | None:
    """Only what the CronJob was seen to let be overridden; the act process asks the CronJob itself again."""
    overrides = from_pairs(arguments.get("overrides"))
    if not overrides:
        return None
    seen = [row for row in _all(looks, "cron_jobs") if row.get("name") == arguments.get("cron_job")]
    allowed = allowed_of(seen[0]) if seen else {}
    fine = isinstance(overrides, Mapping) and all(value in allowed.get(name, ()) for name, value in overrides.items())
    return None if fine else "override_not_allowed"


# which objects of the kind that is changed were seen; then what else an argument may only say if it was seen
SEEN_AS: Mapping[str, Callable[[Sequence[Seen]], set[str]]] = {
    "Deployment": _deployments,
    "CronJob": _cron_jobs,
    "HorizontalPodAutoscaler": _autoscalers,
    "Pod": _pods,
}
SEEN_VALUES = (_revision_not_seen, _override_not_allowed)


def _is_own(one: Seen, case: Case) -> bool:
    """A look about the incident's own service; one at the whole namespace shows other people's workloads too."""
    return one.arguments.get("namespace") == case.namespace and one.arguments.get("service") == case.service
