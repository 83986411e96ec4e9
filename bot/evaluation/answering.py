"""A fused diagnosis as the answer that is written: causes, whether all is well, the change, the proposal, citations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.causality.places import bare, is_shared
from bot.core.changed import Suspect
from bot.core.events import Verdict
from bot.core.fusion.values import Brief, Explained, Fused
from bot.core.measures import clip
from bot.core.signs import Sign
from bot.evaluation.categories import HEALTHY, UNKNOWN, category_of

MOST_CAUSES = 5
MOST_CITED = 20
MOST_BESIDE = 4
NONE = "none"


@dataclass(frozen=True)
class Answer:
    """``body`` is the contract's object; ``verdict`` says how it is meant."""

    verdict: Verdict
    body: Mapping[str, Any]
    citations: Sequence[Mapping[str, str]]

    @property
    def texts(self) -> list[str]:
        """What each cause says, with its object, likeliest first."""
        return [f"{one['cause']} {one['object']} {one['because']}" for one in self.body["causes"]]

    @property
    def whole(self) -> str:
        told = (*self.texts, self.body["summary"], *self.body["ruled_out"], *self.body["not_looked"])
        return "\n".join(told)


def answer_of(brief: Brief, fused: Fused, failing: Sequence[str] = ()) -> Answer:
    """``failing``: the services in trouble, the first to fail first."""
    healthy = fused.verdict is Verdict.HEALTHY
    first = fused.hypotheses[0] if fused.hypotheses and not healthy else None
    blamed = brief.changes.blamed
    source, victims = _first_failing(first, blamed, failing), first.victims if first else ()
    body: dict[str, Any] = {
        "causes": [] if healthy else [_cause(one) for one in fused.hypotheses[:MOST_CAUSES]],
        "healthy": healthy,
        "change": blamed.change.id if blamed else NONE if brief.changes.suspects else None,
        "proposal": dict(first.remedy) if first and first.remedy else None,
        "category": HEALTHY if healthy else category_of(first) if first else UNKNOWN,
        "verdict": fused.verdict.value,
        "summary": _summary(brief, fused),
        "first_failing_service": source,
        "blast_radius": [one for one in dict.fromkeys((*victims, *(failing if blamed else ()))) if one != source],
        "remediation": first.mends if first else "",
        "ruled_out": list(fused.ruled_out),
        "not_looked": [f"{one.what}: {one.outcome}, {one.why}" for one in fused.not_looked],
    }
    return Answer(fused.verdict, body, _citations(fused, brief))


def _first_failing(first: Explained | None, blamed: Suspect | None, failing: Sequence[str]) -> str:
    """A change in a service's own code lets that one fail first; one in shared code whoever shows it first."""
    if first is None:
        return ""
    if blamed is None or not failing:
        return first.service
    own = next((one for one in failing if bare(one) == bare(blamed.change.service)), "")
    return own if own and not is_shared(blamed.change) else failing[0]


def _cause(one: Explained) -> dict[str, Any]:
    beside = [sign.says for sign in one.supports if sign.says not in one.cause][:MOST_BESIDE]
    return {
        "cause": one.cause,
        "object": one.object,
        "confidence": round(one.confidence, 3),
        "because": ". ".join(beside),
        "against": list(one.against),
        "mends": one.mends,
        "kind": one.kind,
        "category": category_of(one),
    }


def _summary(brief: Brief, fused: Fused) -> str:
    if fused.verdict is Verdict.HEALTHY:
        return f"Nothing is wrong now. {fused.says}".strip()
    about = brief.case.summary or brief.case.alertname
    if not fused.hypotheses:
        return f"{about}: {fused.says or 'not enough was read to say what is wrong'}".lstrip(": ")
    return clip(f"{about}: {fused.hypotheses[0].cause}. {fused.says}".lstrip(": ").strip(), 1200)


def _citations(fused: Fused, brief: Brief) -> list[dict[str, str]]:
    signs = [sign for one in fused.hypotheses[:3] for sign in one.supports] or list(brief.signs)
    found: dict[tuple[str, str], dict[str, str]] = {}
    for sign in signs:
        for id_ in sign.evidence[:1]:
            quote = _quote(sign)
            found.setdefault((id_, quote), {"id": id_, "source": sign.source.value, "quote": quote})
    return list(found.values())[:MOST_CITED]


def _quote(sign: Sign) -> str:
    return sign.quotes[0] if sign.quotes else sign.says
