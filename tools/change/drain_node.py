"""Drains a node: closes it for new pods, then evicts what runs on it, one pod after the other.

Every eviction asks the disruption budget and names the pod's uid. It may end midway (somebody froze, a budget has no
room): then what was done is said, and the node stays closed. Uncordoning lets it take new pods again;
no pod moves back.
"""

from collections.abc import Iterator

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.stepping import GoOn
from bot.core.tool import Change, ChangingTool, Done, Inverse, NotReversible, Plan, Preparing
from tools.change.kube.assembling import Found, assembled
from tools.change.kube.assembling import tried as tried_patch
from tools.change.kube.carrying_out import carries
from tools.change.kube.cautions import Undoing, managed
from tools.change.kube.cluster import Cluster
from tools.change.kube.evicting import tried
from tools.change.kube.patching import pinned_at
from tools.change.kube.pods import LivePod
from tools.change.node.closing import LAST, body_of, why_inexact
from tools.change.node.leaving import Leaving, cautions, keeps_local_data, marks_behind_all, read_leaving
from tools.change.node.live import captured, is_closed, node_path, read_node
from tools.change.node.moving import drain
from tools.change.node.settings import NodeSettings
from tools.specs.drain_node import SPEC, DrainNode, by_hand

BACK = "Let it take new pods again; the pods that left do not move back"
LOST = "what its pods keep in emptyDir volumes is lost; uncordoning it only lets it take new pods again"
CLOSED_BEFORE = "it was closed for new pods before this, and the pods that leave do not move back"


def prepare(arguments: DrainNode, settings: NodeSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, nothing_to_do, bare_pod, job_pod, budget, too_many, not_permitted …"""
    name = arguments.name
    with Cluster(settings) as cluster:
        live = read_node(cluster, name)
        leaving = read_leaving(cluster, name)
        if not leaving.pods:
            raise Refused("no pod has to leave it; closing it for new pods is all there is to do", why="nothing_to_do")
        path, body = node_path(name), body_of(True)
        after = tried_patch(cluster, path, live.node, body)
        why_inexact(after, True)
        for one in leaving.pods:
            tried(cluster, one.pod["metadata"]["namespace"], one.pod["metadata"]["name"], one.uid)
        found = Found(
            tool=SPEC.name,
            arguments={"name": name},
            title=f"Drain node {name}",
            command=by_hand(arguments),
            thing=live.node,
            after=after,
            request={**pinned_at(path, body, body), "evicts": [_evicts(one) for one in leaving.pods]},
            blast=leaving.blast,
            inverse=_back(name, live.node, leaving),
            preconditions=captured(live.node),
            expects={"drained": {"name": name, "uid": live.uid, "pods": [_expected(one) for one in leaving.pods]}},
            cautions=(
                *managed(live.node, Undoing("its scheduling", "change it there too")),
                *([] if live.others else [LAST]),
                *cautions(leaving),
            ),
            marks=marks_behind_all(cluster, leaving.pods),
            changes=tuple(_changes(live.node, leaving)),
        )
        return assembled(cluster, found, context)


def execute(plan: Plan, execution: str, settings: NodeSettings, go_on: GoOn) -> Done:
    return drain(plan, execution, settings, go_on)


def _evicts(one: LivePod) -> Json:
    metadata = one.pod["metadata"]
    return {"namespace": metadata["namespace"], "name": metadata["name"], "uid": one.uid}


def _expected(one: LivePod) -> Json:
    return {**_evicts(one), "controller_kind": one.owner.kind, "controller": one.owner.name}


def _changes(node: Json, leaving: Leaving) -> Iterator[Change]:
    if not is_closed(node):
        yield Change(what="new pods", before="placed on it", after="none: it is closed")
    for one in leaving.pods:
        metadata, owner = one.pod["metadata"], one.owner
        name = f"{metadata['namespace']}/{metadata['name']}"
        yield Change(what="pod", before=name, after=f"ended; {owner.kind} {owner.name} makes another")


def _back(name: str, node: Json, leaving: Leaving) -> Inverse | NotReversible:
    """What was in an emptyDir is gone for good, so that such a drain is never called reversible."""
    if is_closed(node):
        return NotReversible(reason=CLOSED_BEFORE)
    if any(keeps_local_data(one.pod) for one in leaving.pods):
        return NotReversible(reason=LOST)
    return Inverse(tool="uncordon_node", arguments={"name": name}, says=BACK)


TOOL = ChangingTool(
    spec=SPEC,
    settings=NodeSettings,
    prepare=prepare,
    execute=execute,
    carries=carries,
    reversible=True,
    steps=True,
)
