"""Reads the shapes of the served kinds out of the `kubernetes` client's models: field names, types, what is required.

`python tests/world/kube/test_schema.py` writes the file the world ships, so that the world needs no client to run.
The models are generated from Kubernetes' own OpenAPI document.
"""

import json
import types
from datetime import datetime
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from kubernetes import client
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.playground.world.kube import schema

FILE = schema.FILE
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


def test_the_shapes_the_world_ships_are_those_of_the_client():
    assert FILE.read_text(encoding="utf-8") == written()


def test_unknown_fields_are_named_by_their_path_and_dropped():
    found = schema.read("V1Deployment", {"spec": {"template": {"spec": {"containers": [{"name": "a", "imgae": "x"}]}}}})

    assert found.unknown == ["spec.template.spec.containers[0].imgae"]
    assert found.value["spec"]["template"]["spec"]["containers"] == [{"name": "a"}]


@pytest.mark.parametrize(
    ("field", "value"),
    [("replicas", "three"), ("replicas", True), ("paused", "yes"), ("selector", []), ("template", "x")],
)
def test_a_value_of_the_wrong_type_is_refused(field: str, value: object):
    with pytest.raises(schema.Mistyped, match=f"spec.{field}"):
        schema.read("V1Deployment", {"spec": {field: value}})


def test_a_quantity_may_be_a_number():
    assert schema.read("V1ResourceRequirements", {"limits": {"cpu": 2}}).value == {"limits": {"cpu": "2"}}


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
