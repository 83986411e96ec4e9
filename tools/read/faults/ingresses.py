"""Ingresses that lead nowhere: a class nobody serves, a Service or port that does not exist, a certificate's Secret."""

import re
from collections.abc import Iterator

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.admission_objects import Secret
from tools.read.faults.objects import each
from tools.read.faults.other_objects import BackendService, Ingress, IngressClass, Service
from tools.read.faults.owners import index_of
from tools.read.faults.saying import Found, of_object
from tools.read.faults.snapshot import Snapshot

OLD_CLASS = "kubernetes.io/ingress.class"
DEFAULT = "ingressclass.kubernetes.io/is-default-class"
NO_SECRET = re.compile(r"secret.*(not found|does not exist|no such)|no object matching key|obtaining X\.509", re.I)
PREVENTS = "Check in the pipeline that an Ingress's class, Services and Secrets exist"


def analyze_ingresses(snapshot: Snapshot) -> Iterator[Sign]:
    for one in snapshot.of(Ingress):
        yield from _class(one, snapshot)
        seen: set[tuple[str, str]] = set()
        for backend in _backends(one):
            port = str(backend.port.number or backend.port.name)
            if (backend.name, port) not in seen:
                seen.add((backend.name, port))
                yield from _backend(one, backend, snapshot)
        yield from _certificate(one, snapshot)


def _backends(one: Ingress) -> Iterator[BackendService]:
    default = one.spec.default_backend
    backends = [path.backend for rule in each(one.spec.rules) for path in each(rule.http.paths)]
    for backend in ([default] if default else []) + backends:
        if backend.service is not None and backend.service.name:
            yield backend.service


def _class(one: Ingress, snapshot: Snapshot) -> Iterator[Sign]:
    meta, classes = one.metadata, snapshot.of(IngressClass)
    name = one.spec.ingress_class_name
    there = ", ".join(sorted(each_one.metadata.name for each_one in classes)[:4]) or "none"
    if name and snapshot.lacks(IngressClass, "", name):
        says = f"Ingress {meta.name} has ingressClassName {name}, and there is no such IngressClass (there is {there})"
        yield _said("ingress_class_missing", says, 0.88, one, f"ingressClassName: {name}", "Name a class that exists")
    served = one.status.load_balancer.ingress or OLD_CLASS in (meta.annotations or {})
    default = any((each_one.metadata.annotations or {}).get(DEFAULT) == "true" for each_one in classes)
    if not name and not served and not default and snapshot.was_read(IngressClass):
        says = f"Ingress {meta.name} names no ingress class and there is no default one: no controller serves it"
        yield _said("ingress_class_missing", says, 0.6, one, "ingressClassName: null", "Name an ingressClassName")


def _backend(one: Ingress, backend: BackendService, snapshot: Snapshot) -> Iterator[Sign]:
    meta, name = one.metadata, backend.name
    if snapshot.lacks(Service, meta.namespace, name):
        says = f"Ingress {meta.name} leads to Service {name}, which does not exist in {meta.namespace}"
        yield _said("ingress_backend_missing", says, 0.9, one, f"service: {name}", "Create the Service or correct it")
        return
    found = next(
        (s for s in snapshot.of(Service) if (s.metadata.namespace, s.metadata.name) == (meta.namespace, name)), None
    )
    ports = list(each(found.spec.ports)) if found else []
    wanted = backend.port.number or backend.port.name
    if ports and wanted and not any(wanted in (port.port, port.name) for port in ports):
        has = ", ".join(str(port.port) for port in ports)
        says = f"Ingress {meta.name} leads to port {wanted} of Service {name}, which has {has}"
        yield _said("ingress_backend_port", says, 0.88, one, f"port: {wanted}", "Correct the backend's port")


def _certificate(one: Ingress, snapshot: Snapshot) -> Iterator[Sign]:
    meta = one.metadata
    told = [each_one for each_one in index_of(snapshot).events("Ingress", meta.namespace, meta.name) if each_one.recent]
    for name in sorted({tls.secret_name for tls in each(one.spec.tls) if tls.secret_name}):
        event = next((o for o in told if name in o.message and NO_SECRET.search(o.message)), None)
        if event is not None or snapshot.lacks(Secret, meta.namespace, name):
            says = f"Ingress {meta.name} wants TLS secret {name}, which is not found"
            says += f" (“{clip(event.message, 160)}”)" if event else ""
            yield _said("ingress_tls_secret_missing", says, 0.75, one, f"secretName: {name}", "Create the TLS Secret")


def _said(kind: str, says: str, weight: float, one: Ingress, quote: str, mends: str) -> Sign:
    meta = one.metadata
    service = next((backend.name for backend in _backends(one)), meta.name)
    found = Found(kind, Role.CAUSE, says, weight, [quote], mends=mends, prevents=PREVENTS)
    return of_object(found, f"Ingress/{meta.namespace}/{meta.name}", service, meta.namespace)
