"""Every press reaches a listener, those of buttons that no release of today draws too; through Bolt as it is."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import fast
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.question import Question, fold_question
from bot.core.redact import redact_json
from bot.services.reception import OUTDATED
from bot.views.answers import answer_message
from bot.views.ids import ActionId, FormId
from handlers.listener import install
from handlers.routes import ACTIONS, COMMANDS, EVENTS, FORMS, UNKNOWN
from tests.handlers.test_forms import WHO, door_to


def authorize() -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U0BOT", bot_id="B0", bot_token="xoxb-x")


@pytest.fixture
def app(redis_url: str) -> Iterator[App]:
    client = WebClient("xoxb-x", base_url="http://127.0.0.1:1/")
    with ThreadPoolExecutor(1) as later, ThreadPoolExecutor(1) as ears:
        made = App(
            client=client,
            authorize=authorize,
            request_verification_enabled=False,
            process_before_response=True,
            listener_executor=ears,
        )
        install(made, COMMANDS, ACTIONS, FORMS, door_to(redis_url, [], later), EVENTS, UNKNOWN)
        yield made


def pressed(app: App, action: str, value: str = "a-1", **more: Any) -> BoltResponse:
    told = {
        "type": "block_actions",
        "user": WHO,
        "team": {"id": "T1"},
        "channel": {"id": "C1"},
        "container": {"type": "message", "message_ts": "1.5"},
        "response_url": "",
        "actions": [{"type": "button", "action_id": action, "value": value, "block_id": "b", "action_ts": "2.0"}],
        **more,
    }
    return app.dispatch(BoltRequest(body=json.dumps(told), mode="socket_mode"))


def asked(url: str) -> list[Question]:
    ledgers = RedisLedgers(fast(url))
    return [fold_question(name, ledgers.read(name)) for name in ledgers.names() if name.startswith("ask-")]


@pytest.mark.parametrize("action", ["renew_lease", "approve_v2", "Approve", "", "a b\n\u00e9"])
def test_a_button_of_another_release_is_acknowledged_and_written_down_to_be_answered(
    app: App, redis_url: str, action: str
) -> None:
    for _ in range(2):  # Slack may deliver it twice
        assert pressed(app, action, value="anything " * 100).status == 200

    [question] = asked(redis_url)
    assert (question.command, question.user, question.channel) == (OUTDATED, "U0ALEX", "C1")
    assert question.text is not None
    assert RedisPayloads(fast(redis_url), redact_json).get(question.id, question.text) == action


def test_a_button_of_this_release_goes_its_own_way(app: App, redis_url: str) -> None:
    assert pressed(app, "take", "inc-20200101-gone").status == 200

    assert [question.command for question in asked(redis_url)] == ["unknown_request"]


def test_an_unknown_button_where_nobody_can_be_answered_is_acknowledged(app: App, redis_url: str) -> None:
    nowhere = {"channel": None, "container": {"type": "view", "view_id": "V1"}}

    assert pressed(app, "revoke_lease", **nowhere).status == 200
    assert asked(redis_url) == []


def test_the_answer_says_that_it_is_an_older_button_and_that_nothing_ran() -> None:
    words = answer_message({"kind": "outdated"})["text"]

    assert "This button is from an older version" in words
    assert "nothing ran" in words


def test_whatever_can_be_pressed_or_submitted_has_its_row() -> None:
    assert set(ACTIONS) == set(ActionId)
    assert set(FORMS) == set(FormId)
