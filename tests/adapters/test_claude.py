"""The real client against a server that speaks the Messages API: what is sent, and what every failure is called."""

import json

import pytest

from bot.adapters.claude import Claude, ClaudeSettings
from bot.core.conversation import Answer, ModelFailed, Talk
from tests.adapters.messages_api import MessagesApi, Says, error, speaking, text, uses

TALK = Talk("system", "opening", {"type": "object"})


def claude(server: MessagesApi, timeout: float = 20.0) -> Claude:
    return Claude(ClaudeSettings("key", "claude-sonnet-5-5", server.url, timeout))


def send(server: MessagesApi, seconds: float = 40.0) -> object:
    model = claude(server)
    return model.send(model.request(TALK, ()), seconds)


def failure(server: MessagesApi, seconds: float = 40.0) -> str:
    with pytest.raises(ModelFailed) as failed:
        send(server, seconds)
    return failed.value.why


def test_a_reply_comes_with_its_text_stop_and_all_its_tokens() -> None:
    with speaking(text("fine")) as server:
        model = claude(server)
        reply = model.send(model.request(TALK, ()), 40)

    assert (reply.text, reply.stop, reply.tokens_in, reply.tokens_out) == ("fine", "end_turn", 1000, 60)
    assert server.heads[0]["authorization"] == "Bearer key"


def test_questions_asked_in_one_turn_keep_their_order_and_go_back_as_they_came() -> None:
    with speaking(uses(("list_pods", {"namespace": "a"}), ("list_nodes", {})), text("done")) as server:
        model = claude(server)
        first = model.send(model.request(TALK, ()), 40)
        talk = TALK.then(
            first, [Answer(first.questions[0].id, "pods"), Answer(first.questions[1].id, "no", failed=True)]
        )
        model.send(model.request(talk, ()), 40)

    assert [question.tool for question in first.questions] == ["list_pods", "list_nodes"]
    asked, told = server.requests[1]["messages"][1:]
    assert [block["id"] for block in asked["content"]] == [block["tool_use_id"] for block in told["content"]]
    assert told["content"][1]["is_error"] is True


def test_a_recorded_reply_reads_back_as_it_was() -> None:
    with speaking(uses(("list_nodes", {}))) as server:
        model = claude(server)
        reply = model.send(model.request(TALK, ()), 40)

    assert model.read(json.loads(json.dumps(reply.payload()))) == reply


@pytest.mark.parametrize(
    ("status", "kind", "why"),
    [
        (529, "overloaded_error", "overloaded"),
        (429, "rate_limit_error", "rate_limited"),
        (401, "authentication_error", "denied"),
        (400, "invalid_request_error", "bad_request"),
        (500, "api_error", "server_error"),
    ],
)
def test_every_status_has_its_name(status: int, kind: str, why: str) -> None:
    with speaking(error(status, kind, retry_after="0"), error(status, kind, retry_after="0")) as server:
        assert failure(server) == why


def test_one_overload_is_tried_again_after_the_time_it_names() -> None:
    with speaking(error(529, "overloaded_error", retry_after="0"), text("fine")) as server:
        send(server)

    assert len(server.requests) == 2


def test_a_server_that_hangs_is_a_timeout_within_the_time_given() -> None:
    with speaking(Says(hang=8), Says(hang=8)) as server:
        assert failure(server, seconds=2.0) == "timeout"


def test_nobody_at_the_address_is_unreachable() -> None:
    with speaking() as server:
        gone = claude(server)
    with pytest.raises(ModelFailed) as failed:
        gone.send(gone.request(TALK, ()), 10)
    assert failed.value.why == "unreachable"


@pytest.mark.parametrize("raw", [b"<html>proxy</html>", b"[]", b'{"content": "no list"}', b'{"content": [1]}', b"{}"])
def test_an_answer_that_is_no_message_is_called_so(raw: bytes) -> None:
    with speaking(Says(raw=raw), Says(raw=raw)) as server:
        assert failure(server) == "invalid_answer"
