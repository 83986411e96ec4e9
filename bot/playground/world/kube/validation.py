"""What makes an object invalid: 422 with every cause, each at its path. Whether a change is allowed is `changes.py`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.playground.world.kube import schema
from bot.playground.world.kube.kinds import Kind
from bot.playground.world.kube.names import amount_causes, label_causes, metadata_causes, quantity
from bot.playground.world.kube.podspecs import pod_causes, quantities_of
from bot.playground.world.kube.refusal import (
    Cause,
    bad_request,
    invalid,
    invalid_value,
    not_allowed,
    not_supported,
    required,
)
from bot.playground.world.kube.selectors import matches, of_query

Object = Mapping[str, Any]
_ALWAYS, _ENDING, _ANY = ("Always",), ("OnFailure", "Never"), ("Always", "OnFailure", "Never")


def validate(kind: Kind, thing: Object) -> None:
    """Raise 422 for an object the API server would not keep, 400 for a quantity it could not read."""
    _check_quantities(thing)
    causes = list(metadata_causes(kind, thing["metadata"]))
    step = _BY_KIND.get(kind.name)
    if step:
        causes += step(thing.get("spec") or {}, thing)
    told = {cause.field for cause in causes}
    lacking = (path for path in schema.missing(kind.model, thing) if not path.startswith(("status", "metadata")))
    causes += [required(path) for path in lacking if not _told(path, told)]
    if causes:
        raise invalid(kind, thing["metadata"].get("name", ""), causes)


def _told(path: str, told: set[str]) -> bool:
    return any(path == one or path.startswith(f"{one}.") for one in told)


def _check_quantities(thing: Object) -> None:
    spec = thing.get("spec") or {}
    pods = spec if "containers" in spec else (spec.get("template") or {}).get("spec") or {}
    for text in quantities_of(pods):
        try:
            quantity(text)
        except ValueError as error:
            raise bad_request(str(error)) from error


def _count(spec: Object, *names: str) -> Iterator[Cause]:
    for name in names:
        value = spec.get(name)
        if value is not None and value < 0:
            yield invalid_value(f"spec.{name}", value, "must be greater than or equal to 0")


def _selector(spec: Object, thing: Object) -> Iterator[Cause]:
    selector = spec.get("selector")
    if selector is None:
        yield required("spec.selector")
        return
    yield from selector_causes(selector, "spec.selector")
    chosen = of_query(selector)
    if not chosen:
        why = f"empty selector is invalid for {thing['kind'].lower()}"
        yield invalid_value("spec.selector", selector, why)
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    yield from label_causes(labels, "spec.template.metadata.labels")
    if chosen and not matches(chosen, labels):
        why = "`selector` does not match template `labels`"
        yield invalid_value("spec.template.metadata.labels", _go_labels(labels), why)


def _go_labels(labels: Mapping[str, str]) -> object:
    return _Shown("map[string]string{" + ", ".join(f'"{key}":"{value}"' for key, value in sorted(labels.items())) + "}")


class _Shown:
    """Text shown without quotes."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def selector_causes(selector: Object, path: str) -> Iterator[Cause]:
    known = ("In", "NotIn", "Exists", "DoesNotExist")
    for at, one in enumerate(selector.get("matchExpressions") or ()):
        here, operator, values = f"{path}.matchExpressions[{at}]", one.get("operator"), one.get("values")
        if operator not in known:
            yield invalid_value(f"{here}.operator", operator, "not a valid selector operator")
        elif operator in known[:2] and not values:
            yield required(f"{here}.values", "must be specified when `operator` is 'In' or 'NotIn'")
        elif operator in known[2:] and values:
            yield not_allowed(f"{here}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")


def _pods(spec: Object, restarts: tuple[str, ...]) -> Iterator[Cause]:
    template = spec.get("template") or {}
    yield from pod_causes(template.get("spec") or {}, "spec.template.spec", restarts)


