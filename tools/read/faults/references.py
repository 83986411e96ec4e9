"""Which Services a pod's environment or last words name, and those of them that do not exist.

A name is taken for a Service's only where it is written as one: `name.namespace.svc`, or a single word with a scheme
or a port, or under a variable that is called a host or an address.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.labels import living, one_each
from tools.read.faults.objects import Pod, containers_of, each
from tools.read.faults.other_objects import Service
from tools.read.faults.owners import workload_of
from tools.read.faults.saying import Found, is_troubled, of_pod
from tools.read.faults.snapshot import Snapshot

_LABEL = r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?"
_IN_CLUSTER = re.compile(
    rf"\b(?P<name>{_LABEL})\.(?P<namespace>{_LABEL})\.svc\b(?:\.[a-z.]+)?(?::(?P<port>\d{{1,5}}))?"
)
_WRITTEN = re.compile(
    rf"^(?:[a-z][a-z0-9+.-]*://)(?:[^@/\s]*@)?(?P<name>{_LABEL})(?::(?P<port>\d{{1,5}}))?(?:[/?].*)?$"
)
_WITH_PORT = re.compile(rf"^(?P<name>{_LABEL}):(?P<port>\d{{2,5}})$")
_BARE = re.compile(rf"^(?P<name>{_LABEL})$")
_HOST = re.compile(r"(^|_)(HOST|HOSTNAME|ADDR|ADDRESS|SERVER|ENDPOINT|SERVICE_NAME)$", re.I)
_OWN_HOST = re.compile(r"^(HOST|HOSTNAME|SERVER|SERVICE_NAME|.*(LISTEN|BIND|SERVE|OTEL)_?.*)$", re.I)
_UNKNOWN = re.compile(
    rf"(?:lookup |resolve host:? |ENOTFOUND |EAI_AGAIN |UnknownHostException: |host not found in upstream \"|"
    rf"could not translate host name \"|Failed to resolve '|unknown host )(?P<name>{_LABEL})"
    rf"(?:\.(?P<namespace>{_LABEL}))?(?P<tail>[\w.-]*)"
)
_NOT_SERVICES = frozenset({"localhost", "kubernetes", "http", "https", "true", "false", "none", "null", "default"})
_TELEMETRY = re.compile(r"otel|telemetry|jaeger|zipkin|statsd|collector|tracing|datadog|signoz|tempo|prometheus|sentry")
MENDS = "Create the Service, or correct the address that refers to it"
PREVENTS = "Check in the pipeline that every address in the configuration is a Service that exists"


@dataclass(frozen=True)
class Reference:
    """``told`` is how it was written, ``sure`` how surely that means a Service; ``failed``: a log says that its name
    does not resolve."""

    name: str
    namespace: str
    port: int | None
    told: str
    failed: bool = False
    sure: float = 0.5


def references(pod: Pod) -> Iterator[Reference]:
    """What its environment names."""
    for container in containers_of(pod):
        for one in each(container.env):
            if one.value and len(one.value) < 400:
                yield from _in_value(one.name, one.value.strip(), pod.metadata.namespace)


def _in_value(variable: str, value: str, namespace: str) -> Iterator[Reference]:
    told = f"{variable}={value}"
    named = list(_IN_CLUSTER.finditer(value))
    for one in named:
        yield Reference(one["name"], one["namespace"], _port(one["port"]), told, sure=0.6)
    found, sure = _WRITTEN.match(value) or _WITH_PORT.match(value), 0.5
    if found is None and _HOST.search(variable) and not _OWN_HOST.match(variable):
        found, sure = _BARE.match(value), 0.28
    if found is not None and not named and found["name"] not in _NOT_SERVICES:
        yield Reference(found["name"], namespace, _port(found.groupdict().get("port")), told, sure=sure)


def analyze_references(snapshot: Snapshot) -> Iterator[Sign]:
    if not snapshot.was_read(Service):
        return
    seen: set[tuple[str, str, str]] = set()
    for namespace in sorted({one.metadata.namespace for one in snapshot.of(Pod)}):
        told = [(pod, one) for pod in living(snapshot, namespace) for one in _in_logs(pod, snapshot)]
        written = [(pod, one) for pod in one_each(namespace, snapshot) for one in references(pod)]
        for pod, one in (*told, *written):
            what = (workload_of(pod, snapshot)[1], one.namespace, one.name)
            if what not in seen and snapshot.lacks(Service, one.namespace, one.name):
                seen.add(what)
                yield _sign(one, pod, snapshot)


def _in_logs(pod: Pod, snapshot: Snapshot) -> Iterator[Reference]:
    """Names that did not resolve, in its last words."""
    meta = pod.metadata
    for container in containers_of(pod):
        for line in reversed(snapshot.logs.get((meta.namespace, meta.name, container.name), ())):
            found = _UNKNOWN.search(line)
            if found is None or found["name"] in _NOT_SERVICES:
                continue
            inside = found["namespace"] is None or found["tail"].startswith(".svc")
            if inside:
                yield Reference(found["name"], found["namespace"] or meta.namespace, None, line.strip(), failed=True)


def _sign(one: Reference, pod: Pod, snapshot: Snapshot) -> Sign:
    there = [
        each_one.metadata.name for each_one in snapshot.of(Service) if each_one.metadata.namespace == one.namespace
    ]
    near = get_close_matches(one.name, there, 1, 0.75)
    hint = f"; there is a Service {near[0]}" if near else ""
    says = f"Service {one.name} does not exist in {one.namespace}, and pod {pod.metadata.name} refers to it"
    says += f"{hint} (“{clip(one.told, 160)}”)"
    weight = 0.92 if one.failed else 0.8 if is_troubled(pod, snapshot) else max(one.sure, 0.7 if near else 0.0)
    if _TELEMETRY.search(f"{one.name} {one.told}".lower()) and not one.failed:
        weight = 0.2
    kind = "dependency_address_wrong" if near else "service_missing"
    found = Found(kind, Role.CAUSE, says, weight, [one.told], blames=[one.name], mends=MENDS, prevents=PREVENTS,
                  same=f"{kind} {one.name}")  # fmt: skip
    return of_pod(found, pod, snapshot)


def _port(text: str | None) -> int | None:
    return int(text) if text else None
