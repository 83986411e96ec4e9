"""HTTP mode with the real Bolt behind a real server: signatures, forms, answers, retries, timeouts."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from slack_bolt import App, BoltResponse
from slack_sdk.signature import SignatureVerifier

from tests.standin.bolts import bolt_app, over_http
from tests.standin.stage import Slack, actions, button, eventually


@contextmanager
def served(slack: Slack, app: App) -> Iterator[str]:
    with over_http(app) as url:
        slack.people.do("app", mode="http", request_url=url)
        yield url


def signed_app(slack: Slack) -> App:
    return bolt_app(slack, signing_secret="drift")


def attempts(slack: Slack, **query: str) -> list[tuple[str, int | None]]:
    found = slack.people.see("deliveries", **query)
    return [(a["outcome"], a["status"]) for delivery in found for a in delivery["attempts"]]


def test_a_signed_command_is_answered(slack: Slack) -> None:
    app = signed_app(slack)
    app.command("/ops")(lambda ack, command: ack(f"you said {command['text']}"))

    with served(slack, app):
        answer = slack.people.do("command", user="U0ALICE", channel="C0OPS", text="/ops status café & co")

    assert answer["text"] == "you said status café &amp; co"
    assert attempts(slack) == [("acked", 200)]


def test_a_signed_click_reaches_the_listener_and_its_respond_works(slack: Slack) -> None:
    app = signed_app(slack)

    @app.action("approve")
    def approve(ack: Any, respond: Any) -> None:
        ack()
        respond(text="approved by Alice", replace_original=True)

    ts = slack.client().chat_postMessage(channel="C0OPS", text="Approve?", blocks=[actions(button())])["ts"]
    with served(slack, app):
        slack.people.do("click", user="U0ALICE", channel="C0OPS", message_ts=ts, action_id="approve")
        eventually(lambda: slack.people.texts("C0OPS") == ["approved by Alice"])

    assert slack.people.rules() == []


def test_the_wrong_secret_is_refused_by_bolt_and_the_person_told(slack: Slack) -> None:
    app = bolt_app(slack, signing_secret="another")
    app.command("/ops")(lambda ack: ack("never"))

    with served(slack, app):
        answer = slack.people.do("command", user="U0ALICE", channel="C0OPS", text="/ops status")

    assert (answer["ok"], answer["error"], answer["outcome"]) == (False, "dispatch_failed", "http_error")
    assert attempts(slack) == [("http_error", 401)]


def test_the_signature_is_over_the_bytes_and_the_real_time_even_when_the_clock_is_moved(slack: Slack) -> None:
    slack.people.do("settings", clock_offset_s=7200)
    app, seen = signed_app(slack), []

    @app.middleware
    def look(req: Any, next: Any) -> None:  # noqa: A002 Bolt injects by this name
        headers = {name: values[0] for name, values in req.headers.items()}
        seen.append(SignatureVerifier("drift").is_valid_request(req.raw_body, headers))
        next()

    app.command("/ops")(lambda ack: ack())
    with served(slack, app):
        assert slack.people.do("command", user="U0ALICE", channel="C0OPS", text="/ops status")["ok"]

    assert seen == [True]


def test_an_event_is_retried_with_its_number_and_reason(slack: Slack) -> None:
    slack.people.do("settings", retry_scale=0, ack_timeout_s=0.3)
    slack.people.do("faults", fault="lose_ack", name="app_mention", times=1)
    app, seen = signed_app(slack), []

    @app.event("app_mention")
    def mentioned(body: dict[str, Any], request: Any) -> None:
        headers = request.headers
        seen.append((body["event_id"], headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason")))

    app.event("message")(lambda: None)
    with served(slack, app):
        slack.people.do("message", user="U0ALICE", channel="C0OPS", text="@midwatch hello")
        eventually(lambda: len(seen) == 2)
        eventually(lambda: attempts(slack, name="app_mention") == [("timeout", 200), ("acked", 200)])

    assert seen[0][1:] == (None, None)
    assert seen[1][1:] == (["1"], ["http_timeout"])
    assert seen[0][0] == seen[1][0]


def test_an_app_may_say_that_it_wants_no_retry(slack: Slack) -> None:
    slack.people.do("settings", retry_scale=0)
    app = signed_app(slack)

    app.middleware(lambda: BoltResponse(status=500, headers={"x-slack-no-retry": "1"}))

    with served(slack, app):
        slack.people.do("message", user="U0ALICE", channel="C0OPS", text="hello")
        eventually(lambda: attempts(slack, name="message") == [("http_error", 500)])
        time.sleep(0.2)

    assert attempts(slack, name="message") == [("http_error", 500)]


def test_a_dead_address_is_tried_four_times_for_an_event_and_once_for_a_click(slack: Slack) -> None:
    slack.people.do("settings", retry_scale=0)
    ts = slack.client().chat_postMessage(channel="C0ROOM", text="t", blocks=[actions(button())])["ts"]
    slack.people.do("app", mode="http", request_url="http://127.0.0.1:9/slack/events")

    slack.people.do("message", user="U0ALICE", channel="C0OPS", text="hello")
    eventually(lambda: len(attempts(slack, name="message")) == 4)
    answer = slack.people.do("click", user="U0ALICE", channel="C0ROOM", message_ts=ts, action_id="approve")

    assert set(attempts(slack, name="message")) == {("connection_failed", None)}
    assert (answer["ok"], answer["outcome"]) == (False, "connection_failed")
    assert len(attempts(slack, name="approve")) == 1


def test_an_answer_after_the_time_is_a_timeout_before_the_person(slack: Slack) -> None:
    slack.people.do("settings", ack_timeout_s=0.3)
    app = signed_app(slack)
    app.command("/ops")(lambda ack: time.sleep(0.6) or ack("late"))

    with served(slack, app):
        answer = slack.people.do("command", user="U0ALICE", channel="C0OPS", text="/ops status")

    assert (answer["error"], answer["timed_out"]) == ("operation_timeout", True)
    assert answer["ms"] < 600
    assert [e["message"]["text"] for e in slack.people.see("ephemerals")] == [answer["shown"]]


def test_a_request_url_is_verified_by_a_challenge(slack: Slack) -> None:
    app = signed_app(slack)

    with served(slack, app):
        assert slack.people.do("verify_url")["ok"]

    assert not slack.people.do("verify_url")["ok"]


def test_fifty_people_may_act_at_once(slack: Slack) -> None:
    """How fast is no matter here, so nobody's time runs out on a busy machine."""
    slack.people.do("settings", ack_timeout_s=60)
    app = bolt_app(slack, signing_secret="drift", process_before_response=True)
    app.command("/ops")(lambda ack, command: ack(command["text"]))

    def act(number: int) -> dict[str, Any]:
        return slack.people.do("command", user="U0ALICE", channel="C0OPS", text=f"/ops {number}")

    with served(slack, app), ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(act, range(50)))

    assert [answer["text"] for answer in answers] == [str(number) for number in range(50)]
