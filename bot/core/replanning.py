"""Request Changes: a request that was sent back with words is planned again, in a further round. Pure.

Round 1 is the diagnosis; round n+1 follows the n-th request that was sent back with a reason, at most `MOST` of them.
Which is which is read from the ledger alone, in the order people decided. The words say what somebody would rather
see proposed. They are foreign text: they steer what is proposed, never what is allowed, and a plan made because of
them is judged as any other (`Intent.asked` is false), with whoever wrote them as its requester.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.core.approval import Approval, State
from bot.core.incident import Incident, Intent, Round
from bot.core.tool import Spec

MOST = 3
FAILED_ROUNDS = 3  # runs of one round that ended in an error of our own
NO_OTHER = "No other plan: nothing else fits what is seen now"


@dataclass(frozen=True)
class Planned:
    """A call that was put before people in this incident; ``arguments`` None: its record is gone."""

    tool: str
    arguments: Mapping[str, Any] | None


@dataclass(frozen=True)
class SentBack:
    """What somebody would not have, in their words, and every call that is not proposed a second time."""

    user: str
    words: str
    call: Planned
    before: tuple[Planned, ...]

    def repeats(self, spec: Spec, arguments: Mapping[str, Any]) -> bool:
        """Whether this call was planned before; one whose arguments are not known any more counts as the same."""
        return any(
            one.tool == spec.name and (one.arguments is None or _full(spec, one.arguments) == _full(spec, arguments))
            for one in self.before
        )


def _full(spec: Spec, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """As the tool would read them: a default that is left out and one that is written down ask for the same."""
    try:
        return spec.arguments.model_validate(arguments).model_dump(mode="json")
    except ValidationError:
        return dict(arguments)


def sent_back(incident: Incident) -> Sequence[Approval]:
    """Requests of a diagnosis that came back with words, in the order people decided.

    Not what somebody asked for by name (round 0: they can ask for something else), nor a way back.
    """
    back = [a for a in incident.approvals.values() if _counts(a, incident.intents.get(a.intent))]
    return sorted(back, key=lambda a: (a.decided_at or a.proposed_at, a.id))[:MOST]


def _counts(approval: Approval, intent: Intent | None) -> bool:
    worded = approval.state is State.CHANGES_REQUESTED and approval.reason is not None
    return worded and approval.undoes is None and intent is not None and intent.round > 0


def round_of(incident: Incident, approval: Approval) -> int | None:
    """The number of the round that plans this request again, None for one that nothing follows."""
    ids = [one.id for one in sent_back(incident)]
    return ids.index(approval.id) + 2 if approval.id in ids else None


def cause_of(incident: Incident, number: int) -> Approval | None:
    """The request that was sent back and made this round; None for the diagnosis itself."""
    back = sent_back(incident)
    return back[number - 2] if 2 <= number < len(back) + 2 else None


def replan_due(incident: Incident) -> int | None:
    """The further round to run now: the first that has no end, while the incident is open."""
    if incident.resolved_at is not None:
        return None
    numbers = range(2, len(sent_back(incident)) + 2)
    return next((n for n in numbers if not _over(incident.rounds.get(n))), None)


def _over(round_: Round | None) -> bool:
    return round_ is not None and (round_.finding is not None or len(round_.failures) >= FAILED_ROUNDS)


def came_of(incident: Incident, approval: Approval) -> str | None:
    """`planning`, `planned`, `proposed`, `none` or `failed`; None for a request that nothing follows."""
    number = round_of(incident, approval)
    if number is None:
        return None
    planned = next((i for i in incident.intents.values() if i.round == number and i.again is None), None)
    if planned is not None and planned.state != "refused":
        return "proposed" if planned.approval is not None else "planned"
    round_ = incident.rounds.get(number)
    if _over(round_):
        return "none" if round_ is not None and round_.finding is not None else "failed"
    return "planning" if incident.resolved_at is None else None


def planned_after(incident: Incident, approval: Approval) -> Approval | None:
    """The request that this one, sent back, led to."""
    number = round_of(incident, approval)
    found = (i.approval for i in incident.intents.values() if i.round == number and i.again is None and i.approval)
    return incident.approvals.get(next(found, "")) if number is not None else None


def planned_before(incident: Incident, approval: Approval) -> Approval | None:
    """The request whose being sent back led to this one."""
    intent = incident.intents.get(approval.intent)
    return cause_of(incident, intent.round) if intent is not None and intent.again is None else None
