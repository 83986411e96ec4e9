"""Socket Mode with the real Bolt and its built-in client: delivery, acknowledgements, redelivery, cuts."""

import time
from typing import Any

from tests.standin.bolts import bolt_app, connected, over_socket
from tests.standin.stage import People, Slack, actions, button, eventually


def attempts(people: People, **query: str) -> list[tuple[int, str]]:
    found = people.see("deliveries", **query)
    return [(attempt["number"], attempt["outcome"]) for delivery in found for attempt in delivery["attempts"]]


def test_a_command_is_answered_in_the_acknowledgement(slack: Slack) -> None:
    app = bolt_app(slack)

    @app.command("/ops")
    def ops(ack: Any, command: dict[str, str]) -> None:
        ack(f"{command['user_id']} asked for {command['text']} in {command['channel_name']}")

    with over_socket(slack, app):
        answer = slack.people.do("command", user="U0ALICE", channel="ops", text="/ops status checkout")

    assert answer["text"] == "U0ALICE asked for status checkout in ops"
    assert answer["ok"]
    assert 0 < answer["ms"] < 1000
    [whisper] = slack.people.see("ephemerals", user="U0ALICE")
    assert whisper["message"]["text"] == answer["text"]


def test_an_answer_for_all_is_posted_in_the_channel(slack: Slack) -> None:
    app = bolt_app(slack)
    app.command("/ops")(lambda ack: ack(text="for everybody", response_type="in_channel"))

    with over_socket(slack, app):
        slack.people.do("command", user="U0ALICE", channel="C0OPS", text="/ops help")

    assert slack.people.texts("C0OPS") == ["for everybody"]


def test_a_command_nobody_hears_fails_before_the_person(people: People) -> None:
    answer = people.do("command", user="U0ALICE", channel="C0OPS", text="/ops status")

    assert (answer["ok"], answer["error"], answer["outcome"]) == (False, "dispatch_failed", "no_connection")
    assert "dispatch_failed" in people.see("ephemerals", user="U0ALICE")[0]["message"]["text"]


def test_a_command_not_acknowledged_in_time_times_out_and_is_not_sent_again(slack: Slack) -> None:
    slack.people.do("settings", ack_timeout_s=0.3)
    app = bolt_app(slack)
    app.command("/ops")(lambda ack: time.sleep(0.6) or ack("too late"))

    with over_socket(slack, app):
        answer = slack.people.do("command", user="U0ALICE", channel="C0OPS", text="/ops status")
        late = eventually(lambda: slack.people.see("deliveries")[0]["attempts"][0]["late_ms"])

    assert (answer["ok"], answer["error"], answer["timed_out"]) == (False, "operation_timeout", True)
    assert late >= 600
    assert attempts(slack.people, kind="slash_commands") == [(0, "timeout")]
    assert "too late" not in str(slack.people.see("ephemerals"))


def test_a_click_carries_who_where_and_what(slack: Slack) -> None:
    app, seen = bolt_app(slack), []

    @app.action("approve")
    def approve(ack: Any, body: dict[str, Any]) -> None:
        ack()
        seen.append(body)

    blocks = [actions(button(value="req-7"))]
    ts = slack.client().chat_postMessage(channel="C0OPS", text="Approve?", blocks=blocks)["ts"]
    with over_socket(slack, app):
        answer = slack.people.do("click", user="U0FOREIGN", channel="C0OPS", message_ts=ts, action_id="approve")

    [body] = seen
    assert answer["ok"]
    assert body["user"] == {"id": "U0FOREIGN", "username": "fremd", "name": "fremd", "team_id": "T0OTHER"}
    assert body["team"]["id"] == "T0HARBOUR"
    assert body["channel"] == {"id": "C0OPS", "name": "ops"}
    assert body["container"] == {"type": "message", "message_ts": ts, "channel_id": "C0OPS", "is_ephemeral": False}
    assert body["message"]["blocks"] == blocks
    [action] = body["actions"]
    assert (action["value"], action["block_id"], action["type"]) == ("req-7", "decision", "button")
    assert float(action["action_ts"]) > float(ts)


def test_an_event_not_acknowledged_comes_again_with_the_same_id(slack: Slack) -> None:
    slack.people.do("settings", retry_scale=0, ack_timeout_s=0.2)
    slack.people.do("faults", fault="lose_ack", name="app_mention", times=2)
    app, seen = bolt_app(slack), []

    @app.event("app_mention")
    def mentioned(body: dict[str, Any], request: Any) -> None:
        seen.append((body["event_id"], request.headers["x-slack-retry-num"], request.headers["x-slack-retry-reason"]))

    with over_socket(slack, app):
        slack.people.do("message", user="U0ALICE", channel="C0OPS", text="@midwatch status")
        eventually(lambda: attempts(slack.people, name="app_mention")[-1:] == [(2, "acked")])
        eventually(lambda: len(seen) == 3)

    assert len({event_id for event_id, _, _ in seen}) == 1
    assert [(number, reason) for _, number, reason in seen] == [
        (["0"], [""]),
        (["1"], ["timeout"]),
        (["2"], ["timeout"]),
    ]
    assert attempts(slack.people, name="app_mention") == [(0, "timeout"), (1, "timeout"), (2, "acked")]


