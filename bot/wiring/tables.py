"""The README's generated tables: tools, settings, the approval's diagram. `make check` says when they are stale."""

from collections.abc import Iterator

from pydantic_settings import BaseSettings

from bot.adapters.changes import offered_specs
from bot.adapters.looks import discover
from bot.core.approval import NEXT
from bot.core.tool import Spec
from bot.settings import ActSettings, Common, DiagnoseSettings, ServeSettings, TalkSettings


def tool_table() -> str:
    """Every tool, what it does to the world, and what it needs."""
    rows = ["| tool | effect | what it does |", "|---|---|---|"]
    specs: list[Spec] = [tool.spec for tool in discover()] + list(offered_specs())
    rows += [f"| `{spec.name}` | {spec.effect.value} | {spec.says} |" for spec in sorted(specs, key=lambda s: s.name)]
    return "\n".join(rows)


def settings_tables() -> str:
    """One table a process."""
    parts = [_table("everybody", Common, None)]
    kinds = (("serve", ServeSettings), ("talk", TalkSettings), ("diagnose", DiagnoseSettings), ("act", ActSettings))
    parts += [_table(name, kind, Common) for name, kind in kinds]
    return "\n\n".join(parts)


def _table(name: str, kind: type[BaseSettings], without: type[BaseSettings] | None) -> str:
    known = set(without.model_fields) if without else set()
    rows = [f"| {name} | default | what it is for |", "|---|---|---|"]
    for key, field in kind.model_fields.items():
        if key not in known:
            default = "*needed*" if field.is_required() else f"`{_plain(field.default)}`" if field.default else "unset"
            rows.append(f"| `{field.validation_alias}` | {default} | {field.description or ''} |")
    return "\n".join(rows)


def _plain(value: object) -> str:
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
