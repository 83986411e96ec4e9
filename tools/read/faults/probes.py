"""Probes that fail: which one, with what answer, and whether the probe itself is wrong (port, scheme, path, time)."""

import re
from collections.abc import Iterator

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.events import Told
from tools.read.faults.objects import Container, Pod, Probe, containers_of, each, is_ready, statuses_of
from tools.read.faults.owners import index_of
from tools.read.faults.saying import Found, is_troubled, matching, named, of_pod, restarted, span_of
from tools.read.faults.snapshot import Snapshot

_WHICH = re.compile(r"^(Liveness|Readiness|Startup) probe (failed|errored)", re.I)
# what an answer says about the probe itself: the first that fits decides
ANSWERS = (
    (r"HTTP response to HTTPS client|first record does not look like a TLS|malformed HTTP response", "scheme",
     "it speaks the wrong protocol (HTTP against HTTPS)"),
    (r"statuscode: (404|405)", "path", "its path is not served"),
    (r"statuscode: (401|403)", "path", "its path asks for credentials"),
    (r"statuscode: 5\d\d", "unhealthy", "the application itself answers that it is not well"),
    (r"connection refused", "refused", "nothing listens on that port"),
    (r"deadline exceeded|i/o timeout|Client\.Timeout|timed? ?out|context canceled", "slow", "no answer in time"),
    (r"no route to host|network is unreachable", "network", "the pod cannot be reached"),
    (r"executable file not found|no such file|not found", "command", "its command is not in the image"),
)  # fmt: skip
WRONG = frozenset({"scheme", "path", "command"})
MENDS = "Correct the probe (port, path, scheme, command or times), or what it asks"


def analyze_probes(snapshot: Snapshot) -> Iterator[Sign]:
    for pod in snapshot.of(Pod):
        if not is_troubled(pod, snapshot):
            continue
        told = index_of(snapshot).of_pod(pod)
        by_probe: dict[str, list[Told]] = {}
        for one in [*matching(told, "Unhealthy", "ProbeError"), *matching(told, "Unhealthy", recent=False)]:
            named_by = _WHICH.match(one.message)
            if named_by and (one.recent or _still_held(pod)) and one not in by_probe.get(named_by.group(1).lower(), ()):
                by_probe.setdefault(named_by.group(1).lower(), []).append(one)
        for which, each_told in by_probe.items():
            yield of_pod(_failing(which, each_told, pod, snapshot), pod, snapshot)
        killing = [one for one in matching(told, "Killing") if "probe" in one.message]
        if killing and not by_probe:
            which = "startup" if "startup" in killing[0].message else "liveness"
            yield of_pod(_failing(which, killing, pod, snapshot), pod, snapshot)
        if not by_probe and not killing:
            yield from _mismatched(pod, snapshot)


def _still_held(pod: Pod) -> bool:
    return any(not status.ready and status.state and status.state.running for status in statuses_of(pod))


def _failing(which: str, told: list[Told], pod: Pod, snapshot: Snapshot) -> Found:
    newest = told[0]
    container = _container(newest, pod, which)
    probe = _probe(container, which)
    answer, means = _answer(newest.message)
    wrong_port = _wrong_port(container, probe)
    is_wrong = answer in WRONG or bool(wrong_port)
    kind = f"{which}_probe_wrong" if is_wrong else f"{which}_probe_failing"
    restarts = sum(one.restart_count for one in statuses_of(pod))
    says = f"{which.capitalize()} probe of {named(pod)} fails ({sum(one.count for one in told)} times)"
    says += f": “{clip(newest.message, 200)}”"
    says += f": {means}" if means else ""
    says += f"; {wrong_port}" if wrong_port else ""
    says += f"; the probe is {_shown(probe)}" if probe is not None and not wrong_port else ""
    if which == "readiness":
        says += "; the pod gets no traffic"
        role, weight = (Role.CAUSE, 0.88) if is_wrong else (Role.SYMPTOM, 0.62)
    else:
        says += f"; the kubelet restarts it for that ({restarts} restarts{_not_a_crash(pod, snapshot)})"
        role, weight = Role.CAUSE, 0.9 if is_wrong else 0.82
    began, last = span_of(told)
    return Found(
        kind, role, says, weight, [newest.message, *(one.message for one in told[1:2])], began, last, mends=MENDS,
        prevents="Try a probe against the image in the pipeline, and give slow starts a startup probe",
        same=f"{kind} {container.name if container else ''}",
    )  # fmt: skip


