"""Resumes a CronJob: its schedule starts runs again, one at once where one was missed. Suspending is the way back."""

from bot.core.tool import ChangingTool, Done, Plan, Preparing
from tools.change.kube.carrying_out import carries
from tools.change.kube.cluster import ClusterSettings
from tools.change.kube.cron.switching import Switch, switch, switched
from tools.specs.resume_cronjob import SPEC, ResumeCronJob, by_hand


def prepare(arguments: ResumeCronJob, settings: ClusterSettings, context: Preparing) -> Plan:
    """A plan, or `Refused`: not_found, nothing_to_do, already_running, changing_now, not_permitted …"""
    wanted = Switch(tool=SPEC.name, undo="suspend_cronjob", suspend=False, command=by_hand(arguments))
    return switched(arguments.namespace, arguments.name, wanted, settings, context)


def execute(plan: Plan, execution: str, settings: ClusterSettings) -> Done:
    return switch(plan, execution, settings, suspend=False)


TOOL = ChangingTool(
    spec=SPEC, settings=ClusterSettings, prepare=prepare, execute=execute, carries=carries, reversible=True
)
