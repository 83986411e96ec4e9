"""The cluster's name service (CoreDNS): whether anybody answers. Its trouble is everybody's, so it has no place."""

from collections.abc import Iterator

from bot.core.signs import Role, Sign
from tools.read.faults.labels import living
from tools.read.faults.objects import Pod, is_ready
from tools.read.faults.saying import Found, of_object
from tools.read.faults.services import endpoints_of
from tools.read.faults.snapshot import Snapshot

SYSTEM = "kube-system"
SERVICES = ("kube-dns", "coredns", "dns-default")
MENDS = "Bring the CoreDNS pods back: look at their events and logs in kube-system"
PREVENTS = "Run several CoreDNS replicas on different nodes, and alert on them"


def analyze_name_service(snapshot: Snapshot) -> Iterator[Sign]:
    written = next((count for name in SERVICES if (count := endpoints_of(SYSTEM, name, snapshot))), None)
    pods = [pod for pod in living(snapshot, SYSTEM) if _is_dns(pod)]
    if written is None and not pods:
        return
    ready, every = written if written is not None else (sum(map(is_ready, pods)), len(pods))
    if not ready:
        says = f"DNS: none of the {every} CoreDNS pods is ready, so that no name resolves in the cluster"
        found = Found("dns_down", Role.CAUSE, says, 0.9, [says], mends=MENDS, prevents=PREVENTS)
    elif ready < every:
        says = f"DNS: {ready} of {every} CoreDNS pods are ready"
        found = Found("dns_degraded", Role.SYMPTOM, says, 0.29, [says], mends=MENDS)
    else:
        found = Found("dns_well", Role.WELL, f"DNS: {ready} of {every} CoreDNS pods are ready", 0.25)
    yield of_object(found, "", "", "")


def _is_dns(pod: Pod) -> bool:
    labels = pod.metadata.labels or {}
    return labels.get("k8s-app") in SERVICES or pod.metadata.name.startswith("coredns-")
