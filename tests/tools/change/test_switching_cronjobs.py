"""Suspending and resuming a CronJob: what goes on, what starts at once, and when the next run is due."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.errors import Refused
from bot.core.subjects import SUBJECTS
from bot.core.tool import Arranges, ChangingTool, Plan, Preparing, Starts
from tests.tools.change.protocol import X, tools
from tests.tools.change.rerunning import a_run, books, with_books
from tests.tools.change.stage import WEB, Stage
from tools.change import resume_cronjob, suspend_cronjob
from tools.change.kube.cron.schedule import Due, due

SUSPEND, RESUME = suspend_cronjob.TOOL, resume_cronjob.TOOL
EVERY_MINUTE = {"schedule": "* * * * *"}
CRON_JOB = next(one for one in SUBJECTS if one.key == "cron_job")


def prepared(stage: Stage, tool: ChangingTool) -> Plan:
    context = Preparing(now=datetime.now(UTC), runs_as="act", expression="")
    return tools(stage, tool).prepare(tool.spec.name, {"namespace": WEB, "name": "books"}, context)


def jobs(stage: Stage) -> list[str]:
    return [job["metadata"]["name"] for job in stage.cluster.list("Job", WEB)]


def test_suspending_touches_no_run(stage: Stage) -> None:
    with_books(stage)
    a_run(stage)
    plan = prepared(stage, SUSPEND)

    assert plan.title == "Suspend CronJob books in web"
    assert isinstance(plan.blast, Arranges)
    assert plan.blast.running == 1
    assert "its schedule starts no run any more; the next run would be due at" in plan.blast.later[0]
    assert plan.expects["cron_job"] == {"namespace": WEB, "name": "books", "suspended": True}
    tools(stage, SUSPEND).execute(plan, X)
    assert jobs(stage) == ["books-1"]


def test_a_suspended_schedule_starts_nothing(stage: Stage) -> None:
    with_books(stage)
    tools(stage, SUSPEND).execute(prepared(stage, SUSPEND), X)
    stage.cluster.patch("CronJob", WEB, "books", {"spec": EVERY_MINUTE})
    for _ in range(3):
        stage.cluster.tick()

    assert jobs(stage) == []


def test_resuming_says_when_the_next_run_is_due(stage: Stage) -> None:
    with_books(stage, suspend=True)
    plan = prepared(stage, RESUME)
    year = datetime.now(UTC).year + 1

    assert plan.blast == Arranges(running=0, later=(f"the next run is due at {year}-01-01 02:00 UTC",))
    assert "If it is resumed only after the next run was due, that run starts at once." in plan.cautions


def test_a_run_that_was_missed_starts_at_once_and_that_is_said(stage: Stage) -> None:
    with_books(stage, suspend=True, **EVERY_MINUTE)
    plan = prepared(stage, RESUME)

    assert plan.blast == Starts(pods=1, running=0, touches=("volume claim warehouse", "SOURCE_HOST replica-a"))
    assert any("A run starts at once" in one and "The next is due at" in one for one in plan.cautions)
    tools(stage, RESUME).execute(plan, X)
    stage.settle(lambda: len(jobs(stage)) == 1)


def test_a_run_that_may_not_run_beside_another_waits(stage: Stage) -> None:
    with_books(stage, suspend=True, **EVERY_MINUTE)
    a_run(stage)
    plan = prepared(stage, RESUME)

    assert isinstance(plan.blast, Arranges)
    assert any("starts as soon as books-1 has ended" in one for one in plan.cautions)


def test_resuming_may_not_end_a_run(stage: Stage) -> None:
    with_books(stage, suspend=True, concurrencyPolicy="Replace", **EVERY_MINUTE)
    a_run(stage)

    with pytest.raises(Refused, match="would end it") as refusal:
        prepared(stage, RESUME)
    assert refusal.value.why == "already_running"


def test_what_is_missed_while_suspended_is_told_before(stage: Stage) -> None:
    with_books(stage, startingDeadlineSeconds=300)

    assert any("unless it is more than 300 s late" in one for one in prepared(stage, SUSPEND).cautions)


def test_a_schedule_nobody_here_can_read_counts_as_one_that_starts(stage: Stage) -> None:
    with_books(stage, suspend=True, timeZone="Nowhere/At_All")
    plan = prepared(stage, RESUME)

    assert isinstance(plan.blast, Starts)
    assert any("cannot be read here" in one for one in plan.cautions)


def test_a_starting_deadline_holds_in_the_world_too(stage: Stage) -> None:
    minute = (datetime.now(UTC) - timedelta(minutes=10)).minute
    with_books(stage, suspend=True, schedule=f"{minute} * * * *", startingDeadlineSeconds=60)
    plan = prepared(stage, RESUME)

    assert isinstance(plan.blast, Arranges)
    tools(stage, RESUME).execute(plan, X)
    stage.cluster.tick()
    assert jobs(stage) == []


NOON = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spec", "status", "missed"),
    [
        ({}, {"lastScheduleTime": "2026-03-01T11:00:00Z"}, "2026-03-01T12:00:00+00:00"),
        ({}, {"lastScheduleTime": "2026-03-01T12:00:00Z"}, None),
        ({}, {}, "2026-03-01T12:00:00+00:00"),
        ({"startingDeadlineSeconds": 10}, {}, None),
        ({"startingDeadlineSeconds": 30}, {}, "2026-03-01T12:00:00+00:00"),
        ({"schedule": "30 9 * * *", "timeZone": "Asia/Kolkata"}, {}, None),
    ],
)
def test_which_run_would_be_made_up_for(spec: dict[str, Any], status: dict[str, Any], missed: str | None) -> None:
    made = books(schedule="0 * * * *") | {"status": status}
    made["metadata"]["creationTimestamp"] = "2026-03-01T10:00:00Z"
    made["spec"].update(spec)
    found = due(made, NOON)

    assert found is not None
    assert found.following > NOON
    assert found.missed == (None if missed is None else datetime.fromisoformat(missed))


def test_of_a_schedule_that_cannot_be_read_nothing_is_said() -> None:
    made = books(schedule="@every 5m")
    made["metadata"]["creationTimestamp"] = "2026-03-01T10:00:00Z"

    assert due(made, NOON) is None
    assert isinstance(due(made | {"spec": {"schedule": "@hourly"}}, NOON), Due)


@pytest.mark.parametrize(
    ("suspended", "wanted", "says"),
    [
        (True, True, []),
        (False, False, []),
        (False, True, ["its schedule is not suspended"]),
        (True, False, ["its schedule is suspended"]),
    ],
)
def test_it_has_come_to_it_when_its_schedule_is_as_wanted(suspended: bool, wanted: bool, says: list[str]) -> None:
    assert list(CRON_JOB.unwanted({"suspended": wanted}, {"suspended": suspended})) == says


def test_the_time_is_the_plans(stage: Stage) -> None:
    with_books(stage, suspend=True)
    began = time.time()

    assert datetime.fromisoformat(prepared(stage, RESUME).prepared_at).timestamp() >= began - 1
