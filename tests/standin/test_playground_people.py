"""The playground's people, as tests and the page use them: modals, menus, mentions, through the real Bolt."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.playground.people import People
from tests.standin.bolts import bolt_app, over_socket
from tests.standin.stage import Slack, actions, eventually
from tests.standin.test_modals import modal, reason, text


@pytest.fixture
def hands(slack: Slack) -> Iterator[People]:
    with People(slack.base_url) as people:
        yield people


def menu(kind: str, **extra: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": "pick", **extra}


OPTIONS = [{"text": text(name), "value": name.lower()} for name in ("Sev1", "Sev2")]


def test_a_modal_opened_by_a_command_is_refused_by_block_and_then_taken(slack: Slack, hands: People) -> None:
    app, taken = bolt_app(slack), []

    @app.command("/ops")
    def opens(ack: Any, client: WebClient, body: dict[str, Any]) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=modal())

    @app.view("deny")
    def denied(ack: Any, view: dict[str, Any]) -> None:
        said = view["state"]["values"]["why"]["text"]["value"]
        if len(said) < 5:
            ack(response_action="errors", errors={"why": "too short"})
        else:
            ack()
            taken.append(said)

    with over_socket(slack, app):
        hands.command("U0ALICE", "C0OPS", "/ops incident")
        [shown] = eventually(lambda: hands.views("U0ALICE"))
        assert hands.views("U0BOB") == []
        assert hands.submit("U0ALICE", {"why": "no"})["errors"] == {"why": "too short"}
        assert hands.submit("U0ALICE", {"why": "not at night"}, shown["id"])["ok"]

    assert taken == ["not at night"]
    assert hands.views("U0ALICE") == []


@pytest.mark.parametrize(
    ("element", "value", "field", "expected"),
    [
        (menu("static_select", options=OPTIONS), "sev2", "selected_option", OPTIONS[1]),
        (menu("overflow", options=OPTIONS), "sev1", "selected_option", OPTIONS[0]),
        (menu("users_select"), "U0BOB", "selected_user", "U0BOB"),
    ],
)
def test_a_choice_in_a_message_says_what_was_chosen(
    slack: Slack, bot: WebClient, hands: People, element: dict[str, Any], value: str, field: str, expected: Any
) -> None:
    app, chosen = bolt_app(slack), []

    @app.action("pick")
    def picked(ack: Any, action: dict[str, Any]) -> None:
        ack()
        chosen.append(action[field])

    ts = str(bot.chat_postMessage(channel="C0OPS", text="choose", blocks=[actions(element)])["ts"])
    with over_socket(slack, app):
        assert hands.select("U0ALICE", "C0OPS", ts, "pick", value)["ok"]

    assert chosen == [expected]


def test_a_press_in_a_modal_carries_what_stands_filled_in(slack: Slack, bot: WebClient, hands: People) -> None:
    app, seen = bolt_app(slack), []

    @app.command("/ops")
    def opens(ack: Any, client: WebClient, body: dict[str, Any]) -> None:
        ack()
        blocks = [reason(), actions(menu("static_select", options=OPTIONS), block_id="how")]
        client.views_open(trigger_id=body["trigger_id"], view=modal(blocks=blocks))

    @app.action("pick")
    def picked(ack: Any, body: dict[str, Any]) -> None:
        ack()
        values = body["view"]["state"]["values"]
        seen.append((values["why"]["text"]["value"], values["how"]["pick"]["selected_option"]["value"]))

    with over_socket(slack, app):
        hands.command("U0ALICE", "C0OPS", "/ops incident")
        eventually(lambda: hands.views("U0ALICE"))
        assert hands.click_in_view("U0ALICE", "pick", "sev1", values={"why": "half a sentence"})["ok"]

    assert seen == [("half a sentence", "sev1")]


def test_whoever_mentions_the_bot_in_a_thread_is_heard_there(slack: Slack, bot: WebClient, hands: People) -> None:
    app, heard = bolt_app(slack), []
    app.event("app_mention")(lambda event: heard.append((event["user"], event["text"], event["thread_ts"])))
    app.event("message")(lambda: None)
    head = str(bot.chat_postMessage(channel="C0OPS", text="an incident")["ts"])

    with over_socket(slack, app):
        assert hands.say("U0ALICE", "C0OPS", "@midwatch status", head)["ok"]
        eventually(lambda: heard)

    assert heard == [("U0ALICE", "<@U0MIDWATCH> status", head)]
