"""The settings a process's tools read beside its own: for the README's tables, and the env files `init` writes.

It imports the tools of whichever process is asked about, so no process imports it.
"""

from collections.abc import Iterator

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from bot.adapters.changes import settings_kinds
from bot.adapters.looks import discover
from bot.wiring.checks.effective import name_of, names_of

# nothing a person sets there: talk says where people open a source, Kubernetes names its own host
NOT_SET = frozenset({"external_url", "service_host"})


def of_tools(process: str, known: type[BaseSettings]) -> Iterator[tuple[str, FieldInfo]]:
    """Name and field of every setting of the process's tools that ``known``, its own settings, does not have."""
    seen = set(names_of(known))
    for kind in _kinds(process):
        prefix = str(kind.model_config.get("env_prefix") or "")
        for key, field in kind.model_fields.items():
            name = name_of(prefix, key, field)
            if key not in NOT_SET and name not in seen:
                seen.add(name)
                yield name, field


def _kinds(process: str) -> Iterator[type[BaseSettings]]:
    found = {"diagnose": lambda: [tool.settings for tool in discover()], "act": lambda: list(settings_kinds())}
    for kind in dict.fromkeys(found[process]()) if process in found else ():
        if issubclass(kind, BaseSettings):
            yield kind
