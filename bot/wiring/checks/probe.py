"""The one check that needs a person: a button in the home channel, pressed, and followed all the way.

Slack does not say whether interactivity is set up, so it is tried: the press must come to `serve`, be written down, be
answered by the reconciler and told by `talk`. The doctor posts it itself, with the bot token of the process it is run
for, because whether the four processes work is the question.
"""

import secrets
import sys
import time
from collections.abc import Callable, Iterator

import redis
from slack_sdk.errors import SlackApiError

from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.checkup import Checkup, proven, unproven, wrong
from bot.core.errors import MidwatchError
from bot.core.question import Question, fold_question
from bot.services.reception import ask_ledger
from bot.views.probe import probe_message
from bot.wiring.checks.slack import FAILED, Slack, named

PART, ANSWER = "slack interactivity", "slack answer"
LOOK_EVERY = 0.3
ANSWER_SECONDS = 15.0
TURN_ON = (
    "if somebody pressed it: is serve running and ready, is Interactivity on (Socket Mode, or a Request URL that ends "
    "in /slack/events), and is it the app of these tokens?"
)


def probe(slack: Slack, home: str, redis_url: str, seconds: int) -> Iterator[Checkup]:
    """Post it, wait ``seconds`` for a press, take it away, say how far it came."""
    name = secrets.token_hex(16)
    try:
        posted = slack.client.chat_postMessage(channel=home, **probe_message(name, seconds))
    except SlackApiError as error:
        yield wrong(PART, f"the button could not be posted in {home}: {named(error)}", "see the other lines on Slack")
        return
    except FAILED as error:
        yield wrong(PART, f"Slack did not answer: {error}", "try again")
        return
    sys.stderr.write(f"There is a button in {home} now: press it within {seconds} s.\n")
    try:
        with patient(redis_url) as client:
            yield from _followed(RedisLedgers(client), ask_ledger(slack.team, name), seconds)
    except (MidwatchError, redis.RedisError) as error:
        yield unproven(PART, f"Redis did not answer meanwhile: {error}", "see the lines on Redis")
    finally:
        _take_away(slack, str(posted["channel"]), str(posted["ts"]))


def _followed(ledgers: RedisLedgers, ledger: str, seconds: int) -> Iterator[Checkup]:
    began = time.monotonic()
    pressed = _until(ledgers, ledger, seconds, lambda question: question.asked_at is not None)
    if pressed is None:
        yield unproven(PART, f"no press was heard within {seconds} s", TURN_ON)
        return
    yield proven(PART, f"{pressed.user}'s press came to serve and was written down")
    answered = _until(ledgers, ledger, ANSWER_SECONDS, lambda question: question.answered_at is not None)
    if answered is None:
        mend = "is worker talk running, and serve's reconciler (GET /readyz)?"
        yield wrong(ANSWER, f"nobody answered the press within {ANSWER_SECONDS:.0f} s", mend)
    else:
        yield proven(ANSWER, f"talk answered it, {time.monotonic() - began:.0f} s after the button was posted")


def _until(ledgers: RedisLedgers, ledger: str, seconds: float, so: Callable[[Question], bool]) -> Question | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        question = fold_question(ledger, ledgers.read(ledger))
        if so(question):
            return question
        time.sleep(LOOK_EVERY)
    return None


def _take_away(slack: Slack, channel: str, ts: str) -> None:
    try:
        slack.client.chat_delete(channel=channel, ts=ts)
    except (SlackApiError, *FAILED) as error:
        sys.stderr.write(f"The button could not be taken away: {error}\n")
