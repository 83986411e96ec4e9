"""Once a day, where everything ended: once however many serves, nothing on a quiet day, and all can be checked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.adapters.ed25519 import Ed25519Signer, generate
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.bulletin import fold_bulletin, over, tell_at
from bot.core.errors import Unreachable
from bot.core.events import ChannelStep, HeadNoted, HeadsNoted, IncidentClosed, IncidentOpened, Ref, Severity
from bot.core.ledger import WORKSPACE, Head
from bot.services.daily_anchor import DailyAnchor

SIGNER = Ed25519Signer.read(generate().private)
REF = Ref(ref="0" * 64, bytes=1)
OPENED = IncidentOpened(severity=Severity.SEV2, key="0" * 32, title=REF, why="first_alert", place="incident")


class Later:
    """The real ledgers, some days later."""

    def __init__(self, ledgers: RedisLedgers, days: int) -> None:
        self.days = days
        self._ledgers = ledgers
        self.names, self.length, self.head = ledgers.names, ledgers.length, ledgers.head
        self.read, self.append = ledgers.read, ledgers.append

    def now(self) -> datetime:
        return self._ledgers.now() + timedelta(days=self.days)

    @property
    def ledger(self) -> str:
        """What stands there for this day; the bare name while nothing does."""
        day = f"anchor-{self.now():%Y-%m-%d}"
        return next((name for name in self.names() if name.startswith(day)), day)


@dataclass
class Bell:
    rung: list[str] = field(default_factory=list)

    def ring(self, ledger: str) -> None:
        self.rung.append(ledger)


@pytest.fixture
def ledgers(redis_url: str) -> Iterator[RedisLedgers]:
    with patient(redis_url) as client:
        kept = RedisLedgers(client)
        kept.record("inc-1", [OPENED], "process:serve")
        kept.record(WORKSPACE, [IncidentClosed(incident="inc-0")], "process:serve")
        kept.record("ask-1", [OPENED], "process:serve")  # a question decides nothing
        yield kept


def noted(ledgers: RedisLedgers, ledger: str) -> dict[str, Head]:
    facts = [event.fact for event in ledgers.read(ledger)]
    heads = [one for fact in facts if isinstance(fact, HeadsNoted) for one in fact.heads]
    return {one.ledger: Head(one.length, one.hash) for one in heads}


def ends(ledgers: RedisLedgers, *names: str) -> dict[str, Head]:
    heads = {name: ledgers.head(name) for name in names}
    return {name: Head(head.length, head.hash) for name, head in heads.items()}


def test_it_notes_where_every_incident_and_the_workspace_ended_and_keeps_it_outside(ledgers: RedisLedgers) -> None:
    tomorrow, bell, outside = Later(ledgers, 1), Bell(), list[str]()
    DailyAnchor(tomorrow, bell, SIGNER, outside.append).run()

    assert noted(ledgers, tomorrow.ledger) == ends(ledgers, "inc-1", WORKSPACE)
    assert (outside, bell.rung) == ([tomorrow.ledger], [tomorrow.ledger])


def test_two_serves_and_many_sweeps_note_it_once(ledgers: RedisLedgers) -> None:
    tomorrow = Later(ledgers, 1)
    one, other = (
        DailyAnchor(tomorrow, Bell(), SIGNER, lambda _: None),
        DailyAnchor(tomorrow, Bell(), SIGNER, lambda _: None),
    )
    for serve in (one, other, one, other):
        serve.run()

    assert ledgers.length(tomorrow.ledger) == 1


def test_what_is_all_of_today_waits_for_tomorrow(ledgers: RedisLedgers) -> None:
    DailyAnchor(Later(ledgers, 0), Bell(), SIGNER, lambda _: None).run()

    assert not [name for name in ledgers.names() if name.startswith("anchor-")]


def test_a_day_after_which_nothing_moved_has_none_and_then_only_what_moved_is_noted(ledgers: RedisLedgers) -> None:
    days = [Later(ledgers, number) for number in (1, 2, 3)]
    daily = [DailyAnchor(day, Bell(), SIGNER, lambda _: None) for day in days]
    daily[0].run()
    daily[1].run()
    assert ledgers.length(days[1].ledger) == 0

    ledgers.record("inc-2", [OPENED], "process:serve")
    daily[2].run()
    assert noted(ledgers, days[2].ledger) == ends(ledgers, "inc-2")


def test_what_is_written_while_the_heads_are_read_is_the_next_days(ledgers: RedisLedgers) -> None:
    tomorrow, then = Later(ledgers, 1), Later(ledgers, 2)

    def moving(name: str) -> Head:
        head = ledgers.head(name)
        if name == "inc-1":
            ledgers.record("inc-1", [OPENED], "process:serve")  # after its head was read, before the anchor is written
        return head

    tomorrow.head = moving
    DailyAnchor(tomorrow, Bell(), SIGNER, lambda _: None).run()
    assert noted(ledgers, tomorrow.ledger)["inc-1"].length == 1

    DailyAnchor(then, Bell(), SIGNER, lambda _: None).run()
    assert noted(ledgers, then.ledger)["inc-1"] == ends(ledgers, "inc-1")["inc-1"]


def test_very_many_are_noted_in_several_events_of_one_append(ledgers: RedisLedgers) -> None:
    names = [f"inc-{number}" for number in range(1, 6)]
    for name in names[1:]:
        ledgers.record(name, [OPENED], "process:serve")
    tomorrow = Later(ledgers, 1)
    DailyAnchor(tomorrow, Bell(), SIGNER, lambda _: None, a_fact=2).run()

    events = ledgers.read(tomorrow.ledger)
    bulletin = fold_bulletin(tomorrow.ledger, events)
    assert (len(events), bulletin.noted) == (3, 6)
    assert bulletin.anchor == (3, events[-1].hash)


def test_a_store_that_does_not_answer_is_asked_again(ledgers: RedisLedgers) -> None:
    def nobody(_: str) -> Head:
        raise Unreachable("Redis is gone")

    tomorrow, gone = Later(ledgers, 1), Later(ledgers, 1)
    gone.head = nobody
    daily = DailyAnchor(gone, Bell(), SIGNER, lambda _: None)
    daily.run()
    assert ledgers.length(tomorrow.ledger) == 0

    gone.head = ledgers.head
    daily.run()
    assert ledgers.length(tomorrow.ledger) == 1


def test_its_message_is_said_once_and_never_edited(ledgers: RedisLedgers) -> None:
    tomorrow = Later(ledgers, 1)
    DailyAnchor(tomorrow, Bell(), SIGNER, lambda _: None).run()
    before = fold_bulletin(tomorrow.ledger, ledgers.read(tomorrow.ledger))
    assert tell_at(before) is not None
    said = ChannelStep(step="notice", state="done", channel="C1", ts="1.5", upto=before.told)
    ledgers.record(
        tomorrow.ledger,
        [said, HeadsNoted(day="2026-01-01", heads=())],
        "process:talk",
    )

    after = fold_bulletin(tomorrow.ledger, ledgers.read(tomorrow.ledger))
    assert after.anchor == before.anchor
    assert tell_at(after) is None
    assert over(after, None, ledgers.now())


def test_whoever_else_writes_redis_cannot_make_the_days_ledger_first_or_hide_a_ledger(ledgers: RedisLedgers) -> None:
    tomorrow = Later(ledgers, 1)
    end = ledgers.head("inc-1")
    hides = HeadsNoted(day="2026-01-01", heads=(HeadNoted(ledger="inc-1", length=end.length, hash=end.hash),))
    for forged in (tomorrow.ledger, "anchor-2026-01-01", "anchor-2026-01-01-0123456789abcdef", "anchor-"):
        ledgers.record(forged, [hides], "process:diagnose")
    outside: list[str] = []
    DailyAnchor(tomorrow, Bell(), SIGNER, outside.append).run()

    [ours] = outside
    assert noted(ledgers, ours) == ends(ledgers, "inc-1", WORKSPACE)
