"""Response URLs (five uses, thirty minutes), the numbered feed, a clean restart, and what the process is made of."""

import ast
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

import bot.playground.slack as standin
from tests.standin.stage import Slack, actions, button, eventually, start


@pytest.fixture
def address(slack: Slack) -> str:
    """A response URL of a command."""
    return str(slack.people.do("command", user="U0ALICE", channel="C0OPS", text="/ops status")["response_url"])


@pytest.fixture
def clicked(slack: Slack, bot: WebClient) -> str:
    """A response URL of a click on a card."""
    ts = bot.chat_postMessage(channel="C0OPS", text="Approve?", blocks=[actions(button())])["ts"]
    click = {"user": "U0ALICE", "channel": "C0OPS", "message_ts": ts, "action_id": "approve"}
    return str(slack.people.do("click", **click)["response_url"])


def whispers(slack: Slack) -> list[str]:
    found = [whisper["message"] for whisper in slack.people.see("ephemerals", user="U0ALICE")]
    return [message["text"] for message in found if message["user"] != "USLACKBOT"]


def test_an_answer_is_for_the_person_unless_said_otherwise(slack: Slack, address: str) -> None:
    webhook = WebhookClient(address)
    webhook.send(text="for you")
    webhook.send(text="for all", response_type="in_channel")

    assert whispers(slack) == ["for you"]
    assert slack.people.texts("C0OPS") == ["for all"]


def test_an_address_is_used_five_times(address: str) -> None:
    webhook = WebhookClient(address)
    answers = [webhook.send(text=str(number)) for number in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert answers[5].body == "used_url"


def test_an_address_lives_thirty_minutes(slack: Slack, address: str) -> None:
    slack.people.do("settings", clock_offset_s=1799)
    assert WebhookClient(address).send(text="just in time").status_code == 200

    slack.people.do("settings", clock_offset_s=1801)
    assert WebhookClient(address).send(text="late").body == "expired_url"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"text": "x", "response_type": "shout"}, "invalid_response_type"),
        ({"delete_original": True}, "message_not_found"),
    ],
)
def test_a_bad_answer_is_refused(slack: Slack, address: str, body: dict[str, Any], error: str) -> None:
    answer = slack.people.http.post(address, json=body)

    assert (answer.status_code, answer.text) == (400, error)


def test_a_click_can_be_answered_in_place_beside_or_by_taking_the_card_away(slack: Slack, clicked: str) -> None:
    webhook = WebhookClient(clicked)
    webhook.send(text="only you see this", replace_original=False)
    assert (whispers(slack), slack.people.texts("C0OPS")) == (["only you see this"], ["Approve?"])

    webhook.send(text="Approved", replace_original=True)
    assert slack.people.texts("C0OPS") == ["Approved"]

    webhook.send(delete_original=True)
    assert slack.people.texts("C0OPS") == []
    assert slack.people.rules() == []


def test_an_answer_that_does_not_say_what_it_replaces_replaces_the_card_and_is_noted(
    slack: Slack, clicked: str
) -> None:
    WebhookClient(clicked).send(text="meant for one person")

    assert slack.people.texts("C0OPS") == ["meant for one person"]
    assert slack.people.rules() == ["response_url_ambiguous"]


def test_the_feed_is_numbered_and_can_be_waited_on(slack: Slack, bot: WebClient) -> None:
    before = slack.people.see("state")["seq"]
    threading.Timer(0.2, lambda: bot.chat_postMessage(channel="C0OPS", text="news")).start()

    began = time.monotonic()
    answer = slack.people.see("feed", after=before, wait_s=5)

    assert 0.1 < time.monotonic() - began < 4
    first = answer["entries"][0]
    assert (first["seq"], first["kind"], first["message"]["text"]) == (before + 1, "message_posted", "news")


def test_the_feed_streams_to_a_page(slack: Slack, bot: WebClient) -> None:
    before = slack.people.see("state")["seq"]
    bot.chat_postMessage(channel="C0OPS", text="one")

    with slack.people.http.stream(
        "GET",
        f"{slack.base_url}/_people/feed",
        headers={"accept": "text/event-stream", "last-event-id": str(before)},
    ) as stream:
        lines = stream.iter_lines()
        found = [next(lines) for _ in range(3)]

    assert found[:2] == [f"id: {before + 1}", "event: message_posted"]
    assert json.loads(found[2].removeprefix("data: "))["message"]["text"] == "one"


def test_a_reset_forgets_everything_but_the_count(slack: Slack, bot: WebClient) -> None:
    bot.conversations_create(name="inc-1")
    before = slack.people.see("state")["seq"]

    slack.people.do("reset")

    state = slack.people.see("state")
    assert state["seq"] > before
    assert "inc-1" not in [channel["name"] for channel in state["channels"]]
    assert slack.people.see("calls") == []


def test_no_token_is_ever_shown_to_people(slack: Slack, bot: WebClient) -> None:
    bot.chat_postMessage(channel="C0OPS", text="x")
    shown = "".join(json.dumps(slack.people.see(name)) for name in ("state", "calls", "feed", "deliveries"))

    assert not [secret for secret in ("xoxb-midwatch", "xapp-midwatch", '"drift"') if secret in shown]


@pytest.mark.parametrize(
    ("mistake", "named"),
    [
        ("users: [{id: U1, nick: bob}]", "nick"),
        ("channels: [{id: C1, name: ops, members: [U9]}]", "U9 in channel ops"),
        ("settings: {enforce_rats: true}", "enforce_rats"),
    ],
)
def test_a_mistake_in_the_workspace_file_is_named_and_nothing_starts(tmp_path: Path, mistake: str, named: str) -> None:
    broken = tmp_path / "workspace.yaml"
    broken.write_text(f"team: {{id: T1, name: n, domain: d}}\n{mistake}\n")
    command = [sys.executable, "-m", "bot.playground.slack", "--workspace", str(broken)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert named in ended.stderr


def test_it_imports_nothing_else_of_the_bot() -> None:
    folder = Path(str(standin.__file__)).parent
    strays = [
        (path.name, name)
        for path in folder.rglob("*.py")
        for name in imported(ast.parse(path.read_text()))
        if name.split(".")[0] in ("bot", "handlers", "tools") and not name.startswith("bot.playground.slack")
    ]

    assert strays == []


def imported(tree: ast.AST) -> list[str]:
    found = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return found + [node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


def test_it_ends_at_once_when_told_to(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace.yaml"
    workspace.write_text("team: {id: T1, name: n, domain: d}\n")
    running, base_url = start(workspace)
    with httpx2.Client(trust_env=False) as http:
        assert http.get(f"{base_url}/healthz").json() == {"ok": True}

    running.terminate()
    running.wait(5)
    assert running.stdout is not None
    running.stdout.close()
    eventually(lambda: running.returncode is not None)
