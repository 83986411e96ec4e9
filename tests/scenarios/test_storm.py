"""A small storm over the real processes: every alert kept, every card at home once, one call for many."""

import time
from pathlib import Path

import pytest

from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.workspace import MANY
from bot.playground.outfit import HOME, RESPONDER
from tests.playing import check_record, stage
from tests.storming import Aftermath, Storm, blow

STORM = Storm(alerts=1000, groups=20)
STILL = Path(__file__).parent / "still-water"


@pytest.mark.timeout(200)
def test_a_thousand_alerts_are_twenty_cards_at_home_and_one_call(tmp_path: Path) -> None:
    with stage(tmp_path, scenario=STILL, presses={}) as story, patient(story.outfit.redis_url("serve")) as client:
        after = Aftermath(RedisLedgers(client), story.people)

        blow(story.outfit, STORM)
        story.until(lambda: sum(after.cards().values()) >= STORM.groups // 2, 60, "half of the cards")
        asked = time.monotonic()
        assert story.people.command(RESPONDER, HOME, "/ops help")["ok"]
        acknowledged = time.monotonic() - asked
        story.until(lambda: len(after.cards()) == STORM.groups, 90, "a card for every incident")
        story.until(lambda: len(after.incidents()) == STORM.groups and after.alerts() == STORM.alerts, 20, "all alerts")
        cards_first = after.channels()
        story.until(lambda: any("incidents opened" in line for line in story.seen()), 20, "the one call")

        assert acknowledged < 3
        assert set(after.cards().values()) == {1}
        assert 0 < cards_first < STORM.groups  # home did not wait for channels, nor channels for all of home
        mentions = after.mentions(RESPONDER)
        assert mentions.pop(HOME) == 1
        assert len(mentions) <= MANY
        assert set(mentions.values()) <= {1}
        assert sorted(i.storm is None for i in after.incidents()) == [False] * (STORM.groups - MANY) + [True] * MANY
        assert [v for v in story.people.violations() if "rate" in str(v.get("rule"))] == []
        check_record(story)
