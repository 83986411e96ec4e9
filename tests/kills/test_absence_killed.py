"""Nobody reached the bot for a while: said once at home, though serve and both workers die while they find out."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.presence import RedisBeat
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.failpoint import Point
from bot.playground.outfit import HOME
from tests.playing import Stage, arm, check_record, stage

POINTS = (Point.AWAY_RECORDED, Point.MISSED_LOOKED)


def be_away(story: Stage) -> None:
    """Make the last heartbeat an old one; again where serve's own came between."""
    with patient(story.outfit.redis_url("serve")) as client:
        ledgers = RedisLedgers(client)

        def noted() -> bool:
            if any(name.startswith("away-") for name in ledgers.names()):
                return True
            RedisBeat(client).keep(ledgers.now() - timedelta(seconds=300))
            return False

        story.until(noted, 40, "an absence")


def notices(story: Stage) -> list[str]:
    return [str(message["text"]) for message in story.people.messages(HOME) if "disconnected" in str(message["text"])]


@pytest.mark.timeout(150)
def test_an_absence_is_said_once_whoever_dies_meanwhile(tmp_path: Path) -> None:
    options = arm(tmp_path / "armed", {Point.AWAY_RECORDED: ["self"], Point.MISSED_LOOKED: ["both"]})

    with stage(tmp_path, options, presses={}) as story:
        be_away(story)
        story.until(lambda: bool(notices(story)), 80, "the notice")
        story.until(lambda: not any(n.startswith("away-") for n in story.ledgers.open_ledgers()), 40, "its end")

        assert story.taken() == Counter(dict.fromkeys(map(str, POINTS), 1))
        [said] = notices(story)
        assert "I cannot tell whether I missed anything" in said
        assert "do them again" in said
        check_record(story)
