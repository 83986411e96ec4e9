"""Puts a plan together from the live state and the dry run. The same for every change of a Deployment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.core.canonical import Json
from bot.core.tool import BlastRadius, Inverse, NotReversible, Plan, Preparing, Starts
from tools.change.kube.assembling import Found, assembled, tried
from tools.change.kube.blast import measured
from tools.change.kube.cautions import NEWER_REVISION, Undoing, cautions
from tools.change.kube.cluster import Cluster, ClusterSettings
from tools.change.kube.live import Live, deployment_path, read_live
from tools.change.kube.preconditions import captured


@dataclass(frozen=True)
class Draft:
    """What the tool itself knows of its plan. ``steady``: it may only run while no rollout is under way.

    ``blast`` is measured as a rollout's where the tool does not measure it itself; ``expects`` is what the workload
    must come to beside that its pods are ready.
    """

    tool: str
    arguments: Json
    title: str
    command: str
    request: Json
    inverse: Inverse | NotReversible
    template_hash: str | None
    after: Json
    steady: bool = False
    undoing: Undoing | None = NEWER_REVISION
    kind: str = "a rollout"
    blast: BlastRadius | Starts | None = None
    expects: Json | None = None


@contextmanager
def reading(settings: ClusterSettings, namespace: str, name: str) -> Iterator[tuple[Cluster, Live]]:
    """A client that cannot change anything, and the Deployment as it is."""
    with Cluster(settings) as cluster:
        yield cluster, read_live(cluster, namespace, name)


def dry_run(cluster: Cluster, live: Live, body: Json) -> Json:
    """The Deployment as the server would make it."""
    metadata = live.deployment["metadata"]
    return tried(cluster, deployment_path(metadata["namespace"], metadata["name"]), live.deployment, body)


def planned(cluster: Cluster, live: Live, draft: Draft, context: Preparing) -> Plan:
    """Everything a person needs to decide, measured now."""
    blast = draft.blast or measured(live)
    found = Found(
        tool=draft.tool,
        arguments=draft.arguments,
        title=draft.title,
        command=draft.command,
        thing=live.deployment,
        after=draft.after,
        request=draft.request,
        blast=blast,
        inverse=draft.inverse,
        preconditions=captured(live, *(("rolling_out",) if draft.steady else ())),
        expects={"workload": _expected(live, draft)},
        cautions=cautions(live, blast, draft.undoing, draft.kind),
    )
    return assembled(cluster, found, context)


def _expected(live: Live, draft: Draft) -> Json:
    metadata = live.deployment["metadata"]
    return {
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "ready_replicas": live.desired,
        "revision_template_hash": draft.template_hash,
        **(draft.expects or {}),
    }
