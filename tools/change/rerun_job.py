"""Runs a Job from its CronJob once more, with overrides its owner allows. There is no way back.

`prepare` has the server try both the schedule's own Job and this one, and shows exactly what differs; `execute` makes
the same Job, under a name and with a mark that only this execution has.
"""

from bot.core.tool import ChangingTool, Done, Plan, Preparing
from tools.change.kube.cluster import Cluster, ClusterSettings
from tools.change.kube.cron.creating import carries, create_run
from tools.change.kube.cron.live import read_cron_job
from tools.change.kube.cron.planning import planned, why_not_now
from tools.specs.rerun_job import SPEC, RerunJob


def prepare(arguments: RerunJob, settings: ClusterSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, suspended, already_running, not_declared, no_such_variable, dry_run_differs …"""
    with Cluster(settings) as cluster:
        live = read_cron_job(cluster, arguments.namespace, arguments.cron_job)
        why_not_now(live)
        told = {"tool": SPEC.name, **arguments.model_dump(mode="json")}
        return planned(cluster, live, told, arguments.overrides, context)


def execute(plan: Plan, execution: str, settings: ClusterSettings) -> Done:
    return create_run(plan, execution, settings)


TOOL = ChangingTool(
    spec=SPEC, settings=ClusterSettings, prepare=prepare, execute=execute, carries=carries, reversible=False
)
