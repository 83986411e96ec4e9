"""What an alert's labels say it is about: a service by its names, else a machine or a volume. Pure.

Labels are somebody else's text. A ledger holds a slug of a name (`as_name`); tools are asked by the name as its
sender wrote it (`as_written`), where that has nothing in it that a query could stumble over.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from bot.core.events import Severity

Labels = Mapping[str, str]
NOT_A_NAME = re.compile(r"[^A-Za-z0-9_.:/-]+")
WRITTEN = re.compile(r"[\w .:/-]{1,253}")
KUBERNETES = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?")

SERVICE_LABELS = ("service", "service_name", "app", "app_kubernetes_io_name")
WORKLOAD_LABELS = ("deployment", "statefulset", "daemonset", "cronjob", "job_name", "rollout", "workload")
VAGUE_LABELS = ("component", "job")  # they name a service only where nothing else does
POD_SUFFIX = re.compile(r"(-[a-f0-9]{6,10})?-[a-z0-9]{5}$|-\d+$")
MACHINES = ("node", "instance", "host")
THINGS = ("persistentvolumeclaim", *MACHINES)
HOST_AND_PORT = re.compile(r"([^/:\s]+|\[[^\]]+\]):\d+")

# what stands in `service`, `app` or a pod's name when it is the one that measures, not the one that is measured
EXPORTER = re.compile(
    r"(kube-state-metrics|(node|process|windows|snmp|blackbox)[-_]exporter|cadvisor|kubelet|blackbox|prometheus-operator)$"
)
# A job is a service by Prometheus's own definition (instances of one purpose) unless its name only says how or what
# kind of thing is scraped: then many unrelated instances share it, and the instance is what an alert is about.
SCRAPER = re.compile(
    r"exporters?|cadvisor|kubelets?|blackbox|snmp|ipmi|telegraf|collectd|statsd|pushgateway|federat(e|ion)|probes?|ping|icmp"
)
ROLE = re.compile(
    r"kubernetes|kube|k8s|nodes?|pods?|containers?|docker|services?|endpoints?|endpointslices?|slow|ingress(es)?|hosts?|"
    r"machines?|vms?|servers?|instances?|static|targets?|linux|windows|unix|os|system|infra(structure)?|metrics|monitoring|"
    r"state|scrape|default|https?|tcp|dns|ssl|tls|ec2|gce|azure|aws|gcp|all|integrations|clusters?|fleet|bare|metal|"
    r"baremetal|vps|prod(uction)?|staging|dev|test|dc|[0-9]+"
)


def names_of(labels: Labels) -> tuple[str, ...]:
    """What the labels call the service, as written, best first: a name Kubernetes could bear before any other."""
    said = dict.fromkeys(_names(labels)) or dict.fromkeys(_vague_names(labels))
    return tuple(sorted(said, key=lambda name: KUBERNETES.fullmatch(name) is None))


def _names(labels: Labels) -> Iterator[str]:
    for label in SERVICE_LABELS:
        if (said := labels.get(label)) and not EXPORTER.search(said):
            yield said
    yield from (labels[label] for label in WORKLOAD_LABELS if labels.get(label))
    pod = POD_SUFFIX.sub("", labels.get("pod") or labels.get("pod_name") or "")
    if pod and not EXPORTER.search(pod):
        yield pod


def _vague_names(labels: Labels) -> Iterator[str]:
    component, job = (labels.get(label) or "" for label in VAGUE_LABELS)
    if component and not EXPORTER.search(component):
        yield component
    if job and "/" not in job and not only_scraped(job):
        yield job


@lru_cache(maxsize=1024)
def only_scraped(job: str) -> bool:
    """Whether a job's name says how or what kind of thing is scraped (`kubernetes-pods`, `mysqld_exporter`, `node`)."""
    words = [word for word in re.split(r"[\W_]+", job.lower()) if word]
    measures = any(SCRAPER.fullmatch(word) for word in words) or EXPORTER.search(job) is not None
    return measures or all(ROLE.fullmatch(word) for word in words)


def service_of(labels: Labels) -> str | None:
    """The service as a ledger names it; None where no label names one in letters a ledger holds."""
    return slug_among(names_of(labels))


def slug_among(names: Iterable[str]) -> str | None:
    return next((slug for name in names if (slug := slug_of(name))), None)


def as_written(labels: Labels, held: str | None) -> str:
    """The service as its sender wrote it, to look for it by; ``held`` is what the ledger calls it."""
    found = next((name for name in names_of(labels) if slug_of(name) == held), None)
    return found.strip() if found is not None and WRITTEN.fullmatch(found) else held or ""


def thing_of(labels: Labels) -> tuple[str, str] | None:
    """What an alert is about that names no service: its label and value. A machine's port tells only who measures."""
    label = next((label for label in THINGS if labels.get(label)), None)
    return (label, labels[label]) if label else None


def mark_of(thing: tuple[str, str]) -> str:
    """The same for one machine, whichever label names it and through whichever port."""
    label, value = thing
    found = HOST_AND_PORT.fullmatch(value)
    return hashed(f"machine:{found[1] if found else value}" if label in MACHINES else f"{label}:{value}")


@lru_cache(maxsize=4096)
def service_mark(name: str) -> str:
    return hashed(f"service:{slug_of(name) or name}")


def hashed(text: str) -> str:
    """32 hex digits; also of text with half a sign in it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


SEVERITIES: Mapping[str, Severity] = {
    **dict.fromkeys(("sev1", "sev-1", "1", "p1", "emergency", "disaster", "fatal"), Severity.SEV1),
    **dict.fromkeys(("sev2", "sev-2", "2", "p2", "critical", "page", "error", "high", "alert"), Severity.SEV2),
    **dict.fromkeys(("sev3", "sev-3", "3", "p3", "major", "medium", "average"), Severity.SEV3),
    **dict.fromkeys(("warn", "warning", "4", "p4", "minor", "low", "ticket"), Severity.WARN),
    **dict.fromkeys(("info", "informational", "none", "5", "p5", "debug"), Severity.INFO),
}


def severity_of(label: str | None) -> Severity:
    """An alert that does not say how bad it is gets a channel: silence is the worse mistake."""
    return SEVERITIES.get((label or "").strip().lower(), Severity.SEV3)


def as_name(text: str | None) -> str | None:
    """``text`` as a ledger may hold it, or None when nothing is left of it."""
    if not text:
        return None
    cleaned = NOT_A_NAME.sub("-", text).strip("-.:/")[:200]
    return cleaned or None


@lru_cache(maxsize=4096)
def slug_of(name: str) -> str | None:
    """`as_name` of a service: accents go, and what is written in other letters has no slug rather than a stump."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return None if any(sign.isalnum() and not sign.isascii() for sign in plain) else as_name(plain)
