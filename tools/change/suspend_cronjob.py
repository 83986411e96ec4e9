"""Suspends a CronJob: its schedule starts no run any more, and what runs now goes on. Resuming is the way back."""

from bot.core.tool import ChangingTool, Done, Plan, Preparing
from tools.change.kube.carrying_out import carries
from tools.change.kube.cluster import ClusterSettings
from tools.change.kube.cron.switching import Switch, switch, switched
from tools.specs.suspend_cronjob import SPEC, SuspendCronJob, by_hand


def prepare(arguments: SuspendCronJob, settings: ClusterSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, nothing_to_do, changing_now, not_permitted, dry_run_differs …"""
    wanted = Switch(tool=SPEC.name, undo="resume_cronjob", suspend=True, command=by_hand(arguments))
    return switched(arguments.namespace, arguments.name, wanted, settings, context)


def execute(plan: Plan, execution: str, settings: ClusterSettings) -> Done:
    return switch(plan, execution, settings, suspend=True)


TOOL = ChangingTool(
    spec=SPEC, settings=ClusterSettings, prepare=prepare, execute=execute, carries=carries, reversible=True
)
