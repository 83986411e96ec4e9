"""When a CronJob's schedule is due: the run that was missed and would be made up for, and the next one. Pure.

As the controller has it: of all times missed since the last run only the newest is made up for, and none that is
older than its starting deadline.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

from bot.core.canonical import Json


@dataclass(frozen=True)
class Due:
    """``missed`` would start at once if the schedule went on now; None where none would."""

    missed: datetime | None
    following: datetime


def due(cron_job: Json, now: datetime) -> Due | None:
    """None where its schedule cannot be read here (`@every`, an unknown time zone): nothing is known then."""
    spec = cron_job["spec"]
    try:
        zone = ZoneInfo(str(spec.get("timeZone") or "UTC"))
        beat = croniter(str(spec["schedule"]), now.astimezone(zone))
        following = beat.get_next(datetime)
        last = beat.get_prev(datetime)
        since = datetime.fromisoformat(_since(cron_job))
    except (ValueError, KeyError):
        return None
    made_up_for = since < last <= now and last >= _earliest(spec, now)
    return Due(last.astimezone(UTC) if made_up_for else None, following.astimezone(UTC))


def _since(cron_job: Json) -> str:
    status = cron_job.get("status") or {}
    return str(status.get("lastScheduleTime") or cron_job["metadata"]["creationTimestamp"])


def _earliest(spec: Json, now: datetime) -> datetime:
    seconds = spec.get("startingDeadlineSeconds")
    return datetime.min.replace(tzinfo=UTC) if seconds is None else now - timedelta(seconds=int(seconds))


def told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
