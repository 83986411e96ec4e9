"""Finds a service's pods with as few rights as there are: through its Deployments, else by the usual labels."""

from collections.abc import Mapping

from bot.core.errors import Denied
from tools.read.shapes.matching import NAME_LABELS, deployments_of, hash_of, revision_of, selector_text
from tools.read.shapes.objects import Deployment, Pod
from tools.read.sources.cluster import Cluster, Listed


def pods_of(cluster: Cluster, namespace: str, service: str) -> Listed[Pod]:
    """All pods of the namespace for an empty service."""
    if not service:
        return cluster.pods(namespace)
    selectors = [selector_text(one.spec.selector) for one in service_deployments(cluster, namespace, service)]
    found = [cluster.pods(namespace, selector) for selector in dict.fromkeys(selectors) if selector]
    if found:
        items = {pod.metadata.uid or pod.metadata.name: pod for one in found for pod in one.items}
        return Listed(list(items.values()), "; ".join(one.asked for one in found), sum(one.left_out for one in found))
    return _by_label(cluster, namespace, service)


def service_deployments(cluster: Cluster, namespace: str, service: str) -> list[Deployment]:
    """Empty when Deployments may not be listed: pods can still be found by their labels."""
    try:
        return deployments_of(service, cluster.deployments(namespace).items)
    except Denied:
        return []


def _by_label(cluster: Cluster, namespace: str, service: str) -> Listed[Pod]:
    for label in NAME_LABELS[:4]:
        found = cluster.pods(namespace, f"{label}={service}")
        if found.items:
            return found
    return Listed([], f"GET pods in {namespace} where {', '.join(NAME_LABELS[:4])} is {service}")


def revisions_in(cluster: Cluster, namespace: str) -> Mapping[str, int]:
    """Revision by pod-template-hash; empty when ReplicaSets may not be listed. Hashes are unique in a namespace."""
    try:
        sets = cluster.replica_sets(namespace)
    except Denied:
        return {}
    known = {hash_of(one.metadata): revision_of(one.metadata) for one in sets.items}
    return {template: revision for template, revision in known.items() if template and revision is not None}
