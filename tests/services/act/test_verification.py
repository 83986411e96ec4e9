"""Did it help? Passed only when both looks say so; what could not be read is never taken for good."""

from typing import Any

import pytest

from bot.core.events import Outcome
from bot.core.tool import Observation
from bot.core.verifying import judge
from tests.services.act.looking import Checking, firing, quiet, unread, workload
from tests.services.act.stage import EXPRESSION, INC


def test_a_quiet_alert_and_ready_pods_pass_at_once(checking: Checking) -> None:
    checking.check()

    result, seen = checking.seen()
    assert result == "passed"
    assert (seen.alert, seen.workload, seen.why) == ("quiet", "as_wanted", ())
    assert seen.says == "The alert is quiet and 4 of 4 pods of shop are ready"
    assert [read.what for read in seen.reads] == ["query_instant", "read_workload"]
    assert checking.looks.asked[0] == ("query_instant", {"expression": EXPRESSION})
    assert checking.looks.asked[1] == (
        "read_workload",
        {"namespace": "web", "name": "shop", "kind": "Deployment"},
    )
    assert checking.waits == 0
    assert checking.act.bell.rung[-1] == INC


def test_it_goes_on_looking_until_things_have_settled(checking: Checking) -> None:
    answers = iter([firing, firing, quiet])
    checking.looks.alert = lambda: next(answers)()
    checking.check()

    assert checking.seen()[0] == "passed"
    assert checking.waits == 2
    assert checking.seen()[1].seconds == 4


def test_what_has_not_helped_when_its_time_is_up_failed(checking: Checking) -> None:
    checking.looks.alert = firing
    checking.check()

    result, seen = checking.seen()
    assert result == "failed"
    assert seen.alert == "firing"
    assert "still holds for 1 series" in seen.says
    assert seen.seconds == 60


def test_a_long_wait_gives_the_queue_back_and_the_deadline_stays_where_it_was(checking: Checking) -> None:
    checking.looks.alert = firing
    runs = 0
    while not checking.act.incident().executions[checking.execution].checks:
        checking.check(hold=8)
        runs += 1
        assert runs < 20

    assert runs > 5
    assert checking.seen()[0] == "failed"
    assert 60 <= checking.seen()[1].seconds < 70


def test_the_second_check_looks_once(checking: Checking) -> None:
    checking.looks.alert = firing
    checking.check(2)

    assert checking.seen()[0] == "failed"
    assert checking.waits == 0


def test_a_check_is_made_once(checking: Checking) -> None:
    checking.check()
    length = checking.act.incident().length
    checking.check()

    assert checking.act.incident().length == length


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [(workload(), "passed"), (workload(ready=1), "failed"), (unread(Outcome.DENIED), "inconclusive")],
)
def test_a_change_asked_for_without_any_alert_is_judged_by_its_workload_alone(seen: Observation, verdict: str) -> None:
    judged = judge({"workload": {"ready_replicas": 4}}, None, seen)

    assert (judged.verdict, judged.alert) == (verdict, None)
    assert ("no alert to check" in judged.says) is (verdict == "passed")


@pytest.mark.parametrize("outcome", [Outcome.DENIED, Outcome.FAILED, Outcome.TIMED_OUT, Outcome.NO_DATA])
def test_an_alert_that_cannot_be_read_is_inconclusive_never_passed(checking: Checking, outcome: Outcome) -> None:
    checking.looks.alert = lambda: unread(outcome)
    checking.check()

    result, seen = checking.seen()
    assert result == "inconclusive"
    assert (seen.alert, seen.workload) == (None, "as_wanted")
    assert "could not be read" in seen.says


@pytest.mark.parametrize("outcome", [Outcome.DENIED, Outcome.FAILED, Outcome.TIMED_OUT])
def test_a_workload_that_cannot_be_read_is_inconclusive_never_passed(checking: Checking, outcome: Outcome) -> None:
    checking.looks.workload = lambda: unread(outcome)
    checking.check()

    result, seen = checking.seen()
    assert result == "inconclusive"
    assert (seen.alert, seen.workload) == ("quiet", None)


def test_a_workload_whose_replica_sets_may_not_be_read_is_inconclusive_never_failed(checking: Checking) -> None:
    checking.looks.workload = lambda: workload(template_hash=None)
    checking.check()

    result, seen = checking.seen()
    assert result == "inconclusive"
    assert (seen.alert, seen.workload) == ("quiet", None)


