"""Who a message rings for: by name, by group, by channel; never by an edit, never when escaped, never outside."""

from typing import Any

import pytest
from slack_sdk import WebClient

from tests.standin.stage import People


def rung(people: People, **query: Any) -> set[tuple[str, str]]:
    return {(n["user"], n["how"]) for n in people.see("notifications", **query)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<@U0ALICE> look", {("U0ALICE", "mention")}),
        ("<@U0ALICE|alice> look", {("U0ALICE", "mention")}),
        ("<!subteam^S0ONCALL> look", {("U0ALICE", "usergroup"), ("U0BOB", "usergroup")}),
        ("<!subteam^S0ONCALL|@oncall> and <@U0BOB>", {("U0ALICE", "usergroup"), ("U0BOB", "mention")}),
        ("<!channel>", {("U0ALICE", "channel"), ("U0BOB", "channel"), ("U0FOREIGN", "channel")}),
        ("<!here|here>", {("U0ALICE", "here"), ("U0BOB", "here"), ("U0FOREIGN", "here")}),
        ("&lt;@U0ALICE&gt; &lt;!channel&gt;", set()),
        ("@alice @channel @oncall", set()),
        ("<@U0NOBODY> <!subteam^S0NONE> <!date^1^{date}|then>", set()),
        ("in code: `<@U0ALICE>`", {("U0ALICE", "mention")}),
    ],
)
def test_markup_calls_people(bot: WebClient, people: People, text: str, expected: set[tuple[str, str]]) -> None:
    bot.chat_postMessage(channel="C0OPS", text=text)

    assert rung(people) == expected


def test_blocks_are_what_is_shown_so_they_are_what_calls(bot: WebClient, people: People) -> None:
    mrkdwn = {"type": "section", "text": {"type": "mrkdwn", "text": "<@U0BOB>"}}
    plain = {"type": "section", "text": {"type": "plain_text", "text": "<@U0ALICE>"}}
    rich = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U0FOREIGN"}]}],
    }

    bot.chat_postMessage(channel="C0OPS", text="<@U0ALICE>", blocks=[mrkdwn, plain, rich])

    assert rung(people) == {("U0BOB", "mention"), ("U0FOREIGN", "mention")}


def test_names_are_linked_only_when_the_app_asks_for_it(bot: WebClient, people: People) -> None:
    bot.chat_postMessage(channel="C0OPS", text="@channel and @alice", link_names=True)

    assert ("U0ALICE", "channel") in rung(people) or ("U0ALICE", "mention") in rung(people)
    assert people.rules() == ["names_would_be_linked"]


def test_an_edit_rings_for_nobody(bot: WebClient, people: People) -> None:
    ts = bot.chat_postMessage(channel="C0OPS", text="quiet")["ts"]

    bot.chat_update(channel="C0OPS", ts=ts, text="<@U0ALICE> <!channel>")

    assert rung(people) == set()


def test_who_is_not_in_the_channel_hears_nothing_and_a_test_can_ask(bot: WebClient, people: People) -> None:
    channel = bot.conversations_create(name="inc-1")["channel"]["id"]
    bot.chat_postMessage(channel=channel, text="<@U0ALICE>")

    assert rung(people) == set()
    assert [(n["user"], n["delivered"]) for n in people.see("notifications", undelivered="1")] == [("U0ALICE", False)]


def test_direct_messages_and_threads_ring_for_those_in_them(bot: WebClient, people: People) -> None:
    bot.chat_postMessage(channel="U0ALICE", text="psst")
    root = people.do("message", user="U0BOB", channel="C0OPS", text="what is this?")["ts"]
    bot.chat_postMessage(channel="C0OPS", thread_ts=root, text="an answer")

    assert rung(people, user="U0ALICE") == {("U0ALICE", "dm")}
    assert rung(people, user="U0BOB") == {("U0BOB", "thread")}


def test_a_topic_with_markup_rings_for_nobody(bot: WebClient, people: People) -> None:
    bot.conversations_setTopic(channel="C0OPS", topic="<!channel> <@U0ALICE>")

    assert rung(people) == set()
