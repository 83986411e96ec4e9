"""What arrives at the webhooks, read into values."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.alerts import MOST_ALERTS, read_alertmanager, read_event

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def notice(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": "4", "groupKey": "g", "alerts": list(alerts), **more}


def alert(status: str = "firing", at: str = "2026-11-20T02:00:00Z", ends: str | None = None) -> dict[str, Any]:
    return {"status": status, "labels": {"alertname": "Errors"}, "startsAt": at, "endsAt": ends}


@pytest.fixture
def far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as home:
        home.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_from_greenwich")
def test_a_time_without_an_offset_is_utc_wherever_the_process_runs() -> None:
    [told] = read_alertmanager(notice(alert("resolved", "2026-11-20T02:00:00", ends="2026-11-20T02:00:00")))
    posted = read_event({"id": "x", "title": "t", "at": "2026-11-20T02:00:00"}, lambda: AT)

    assert (told.starts_at, told.ends_at, posted.starts_at) == (AT, AT, AT)


@pytest.mark.parametrize("at", ["2026-11-20T04:00:00+02:00", "2026-11-20T02:00:00.000999999Z"])
def test_times_are_read_in_utc_and_to_the_millisecond_as_a_ledger_holds_them(at: str) -> None:
    assert read_alertmanager(notice(alert(at=at)))[0].starts_at == AT


def test_the_clock_is_not_asked_where_the_event_says_when() -> None:
    def nobody_knows() -> datetime:
        raise AssertionError("asked the clock")

    assert read_event({"id": "x", "title": "t", "at": "2026-11-20T02:00:00Z"}, nobody_knows).starts_at == AT


@pytest.mark.parametrize(("sent", "taken", "left_out"), [(2_001, 2_001, 7), (MOST_ALERTS + 5, MOST_ALERTS, 12)])
def test_a_large_notice_is_taken_and_what_is_beyond_is_counted_with_what_its_sender_left_out(
    sent: int, taken: int, left_out: int
) -> None:
    told = read_alertmanager(notice(*[alert()] * sent, truncatedAlerts=7))

    assert (len(told), {one.truncated for one in told}) == (taken, {left_out})
