"""conversations.history and .replies: order, windows, pages, metadata."""

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError


def texts(answer: object) -> list[str]:
    return [message["text"] for message in answer["messages"]]  # type: ignore[index]


@pytest.fixture
def stamps(bot: WebClient) -> list[str]:
    return [bot.chat_postMessage(channel="C0OPS", text=str(number))["ts"] for number in range(5)]


def test_history_is_newest_first_and_without_replies(bot: WebClient, stamps: list[str]) -> None:
    bot.chat_postMessage(channel="C0OPS", text="a reply", thread_ts=stamps[0])
    bot.chat_postMessage(channel="C0OPS", text="said twice", thread_ts=stamps[0], reply_broadcast=True)

    assert texts(bot.conversations_history(channel="C0OPS")) == ["said twice", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize(("inclusive", "expected"), [(False, ["2"]), (True, ["3", "2", "1"])])
def test_a_window_leaves_its_edges_out_unless_told(
    bot: WebClient, stamps: list[str], inclusive: bool, expected: list[str]
) -> None:
    answer = bot.conversations_history(channel="C0OPS", oldest=stamps[1], latest=stamps[3], inclusive=inclusive)

    assert texts(answer) == expected


def test_pages_of_history_lose_nothing(bot: WebClient, stamps: list[str]) -> None:
    pages = [(texts(page), page["has_more"]) for page in bot.conversations_history(channel="C0OPS", limit=2)]

    assert pages == [(["4", "3"], True), (["2", "1"], True), (["0"], False)]


def test_replies_begin_with_the_root_and_are_oldest_first(bot: WebClient, stamps: list[str]) -> None:
    for text in ("first", "second"):
        bot.chat_postMessage(channel="C0OPS", text=text, thread_ts=stamps[2])

    answer = bot.conversations_replies(channel="C0OPS", ts=stamps[2])

    assert texts(answer) == ["2", "first", "second"]
    root = answer["messages"][0]
    assert (root["reply_count"], root["thread_ts"], root["reply_users"]) == (2, stamps[2], ["U0MIDWATCH"])


def test_a_thread_that_is_not_there_is_named(bot: WebClient) -> None:
    with pytest.raises(SlackApiError, match="thread_not_found"):
        bot.conversations_replies(channel="C0OPS", ts="1.000001")


def test_metadata_is_given_only_when_asked_for(bot: WebClient) -> None:
    metadata = {"event_type": "finding", "event_payload": {"id": "f1", "deep": {"er": [1]}}}
    bot.chat_postMessage(channel="C0OPS", text="a finding", metadata=metadata)

    [plain] = bot.conversations_history(channel="C0OPS")["messages"]
    [full] = bot.conversations_history(channel="C0OPS", include_all_metadata=True)["messages"]

    assert "metadata" not in plain
    assert full["metadata"] == metadata


@pytest.mark.parametrize(("channel", "error"), [("C0LOBBY", "not_in_channel"), ("C0VAULT", "channel_not_found")])
def test_history_is_for_members(bot: WebClient, channel: str, error: str) -> None:
    with pytest.raises(SlackApiError, match=error):
        bot.conversations_history(channel=channel)


@pytest.mark.parametrize(("limit", "error"), [(1000, "invalid_limit"), (-1, "invalid_limit")])
def test_a_page_has_a_size(bot: WebClient, limit: int, error: str) -> None:
    with pytest.raises(SlackApiError, match=error):
        bot.conversations_history(channel="C0OPS", limit=limit)


def test_a_time_that_is_none_is_refused(bot: WebClient) -> None:
    with pytest.raises(SlackApiError, match="invalid_ts_oldest"):
        bot.conversations_history(channel="C0OPS", oldest="yesterday")
