"""CronJobs that do not run: suspended, with a schedule that is none, or whose start is missed."""

import re
from collections.abc import Iterator

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.other_objects import CronJob
from tools.read.faults.owners import index_of
from tools.read.faults.saying import Found, matching, of_object, span_of
from tools.read.faults.snapshot import Snapshot

_FIELD = r"(\*|\?|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(/\d+)?"
_SCHEDULE = re.compile(
    rf"^((CRON_)?TZ=\S+\s+)?(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|@every \S+|"
    rf"{_FIELD}(,{_FIELD})*(\s+{_FIELD}(,{_FIELD})*){{4}})$"
)
CONTROLLER_PERIOD = 10
MISSED = {
    "UnparseableSchedule": ("cronjob_invalid", "its schedule cannot be read"),
    "InvalidSchedule": ("cronjob_invalid", "its schedule is none"),
    "UnknownTimeZone": ("cronjob_invalid", "its time zone is unknown"),
    "TooManyMissedTimes": ("cronjob_missed", "it missed too many starts"),
    "MissSchedule": ("cronjob_missed", "it missed its start"),
    "FailedNeedsStart": ("cronjob_missed", "whether it must start cannot be said"),
    "FailedCreate": ("cronjob_refused", "its Job cannot be created"),
}


def analyze_schedules(snapshot: Snapshot) -> Iterator[Sign]:
    for one in snapshot.of(CronJob):
        yield from _of_schedule(one, snapshot)


def _of_schedule(one: CronJob, snapshot: Snapshot) -> Iterator[Sign]:
    meta, spec = one.metadata, one.spec
    told = matching(index_of(snapshot).events("CronJob", meta.namespace, meta.name), *MISSED)
    if spec.suspend:
        ran = f"; it ran last at {one.status.last_schedule_time}" if one.status.last_schedule_time else ""
        says = f"CronJob {meta.name} is suspended (spec.suspend: true): no Job of it starts{ran}"
        yield _said("cronjob_suspended", says, 0.55, one, "suspend: true", "Resume it (spec.suspend: false)")
    elif spec.schedule and not _SCHEDULE.match(spec.schedule.strip()):
        says = f"CronJob {meta.name} has an invalid schedule “{clip(spec.schedule, 60)}”: no Job of it starts"
        yield _said("cronjob_invalid", says, 0.88, one, f"schedule: {spec.schedule}", "Correct its schedule")
    elif told:
        kind, why = MISSED[told[0].reason]
        says = f"{told[0].reason}: CronJob {meta.name} does not run: {why} (“{clip(told[0].message, 200)}”)"
        found = Found(kind, Role.CAUSE, says, 0.8, [told[0].message], *span_of(told), mends="Correct what it names")
        yield of_object(found, f"CronJob/{meta.namespace}/{meta.name}", meta.name, meta.namespace)
    elif spec.starting_deadline_seconds is not None and spec.starting_deadline_seconds < CONTROLLER_PERIOD:
        seconds = spec.starting_deadline_seconds
        says = (
            f"CronJob {meta.name} may never start: startingDeadlineSeconds {seconds} is shorter than the controller's"
        )
        says += f" period of {CONTROLLER_PERIOD} s"
        quote = f"startingDeadlineSeconds: {seconds}"
        yield _said("cronjob_missed", says, 0.6, one, quote, "Give it a longer startingDeadlineSeconds")


def _said(kind: str, says: str, weight: float, one: CronJob, quote: str, mends: str) -> Sign:
    meta = one.metadata
    found = Found(kind, Role.CAUSE, says, weight, [quote], mends=mends)
    return of_object(found, f"CronJob/{meta.namespace}/{meta.name}", meta.name, meta.namespace)
