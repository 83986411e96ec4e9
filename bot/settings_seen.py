"""What a process can see of settings that are not its own; seeing another's credential stops its start.

It looks where pydantic-settings would look and reads as it does: the names of the environment, of the env file (by the
same parser: `export`, spaces and quotes are no disguise) and of the mounted files, all in upper or lower case.
"""

import os
from collections.abc import Iterator, Mapping

from dotenv import dotenv_values

from bot.core.errors import SettingsWrong
from bot.settings import env_file, secrets_dir

SPEAKING = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
DECIDING = ("MIDWATCH_SIGNING_KEY", "MIDWATCH_WEBHOOK_TOKEN")
NODES = "MIDWATCH_NODES_KUBECONFIG"  # the third identity: the act process's alone
CLUSTER = ("KUBECONFIG", NODES)
CHANGING = ("ALERTMANAGER_TOKEN", "FLAGS_TOKEN")  # of the act worker's tools; those that only read have another name
FOREIGN: Mapping[str, tuple[str, ...]] = {
    "talk": (*DECIDING, "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "ANTHROPIC_API_KEY", *CLUSTER, *CHANGING),
    "diagnose": (*DECIDING, *SPEAKING, NODES, *CHANGING),
    "act": (*DECIDING, *SPEAKING, "ANTHROPIC_API_KEY"),
    "serve": ("ANTHROPIC_API_KEY", *CLUSTER, *CHANGING),
}


def refuse_foreign(process: str) -> None:
    """Raise where this process can see a credential of another."""
    names = set(_names())
    seen = [name for name in FOREIGN[process] if name in names]
    if seen:
        raise SettingsWrong(
            f"the {process} process can see {', '.join(seen)}, which must live in another process only; "
            "give every process an environment of its own"
        )


def visible(name: str) -> bool:
    """Whether this process can see such a setting, with a value; raises `SettingsWrong` for an unreadable file."""
    return name.upper() in _names()


def _names() -> Iterator[str]:
    """The name of every setting that has a value here, in upper case."""
    yield from (name.upper() for name, value in os.environ.items() if value)
    yield from (name.upper() for name, value in _in_file().items() if value)
    folder = secrets_dir()
    if folder is not None and folder.expanduser().is_dir():
        yield from (path.name.upper() for path in folder.expanduser().iterdir())


def _in_file() -> Mapping[str, str | None]:
    path = env_file()
    if path is None:
        return {}
    try:
        return dotenv_values(path.expanduser(), encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"MIDWATCH_ENV_FILE {path} cannot be read: {type(error).__name__}") from error
