"""A sound installation of all four processes, to be broken in one place at a time: real servers, the real clients."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import redis

from bot.adapters.embedded import EmbeddedValkey
from bot.playground.crew import Crew, python
from bot.playground.outfit import BOT, HOME, Outfit
from bot.wiring.demo import hire_world, runbook_folders, wait_http, wait_world

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "tests" / "kills" / "quick-rollout"
PROCESSES = ("serve", "talk", "diagnose", "act")
ADMIN = "user admin on >admin ~* &* +@all"
POOR, SHY, PRIVATE = "xoxb-poor", "xoxb-shy", "C0PRIVATE0"


@dataclass
class Told:
    """What the doctor said of one process or of all of them."""

    code: int
    told: dict[str, Any]
    text: str

    def checks(self) -> list[dict[str, str]]:
        return [one for process in self.told["processes"] for one in process["checks"]]

    def wrong(self) -> list[str]:
        return [one["part"] for one in self.checks() if one["state"] == "wrong"]

    def of(self, part: str) -> dict[str, str]:
        [only] = [one for one in self.checks() if one["part"] == part]
        return only


@dataclass
class House:
    """Servers that run for the whole module, and a fresh set of env files for each test."""

    outfit: Outfit
    folder: Path
    admin: "redis.Redis"
    envs: dict[str, dict[str, str]] = field(default_factory=dict)

    def set(self, process: str, **changes: str | None) -> None:
        self.envs[process] |= {name: value for name, value in changes.items() if value is not None}
        for name in [name for name, value in changes.items() if value is None]:
            self.envs[process].pop(name, None)

    def doctor(self, *arguments: str) -> Told:
        for process, env in self.envs.items():
            path = self.folder / f"{process}.env"
            path.write_text("".join(f"{name}={value}\n" for name, value in env.items()))
        done = run("doctor", str(self.folder), "--json", *arguments)
        assert done.stdout, done.stderr
        return Told(done.returncode, json.loads(done.stdout), done.stdout)

    def break_world(self, api: str, status: int) -> None:
        httpx2.post(f"{self.outfit.world}/_world/outage", json={"api": api, "status": status}, timeout=10.0)

    def mend_world(self, api: str) -> None:
        httpx2.post(f"{self.outfit.world}/_world/outage", json={"api": api, "clear": True}, timeout=10.0)


def run(*arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """The command line as a person runs it, from an environment with nothing in it."""
    told = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **(env or {})}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments], env=told, cwd=ROOT, capture_output=True, text=True, timeout=250
    )


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Outfit, "redis.Redis"]]:
    """Valkey with its users, the stand-in Slack, the world; no process of Midwatch."""
    folder = tmp_path_factory.mktemp("house")
    outfit = Outfit.make(folder, SCENARIO, runbook_folders(SCENARIO))
    (folder / "valkey").mkdir()
    with ExitStack() as stack:
        valkey = EmbeddedValkey.start(folder / "valkey", outfit.redis_port, [*outfit.acl(), ADMIN])
        stack.enter_context(valkey)
        crew = stack.enter_context(Crew(folder))
        slack = ["--workspace", str(workspace(outfit)), "--port", str(outfit.slack_port)]
        crew.hire("slack", python("-m", "bot.playground.slack", *slack), revive=False)
        hire_world(crew, outfit)
        wait_http(f"{outfit.slack}/_people/state")
        wait_world(crew, outfit)
        admin = stack.enter_context(
            redis.Redis(port=outfit.redis_port, username="admin", password="admin", decode_responses=True)
        )
        yield outfit, admin


def workspace(outfit: Outfit) -> Path:
    """The playground's, with an app that lacks scopes and one that is in no channel."""
    path = outfit.write_workspace()
    told = json.loads(path.read_text())
    [app] = told["apps"]
    scopes = [scope for scope in app["scopes"] if scope not in ("pins:write", "files:write")]
    other = {"app_token": "", "signing_secret": "", "mode": "http", "request_url": outfit.serve}
    told["apps"] += [
        {**app, **other, "bot_token": POOR, "app_id": "A0POOR", "bot_id": "B0POOR", "scopes": scopes},
        {**app, **other, "bot_token": SHY, "app_id": "A0SHY", "bot_id": "B0SHY", "bot_user_id": "U0SHYBOT00"},
    ]
    told["users"].append({"id": "U0SHYBOT00", "name": "shy", "real_name": "Shy", "is_bot": True})
    told["channels"].append({"id": PRIVATE, "name": "secret", "is_private": True, "members": [BOT]})
    assert any(channel["id"] == HOME for channel in told["channels"])
    path.write_text(json.dumps(told))
    return path


@pytest.fixture
def house(servers: tuple[Outfit, "redis.Redis"], tmp_path: Path) -> House:
    outfit, admin = servers
    envs = {process: outfit.env(process) | {"MIDWATCH_DATA_DIR": str(tmp_path / process)} for process in PROCESSES}
    return House(outfit, tmp_path, admin, envs)
