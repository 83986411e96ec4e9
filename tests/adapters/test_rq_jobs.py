"""RQ as a doorbell: one job for one thing due, nothing but what the list names, and no trust in its own registries."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from rq import Callback, Queue
from rq.serializers import JSONSerializer

from bot.adapters.redis_client import blocking
from bot.adapters.rq_jobs import JOBS, AllowedJob, NotAllowed, RedisBell, RqQueues, WatchWorker, job_class, lease_key
from bot.core.due import Due
from bot.jobs.desk import put

WHAT = Due("talk", "narrate", ("inc-1",))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with blocking(redis_url) as made:
        yield made


class Noted:
    """A service that writes down what it was asked."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def run(self, *ids: object) -> None:
        self._client.rpush("ran", repr(ids))


def until(true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_ringing_twice_is_one_job(client: redis.Redis) -> None:
    queues = RqQueues(client)

    assert [queues.ring(WHAT), queues.ring(WHAT)] == ["rang", "waiting"]
    assert queues.depth()["talk"] == 1


def test_what_a_person_waits_for_stands_before_all_else_also_when_it_stood_there_already(client: redis.Redis) -> None:
    queues = RqQueues(client)
    for number in range(3):
        queues.ring(Due("talk", "narrate", (f"inc-{number}",)))

    assert queues.ring(Due("talk", "answer", ("ask-1",), front=True)) == "rang"
    assert queues.ring(Due("talk", "narrate", ("inc-2",), front=True)) == "waiting"

    standing = [job.decode() for job in client.lrange("rq:queue:talk", 0, -1)]
    assert standing == ["talk-narrate-inc-2", "talk-answer-ask-1", "talk-narrate-inc-0", "talk-narrate-inc-1"]


def test_a_job_lost_from_its_queue_is_rung_again(client: redis.Redis) -> None:
    queues = RqQueues(client)
    queues.ring(WHAT)
    client.delete("rq:queue:talk")
    client.hset(f"rq:job:{WHAT.id}", "enqueued_at", "2020-01-01T00:00:00.000000Z")

    assert queues.ring(WHAT) == "rang"
    assert queues.depth()["talk"] == 1


def test_a_started_job_is_left_alone_while_its_lease_lives_and_rung_again_when_it_does_not(client: redis.Redis) -> None:
    queues = RqQueues(client)
    queues.ring(WHAT)
    client.delete("rq:queue:talk")
    client.hset(f"rq:job:{WHAT.id}", mapping={"status": "started", "started_at": "2020-01-01T00:00:00.000000Z"})
    client.set(lease_key(WHAT.id), "1", px=60_000)
    assert queues.ring(WHAT) == "underway"

    client.delete(lease_key(WHAT.id))

    assert queues.ring(WHAT) == "rang"


def test_a_finished_job_may_be_due_again(client: redis.Redis) -> None:
    put("narrating", Noted(client))
    queues = RqQueues(client)
    queues.ring(WHAT)
    WatchWorker.of("talk", client).work(burst=True, logging_level="ERROR")
    assert client.lrange("ran", 0, -1) == [b"('inc-1',)"]

    if queues.ring(WHAT) == "waiting":  # it has only just ended; on a busy machine that may be over by now
        until(lambda: queues.ring(WHAT) == "rang", 5)

    WatchWorker.of("talk", client).work(burst=True, logging_level="ERROR")
    assert client.llen("ran") == 2


EVIL = [
    "subprocess.check_output",
    "os.system",
    "bot.jobs.act.execute",
    "tools.change.roll_back_deployment.TOOL",
    "builtins.eval",
]


@pytest.mark.parametrize("name", EVIL)
def test_a_hand_pushed_job_that_is_not_on_the_list_does_not_run(client: redis.Redis, tmp_path: Path, name: str) -> None:
    proof = tmp_path / "proof"
    queue = Queue("diagnose", connection=client, serializer=JSONSerializer)
    job = queue.enqueue_call(name, args=(["touch", str(proof)],), job_id="diagnose-evil")

    WatchWorker.of("diagnose", client).work(burst=True, logging_level="CRITICAL")

    assert not proof.exists()
    assert job.get_status() == "failed"


@pytest.mark.parametrize("which", ["on_success", "on_failure", "on_stopped"])
def test_a_callback_that_is_not_on_the_list_is_refused(client: redis.Redis, which: str) -> None:
    queue = Queue("diagnose", connection=client, serializer=JSONSerializer)
    name = JOBS["diagnose"]["survey"]
    queue.enqueue(name, "ask-1", job_id="diagnose-1", **{which: Callback("subprocess.check_output")})

    job = job_class("diagnose").fetch("diagnose-1", connection=client, serializer=JSONSerializer)

    attribute = {"on_success": "success_callback", "on_failure": "failure_callback", "on_stopped": "stopped_callback"}
    with pytest.raises(NotAllowed):
        getattr(job, attribute[which])


def test_every_queue_has_a_list_and_the_base_class_allows_nothing() -> None:
    assert AllowedJob.allowed == frozenset()
    assert {name: len(job_class(name).allowed) for name in JOBS} == {"talk": 3, "diagnose": 6, "act": 2}


SLEEPER = """
import sys, time
from bot.adapters.redis_client import blocking
from bot.adapters.rq_jobs import WatchWorker
from bot.jobs.desk import put
class Sleeper:
    def run(self, *ids):
        client.set("begun", 1)
        time.sleep(20)
        client.set("survived", 1)
client = blocking(sys.argv[1])
put("narrating", Sleeper())
WatchWorker.of("talk", client).work(logging_level="ERROR")
"""


def test_a_work_horse_dies_with_its_worker(client: redis.Redis, redis_url: str) -> None:
    RqQueues(client).ring(WHAT)
    worker = subprocess.Popen(
        [sys.executable, "-c", SLEEPER, redis_url], cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": ""}
    )
    until(lambda: client.get("begun"))
    horse = int(client.get(lease_key(WHAT.id)) or 0)
    assert Path(f"/proc/{horse}").exists() or sys.platform != "linux"

    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()

    until(lambda: not alive(horse), 3)
    until(lambda: not RqQueues(client).alive(WHAT.id), 6)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().split()[2] == "Z")


def test_many_rings_for_one_ledger_are_heard_once(client: redis.Redis) -> None:
    bell = RedisBell(client)
    for ledger in ("inc-1", "inc-1", "inc-2"):
        bell.ring(ledger)

    assert sorted(str(bell.wait(0.2)) for _ in range(2)) == ["inc-1", "inc-2"]
    assert bell.wait(0.1) is None
