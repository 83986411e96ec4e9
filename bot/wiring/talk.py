"""Builds and runs `midwatch worker talk`: the one narrator. Holds the bot token and nothing else."""

import secrets
import time
from datetime import timedelta

from slack_sdk import WebClient

from bot.adapters.changes import offered_specs
from bot.adapters.redis_pace import RedisPace
from bot.adapters.slack_room import WebSlackRoom
from bot.core.wanted import usages
from bot.jobs.desk import put
from bot.services.answering import Answering
from bot.services.bulletins import Bulletins
from bot.services.narrating import Narrating
from bot.settings import TalkSettings, read
from bot.settings_seen import refuse_foreign
from bot.views.house import House
from bot.wiring.common import arm_failpoints, log_to_stderr, store, work
from bot.wiring.deciding import deciders_of

SLACK_SECONDS = 10


class Clock:
    """`narrating.Moments`."""

    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)

    @staticmethod
    def new_name() -> str:
        return secrets.token_hex(8)


def house(settings: TalkSettings) -> House:
    return House(
        home=settings.home_channel,
        deciders=deciders_of(settings),
        oncall=settings.oncall,
        mode=settings.mode,
        recheck=timedelta(seconds=settings.recheck_seconds),
        sources=settings.sources,
        verbs={spec.name: spec.button for spec in offered_specs()},
        usages=usages(offered_specs()),
    )


def main() -> None:
    """Run until told to stop."""
    log_to_stderr()
    refuse_foreign("talk")
    settings = read(TalkSettings)
    arm_failpoints(settings.failpoints)
    home = store(settings)
    pace = RedisPace(home.client)
    token = settings.slack_bot_token.get_secret_value()
    room = WebSlackRoom(WebClient(token=token, base_url=settings.slack_api_url, timeout=SLACK_SECONDS), pace)
    put("narrating", Narrating(home.ledgers, home.payloads, room, pace, house(settings), Clock()))
    put("bulletins", Bulletins(home.ledgers, home.payloads, room, pace, house(settings), Clock()))
    put("answering", Answering(home.ledgers, home.payloads, room, house(settings)))
    work("talk", settings)
