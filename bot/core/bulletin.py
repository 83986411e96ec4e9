"""What is said once at home about no single incident: a small ledger, folded. Pure.

A storm's bulletin (`storm-…`) calls people once for all that opens; an absence's (`away-…`) says when nobody reached
the bot and what came of it; a freeze's (`freeze-…`) who froze, until when and what ended it. Each is one message,
posted once and edited while there is news. A day's anchor (`anchor-…`) says where every ledger ended, and is never
edited.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.events import (
    ChannelStep,
    Disconnected,
    Frozen,
    HeadsNoted,
    MissedLooked,
    Outcome,
    StormBegan,
    StormCounted,
    Unfrozen,
)
from bot.core.incident import Step
from bot.core.ledger import Event, parse_stamp
from bot.core.workspace import WITHIN, Storm

FREEZE, ANCHOR = "freeze-", "anchor-"
PREFIXES = ("storm-", "away-", FREEZE, ANCHOR)
NOTICE = "notice"
EDIT_GAP = timedelta(seconds=10)
AGAIN = timedelta(minutes=5)
# after coming back: what Alertmanager could not deliver it sends again, at the latest at its next group interval
LOOK_AFTER = tuple(timedelta(seconds=seconds) for seconds in (10, 40, 120, 330))
UNREAD_AFTER = timedelta(seconds=60)  # so long without any look: say so instead of waiting for one


@dataclass(frozen=True)
class Bulletin:
    """``told`` is the newest event the message should show; ``counted_at`` when a storm was last counted."""

    id: str
    length: int = 0
    opened_at: datetime | None = None
    began: StormBegan | None = None
    counted: StormCounted | None = None
    counted_at: datetime | None = None
    away: Disconnected | None = None
    looks: tuple[MissedLooked, ...] = ()
    frozen: Frozen | None = None
    ended: Frozen | Unfrozen | None = None  # what lifted or replaced the freeze before its time
    ended_at: datetime | None = None
    day: str = ""
    noted: int = 0  # how many ledgers' ends this day's anchor holds
    anchor: tuple[int, str] | None = None  # where its own ledger ended with them: events, hash of the last
    told: int = -1
    step: Step | None = None

    @property
    def incidents(self) -> int:
        """How many opened: those that made it a storm, and those since."""
        if self.began is None:
            return 0
        return self.began.incidents - 1 + (self.counted.incidents if self.counted else 1)


def is_bulletin(ledger: str) -> bool:
    return ledger.startswith(PREFIXES)


def fold_bulletin(ledger: str, events: Iterable[Event], start: Bulletin | None = None) -> Bulletin:
    """The bulletin after ``events``; what does not belong here changes nothing but the length."""
    bulletin = start or Bulletin(ledger)
    for event in events:
        bulletin = replace(_after(bulletin, event), length=event.seq + 1)
    return bulletin


def _after(bulletin: Bulletin, event: Event) -> Bulletin:
    told = replace(bulletin, told=event.seq)
    match event.fact:
        case StormBegan() as began if bulletin.opened_at is None:
            return replace(told, began=began, opened_at=event.at)
        case StormCounted() as counted if bulletin.began is not None:
            return replace(told, counted=counted, counted_at=event.at)
        case Disconnected() as away if bulletin.opened_at is None:
            return replace(told, away=away, opened_at=event.at)
        case MissedLooked() as look if bulletin.away is not None and look.look == len(bulletin.looks) + 1:
            return replace(told, looks=(*bulletin.looks, look))
        case HeadsNoted() as heads if bulletin.step is None:
            noted = bulletin.noted + len(heads.heads)
            first = bulletin.opened_at or event.at
            return replace(told, day=heads.day, noted=noted, anchor=(event.seq + 1, event.hash), opened_at=first)
        case Frozen() as frozen if bulletin.opened_at is None:
            return replace(told, frozen=frozen, opened_at=event.at)
        case Frozen() | Unfrozen() as ended if bulletin.frozen is not None and bulletin.ended is None:
            return replace(told, ended=ended, ended_at=event.at)
        case ChannelStep(step="notice") as step:
            before = bulletin.step
            kept = Step(
                name=step.step,
                state=step.state,
                at=event.at,
                channel=step.channel or (before.channel if before else None),
                ts=step.ts or (before.ts if before else None),
                upto=step.upto if step.upto is not None else (before.upto if before else None),
                why=step.why,
            )
            return replace(bulletin, step=kept)
    return bulletin


def count_due(bulletin: Bulletin, storm: Storm | None, now: datetime) -> bool:
    """Whether the storm has more incidents than its ledger says, and that was long enough ago."""
    if bulletin.began is None or storm is None or storm.id != bulletin.id:
        return False
    if bulletin.counted is None or bulletin.counted_at is None:
        return True
    return bulletin.counted.incidents != storm.incidents and now - bulletin.counted_at >= EDIT_GAP


def look_due(bulletin: Bulletin, now: datetime) -> int | None:
    """The number of the look at Alertmanager to take now."""
    if bulletin.away is None or looked_enough(bulletin):
        return None
    number = len(bulletin.looks) + 1
    return number if now >= parse_stamp(bulletin.away.until) + LOOK_AFTER[number - 1] else None


def looked_enough(bulletin: Bulletin) -> bool:
    """Nothing is missing, nobody can look, or it was looked for as long as there is hope."""
    if len(bulletin.looks) >= len(LOOK_AFTER):
        return True
    last = bulletin.looks[-1] if bulletin.looks else None
    return last is not None and (last.outcome == "not_offered" or (last.outcome is Outcome.OK and not last.missed))


def tell_at(bulletin: Bulletin) -> datetime | None:
    """When its message is next to be posted or edited; None while there is nothing (more) to say."""
    step = bulletin.step
    if bulletin.opened_at is None:
        return None
    if step is not None and step.state == "done":
        return step.at + EDIT_GAP if step.upto is not None and step.upto < bulletin.told else None
    if step is not None and step.state == "failed":
        return step.at + AGAIN
    if bulletin.away is not None and not bulletin.looks:
        return parse_stamp(bulletin.away.until) + UNREAD_AFTER
    return bulletin.opened_at


def over(bulletin: Bulletin, storm: Storm | None, now: datetime) -> bool:
    """Whether it is told and nothing can be added any more."""
    if bulletin.opened_at is None or tell_at(bulletin) is not None:
        return False
    if bulletin.anchor is not None:
        return True
    if bulletin.away is not None:
        return looked_enough(bulletin)
    if (frozen := bulletin.frozen) is not None:
        return bulletin.ended is not None or (frozen.until is not None and now >= parse_stamp(frozen.until))
    ours = storm if storm is not None and storm.id == bulletin.id else None
    if ours is not None and (bulletin.counted is None or bulletin.counted.incidents != ours.incidents):
        return False
    return now - (ours.last_at if ours else bulletin.opened_at) > WITHIN
