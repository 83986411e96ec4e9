"""What a person can do and cannot: clicking what is shown, what is outdated, what is forged; and being told why not."""

from typing import Any

import pytest
from slack_sdk import WebClient

from tests.standin.bolts import bolt_app, over_socket
from tests.standin.stage import People, Slack, actions, button, eventually

CONFIRM = {
    "title": {"type": "plain_text", "text": "Roll back checkout?"},
    "text": {"type": "mrkdwn", "text": "This replaces the running pods."},
    "confirm": {"type": "plain_text", "text": "Roll Back"},
    "deny": {"type": "plain_text", "text": "Keep"},
}


def listening(slack: Slack, *action_ids: str) -> tuple[Any, list[dict[str, Any]]]:
    """An app that acknowledges these actions and keeps what it was sent."""
    app, seen = bolt_app(slack), []

    def take(ack: Any, body: dict[str, Any]) -> None:
        ack()
        seen.append(body)

    for action_id in action_ids:
        app.action(action_id)(take)
    return app, seen


def card(bot: WebClient, *elements: dict[str, Any]) -> str:
    return str(bot.chat_postMessage(channel="C0OPS", text="Approve?", blocks=[actions(*elements)])["ts"])


def test_a_confirm_dialog_stands_in_between(slack: Slack, bot: WebClient) -> None:
    app, seen = listening(slack, "approve")
    ts = card(bot, button(confirm=CONFIRM))
    click = {"user": "U0ALICE", "channel": "C0OPS", "message_ts": ts, "action_id": "approve"}

    with over_socket(slack, app):
        asked = slack.people.do("click", **click)
        assert (asked["error"], asked["confirm"]["title"]["text"]) == ("confirm_required", "Roll back checkout?")
        assert seen == []
        assert slack.people.do("click", **click, confirm=True)["ok"]

    assert len(seen) == 1


def test_what_is_not_shown_cannot_be_clicked_but_an_old_rendering_can(slack: Slack, bot: WebClient) -> None:
    app, seen = listening(slack, "approve")
    ts = card(bot, button())
    old = slack.people.see("messages", channel="C0OPS")[0]["blocks"]
    bot.chat_update(channel="C0OPS", ts=ts, text="Denied", blocks=[actions(button("reopen"))])
    click = {"user": "U0ALICE", "channel": "C0OPS", "message_ts": ts, "action_id": "approve"}

    with over_socket(slack, app):
        answer = slack.people.do("click", **click)
        assert (answer["error"], answer["shown"]) == ("no_such_element", ["reopen"])
        assert slack.people.do("click", **click, stale=old)["ok"]

    assert [body["actions"][0]["value"] for body in seen] == ["req-1"]


def test_a_forged_value_is_sent_as_it_is(slack: Slack, bot: WebClient) -> None:
    app, seen = listening(slack, "approve")
    ts = card(bot, button())

    with over_socket(slack, app):
        slack.people.do(
            "click", user="U0ALICE", channel="C0OPS", message_ts=ts, action_id="approve", value="req-of-another"
        )

    assert seen[0]["actions"][0]["value"] == "req-of-another"


def test_a_click_can_be_long_on_its_way(slack: Slack, bot: WebClient) -> None:
    app, seen = listening(slack, "approve")
    ts = card(bot, button())

    with over_socket(slack, app):
        slack.people.do("click", user="U0ALICE", channel="C0OPS", message_ts=ts, action_id="approve", delay_ms=200)

    [delivery] = slack.people.see("deliveries", name="approve")
    assert delivery["attempts"][0]["at"] - float(seen[0]["actions"][0]["action_ts"]) >= 0.19


def test_choosing_from_a_menu_sends_the_whole_option(slack: Slack, bot: WebClient) -> None:
    app, seen = listening(slack, "more", "severity")
    options = [{"text": {"type": "plain_text", "text": t}, "value": t.lower()} for t in ("High", "Low")]
    overflow = {"type": "overflow", "action_id": "more", "options": options}
    select = {"type": "static_select", "action_id": "severity", "options": options, "initial_option": options[0]}
    ts = card(bot, overflow, select)
    click = {"user": "U0ALICE", "channel": "C0OPS", "message_ts": ts}

    with over_socket(slack, app):
        slack.people.do("click", **click, action_id="more", value="low")
        slack.people.do("click", **click, action_id="severity", value="low")
        slack.people.do("click", **click, action_id="severity", value="made-up")

    chosen = [body["actions"][0]["selected_option"] for body in seen]
    assert chosen[:2] == [options[1], options[1]]
    assert chosen[2]["value"] == "made-up"
    assert seen[1]["state"]["values"]["decision"]["severity"]["selected_option"] == options[1]


