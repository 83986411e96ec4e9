"""The README's generated tables: tools, settings, the approval's diagram. `make check` says when they are stale."""

import json
from collections.abc import Iterable, Iterator, Mapping

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from bot.adapters.changes import offered_specs
from bot.adapters.looks import discover
from bot.core.approval import NEXT
from bot.core.tool import Spec
from bot.settings import ActSettings, DiagnoseSettings, ServeSettings, TalkSettings
from bot.settings_common import Common
from bot.wiring.tools_settings import of_tools

KINDS: Mapping[str, type[Common]] = {
    "serve": ServeSettings,
    "talk": TalkSettings,
    "diagnose": DiagnoseSettings,
    "act": ActSettings,
}


def tool_table() -> str:
    """Every tool, what it does to the world, and what it needs."""
    rows = ["| tool | effect | what it does |", "|---|---|---|"]
    specs: list[Spec] = [tool.spec for tool in discover()] + list(offered_specs())
    rows += [f"| `{spec.name}` | {spec.effect.value} | {spec.says} |" for spec in sorted(specs, key=lambda s: s.name)]
    return "\n".join(rows)


def settings_tables() -> str:
    """One table a process, and one for the tools of those that have any."""
    parts = [_table("everybody", _own(Common, None))]
    for name, kind in KINDS.items():
        parts.append(_table(name, _own(kind, Common)))
        if rows := list(of_tools(name, kind)):
            parts.append(_table(f"{name}, for its tools", rows))
    return "\n\n".join(parts)


def _own(kind: type[BaseSettings], without: type[BaseSettings] | None) -> Iterator[tuple[str, FieldInfo]]:
    known = set(without.model_fields) if without else set()
    return ((str(field.validation_alias), field) for key, field in kind.model_fields.items() if key not in known)


def _table(title: str, settings: Iterable[tuple[str, FieldInfo]]) -> str:
    """A tool's setting is never *needed*: without it the tool is not offered."""
    rows = [f"| {title} | default | what it is for |", "|---|---|---|"]
    needed = "unset" if title.endswith("tools") else "*needed*"
    for name, field in settings:
        default = needed if field.is_required() else f"`{_plain(field.default)}`" if field.default else "unset"
        rows.append(f"| `{name}` | {default} | {field.description or ''} |")
    return "\n".join(rows)


def _plain(value: object) -> str:
    if isinstance(value, list):
        return json.dumps(value)
    return ":".join(map(str, value)) if isinstance(value, tuple) else str(value)


def approval_diagram() -> str:
    """`NEXT` as a Mermaid state diagram."""
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> proposed", *_arrows(), "```"])


def _arrows() -> Iterator[str]:
    for state, following in NEXT.items():
        if not following:
            yield f"    {state} --> [*]"
        for fact, after in following.items():
            yield f"    {state} --> {after}: {fact.__name__}"
