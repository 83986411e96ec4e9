"""Jobs pushed into the queues by hand, with every right in Redis: what is not on the queue's list does not run."""

import time
from pathlib import Path
from typing import Any

import pytest
import redis
from rq import Queue
from rq.job import Callback, Job, JobStatus
from rq.serializers import JSONSerializer

from bot.playground.outfit import HOME, RESPONDER
from tests.playing import Stage, waiting

CHANGES = (
    "tools.change.roll_back_deployment.execute",
    "bot.services.execution.Execution.run",
    "bot.jobs.act.execute",
    "bot.jobs.act.prepare",
)


def finished(job: Job) -> JobStatus | None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        status = job.get_status()
        if status in {JobStatus.FAILED, JobStatus.FINISHED, JobStatus.STOPPED}:
            return status
        time.sleep(0.1)
    return job.get_status()


def push(admin: "redis.Redis", queue: str, name: str, number: object, *args: Any, **more: Any) -> Job:
    where = Queue(queue, connection=admin, serializer=JSONSerializer)
    return where.enqueue_call(name, args=args, job_id=f"{queue}-smuggled-{number}", **more)


@pytest.mark.parametrize("name", CHANGES)
def test_a_changing_implementation_is_refused_by_the_diagnose_worker(
    story: Stage, admin: "redis.Redis", name: str
) -> None:
    incident = waiting(story).id
    before = story.writes()

    job = push(admin, "diagnose", name, name.replace(".", "_"), incident, "a-1")

    assert finished(job) is JobStatus.FAILED
    assert "is not a job of this queue" in str(job.latest_result().exc_string)
    assert story.writes() == before


@pytest.mark.parametrize("queue", ["talk", "diagnose", "act"])
@pytest.mark.parametrize(
    "name", ["subprocess.check_output", "os.system", "builtins.exec", "bot.adapters.rq_jobs.witness"]
)
def test_a_function_of_the_machine_is_refused_by_every_worker(
    story: Stage, admin: "redis.Redis", tmp_path: Path, queue: str, name: str
) -> None:
    proof = tmp_path / "ran"
    argument: Any = ["touch", str(proof)] if name.startswith("subprocess") else f"touch {proof}"

    job = push(admin, queue, name, name.replace(".", "_"), argument)

    assert finished(job) is JobStatus.FAILED
    assert "is not a job of this queue" in str(job.latest_result().exc_string)
    assert not proof.exists()


@pytest.mark.parametrize("when", ["on_success", "on_failure", "on_stopped"])
def test_a_callback_that_is_no_job_does_not_run(story: Stage, admin: "redis.Redis", tmp_path: Path, when: str) -> None:
    """The job itself is allowed; what it is to call at its end is not."""
    proof = tmp_path / "ran"
    callback = Callback("os.system")
    good = "bot.jobs.diagnose.survey"
    ask = "ask-nothing" if when == "on_failure" else next(n for n in story.ledgers.names() if n.startswith("inc-"))

    job = push(admin, "diagnose", good, when, f"{ask}; touch {proof}", **{when: callback})
    finished(job)
    time.sleep(0.5)

    assert not proof.exists()


def test_after_all_of_that_the_worker_still_answers(story: Stage) -> None:
    before = len(story.people.ephemerals(RESPONDER))
    assert story.people.command(RESPONDER, HOME, "/ops status")["ok"]
    story.until(lambda: len(story.people.ephemerals(RESPONDER)) > before, 30, "an answer")
    assert len(story.writes()) == 1
