"""What is said at home about a storm and an absence: within limits, one call at most, nothing that is not known."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.bulletin import Bulletin
from bot.core.events import Disconnected, MissedLooked, Outcome, StormBegan, StormCounted
from bot.core.ledger import stamp
from bot.views.bulletin import bulletin_message
from bot.views.house import House
from tests.views.checks import assert_fit, assert_only_our_marks, mentions, strings
from tests.views.conftest import Golden

AT = datetime(2026, 11, 20, 2, 14, tzinfo=UTC)
HOUSE = House(home="C1", oncall=("U0ROBIN01", "S0ONCALL1"))
AWAY = Disconnected(since=stamp(AT - timedelta(minutes=4)), until=stamp(AT), what="process")
HOSTILE = ("<!channel> *now*", "<@U9>", "x" * 400)


def look(outcome: Outcome = Outcome.OK, missed: int = 0, late: int = 0) -> MissedLooked:
    return MissedLooked(look=1, outcome=outcome, firing=12 if outcome is Outcome.OK else 0, missed=missed, late=late)


def test_a_storm_calls_the_on_call_once(golden: Golden) -> None:
    counted = StormCounted(incidents=31, sev1=1, sev2=28, sev3=2)
    began = StormBegan(incidents=6, minutes=5)
    drawn = bulletin_message(Bulletin("storm-1", opened_at=AT, began=began, counted=counted), HOUSE)

    assert_fit(drawn)
    assert_only_our_marks(drawn)
    assert mentions(drawn) == ["<@U0ROBIN01>", "<!subteam^S0ONCALL1>"]
    assert drawn["text"].startswith("36 incidents opened")
    golden("bulletin_storm", drawn)


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (look(), "missed nothing"),
        (look(late=3), "caught up 3 alerts"),
        (look(missed=2), "2 alerts still missing"),
        (look(missed=1, late=3), "caught up 3 alerts, 1 alert still missing"),
        (look(Outcome.DENIED), "I cannot tell whether I missed anything"),
        (look(Outcome.TIMED_OUT, late=1), "caught up 1 alert, and I cannot tell whether I missed anything"),
        (None, "I cannot tell whether I missed anything"),
    ],
)
def test_an_absence_claims_only_what_was_looked_at(seen: MissedLooked | None, says: str) -> None:
    drawn = bulletin_message(Bulletin("away-1", opened_at=AT, away=AWAY, looks=(seen,) if seen else ()), HOUSE, HOSTILE)

    assert_fit(drawn)
    assert_only_our_marks(drawn)
    assert mentions(drawn) == []
    assert f"; {says}" in drawn["text"]
    assert ("missed nothing" in " ".join(strings(drawn["blocks"]))) == (says == "missed nothing")


def test_an_absence_as_people_read_it(golden: Golden) -> None:
    golden("bulletin_away", bulletin_message(Bulletin("away-1", opened_at=AT, away=AWAY, looks=(look(late=3),)), HOUSE))


def test_a_days_anchor_is_one_line_a_person_can_keep(golden: Golden) -> None:
    bulletin = Bulletin(
        "anchor-2026-12-01", opened_at=AT, day="2026-12-01", noted=3, anchor=(1, "0123456789abcdef" * 4)
    )
    drawn = bulletin_message(bulletin, HOUSE)

    assert_fit(drawn)
    assert_only_our_marks(drawn)
    assert not mentions(drawn)
    assert any(f"anchor-2026-12-01 1 {'0123456789abcdef' * 4}" in text for text in strings(drawn))
    golden("bulletin_anchor", drawn)
