"""Suspend a CronJob: what may be asked for. How it is done is `tools/change/suspend_cronjob.py`."""

from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.schedules import OfCronJob, switch_by_hand


class SuspendCronJob(OfCronJob):
    pass


def by_hand(asked: SuspendCronJob) -> str:
    return switch_by_hand(asked, suspend=True)


SPEC = Spec(
    name="suspend_cronjob",
    effect=Effect.CHANGE,
    arguments=SuspendCronJob,
    says="Stop a CronJob's schedule from starting runs; what runs now goes on.",
    button="Suspend",
    by_hand=by_hand,
    asked=Asked(
        verbs=("suspend", "suspend cronjob", "pause cronjob"),
        kind="CronJob",
        look="list_jobs",
        rows="cron_jobs",
    ),
)
