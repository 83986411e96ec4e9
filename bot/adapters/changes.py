"""Finds the changing tools by walking their folders, and runs them: `services.changing.Changes`.

`offered_specs` walks `tools.specs` only (pure; any process may). `ChangeTools.discover` walks `tools.change` too and
belongs to the act process alone: importing this file imports no tool. A broken, duplicate or half-finished tool stops
the process at start, naming the file: a tool that silently vanishes is an outage.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings

from bot.adapters.looks import why_not
from bot.core.errors import BadInput, Refused, SettingsWrong
from bot.core.stepping import GoOn
from bot.core.tool import ChangingTool, Done, Effect, Plan, Preparing, Spec

SPECS = "tools.specs"
TOOLS = "tools.change"

T = TypeVar("T")


def offered_specs(package: str = SPECS) -> tuple[Spec, ...]:
    """Every change that may be asked for, by name. Raises `SettingsWrong` naming the file that is wrong."""
    found: dict[str, tuple[Spec, str]] = {}
    for module in _modules(package):
        spec = _only(module, "SPEC", Spec)
        if spec.effect is not Effect.CHANGE:
            raise SettingsWrong(
                f"{_where(module)}: {spec.name} says it does not change anything; it belongs in tools/read"
            )
        if not spec.button:
            raise SettingsWrong(f"{_where(module)}: {spec.name} has no words for its Approve button")
        if spec.name in found:
            raise SettingsWrong(f"{_where(module)}: {spec.name} is already in {found[spec.name][1]}")
        found[spec.name] = (spec, _where(module))
    return tuple(spec for spec, _ in found.values())


def settings_kinds(package: str = TOOLS) -> tuple[type[BaseModel], ...]:
    """The classes of settings the changing tools read, each once. Imports the tools."""
    return tuple(dict.fromkeys(tool.settings for tool in _implemented(package).values()))


class ChangeTools:
    """The tools whose settings are there; ``not_offered`` says why the others are not."""

    def __init__(
        self, tools: Iterable[tuple[ChangingTool, BaseModel]], not_offered: Mapping[str, str] | None = None
    ) -> None:
        self._tools = {tool.spec.name: (tool, settings) for tool, settings in tools}
        self.not_offered = dict(not_offered or {})

    @classmethod
    def discover(
        cls,
        package: str = TOOLS,
        specs: str = SPECS,
        env_file: Path | None = None,
        secrets_dir: Path | None = None,
    ) -> "ChangeTools":
        """Every tool of the folder. Raises `SettingsWrong` for a broken one, or a spec nobody implements.

        Each tool's settings come from the environment, and from ``env_file`` and ``secrets_dir`` where these are named.
        """
        implemented = _implemented(package)
        missing = {spec.name for spec in offered_specs(specs)} - set(implemented)
        if missing:
            raise SettingsWrong(f"{package} has no implementation of {', '.join(sorted(missing))}")
        offered: list[tuple[ChangingTool, BaseModel]] = []
        absent: dict[str, str] = {}
        for name, tool in implemented.items():
            try:
                offered.append((tool, _settings(tool.settings, env_file, secrets_dir)))
            except ValidationError as error:
                absent[name] = why_not(tool.settings, error)
        return cls(offered, absent)

    def names(self) -> frozenset[str]:
        return frozenset(self._tools)

    def specs(self) -> tuple[Spec, ...]:
        return tuple(tool.spec for tool, _ in self._tools.values())

    def idempotent(self, tool: str) -> bool:
        return self._find(tool)[0].idempotent

    def cluster_wide(self, tool: str) -> bool:
        return self._find(tool)[0].spec.scope == "cluster"

    def why_not_offered(self, tool: str) -> str:
        return self.not_offered.get(tool, "")

    def prepare(self, tool: str, arguments: Mapping[str, Any], context: Preparing) -> Plan:
        found, settings = self._find(tool)
        return found.prepare(_validated(found.spec, arguments), settings, context)

    def execute(self, plan: Plan, execution: str, go_on: GoOn | None = None) -> Done:
        found, settings = self._find(plan.tool)
        return found.execute(plan, execution, settings, *([go_on or _nobody_to_ask] if found.steps else []))

    def carries(self, plan: Plan, execution: str) -> bool:
        found, settings = self._find(plan.tool)
        return found.carries(plan, execution, settings)

    def _find(self, name: str) -> tuple[ChangingTool, BaseModel]:
        if name not in self._tools:
            raise Refused(f"there is no tool {name} here", why="unknown_tool")
        return self._tools[name]


def _nobody_to_ask() -> None:
    """Silence is a no: what takes several steps does none where nobody can say whether it may go on."""
    raise Refused("nobody can say whether it may go on", why="no_record")


def _settings(kind: type[BaseModel], env_file: Path | None, secrets_dir: Path | None) -> BaseModel:
    make: Callable[..., BaseModel] = kind
    return make(_env_file=env_file, _secrets_dir=secrets_dir) if issubclass(kind, BaseSettings) else make()


def _implemented(package: str) -> dict[str, ChangingTool]:
    found: dict[str, ChangingTool] = {}
    for module in _modules(package):
        tool = _only(module, "TOOL", ChangingTool)
        if tool.spec.effect is not Effect.CHANGE:
            raise SettingsWrong(f"{_where(module)}: {tool.spec.name} says it does not change anything")
        if tool.spec.name in found:
            raise SettingsWrong(f"{_where(module)}: {tool.spec.name} is implemented twice")
        found[tool.spec.name] = tool
    return found


def _modules(package: str) -> list[ModuleType]:
    """The folder's own modules, in order of name; subfolders are what they are made of."""
    folder = importlib.import_module(package)
    found = []
    for item in sorted(pkgutil.iter_modules(folder.__path__), key=lambda item: item.name):
        if item.ispkg:
            continue
        try:
            found.append(importlib.import_module(f"{package}.{item.name}"))
        except (ImportError, SyntaxError, TypeError, ValueError, AttributeError, NameError) as error:
            raise SettingsWrong(f"{package}.{item.name} cannot be loaded: {type(error).__name__}: {error}") from error
    return found


def _only(module: ModuleType, name: str, kind: type[T]) -> T:
    value = getattr(module, name, None)
    if not isinstance(value, kind):
        raise SettingsWrong(f"{_where(module)}: a module of this folder names one {name} of type {kind.__name__}")
    return value


def _where(module: ModuleType) -> str:
    return inspect.getsourcefile(module) or module.__name__


def _validated(spec: Spec, arguments: Mapping[str, Any]) -> BaseModel:
    try:
        return spec.arguments.model_validate(dict(arguments))
    except ValidationError as error:
        raise BadInput(f"{spec.name}: {'; '.join(_fault(told) for told in error.errors()[:5])}") from error


def _fault(told: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in told["loc"]) or "arguments"
    return f"{where}: {str(told['msg']).removeprefix('Value error, ')}"
