"""What makes a pod's spec invalid: containers, images, ports, variables, volumes, resources."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.playground.world.kube.names import quantity, why_not_label
from bot.playground.world.kube.refusal import Cause, duplicate, invalid_value, not_supported, required

_VARIABLE = re.compile(r"[ -<>-~]+")
_PULLING = ("Always", "IfNotPresent", "Never")
Object = Mapping[str, Any]


def pod_causes(spec: Object, path: str, restarts: Sequence[str]) -> Iterator[Cause]:
    """Yield what is wrong with a pod's spec; `restarts` are the restart policies its kind allows."""
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    volumes = {volume.get("name", "") for volume in spec.get("volumes") or ()}
    seen: set[str] = set()
    for part in ("initContainers", "containers"):
        for at, container in enumerate(spec.get(part) or ()):
            here = f"{path}.{part}[{at}]"
            yield from _container_causes(container, here, volumes)
            if container.get("name") in seen:
                yield duplicate(f"{here}.name", container["name"])
            seen.add(container.get("name", ""))
    if (policy := spec.get("restartPolicy")) not in restarts:
        yield not_supported(f"{path}.restartPolicy", policy, restarts)
    if (grace := spec.get("terminationGracePeriodSeconds", 0)) < 0:
        yield invalid_value(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than or equal to 0")


def _container_causes(container: Object, path: str, volumes: set[str]) -> Iterator[Cause]:
    name, image = container.get("name", ""), container.get("image", "")
    if not name:
        yield required(f"{path}.name")
    elif why := why_not_label(name):
        yield invalid_value(f"{path}.name", name, why)
    if not image:
        yield required(f"{path}.image")
    elif image != image.strip():
        yield invalid_value(f"{path}.image", image, "must not have leading or trailing whitespace")
    if (pulling := container.get("imagePullPolicy", "Always")) not in _PULLING:
        yield not_supported(f"{path}.imagePullPolicy", pulling, _PULLING)
    yield from _port_causes(container.get("ports") or (), f"{path}.ports")
    yield from _variable_causes(container.get("env") or (), f"{path}.env")
    yield from _resource_causes(container.get("resources") or {}, f"{path}.resources")
    for at, mount in enumerate(container.get("volumeMounts") or ()):
        if mount.get("name") not in volumes:
            where = f"{path}.volumeMounts[{at}].name"
            yield Cause("FieldValueNotFound", f'Not found: "{mount.get("name", "")}"', where)


def _port_causes(ports: Sequence[Object], path: str) -> Iterator[Cause]:
    for at, port in enumerate(ports):
        number = port.get("containerPort")
        if number is None:
            yield required(f"{path}[{at}].containerPort")
        elif not 1 <= number <= 65535:
            yield invalid_value(f"{path}[{at}].containerPort", number, "must be between 1 and 65535, inclusive")
        if (protocol := port.get("protocol", "TCP")) not in ("SCTP", "TCP", "UDP"):
            yield not_supported(f"{path}[{at}].protocol", protocol, ("SCTP", "TCP", "UDP"))


def _variable_causes(variables: Sequence[Object], path: str) -> Iterator[Cause]:
    for at, variable in enumerate(variables):
        name = variable.get("name", "")
        if not name:
            yield required(f"{path}[{at}].name")
        elif not _VARIABLE.fullmatch(name):
            why = "a valid environment variable name must consist only of printable ASCII characters other than '='"
            yield invalid_value(f"{path}[{at}].name", name, why)
        if variable.get("value") and variable.get("valueFrom"):
            yield invalid_value(f"{path}[{at}].valueFrom", "", "may not be specified when `value` is not empty")


def _resource_causes(resources: Object, path: str) -> Iterator[Cause]:
    limits = resources.get("limits") or {}
    for name, wanted in (resources.get("requests") or {}).items():
        limit = limits.get(name)
        if limit is not None and quantity(wanted) > quantity(limit):
            why = f"must be less than or equal to {name} limit of {limit}"
            yield invalid_value(f"{path}.requests", wanted, why)


def quantities_of(template: Object) -> Iterator[str]:
    """Yield every quantity a pod's spec names."""
    for part in ("initContainers", "containers"):
        for container in template.get(part) or ():
            for side in ("limits", "requests"):
                yield from ((container.get("resources") or {}).get(side) or {}).values()


def quality_of(spec: Object) -> str:
    """Return the quality-of-service class a pod's requests and limits give it."""
    held = [one.get("resources") or {} for one in spec.get("containers") or ()]
    if not any(one.get("limits") or one.get("requests") for one in held):
        return "BestEffort"
    full = all({"cpu", "memory"} <= set(one.get("limits") or ()) and _same(one) for one in held)
    return "Guaranteed" if full else "Burstable"


def _same(resources: Object) -> bool:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    return all(name in limits and quantity(value) == quantity(limits[name]) for name, value in requests.items())
