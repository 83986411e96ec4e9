"""Answers to commands reach who asked: through the response URL, else alone in the channel; and it is recorded."""

from typing import Any

import pytest

from bot.core.errors import Busy, Unreachable
from bot.core.events import AnswerMade, CommandReceived
from bot.core.failpoint import Point, arm
from bot.core.question import Question, fold_question
from tests.services.newsroom import Newsroom
from tests.standin.bolts import bolt_app, over_socket

ASK = "ask-0123456789abcdef"
OPENED = {"kind": "incident_opened", "incident": "inc-20261120-3f2a9c41", "title": "Search is slow"}


def asked(newsroom: Newsroom, url: str | None, answer: Any = OPENED, user: str = "U0ALICE") -> None:
    facts: list[Any] = [
        CommandReceived(
            command="status",
            user=user,
            team="T0HARBOUR",
            channel="C0OPS",
            text=newsroom.payloads.put(ASK, "status"),
            answer=newsroom.payloads.put(ASK, url) if url else None,
        ),
        AnswerMade(answer=newsroom.payloads.put(ASK, answer)),
    ]
    newsroom.ledgers.record(ASK, facts, "process:test")


def question(newsroom: Newsroom) -> Question:
    return fold_question(ASK, newsroom.ledgers.read(ASK))


def how(newsroom: Newsroom) -> str:
    return str(newsroom.ledgers.read(ASK)[-1].line["body"]["how"])


def seen_by(newsroom: Newsroom, user: str = "U0ALICE") -> list[str]:
    return [str(found["message"]["blocks"]) for found in newsroom.people.see("ephemerals", user=user)]


def response_urls(newsroom: Newsroom) -> list[str]:
    """Types `/ops status` as Alice, with the real Bolt at the app's end; what addresses it was given."""
    taken: list[str] = []
    app = bolt_app(newsroom.slack)

    def listen(body: dict[str, Any], ack: Any) -> None:
        taken.append(body["response_url"])
        ack()

    app.command("/ops")(listen)
    with over_socket(newsroom.slack, app):
        newsroom.people.do("command", user="U0ALICE", channel="C0OPS", text="/ops status")
    return taken


def test_an_answer_goes_through_the_commands_own_response_url(newsroom: Newsroom):
    asked(newsroom, response_urls(newsroom)[0])
    newsroom.answering().run(ASK)
    assert "Search is slow" in seen_by(newsroom)[0]
    assert how(newsroom) == "response_url"
    assert newsroom.calls("chat.postEphemeral") == []
    assert newsroom.people.rules() == []


def test_a_response_url_that_is_too_old_is_replaced_by_a_whisper(newsroom: Newsroom):
    asked(newsroom, response_urls(newsroom)[0])
    newsroom.people.do("settings", clock_offset_s=31 * 60)
    newsroom.answering().run(ASK)
    assert len(seen_by(newsroom)) == 1
    assert how(newsroom) == "ephemeral"


def test_without_a_working_response_url_the_answer_is_whispered(newsroom: Newsroom):
    asked(newsroom, f"{newsroom.slack.base_url}/commands/T/none/none")
    newsroom.answering().run(ASK)
    assert "Search is slow" in seen_by(newsroom)[0]
    assert how(newsroom) == "ephemeral"


def test_a_foreign_response_url_is_never_used(newsroom: Newsroom):
    asked(newsroom, "https://evil.example/hook")
    newsroom.answering().run(ASK)
    assert len(seen_by(newsroom)) == 1
    assert how(newsroom) == "ephemeral"


def test_an_answer_is_given_once(newsroom: Newsroom):
    asked(newsroom, None)
    newsroom.answering().run(ASK)
    newsroom.answering().run(ASK)
    assert len(seen_by(newsroom)) == 1
    assert question(newsroom).answered_at is not None


@pytest.mark.parametrize("point", [Point.ANSWER_SAID, Point.ANSWER_RECORDED])
def test_killed_in_between_the_answer_is_never_lost_and_recorded_once(newsroom: Newsroom, point: Point):
    def die(reached: str) -> None:
        if reached == point:
            arm(lambda _: None)
            raise KeyboardInterrupt(point)

    asked(newsroom, None)
    arm(die)
    with pytest.raises(KeyboardInterrupt):
        newsroom.answering().run(ASK)
    newsroom.answering().run(ASK)
    assert 1 <= len(seen_by(newsroom)) <= 2
    assert [event.kind for event in newsroom.ledgers.read(ASK)].count("CommandAnswered") == 1


