"""Restarts a Deployment: every pod is replaced by a new one of the same template. There is no way back.

Its mark on the template is the plan's own time, not the moment of execution: every try is the same restart.
"""

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.ledger import stamp
from bot.core.tool import ChangingTool, Done, NotReversible, Plan, Preparing
from tools.change.kube.carrying_out import carries, carry_out
from tools.change.kube.cluster import ClusterSettings
from tools.change.kube.live import Live
from tools.change.kube.patching import pinned, restart_body
from tools.change.kube.planning import Draft, dry_run, planned, reading
from tools.change.kube.preconditions import rolling_out
from tools.specs.restart_deployment import SPEC, RestartDeployment, by_hand

NO_WAY_BACK = "the pods that run now are ended, with whatever they hold in memory"


def prepare(arguments: RestartDeployment, settings: ClusterSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, paused, rolling_out, changing_now, not_permitted, rejected."""
    with reading(settings, arguments.namespace, arguments.name) as (cluster, live):
        _check(live)
        body = restart_body(stamp(context.now))
        namespace, name = arguments.namespace, arguments.name
        draft = Draft(
            tool=SPEC.name,
            arguments={"namespace": namespace, "name": name},
            title=f"Restart Deployment {name} in {namespace}",
            command=by_hand(arguments),
            request=pinned(namespace, name, body, body),
            inverse=NotReversible(reason=NO_WAY_BACK),
            template_hash=None,
            after=dry_run(cluster, live, body),
            steady=True,
            undoing=None,
        )
        return planned(cluster, live, draft, context)


def execute(plan: Plan, execution: str, settings: ClusterSettings) -> Done:
    return carry_out(plan, execution, settings, _body)


def _check(live: Live) -> None:
    if live.deployment["spec"].get("paused"):
        raise Refused("its rollout is paused, so a restart would do nothing until it is resumed", why="paused")
    if rolling_out(live):
        raise Refused("a rollout is under way; restarting now would begin another on top of it", why="rolling_out")


def _body(plan: Plan, _: Live) -> Json:
    return restart_body(plan.prepared_at)


TOOL = ChangingTool(
    spec=SPEC, settings=ClusterSettings, prepare=prepare, execute=execute, carries=carries, reversible=False
)
