"""Re-running: exactly the Job of the plan is made, once, or nothing is."""

import threading
from typing import Any

import pytest

from bot.core.errors import Refused, Unreachable
from bot.core.reruns import job_name
from bot.core.tool import Plan
from tests.tools.change.rerunning import X, a_run, made, prepared, tools, with_books
from tests.tools.change.stage import WEB, Stage


@pytest.fixture
def plan(stage: Stage) -> Plan:
    with_books(stage)
    return prepared(stage, SOURCE_HOST="replica-b")


def run(stage: Stage, plan: Plan, execution: str = X, seconds: float = 5.0) -> Any:
    return tools(stage, seconds=seconds).execute(plan, execution)


def test_the_job_is_the_cron_jobs_own_with_the_override_the_name_and_the_mark(stage: Stage, plan: Plan) -> None:
    done = run(stage, plan)

    [job] = made(stage)
    assert job["metadata"]["name"] == job_name("books", X)
    assert job["metadata"]["annotations"]["midwatch.dev/execution"] == X
    assert job["metadata"]["annotations"]["cronjob.kubernetes.io/instantiate"] == "manual"
    assert job["metadata"]["labels"] == {"app": "books"}
    [owner] = job["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["uid"], owner["controller"]) == (
        "CronJob",
        "books",
        plan.target.uid,
        True,
    )
    env = {one["name"]: one.get("value") for one in job["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert env == {"SOURCE_HOST": "replica-b", "DB_PASSWORD": "hunter2", "FROM": None}
    assert (done.already, stage.written()) == (False, [X])
    assert done.facts["object"] == f"Job/web/{job_name('books', X)}"


def test_a_second_run_finds_the_job_and_makes_none(stage: Stage, plan: Plan) -> None:
    run(stage, plan)

    assert run(stage, plan).already
    assert len(made(stage)) == 1
    assert tools(stage).carries(plan, X)
    assert not tools(stage).carries(plan, "x-a-2")


CHANGED: dict[str, dict[str, Any]] = {
    "another image": {"spec": {"jobTemplate": {"spec": {"backoffLimit": 3}}}},
    "another schedule": {"spec": {"schedule": "0 3 1 1 *"}},
    "another declaration": {
        "metadata": {"annotations": {"midwatch.dev/overridable": '{"SOURCE_HOST": ["replica-a"]}'}}
    },
    "no declaration": {"metadata": {"annotations": {"midwatch.dev/overridable": None}}},
}


@pytest.mark.parametrize("what", sorted(CHANGED))
def test_a_cron_job_that_changed_meanwhile_is_left_alone(stage: Stage, plan: Plan, what: str) -> None:
    stage.cluster.patch("CronJob", WEB, "books", CHANGED[what])

    with pytest.raises(Refused) as refusal:
        run(stage, plan)
    assert refusal.value.why in ("changed", "not_declared")
    assert made(stage) == []


def test_a_run_that_began_meanwhile_holds_it_back(stage: Stage, plan: Plan) -> None:
    a_run(stage)

    with pytest.raises(Refused, match="one of its Jobs is running"):
        run(stage, plan)
    assert made(stage) == []


def test_a_cron_job_made_anew_is_left_alone(stage: Stage, plan: Plan) -> None:
    conditions = tuple(
        one.model_copy(update={"expected": "another"}) if one.what == "uid" else one for one in plan.preconditions
    )

    with pytest.raises(Refused, match="deleted and made again"):
        run(stage, plan.model_copy(update={"preconditions": conditions}))
    assert made(stage) == []


def test_a_job_of_that_name_that_is_not_ours_is_not_taken_for_ours(stage: Stage, plan: Plan) -> None:
    stage.cluster.patch("CronJob", WEB, "books", {"spec": {"concurrencyPolicy": "Allow"}})
    allowing = prepared(stage, SOURCE_HOST="replica-b")
    a_run(stage, job_name("books", X))

    with pytest.raises(Refused, match="not this execution's"):
        run(stage, allowing)
    assert made(stage) == []
    assert not tools(stage).carries(allowing, X)


def test_a_plan_whose_job_would_not_be_the_approved_one_is_refused(stage: Stage, plan: Plan) -> None:
    for changed in (
        {"request": {**plan.request, "sha256": "0" * 64}},
        {"request": {**plan.request, "path": "/apis/batch/v1/namespaces/default/jobs"}},
        {"arguments": {**plan.arguments, "overrides": {}}},
        {"arguments": {**plan.arguments, "overrides": {"SOURCE_HOST": "evil"}}},
    ):
        with pytest.raises(Refused):
            run(stage, plan.model_copy(update=changed))
    assert made(stage) == []
    assert stage.written() == []


def test_a_lost_answer_is_looked_after_and_the_job_is_found(stage: Stage, plan: Plan) -> None:
    stage.faulty.picks, stage.faulty.how = _write, "lose_answer"

    assert run(stage, plan).facts["execution"] == X
    assert len(made(stage)) == 1


def test_a_server_that_fails_leaves_the_outcome_open(stage: Stage, plan: Plan) -> None:
    stage.faulty.picks, stage.faulty.how = _write, "500"

    with pytest.raises(Unreachable):
        run(stage, plan)


def test_a_server_that_is_gone_before_the_write_is_certain_to_have_changed_nothing(stage: Stage, plan: Plan) -> None:
    stage.faulty.picks, stage.faulty.how = lambda verb, *_: verb == "GET", "500"

    with pytest.raises(Refused) as refusal:
        run(stage, plan)
    assert refusal.value.why == "unreachable"


def _write(verb: str, _: str, query: str) -> bool:
    return verb == "POST" and "dryRun" not in query


def test_twenty_runs_at_once_make_one_job(stage: Stage, plan: Plan) -> None:
    came: list[Any] = []
    offered = tools(stage, seconds=20)

    def once() -> None:
        try:
            came.append(offered.execute(plan, X))
        except Refused as refusal:
            came.append(refusal.why)

    threads = [threading.Thread(target=once) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(came) == 20
    assert len(made(stage)) == 1
    assert stage.written() == [X]
    assert sum(1 for one in came if not isinstance(one, str) and not one.already) == 1
