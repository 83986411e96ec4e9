"""Reads the shapes of the served kinds out of the `kubernetes` client's models: field names, types, what is required.

`python -m tests.world.kube.schema_source` writes the file the world ships, so that the world needs no client to run.
The models are generated from Kubernetes' own OpenAPI document.
"""

import json
import types
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from kubernetes import client
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import bot.playground.world

FILE = Path(bot.playground.world.__file__).parent / "kube" / "schema.json"
KINDS = (
    "V1Namespace", "V1Node", "V1Pod", "V1Service", "CoreV1Event", "V1ConfigMap", "V1ServiceAccount",
    "V1PersistentVolumeClaim", "V1Deployment", "V1ReplicaSet", "V1StatefulSet", "V1DaemonSet", "V1Job", "V1CronJob",
    "V2HorizontalPodAutoscaler", "V1PodDisruptionBudget", "V1Lease", "V1Scale", "V1Eviction", "V1DeleteOptions",
    "EventsV1Event", "V1SelfSubjectAccessReview", "V1SelfSubjectReview", "V1SelfSubjectRulesReview",
)  # fmt: skip


def shapes() -> dict[str, dict[str, str]]:
    """Return type name -> field -> type, `!` marking a required field: `[V1Container]`, `{string}`, `int`, `any`."""
    found: dict[str, dict[str, str]] = {}
    waiting = [getattr(client, name) for name in KINDS]
    while waiting:
        model = waiting.pop()
        if model.__name__ in found:
            continue
        found[model.__name__] = {_json_name(name, field): _shape(field, waiting) for name, field in _fields(model)}
    return dict(sorted(found.items()))


def _fields(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    return sorted(model.model_fields.items())


def _json_name(name: str, field: FieldInfo) -> str:
    return field.serialization_alias or name


def _shape(field: FieldInfo, waiting: list[type[BaseModel]]) -> str:
    return _written(field.annotation, waiting) + ("!" if field.is_required() else "")


def _written(kind: Any, waiting: list[type[BaseModel]]) -> str:
    origin, inner = get_origin(kind), [one for one in get_args(kind) if one is not type(None)]
    if origin is Annotated:
        return _written(inner[0], waiting)
    if origin is list:
        return f"[{_written(inner[0], waiting)}]"
    if origin is dict:
        return f"{{{_written(inner[1], waiting)}}}"
    if origin in (Union, types.UnionType):
        return "|".join(sorted({_written(one, waiting) for one in inner}))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        waiting.append(kind)
        return kind.__name__
    return {str: "string", int: "int", bool: "bool", float: "number", datetime: "time", object: "any"}.get(kind, "any")


def written() -> str:
    """Return the file's text: one type a line, so that a diff says which changed."""
    lines = [f"{json.dumps(name)}: {json.dumps(fields)}" for name, fields in shapes().items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
