"""The reading tools of this process: found in a folder, offered when their settings are there, run with a deadline.

A tool that is broken, doubled or without an effect stops the process, naming file and line: one that silently
vanishes is an outage. A look never raises for what the world does: whatever happened is the observation's outcome.
A hung client cannot be stopped from outside, so each look has a daemon thread of its own; at its deadline the thread
is left behind, the answer is TIMED_OUT, and the job's end takes the thread with it.
"""

import importlib
import pkgutil
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings

from bot.core.errors import BadInput, Denied, LookFailed, SettingsWrong, TimedOut
from bot.core.events import Outcome
from bot.core.redact import redact, redact_json
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec

FOLDER = "tools.read"
Kind = TypeVar("Kind", bound=BaseModel)
_MOST_AT_ONCE = 16
_MOST_DIGEST = 8000
_MOST_ASKED = 2000


@dataclass(frozen=True)
class Offered:
    """A tool whose settings are there, with them; ``gate`` raises `LookFailed` while it must not look."""

    tool: ReadingTool
    settings: BaseModel
    gate: Callable[[], None] | None = None


class ToolLooks:
    """`ports.Looks` over a folder of reading tools.

    ``given`` are settings that wiring makes itself, by their class; all others read the environment, and ``env_file``
    and ``secrets_dir`` where these are named. ``gates`` stand before every look of the tools with these settings.
    """

    def __init__(
        self,
        given: Sequence[BaseModel] = (),
        env_file: Path | None = None,
        secrets_dir: Path | None = None,
        folder: str = FOLDER,
        gates: Mapping[type[BaseModel], Callable[[], None]] | None = None,
    ) -> None:
        self._offered: dict[str, Offered] = {}
        self._missing: dict[str, str] = {}
        made = {type(settings): settings for settings in given}
        for tool in discover(folder):
            try:
                settings = made.get(tool.settings) or _settings(tool.settings, env_file, secrets_dir)
            except ValidationError as error:
                self._missing[tool.spec.name] = why_not(tool.settings, error)
                continue
            self._offered[tool.spec.name] = Offered(tool, settings, (gates or {}).get(tool.settings))

    def specs(self) -> tuple[Spec, ...]:
        return tuple(offered.tool.spec for _, offered in sorted(self._offered.items()))

    def not_offered(self) -> Mapping[str, str]:
        return dict(self._missing)

    def look(self, tool: str, arguments: Mapping[str, Any], look: Look) -> Observation:
        return self._start(tool, arguments, look).finish()

    def look_all(self, calls: Sequence[tuple[str, Mapping[str, Any]]], look: Look) -> list[Observation]:
        """All at once, each with its own deadline; the results in the order of the calls. `BadInput` starts none."""
        for tool, arguments in calls:
            self._ready(tool, arguments)
        found: list[Observation] = []
        for first in range(0, len(calls), _MOST_AT_ONCE):
            running = [self._start(*call, look) for call in calls[first : first + _MOST_AT_ONCE]]
            found += [one.finish() for one in running]
        return found

    def _ready(self, tool: str, arguments: Mapping[str, Any]) -> tuple[Offered, BaseModel]:
        if tool in self._missing:
            raise BadInput(f"tool {tool} is not offered: {self._missing[tool]}")
        if tool not in self._offered:
            raise BadInput(f"there is no reading tool {tool!r}; there are {', '.join(sorted(self._offered)) or 'none'}")
        offered = self._offered[tool]
        try:
            return offered, offered.tool.spec.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            raise BadInput(f"{tool}: {_fields(error)}") from error

    def _start(self, tool: str, arguments: Mapping[str, Any], look: Look) -> "_Running":
        offered, asked = self._ready(tool, arguments)
        return _Running(offered, asked, look)


class _Running:
    """One look in its own thread."""

    def __init__(self, offered: Offered, asked: BaseModel, look: Look) -> None:
        self._name = offered.tool.spec.name
        self._asked = asked
        self._seconds = look.seconds
        self._until = time.monotonic() + look.seconds
        self._found: list[Observation] = []
        self._done = threading.Event()
        work = threading.Thread(target=self._run, args=(offered, look), daemon=True, name=f"look-{self._name}")
        work.start()

    def finish(self) -> Observation:
        """The observation, or TIMED_OUT as soon as the deadline has passed."""
        if not self._done.wait(max(0.0, self._until - time.monotonic())):
            return _safe(self._failure(Outcome.TIMED_OUT, f"{self._name} timed out after {self._seconds:g} s"))
        return self._found[0]

    def _run(self, offered: Offered, look: Look) -> None:
        try:
            if offered.gate is not None:
                offered.gate()
            self._found.append(_safe(offered.tool.run(self._asked, offered.settings, look)))
        except Denied as error:
            self._found.append(_safe(self._failure(Outcome.DENIED, str(error))))
        except TimedOut as error:
            self._found.append(_safe(self._failure(Outcome.TIMED_OUT, str(error))))
        except LookFailed as error:
            self._found.append(_safe(self._failure(Outcome.FAILED, str(error))))
        except Exception as error:  # noqa: BLE001
            # The one place where anything is caught: a fault in one tool or its vendor's client is a look that failed,
            # and must not take the other looks, or the diagnosis, with it. It is told with the place it came from.
            self._found.append(_safe(self._failure(Outcome.FAILED, _fault(self._name, error))))
        finally:
            self._done.set()

    def _failure(self, outcome: Outcome, why: str) -> Observation:
        words = ", ".join(f"{name}={value!r}" for name, value in self._asked.model_dump().items() if value != "")
        return Observation(outcome, f"{self._name}({words})", why)


