"""No new critical alert: one that began near it since makes a check fail; not knowing never makes it pass."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.core.events import Outcome
from bot.core.ledger import stamp
from bot.core.tool import Observation
from bot.services.verification import ALERTS
from tests.services.act.looking import Checking, alerts, unread, workload


@pytest.fixture
def looking(checking: Checking) -> Checking:
    """A check that may read the alerts."""
    checking.looks.offered = (*checking.looks.offered, ALERTS)
    checking.looks.others = alerts
    return checking


def alert(looking: Checking, seconds: float = 5, state: str = "firing", at: str | None = None, **labels: str) -> Any:
    """One that began so long after the execution did."""
    began = looking.act.incident().executions[looking.execution].started_at + timedelta(seconds=seconds)
    told = {"alertname": "TillDown", "severity": "critical", "namespace": "web", "service": "till", **labels}
    return {"labels": told, "state": state, "active_at": stamp(began) if at is None else at, "value": 1.0}


def checked(looking: Checking, seen: Callable[[], Observation]) -> tuple[str, str]:
    looking.looks.others = seen
    looking.check()
    result, found = looking.seen()
    return result, found.says


def test_no_alert_at_all_passes_and_is_among_what_was_read(looking: Checking) -> None:
    result, says = checked(looking, alerts)

    assert (result, says) == ("passed", "The alert is quiet and 4 of 4 pods of shop are ready")
    assert [read.what for read in looking.seen()[1].reads] == ["query_instant", "read_workload", "read_alerts"]
    assert looking.seen()[1].unlooked == ""


@pytest.mark.parametrize("severity", ["critical", "page", "sev1", "CRITICAL"])
def test_a_critical_alert_that_began_in_its_namespace_since_fails_the_check_by_name(
    looking: Checking, severity: str
) -> None:
    one = alert(looking, severity=severity)
    result, says = checked(looking, lambda: alerts(one))

    assert result == "failed"
    assert "a critical alert began after it: TillDown (till) since" in says


def test_one_of_the_same_service_counts_wherever_it_is(looking: Checking) -> None:
    one = alert(looking, namespace="edge", service="shop")

    assert checked(looking, lambda: alerts(one))[0] == "failed"


@pytest.mark.parametrize(
    "changes",
    [
        {"seconds": -60},
        {"seconds": 0},
        {"state": "pending"},
        {"severity": "warning"},
        {"severity": ""},
        {"namespace": "other"},
        {"alertname": "ErrorsHigh", "service": "shop"},
    ],
    ids=str,
)
def test_what_was_there_before_is_not_critical_is_elsewhere_or_our_own_does_not_count(
    looking: Checking, changes: dict[str, Any]
) -> None:
    one = alert(looking, **changes)

    assert checked(looking, lambda: alerts(one))[0] == "passed"


def test_one_that_is_over_before_the_time_is_up_does_not_fail_the_check(looking: Checking) -> None:
    one = alert(looking)
    answers = iter([alerts(one), alerts(one), alerts()])

    assert checked(looking, lambda: next(answers))[0] == "passed"
    assert looking.waits == 2


@pytest.mark.parametrize("outcome", [Outcome.DENIED, Outcome.FAILED, Outcome.TIMED_OUT, Outcome.NO_DATA])
def test_what_could_not_be_read_is_inconclusive_and_says_so(looking: Checking, outcome: Outcome) -> None:
    result, says = checked(looking, lambda: unread(outcome))

    assert result == "inconclusive"
    assert "new critical alerts could not be read" in says


def test_a_list_that_was_cut_is_not_taken_for_none(looking: Checking) -> None:
    assert checked(looking, lambda: alerts(incomplete="the first 300 of 900"))[0] == "inconclusive"


def test_an_alert_that_does_not_say_since_when_leaves_it_open(looking: Checking) -> None:
    one = alert(looking, at="")

    assert checked(looking, lambda: alerts(one))[0] == "inconclusive"


def test_one_that_is_seen_counts_though_the_list_was_cut(looking: Checking) -> None:
    one = alert(looking)

    assert checked(looking, lambda: alerts(one, incomplete="cut"))[0] == "failed"


def test_what_failed_by_itself_stays_failed_whatever_the_alerts_say(looking: Checking) -> None:
    looking.looks.workload = lambda: workload(ready=1)
    result, says = checked(looking, lambda: unread(Outcome.TIMED_OUT))

    assert result == "failed"
    assert "1 of 4 pods are ready" in says


def test_where_nothing_can_read_alerts_that_is_said_and_the_rest_is_judged(checking: Checking) -> None:
    checking.check()

    result, seen = checking.seen()
    assert result == "passed"
    assert seen.unlooked == "new critical alerts: not looked (not set up)"


def test_many_are_named_up_to_three(looking: Checking) -> None:
    many = [alert(looking, alertname=f"Down{number}") for number in range(9)]
    says = checked(looking, lambda: alerts(*many))[1]

    assert "Down2" in says
    assert "Down3" not in says
    assert "and 6 more" in says
