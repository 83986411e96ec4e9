"""Which kinds this API server has: one table, from which routes, discovery and the store follow.

Decides names, groups and what each kind can do; nothing about what a kind means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
SHOWN = ("get", "list", "watch")
"""Of kinds that nothing in the world has or makes: they can be looked for, and there are none."""


@dataclass(frozen=True)
class Kind:
    """One served kind. `model` names its shape in the schema; `store` the kind whose objects it shows."""

    name: str
    group: str
    version: str
    plural: str
    model: str
    short: tuple[str, ...] = ()
    namespaced: bool = True
    has_status: bool = True
    counts_generations: bool = False
    unconditional: bool = True
    """May be replaced without naming a resourceVersion."""
    subresources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = VERBS
    categories: tuple[str, ...] = ()
    store: str = ""

    @property
    def stored_as(self) -> str:
        return self.store or self.name

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """`deployments.apps`, `pods`: how refusals name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def singular(self) -> str:
        return self.name.lower()

    @property
    def all_subresources(self) -> tuple[str, ...]:
        return (*self.subresources, "status") if self.has_status else self.subresources


_ALL = ("all",)
KINDS: tuple[Kind, ...] = (
    Kind("Namespace", "", "v1", "namespaces", "V1Namespace", ("ns",), namespaced=False),
    Kind("Node", "", "v1", "nodes", "V1Node", ("no",), namespaced=False),
    Kind(
        "Pod", "", "v1", "pods", "V1Pod", ("po",), counts_generations=True,
        subresources=("log", "eviction"), categories=_ALL,
    ),
    Kind("Service", "", "v1", "services", "V1Service", ("svc",), categories=_ALL),
    Kind("Event", "", "v1", "events", "CoreV1Event", ("ev",), has_status=False),
    Kind("ConfigMap", "", "v1", "configmaps", "V1ConfigMap", ("cm",), has_status=False),
    Kind("ServiceAccount", "", "v1", "serviceaccounts", "V1ServiceAccount", ("sa",), has_status=False),
    Kind("PersistentVolumeClaim", "", "v1", "persistentvolumeclaims", "V1PersistentVolumeClaim", ("pvc",)),
    Kind(
        "Deployment", "apps", "v1", "deployments", "V1Deployment", ("deploy",), counts_generations=True,
        subresources=("scale",), categories=_ALL,
    ),
    Kind(
        "ReplicaSet", "apps", "v1", "replicasets", "V1ReplicaSet", ("rs",), counts_generations=True,
        subresources=("scale",), categories=_ALL,
    ),
    Kind(
        "StatefulSet", "apps", "v1", "statefulsets", "V1StatefulSet", ("sts",), counts_generations=True,
        subresources=("scale",), categories=_ALL,
    ),
    Kind("DaemonSet", "apps", "v1", "daemonsets", "V1DaemonSet", ("ds",), counts_generations=True, categories=_ALL),
    Kind("Job", "batch", "v1", "jobs", "V1Job", counts_generations=True, categories=_ALL),
    Kind("CronJob", "batch", "v1", "cronjobs", "V1CronJob", ("cj",), counts_generations=True, categories=_ALL),
    Kind(
        "HorizontalPodAutoscaler", "autoscaling", "v2", "horizontalpodautoscalers", "V2HorizontalPodAutoscaler",
        ("hpa",), categories=_ALL,
    ),
    Kind(
        "PodDisruptionBudget", "policy", "v1", "poddisruptionbudgets", "V1PodDisruptionBudget", ("pdb",),
        counts_generations=True, unconditional=False,
    ),
    Kind("PersistentVolume", "", "v1", "persistentvolumes", "", ("pv",), namespaced=False, verbs=SHOWN),
    Kind("ResourceQuota", "", "v1", "resourcequotas", "", ("quota",), verbs=SHOWN),
    Kind("LimitRange", "", "v1", "limitranges", "", ("limits",), has_status=False, verbs=SHOWN),
    Kind("EndpointSlice", "discovery.k8s.io", "v1", "endpointslices", "", has_status=False, verbs=SHOWN),
    Kind("NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies", "", ("netpol",), has_status=False, verbs=SHOWN),
    Kind("Ingress", "networking.k8s.io", "v1", "ingresses", "", ("ing",), verbs=SHOWN),
    Kind("IngressClass", "networking.k8s.io", "v1", "ingressclasses", "", namespaced=False, has_status=False,
         verbs=SHOWN),
    Kind("StorageClass", "storage.k8s.io", "v1", "storageclasses", "", ("sc",), namespaced=False, has_status=False,
         verbs=SHOWN),
    Kind("ValidatingWebhookConfiguration", "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "",
         namespaced=False, has_status=False, verbs=SHOWN),
    Kind("MutatingWebhookConfiguration", "admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "",
         namespaced=False, has_status=False, verbs=SHOWN),
    Kind("Role", "rbac.authorization.k8s.io", "v1", "roles", "", has_status=False, verbs=SHOWN),
    Kind("RoleBinding", "rbac.authorization.k8s.io", "v1", "rolebindings", "", has_status=False, verbs=SHOWN),
    Kind("ClusterRole", "rbac.authorization.k8s.io", "v1", "clusterroles", "", namespaced=False, has_status=False,
         verbs=SHOWN),
    Kind("ClusterRoleBinding", "rbac.authorization.k8s.io", "v1", "clusterrolebindings", "", namespaced=False,
         has_status=False, verbs=SHOWN),
    Kind("Lease", "coordination.k8s.io", "v1", "leases", "V1Lease", has_status=False, unconditional=False),
    Kind(
        "Event", "events.k8s.io", "v1", "events", "EventsV1Event", ("ev",), has_status=False,
        verbs=("get", "list", "watch", "delete"), store="Event",
    ),
    Kind(
        "SelfSubjectAccessReview", "authorization.k8s.io", "v1", "selfsubjectaccessreviews",
        "V1SelfSubjectAccessReview", namespaced=False, has_status=False, verbs=("create",),
    ),
    Kind(
        "SelfSubjectRulesReview", "authorization.k8s.io", "v1", "selfsubjectrulesreviews",
        "V1SelfSubjectRulesReview", namespaced=False, has_status=False, verbs=("create",),
    ),
    Kind(
        "SelfSubjectReview", "authentication.k8s.io", "v1", "selfsubjectreviews",
        "V1SelfSubjectReview", namespaced=False, has_status=False, verbs=("create",),
    ),
)  # fmt: skip
NODE, NAMESPACE, POD = KINDS[1], KINDS[0], KINDS[2]


@dataclass(frozen=True)
class Catalogue:
    """The table, looked up each way it is needed."""

    by_path: Mapping[tuple[str, str, str], Kind] = field(
        default_factory=lambda: MappingProxyType({(one.group, one.version, one.plural): one for one in KINDS})
    )
    by_name: Mapping[str, Kind] = field(
        default_factory=lambda: MappingProxyType({one.name: one for one in reversed(KINDS)})
    )

    def groups(self) -> dict[str, list[str]]:
        """Return group -> versions, the core group left out."""
        found: dict[str, list[str]] = {}
        for kind in KINDS:
            versions = found.setdefault(kind.group, []) if kind.group else []
            if kind.version not in versions:
                versions.append(kind.version)
        return found


CATALOGUE = Catalogue()


def named(name: str) -> Kind:
    """Return the storage kind with this name; raises KeyError."""
    return CATALOGUE.by_name[name]
