"""Services that lead nowhere: a selector that no pod meets, a port that no container has, no ready endpoint.

An external Service (without selector), and one whose workload somebody scaled to zero, are no fault of its own; how
many endpoints are ready decides before what the labels say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.core.signs import Role, Sign
from tools.read.faults.labels import MOST_SHOWN, having, living, nearest, plain, words, workloads_with
from tools.read.faults.objects import Pod, Port, containers_of, each, is_ready
from tools.read.faults.other_objects import Endpoints, EndpointSlice, Service, ServicePort
from tools.read.faults.owners import workload_of
from tools.read.faults.saying import Found, of_object
from tools.read.faults.snapshot import Snapshot
from tools.read.shapes.workloadstate import counts_of, kind_of

OF_SERVICE = "kubernetes.io/service-name"
PREVENTS = "Check in the pipeline that every Service selects pods and that its target ports exist"


def analyze_services(snapshot: Snapshot) -> Iterator[Sign]:
    for one in snapshot.of(Service):
        if one.spec.selector and one.spec.type != "ExternalName":
            yield from _of_service(one, snapshot)


def endpoints_of(namespace: str, name: str, snapshot: Snapshot) -> tuple[int, int] | None:
    """(ready, all) as the endpoint controller wrote them; None where it wrote nothing that was read."""
    slices = [
        one
        for one in snapshot.of(EndpointSlice)
        if one.metadata.namespace == namespace and (one.metadata.labels or {}).get(OF_SERVICE) == name
    ]
    if slices:
        # a pod of two address families stands in a slice of each
        by_family: dict[str, dict[tuple[str, ...], bool]] = {}
        for one in slices:
            family = by_family.setdefault(one.address_type, {})
            for point in each(one.endpoints):
                family[tuple(each(point.addresses))] = point.conditions.ready is not False
        return max((sum(points.values()), len(points)) for points in by_family.values())
    mine = [one for one in snapshot.of(Endpoints) if (one.metadata.namespace, one.metadata.name) == (namespace, name)]
    if not mine:
        return None
    subsets = list(each(mine[0].subsets))
    ready_count = sum(len(one.addresses or ()) for one in subsets)
    return ready_count, ready_count + sum(len(one.not_ready_addresses or ()) for one in subsets)


def pods_behind(one: Service, snapshot: Snapshot) -> list[Pod]:
    return having(one.spec.selector or {}, one.metadata.namespace, snapshot)


def _of_service(one: Service, snapshot: Snapshot) -> Iterator[Sign]:
    meta, written = one.metadata, endpoints_of(one.metadata.namespace, one.metadata.name, snapshot)
    pods = pods_behind(one, snapshot)
    ready = written[0] if written is not None else sum(is_ready(pod) for pod in pods)
    if ready:
        noun = "endpoint" if ready == 1 else "endpoints"
        says = f"Service {meta.name} has {ready} ready {noun}"
        yield _said(Found("service_well", Role.WELL, says, 0.35), one, _only(pods, snapshot))
    elif not snapshot.was_read(Pod):
        if written is not None:
            says = f"Service {meta.name} has 0 ready endpoints of {written[1]}"
            yield _said(Found("service_no_ready_endpoints", Role.SYMPTOM, says, 0.6, [says]), one)
    elif pods:
        yield from _none_ready(one, pods, snapshot)
    else:
        yield from _selects_nothing(one, written is not None, snapshot)
    if pods and one.spec.cluster_ip != "None":
        yield from (replace(sign, service=_only(pods, snapshot) or sign.service) for sign in _ports(one, pods))


def _none_ready(one: Service, pods: Sequence[Pod], snapshot: Snapshot) -> Iterator[Sign]:
    if one.spec.publish_not_ready_addresses:
        return
    ready = sum(is_ready(pod) for pod in pods)
    why = f"{ready} of the {len(pods)} pods it selects are ready, and none is taken up"
    why = why if ready else f"none of the {len(pods)} pods it selects is ready"
    says = f"Service {one.metadata.name} has 0 ready endpoints: {why}"
    blames = sorted({pod.metadata.name for pod in pods})[:3]
    found = Found("service_no_ready_endpoints", Role.SYMPTOM, says, 0.6, [says], blames=blames)
    yield _said(found, one, _only(pods, snapshot))


def _only(pods: Sequence[Pod], snapshot: Snapshot) -> str:
    """The one workload behind these pods; "" where there are several or none."""
    names = {workload_of(pod, snapshot)[1] for pod in pods}
    return names.pop() if len(names) == 1 else ""


def _selects_nothing(one: Service, sure: bool, snapshot: Snapshot) -> Iterator[Sign]:
    """Somebody else's doing where a workload would have such pods; else the selector is wrong."""
    meta, wanted = one.metadata, one.spec.selector or {}
    makers = workloads_with(wanted, meta.namespace, snapshot)
    if makers:
        maker = makers[0]
        why = "is scaled to zero" if not counts_of(maker).desired else "has no pod"
        says = f"Service {meta.name} has 0 endpoints: {kind_of(maker)} {maker.metadata.name}, which it selects, {why}"
        yield _said(Found("service_without_pods", Role.SYMPTOM, says, 0.6, [says], blames=[maker.metadata.name]), one)
        return
    closest = nearest(wanted, living(snapshot, meta.namespace))
    near = list(dict.fromkeys(words(plain(pod.metadata.labels)) for pod in closest))[:MOST_SHOWN]
    shown = f"; nearest are pods with {' | '.join(near)}" if near else "; no pod has any of these labels"
    says = (
        f"Service {meta.name} has 0 endpoints: its selector {words(wanted)} matches no pod of {meta.namespace}{shown}"
    )
    weight = (0.92 if near else 0.75) if sure else (0.85 if near else 0.5)
    yield _said(
        Found(
            "service_selector_mismatch", Role.CAUSE, says, weight, [words(wanted), *near[:2]],
            mends="Correct the Service's selector so that it matches the pods' labels (or the labels of the pods)",
            prevents=PREVENTS,
        ),
        one, _only(closest, snapshot),
    )  # fmt: skip


