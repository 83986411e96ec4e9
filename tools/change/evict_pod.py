"""Evicts one pod: its controller makes another. It asks the disruption budget, as a drain does; there is no way back.

The call names the pod's uid, so that a second run, or a pod of the same name made anew, is refused by the server.
A pod that is gone carries no mark: that this execution ended it is never said, only that it is gone.
"""

from collections.abc import Iterator

from bot.core.errors import Refused
from bot.core.tool import Change, ChangingTool, Done, NotReversible, Plan, Precondition, Preparing
from tools.change.kube.assembling import Found, assembled
from tools.change.kube.cluster import Cluster, ClusterSettings
from tools.change.kube.evicting import evict, is_gone, pinned, tried
from tools.change.kube.live import is_ready
from tools.change.kube.pods import LivePod, blast, is_going, is_over, marks_behind, read_pod, why_left
from tools.specs.evict_pod import SPEC, EvictPod, by_hand

NO_WAY_BACK = "the pod that runs now is ended, with whatever it holds in memory"


def prepare(arguments: EvictPod, settings: ClusterSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, nothing_to_do, bare_pod, job_pod, static_pod, budget …"""
    with Cluster(settings) as cluster:
        namespace, name = arguments.namespace, arguments.name
        live = read_pod(cluster, namespace, name)
        _check(live)
        tried(cluster, namespace, name, live.uid)
        owner = live.owner
        found = Found(
            tool=SPEC.name,
            arguments=arguments.model_dump(mode="json"),
            title=f"Evict pod {name} in {namespace}",
            command=by_hand(arguments),
            thing=live.pod,
            after=live.pod,
            request=pinned(namespace, name, live.uid),
            blast=blast(live),
            inverse=NotReversible(reason=NO_WAY_BACK),
            preconditions=(Precondition(what="uid", expected=live.uid),),
            expects={
                "pod": {
                    "namespace": namespace,
                    "name": name,
                    "uid": live.uid,
                    "controller_kind": owner.kind,
                    "controller": owner.name,
                }
            },
            cautions=tuple(_cautions(live)),
            marks=marks_behind(cluster, live),
            changes=(Change(what="pod", before=name, after=f"ended; {owner.kind} {owner.name} makes another"),),
        )
        return assembled(cluster, found, context)


def execute(plan: Plan, execution: str, settings: ClusterSettings) -> Done:
    return evict(plan, execution, settings)


def carries(plan: Plan, _: str, settings: ClusterSettings) -> bool:
    """Whether this pod is gone or going; whoever ended it, there is nothing left to do, and nothing else is touched."""
    with Cluster(settings) as cluster:
        return is_gone(cluster, plan.target.namespace, plan.target.name, plan.target.uid)


def _check(live: LivePod) -> None:
    if is_going(live.pod):
        raise Refused("it is ending already", why="nothing_to_do")
    if (why := why_left(live.pod)) is not None:
        raise why
    if is_over(live.pod):
        raise Refused("it has ended by itself already", why="nothing_to_do")
    if len(live.budgets) > 1:
        names = ", ".join(str(budget["metadata"]["name"]) for budget in live.budgets[:4])
        raise Refused(
            f"more than one disruption budget selects it ({names}); Kubernetes evicts none such", why="budget"
        )


def _cautions(live: LivePod) -> Iterator[str]:
    if not is_ready(live.pod):
        yield "It is not ready now."
    if any("emptyDir" in volume for volume in live.pod["spec"].get("volumes") or []):
        yield "It has an emptyDir volume: what is in it is lost."
    yield from live.unread


TOOL = ChangingTool(
    spec=SPEC, settings=ClusterSettings, prepare=prepare, execute=execute, carries=carries, reversible=False
)
