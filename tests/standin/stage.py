"""What these tests work with: a workspace, the stand-in as a process, people's side of it, and blocks to post."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from slack_sdk import WebClient

BOT_SCOPES = [
    *("commands", "app_mentions:read", "chat:write", "channels:manage", "channels:read", "channels:history"),
    *("channels:join", "groups:write", "groups:read", "groups:history", "pins:write", "pins:read"),
    *("bookmarks:write", "bookmarks:read", "reactions:read", "reactions:write", "files:write", "files:read"),
    *("users:read", "usergroups:read", "im:history", "im:read", "im:write", "assistant:write"),
]
OPS_MEMBERS = ["U0ALICE", "U0BOB", "U0FOREIGN", "U0MIDWATCH"]
WORKSPACE: dict[str, Any] = {
    "team": {"id": "T0HARBOUR", "name": "Harbour", "domain": "harbour"},
    "users": [
        {
            "id": "U0ALICE",
            "name": "alice",
            "real_name": "Alice Anker",
            "tz": "Europe/Berlin",
            "email": "a@example.test",
        },
        {"id": "U0BOB", "name": "bob", "real_name": "Bob Boje"},
        {"id": "U0GUEST", "name": "guest", "is_restricted": True},
        {"id": "U0ONEROOM", "name": "oneroom", "is_restricted": True, "is_ultra_restricted": True},
        {"id": "U0FOREIGN", "name": "fremd", "team_id": "T0OTHER"},
        {"id": "U0GONE", "name": "gone", "deleted": True},
        {"id": "U0MIDWATCH", "name": "midwatch", "is_bot": True},
    ],
    "usergroups": [{"id": "S0ONCALL", "handle": "oncall", "users": ["U0ALICE", "U0BOB"]}],
    "channels": [
        {
            "id": "C0OPS",
            "name": "ops",
            "members": ["U0ALICE", "U0BOB", "U0FOREIGN", "U0MIDWATCH"],
            "is_ext_shared": True,
        },
        {"id": "C0LOBBY", "name": "lobby", "is_general": True, "members": ["U0ALICE", "U0BOB"]},
        {"id": "C0VAULT", "name": "vault", "is_private": True, "members": ["U0ALICE"]},
        {"id": "C0ROOM", "name": "room", "is_private": True, "members": ["U0ALICE", "U0MIDWATCH"]},
        {"id": "C0OLD", "name": "old", "is_archived": True, "members": ["U0ALICE", "U0MIDWATCH"]},
    ],
    "apps": [
        {
            "bot_token": "xoxb-midwatch",
            "app_token": "xapp-midwatch",
            "signing_secret": "drift",
            "bot_user_id": "U0MIDWATCH",
            "bot_id": "B0MIDWATCH",
            "app_id": "A0MIDWATCH",
            "scopes": BOT_SCOPES,
            "commands": ["/ops"],
            "mode": "socket",
            "events": ["app_mention", "message.channels", "message.im", "reaction_added", "app_home_opened"],
        },
        {
            "bot_token": "xoxb-narrow",
            "bot_user_id": "U0NARROW",
            "bot_id": "B0NARROW",
            "app_id": "A0NARROW",
            "scopes": ["chat:write"],
        },
    ],
}


@dataclass(frozen=True)
class People:
    """The control side of a running stand-in."""

    base_url: str
    http: httpx2.Client

    def do(self, what: str, **body: Any) -> dict[str, Any]:
        return dict(self.http.post(f"{self.base_url}/_people/{what}", json=body).json())

    def see(self, what: str, **query: Any) -> Any:
        answer = self.http.get(f"{self.base_url}/_people/{what}", params=query).json()
        assert answer["ok"], answer
        return answer[what] if what in answer else answer.get("homes", answer)

    def texts(self, channel: str, **query: Any) -> list[str]:
        return [message["text"] for message in self.see("messages", channel=channel, **query)]

    def rules(self) -> list[str]:
        return [violation["rule"] for violation in self.see("violations")]


@dataclass(frozen=True)
class Slack:
    base_url: str
    people: People

    def client(self, token: str = "xoxb-midwatch", **kwargs: Any) -> WebClient:
        return WebClient(token, base_url=f"{self.base_url}/api/", **kwargs)


def start(workspace: Path, *more: str) -> tuple["subprocess.Popen[str]", str]:
    command = [sys.executable, "-m", "bot.playground.slack", "--workspace", str(workspace), "--port", "0", *more]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    return running, running.stdout.readline().strip()


def eventually(question: Callable[[], Any], within_s: float = 30.0) -> Any:
    """The first true answer; fails when there is none in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


def button(action_id: str = "approve", **extra: Any) -> dict[str, Any]:
    text = {"type": "plain_text", "text": "Approve Roll Back"}
    return {"type": "button", "action_id": action_id, "text": text, "value": "req-1", **extra}


def actions(*elements: dict[str, Any], block_id: str = "decision") -> dict[str, Any]:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}