def test_nothing_is_said_before_there_is_an_answer(newsroom: Newsroom):
    fact = CommandReceived(
        command="status", user="U0ALICE", team="T0HARBOUR", channel="C0OPS", text=newsroom.payloads.put(ASK, "status")
    )
    newsroom.ledgers.record(ASK, [fact], "process:test")
    newsroom.answering().run(ASK)
    assert seen_by(newsroom) == []


def test_somebody_who_cannot_be_reached_does_not_keep_the_question_open(newsroom: Newsroom):
    asked(newsroom, None, user="U0GUEST")
    newsroom.answering().run(ASK)
    assert how(newsroom) == "failed"


@pytest.mark.parametrize(
    ("fault", "error"), [({"fault": "ratelimited"}, Busy), ({"fault": "server_error"}, Unreachable)]
)
def test_while_slack_does_not_take_it_the_answer_is_still_to_be_said(
    newsroom: Newsroom, fault: dict[str, Any], error: type[Exception]
):
    asked(newsroom, None)
    newsroom.fault(method="chat.postEphemeral", **fault)
    with pytest.raises(error):
        newsroom.answering().run(ASK)
    assert question(newsroom).answered_at is None


def test_an_erased_answer_is_said_to_be_erased(newsroom: Newsroom):
    asked(newsroom, None)
    newsroom.payloads.erase(ASK)
    newsroom.answering().run(ASK)
    assert "cannot be shown" in seen_by(newsroom)[0]


# --- mentions: said where everybody in the thread can read it, once


def mentioned(newsroom: Newsroom, answer: Any = OPENED) -> str:
    """A mention in the home channel and its answer; the message the thread hangs on."""
    ts = str(newsroom.people.do("message", user="U0ALICE", channel="C0OPS", text="how is it?")["ts"])
    said = {"command": "status", "user": "U0ALICE", "team": "T0HARBOUR", "channel": "C0OPS", "thread": ts}
    facts: list[Any] = [
        CommandReceived(**said, text=newsroom.payloads.put(ASK, "status")),
        AnswerMade(answer=newsroom.payloads.put(ASK, answer)),
    ]
    newsroom.ledgers.record(ASK, facts, "process:test")
    return ts


def replies(newsroom: Newsroom, thread: str) -> list[str]:
    found = newsroom.people.see("messages", channel="C0OPS", all="1")
    return [str(m["blocks"]) for m in found if m.get("thread_ts") == thread and m["ts"] != thread]


def test_a_mention_is_answered_in_its_thread(newsroom: Newsroom):
    thread = mentioned(newsroom)
    newsroom.answering().run(ASK)
    assert "Search is slow" in replies(newsroom, thread)[0]
    assert how(newsroom) == "thread"
    assert seen_by(newsroom) == []
    assert newsroom.people.rules() == []


def test_a_mention_that_asks_for_help_is_told_what_this_person_may_do(newsroom: Newsroom):
    thread = mentioned(newsroom, {"kind": "help"})
    newsroom.answering().run(ASK)
    assert "You may decide" in replies(newsroom, thread)[0]


@pytest.mark.parametrize("point", [Point.ANSWER_BEGUN, Point.ANSWER_SAID, Point.ANSWER_RECORDED])
def test_killed_anywhere_a_mention_is_answered_exactly_once(newsroom: Newsroom, point: Point):
    def die(reached: str) -> None:
        if reached == point:
            arm(lambda _: None)
            raise KeyboardInterrupt(point)

    thread = mentioned(newsroom)
    arm(die)
    with pytest.raises(KeyboardInterrupt):
        newsroom.answering().run(ASK)
    newsroom.answering().run(ASK)
    assert len(replies(newsroom, thread)) == 1
    assert question(newsroom).answered_at is not None


def test_a_thread_nobody_can_write_in_does_not_keep_the_question_open(newsroom: Newsroom):
    mentioned(newsroom)
    newsroom.fault(method="chat.postMessage", fault="error", error="is_archived")
    newsroom.answering().run(ASK)
    assert how(newsroom) == "failed"