def _not_a_crash(pod: Pod, snapshot: Snapshot) -> str:
    """What rules a crash and missing memory out: how the containers really ended."""
    ends = [
        one.last_state.terminated
        for one in statuses_of(pod)
        if one.last_state and one.last_state.terminated and restarted(one, snapshot)
    ]
    if any(end.reason == "OOMKilled" for end in ends):
        return ""
    codes = sorted({end.exit_code for end in ends if end.exit_code is not None})
    told = f", exit code {', '.join(map(str, codes))}" if codes else ""
    return f"{told}, not OOMKilled" if codes or not ends else ", not OOMKilled"


def _container(told: Told, pod: Pod, which: str) -> Container | None:
    candidates = [one for one in containers_of(pod) if _probe(one, which) is not None] or containers_of(pod)
    return next((one for one in candidates if one.name == told.container), candidates[0] if candidates else None)


def _probe(container: Container | None, which: str) -> Probe | None:
    if container is None:
        return None
    return {
        "liveness": container.liveness_probe,
        "readiness": container.readiness_probe,
        "startup": container.startup_probe,
    }[which]


def _answer(message: str) -> tuple[str, str]:
    found = ((kind, means) for rule, kind, means in ANSWERS if re.search(rule, message, re.I))
    return next(found, ("", ""))


def _port(probe: Probe | None) -> int | str:
    asked = (probe.http_get, probe.tcp_socket, probe.grpc) if probe is not None else ()
    return next((one.port for one in asked if one is not None), "")


def _wrong_port(container: Container | None, probe: Probe | None) -> str:
    """A port that the container does not say it has; one that declares none says nothing about it."""
    port = _port(probe)
    if container is None or port == "" or not container.ports:
        return ""
    known = {one.container_port for one in each(container.ports)} | {one.name for one in each(container.ports)}
    if port in known or (isinstance(port, str) and port.isdigit() and int(port) in known):
        return ""
    there = ", ".join(str(one.container_port) for one in each(container.ports))
    return f"the probe asks port {port}, the container has {there} (wrong port)"


def _shown(probe: Probe) -> str:
    if probe.http_get is not None:
        what = f"GET {probe.http_get.scheme or 'HTTP'} :{probe.http_get.port}{probe.http_get.path or '/'}"
    elif probe.exec_ is not None:
        what = f"exec {clip(' '.join(probe.exec_.command or []), 80)}"
    else:
        what = f"TCP :{_port(probe)}"
    times = (
        ("delay", probe.initial_delay_seconds),
        ("timeout", probe.timeout_seconds),
        ("period", probe.period_seconds),
    )
    words = [f"{name} {value} s" for name, value in times if value is not None]
    words += [f"{probe.failure_threshold} failures"] if probe.failure_threshold is not None else []
    return ", ".join([what, *words])


def _mismatched(pod: Pod, snapshot: Snapshot) -> Iterator[Sign]:
    """No event is left that says so, and a running container is not ready: is its probe asking another port?"""
    held = {
        one.name for one in each(pod.status.container_statuses) if not one.ready and one.state and one.state.running
    }
    for container in each(pod.spec.containers) if not is_ready(pod) else ():
        if container.name not in held:
            continue
        for which in ("readiness", "startup", "liveness"):
            if wrong := _wrong_port(container, _probe(container, which)):
                says = (
                    f"{which.capitalize()} probe of {named(pod)} cannot succeed: {wrong}; container {container.name} "
                )
                says += "runs and is not ready"
                yield of_pod(Found(f"{which}_probe_wrong", Role.CAUSE, says, 0.75, [wrong], mends=MENDS), pod, snapshot)
                break
