"""Reads a scenario folder into a `Scenario`, or says which file, which key, what was expected and what stands there."""

import difflib
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from bot.playground.world.scenario import Scenario


class ScenarioMistake(Exception):
    """The scenario cannot be played; the text names every mistake found, one a line."""


class _Strict(yaml.SafeLoader):
    """YAML without silent last-one-wins for a key written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_scenario(folder: Path) -> Scenario:
    """Return the scenario of a folder (or of the file itself); raise `ScenarioMistake`."""
    file = folder / "scenario.yaml" if folder.is_dir() else folder
    try:
        written = yaml.load(file.read_text(encoding="utf-8"), Loader=_Strict)
    except OSError as error:
        raise ScenarioMistake(f"{file}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ScenarioMistake(f"{file}: not YAML: {' '.join(str(error).split())}") from error
    return parse_scenario(written, str(file))


def parse_scenario(written: object, file: str = "scenario.yaml") -> Scenario:
    try:
        scenario = Scenario.model_validate(written)
    except ValidationError as error:
        raise ScenarioMistake("\n".join(f"{file}: {_worded(one)}" for one in error.errors())) from error
    mistakes = list(_dangling(scenario))
    if mistakes:
        raise ScenarioMistake("\n".join(f"{file}: {mistake}" for mistake in mistakes))
    return scenario


_EXPECTED = {
    "missing": "expected a value, got nothing",
    "model_type": "expected a mapping",
    "list_type": "expected a list",
    "dict_type": "expected a mapping",
    "string_type": "expected text",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "bool_parsing": "expected true or false",
}


def _worded(error: Any) -> str:
    where = _path(error["loc"]) or "the whole file"
    kind = error["type"]
    if kind == "value_error":
        said = f"expected {error['ctx']['error']}"
    else:
        said = _EXPECTED.get(kind) or str(error["msg"]).replace("Input should be", "expected")
    if kind == "extra_forbidden":
        return f"{where}: {_unknown(error['loc'])}"
    if kind == "missing":
        return f"{where}: {said}"
    return f"{where}: {said}, got {_short(error['input'])}"


def _unknown(loc: tuple[int | str, ...]) -> str:
    """A key nobody knows: what was probably meant, and what there is."""
    known = list(_keys_at(loc[:-1]))
    near = difflib.get_close_matches(str(loc[-1]), known, 1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"unknown key{meant}" + (f" known: {', '.join(known)}" if near else f"; known: {', '.join(known)}")


def _keys_at(path: tuple[int | str, ...]) -> Iterator[str]:
    """The keys a mapping at this place may have, as they are written."""
    kind: type[BaseModel] | None = Scenario
    for part in path:
        if isinstance(part, str) and kind is not None:
            kind = next(
                (_model_in(f.annotation) for key, f in kind.model_fields.items() if part == _written(key, f)), None
            )
    for key, field in kind.model_fields.items() if kind is not None else ():
        yield _written(key, field)


def _written(key: str, field: FieldInfo) -> str:
    return field.alias or (field.validation_alias if isinstance(field.validation_alias, str) else key)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _path(loc: tuple[int | str, ...]) -> str:
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.lstrip(".")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _dangling(scenario: Scenario) -> Iterator[str]:
    """Yield every reference to a service, node, alert or fault that the scenario does not have."""
    known = [service.name for service in scenario.services]
    for at, name in enumerate(known):
        if name in known[:at]:
            yield f"services[{at}].name: expected a name used once, got {name!r} again"
    yield from _dangling_beside(scenario, known)
    for path, name in _mentions(scenario):
        if name not in known:
            yield f"{path}: expected one of the services ({', '.join(known)}), got {name!r}"
    alerts = [alert.alert for alert in scenario.alerts]
    for at, check in enumerate(scenario.end_state):
        wanted = check.alert_quiet or check.alert_fired
        if wanted and wanted not in alerts:
            yield f"end_state[{at}]: expected one of the alerts ({', '.join(alerts)}), got {wanted!r}"
    for at, fault in enumerate(scenario.faults):
        if fault.when.node and fault.when.node not in scenario.nodes:
            nodes = ", ".join(scenario.nodes)
            yield f"faults[{at}].when.node: expected one of the nodes ({nodes}), got {fault.when.node!r}"
        if fault.name and fault.name in [other.name for other in scenario.faults[:at]]:
            yield f"faults[{at}].name: expected a name used once, got {fault.name!r} again"
    for at, rollout in enumerate(scenario.rollouts):
        if rollout.at < -scenario.history:
            yield f"rollouts[{at}].at: expected a moment inside the history, got one before it"


def _dangling_beside(scenario: Scenario, services: list[str]) -> Iterator[str]:
    names = [*services, *(one.name for one in scenario.cron_jobs)]
    for at, name in enumerate(names[len(services) :], len(services)):
        if name in names[:at]:
            yield f"cron_jobs[{at - len(services)}].name: expected a name used once, got {name!r} again"
    for at, check in enumerate(scenario.end_state):
        if check.job_of and check.job_of not in names[len(services) :]:
            told = ", ".join(names[len(services) :])
            yield f"end_state[{at}].job_of: expected one of the cron_jobs ({told}), got {check.job_of!r}"
    faults = [fault.name for fault in scenario.faults if fault.name]
    for at, gauge in enumerate(scenario.gauges):
        for n, shift in enumerate(gauge.shifts):
            if shift.fault not in faults:
                told = ", ".join(faults)
                yield f"gauges[{at}].shifts[{n}].fault: expected one of the faults ({told}), got {shift.fault!r}"


def _mentions(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for at, service in enumerate(scenario.services):
        for n, called in enumerate(service.calls):
            yield f"services[{at}].calls[{n}]", called
    for at, rollout in enumerate(scenario.rollouts):
        yield f"rollouts[{at}].service", rollout.service
    scheduled = [one.name for one in scenario.cron_jobs]
    for at, fault in enumerate(scenario.faults):
        if fault.service not in scheduled:
            yield f"faults[{at}].service", fault.service
        for n, evicted in enumerate(fault.evicts):
            yield f"faults[{at}].evicts[{n}]", evicted
    for at, check in enumerate(scenario.end_state):
        if check.error_ratio:
            yield f"end_state[{at}].error_ratio", check.error_ratio
        if check.deployment:
            yield f"end_state[{at}].deployment", check.deployment