def test_an_event_is_given_up_after_three_retries(slack: Slack) -> None:
    slack.people.do("settings", retry_scale=0)

    slack.people.do("message", user="U0ALICE", channel="C0OPS", text="@midwatch anybody?")

    eventually(lambda: len(attempts(slack.people, name="app_mention")) == 4)
    assert {outcome for _, outcome in attempts(slack.people, name="app_mention")} == {"no_connection"}


def test_an_old_delivery_can_be_sent_again(slack: Slack) -> None:
    app, seen = bolt_app(slack), []
    app.event("app_mention")(lambda body: seen.append(body["event_id"]))

    with over_socket(slack, app):
        slack.people.do("message", user="U0ALICE", channel="C0OPS", text="@midwatch status")
        eventually(lambda: len(seen) == 1)
        [delivery] = slack.people.see("deliveries", name="app_mention")
        answer = slack.people.do("redeliver", delivery=delivery["id"])
        eventually(lambda: len(seen) == 2)

    assert (answer["ok"], answer["outcome"]) == (True, "acked")
    assert len(set(seen)) == 1


def test_one_envelope_can_come_twice(slack: Slack) -> None:
    slack.people.do("faults", fault="duplicate", delivery="interactive")
    app, seen = bolt_app(slack), []

    @app.action("approve")
    def approve(ack: Any, body: dict[str, Any]) -> None:
        ack()
        seen.append(body["actions"][0]["action_ts"])

    ts = slack.client().chat_postMessage(channel="C0OPS", text="t", blocks=[actions(button())])["ts"]
    with over_socket(slack, app):
        slack.people.do("click", user="U0ALICE", channel="C0OPS", message_ts=ts, action_id="approve")
        eventually(lambda: len(seen) == 2)

    assert seen[0] == seen[1]


def test_each_envelope_goes_to_one_connection_and_all_get_their_share(slack: Slack) -> None:
    app, seen = bolt_app(slack), []

    @app.command("/ops")
    def ops(ack: Any, command: dict[str, str]) -> None:
        seen.append(command["trigger_id"])
        ack()

    with over_socket(slack, app, connections=3):
        for _ in range(6):
            slack.people.do("command", user="U0ALICE", channel="C0OPS", text="/ops status")
        targets = [d["attempts"][0]["to"] for d in slack.people.see("deliveries", kind="slash_commands")]

    assert len(seen) == len(set(seen)) == 6
    assert sorted(targets.count(target) for target in set(targets)) == [2, 2, 2]


def test_a_cut_socket_comes_back_by_itself(slack: Slack) -> None:
    app = bolt_app(slack)
    app.command("/ops")(lambda ack: ack("here again"))

    with over_socket(slack, app):
        assert slack.people.do("socket", order="drop")["connections"] == 1
        assert connected(slack) == 0
        eventually(lambda: connected(slack) == 1, within_s=30)
        assert slack.people.do("command", user="U0ALICE", channel="C0OPS", text="/ops")["text"] == "here again"


def test_a_refresh_is_followed_by_a_new_connection(slack: Slack) -> None:
    app = bolt_app(slack)
    app.command("/ops")(lambda ack: ack("refreshed"))

    with over_socket(slack, app):
        before = slack.people.see("connections")["A0MIDWATCH"]
        slack.people.do("socket", order="refresh_requested")
        eventually(
            lambda: connected(slack) == 1 and slack.people.see("connections")["A0MIDWATCH"] != before, within_s=30
        )
        assert slack.people.do("command", user="U0ALICE", channel="C0OPS", text="/ops")["text"] == "refreshed"


def test_a_socket_cut_during_a_click_leaves_the_person_with_a_warning(slack: Slack) -> None:
    slack.people.do("settings", ack_timeout_s=0.3)
    slack.people.do("faults", fault="drop_socket", delivery="interactive")
    app = bolt_app(slack)
    app.action("approve")(lambda ack: ack())
    ts = slack.client().chat_postMessage(channel="C0OPS", text="t", blocks=[actions(button())])["ts"]

    with over_socket(slack, app):
        answer = slack.people.do("click", user="U0ALICE", channel="C0OPS", message_ts=ts, action_id="approve")

    assert (answer["ok"], answer["error"]) == (False, "operation_timeout")
