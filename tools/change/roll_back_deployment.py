"""Rolls a Deployment back to an earlier revision's pod template, exactly. Reversible: rolling forward is the way back.

`prepare` reads, finds the older ReplicaSet, dry-runs the patch on the server and checks that the result has that
ReplicaSet's template and nothing else; `execute` makes the same patch, conditional and marked.
"""

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.tool import ChangingTool, Done, Inverse, NotReversible, Plan, Preparing
from tools.change.kube.carrying_out import carries, carry_out
from tools.change.kube.cluster import ClusterSettings
from tools.change.kube.live import Live, Revision
from tools.change.kube.patching import pinned, roll_back_body, shown_roll_back
from tools.change.kube.planning import Draft, dry_run, planned, reading
from tools.change.kube.templates import same_template
from tools.specs.roll_back_deployment import SPEC, RollBackDeployment, by_hand


def prepare(arguments: RollBackDeployment, settings: ClusterSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, paused, no_such_revision, nothing_to_do, changing_now, not_permitted …"""
    with reading(settings, arguments.namespace, arguments.name) as (cluster, live):
        current, target = choose(live, arguments.to_revision)
        body = roll_back_body(live, target)
        after = dry_run(cluster, live, body)
        why_inexact(after, target)
        namespace, name = arguments.namespace, arguments.name
        draft = Draft(
            tool=SPEC.name,
            arguments={"namespace": namespace, "name": name, "to_revision": target.number},
            title=f"Roll back Deployment {name} in {namespace}, revision {current.number} to {target.number}",
            command=by_hand(arguments.model_copy(update={"to_revision": target.number})),
            request=pinned(namespace, name, body, shown_roll_back(body, target)),
            inverse=way_back(live, current),
            template_hash=target.template_hash,
            after=after,
        )
        return planned(cluster, live, draft, context)


def execute(plan: Plan, execution: str, settings: ClusterSettings) -> Done:
    return carry_out(plan, execution, settings, _body)


def choose(live: Live, wanted: int | None) -> tuple[Revision, Revision]:
    """The current revision and the one to go back to; raises `Refused` where there is none or nothing would change."""
    if live.deployment["spec"].get("paused"):
        raise Refused("its rollout is paused; resume it first", why="paused")
    current = live.current
    if current is None:
        raise Refused("its current revision has no ReplicaSet yet; look again in a moment", why="changing_now")
    earlier = [r for r in live.revisions if r.number and r.name != current.name]
    if wanted is None:
        earlier = [r for r in earlier if r.number < current.number]
    elif wanted != current.number:
        earlier = [r for r in earlier if r.number == wanted]
    else:
        raise Refused(f"it is at revision {wanted} already", why="nothing_to_do")
    if not earlier:
        raise Refused(_none(live, wanted), why="no_such_revision")
    target = max(earlier, key=lambda r: r.number)
    if same_template(target.template, live.template):
        raise Refused(f"revision {target.number} has the template it has now", why="nothing_to_do")
    return current, target


def _none(live: Live, wanted: int | None) -> str:
    kept = ", ".join(str(r.number) for r in live.revisions if r.number)
    asked = "earlier revision" if wanted is None else f"revision {wanted}"
    return f"there is no {asked} to go back to; kept revisions: {kept or 'none'}"


def way_back(live: Live, current: Revision) -> Inverse | NotReversible:
    """Rolling forward again, as long as the cluster keeps the revision that is left."""
    if live.deployment["spec"].get("revisionHistoryLimit") == 0:
        return NotReversible(
            reason=f"revisionHistoryLimit is 0, so revision {current.number} is deleted when it is left"
        )
    metadata = live.deployment["metadata"]
    return Inverse(
        tool=SPEC.name,
        arguments={"namespace": metadata["namespace"], "name": metadata["name"], "to_revision": current.number},
        says=f"Roll forward to revision {current.number}",
    )


def why_inexact(after: Json, target: Revision) -> None:
    """Raise `Refused` where something in the cluster (an admission webhook) alters what would be written."""
    if not same_template(after["spec"]["template"], target.template):
        raise Refused(
            f"the dry run does not give revision {target.number}'s template: something in the cluster alters it",
            why="dry_run_differs",
        )


def _body(plan: Plan, live: Live) -> Json:
    _, target = choose(live, int(plan.arguments["to_revision"]))
    return roll_back_body(live, target)


TOOL = ChangingTool(
    spec=SPEC, settings=ClusterSettings, prepare=prepare, execute=execute, carries=carries, reversible=True
)
