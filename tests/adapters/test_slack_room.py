"""The real Slack client against the stand-in: errors get their names, lost answers stay open, tokens stay inside."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from bot.adapters.slack_calls import TIERS, SlackCalls, reason
from bot.adapters.slack_room import WebSlackRoom, _is_slacks
from bot.core.errors import Busy, MidwatchError, Refused, Unreachable
from bot.core.ports import File, Posted
from tests.scene import PIXEL
from tests.standin.stage import WORKSPACE, People, Slack, start

SAYS = {"text": "hello", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}]}
NOW = datetime.now(UTC)


class Unpaced:
    def __init__(self) -> None:
        self.closed: dict[str, float] = {}
        self.asked: list[str] = []

    def wait(self, key: str, per_second: float, burst: int) -> float:
        self.asked.append(key)
        return self.closed.get(key, 0.0)

    def close(self, key: str, seconds: float) -> None:
        self.closed[key] = seconds


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("room") / "workspace.json"
    path.write_text(json.dumps(WORKSPACE))
    running, base_url = start(path)
    yield base_url
    running.terminate()
    running.wait(10)
    assert running.stdout is not None
    running.stdout.close()


@pytest.fixture
def slack(standin: str) -> Iterator[Slack]:
    with httpx2.Client(trust_env=False, timeout=20) as http:
        people = People(standin, http)
        people.do("reset")
        yield Slack(standin, people)


@pytest.fixture
def pace() -> Unpaced:
    return Unpaced()


@pytest.fixture
def room(slack: Slack, pace: Unpaced) -> WebSlackRoom:
    return WebSlackRoom(slack.client(timeout=2), pace)


def fault(slack: Slack, **what: object) -> None:
    assert slack.people.do("faults", **what)["ok"]


# --- messages


def test_a_post_can_be_found_by_its_mark_and_no_other(room: WebSlackRoom):
    posted = room.post("C0OPS", SAYS, "inc-1/card")
    room.post("C0OPS", SAYS, "inc-1/card2")
    assert room.find("C0OPS", "inc-1/card", NOW) == posted
    assert room.find("C0OPS", "inc-1", NOW) is None


def test_a_reply_is_found_in_its_thread(room: WebSlackRoom):
    top = room.post("C0OPS", SAYS, "inc-1/card")
    reply = room.post("C0OPS", SAYS, "inc-1/evidence:E1", top.ts)
    assert room.find("C0OPS", "inc-1/evidence:E1", NOW, top.ts) == reply
    assert room.find("C0OPS", "inc-1/evidence:E1", NOW) is None


def test_another_apps_message_with_our_mark_is_not_ours(room: WebSlackRoom, slack: Slack):
    narrow = slack.client("xoxb-narrow")
    slack.client().conversations_invite(channel="C0OPS", users="U0NARROW")
    metadata = {"event_type": "midwatch", "event_payload": {"id": "inc-1/card"}}
    narrow.chat_postMessage(channel="C0OPS", text="mine", metadata=metadata)
    assert room.find("C0OPS", "inc-1/card", NOW) is None


def test_older_messages_than_the_write_ahead_are_not_looked_at(room: WebSlackRoom):
    room.post("C0OPS", SAYS, "inc-1/card")
    assert room.find("C0OPS", "inc-1/card", NOW + timedelta(hours=1)) is None


def test_a_message_is_found_behind_many_others(room: WebSlackRoom, slack: Slack):
    posted = room.post("C0OPS", SAYS, "inc-1/card")
    for number in range(230):
        slack.client().chat_postMessage(channel="C0OPS", text=f"noise {number}")
    assert room.find("C0OPS", "inc-1/card", NOW) == posted


def test_an_upload_is_found_by_its_mark(room: WebSlackRoom, slack: Slack):
    top = room.post("C0OPS", SAYS, "inc-1/card")
    room.upload("C0OPS", top.ts, File("Dry run", "--- a\n+++ b\n", "diff", snippet="diff"), "inc-1/diff:a-1")
    assert room.find("C0OPS", "inc-1/diff:a-1", NOW, top.ts) is not None
    assert room.find("C0OPS", "inc-1/diff:a-2", NOW, top.ts) is None


def test_a_picture_arrives_as_it_was_with_its_words(room: WebSlackRoom, slack: Slack):
    top = room.post("C0OPS", SAYS, "inc-1/card")
    file = File("Errors", PIXEL, "png", alt="21 % now", comment="Chart of errors: 21 % now.")
    made = room.upload("C0OPS", top.ts, file, "inc-1/chart:1")

    assert room.find_file("C0OPS", "inc-1/chart:1", NOW, top.ts) == made
    assert room.find_file("C0OPS", "inc-1/chart:2", NOW, top.ts) is None
    [_, reply] = slack.people.see("messages", channel="C0OPS", thread_ts=top.ts)
    [wire] = reply["files"]
    assert (wire["id"], wire["mimetype"], wire["alt_txt"]) == (made, "image/png", "21 % now")
    assert reply["text"] == "Chart of errors: 21 % now."
    fetched = slack.people.http.get(wire["url_private"])
    assert (fetched.content, fetched.headers["content-type"]) == (PIXEL, "image/png")


def test_an_edit_changes_the_message_and_its_words(room: WebSlackRoom, slack: Slack):
    posted = room.post("C0OPS", SAYS, "m")
    room.edit(posted, {**SAYS, "text": "other"})
    assert slack.people.see("messages", channel="C0OPS")[-1]["text"] == "other"


def test_a_whisper_is_seen_by_one(room: WebSlackRoom, slack: Slack):
    room.whisper("C0OPS", "U0ALICE", SAYS)
    assert len(slack.people.see("ephemerals", user="U0ALICE")) == 1
    assert slack.people.see("ephemerals", user="U0BOB") == []


def test_pinning_twice_is_pinning(room: WebSlackRoom, slack: Slack):
    posted = room.post("C0OPS", SAYS, "m")
    room.pin(posted)
    room.pin(posted)

    (home,) = [channel for channel in slack.people.see("channels") if channel["id"] == "C0OPS"]
    assert len(home["pins"]) == 1


def test_nothing_posted_breaks_slacks_rules(room: WebSlackRoom, slack: Slack):
    linked = {"text": "see https://x.example", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}]}
    room.edit(room.post("C0OPS", linked, "m"), linked)
    room.whisper("C0OPS", "U0ALICE", linked)
    assert slack.people.rules() == []


def test_a_link_leads_to_the_message(room: WebSlackRoom):
    posted = room.post("C0OPS", SAYS, "m")
    assert room.link(posted).endswith(f"/archives/C0OPS/p{posted.ts.replace('.', '')}")


# --- channels and people


def test_a_channel_this_bot_made_is_found_and_nobody_elses(room: WebSlackRoom):
    made = room.create_channel("inc-1")
    assert room.find_channel("inc-1", NOW) == made
    assert room.find_channel("lobby", NOW) is None
    assert room.find_channel("inc-1", NOW + timedelta(hours=1)) is None


def test_a_taken_name_is_refused_by_name(room: WebSlackRoom):
    with pytest.raises(Refused) as refusal:
        room.create_channel("lobby")
    assert refusal.value.why == "name_taken"


def test_inviting_again_is_no_refusal(room: WebSlackRoom, slack: Slack):
    made = room.create_channel("inc-1")
    room.invite(made, ["U0ALICE"])
    room.invite(made, ["U0ALICE", "U0BOB", "U0MIDWATCH"])

    (channel,) = [channel for channel in slack.people.see("channels") if channel["id"] == made]
    assert {"U0ALICE", "U0BOB"} <= set(channel["members"])


def test_more_people_than_one_call_takes_are_invited(room: WebSlackRoom):
    made = room.create_channel("inc-1")
    with pytest.raises(Refused) as refusal:
        room.invite(made, [f"U0NOBODY{n}" for n in range(140)] + ["U0ALICE"])
    assert refusal.value.why == "user_not_found"
    room.invite(made, ["U0ALICE"])  # who could be invited was


def test_a_group_is_its_members_and_a_person_has_a_name(room: WebSlackRoom):
    assert room.members_of("S0ONCALL") == ("U0ALICE", "U0BOB")
    assert room.name_of("U0ALICE") == "alice"
    assert room.name_of("U0NOBODY") == "U0NOBODY"


# --- what goes wrong


@pytest.mark.parametrize("name", ["channel_not_found", "is_archived", "restricted_action", "missing_scope"])
def test_a_refusal_keeps_slacks_name(room: WebSlackRoom, slack: Slack, name: str):
    fault(slack, fault="error", method="chat.postMessage", error=name)
    with pytest.raises(Refused) as refusal:
        room.post("C0OPS", SAYS, "m")
    assert refusal.value.why == name


@pytest.mark.parametrize("name", ["internal_error", "fatal_error", "invalid_auth", "token_revoked"])
def test_what_is_open_or_the_operators_is_no_refusal(room: WebSlackRoom, slack: Slack, name: str):
    fault(slack, fault="error", method="chat.postMessage", error=name)
    with pytest.raises(Unreachable):
        room.post("C0OPS", SAYS, "m")


def test_429_says_when_and_closes_the_method_for_everybody(room: WebSlackRoom, slack: Slack, pace: Unpaced):
    fault(slack, fault="ratelimited", method="chat.postMessage", retry_after_s=7)
    with pytest.raises(Busy) as busy:
        room.post("C0OPS", SAYS, "m")
    assert busy.value.retry_after == 7
    assert pace.closed == {"method:chat.postMessage": 7.0}
    with pytest.raises(Busy):
        room.post("C0OPS", SAYS, "m")
    assert len(slack.people.see("calls", method="chat.postMessage")) == 1


@pytest.mark.parametrize(
    "what",
    [{"fault": "server_error", "status": 503}, {"fault": "hang", "hang_ms": 4000}, {"fault": "lost_answer"}],
    ids=["5xx", "hang", "lost answer"],
)
def test_no_answer_leaves_it_open_and_is_asked_once(room: WebSlackRoom, slack: Slack, what: dict[str, object]):
    fault(slack, method="chat.postMessage", **what)
    with pytest.raises(Unreachable):
        room.post("C0OPS", SAYS, "m")
    assert len(slack.people.see("calls", method="chat.postMessage")) <= 1


def test_a_lost_post_is_found_again(room: WebSlackRoom, slack: Slack):
    fault(slack, fault="lost_answer", method="chat.postMessage")
    with pytest.raises(Unreachable):
        room.post("C0OPS", SAYS, "inc-1/card")
    assert room.find("C0OPS", "inc-1/card", NOW) is not None


def test_nobody_at_the_address_is_unreachable(slack: Slack, pace: Unpaced):
    client = slack.client(timeout=1)
    client.base_url = "http://127.0.0.1:9/api/"
    with pytest.raises(Unreachable):
        WebSlackRoom(client, pace).post("C0OPS", SAYS, "m")


def test_no_token_is_ever_said(slack: Slack, pace: Unpaced, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    for token in ("xoxb-midwatch", "xoxb-wrong-and-secret"):
        room = WebSlackRoom(slack.client(token, timeout=1), pace)
        for method in ("chat.postMessage", "conversations.create"):
            fault(slack, fault="error", method=method, error="channel_not_found")
        for run in (lambda r=room: r.post("C0OPS", SAYS, "m"), lambda r=room: r.create_channel("x")):
            try:
                run()
            except MidwatchError as error:
                told += [str(error), repr(error)]
    assert told
    assert "xoxb-midwatch" not in "".join(told) + caplog.text
    assert "secret" not in "".join(told) + caplog.text


# --- response URLs


def test_an_answer_goes_to_slack_alone(room: WebSlackRoom):
    for url in (
        "https://evil.example/hook",
        "http://127.0.0.1:1/x",
        "file:///etc/passwd",
        "",
        "http://127.0.0.1.evil/",
    ):
        with pytest.raises(Refused) as refusal:
            room.answer(url, SAYS)
        assert refusal.value.why == "foreign_url"


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://hooks.slack.com/commands/T1/2/3", True),
        ("https://hooks.slack.com:443/actions/T1/2/3", True),
        ("https://slack.com/x", True),
        ("http://hooks.slack.com/commands/T1/2/3", False),
        ("https://hooks.slack.com.evil.example/commands", False),
        ("https://evilslack.com/x", False),
        ("https://user:password@hooks.slack.com/x", False),
        ("https://hooks.slack.com:8443/x", False),
        ("https://evil.example/?hooks.slack.com", False),
        ("https://[bad", False),
    ],
)
def test_only_slacks_own_hosts_take_an_answer(url: str, ours: bool):
    assert _is_slacks(url, "https://slack.com/api/") is ours


def test_a_used_up_response_url_is_refused_by_name(room: WebSlackRoom, slack: Slack):
    with pytest.raises(Refused):
        room.answer(f"{slack.base_url}/commands/none/none/none", SAYS)


# --- names


@pytest.mark.parametrize("text", ["", "a b", "<html>502</html>", "x" * 500, "ü"])
def test_any_error_text_becomes_a_name_a_ledger_takes(text: str):
    assert reason(text).replace("_", "").replace(".", "").replace("/", "").replace(":", "").replace("-", "").isalnum()
    assert len(reason(text)) <= 60


def test_every_method_that_is_called_has_a_rate(slack: Slack, pace: Unpaced):
    calls = SlackCalls(slack.client(), pace)
    with pytest.raises(KeyError):
        calls.call("chat.delete", channel="C0OPS", ts="1")
    assert all(rate > 0 and burst >= 1 for rate, burst in TIERS.values())


def test_posting_takes_a_token_of_the_channel_and_one_of_the_method(room: WebSlackRoom, pace: Unpaced):
    posted = room.post("C0OPS", SAYS, "m")
    room.edit(posted, SAYS)
    assert pace.asked == [
        "channel:C0OPS",
        "method:chat.postMessage",
        f"edit:C0OPS:{posted.ts}",
        "method:chat.update",
    ]
    assert Posted("C0OPS", posted.ts) == posted
