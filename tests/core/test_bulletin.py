"""What is said at home about no single incident: due, told and over by the fold alone."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.bulletin import LOOK_AFTER, Bulletin, fold_bulletin, over
from bot.core.due import due_bulletin
from bot.core.events import (
    ChannelStep,
    Disconnected,
    Fact,
    Frozen,
    MissedLooked,
    Outcome,
    Severity,
    StormBegan,
    StormCounted,
    Unfrozen,
)
from bot.core.ledger import Head, open_line, parse_stamp, seal, stamp
from bot.core.workspace import WITHIN, Storm

AT = datetime(2026, 11, 20, 2, 14, tzinfo=UTC)
BEGAN = StormBegan(incidents=6, minutes=5)
COUNTED = StormCounted(incidents=1, sev1=0, sev2=1, sev3=0)
AWAY = Disconnected(since=stamp(AT - timedelta(minutes=4)), until=stamp(AT), what="process")
POSTED = ChannelStep(step="notice", state="done", channel="C1", ts="1.5", upto=1)


def look(number: int, missed: int = 0, outcome: Outcome = Outcome.OK) -> MissedLooked:
    return MissedLooked(look=number, outcome=outcome, firing=9, missed=missed, late=0)


NOT_OFFERED = MissedLooked(look=1, outcome="not_offered", firing=0, missed=0, late=0)


def bulletin(ledger: str, *facts: Fact) -> Bulletin:
    """The fold of these facts, a second apart from AT on."""
    head, events = Head(), []
    for number, fact in enumerate(facts):
        line = seal(ledger, [fact], "p", AT + timedelta(seconds=number), head)[0]
        head = Head(line["seq"] + 1, line["hash"], parse_stamp(line["at"]))
        events.append(open_line(line))
    return fold_bulletin(ledger, events)


def jobs(found: Bulletin, storm: Storm | None, after: float) -> list[str]:
    return [item.job for item in due_bulletin(found, storm, AT + timedelta(seconds=after))]


def gale(incidents: int, ledger: str = "storm-1") -> Storm:
    return Storm(ledger, AT, {Severity.SEV2: incidents})


UNTIL = Frozen(user="U0SAM", until=stamp(AT + timedelta(minutes=30)))
LIFTED = Unfrozen(user="U0SAM")


@pytest.mark.parametrize(
    ("facts", "after", "expected"),
    [
        ((UNTIL,), 0, (["announce"], False)),
        ((UNTIL, POSTED), 20, ([], False)),
        ((UNTIL, POSTED), 30 * 60, ([], True)),
        ((Frozen(user="U0SAM"), POSTED), 90_000, ([], False)),
        ((UNTIL, POSTED, LIFTED), 20, (["announce"], False)),
        ((UNTIL, POSTED, UNTIL), 20, (["announce"], False)),
        ((UNTIL, POSTED, LIFTED, POSTED.model_copy(update={"upto": 2})), 20, ([], True)),
    ],
)
def test_a_freeze_is_told_at_once_and_again_when_somebody_ends_it(
    facts: tuple[Fact, ...], after: float, expected: tuple[list[str], bool]
) -> None:
    found = bulletin("freeze-1", *facts)

    assert (jobs(found, None, after), over(found, None, AT + timedelta(seconds=after))) == expected


@pytest.mark.parametrize(
    ("facts", "storm", "after", "expected"),
    [
        ((BEGAN,), gale(1), 0, ["count", "announce"]),
        ((BEGAN,), gale(1, "storm-other"), 0, ["announce"]),
        ((BEGAN, COUNTED), gale(1), 1, ["announce"]),
        ((BEGAN, COUNTED, POSTED), gale(1), 5, []),
        ((BEGAN, COUNTED, POSTED), gale(7), 5, []),
        ((BEGAN, COUNTED, POSTED), gale(7), 12, ["count"]),
        ((BEGAN, COUNTED, POSTED, COUNTED), gale(1), 5, []),
        ((BEGAN, COUNTED, POSTED, COUNTED), gale(1), 13, ["announce"]),
    ],
)
def test_a_storm_is_counted_and_told_now_and_then(
    facts: tuple[Fact, ...], storm: Storm, after: float, expected: list[str]
) -> None:
    assert jobs(bulletin("storm-1", *facts), storm, after) == expected


@pytest.mark.parametrize(
    ("facts", "after", "expected"),
    [
        ((AWAY,), 5, []),
        ((AWAY,), 10, ["missed"]),
        ((AWAY,), 61, ["missed", "announce"]),
        ((AWAY, look(1)), 12, ["announce"]),
        ((AWAY, look(1), POSTED), 600, []),
        ((AWAY, look(1, missed=2), POSTED), 39, []),
        ((AWAY, look(1, missed=2), POSTED), 40, ["missed"]),
        ((AWAY, look(1, outcome=Outcome.FAILED), POSTED), 40, ["missed"]),
        ((AWAY, look(1, missed=2), POSTED, look(2)), 41, ["announce"]),
        ((AWAY, NOT_OFFERED, POSTED), 600, []),
        ((AWAY, *(look(n + 1, missed=1) for n in range(len(LOOK_AFTER)))), 600, ["announce"]),
    ],
)
def test_an_absence_is_looked_into_until_nothing_is_missing(
    facts: tuple[Fact, ...], after: float, expected: list[str]
) -> None:
    assert jobs(bulletin("away-1", *facts), None, after) == expected


def test_a_bulletin_is_over_when_all_is_told_and_nothing_can_follow() -> None:
    later = AT + WITHIN + timedelta(seconds=5)

    assert not over(bulletin("storm-1", BEGAN, COUNTED, POSTED), gale(1), AT)
    assert not over(bulletin("storm-1", BEGAN, COUNTED, POSTED), gale(2), later)
    assert not over(bulletin("storm-1", BEGAN, COUNTED), gale(1), later)
    assert over(bulletin("storm-1", BEGAN, COUNTED, POSTED), gale(1), later)
    assert over(bulletin("away-1", AWAY, look(1), POSTED), None, AT)
    assert not over(bulletin("away-1", AWAY, look(1, missed=1), POSTED), None, AT)
    assert not over(bulletin("away-1", AWAY, look(1)), None, AT)


def test_facts_that_may_not_follow_change_nothing() -> None:
    told = bulletin("storm-1", BEGAN, BEGAN, AWAY, look(1), look(3))

    assert told.incidents == 6
    assert (told.away, told.looks, told.length) == (None, (), 5)
