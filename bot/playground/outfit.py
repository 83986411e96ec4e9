"""Everything the four processes and their two surroundings need to start: ports, passwords, keys, files, environments.

Each process gets an environment of its own with its own credentials and nothing else, exactly as in production.
"""

import json
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.adapters.acl import USERS, acl_lines
from bot.adapters.ed25519 import generate
from bot.core.errors import BadInput
from bot.playground.access import access_of
from bot.playground.casting import APPROVER, RESPONDER, VISITOR, told_to_page
from bot.settings_seen import FOREIGN

TEAM = "T0PLAYGRND"
STRANGER = "U0STRANGER"
BOT = "U0MIDWATCH"
HOME = "C0HOMEOPS0"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Outfit:
    """One playground's ports, secrets and files. ``options`` are further settings for all processes that may see them.

    ``prometheus`` names a real one that scrapes the world: the workers read there, and only its alerts are sent.
    In a ``calm`` one the scenario's trouble waits until somebody brings it. ``speed`` is how fast the story passes.
    """

    folder: Path
    scenario: Path
    namespaces: tuple[str, ...]
    runbooks: tuple[Path, ...]
    redis_port: int
    slack_port: int
    world_port: int
    serve_port: int
    passwords: Mapping[str, str]
    webhook_token: str
    signing_secret: str
    private_key: str
    public_key: str
    tokens: Mapping[str, str]
    options: Mapping[str, str]
    socket_mode: bool = True
    prometheus: str = ""
    calm: bool = False
    speed: int = 1
    page_key: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @classmethod
    def make(
        cls,
        folder: Path,
        scenario: Path,
        runbooks: tuple[Path, ...],
        options: Mapping[str, str] | None = None,
        socket_mode: bool = True,
        prometheus: str = "",
        calm: bool = False,
    ) -> "Outfit":
        """New secrets and free ports every time."""
        folder.mkdir(parents=True, exist_ok=True)
        pair = generate()
        return cls(
            folder=folder,
            scenario=scenario,
            namespaces=namespaces_of(scenario),
            runbooks=runbooks,
            redis_port=free_port(),
            slack_port=free_port(),
            world_port=free_port(),
            serve_port=free_port(),
            passwords={user: secrets.token_hex(16) for user in USERS},
            webhook_token=secrets.token_hex(16),
            signing_secret=secrets.token_hex(16),
            private_key=pair.private,
            public_key=pair.public,
            tokens={identity: secrets.token_hex(16) for identity in ("read", "act", "nodes")},
            options=options or {},
            socket_mode=socket_mode,
            prometheus=prometheus,
            calm=calm,
        )

    # --- addresses

    def redis_url(self, user: str) -> str:
        return f"redis://midwatch-{user}:{self.passwords[user]}@127.0.0.1:{self.redis_port}/0"

    @property
    def world(self) -> str:
        return f"http://127.0.0.1:{self.world_port}"

    @property
    def metrics_url(self) -> str:
        return self.prometheus or f"{self.world}/prometheus"

    @property
    def slack(self) -> str:
        return f"http://127.0.0.1:{self.slack_port}"

    @property
    def page(self) -> str:
        """The address to open in a browser; it carries the key."""
        return f"{self.slack}/page/?key={self.page_key}"

    @property
    def serve(self) -> str:
        return f"http://127.0.0.1:{self.serve_port}"

    def acl(self) -> list[str]:
        return acl_lines(self.passwords)

    # --- files

    def write_access(self) -> Path:
        """Who may do what in the world's cluster, by token."""
        return self._write("access.json", json.dumps(access_of(self.tokens, self.namespaces, identities())))

    def write_kubeconfig(self, identity: str) -> Path:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "world",
            "contexts": [{"name": "world", "context": {"cluster": "world", "user": identity}}],
            "clusters": [{"name": "world", "cluster": {"server": f"{self.world}/kubernetes"}}],
            "users": [{"name": identity, "user": {"token": self.tokens[identity]}}],
        }
        return self._write(f"kubeconfig-{identity}", yaml.safe_dump(config))

    def write_workspace(self) -> Path:
        people = [(RESPONDER, "robin"), (APPROVER, "alex"), (VISITOR, "vic")]
        told = json.loads(manifest().read_text())
        app = {
            "bot_token": "xoxb-playground",
            "app_token": "xapp-playground" if self.socket_mode else "",
            "signing_secret": self.signing_secret,
            "bot_user_id": BOT,
            "bot_id": "B0MIDWATCH",
            "app_id": "A0MIDWATCH",
            "scopes": told["oauth_config"]["scopes"]["bot"],
            "commands": [each["command"] for each in told["features"]["slash_commands"]],
            "events": told["settings"].get("event_subscriptions", {}).get("bot_events", []),
            "mode": "socket" if self.socket_mode else "http",
            "request_url": "" if self.socket_mode else f"{self.serve}/slack/events",
        }
        workspace = {
            "team": {"id": TEAM, "name": "Playground", "domain": "playground"},
            "users": [
                *({"id": user, "name": name, "real_name": name.title()} for user, name in people),
                {"id": STRANGER, "name": "sam", "real_name": "Sam", "team_id": "T0ELSEWHER"},
                {"id": BOT, "name": "midwatch", "real_name": "Midwatch", "is_bot": True},
            ],
            "usergroups": [],
            "channels": [
                {"id": HOME, "name": "ops", "members": [RESPONDER, APPROVER, VISITOR, BOT]},
            ],
            "apps": [app],
        }
        return self._write("workspace.json", json.dumps(workspace))

    def write_page(self) -> Path:
        """What the page in the browser is told."""
        page = told_to_page(self.scenario, json.loads(manifest().read_text()))
        return self._write("page.json", json.dumps({**page, "key": self.page_key, "home": HOME, "world": self.world}))

    def _write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    # --- environments

    def env(self, process: str) -> dict[str, str]:
        """The whole environment of one process."""
        common = {
            "REDIS_URL": self.redis_url(process),
            "MIDWATCH_DATA_DIR": str(self.folder / process),
            "MIDWATCH_MODE": "act",
            "MIDWATCH_RECHECK_SECONDS": "20",
            **{name: value for name, value in self.options.items() if name not in FOREIGN.get(process, ())},
        }
        return {**common, **getattr(self, f"_{process}")()}

    def _serve(self) -> dict[str, str]:
        mode = (
            {"SLACK_APP_TOKEN": "xapp-playground"}
            if self.socket_mode
            else {"SLACK_SIGNING_SECRET": self.signing_secret}
        )
        return {
            **mode,
            "SLACK_BOT_TOKEN": "xoxb-playground",
            "SLACK_API_URL": f"{self.slack}/api/",
            "MIDWATCH_LISTEN": f"127.0.0.1:{self.serve_port}",
            "MIDWATCH_WEBHOOK_TOKEN": self.webhook_token,
            "MIDWATCH_SIGNING_KEY": self.private_key,
            "MIDWATCH_HOME_CHANNEL": HOME,
            "MIDWATCH_APPROVERS": APPROVER,
            "MIDWATCH_ONCALL": RESPONDER,
            "MIDWATCH_ANCHORS": str(self.anchors),
        }

    @property
    def anchors(self) -> Path:
        return self.folder / "anchors"

    def _talk(self) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": "xoxb-playground",
            "SLACK_API_URL": f"{self.slack}/api/",
            "MIDWATCH_HOME_CHANNEL": HOME,
            "MIDWATCH_APPROVERS": APPROVER,
            "MIDWATCH_ONCALL": RESPONDER,
        }

    def _diagnose(self) -> dict[str, str]:
        return {
            "PROMETHEUS_URL": self.metrics_url,
            "ELASTICSEARCH_URL": f"{self.world}/elasticsearch",
            "JAEGER_URL": f"{self.world}/jaeger",
            "KUBECONFIG": str(self.write_kubeconfig("read")),
            "MIDWATCH_RUNBOOKS": ":".join(str(path) for path in self.runbooks),
            "MIDWATCH_SETTLE_SECONDS": "120",
            "MIDWATCH_NAMESPACES": " ".join(self.namespaces),
        }

    def _act(self) -> dict[str, str]:
        return {
            "KUBECONFIG": str(self.write_kubeconfig("act")),
            "MIDWATCH_NODES_KUBECONFIG": str(self.write_kubeconfig("nodes")),
            "PROMETHEUS_URL": self.metrics_url,
            "MIDWATCH_VERIFY_KEY": self.public_key,
            "MIDWATCH_NAMESPACES": " ".join(self.namespaces),
        }

    def reading_env(self) -> dict[str, str]:
        """For the command line's readings: it may look at everything and change nothing."""
        return {
            "REDIS_URL": self.redis_url("read"),
            "MIDWATCH_ANCHORS": str(self.anchors),
            "MIDWATCH_VERIFY_KEY": self.public_key,
        }


def namespaces_of(scenario: Path) -> tuple[str, ...]:
    """The namespaces a scenario's services and CronJobs live in: what the playground's bot may change."""
    try:
        told: Any = yaml.safe_load((scenario / "scenario.yaml").read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise BadInput(f"{scenario / 'scenario.yaml'} is not YAML: {error}") from error
    if not isinstance(told, dict):
        raise BadInput(f"{scenario / 'scenario.yaml'} holds no scenario")
    own = str(told.get("namespace") or "default")
    lists = [told.get(key) for key in ("services", "cron_jobs")]
    listed = [one for each in lists if isinstance(each, list) for one in each if isinstance(one, dict)]
    return tuple(sorted({str(one.get("namespace") or own) for one in listed} | {own}))


def manifest() -> Path:
    return root() / "manifests" / "slack" / "manifest.json"


def identities() -> Path:
    return root() / "manifests" / "kubernetes" / "identities.yaml"


def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parents[2]


__all__ = ["APPROVER", "RESPONDER", "VISITOR", "Outfit", "free_port", "manifest", "namespaces_of", "root"]
