"""Closes a node for new pods or opens it again: one patch of `spec.unschedulable`. No pod that runs is touched."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.tool import Arranges, Done, Inverse, Plan, Preparing
from tools.change.kube.assembling import Found, assembled, tried
from tools.change.kube.carrying_out import Course, carry_through
from tools.change.kube.cautions import Undoing, managed
from tools.change.kube.cluster import Cluster
from tools.change.kube.patching import pinned_at
from tools.change.node.live import LiveNode, captured, is_closed, node_path, read_node, read_object, why_changed
from tools.change.node.settings import NodeSettings

LAST = "No other node takes new pods: while it is closed, whatever has to start waits."


@dataclass(frozen=True)
class Closing:
    """``undo`` is the tool that goes back, ``command`` the line for a person."""

    tool: str
    undo: str
    close: bool
    command: str


def closed(name: str, wanted: Closing, settings: NodeSettings, context: Preparing) -> Plan:
    """The plan. Raises `Refused` where it is so already."""
    with Cluster(settings) as cluster:
        live = read_node(cluster, name)
        if live.closed is wanted.close:
            how = "closed for new pods already" if live.closed else "open for new pods already"
            raise Refused(f"it is {how}", why="nothing_to_do")
        path, body = node_path(name), body_of(wanted.close)
        after = tried(cluster, path, live.node, body)
        why_inexact(after, wanted.close)
        found = Found(
            tool=wanted.tool,
            arguments={"name": name},
            title=f"{'Cordon' if wanted.close else 'Uncordon'} node {name}",
            command=wanted.command,
            thing=live.node,
            after=after,
            request=pinned_at(path, body, body),
            blast=Arranges(running=len(live.pods), later=(_later(wanted.close),)),
            inverse=Inverse(tool=wanted.undo, arguments={"name": name}, says=_back(wanted.close)),
            preconditions=captured(live.node),
            expects={"node": {"name": name, "uid": live.uid, "unschedulable": wanted.close}},
            cautions=tuple(_cautions(live, wanted.close)),
        )
        return assembled(cluster, found, context)


def close(plan: Plan, execution: str, settings: NodeSettings, *, closes: bool) -> Done:
    course: Course[Json] = Course(read_object, lambda node: node, why_changed, lambda _, __: body_of(closes))
    return carry_through(plan, execution, settings, course)


def body_of(closes: bool) -> Json:
    return {"spec": {"unschedulable": closes}}


def why_inexact(after: Json, closes: bool) -> None:
    """Raise `Refused` where something in the cluster (an admission webhook) alters it."""
    if is_closed(after) is not closes:
        raise Refused("the dry run leaves the node as it is: something in the cluster alters it", why="dry_run_differs")


def _later(closes: bool) -> str:
    return "no new pod is placed on it any more" if closes else "new pods may be placed on it again"


def _back(closes: bool) -> str:
    return "Let it take new pods again" if closes else "Close it for new pods again"


def _cautions(live: LiveNode, closes: bool) -> Iterator[str]:
    yield from managed(live.node, Undoing("its scheduling", "change it there too"))
    if closes and not live.others:
        yield LAST