def _ports(one: Service, pods: Sequence[Pod]) -> Iterator[Sign]:
    """Target ports against what the pods' containers say they listen on; undeclared ports prove nothing alone."""
    declared = [port for pod in pods for container in containers_of(pod) for port in each(container.ports)]
    ports = list(each(one.spec.ports))
    bad = [port for port in ports if not _fits(port, declared)]
    for port in bad:
        named = isinstance(port.target_port, str) and not port.target_port.isdigit()
        if (not declared and not named) or (not named and _is_probed(port, pods)):
            continue
        alone = len(bad) == len(ports)
        yield _mismatch(one, port, declared, (0.88 if named else 0.8) if alone else (0.7 if named else 0.28), pods)


def _mismatch(one: Service, port: ServicePort, declared: Sequence[Port], weight: float, pods: Sequence[Pod]) -> Sign:
    target = _target(port)
    has_it = sorted({_words(each_port) for each_port in declared})[:5]
    listens = f"its pods listen on {', '.join(has_it)}" if has_it else "its pods name no ports"
    other = any(target in (str(each_port.container_port), each_port.name) for each_port in declared)
    kind, what = "service_target_port_mismatch", f"targetPort {target} is not a port of its pods"
    mends = f"Set the Service's targetPort to one its pods have ({', '.join(has_it)})" if has_it else "Name the port"
    if other:
        kind, what = "service_protocol_mismatch", f"protocol mismatch, it forwards {port.protocol} to port {target}"
        mends = "Give the Service's port the protocol of the container's"
    says = f"Service {one.metadata.name} forwards port {port.port} to where nothing listens: {what}; {listens}"
    quotes = [f"targetPort: {target}", f"protocol: {port.protocol}"] if other else [f"targetPort: {target}"]
    facts = {"pods": [pod.metadata.name for pod in pods[:3]]}
    found = Found(kind, Role.CAUSE, says, weight, quotes, mends=mends, prevents=PREVENTS, facts=facts)
    return _said(found, one)


def _target(port: ServicePort) -> str:
    return str(port.target_port if port.target_port not in (None, "", 0) else port.port)


def _fits(port: ServicePort, declared: Sequence[Port]) -> bool:
    target = _target(port)
    return any(
        target in (str(one.container_port), one.name) and (one.protocol or "TCP") == (port.protocol or "TCP")
        for one in declared
    )


def _is_probed(port: ServicePort, pods: Sequence[Pod]) -> bool:
    """Whether a ready pod answers its readiness probe on this port: then something listens there."""
    for pod in pods if port.protocol != "UDP" else ():
        for container in each(pod.spec.containers):
            probe = container.readiness_probe
            at = probe and next((to.port for to in (probe.http_get, probe.tcp_socket, probe.grpc) if to), "")
            if is_ready(pod) and str(at) == _target(port):
                return True
    return False


def _words(port: Port) -> str:
    name = f" ({port.name})" if port.name else ""
    return f"{port.container_port}/{port.protocol or 'TCP'}{name}"


def _said(found: Found, one: Service, workload: str = "") -> Sign:
    meta = one.metadata
    return of_object(found, f"Service/{meta.namespace}/{meta.name}", workload or meta.name, meta.namespace)
