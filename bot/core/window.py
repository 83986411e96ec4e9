"""The one window of an incident, taken from the alert's own timestamps and shared by every tool."""

from dataclasses import dataclass
from datetime import datetime, timedelta

BEFORE = timedelta(minutes=15)
AFTER = timedelta(minutes=15)
BASELINE = timedelta(minutes=40)


@dataclass(frozen=True)
class Window:
    """``start`` to ``end`` is the incident, ``baseline_start`` to ``start`` the clean time before; aware datetimes."""

    baseline_start: datetime
    start: datetime
    alert_at: datetime
    end: datetime


def window_of(alert_at: datetime, now: datetime) -> Window:
    """15 minutes before the first alert, to 15 after it or now; the baseline is the 40 minutes before that."""
    start = alert_at - BEFORE
    return Window(start - BASELINE, start, alert_at, max(alert_at, min(now, alert_at + AFTER)))
