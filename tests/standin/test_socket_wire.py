"""Socket Mode read byte by byte: hello, envelopes, tickets, disconnects, too many connections."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.standin.stage import Slack, eventually


def address(slack: Slack) -> str:
    return str(slack.client().apps_connections_open(app_token="xapp-midwatch")["url"])


@contextmanager
def socket(slack: Slack, url: str | None = None) -> Iterator[ClientConnection]:
    with connect(url or address(slack), proxy=None) as connection:
        yield connection


def read(connection: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(connection.recv(timeout=5)))


def in_background(slack: Slack, what: str, **body: Any) -> list[dict[str, Any]]:
    """Let a person act while the test plays the app; the result lands in the list."""
    results: list[dict[str, Any]] = []
    threading.Thread(target=lambda: results.append(slack.people.do(what, **body)), daemon=True).start()
    return results


def test_hello_counts_the_connections(slack: Slack) -> None:
    with socket(slack) as first, socket(slack) as second:
        assert (read(first)["type"], read(second)["num_connections"]) == ("hello", 2)


def test_a_ticket_opens_one_socket(slack: Slack) -> None:
    url = address(slack)
    with socket(slack, url):
        pass

    for used in (url, url.replace("ticket=", "ticket=x")):
        with pytest.raises(InvalidStatus), socket(slack, used):
            pass


def test_an_eleventh_connection_is_sent_away(slack: Slack) -> None:
    slack.people.do("settings", max_connections=1)

    with socket(slack) as first, socket(slack) as second:
        assert read(first)["type"] == "hello"
        assert read(second)["reason"] == "too_many_websockets"
        with pytest.raises(ConnectionClosed):
            second.recv(timeout=5)


def test_a_warning_leaves_the_connection_open_and_a_refresh_does_not(slack: Slack) -> None:
    with socket(slack) as connection:
        read(connection)
        slack.people.do("socket", order="warning")
        assert (read(connection)["reason"], len(slack.people.see("connections")["A0MIDWATCH"])) == ("warning", 1)

        slack.people.do("socket", order="refresh_requested")
        assert read(connection)["reason"] == "refresh_requested"
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=5)


def test_a_command_envelope_takes_its_answer_as_payload(slack: Slack) -> None:
    with socket(slack) as connection:
        read(connection)
        results = in_background(slack, "command", user="U0ALICE", channel="C0OPS", text="/ops status")
        envelope = read(connection)
        connection.send(json.dumps({"envelope_id": envelope["envelope_id"], "payload": {"text": "fine"}}))
        [result] = eventually(lambda: results)

    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert "retry_attempt" not in envelope
    assert (envelope["payload"]["command"], envelope["payload"]["text"]) == ("/ops", "status")
    assert result["text"] == "fine"


def test_an_event_envelope_says_which_try_it_is(slack: Slack) -> None:
    with socket(slack) as connection:
        read(connection)
        slack.people.do("message", user="U0ALICE", channel="C0OPS", text="hello")
        envelope = read(connection)
        connection.send(json.dumps({"envelope_id": envelope["envelope_id"]}))

    assert (envelope["type"], envelope["retry_attempt"], envelope["retry_reason"]) == ("events_api", 0, "")
    assert envelope["payload"]["event"]["text"] == "hello"
    assert envelope["payload"]["authorizations"][0]["user_id"] == "U0MIDWATCH"


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("not json", "not_an_acknowledgement"),
        ("[]", "not_an_acknowledgement"),
        ('{"envelope_id": "x"}', "unknown_envelope"),
    ],
)
def test_an_acknowledgement_of_nothing_is_noted(slack: Slack, said: str, rule: str) -> None:
    with socket(slack) as connection:
        read(connection)
        connection.send(said)
        eventually(lambda: slack.people.rules() == [rule])


def test_a_bad_answer_to_a_command_is_noted_and_not_shown(slack: Slack) -> None:
    with socket(slack) as connection:
        read(connection)
        results = in_background(slack, "command", user="U0ALICE", channel="C0OPS", text="/ops status")
        answer = {"text": "x", "blocks": [{"type": "section"}]}
        connection.send(json.dumps({"envelope_id": read(connection)["envelope_id"], "payload": answer}))
        [result] = eventually(lambda: results)

    assert (result["ok"], result["error"]) == (False, "invalid_blocks")
    assert slack.people.rules() == ["bad_acknowledgement"]
    assert slack.people.see("ephemerals") == []


def test_an_app_over_http_has_no_socket(slack: Slack) -> None:
    slack.people.do("app", mode="http", request_url="http://127.0.0.1:9/")

    with pytest.raises(SlackApiError, match="socket_mode_not_enabled"):
        address(slack)


def test_a_wrong_app_token_gets_no_address(slack: Slack) -> None:
    with pytest.raises(SlackApiError, match="invalid_auth"):
        slack.client().apps_connections_open(app_token="xapp-wrong")
