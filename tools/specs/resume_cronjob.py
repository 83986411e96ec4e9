"""Resume a CronJob: what may be asked for. How it is done is `tools/change/resume_cronjob.py`."""

from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.schedules import OfCronJob, switch_by_hand


class ResumeCronJob(OfCronJob):
    pass


def by_hand(asked: ResumeCronJob) -> str:
    return switch_by_hand(asked, suspend=False)


SPEC = Spec(
    name="resume_cronjob",
    effect=Effect.CHANGE,
    arguments=ResumeCronJob,
    says="Let a CronJob's schedule start runs again.",
    button="Resume",
    by_hand=by_hand,
    asked=Asked(
        verbs=("resume", "resume cronjob", "unsuspend"),
        kind="CronJob",
        look="list_jobs",
        rows="cron_jobs",
    ),
)
