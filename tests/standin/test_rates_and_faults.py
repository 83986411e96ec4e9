"""Slack on a bad day: too fast, 429, 500, slow, and answers that never arrive though the work was done."""

import time

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler, ServerErrorRetryHandler

from tests.standin.stage import People, Slack


def test_a_short_burst_of_messages_is_no_offence(bot: WebClient, people: People) -> None:
    for number in range(4):
        bot.chat_postMessage(channel="C0OPS", text=str(number))

    assert people.rules() == []


def test_more_than_a_message_a_second_is_noted_and_still_posted(bot: WebClient, people: People) -> None:
    for number in range(6):
        bot.chat_postMessage(channel="C0OPS", text=str(number))

    assert set(people.rules()) == {"message_rate"}
    assert len(people.texts("C0OPS")) == 6


def test_each_channel_has_its_own_second(bot: WebClient, people: People) -> None:
    other = bot.conversations_create(name="inc-1")["channel"]["id"]
    for number in range(3):
        bot.chat_postMessage(channel="C0OPS", text=str(number))
        bot.chat_postMessage(channel=other, text=str(number))

    assert people.rules() == []


def test_enforced_rates_answer_429_and_do_not_post(bot: WebClient, people: People) -> None:
    people.do("settings", enforce_rates=True)
    for number in range(4):
        bot.chat_postMessage(channel="C0OPS", text=str(number))

    with pytest.raises(SlackApiError) as limited:
        bot.chat_postMessage(channel="C0OPS", text="one too many")

    assert limited.value.response.status_code == 429
    assert limited.value.response.headers["retry-after"] == "1"
    assert "one too many" not in people.texts("C0OPS")


def test_waiting_as_told_is_enough(slack: Slack) -> None:
    slack.people.do("settings", enforce_rates=True)
    patient = slack.client(retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=2)])

    for number in range(6):
        patient.chat_postMessage(channel="C0OPS", text=str(number))

    assert slack.people.texts("C0OPS") == [str(number) for number in range(6)]


def test_two_edits_of_one_message_within_three_seconds_are_noted(bot: WebClient, people: People) -> None:
    first, second = (bot.chat_postMessage(channel="C0OPS", text=str(n))["ts"] for n in range(2))
    bot.chat_update(channel="C0OPS", ts=first, text="a")
    bot.chat_update(channel="C0OPS", ts=second, text="a")
    assert people.rules() == []

    bot.chat_update(channel="C0OPS", ts=first, text="b")
    assert people.rules() == ["update_rate"]

    people.do("settings", clock_offset_s=4)
    bot.chat_update(channel="C0OPS", ts=first, text="c")
    assert people.rules() == ["update_rate"]


def test_a_method_has_its_tier_a_minute(bot: WebClient, people: People) -> None:
    for _ in range(20):
        bot.pins_list(channel="C0OPS")
    assert people.rules() == []

    bot.pins_list(channel="C0OPS")
    [violation] = people.see("violations")
    assert violation["detail"] == "pins.list: 21 calls in a minute, 20 allowed"

    people.do("settings", clock_offset_s=61)
    bot.pins_list(channel="C0OPS")
    assert len(people.rules()) == 1


def test_the_next_calls_of_a_method_answer_429(bot: WebClient, people: People) -> None:
    people.do("faults", fault="ratelimited", method="chat.postMessage", times=2, retry_after_s=7)

    for _ in range(2):
        with pytest.raises(SlackApiError) as limited:
            bot.chat_postMessage(channel="C0OPS", text="x")
        assert (limited.value.response.status_code, limited.value.response.headers["retry-after"]) == (429, "7")
    assert bot.auth_test()["ok"]
    assert bot.chat_postMessage(channel="C0OPS", text="x")["ok"]


def test_a_server_error_is_got_over_by_the_sdks_own_retry(slack: Slack) -> None:
    slack.people.do("faults", fault="server_error", method="chat.postMessage", status=503)
    stubborn = slack.client(retry_handlers=[ServerErrorRetryHandler(max_retry_count=1)])

    stubborn.chat_postMessage(channel="C0OPS", text="x")

    assert slack.people.texts("C0OPS") == ["x"]


def test_an_error_can_be_ordered_by_name(bot: WebClient, people: People) -> None:
    people.do("faults", fault="error", method="*", error="fatal_error")

    with pytest.raises(SlackApiError, match="fatal_error"):
        bot.chat_postMessage(channel="C0OPS", text="x")


def test_a_fault_can_wait_for_its_call(bot: WebClient, people: People) -> None:
    people.do("faults", fault="error", method="chat.postMessage", when={"channel": "C0ROOM"}, skip=1, error="ekm_error")

    assert bot.chat_postMessage(channel="C0OPS", text="other channel")["ok"]
    assert bot.chat_postMessage(channel="C0ROOM", text="skipped")["ok"]
    with pytest.raises(SlackApiError, match="ekm_error"):
        bot.chat_postMessage(channel="C0ROOM", text="spoilt")


def test_a_hanging_call_is_done_late(slack: Slack) -> None:
    slack.people.do("faults", fault="hang", method="chat.postMessage", hang_ms=300)
    began = time.monotonic()

    slack.client().chat_postMessage(channel="C0OPS", text="late")

    assert time.monotonic() - began >= 0.3
    assert slack.people.texts("C0OPS") == ["late"]


def test_a_lost_answer_leaves_the_message_behind(slack: Slack) -> None:
    slack.people.do("faults", fault="lost_answer", method="chat.postMessage")

    with pytest.raises(OSError):
        slack.client(retry_handlers=[]).chat_postMessage(channel="C0OPS", text="did it arrive?")

    assert slack.people.texts("C0OPS") == ["did it arrive?"]
    assert [call["fault"] for call in slack.people.see("calls")] == ["lost_answer"]


def test_the_sdks_own_retry_after_a_lost_answer_posts_twice(slack: Slack) -> None:
    """Why a poster must look before it posts again: nothing in the SDK protects it."""
    slack.people.do("faults", fault="lost_answer", method="chat.postMessage")

    slack.client().chat_postMessage(channel="C0OPS", text="twice")

    assert slack.people.texts("C0OPS") == ["twice", "twice"]


@pytest.mark.parametrize(
    "order",
    [
        {"fault": "earthquake"},
        {"fault": "error", "times": 0},
        {"fault": "error", "surprise": True},
    ],
)
def test_a_fault_that_is_none_is_refused(people: People, order: dict[str, object]) -> None:
    assert people.do("faults", **order)["error"] == "bad_request"


def test_a_setting_that_is_none_is_refused_and_changes_nothing(people: People) -> None:
    assert people.do("settings", enforce_rates=True, ack_timeout_s=-1)["error"] == "bad_request"
    assert people.see("state")["settings"]["enforce_rates"] is False