def test_a_whisper_can_be_clicked_by_the_one_who_sees_it(slack: Slack, bot: WebClient) -> None:
    app, seen = listening(slack, "approve")
    shown = bot.chat_postEphemeral(channel="C0OPS", user="U0ALICE", text="you may", blocks=[actions(button())])
    click = {"channel": "C0OPS", "message_ts": shown["message_ts"], "action_id": "approve"}

    with over_socket(slack, app):
        assert slack.people.do("click", user="U0BOB", **click)["error"] == "message_not_found"
        assert slack.people.do("click", user="U0ALICE", **click)["ok"]

    assert seen[0]["container"]["is_ephemeral"] is True
    assert "message" not in seen[0]


@pytest.mark.parametrize(
    ("what", "body", "error"),
    [
        ("message", {"user": "U0NOBODY", "channel": "C0OPS", "text": "x"}, "user_not_found"),
        ("message", {"user": "U0ALICE", "channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ("message", {"user": "U0GUEST", "channel": "C0OPS", "text": "x"}, "not_in_channel"),
        ("message", {"user": "U0ALICE", "channel": "C0OLD", "text": "x"}, "is_archived"),
        ("message", {"user": "U0ALICE", "channel": "C0OPS", "text": "x", "thread_ts": "1.1"}, "thread_not_found"),
        ("message", {"user": "U0ALICE", "channel": "C0OPS"}, "bad_request"),
        ("command", {"user": "U0ALICE", "channel": "C0OPS", "text": "/nope"}, "not_a_command"),
        ("command", {"user": "U0ALICE", "channel": "C0OPS", "text": "/ops x", "thread_ts": "1.1"}, "not_in_threads"),
        ("click", {"user": "U0ALICE", "channel": "C0OPS", "message_ts": "1.1", "action_id": "x"}, "message_not_found"),
        ("view_submit", {"user": "U0ALICE"}, "view_not_found"),
        ("join", {"user": "U0BOB", "channel": "C0VAULT"}, "channel_not_found"),
    ],
)
def test_a_person_is_told_why_not(people: People, what: str, body: dict[str, Any], error: str) -> None:
    answer = people.do(what, **body)

    assert (answer["ok"], answer["error"]) == (False, error)


def test_what_a_person_types_is_escaped_and_names_become_ids(people: People) -> None:
    people.do(
        "message", user="U0ALICE", channel="C0OPS", text="@bob a < b & c > d in #ops <@U0ALICE> @nobody a@bob.example"
    )

    assert people.texts("C0OPS") == [
        "<@U0BOB> a &lt; b &amp; c &gt; d in <#C0OPS> <@U0ALICE> @nobody a@bob.example",
    ]


def test_a_person_edits_and_deletes_their_own_message_only(people: People) -> None:
    ts = people.do("message", user="U0ALICE", channel="C0OPS", text="firts")["ts"]

    assert people.do("edit", user="U0BOB", channel="C0OPS", ts=ts, text="no")["error"] == "message_not_found"
    people.do("edit", user="U0ALICE", channel="C0OPS", ts=ts, text="first")
    assert people.texts("C0OPS") == ["first"]
    people.do("delete", user="U0ALICE", channel="C0OPS", ts=ts)
    assert people.texts("C0OPS") == []


def test_events_tell_of_messages_edits_deletions_and_reactions(slack: Slack) -> None:
    app, seen = bolt_app(slack), []

    @app.event({"type": "message", "subtype": None})
    def said(event: dict[str, Any]) -> None:
        seen.append("said")

    app.event({"type": "message", "subtype": "message_changed"})(lambda event: seen.append(event["message"]["text"]))
    app.event({"type": "message", "subtype": "message_deleted"})(lambda event: seen.append(event["deleted_ts"]))
    app.event("reaction_added")(lambda event: seen.append((event["reaction"], event["item"]["ts"], event["item_user"])))

    with over_socket(slack, app):
        ts = slack.people.do("message", user="U0ALICE", channel="C0OPS", text="one")["ts"]
        slack.people.do("edit", user="U0ALICE", channel="C0OPS", ts=ts, text="two")
        slack.people.do("react", user="U0BOB", channel="C0OPS", ts=ts, name="eyes")
        slack.people.do("delete", user="U0ALICE", channel="C0OPS", ts=ts)
        eventually(lambda: len(seen) == 4)

    assert set(seen) == {"said", "two", ("eyes", ts, "U0ALICE"), ts}


def test_an_app_hears_nothing_of_channels_it_is_not_in_or_has_no_scope_for(people: People, slack: Slack) -> None:
    people.do("message", user="U0ALICE", channel="C0LOBBY", text="@midwatch hello")
    people.do("message", user="U0ALICE", channel="C0ROOM", text="private and not subscribed")
    people.do("app", scopes=["chat:write"])
    people.do("message", user="U0ALICE", channel="C0OPS", text="@midwatch hello")

    assert people.see("deliveries") == []
