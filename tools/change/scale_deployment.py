"""Scales a Deployment: more or fewer pods of the same template. Reversible: its former count is the way back.

Where an autoscaler decides the count, a count set by hand would not last, so that is refused. A paused rollout is no
reason against it: scaling needs no rollout.
"""

from math import ceil

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.tool import BlastRadius, ChangingTool, Done, Inverse, NotReversible, Plan, Preparing, Starts
from tools.change.kube.blast import budget_room
from tools.change.kube.carrying_out import carries, carry_out
from tools.change.kube.cautions import Undoing
from tools.change.kube.cluster import ClusterSettings
from tools.change.kube.live import Live
from tools.change.kube.patching import pinned, scale_body
from tools.change.kube.planning import Draft, dry_run, planned, reading
from tools.specs.scale_deployment import SPEC, ScaleDeployment, by_hand
from tools.specs.shapes.kubernetes import MOST_REPLICAS


def prepare(arguments: ScaleDeployment, settings: ClusterSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, autoscaled, nothing_to_do, changing_now, not_permitted, dry_run_differs …"""
    with reading(settings, arguments.namespace, arguments.name) as (cluster, live):
        namespace, name, wanted = arguments.namespace, arguments.name, arguments.replicas
        _check(live, wanted)
        body = scale_body(wanted)
        after = dry_run(cluster, live, body)
        why_inexact(after, wanted)
        draft = Draft(
            tool=SPEC.name,
            arguments={"namespace": namespace, "name": name, "replicas": wanted},
            title=f"Scale Deployment {name} in {namespace}, {live.desired} to {wanted}",
            command=by_hand(arguments),
            request=pinned(namespace, name, body, body),
            inverse=way_back(live),
            template_hash=None,
            after=after,
            undoing=Undoing(f"the count of {live.desired}", "change it there too"),
            kind="scaling down",
            blast=blast(live, wanted),
            expects={"ready_replicas": wanted, "replicas": wanted},
        )
        return planned(cluster, live, draft, context)


def execute(plan: Plan, execution: str, settings: ClusterSettings) -> Done:
    return carry_out(plan, execution, settings, _body)


def _check(live: Live, wanted: int) -> None:
    if live.autoscaler:
        raise Refused(
            f"HorizontalPodAutoscaler {live.autoscaler} scales it and would set the count again; "
            "change the autoscaler's bounds instead",
            why="autoscaled",
        )
    if live.desired == wanted:
        raise Refused(f"it is scaled to {wanted} already", why="nothing_to_do")


def blast(live: Live, wanted: int) -> BlastRadius | Starts:
    """Scaling down ends the pods that are not ready first, as the controller does."""
    ready, pods = live.ready, len(live.pods)
    if wanted > live.desired:
        return Starts(pods=wanted - live.desired, running=pods)
    taken = max(0, ready - wanted)
    return BlastRadius(
        pods=pods,
        ready=ready,
        unavailable_at_most=taken,
        share_percent=ceil(100 * taken / ready) if ready else 0,
        budget_room=budget_room(live.budgets),
    )


def way_back(live: Live) -> Inverse | NotReversible:
    """Scaling to the former count, where that may be asked for."""
    metadata, former = live.deployment["metadata"], live.desired
    if not 1 <= former <= MOST_REPLICAS:
        return NotReversible(reason=f"its count was {former}, and only 1 to {MOST_REPLICAS} may be asked for")
    return Inverse(
        tool=SPEC.name,
        arguments={"namespace": metadata["namespace"], "name": metadata["name"], "replicas": former},
        says=f"Scale back to {former}",
    )


def why_inexact(after: Json, wanted: int) -> None:
    """Raise `Refused` where something in the cluster (an admission webhook) alters the count."""
    given = after["spec"].get("replicas")
    if given != wanted:
        raise Refused(f"the dry run gives {given} pods: something in the cluster alters it", why="dry_run_differs")


def _body(plan: Plan, _: Live) -> Json:
    return scale_body(int(plan.arguments["replicas"]))


TOOL = ChangingTool(
    spec=SPEC, settings=ClusterSettings, prepare=prepare, execute=execute, carries=carries, reversible=True
)
