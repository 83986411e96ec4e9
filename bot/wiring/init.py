"""`midwatch init`: one env file a process with fresh keys, Redis's users, the Slack app, Alertmanager's receiver.

Everything that only this installation knows is a commented line with an example; `midwatch doctor FOLDER` says which of
them are still missing. It asks nobody and reaches nothing.
"""

import json
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from bot.adapters.acl import USERS, acl_lines
from bot.adapters.ed25519 import generate
from bot.core.errors import BadInput
from bot.settings import ActSettings, DiagnoseSettings, ServeSettings, TalkSettings
from bot.settings_forms import SHIPPED, or_shipped
from bot.wiring.checks.slack import manifest
from bot.wiring.init_texts import ALERTMANAGER, REDIS, STEPS
from bot.wiring.reading import print_line
from bot.wiring.tools_settings import of_tools

KINDS: Mapping[str, type[BaseSettings]] = {
    "serve": ServeSettings,
    "talk": TalkSettings,
    "diagnose": DiagnoseSettings,
    "act": ActSettings,
}
NOT_FOR_YOU = frozenset({"failpoints"})
WAYS = ("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")  # one of the two
EVENTS = "/slack/events"
RUNBOOKS = or_shipped(SHIPPED)[0].resolve()


def main(folder: Path, redis: str, http: str | None, *, force: bool) -> int:
    """Write the files, say what to do next. Never overwrites without ``force``, and then keeps the old as NAME.old."""
    if http is not None and not http.startswith("https://"):
        raise BadInput("--http is the address Slack reaches you at, and Slack asks for https://")
    folder.mkdir(parents=True, exist_ok=True)
    files = contents(folder.resolve(), redis, http.rstrip("/") if http else None)
    standing = [name for name in files if (folder / name).exists()]
    if standing and not force:
        raise BadInput(
            f"{', '.join(standing)} already in {folder}. With --force there will be new keys, and the old files "
            "are kept as NAME.old; a ledger remembers the signing key of its time"
        )
    for name, text in files.items():
        write(folder / name, text)
    token = "SLACK_SIGNING_SECRET" if http else "SLACK_APP_TOKEN"
    print_line(STEPS.format(folder=folder, token=token, midwatch=called()))
    return 0


def called() -> str:
    """How a person calls this program from here: its bare name where a shell finds it, else the path of this one."""
    beside = Path(sys.executable).with_name("midwatch")
    if shutil.which("midwatch") or not beside.exists():
        return "midwatch"
    here = Path.cwd()
    return str(beside.relative_to(here) if beside.is_relative_to(here) else beside)


def write(path: Path, text: str) -> None:
    """For its owner's eyes alone, from its first byte on."""
    if path.exists():
        path.rename(_aside(path))
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")


def _aside(path: Path) -> Path:
    """`NAME.old`, `NAME.old2` …: what was kept before stays too, for a ledger may still need its key."""
    names = (path.with_name(f"{path.name}.old{number if number > 1 else ''}") for number in count(1))
    return next(name for name in names if not name.exists())


def contents(folder: Path, redis: str, http: str | None) -> dict[str, str]:
    """Every file by name, with new keys and passwords."""
    pair, token = generate(), secrets.token_urlsafe(32)
    passwords = {user: secrets.token_hex(24) for user in USERS}
    known: dict[str, dict[str, str]] = {
        "serve": {"MIDWATCH_WEBHOOK_TOKEN": token, "MIDWATCH_SIGNING_KEY": pair.private},
        "talk": {},
        "diagnose": {"MIDWATCH_RUNBOOKS": str(RUNBOOKS)} if RUNBOOKS.is_dir() else {},
        "act": {"MIDWATCH_VERIFY_KEY": pair.public},
    }
    files = {}
    for process, own in known.items():
        common = {
            "REDIS_URL": f"redis://midwatch-{process}:{passwords[process]}@{redis}/0",
            "MIDWATCH_MODE": "propose",
            "MIDWATCH_DATA_DIR": str(folder / "data" / process),
        }
        files[f"{process}.env"] = env_text(process, {**common, **own}, http is not None)
    port = redis.rpartition(":")[2]
    files["users.acl"] = "\n".join(acl_lines(passwords)) + "\n"
    files["redis.conf"] = REDIS.format(folder=folder, port=port)
    files["slack-manifest.json"] = json.dumps(app_manifest(http), indent=2) + "\n"
    files["alertmanager.yml"] = ALERTMANAGER.format(token=token)
    return files


def app_manifest(http: str | None) -> dict[str, Any]:
    """The shipped one, with the public address filled in where Slack is to call us."""
    told: dict[str, Any] = json.loads(json.dumps(manifest()))
    if http is not None:
        told["settings"]["socket_mode_enabled"] = False
        told["settings"]["interactivity"]["request_url"] = http + EVENTS
        for command in told["features"]["slash_commands"]:
            command["url"] = http + EVENTS
        if "event_subscriptions" in told["settings"]:
            told["settings"]["event_subscriptions"]["request_url"] = http + EVENTS
    return told


# --- env files ----------------------------------------------------------------------------------------------------


def env_text(process: str, known: Mapping[str, str], over_http: bool) -> str:
    """Every setting of one process: set where it is known, else a comment with an example."""
    other_way = "SLACK_APP_TOKEN" if over_http else "SLACK_SIGNING_SECRET"
    lines = [
        f"# Midwatch's {process} process, and nobody else's. midwatch doctor --as {process} says what is missing.",
        "",
    ]
    for key, field in KINDS[process].model_fields.items():
        name = str(field.validation_alias)
        if key not in NOT_FOR_YOU and name != other_way:
            lines += _setting(name, field, known.get(name), name in WAYS or field.is_required())
    for name, field in of_tools(process, KINDS[process]):
        lines += _setting(name, field, None, needed=False)
    return "\n".join(lines)


def _setting(name: str, field: FieldInfo, value: str | None, needed: bool) -> Iterator[str]:
    must = "needed: " if value is None and needed else ""
    if must or field.description:
        yield f"# {must}{field.description or name}"
    yield f"{name}={value}" if value is not None else f"# {name}={_example(field)}"
    yield ""


def _example(field: FieldInfo) -> str:
    if field.examples:
        return str(field.examples[0])
    if isinstance(field.default, list):
        return json.dumps(field.default)
    return "" if field.is_required() or field.default in (None, ()) else str(field.default)
