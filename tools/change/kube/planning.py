"""Puts a plan together from the live state and the dry run. The same for every change of a Deployment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.ledger import stamp
from bot.core.tool import Inverse, NotReversible, Plan, Preparing, Target
from tools.change.kube.blast import measured
from tools.change.kube.cautions import cautions
from tools.change.kube.cluster import Cluster, ClusterSettings, Conflict
from tools.change.kube.differing import changes, unified_diff
from tools.change.kube.live import Live, deployment_path, read_live
from tools.change.kube.patching import conditional
from tools.change.kube.preconditions import captured

TRIES = 4


@dataclass(frozen=True)
class Draft:
    """What the tool itself knows of its plan. ``steady``: it may only run while no rollout is under way."""

    tool: str
    arguments: Json
    title: str
    command: str
    request: Json
    inverse: Inverse | NotReversible
    template_hash: str | None
    after: Json
    steady: bool = False


@contextmanager
def reading(settings: ClusterSettings, namespace: str, name: str) -> Iterator[tuple[Cluster, Live]]:
    """A client that cannot change anything, and the Deployment as it is."""
    with Cluster(settings) as cluster:
        yield cluster, read_live(cluster, namespace, name)


def dry_run(cluster: Cluster, live: Live, body: Json) -> Json:
    """The object as the server would make it. Where only its status moved meanwhile, it is tried again."""
    metadata = live.deployment["metadata"]
    path = deployment_path(metadata["namespace"], metadata["name"])
    for _ in range(TRIES):
        try:
            return cluster.dry_run(path, conditional(body, live))
        except Conflict:
            newest = cluster.get(path)
            if newest["metadata"].get("generation") != metadata.get("generation"):
                raise
            live.deployment["metadata"]["resourceVersion"] = newest["metadata"]["resourceVersion"]
    raise Refused("it kept changing while the change was being prepared", why="changing_now")


def planned(cluster: Cluster, live: Live, draft: Draft, context: Preparing) -> Plan:
    """Everything a person needs to decide, measured now."""
    metadata = live.deployment["metadata"]
    blast = measured(live)
    return Plan(
        tool=draft.tool,
        arguments=draft.arguments,
        title=draft.title,
        target=Target(
            kind="Deployment",
            namespace=metadata["namespace"],
            name=metadata["name"],
            uid=live.uid,
            generation=int(metadata.get("generation") or 0),
            cluster=context.context.get("cluster", ""),
        ),
        changes=changes(live.deployment, draft.after),
        diff=unified_diff(live.deployment, draft.after, f"Deployment/{metadata['name']}"),
        dry_run="server",
        blast=blast,
        inverse=draft.inverse,
        preconditions=captured(live, *(("rolling_out",) if draft.steady else ())),
        request=draft.request,
        command=draft.command,
        runs_as=context.runs_as or cluster.whoami(),
        expects=_expects(live, draft, context),
        prepared_at=stamp(context.now),
        cautions=cautions(live, blast, template_changes=not draft.steady),
    )


def _expects(live: Live, draft: Draft, context: Preparing) -> Json:
    metadata = live.deployment["metadata"]
    return {
        "expression": context.expression,
        "workload": {
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "ready_replicas": live.desired,
            "revision_template_hash": draft.template_hash,
        },
    }