def discover(folder: str = FOLDER) -> tuple[ReadingTool, ...]:
    """Every tool of the folder's modules, by name; packages in it are the tools' own parts and hold none."""
    package = _loaded(folder)
    found: dict[str, tuple[ReadingTool, str]] = {}
    for entry in sorted(pkgutil.iter_modules(package.__path__), key=lambda entry: entry.name):
        if entry.ispkg:
            continue
        module = _loaded(f"{folder}.{entry.name}")
        for tool in _tools_of(module):
            if tool.spec.name in found:
                where = found[tool.spec.name][1]
                raise SettingsWrong(f"tool {tool.spec.name} is defined twice: in {where} and in {_place(module)}")
            found[tool.spec.name] = (tool, _place(module))
    return tuple(tool for tool, _ in found.values())


def _loaded(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        # Whatever a tool's file does wrong while it is read, the process must say where and stop.
        raise SettingsWrong(f"tool module {name} cannot be read: {_at(error)}: {error!r}") from error


def _tools_of(module: ModuleType) -> tuple[ReadingTool, ...]:
    tools = getattr(module, "TOOLS", None)
    if not isinstance(tools, tuple) or not tools:
        raise SettingsWrong(f"{_place(module)}: a tool module has TOOLS, a tuple of ReadingTool")
    for tool in tools:
        if why := _why_broken(tool):
            raise SettingsWrong(f"{_place(module)}: {why}")
    return tools


def _why_broken(tool: object) -> str | None:
    if not isinstance(tool, ReadingTool):
        return f"{tool!r} in TOOLS is no ReadingTool"
    spec = tool.spec
    if not isinstance(spec.effect, Effect):
        return f"tool {spec.name} does not say its Effect"
    if spec.effect is not Effect.READ:
        return f"tool {spec.name} is a reading tool, but its effect is {spec.effect}"
    if not spec.says.endswith("."):
        return f"tool {spec.name} has no sentence that says what it does"
    if spec.arguments.model_config.get("extra") != "forbid":
        return f"tool {spec.name} takes arguments it does not know (extra is not forbid)"
    return None


def _place(module: ModuleType) -> str:
    """File and line of a module's TOOLS, for a message people can click."""
    path = Path(str(module.__file__))
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next((number for number, text in enumerate(lines, 1) if text.startswith("TOOLS")), 1)
    return f"{path}:{line}"


def _at(error: BaseException) -> str:
    """File and line where an error came from."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename}:{last.lineno}"


def _fault(name: str, error: Exception) -> str:
    place = Path(_at(error))
    return f"{name} failed unexpectedly: {type(error).__name__}: {error!s:.300} (at {place.name})"


def _settings(kind: type[BaseModel], env_file: Path | None, secrets_dir: Path | None) -> BaseModel:
    if not issubclass(kind, BaseSettings):
        return kind()
    make: Callable[..., BaseModel] = kind
    return make(_env_file=env_file, _secrets_dir=secrets_dir)


def settings_there(kind: type[Kind], env_file: Path | None, secrets_dir: Path | None) -> Kind | None:
    """A source's settings for a tool that can do without it; None where they are missing or wrong."""
    try:
        made = _settings(kind, env_file, secrets_dir)
    except ValidationError:
        return None
    return made if isinstance(made, kind) else None


def why_not(kind: type[BaseModel], error: ValidationError) -> str:
    """Which settings are missing or wrong, by the names people set."""
    prefix = str(kind.model_config.get("env_prefix") or "")
    reasons = []
    for one in error.errors(include_url=False, include_input=False):
        name = prefix + "_".join(str(part) for part in one["loc"]) if one["loc"] else ""
        message = one["msg"].removeprefix("Value error, ")
        reasons.append(
            f"{name.upper()} is not set" if one["type"] == "missing" else f"{name.upper()} {message}".strip()
        )
    return "; ".join(reasons)


def _fields(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'arguments'}: {one['msg'].removeprefix('Value error, ')}"
        for one in error.errors(include_url=False, include_input=False)
    )


def _safe(found: Observation) -> Observation:
    """Redacted and bounded: what leaves here goes to a model, a ledger and Slack."""
    return replace(
        found,
        asked=redact(found.asked)[:_MOST_ASKED],
        digest=redact(found.digest)[:_MOST_DIGEST],
        facts=redact_json(found.facts),
        link=redact(found.link),
    )
