"""Which of a pod's containers to read, and in which order: what stops the pod, what people mean by the service, helpers
beside it last. Pure.

An init container that fails keeps all others from starting, so its words are the pod's; one that has done its work has
nothing more to say.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tools.read.shapes.objects import ContainerStatus, Pod

_DEFAULT = "kubectl.kubernetes.io/default-container"
_BESIDE = frozenset({
    "istio-proxy", "istio-init", "istio-validation", "linkerd-proxy", "linkerd-init", "envoy", "envoy-sidecar",
    "consul-dataplane", "kuma-sidecar", "daprd", "auth-proxy", "oauth2-proxy", "kube-rbac-proxy", "vault-agent",
    "vault-agent-init", "cloud-sql-proxy", "cloudsql-proxy", "fluent-bit", "fluentbit", "fluentd", "filebeat",
    "promtail", "vector", "logstash", "otel-collector", "opentelemetry-collector", "otc-container", "jaeger-agent",
    "datadog-agent", "config-reloader", "reloader", "git-sync",
})  # fmt: skip
_NOT_YET = frozenset({"PodInitializing", "ContainerCreating"})


@dataclass(frozen=True)
class _Candidate:
    status: ContainerStatus
    init: bool
    likely: bool


def containers_to_read(pod: Pod, names: Collection[str], previous: bool) -> list[str]:
    """Every container with something to read, best first; ``names`` are what the service and its workloads are called.

    With ``previous`` those that ran before.
    """
    told = {*names, (pod.metadata.annotations or {}).get(_DEFAULT, "")} - {""}
    found = [one for one in _every(pod, told) if (_ran_before(one.status) if previous else _may_speak(one))]
    return [one.status.name for one in sorted(found, key=_order)]


def _every(pod: Pod, told: Collection[str]) -> Iterator[_Candidate]:
    for init, statuses in ((True, pod.status.init_container_statuses), (False, pod.status.container_statuses)):
        for status in statuses or []:
            yield _Candidate(status, init, status.name in told)


def _order(one: _Candidate) -> tuple[bool, bool, bool, bool]:
    """Small is first; what is alike stays as the pod lists it. An init container that runs on beside is a helper."""
    stops = one.init and fails(one.status)
    return (not stops, not one.likely, one.init or one.status.name in _BESIDE, not _troubled(one.status))


def fails(status: ContainerStatus) -> bool:
    """Whether it ended badly, or waits for something else than its turn."""
    state = status.state
    if state is None:
        return False
    if state.terminated:
        return bool(state.terminated.exit_code)
    return state.waiting is not None and state.waiting.reason not in _NOT_YET


def _troubled(status: ContainerStatus) -> bool:
    return fails(status) or status.restart_count > 0 or not status.ready


def _ran_before(status: ContainerStatus) -> bool:
    return status.restart_count > 0 or bool(status.last_state and status.last_state.terminated)


def _may_speak(one: _Candidate) -> bool:
    """An init container that is done, and any container whose turn has not come, does not."""
    return not (_waits_its_turn(one.status) or (one.init and _is_done(one.status)))


def _is_done(status: ContainerStatus) -> bool:
    return bool(status.state and status.state.terminated) and not fails(status)


def _waits_its_turn(status: ContainerStatus) -> bool:
    waits = status.state is not None and status.state.waiting is not None
    return waits and not fails(status) and not _ran_before(status)
