"""conversations.*: names, members, topics, lists, archives."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.slack.limits.names import why_bad_name
from tests.standin.stage import People


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("Inc-1", "invalid_name_specials"),
        ("inc 1", "invalid_name_specials"),
        ("inc.1", "invalid_name_specials"),
        ("störung", "invalid_name_specials"),
        ("---", "invalid_name_punctuation"),
        ("ops", "name_taken"),
        ("old", "name_taken"),
        ("vault", "name_taken"),
    ],
)
def test_a_channel_name_is_refused_in_slacks_words(bot: WebClient, name: str, error: str) -> None:
    with pytest.raises(SlackApiError) as refused:
        bot.conversations_create(name=name)

    assert refused.value.response["error"] == error


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=90))
def test_a_name_is_taken_only_if_short_lowercase_and_plain(name: str) -> None:
    allowed = 0 < len(name) <= 80 and set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")

    assert (why_bad_name(name) is None) == (allowed and not set(name) <= set("-_"))


def test_whoever_makes_a_channel_is_in_it(bot: WebClient, people: People) -> None:
    channel = bot.conversations_create(name="inc-1-checkout")["channel"]

    assert channel["is_member"]
    assert bot.conversations_members(channel=channel["id"])["members"] == ["U0MIDWATCH"]
    assert "inc-1-checkout" in [c["name"] for c in people.see("channels")]


@pytest.mark.parametrize(
    ("users", "error"),
    [
        ("", "no_user"),
        ("U0NOBODY", "user_not_found"),
        ("U0GONE", "user_not_found"),
        ("U0MIDWATCH", "cant_invite_self"),
        ("U0FOREIGN", "user_team_not_in_channel"),
        (",".join(f"U{n}" for n in range(101)), "too_many_users"),
    ],
)
def test_an_invitation_slack_would_refuse_is_refused(bot: WebClient, users: str, error: str) -> None:
    channel = bot.conversations_create(name="inc-1")["channel"]["id"]

    with pytest.raises(SlackApiError) as refused:
        bot.conversations_invite(channel=channel, users=users)

    assert refused.value.response["error"] == error
    assert bot.conversations_members(channel=channel)["members"] == ["U0MIDWATCH"]


def test_one_bad_guest_keeps_all_out_unless_forced(bot: WebClient) -> None:
    channel = bot.conversations_create(name="inc-1")["channel"]["id"]
    bot.conversations_invite(channel=channel, users="U0BOB")

    with pytest.raises(SlackApiError) as refused:
        bot.conversations_invite(channel=channel, users=["U0ALICE", "U0BOB"])
    assert refused.value.response["errors"] == [{"user": "U0BOB", "ok": False, "error": "already_in_channel"}]
    assert "U0ALICE" not in bot.conversations_members(channel=channel)["members"]

    answer = bot.conversations_invite(channel=channel, users=["U0ALICE", "U0BOB"], force=True)
    assert answer["errors"][0]["error"] == "already_in_channel"
    assert "U0ALICE" in bot.conversations_members(channel=channel)["members"]


def test_only_members_invite(bot: WebClient) -> None:
    with pytest.raises(SlackApiError, match="not_in_channel"):
        bot.conversations_invite(channel="C0LOBBY", users="U0GUEST")


def test_joining_twice_is_a_warning_and_private_channels_cannot_be_joined(bot: WebClient) -> None:
    assert "warning" not in bot.conversations_join(channel="C0LOBBY").data
    assert bot.conversations_join(channel="C0LOBBY")["warning"] == "already_in_channel"
    with pytest.raises(SlackApiError, match="method_not_supported_for_channel_type"):
        bot.conversations_join(channel="C0ROOM")
    with pytest.raises(SlackApiError, match="channel_not_found"):
        bot.conversations_join(channel="C0VAULT")


def test_a_topic_has_250_characters_at_most(bot: WebClient) -> None:
    assert bot.conversations_setTopic(channel="C0OPS", topic="x" * 250)["topic"] == "x" * 250
    with pytest.raises(SlackApiError, match="too_long"):
        bot.conversations_setTopic(channel="C0OPS", topic="x" * 251)
    assert bot.conversations_info(channel="C0OPS")["channel"]["topic"]["value"] == "x" * 250


def test_a_purpose_has_250_characters_at_most(bot: WebClient) -> None:
    with pytest.raises(SlackApiError, match="too_long"):
        bot.conversations_setPurpose(channel="C0OPS", purpose="x" * 251)


def test_an_archived_channel_takes_nothing_more(bot: WebClient) -> None:
    channel = bot.conversations_create(name="inc-1")["channel"]["id"]
    ts = bot.chat_postMessage(channel=channel, text="hello")["ts"]
    bot.conversations_archive(channel=channel)

    for attempt in (
        lambda: bot.chat_postMessage(channel=channel, text="more"),
        lambda: bot.chat_update(channel=channel, ts=ts, text="more"),
        lambda: bot.conversations_invite(channel=channel, users="U0BOB"),
        lambda: bot.conversations_setTopic(channel=channel, topic="t"),
        lambda: bot.pins_add(channel=channel, timestamp=ts),
        lambda: bot.reactions_add(channel=channel, timestamp=ts, name="eyes"),
    ):
        with pytest.raises(SlackApiError, match="is_archived"):
            attempt()
    with pytest.raises(SlackApiError, match="already_archived"):
        bot.conversations_archive(channel=channel)


def test_the_general_channel_stays(bot: WebClient) -> None:
    with pytest.raises(SlackApiError, match="cant_archive_general"):
        bot.conversations_archive(channel="C0LOBBY")


def test_others_private_channels_do_not_exist(bot: WebClient) -> None:
    with pytest.raises(SlackApiError, match="channel_not_found"):
        bot.conversations_info(channel="C0VAULT")
    listed = bot.conversations_list(types="public_channel,private_channel")["channels"]
    assert {channel["name"] for channel in listed} == {"ops", "lobby", "room", "old"}


def test_a_list_is_given_in_pages_that_lose_nothing(bot: WebClient) -> None:
    for number in range(7):
        bot.conversations_create(name=f"inc-{number}")

    pages = [
        [channel["name"] for channel in page["channels"]]
        for page in bot.conversations_list(limit=3, exclude_archived=True)
    ]

    assert [len(page) for page in pages] == [3, 3, 3]
    assert [name for page in pages for name in page] == ["ops", "lobby", *(f"inc-{n}" for n in range(7))]


def test_a_strange_cursor_is_refused(bot: WebClient) -> None:
    for cursor in ("zzz", "bm9wZQ=="):
        with pytest.raises(SlackApiError, match="invalid_cursor"):
            bot.conversations_list(cursor=cursor)
