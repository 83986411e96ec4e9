"""A Deployment as it is right now, with its ReplicaSets, pods, budgets and autoscalers: read once, then pure facts.

What could not be read (no right to list budgets, say) is said in ``unread`` and shown on the card; pods and
ReplicaSets must be readable, because nothing can be promised without them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.tool import MARK
from tools.change.kube.cluster import Cluster
from tools.change.kube.templates import plain_template, same_template

REVISION = "deployment.kubernetes.io/revision"
SETTLING_TRIES = 8
SETTLING_SECONDS = 0.4


@dataclass(frozen=True)
class Revision:
    """One ReplicaSet of the Deployment."""

    number: int
    name: str
    uid: str
    template: Json  # without the controller's own pod-template-hash
    template_hash: str
    cause: str | None


@dataclass(frozen=True)
class Live:
    """``pods`` are those of this Deployment that are not ending; ``budgets`` those that select them."""

    deployment: Json
    revisions: tuple[Revision, ...]
    pods: tuple[Json, ...] = ()
    budgets: tuple[Json, ...] = ()
    autoscaler: str | None = None
    unread: tuple[str, ...] = ()

    @property
    def uid(self) -> str:
        return str(self.deployment["metadata"]["uid"])

    @property
    def mark(self) -> str | None:
        """The execution whose mark the object carries."""
        return annotations(self.deployment).get(MARK)

    @property
    def desired(self) -> int:
        replicas = self.deployment["spec"].get("replicas")
        return 1 if replicas is None else int(replicas)

    @property
    def template(self) -> Json:
        return dict(self.deployment["spec"]["template"])

    @property
    def current(self) -> Revision | None:
        """The ReplicaSet of the template the Deployment has now; None until its controller has made one."""
        same = [r for r in self.revisions if same_template(r.template, self.template)]
        # a newer API server may have filled in fields an older ReplicaSet lacks: then the controller's number tells
        told = [r for r in self.revisions if str(r.number) == annotations(self.deployment).get(REVISION)]
        return max(same or told, key=lambda r: r.number, default=None)

    @property
    def ready(self) -> int:
        return sum(1 for pod in self.pods if is_ready(pod))


def deployment_path(namespace: str, name: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"


def read_live(cluster: Cluster, namespace: str, name: str) -> Live:
    """Everything about one Deployment. Raises `Refused` (not_found, not_permitted, changing_now) or `Unreachable`."""
    live = read_object(cluster, namespace, name)
    selector = selector_text(live.deployment["spec"].get("selector") or {})
    owners = {revision.uid for revision in live.revisions}
    pods = cluster.items(f"/api/v1/namespaces/{namespace}/pods", selector)
    unread: list[str] = []
    return replace(
        live,
        pods=tuple(pod for pod in pods if _counts(pod, owners)),
        budgets=_budgets(cluster, namespace, live.deployment, unread),
        autoscaler=_autoscaler(cluster, namespace, name, unread),
        unread=tuple(unread),
    )


def read_object(cluster: Cluster, namespace: str, name: str) -> Live:
    """The Deployment and its revisions only: what the preconditions and the write itself need."""
    deployment = _settled(cluster, deployment_path(namespace, name))
    selector = selector_text(deployment["spec"].get("selector") or {})
    sets = cluster.items(f"/apis/apps/v1/namespaces/{namespace}/replicasets", selector)
    own = (_revision(rs) for rs in sets if owned_by(rs, str(deployment["metadata"]["uid"])))
    return Live(deployment, tuple(sorted(own, key=lambda r: r.number)))


def _settled(cluster: Cluster, path: str) -> Json:
    """The Deployment once its controller has seen its newest spec: until then its revisions do not tell the truth."""
    for _ in range(SETTLING_TRIES):
        deployment = cluster.get(path)
        observed = int((deployment.get("status") or {}).get("observedGeneration") or 0)
        if observed >= int(deployment["metadata"].get("generation") or 0):
            return deployment
        time.sleep(SETTLING_SECONDS)
    raise Refused("somebody changed it a moment ago and the cluster has not followed yet", why="changing_now")


def _budgets(cluster: Cluster, namespace: str, deployment: Json, unread: list[str]) -> tuple[Json, ...]:
    labels = (deployment["spec"]["template"].get("metadata") or {}).get("labels") or {}
    found = _perhaps(
        lambda: cluster.items(f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets"),
        "disruption budgets",
        unread,
    )
    return tuple(budget for budget in found if selects((budget.get("spec") or {}).get("selector"), labels))


def _autoscaler(cluster: Cluster, namespace: str, name: str, unread: list[str]) -> str | None:
    found = _perhaps(
        lambda: cluster.items(f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"),
        "autoscalers",
        unread,
    )
    for scaler in found:
        target = (scaler.get("spec") or {}).get("scaleTargetRef") or {}
        if (target.get("kind"), target.get("name")) == ("Deployment", name):
            return str(scaler["metadata"]["name"])
    return None


def _perhaps(read: Callable[[], list[Json]], what: str, unread: list[str]) -> list[Json]:
    try:
        return read()
    except Refused as refusal:
        unread.append(f"The {what} could not be read: {refusal}")
        return []


def _revision(replica_set: Json) -> Revision:
    labels = (replica_set["spec"]["template"].get("metadata") or {}).get("labels") or {}
    marks = annotations(replica_set)
    number = marks.get(REVISION, "0")
    return Revision(
        number=int(number) if number.isdigit() else 0,
        name=str(replica_set["metadata"]["name"]),
        uid=str(replica_set["metadata"]["uid"]),
        template=plain_template(replica_set["spec"]["template"]),
        template_hash=str(labels.get("pod-template-hash", "")),
        cause=marks.get("kubernetes.io/change-cause"),
    )


def annotations(item: Json) -> dict[str, str]:
    return dict((item.get("metadata") or {}).get("annotations") or {})


def owned_by(item: Json, uid: str) -> bool:
    owners = (item.get("metadata") or {}).get("ownerReferences") or []
    return any(owner.get("controller") and owner.get("uid") == uid for owner in owners)


def _counts(pod: Json, owners: set[str]) -> bool:
    ended = (pod.get("status") or {}).get("phase") in {"Succeeded", "Failed"}
    ending = pod["metadata"].get("deletionTimestamp") is not None
    return not ended and not ending and any(owned_by(pod, uid) for uid in owners)


def is_ready(pod: Json) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)


def selector_text(selector: Json) -> str:
    """A LabelSelector as a list's ``labelSelector``; refuses one it cannot put into words."""
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for rule in selector.get("matchExpressions") or []:
        key, values = rule["key"], ",".join(rule.get("values") or [])
        match rule.get("operator"):
            case "In":
                parts.append(f"{key} in ({values})")
            case "NotIn":
                parts.append(f"{key} notin ({values})")
            case "Exists":
                parts.append(key)
            case "DoesNotExist":
                parts.append(f"!{key}")
            case other:
                raise Refused(f"its selector has an operator ({other}) that is not known here", why="rejected")
    if not parts:
        raise Refused("its selector is empty", why="rejected")
    return ",".join(parts)


def selects(selector: Json | None, labels: dict[str, str]) -> bool:
    """Whether a LabelSelector matches: none matches nothing, an empty one everything."""
    if selector is None:
        return False
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_holds(rule, labels) for rule in selector.get("matchExpressions") or [])


def _holds(rule: Json, labels: dict[str, str]) -> bool:
    key, values = rule["key"], rule.get("values") or []
    match rule.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return True  # an operator of a newer cluster: counted as matching, so that the budget is not overlooked
