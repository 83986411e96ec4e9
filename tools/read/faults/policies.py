"""NetworkPolicies that cut a workload off: from those who call it, from what it calls, or from the names of both.

Policies add up: what one of those that select a pod allows is allowed. Without any, everything is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.signs import Role, Sign
from tools.read.faults.labels import has, one_each, selects
from tools.read.faults.objects import Pod, containers_of, each
from tools.read.faults.other_objects import NetworkPolicy, Peer, PolicyPort, PolicyRule, Service, ServicePort
from tools.read.faults.owners import workload_of
from tools.read.faults.references import references
from tools.read.faults.saying import Found, is_troubled, of_object
from tools.read.faults.services import pods_behind
from tools.read.faults.snapshot import Snapshot
from tools.read.shapes.objects import Selector

NAME_SERVICE = 53
SYSTEM = "kubernetes.io/metadata.name"
MENDS = "Allow the missing peer and port in a NetworkPolicy that selects these pods"
PREVENTS = "Review NetworkPolicies together with what calls what, and test them before they are applied"

Callers = Mapping[str, Sequence[Pod]]


@dataclass(frozen=True)
class Isolated:
    """A workload by one of its pods, with the policies that select it in one direction."""

    pod: Pod
    workload: str
    policies: tuple[NetworkPolicy, ...]
    ingress: bool

    @property
    def rules(self) -> list[PolicyRule]:
        return [rule for one in self.policies for rule in each(one.spec.ingress if self.ingress else one.spec.egress)]

    @property
    def names(self) -> str:
        return ", ".join(one.metadata.name for one in self.policies[:3])


def analyze_policies(snapshot: Snapshot) -> Iterator[Sign]:
    policies = snapshot.of(NetworkPolicy)
    if snapshot.was_read(NetworkPolicy) and not policies and snapshot.of(Pod):
        says = "No NetworkPolicy: none blocks traffic of these pods"
        yield of_object(Found("no_network_policy", Role.WELL, says, 0.2), "", "", "")
    for namespace in sorted({one.metadata.namespace for one in policies}):
        mine = [one for one in policies if one.metadata.namespace == namespace]
        callers = _callers(namespace, snapshot)
        for pod in one_each(namespace, snapshot):
            yield from _ingress(_isolated(pod, mine, snapshot, ingress=True), callers, snapshot)
            yield from _egress(_isolated(pod, mine, snapshot, ingress=False), snapshot)


def _isolated(pod: Pod, policies: Sequence[NetworkPolicy], snapshot: Snapshot, *, ingress: bool) -> Isolated:
    chosen = tuple(
        one for one in policies if selects(one.spec.pod_selector, pod.metadata.labels) and _rules(one, ingress)
    )
    return Isolated(pod, workload_of(pod, snapshot)[1], chosen, ingress)


def _rules(one: NetworkPolicy, ingress: bool) -> bool:
    """Whether the policy rules this direction: as it says, else ingress always and egress where it has such rules."""
    types = one.spec.policy_types
    if types:
        return ("Ingress" if ingress else "Egress") in types
    return ingress or bool(one.spec.egress)


def _callers(namespace: str, snapshot: Snapshot) -> Callers:
    """By the name of a Service of this namespace, one pod of each workload that names it."""
    found: dict[str, list[Pod]] = {}
    for pod in one_each(namespace, snapshot):
        for name in {one.name for one in references(pod) if one.namespace == namespace}:
            found.setdefault(name, []).append(pod)
    return found


def _ingress(one: Isolated, callers: Callers, snapshot: Snapshot) -> Iterator[Sign]:
    """Only of pods that a Service leads to: others are not meant to be called."""
    services = [each_one for each_one in snapshot.of(Service) if _leads_to(each_one, one.pod)] if one.policies else []
    for service in services:
        whys = [
            _why_no_caller(one, callers.get(service.metadata.name, ()), port, snapshot)
            for port in each(service.spec.ports)
        ]
        if whys and all(whys):
            yield _said(one, f"{whys[0]} (Service {service.metadata.name})", 0.88)
            return


def _leads_to(service: Service, pod: Pod) -> bool:
    same = service.metadata.namespace == pod.metadata.namespace
    return same and bool(service.spec.selector) and has(pod.metadata.labels, service.spec.selector)


def _why_no_caller(one: Isolated, callers: Sequence[Pod], port: ServicePort, snapshot: Snapshot) -> str:
    """Words for why nobody, or one who must, cannot reach the port; "" where somebody can."""
    if not one.rules:
        return "allows no ingress at all (default deny)"
    opened = [rule for rule in one.rules if _opens(rule, _number(port, one.pod), one.pod, port.protocol)]
    if not opened:
        return f"allows ingress, but not to port {_number(port, one.pod)}/{port.protocol}"
    shut = [pod for pod in callers if not any(_lets(rule.from_, pod) for rule in opened)]
    if shut:
        return f"does not allow ingress from its caller {workload_of(shut[0], snapshot)[1]}"
    near = [peer for rule in opened for peer in each(rule.from_)]
    only = bool(near) and all(rule.from_ for rule in opened) and all(_is_here(peer) for peer in near)
    here = one_each(one.pod.metadata.namespace, snapshot)
    if only and not any(_lets(rule.from_, pod) for rule in opened for pod in here):
        return "allows ingress only from pods that do not exist"
    return ""


def _egress(one: Isolated, snapshot: Snapshot) -> Iterator[Sign]:
    if not one.policies:
        return
    needs = [each_one for each_one in references(one.pod) if each_one.namespace == one.pod.metadata.namespace]
    weight = 0.88 if needs else 0.8 if is_troubled(one.pod, snapshot) else 0.25
    if not one.rules:
        yield _said(one, "allows no egress at all (default deny), not even DNS", weight)
    elif not any(_opens(rule, NAME_SERVICE, one.pod, "") and _may_be_dns(rule) for rule in one.rules):
        yield _said(one, "blocks DNS: no egress to port 53 is allowed", weight, "network_policy_blocks_dns")
    else:
        named = {each_one.name for each_one in needs}
        for service in (each_one for each_one in snapshot.of(Service) if each_one.metadata.name in named):
            behind = pods_behind(service, snapshot)[:1]
            if behind and not _may_call(one, service, behind[0]):
                yield _said(one, f"does not allow egress to Service {service.metadata.name}, which it calls", 0.85)
                return


def _may_call(one: Isolated, service: Service, target: Pod) -> bool:
    ports = [_number(port, target) for port in each(service.spec.ports)]
    return any(
        _lets(rule.to, target) and (not ports or any(_opens(rule, port, target, "") for port in ports))
        for rule in one.rules
    )


def _lets(peers: Sequence[Peer] | None, pod: Pod) -> bool:
    """Whether a pod of the same namespace is among the peers; a block of addresses, or other namespaces, may be."""
    labels = pod.metadata.labels
    return not peers or any(not _is_here(one) or selects(one.pod_selector or Selector(), labels) for one in peers)


def _is_here(peer: Peer) -> bool:
    return peer.namespace_selector is None and peer.ip_block is None


def _may_be_dns(rule: PolicyRule) -> bool:
    """Pods of the own namespace are no name service; another namespace may be, unless it is named as another one."""
    if not rule.to:
        return True
    for peer in rule.to:
        selector = peer.namespace_selector
        if peer.ip_block is not None:
            return True
        if selector is not None and (selector.match_labels or {}).get(SYSTEM, "kube-system") == "kube-system":
            return True
    return False


def _opens(rule: PolicyRule, number: int | str | None, pod: Pod, protocol: str) -> bool:
    return not rule.ports or any(_is_port(one, number, pod, protocol) for one in rule.ports)


def _is_port(one: PolicyPort, number: int | str | None, pod: Pod, protocol: str) -> bool:
    if protocol and (one.protocol or "TCP") != protocol:
        return False
    if one.port is None or number is None:
        return True
    first = _resolved(one.port, pod)
    if isinstance(first, int) and isinstance(number, int):
        return first <= number <= (one.end_port or first)
    return first == number


def _number(port: ServicePort, pod: Pod) -> int | str | None:
    """The container's port behind a Service's: a name is looked up in the pod."""
    return _resolved(port.target_port if port.target_port not in (None, "") else port.port, pod)


def _resolved(port: int | str | None, pod: Pod) -> int | str | None:
    if isinstance(port, str) and port.isdigit():
        return int(port)
    ports = [one for container in containers_of(pod) for one in each(container.ports)]
    return next((one.container_port for one in ports if isinstance(port, str) and one.name == port), port)


def _said(one: Isolated, why: str, weight: float, kind: str = "network_policy_block") -> Sign:
    meta = one.policies[0].metadata
    says = f"NetworkPolicy {one.names} selects the pods of {one.workload} and {why}"
    found = Found(kind, Role.CAUSE, says, weight, [f"NetworkPolicy {one.names}"], mends=MENDS, prevents=PREVENTS)
    return of_object(found, f"NetworkPolicy/{meta.namespace}/{meta.name}", one.workload, meta.namespace)
