"""Did it help? Passed only when both looks say so; what could not be read is never taken for good."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from bot.core.events import ExecutionUnknown, Outcome, OutcomeEstablished
from bot.core.failpoint import arm
from bot.core.outcomes import Checked, Observed
from bot.core.tool import Effect, Look, Observation, Spec
from bot.core.verifying import judge, mark_of
from bot.services.verification import Verification, Waiting
from tests.services.stage_act import EXPRESSION, INC, Act

X = "x-a-1"


def quiet() -> Observation:
    return Observation(Outcome.OK, EXPRESSION, "no series", {"expression": EXPRESSION, "series": [], "series_total": 0})


def firing() -> Observation:
    return Observation(
        Outcome.OK, EXPRESSION, "1 series: 3.2", {"series": [{"labels": {}, "value": 3.2}], "series_total": 1}
    )


def workload(**changes: Any) -> Observation:
    facts = {
        "kind": "Deployment",
        "namespace": "web",
        "name": "shop",
        "generation": 3,
        "observed_generation": 3,
        "desired": 4,
        "ready": 4,
        "updated": 4,
        "template_hash": "h1",
        "revision": "3",
        "healthy": True,
        "why": "",
        "execution": None,
        **changes,
    }
    return Observation(Outcome.OK, "GET deployment shop", "4 of 4 ready", {"workload": facts})


def unread(outcome: Outcome) -> Observation:
    return Observation(outcome, "GET", "Kubernetes refused: 403")


@dataclass
class PretendLooks:
    """`ports.Looks` that says what it is told to, and notes what it was asked."""

    alert: Callable[[], Observation] = quiet
    workload: Callable[[], Observation] = workload
    offered: tuple[str, ...] = ("query_instant", "read_workload")
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def specs(self) -> tuple[Spec, ...]:
        return tuple(Spec(name, Effect.READ, BaseModel, "Look.") for name in self.offered)

    def not_offered(self) -> Mapping[str, str]:
        return {"query_instant": "PROMETHEUS_URL is not set"}

    def look(self, tool: str, arguments: Mapping[str, Any], look: Look) -> Observation:
        self.asked.append((tool, arguments))
        return self.alert() if tool == "query_instant" else self.workload()


@dataclass
class Checking:
    act: Act
    looks: PretendLooks
    waits: int = 0

    def pause(self, seconds: float) -> None:
        self.waits += 1
        self.act.ledgers.pass_time(seconds=seconds)

    def service(self, hold: float = 1000) -> Verification:
        waiting = Waiting(self.pause, settle=timedelta(seconds=60), hold=timedelta(seconds=hold))
        return Verification(self.act.ledgers, self.act.payloads, self.looks, self.act.bell, waiting)

    def check(self, number: int = 1, hold: float = 1000) -> None:
        self.service(hold).check(INC, self.execution, number)

    @property
    def execution(self) -> str:
        return self.act.only().execution

    def seen(self) -> tuple[str, Checked]:
        (check,) = self.act.incident().executions[self.execution].checks
        return check.result, Checked.model_validate(self.act.said(check.seen))


@pytest.fixture
def checking() -> Checking:
    arm(lambda _: None)
    act = Act()
    act.approved()
    act.execution().run(INC, act.only().id)
    return Checking(act, PretendLooks())


def test_a_quiet_alert_and_ready_pods_pass_at_once(checking: Checking) -> None:
    checking.check()

    result, seen = checking.seen()
    assert result == "passed"
    assert (seen.alert, seen.workload, seen.why) == ("quiet", "as_wanted", ())
    assert seen.says == "The alert is quiet and 4 of 4 pods of shop are ready"
    assert [read.what for read in seen.reads] == ["query_instant", "read_workload"]
    assert checking.looks.asked[0] == ("query_instant", {"expression": EXPRESSION})
    assert checking.looks.asked[1] == ("read_workload", {"namespace": "web", "name": "shop"})
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


BROKEN = {
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


# --- after an unknown outcome


@pytest.fixture
def lost(checking: Checking) -> Checking:
    act = Act()
    approval = act.approved()

    def lose() -> None:
        unknown = ExecutionUnknown(approval=approval.id, execution=approval.execution, why="worker_died")
        act.ledgers.record(INC, [unknown], "process:serve")

    act.changes.after = lose
    act.execution().run(INC, approval.id)
    return Checking(act, PretendLooks())


def observed(lost: Checking) -> Observed:
    lost.service().observe(INC, lost.execution)
    return Observed.model_validate(lost.act.said(lost.act.incident().executions[lost.execution].observed))


def test_the_mark_on_the_object_tells_that_it_happened(lost: Checking) -> None:
    lost.looks.workload = lambda: workload(execution=lost.execution)

    assert observed(lost).mark == "present"


@pytest.mark.parametrize("mark", [None, "x-another"])
def test_another_mark_or_none_tells_that_it_did_not(lost: Checking, mark: str | None) -> None:
    lost.looks.workload = lambda: workload(execution=mark)

    assert observed(lost).mark == "absent"


def test_what_cannot_be_seen_is_said_to_be_unknown(lost: Checking) -> None:
    lost.looks.workload = lambda: unread(Outcome.DENIED)

    seen = observed(lost)
    assert seen.mark == "unknown"
    assert "403" in seen.says
    without = workload()
    del without.facts["workload"]["execution"]
    assert mark_of(without, X)[0] == "unknown"


def test_one_look_is_enough_and_a_known_outcome_needs_none(lost: Checking, checking: Checking) -> None:
    observed(lost)
    observed(lost)
    assert len(lost.looks.asked) == 1

    checking.service().observe(INC, checking.execution)
    assert checking.looks.asked == []


def test_what_a_person_established_is_verified_from_then_on(lost: Checking) -> None:
    lost.act.ledgers.pass_time(minutes=10)
    approval = lost.act.only()
    click = lost.act.clicked(approval, "establish_done")
    fact = OutcomeEstablished(
        approval=approval.id, execution=approval.execution, outcome="done", click=click, user="U1"
    )
    lost.act.ledgers.record(INC, [fact], "process:serve")
    lost.looks.alert = firing
    lost.check()

    assert lost.seen()[1].seconds == 60
