"""A re-run on real joints: Redis, signatures, the Kubernetes client, a live API server, and what is checked after."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot.adapters.changes import ChangeTools
from bot.adapters.looks import ToolLooks
from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.approval import State
from bot.core.errors import Unreachable
from bot.core.events import ActionProposed
from bot.core.failpoint import arm
from bot.core.outcomes import Checked, Observed
from bot.core.redact import redact_json
from bot.core.tool import Effect, Look, Observation, Spec
from bot.playground.world.kube.controllers.kubelet import Run
from bot.playground.world.kube.kinds import named
from bot.services.verification import Verification, Waiting
from tests.services.act.looking import quiet
from tests.services.act.stage import INC, Act
from tests.tools.change.rerunning import a_run, made, with_books
from tests.tools.change.stage import READ, WEB, Stage, playing
from tools.change import rerun_job
from tools.read.sources.cluster import ClusterSettings as ReadSettings

ASKED = {"namespace": WEB, "cron_job": "books", "overrides": {"SOURCE_HOST": "replica-b"}}


@dataclass
class Reading:
    """The real reading tools with the reading identity; the alert alone is told to be quiet."""

    looks: ToolLooks

    def specs(self) -> Any:
        return (Spec("query_instant", Effect.READ, BaseModel, "Look."), *self.looks.specs())

    def not_offered(self) -> Any:
        return {}

    def look(self, tool: str, arguments: Any, look: Look) -> Observation:
        return quiet() if tool == "query_instant" else self.looks.look(tool, arguments, look)


@dataclass
class Whole:
    act: Act
    stage: Stage

    def approved(self) -> None:
        self.act.open(arguments=ASKED, tool="rerun_job")
        self.act.preparation().run(INC, "i-1")
        self.act.approve(self.act.only())

    def run(self) -> None:
        self.act.execution().run(INC, self.act.only().id)

    def verification(self, settle: float = 0.0) -> Verification:
        settings = ReadSettings(kubeconfig=self.stage.settings(READ).kubeconfig)
        waiting = Waiting(pause=lambda _: None, settle=timedelta(seconds=settle), hold=timedelta(seconds=0))
        looks = Reading(ToolLooks(given=[settings]))
        return Verification(self.act.ledgers, self.act.payloads, looks, self.act.bell, waiting)

    def checked(self) -> tuple[str, Checked] | None:
        execution = self.act.only().execution
        self.verification().check(INC, execution, 1)
        checks = self.act.incident().executions[execution].checks
        return (checks[0].result, Checked.model_validate(self.act.said(checks[0].seen))) if checks else None

    def ends(self, kind: str) -> None:
        """The Job that was made comes to its end."""
        [job] = made(self.stage)
        end = {"type": kind, "status": "True", "reason": "BackoffLimitExceeded", "message": "too often"}
        with self.stage.cluster.lock:
            self.stage.cluster.registry.status(named("Job"), job, {"conditions": [end]})


@pytest.fixture
def whole(tmp_path: Path, redis_url: str) -> Iterator[Whole]:
    arm(lambda _: None)
    with playing(tmp_path) as stage, patient(redis_url) as client:
        with_books(stage)
        stage.cluster.runs(lambda _: Run(3600.0))  # a Job ends when a test says so
        ledgers = RedisLedgers(client, random.Random(1))
        changes = ChangeTools([(rerun_job.TOOL, stage.settings(seconds=20))])
        yield Whole(Act(ledgers=ledgers, payloads=RedisPayloads(client, redact_json), changes=changes), stage)


def test_an_approved_re_run_makes_one_job_with_the_override(whole: Whole) -> None:
    whole.approved()
    assert made(whole.stage) == []
    whole.run()
    whole.run()

    assert whole.act.state() is State.SUCCEEDED
    [job] = made(whole.stage)
    env = job["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"name": "SOURCE_HOST", "value": "replica-b"} in env
    assert whole.stage.written() == [whole.act.only().execution]


def test_the_card_and_the_record_are_about_the_cron_job_and_hold_no_secret(whole: Whole) -> None:
    whole.approved()
    plan = whole.act.said(whole.act.only().plan)

    [proposed] = [e.fact for e in whole.act.ledgers.read(INC) if isinstance(e.fact, ActionProposed)]
    assert proposed.target == "CronJob/web/books"
    assert plan["arguments"]["overrides"] == {"SOURCE_HOST": "replica-b"}
    assert "hunter2" not in str(plan)


def test_an_override_the_owner_does_not_allow_is_refused_before_anybody_is_asked(whole: Whole) -> None:
    whole.act.open(arguments={**ASKED, "overrides": {"SOURCE_HOST": "evil"}}, tool="rerun_job")
    whole.act.preparation().run(INC, "i-1")

    assert whole.act.incident().intents["i-1"].state == "refused"
    assert not whole.act.incident().approvals


def test_a_run_that_begins_while_people_decide_makes_it_stale(whole: Whole) -> None:
    whole.approved()
    a_run(whole.stage)
    whole.run()

    assert whole.act.stale_because() == "already_running"
    assert made(whole.stage) == []


def test_the_first_check_waits_for_the_job_and_passes_when_it_is_complete(whole: Whole) -> None:
    whole.approved()
    whole.run()
    assert whole.checked() is None

    whole.ends("Complete")
    told = whole.checked()
    assert told is not None
    result, seen = told
    assert result == "passed"
    assert seen.says.startswith("The alert is quiet and Job books-mw-")
    assert [read.what for read in seen.reads] == ["query_instant", "read_job"]


def test_a_job_that_failed_is_told_at_once(whole: Whole) -> None:
    whole.approved()
    whole.run()
    whole.ends("Failed")
    told = whole.checked()

    assert told is not None
    assert told[0] == "failed"
    assert "failed: BackoffLimitExceeded too often" in told[1].says


def test_a_job_that_was_deleted_meanwhile_cannot_be_told(whole: Whole) -> None:
    whole.approved()
    whole.run()
    [job] = made(whole.stage)
    with whole.stage.cluster.lock:
        whole.stage.cluster.deletion.delete(named("Job"), WEB, job["metadata"]["name"])
    execution = whole.act.only().execution
    whole.verification().check(INC, execution, 2)

    [check] = whole.act.incident().executions[execution].checks
    assert check.result == "inconclusive"


@pytest.mark.parametrize(("how", "mark"), [("lose_answer", "present"), ("500", "absent")])
def test_an_unknown_outcome_is_told_by_the_mark(whole: Whole, how: str, mark: str) -> None:
    """The record is made as if the process had lost every answer; the look afterwards is the reading identity's."""
    whole.approved()
    approval = whole.act.only()
    whole.stage.faulty.picks = lambda verb, _, query: verb == "POST" and "dryRun" not in query
    whole.stage.faulty.how = how
    changes = whole.act.changes
    real = changes.execute

    def lost(plan: Any, execution: str, *_: Any) -> Any:
        real(plan, execution)
        raise Unreachable("Kubernetes did not answer in time")

    changes.execute = lost
    whole.run()
    assert whole.act.state() is State.UNKNOWN

    whole.verification().observe(INC, approval.execution)
    observed = whole.act.incident().executions[approval.execution].observed
    assert Observed.model_validate(whole.act.said(observed)).mark == mark