def _deployment(spec: Object, thing: Object) -> list[Cause]:
    counts = ("replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    causes = [*_count(spec, *counts), *_selector(spec, thing), *_pods(spec, _ALWAYS)]
    causes += _strategy_causes(spec.get("strategy") or {})
    deadline, ready = spec.get("progressDeadlineSeconds", 600), spec.get("minReadySeconds", 0)
    if 0 <= deadline <= ready:
        causes.append(invalid_value("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
    return causes


def _strategy_causes(strategy: Object) -> Iterator[Cause]:
    path, rolling = "spec.strategy", strategy.get("rollingUpdate")
    match strategy.get("type"):
        case "Recreate":
            if rolling is not None:
                why = "may not be specified when strategy `type` is 'Recreate'"
                yield not_allowed(f"{path}.rollingUpdate", why)
        case "RollingUpdate":
            yield from _rolling_causes(rolling or {}, f"{path}.rollingUpdate")
        case other:
            yield not_supported(f"{path}.type", other, ("Recreate", "RollingUpdate"))


def _rolling_causes(rolling: Object, path: str) -> Iterator[Cause]:
    for name in ("maxUnavailable", "maxSurge"):
        yield from amount_causes(rolling.get(name, 0), f"{path}.{name}")
    share = rolling.get("maxUnavailable", 0)
    if isinstance(share, str) and share.rstrip("%").isdigit() and int(share.rstrip("%")) > 100:
        yield invalid_value(f"{path}.maxUnavailable", share, "must not be greater than 100%")
    if all(rolling.get(name) in (0, "0%") for name in ("maxUnavailable", "maxSurge")):
        value = rolling["maxUnavailable"]
        yield invalid_value(f"{path}.maxUnavailable", value, "may not be 0 when `maxSurge` is 0")


def _replica_set(spec: Object, thing: Object) -> list[Cause]:
    return [*_count(spec, "replicas", "minReadySeconds"), *_selector(spec, thing), *_pods(spec, _ALWAYS)]


def _job(spec: Object, _: Object) -> list[Cause]:
    counts = ("parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished")
    return [*_count(spec, *counts), *_pods(spec, _ENDING)]


def _cron_job(spec: Object, _: Object) -> list[Cause]:
    causes: list[Cause] = []
    if not spec.get("schedule"):
        causes.append(required("spec.schedule"))
    elif len(spec["schedule"].split()) != 5 and not spec["schedule"].startswith("@"):
        why = f"expected exactly 5 fields, found {len(spec['schedule'].split())}: [{spec['schedule']}]"
        causes.append(invalid_value("spec.schedule", spec["schedule"], why))
    template = ((spec.get("jobTemplate") or {}).get("spec") or {}).get("template") or {}
    return [*causes, *pod_causes(template.get("spec") or {}, "spec.jobTemplate.spec.template.spec", _ENDING)]


def _pod(spec: Object, _: Object) -> list[Cause]:
    return list(pod_causes(spec, "spec", _ANY))


def _budget(spec: Object, _: Object) -> list[Cause]:
    causes: list[Cause] = []
    if "minAvailable" in spec and "maxUnavailable" in spec:
        shown = _Shown(f"minAvailable={spec['minAvailable']}, maxUnavailable={spec['maxUnavailable']}")
        causes.append(invalid_value("spec", shown, "minAvailable and maxUnavailable cannot be both set"))
    for name in ("minAvailable", "maxUnavailable"):
        causes += amount_causes(spec.get(name, 0), f"spec.{name}")
    return [*causes, *selector_causes(spec.get("selector") or {}, "spec.selector")]


def _autoscaler(spec: Object, _: Object) -> list[Cause]:
    least, most = spec.get("minReplicas", 1), spec.get("maxReplicas", 0)
    causes: list[Cause] = []
    if least < 1:
        causes.append(invalid_value("spec.minReplicas", least, "must be greater than or equal to 1"))
    if most < 1:
        causes.append(invalid_value("spec.maxReplicas", most, "must be greater than 0"))
    elif most < least:
        causes.append(invalid_value("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"))
    return causes


def _service(spec: Object, _: Object) -> list[Cause]:
    causes: list[Cause] = []
    if not spec.get("ports") and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        causes.append(required("spec.ports"))
    for at, port in enumerate(spec.get("ports") or ()):
        number = port.get("port", 0)
        if not 1 <= number <= 65535:
            causes.append(invalid_value(f"spec.ports[{at}].port", number, "must be between 1 and 65535, inclusive"))
    known = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
    if spec.get("type") not in known:
        causes.append(not_supported("spec.type", spec.get("type"), known))
    return causes


def _event(_: Object, thing: Object) -> list[Cause]:
    involved = (thing.get("involvedObject") or {}).get("namespace", "")
    if involved and involved != thing["metadata"].get("namespace", ""):
        return [invalid_value("involvedObject.namespace", involved, "does not match event.namespace")]
    return []


_BY_KIND: Mapping[str, Callable[[Object, Object], list[Cause]]] = {
    "Deployment": _deployment,
    "ReplicaSet": _replica_set,
    "StatefulSet": _replica_set,
    "DaemonSet": _replica_set,
    "Job": _job,
    "CronJob": _cron_job,
    "Pod": _pod,
    "PodDisruptionBudget": _budget,
    "HorizontalPodAutoscaler": _autoscaler,
    "Service": _service,
    "Event": _event,
}