def test_a_tool_that_is_not_set_up_is_inconclusive_and_says_why(checking: Checking) -> None:
    checking.looks.offered = ("read_workload",)
    checking.check()

    result, seen = checking.seen()
    assert result == "inconclusive"
    assert "PROMETHEUS_URL is not set" in seen.says


def test_a_plan_that_is_gone_is_inconclusive(checking: Checking) -> None:
    del checking.act.payloads.kept[INC, checking.act.only().plan.ref]
    checking.check()

    assert checking.seen()[0] == "inconclusive"


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "scaled down": ({"desired": 3, "ready": 3, "updated": 3}, "scaled down"),
    "not followed": ({"observed_generation": 2}, "not followed"),
    "under way": ({"updated": 2}, "not through"),
    "failing": ({"ready": 1}, "1 of 4 pods are ready"),
    "another revision": ({"template_hash": "h2"}, "revision"),
    "unhealthy": ({"healthy": False, "why": "the rollout does not progress"}, "does not progress"),
}


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_a_quiet_alert_is_not_enough(checking: Checking, what: str) -> None:
    changes, words = BROKEN[what]
    checking.looks.workload = lambda: workload(**changes)
    checking.check()

    result, seen = checking.seen()
    assert result == "failed"
    assert seen.workload == "not_as_wanted"
    assert words in " ".join(seen.why)


def test_more_pods_than_before_are_fine(checking: Checking) -> None:
    checking.looks.workload = lambda: workload(desired=6, ready=6, updated=6)
    checking.check()

    assert checking.seen()[0] == "passed"


def test_a_workload_that_is_gone_failed(checking: Checking) -> None:
    gone = Observation(Outcome.NO_DATA, "GET", "There is no Deployment shop in web.", {"workload": None})
    checking.looks.workload = lambda: gone
    checking.check()

    assert checking.seen()[0] == "failed"


@pytest.mark.parametrize("missing", ["desired", "ready", "updated", "generation", "observed_generation"])
def test_a_fact_that_is_missing_is_never_taken_for_one_that_holds(missing: str) -> None:
    seen = workload()
    del seen.facts["workload"][missing]
    expects = {"workload": {"ready_replicas": 4, "revision_template_hash": "h1"}}

    assert judge(expects, quiet(), seen).verdict == "inconclusive"
    assert judge({}, quiet(), workload()).verdict == "inconclusive"
    assert judge(expects, Observation(Outcome.OK, "", "", {}), workload()).verdict == "inconclusive"


def test_series_beyond_what_is_listed_still_fire() -> None:
    cut = Observation(Outcome.OK, "", "", {"series": [], "series_total": 3})

    assert judge({"workload": {"ready_replicas": 4}}, cut, workload()).verdict == "failed"


@pytest.mark.parametrize(
    ("state", "verdict"), [("inactive", "passed"), ("firing", "inconclusive"), (None, "inconclusive")]
)
def test_of_what_exists_only_in_trouble_the_rules_owner_is_believed(
    checking: Checking, state: str | None, verdict: str
) -> None:
    checking.looks.alert = lambda: Observation(Outcome.NO_DATA, EXPRESSION, "No samples", {"series": [], "rule": state})
    checking.check()

    assert checking.seen()[0] == verdict


@pytest.mark.parametrize(
    ("rule", "values", "said"),
    [
        ("sum(a) / sum(b) > 0.05", [0.002, 0.001], "0.2 %"),
        ("100 * sum(a) / sum(b) < 98", [98.2, 99.9], "98 %"),
        ("time() - last_success > 90000", [600.0], "10.0 min"),
        ("queue_depth > 5", [1.0], ""),
        ("sum(a) / sum(b) > 0.05", [], ""),
    ],
)
def test_a_quiet_rule_is_told_with_what_it_measures(rule: str, values: list[float], said: str) -> None:
    measured: list[Any] = [{"labels": {}, "value": value} for value in values]
    facts = {"series": [], "series_total": 0, "measured": [*measured, {"labels": {}, "value": None}]}
    expects: Any = {"expression": rule, "workload": {"ready_replicas": 4}}
    judged = judge(expects, Observation(Outcome.OK, "query", "0 series", facts), workload())
    assert (judged.verdict, judged.value, judged.fine) == ("passed", said, "4 of 4 pods of shop are ready")
