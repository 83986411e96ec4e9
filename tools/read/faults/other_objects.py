"""The objects beside pods and workloads, decoded into the fields that are looked at; everything else is skipped.

Of ConfigMaps and Secrets only their names are ever decoded: what they hold is nobody's here.
"""

from typing import Any

import msgspec

from tools.read.faults.objects import Condition, Meta, Struct
from tools.read.shapes.autoscaling import AutoscalerSpec, AutoscalerStatus
from tools.read.shapes.objects import Selector


class ServicePort(Struct, frozen=True):
    name: str = ""
    port: int | None = None
    target_port: int | str | None = None
    protocol: str = "TCP"


class ServiceSpec(Struct, frozen=True):
    type: str = ""
    selector: dict[str, str] | None = None
    ports: list[ServicePort] | None = None
    cluster_ip: str = msgspec.field(default="", name="clusterIP")
    publish_not_ready_addresses: bool = False


class Service(Struct, frozen=True):
    metadata: Meta
    spec: ServiceSpec = ServiceSpec()


class Ready(Struct, frozen=True):
    ready: bool | None = None


class Endpoint(Struct, frozen=True):
    addresses: list[str] | None = None
    conditions: Ready = Ready()


class EndpointSlice(Struct, frozen=True):
    metadata: Meta
    address_type: str = ""
    endpoints: list[Endpoint] | None = None


class Subset(Struct, frozen=True):
    addresses: list[dict[str, Any]] | None = None
    not_ready_addresses: list[dict[str, Any]] | None = None


class Endpoints(Struct, frozen=True):
    metadata: Meta
    subsets: list[Subset] | None = None


class Peer(Struct, frozen=True):
    pod_selector: Selector | None = None
    namespace_selector: Selector | None = None
    ip_block: dict[str, Any] | None = None


class PolicyPort(Struct, frozen=True):
    port: int | str | None = None
    end_port: int | None = None
    protocol: str = "TCP"


class PolicyRule(Struct, frozen=True):
    """Of either direction: the peers stand under `from` or under `to`."""

    from_: list[Peer] | None = msgspec.field(default=None, name="from")
    to: list[Peer] | None = None
    ports: list[PolicyPort] | None = None


class PolicySpec(Struct, frozen=True):
    pod_selector: Selector = Selector()
    policy_types: list[str] | None = None
    ingress: list[PolicyRule] | None = None
    egress: list[PolicyRule] | None = None


class NetworkPolicy(Struct, frozen=True):
    metadata: Meta
    spec: PolicySpec = PolicySpec()


class BackendPort(Struct, frozen=True):
    name: str = ""
    number: int | None = None


class BackendService(Struct, frozen=True):
    name: str = ""
    port: BackendPort = BackendPort()


class Backend(Struct, frozen=True):
    service: BackendService | None = None


class IngressPath(Struct, frozen=True):
    path: str = ""
    backend: Backend = Backend()


class IngressHttp(Struct, frozen=True):
    paths: list[IngressPath] | None = None


class IngressRule(Struct, frozen=True):
    host: str = ""
    http: IngressHttp = IngressHttp()


class IngressTls(Struct, frozen=True):
    secret_name: str = ""


class IngressSpec(Struct, frozen=True):
    ingress_class_name: str | None = None
    default_backend: Backend | None = None
    rules: list[IngressRule] | None = None
    tls: list[IngressTls] | None = None


class Balancer(Struct, frozen=True):
    ingress: list[dict[str, Any]] | None = None


class IngressStatus(Struct, frozen=True):
    load_balancer: Balancer = Balancer()


class Ingress(Struct, frozen=True):
    metadata: Meta
    spec: IngressSpec = IngressSpec()
    status: IngressStatus = IngressStatus()


class IngressClass(Struct, frozen=True):
    metadata: Meta


class Requests(Struct, frozen=True):
    requests: dict[str, Any] | None = None


class ClaimSpec(Struct, frozen=True):
    """``storage_class_name`` is None where the default class is meant, "" where none is."""

    storage_class_name: str | None = None
    access_modes: list[str] | None = None
    resources: Requests = Requests()
    volume_name: str = ""
    volume_mode: str = "Filesystem"
    selector: Selector | None = None


class ClaimStatus(Struct, frozen=True):
    phase: str = ""


class PersistentVolumeClaim(Struct, frozen=True):
    metadata: Meta
    spec: ClaimSpec = ClaimSpec()
    status: ClaimStatus = ClaimStatus()


class ClaimRef(Struct, frozen=True):
    namespace: str = ""
    name: str = ""


class VolumeSpec(Struct, frozen=True):
    capacity: dict[str, Any] | None = None
    access_modes: list[str] | None = None
    storage_class_name: str = ""
    volume_mode: str = "Filesystem"
    claim_ref: ClaimRef | None = None


class PersistentVolume(Struct, frozen=True):
    metadata: Meta
    spec: VolumeSpec = VolumeSpec()
    status: ClaimStatus = ClaimStatus()


class StorageClass(Struct, frozen=True):
    metadata: Meta
    provisioner: str = ""
    volume_binding_mode: str = ""


class QuotaStatus(Struct, frozen=True):
    hard: dict[str, Any] | None = None
    used: dict[str, Any] | None = None


class ResourceQuota(Struct, frozen=True):
    metadata: Meta
    status: QuotaStatus = QuotaStatus()


class Limits(Struct, frozen=True):
    type: str = ""
    max: dict[str, Any] | None = None
    min: dict[str, Any] | None = None


class LimitRangeSpec(Struct, frozen=True):
    limits: list[Limits] | None = None


class LimitRange(Struct, frozen=True):
    metadata: Meta
    spec: LimitRangeSpec = LimitRangeSpec()


class HorizontalPodAutoscaler(Struct, frozen=True):
    metadata: Meta
    spec: AutoscalerSpec = AutoscalerSpec()
    status: AutoscalerStatus = AutoscalerStatus()


class BudgetSpec(Struct, frozen=True):
    min_available: int | str | None = None
    max_unavailable: int | str | None = None
    selector: Selector = Selector()


class BudgetStatus(Struct, frozen=True):
    disruptions_allowed: int | None = None
    current_healthy: int = 0
    desired_healthy: int = 0
    expected_pods: int = 0


class PodDisruptionBudget(Struct, frozen=True):
    metadata: Meta
    spec: BudgetSpec = BudgetSpec()
    status: BudgetStatus = BudgetStatus()


class CronJobSpec(Struct, frozen=True):
    schedule: str = ""
    time_zone: str | None = None
    suspend: bool | None = None
    concurrency_policy: str = "Allow"
    starting_deadline_seconds: int | None = None


class CronJobStatus(Struct, frozen=True):
    last_schedule_time: str | None = None
    last_successful_time: str | None = None
    active: list[dict[str, Any]] | None = None


class CronJob(Struct, frozen=True):
    metadata: Meta
    spec: CronJobSpec = CronJobSpec()
    status: CronJobStatus = CronJobStatus()


class NamespaceStatus(Struct, frozen=True):
    phase: str = ""
    conditions: list[Condition] | None = None


class Namespace(Struct, frozen=True):
    metadata: Meta
    status: NamespaceStatus = NamespaceStatus()


KINDS: dict[str, type[msgspec.Struct]] = {
    one.__name__: one
    for one in (
        Service, EndpointSlice, Endpoints, NetworkPolicy, Ingress, IngressClass, PersistentVolumeClaim,
        PersistentVolume, StorageClass, ResourceQuota, LimitRange, HorizontalPodAutoscaler, PodDisruptionBudget,
        CronJob, Namespace,
    )
}  # fmt: skip
