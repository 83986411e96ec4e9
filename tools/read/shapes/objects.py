"""The parts of Kubernetes objects that the reading tools look at; everything else is skipped while decoding.

Go's JSON writes null where a list is empty, so every list may be None. Times are the server's RFC 3339 texts.
"""

from datetime import datetime
from typing import Any

import msgspec


class Struct(msgspec.Struct, rename="camel", frozen=True, kw_only=True, gc=False):
    """Not watched by the garbage collector, which would take longer over a long list than decoding it: none of them is
    part of a cycle."""


class Owner(Struct, frozen=True):
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None


class Managed(Struct, frozen=True):
    manager: str = ""
    operation: str = ""
    time: str | None = None
    subresource: str = ""
    fields_v1: dict[str, Any] | None = msgspec.field(default=None, name="fieldsV1")


class PlainMeta(Struct, frozen=True):
    """Without what wrote its fields, which is a third of a pod."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    resource_version: str = ""
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[Owner] | None = None


class Meta(PlainMeta, frozen=True):
    managed_fields: list[Managed] | None = None


class Condition(Struct, frozen=True):
    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    last_transition_time: str | None = None
    last_update_time: str | None = None


class Selector(Struct, frozen=True):
    match_labels: dict[str, str] | None = None
    match_expressions: list[dict[str, Any]] | None = None


class DeploymentSpec(Struct, frozen=True):
    replicas: int | None = None
    selector: Selector = Selector()
    template: dict[str, Any] = {}
    paused: bool = False


class DeploymentStatus(Struct, frozen=True):
    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    unavailable_replicas: int = 0
    conditions: list[Condition] | None = None


class Deployment(Struct, frozen=True):
    metadata: Meta
    spec: DeploymentSpec = DeploymentSpec()
    status: DeploymentStatus = DeploymentStatus()


class RollingUpdate(Struct, frozen=True):
    partition: int | None = None


class UpdateStrategy(Struct, frozen=True):
    type: str = ""
    rolling_update: RollingUpdate | None = None


class StatefulSetSpec(Struct, frozen=True):
    replicas: int | None = None
    selector: Selector = Selector()
    template: dict[str, Any] = {}
    update_strategy: UpdateStrategy = UpdateStrategy()


class StatefulSetStatus(Struct, frozen=True):
    """``available_replicas`` is None on servers that do not count them."""

    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int | None = None
    update_revision: str = ""
    conditions: list[Condition] | None = None


class StatefulSet(Struct, frozen=True):
    metadata: Meta
    spec: StatefulSetSpec = StatefulSetSpec()
    status: StatefulSetStatus = StatefulSetStatus()


class DaemonSetSpec(Struct, frozen=True):
    selector: Selector = Selector()
    template: dict[str, Any] = {}
    update_strategy: UpdateStrategy = UpdateStrategy()


class DaemonSetStatus(Struct, frozen=True):
    observed_generation: int = 0
    desired_number_scheduled: int = 0
    current_number_scheduled: int = 0
    updated_number_scheduled: int = 0
    number_ready: int = 0
    number_available: int = 0
    number_unavailable: int = 0
    conditions: list[Condition] | None = None


class DaemonSet(Struct, frozen=True):
    metadata: Meta
    spec: DaemonSetSpec = DaemonSetSpec()
    status: DaemonSetStatus = DaemonSetStatus()


Workload = Deployment | StatefulSet | DaemonSet


class ServiceSpec(Struct, frozen=True):
    selector: dict[str, str] | None = None


class Service(Struct, frozen=True):
    metadata: Meta
    spec: ServiceSpec = ServiceSpec()


class ReplicaSetSpec(Struct, frozen=True):
    replicas: int | None = None
    template: dict[str, Any] = {}


class ReplicaSetStatus(Struct, frozen=True):
    replicas: int = 0
    ready_replicas: int = 0


class ReplicaSet(Struct, frozen=True):
    metadata: Meta
    spec: ReplicaSetSpec = ReplicaSetSpec()
    status: ReplicaSetStatus = ReplicaSetStatus()


class Ended(Struct, frozen=True):
    reason: str = ""
    message: str = ""
    exit_code: int | None = None
    finished_at: str | None = None


class State(Struct, frozen=True):
    waiting: Ended | None = None
    terminated: Ended | None = None


class ContainerStatus(Struct, frozen=True):
    name: str = ""
    ready: bool = False
    restart_count: int = 0
    state: State | None = None
    last_state: State | None = None


class PodSpec(Struct, frozen=True):
    node_name: str = ""


class PodStatus(Struct, frozen=True):
    phase: str = ""
    reason: str = ""
    message: str = ""
    start_time: str | None = None
    conditions: list[Condition] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None


class Pod(Struct, frozen=True):
    metadata: Meta
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


class Involved(Struct, frozen=True):
    kind: str = ""
    name: str = ""
    uid: str = ""


class Series(Struct, frozen=True):
    count: int = 0
    last_observed_time: str | None = None


class Event(Struct, frozen=True):
    metadata: Meta
    involved_object: Involved = Involved()
    reason: str = ""
    message: str = ""
    type: str = ""
    count: int | None = None
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: Series | None = None


class NodeSpec(Struct, frozen=True):
    unschedulable: bool = False


class NodeStatus(Struct, frozen=True):
    conditions: list[Condition] | None = None


class Node(Struct, frozen=True):
    metadata: Meta
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()


class ListMeta(Struct, frozen=True):
    continue_: str | None = msgspec.field(default=None, name="continue")
    remaining_item_count: int | None = None


def when(text: str | None) -> datetime | None:
    """The moment a server's time names, or None where it names none."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
