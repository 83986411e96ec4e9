"""Admission webhooks that refuse everything because nobody answers; namespaces that are being deleted."""

import re
from collections.abc import Iterator, Sequence

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults import admission_objects as a
from tools.read.faults.events import Told
from tools.read.faults.labels import living
from tools.read.faults.limits import service_of
from tools.read.faults.objects import Condition, each, is_ready, when
from tools.read.faults.other_objects import Namespace, Service
from tools.read.faults.owners import index_of
from tools.read.faults.saying import Found, of_object, span_of
from tools.read.faults.services import endpoints_of, pods_behind
from tools.read.faults.snapshot import Snapshot

CALLED = re.compile(r'failed calling webhook "(?P<name>[^"]+)"')
MENDS = "Bring the webhook's backend back, or set its failurePolicy to Ignore until then"
PREVENTS = "Run webhook backends with several replicas, and exempt their own namespace from the webhook"
STUCK = frozenset(
    {
        "NamespaceDeletionDiscoveryFailure", "NamespaceDeletionContentFailure", "NamespaceContentRemaining",
        "NamespaceFinalizersRemaining", "NamespaceDeletionGroupVersionParsingFailure",
    }
)  # fmt: skip


def analyze_admission(snapshot: Snapshot) -> Iterator[Sign]:
    told = [one for each_told in index_of(snapshot).told.values() for one in each_told if one.recent]
    failing: dict[str, list[Told]] = {}
    for one in told:
        if found := CALLED.search(one.message):
            failing.setdefault(found["name"], []).append(one)
    known: tuple[a.Hooks, ...] = (
        *snapshot.of(a.ValidatingWebhookConfiguration), *snapshot.of(a.MutatingWebhookConfiguration)
    )  # fmt: skip
    for configuration in known:
        for hook in each(configuration.webhooks):
            mine = failing.pop(hook.name, [])
            why = _why_silent(hook, snapshot)
            if hook.failure_policy != "Ignore" and (mine or why):
                yield _said(hook.name, why, mine, snapshot)
    for name, events in failing.items():
        yield _said(name, "", events, snapshot)


def _why_silent(hook: a.Webhook, snapshot: Snapshot) -> str:
    """Why nobody can answer; "" where somebody may, or where that was not read."""
    service = hook.client_config.service
    if service is None or not service.name:
        return ""
    place = f"{service.namespace}/{service.name}"
    if snapshot.lacks(Service, service.namespace, service.name):
        return f"its Service {place} does not exist"
    written = endpoints_of(service.namespace, service.name, snapshot)
    if written is not None:
        return f"its Service {place} has no ready endpoints" if not written[0] else ""
    mine = [one for one in snapshot.of(Service) if f"{one.metadata.namespace}/{one.metadata.name}" == place]
    pods = pods_behind(mine[0], snapshot) if mine and living(snapshot, service.namespace) else None
    silent = pods is not None and bool(mine[0].spec.selector) and not any(is_ready(pod) for pod in pods)
    return f"its Service {place} has no ready pod" if silent else ""


def _said(name: str, why: str, told: Sequence[Told], snapshot: Snapshot) -> Sign:
    says = f"Admission webhook {name} (failurePolicy Fail) has nobody to answer it"
    says += f": {why}" if why else ""
    says += f" (“{clip(told[0].message, 220)}”)" if told else ", so that what it is asked about is refused"
    weight = 0.93 if told and why else 0.9 if told else 0.5
    service = service_of(told[0], index_of(snapshot)) if told else name
    namespace = told[0].namespace if told else ""
    quotes = [told[0].message] if told else [name]
    found = Found("webhook_backend_down", Role.CAUSE, says, weight, quotes, *span_of(told), mends=MENDS,
                  prevents=PREVENTS)  # fmt: skip
    return of_object(found, f"Webhook//{name}", service, namespace)


def analyze_namespaces(snapshot: Snapshot) -> Iterator[Sign]:
    for one in snapshot.of(Namespace):
        if one.status.phase == "Terminating" or one.metadata.deletion_timestamp:
            held = [each_one for each_one in each(one.status.conditions) if _is_stuck(each_one)]
            says = f"Namespace {one.metadata.name} is Terminating: nothing new can be created in it"
            says += f" (“{clip(held[0].message, 200)}”)" if held else ""
            at = when(one.metadata.deletion_timestamp)
            found = Found("namespace_terminating", Role.CAUSE, says, 0.9, [o.message for o in held[:2]], at,
                          mends="Let it finish and create it anew; look at what its finalizers wait for")  # fmt: skip
            yield of_object(found, f"Namespace//{one.metadata.name}", "", one.metadata.name)


def _is_stuck(one: Condition) -> bool:
    return one.type in STUCK and one.status == "True"
