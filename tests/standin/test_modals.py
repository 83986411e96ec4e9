"""Modals and Home: triggers, stacks, hashes, submits and what an acknowledgement may do to a view."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.standin.bolts import bolt_app, over_socket
from tests.standin.stage import People, Slack, actions, button, eventually


def text(said: str) -> dict[str, str]:
    return {"type": "plain_text", "text": said}


def reason(block_id: str = "why") -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "text"}
    return {"type": "input", "block_id": block_id, "label": text("Reason"), "element": element}


def modal(**extra: Any) -> dict[str, Any]:
    base = {"type": "modal", "callback_id": "deny", "title": text("Deny"), "submit": text("Deny"), "blocks": [reason()]}
    return base | extra


@pytest.fixture
def trigger(slack: Slack) -> str:
    """A fresh trigger id, as one comes with a command nobody heard."""
    slack.people.do("command", user="U0ALICE", channel="C0OPS", text="/ops deny")
    return str(slack.people.see("deliveries", kind="slash_commands")[-1]["payload"]["trigger_id"])


def test_a_trigger_opens_one_view(bot: WebClient, people: People, trigger: str) -> None:
    bot.views_open(trigger_id=trigger, view=modal())

    [shown] = people.see("modals", user="U0ALICE")
    assert shown["view"]["title"]["text"] == "Deny"
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        bot.views_open(trigger_id=trigger, view=modal())


def test_a_trigger_lives_three_seconds(bot: WebClient, people: People, trigger: str) -> None:
    people.do("settings", clock_offset_s=3.1)

    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        bot.views_open(trigger_id=trigger, view=modal())


@pytest.mark.parametrize("trigger_id", ["", "made.up"])
def test_a_trigger_that_is_none_is_refused(bot: WebClient, trigger_id: str) -> None:
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        bot.api_call("views.open", json={"trigger_id": trigger_id, "view": modal()})


@pytest.mark.parametrize(
    ("view", "where"),
    [
        (modal(title=text("x" * 25)), "/view/title/text"),
        (modal(submit=text("x" * 25)), "/view/submit/text"),
        (modal(close=text("x" * 25)), "/view/close/text"),
        (modal(private_metadata="x" * 3001), "/view/private_metadata"),
        (modal(callback_id="x" * 256), "/view/callback_id"),
        (modal(blocks=[{"type": "divider"}] * 101), "/view/blocks"),
        (modal(colour="red"), "/view"),
        (modal(submit=None), "/view/submit"),
        (modal(type="home"), "/view"),
        (modal(blocks=[{"type": "markdown", "text": "x"}]), "/view/blocks/0/type"),
    ],
)
def test_a_view_out_of_bounds_is_refused_and_keeps_the_trigger(
    bot: WebClient, trigger: str, view: dict[str, Any], where: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        bot.api_call("views.open", json={"trigger_id": trigger, "view": view})

    answer = refused.value.response
    assert answer["error"] == "invalid_arguments"
    assert f"[json-pointer:{where}]" in " ".join(answer["response_metadata"]["messages"])
    assert bot.views_open(trigger_id=trigger, view=modal())["ok"]


def test_a_view_has_250_kilobytes_at_most(bot: WebClient, trigger: str) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2600}}

    with pytest.raises(SlackApiError, match="view_too_large"):
        bot.views_open(trigger_id=trigger, view=modal(blocks=[section] * 100))


def test_an_update_with_an_old_hash_is_refused(bot: WebClient, trigger: str) -> None:
    view = bot.views_open(trigger_id=trigger, view=modal())["view"]
    bot.views_update(view_id=view["id"], hash=view["hash"], view=modal(title=text("Second")))

    with pytest.raises(SlackApiError, match="hash_conflict"):
        bot.views_update(view_id=view["id"], hash=view["hash"], view=modal(title=text("Third")))
    with pytest.raises(SlackApiError, match="not_found"):
        bot.views_update(view_id="V0NONE", view=modal())


def test_a_stack_is_three_high(slack: Slack, bot: WebClient, trigger: str) -> None:
    app = bolt_app(slack)
    app.action("deeper")(lambda ack: ack())
    deeper = modal(blocks=[actions(button("deeper"))])

    bot.views_open(trigger_id=trigger, view=deeper)
    with over_socket(slack, app):
        for _ in range(2):
            slack.people.do("view_click", user="U0ALICE", action_id="deeper")
            bot.views_push(trigger_id=slack.people.see("deliveries")[-1]["payload"]["trigger_id"], view=deeper)
        slack.people.do("view_click", user="U0ALICE", action_id="deeper")
        with pytest.raises(SlackApiError, match="push_limit_reached"):
            bot.views_push(trigger_id=slack.people.see("deliveries")[-1]["payload"]["trigger_id"], view=deeper)

    views = [shown["view"] for shown in slack.people.see("modals")]
    assert [view["previous_view_id"] for view in views] == [None, views[0]["id"], views[1]["id"]]
    assert {view["root_view_id"] for view in views} == {views[0]["id"]}


def test_a_submit_carries_what_was_filled_in_and_closes(slack: Slack, bot: WebClient, trigger: str) -> None:
    app, seen = bolt_app(slack), []

    @app.view("deny")
    def denied(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        ack()
        seen.append((body["user"]["id"], view["state"]["values"]["why"]["text"]["value"], view["private_metadata"]))

    bot.views_open(trigger_id=trigger, view=modal(private_metadata="req-1"))
    with over_socket(slack, app):
        assert slack.people.do("view_submit", user="U0ALICE")["error"] == "missing_input"
        assert slack.people.do("view_submit", user="U0ALICE", values={"why": "not now"})["ok"]

    assert seen == [("U0ALICE", "not now", "req-1")]
    assert slack.people.see("modals") == []


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ({"response_action": "errors", "errors": {"why": "too short"}}, ["Deny"]),
        ({"response_action": "update", "view": modal(title=text("Thanks"))}, ["Thanks"]),
        ({"response_action": "push", "view": modal(title=text("Sure?"))}, ["Deny", "Sure?"]),
        ({"response_action": "clear"}, []),
    ],
)
def test_an_acknowledgement_may_change_the_stack(
    slack: Slack, bot: WebClient, trigger: str, answer: dict[str, Any], left: list[str]
) -> None:
    app = bolt_app(slack)
    app.view("deny")(lambda ack: ack(**answer))
    bot.views_open(trigger_id=trigger, view=modal())

    with over_socket(slack, app):
        result = slack.people.do("view_submit", user="U0ALICE", values={"why": "no"})

    assert [shown["view"]["title"]["text"] for shown in slack.people.see("modals")] == left
    assert result.get("errors") == answer.get("errors")
    assert slack.people.rules() == []


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "update", "view": modal(title=text("x" * 25))},
        {"response_action": "explode"},
    ],
)
def test_a_bad_acknowledgement_is_noted_and_the_view_stays(
    slack: Slack, bot: WebClient, trigger: str, answer: dict[str, Any]
) -> None:
    app = bolt_app(slack)
    app.view("deny")(lambda ack: ack(**answer))
    bot.views_open(trigger_id=trigger, view=modal())

    with over_socket(slack, app):
        result = slack.people.do("view_submit", user="U0ALICE", values={"why": "no"})

    assert not result["ok"]
    assert slack.people.rules() == ["bad_acknowledgement"]
    assert len(slack.people.see("modals")) == 1


def test_closing_is_told_only_when_asked_for(slack: Slack, bot: WebClient, trigger: str) -> None:
    app, seen = bolt_app(slack), []

    @app.view_closed("deny")
    def closed(ack: Any, body: dict[str, Any]) -> None:
        ack()
        seen.append((body["type"], body["is_cleared"]))

    bot.views_open(trigger_id=trigger, view=modal(notify_on_close=True))
    with over_socket(slack, app):
        assert slack.people.do("view_close", user="U0ALICE")["ok"]

    assert seen == [("view_closed", False)]
    assert slack.people.see("modals") == []


def test_home_is_published_for_one_person_and_opening_it_is_told(slack: Slack, bot: WebClient) -> None:
    app, opened = bolt_app(slack), []
    app.event("app_home_opened")(lambda event: opened.append((event["user"], event["tab"])))
    home = {"type": "home", "blocks": [actions(button())]}

    with over_socket(slack, app):
        slack.people.do("open_home", user="U0BOB")
        eventually(lambda: opened == [("U0BOB", "home")])
    bot.views_publish(user_id="U0BOB", view=home)

    assert [shown["user"] for shown in slack.people.see("home")] == ["U0BOB"]
    with pytest.raises(SlackApiError, match="must be a home"):
        bot.views_publish(user_id="U0BOB", view=modal())
