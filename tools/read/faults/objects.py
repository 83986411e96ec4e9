"""The objects that the pod-side analyzers look at, decoded into the fields they need; everything else is skipped.

Go's JSON writes null where a list is empty, so every list may be None; `each` reads such a one. What many kinds have in
common (metadata, conditions, workloads) is the reading tools' own.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from tools.read.shapes.objects import (
    Condition,
    DaemonSet,
    Deployment,
    ReplicaSet,
    StatefulSet,
    Struct,
    when,
)
from tools.read.shapes.objects import PlainMeta as Meta

__all__ = [
    "Condition",
    "DaemonSet",
    "Deployment",
    "Meta",
    "ReplicaSet",
    "StatefulSet",
    "Struct",
    "when",
]

Thing = TypeVar("Thing")


class Ended(Struct, frozen=True):
    """A state of a container: waiting, running (only its start) or terminated."""

    reason: str = ""
    message: str = ""
    exit_code: int | None = None
    signal: int | None = None
    started_at: str | None = None
    finished_at: str | None = None


class State(Struct, frozen=True):
    waiting: Ended | None = None
    running: Ended | None = None
    terminated: Ended | None = None


class ContainerStatus(Struct, frozen=True):
    name: str = ""
    image: str = ""
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    state: State | None = None
    last_state: State | None = None


class Port(Struct, frozen=True):
    container_port: int | None = None
    name: str = ""
    protocol: str = ""


class Resources(Struct, frozen=True):
    requests: dict[str, Any] | None = None
    limits: dict[str, Any] | None = None


class HttpGet(Struct, frozen=True):
    path: str = ""
    port: int | str = ""
    scheme: str = ""
    host: str = ""


class SocketTo(Struct, frozen=True):
    port: int | str = ""


class Run(Struct, frozen=True):
    command: list[str] | None = None


class Probe(Struct, frozen=True):
    http_get: HttpGet | None = None
    tcp_socket: SocketTo | None = None
    grpc: SocketTo | None = None
    exec_: Run | None = msgspec.field(default=None, name="exec")
    initial_delay_seconds: int | None = None
    period_seconds: int | None = None
    timeout_seconds: int | None = None
    failure_threshold: int | None = None


class Variable(Struct, frozen=True):
    name: str = ""
    value: str | None = None


class ClaimVolume(Struct, frozen=True):
    claim_name: str = ""


class Volume(Struct, frozen=True):
    name: str = ""
    persistent_volume_claim: ClaimVolume | None = None


class Container(Struct, frozen=True):
    name: str = ""
    image: str = ""
    command: list[str] | None = None
    args: list[str] | None = None
    ports: list[Port] | None = None
    env: list[Variable] | None = None
    resources: Resources = Resources()
    liveness_probe: Probe | None = None
    readiness_probe: Probe | None = None
    startup_probe: Probe | None = None
    image_pull_policy: str = ""


class Toleration(Struct, frozen=True):
    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""


class PodSpec(Struct, frozen=True):
    node_name: str = ""
    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    restart_policy: str = ""
    node_selector: dict[str, str] | None = None
    affinity: dict[str, Any] | None = None
    tolerations: list[Toleration] | None = None
    volumes: list[Volume] | None = None
    service_account_name: str = ""
    image_pull_secrets: list[dict[str, Any]] | None = None
    security_context: dict[str, Any] | None = None
    priority_class_name: str = ""


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
    namespace: str = ""
    name: str = ""
    uid: str = ""
    field_path: str = ""


class Series(Struct, frozen=True):
    count: int = 0
    last_observed_time: str | None = None


class Event(Struct, frozen=True):
    """Both forms: core/v1 (involvedObject, message) and events.k8s.io/v1 (regarding, note)."""

    metadata: Meta = Meta()
    type: str = ""
    reason: str = ""
    message: str = ""
    note: str = ""
    count: int | None = None
    deprecated_count: int | None = None
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    deprecated_first_timestamp: str | None = None
    deprecated_last_timestamp: str | None = None
    event_time: str | None = None
    series: Series | None = None
    involved_object: Involved = Involved()
    regarding: Involved = Involved()


class Taint(Struct, frozen=True):
    key: str = ""
    value: str = ""
    effect: str = ""
    time_added: str | None = None


class NodeSpec(Struct, frozen=True):
    unschedulable: bool = False
    taints: list[Taint] | None = None


class NodeStatus(Struct, frozen=True):
    conditions: list[Condition] | None = None
    allocatable: dict[str, Any] | None = None
    capacity: dict[str, Any] | None = None
    node_info: dict[str, Any] | None = None


class Node(Struct, frozen=True):
    metadata: Meta
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()


class JobSpec(Struct, frozen=True):
    completions: int | None = None
    parallelism: int | None = None
    backoff_limit: int | None = None
    active_deadline_seconds: int | None = None
    suspend: bool = False


class JobStatus(Struct, frozen=True):
    active: int = 0
    succeeded: int = 0
    failed: int = 0
    start_time: str | None = None
    completion_time: str | None = None
    conditions: list[Condition] | None = None


class Job(Struct, frozen=True):
    metadata: Meta
    spec: JobSpec = JobSpec()
    status: JobStatus = JobStatus()


def each(value: Sequence[Thing] | None) -> Iterable[Thing]:
    return value or ()


def containers_of(pod: Pod) -> list[Container]:
    return [*each(pod.spec.init_containers), *each(pod.spec.containers)]


def statuses_of(pod: Pod) -> list[ContainerStatus]:
    return [*each(pod.status.init_container_statuses), *each(pod.status.container_statuses)]


def condition(conditions: Sequence[Condition] | None, kind: str) -> Condition | None:
    return next((one for one in each(conditions) if one.type == kind), None)


def is_ready(pod: Pod) -> bool:
    found = condition(pod.status.conditions, "Ready")
    if found is not None:
        return found.status == "True"
    statuses = list(each(pod.status.container_statuses))
    return pod.status.phase == "Running" and bool(statuses) and all(one.ready for one in statuses)


def is_done(pod: Pod) -> bool:
    return pod.status.phase == "Succeeded"
