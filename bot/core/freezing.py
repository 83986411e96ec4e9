"""What an incident's requests are to say of a freeze. Pure.

A freeze stands in the workspace ledger and is checked there, by the atomic start of every execution. What people read
is drawn from the incident's own ledger alone, so each incident with something left to decide notes it there.
"""

from bot.core.approval import State
from bot.core.events import ActionWentStale, Fact, FreezeNoted
from bot.core.incident import Incident
from bot.core.ledger import parse_stamp, stamp
from bot.core.workspace import Freeze

UNDECIDED = frozenset({State.PROPOSED, State.APPROVED})


def waits(incident: Incident) -> bool:
    """Whether there is a request that a freeze would hold up."""
    return any(approval.state in UNDECIDED for approval in incident.approvals.values())


def note_due(incident: Incident, freeze: Freeze | None) -> FreezeNoted | None:
    """The note that is missing while ``freeze`` (None: none) is in force, or None."""
    told = shown(freeze)
    return note_of(told) if waits(incident) and told != incident.freeze else None


def held_up(incident: Incident, freeze: Freeze | None) -> tuple[Fact, ...]:
    """What is to be written now: the note, and that what was approved but has not begun is withdrawn.

    The start would refuse it anyway; but with nobody there to start it, it would run when the freeze is lifted.
    """
    note = note_due(incident, freeze)
    approved = [a.id for a in incident.approvals.values() if a.state is State.APPROVED] if freeze is not None else []
    stale = tuple(ActionWentStale(approval=each, why="frozen") for each in approved)
    return stale if note is None else (note, *stale)


def shown(freeze: Freeze | None) -> Freeze | None:
    """As a note can hold it: what is said of it at home is not part of that."""
    return Freeze(freeze.user, freeze.since, freeze.until) if freeze is not None else None


def note_of(freeze: Freeze | None) -> FreezeNoted:
    if freeze is None:
        return FreezeNoted()
    until = stamp(freeze.until) if freeze.until is not None else None
    return FreezeNoted(user=freeze.user, since=stamp(freeze.since), until=until)


def read_note(fact: FreezeNoted) -> Freeze | None:
    if fact.user is None or fact.since is None:
        return None
    return Freeze(fact.user, parse_stamp(fact.since), parse_stamp(fact.until) if fact.until is not None else None)
