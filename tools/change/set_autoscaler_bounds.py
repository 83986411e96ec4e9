"""Sets the bounds of a HorizontalPodAutoscaler of a Deployment. Reversible: the former bounds are the way back.

What it shows is the most that may come of it; between its bounds the autoscaler goes on deciding by its metrics.
"""

from collections.abc import Iterator

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.tool import Arranges, BlastRadius, ChangingTool, Done, Inverse, NotReversible, Plan, Preparing, Starts
from tools.change.kube.assembling import Found, assembled, tried
from tools.change.kube.carrying_out import Course, carries, carry_through
from tools.change.kube.cautions import Undoing, fragile, managed
from tools.change.kube.cluster import Cluster, ClusterSettings
from tools.change.kube.live import Live
from tools.change.kube.marks import marks_of
from tools.change.kube.patching import pinned_at
from tools.change.kube.scaler import (
    Bounds,
    blast,
    bounds_body,
    bounds_of,
    captured,
    not_scaling,
    read_scaled,
    read_scaler,
    scaler_path,
    why_changed,
)
from tools.specs.set_autoscaler_bounds import SPEC, SetAutoscalerBounds, by_hand
from tools.specs.shapes.kubernetes import MOST_REPLICAS

FOR_ITS_METRICS = "How far it goes between its bounds is for its metrics to decide."


def prepare(arguments: SetAutoscalerBounds, settings: ClusterSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, not_a_deployment, nothing_to_do, senseless, changing_now, not_permitted …"""
    with Cluster(settings) as cluster:
        namespace, name = arguments.namespace, arguments.name
        scaler = read_scaler(cluster, namespace, name)
        former, wanted = bounds_of(scaler), _wanted(arguments, bounds_of(scaler))
        live = read_scaled(cluster, scaler)
        path, body = scaler_path(namespace, name), bounds_body(former, wanted)
        after = tried(cluster, path, scaler, body)
        why_inexact(after, wanted)
        effect = blast(live, former, wanted)
        found = Found(
            tool=SPEC.name,
            arguments=arguments.model_dump(mode="json", exclude_none=True),
            title=f"Set the bounds of HorizontalPodAutoscaler {name} in {namespace}, {former} to {wanted}",
            command=by_hand(arguments),
            thing=scaler,
            after=after,
            request=pinned_at(path, body, body),
            blast=effect,
            inverse=way_back(namespace, name, former, wanted),
            preconditions=captured(scaler),
            expects={"autoscaler": _expected(namespace, name, wanted, live)},
            cautions=tuple(_cautions(scaler, live, effect, former)),
            marks=marks_of(live.deployment),
        )
        return assembled(cluster, found, context)


def execute(plan: Plan, execution: str, settings: ClusterSettings) -> Done:
    course: Course[Json] = Course(read_scaler, lambda scaler: scaler, why_changed, _body)
    return carry_through(plan, execution, settings, course)


def _wanted(arguments: SetAutoscalerBounds, former: Bounds) -> Bounds:
    wanted = Bounds(arguments.min_replicas or former.least, arguments.max_replicas or former.most)
    if wanted == former:
        raise Refused(f"it keeps {former} pods already", why="nothing_to_do")
    if wanted.least > wanted.most:
        raise Refused(f"it would keep at least {wanted.least} pods and at most {wanted.most}", why="senseless")
    return wanted


def why_inexact(after: Json, wanted: Bounds) -> None:
    """Raise `Refused` where something in the cluster (an admission webhook) alters the bounds."""
    if bounds_of(after) != wanted:
        raise Refused(
            f"the dry run gives {bounds_of(after)}: something in the cluster alters it", why="dry_run_differs"
        )


def way_back(namespace: str, name: str, former: Bounds, wanted: Bounds) -> Inverse | NotReversible:
    """The former bounds, where they may be asked for."""
    bounds = {}
    if wanted.least != former.least:
        bounds["min_replicas"] = former.least
    if wanted.most != former.most:
        bounds["max_replicas"] = former.most
    if not all(1 <= bound <= MOST_REPLICAS for bound in bounds.values()):
        return NotReversible(reason=f"its bounds were {former}, and only 1 to {MOST_REPLICAS} may be asked for")
    return Inverse(
        tool=SPEC.name, arguments={"namespace": namespace, "name": name, **bounds}, says=f"Set back to {former}"
    )


def _expected(namespace: str, name: str, wanted: Bounds, live: Live) -> Json:
    return {
        "namespace": namespace,
        "name": name,
        "min_replicas": wanted.least,
        "max_replicas": wanted.most,
        "deployment": live.deployment["metadata"]["name"],
        "replicas": live.desired,  # what policy measures a loss of pods by
    }


def _cautions(scaler: Json, live: Live, effect: BlastRadius | Starts | Arranges, former: Bounds) -> Iterator[str]:
    yield from managed(scaler, Undoing(f"the bounds of {former}", "change them there too"))
    yield from not_scaling(scaler)
    if isinstance(effect, BlastRadius):
        yield from fragile(live, effect, "an autoscaler")
    if not isinstance(effect, Arranges):
        yield FOR_ITS_METRICS
    yield from live.unread


def _body(plan: Plan, scaler: Json) -> Json:
    arguments, former = SetAutoscalerBounds.model_validate(plan.arguments), bounds_of(scaler)
    return bounds_body(former, _wanted(arguments, former))


TOOL = ChangingTool(
    spec=SPEC, settings=ClusterSettings, prepare=prepare, execute=execute, carries=carries, reversible=True
)
