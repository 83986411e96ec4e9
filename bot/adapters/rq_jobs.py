"""RQ as the doorbell: queues, the allow-list, and workers whose forked jobs die with them.

The JSON serializer alone runs any importable function, so `AllowedJob` (one subclass a queue) refuses every name that
is not on its queue's list, callbacks included. `SpawnWorker` would bypass it and is never used. A job says it is alive
by a lease it renews every second; when the lease is gone, the job is, whatever RQ's registries still believe.
"""

import ctypes
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

import redis
from rq import Queue, Worker
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from bot.adapters.redis_ledger import _translated
from bot.core.due import Due

log = logging.getLogger("midwatch.jobs")

QUEUES = ("talk", "diagnose", "act")
JOBS: dict[str, dict[str, str]] = {
    "talk": {
        "narrate": "bot.jobs.talk.narrate",
        "answer": "bot.jobs.talk.answer",
        "announce": "bot.jobs.talk.announce",
    },
    "diagnose": {
        "diagnose": "bot.jobs.diagnose.diagnose",
        "chart": "bot.jobs.diagnose.chart",
        "verify": "bot.jobs.diagnose.verify",
        "observe": "bot.jobs.diagnose.observe",
        "survey": "bot.jobs.diagnose.survey",
        "missed": "bot.jobs.diagnose.missed",
    },
    "act": {"prepare": "bot.jobs.act.prepare", "execute": "bot.jobs.act.execute"},
}
LEASE_MS = 4000
RENEW_SECONDS = 1.0
STARTING_SECONDS = 5.0
AGAIN_SECONDS = 1.0
LONGEST_REST = 5.0  # a person is waiting: what is down is asked again soon, but not in a tight loop
TIMEOUT_SECONDS = {"talk": 120, "diagnose": 600, "act": 900}
PR_SET_PDEATHSIG = 1


class NotAllowed(PermissionError):
    """A job names a function that is not on its queue's list."""


class AllowedJob(Job):
    """Runs nothing but what its queue's list names."""

    allowed: ClassVar[frozenset[str]] = frozenset()

    def _check(self, name: str | None) -> None:
        if name and name not in self.allowed:
            raise NotAllowed(f"{name} is not a job of this queue")

    @property
    def func(self) -> Any:
        self._check(self.func_name)
        return super().func

    @property
    def success_callback(self) -> Any:
        self._check(getattr(self, "_success_callback_name", None))
        return super().success_callback

    @property
    def failure_callback(self) -> Any:
        self._check(getattr(self, "_failure_callback_name", None))
        return super().failure_callback

    @property
    def stopped_callback(self) -> Any:
        self._check(getattr(self, "_stopped_callback_name", None))
        return super().stopped_callback


def job_class(queue: str) -> type[AllowedJob]:
    """The job class of one queue."""
    names = frozenset(JOBS[queue].values())
    return type(f"{queue.title()}Job", (AllowedJob,), {"allowed": names})


def lease_key(job_id: str) -> str:
    return f"mw:lease:{job_id}"


class RqQueues:
    """`reconciling.Queues`: used by `serve` alone."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self._queues = {
            name: Queue(name, connection=client, serializer=JSONSerializer, job_class=job_class(name))
            for name in QUEUES
        }

    def ring(self, what: Due) -> str:
        if what.queue is None:
            raise ValueError(f"{what.job} is not a worker's")
        with _translated():
            return self._ring(self._queues[what.queue], what)

    def _ring(self, queue: Queue, what: Due) -> str:
        attempt = 0
        job = self._fetch(queue, what.id)
        if job is not None:
            state = self._state(queue, job)
            if state == "waiting" and what.front:
                self._bring_forward(queue, job)
            if state != "over":
                return state
            attempt = _attempt(job) + 1 if job.is_failed else 0
            job.delete(remove_from_queue=True)
        try:
            queue.enqueue_call(
                JOBS[queue.name][what.job],
                args=what.args,
                job_id=what.id,
                timeout=TIMEOUT_SECONDS[queue.name],
                result_ttl=60,
                failure_ttl=3600,
                description=what.id,
                meta={"attempt": attempt},
                at_front=what.front,
                unique=True,
            )
        except DuplicateJobError:
            return "waiting"  # another serve rang between our look and our enqueue
        return "rang"

    def _bring_forward(self, queue: Queue, job: Job) -> None:
        if self._redis.lrem(queue.key, 1, job.id):  # dying here costs the seconds until it is rung again
            self._redis.lpush(queue.key, job.id)

    def _fetch(self, queue: Queue, job_id: str) -> Job | None:
        try:
            return queue.job_class.fetch(job_id, connection=self._redis, serializer=JSONSerializer)
        except NoSuchJobError:
            return None

    def _state(self, queue: Queue, job: Job) -> str:
        """``waiting`` in its queue, ``underway``, resting before the next try, or ``over``."""
        match job.get_status(refresh=False):
            case JobStatus.QUEUED:
                return (
                    "waiting" if self._redis.lpos(queue.key, job.id) is not None or _young(job.enqueued_at) else "over"
                )
            case JobStatus.STARTED:
                return "underway" if self.alive(job.id) or _young(job.started_at) else "over"
        rest = min(AGAIN_SECONDS * 2 ** min(_attempt(job), 8), LONGEST_REST) if job.is_failed else AGAIN_SECONDS
        return "waiting" if _age(job.ended_at) < rest else "over"

    def alive(self, job_id: str) -> bool:
        with _translated():
            return bool(self._redis.exists(lease_key(job_id)))

    def waiting(self) -> frozenset[str]:
        """The ids of every job that stands in a queue now, in one round trip."""
        with _translated(), self._redis.pipeline(transaction=False) as pipe:
            for queue in self._queues.values():
                pipe.lrange(queue.key, 0, -1)
            return frozenset(job.decode() for jobs in pipe.execute() for job in jobs)

    def depth(self) -> dict[str, int]:
        """Jobs waiting in each queue."""
        with _translated():
            return {name: queue.count for name, queue in self._queues.items()}


def _attempt(job: Job) -> int:
    """How many times in a row this job had failed before its last run."""
    return int(job.meta.get("attempt", 0))


def _age(at: datetime | None) -> float:
    if at is None:
        return float("inf")
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (datetime.now(UTC) - aware).total_seconds()


def _young(at: datetime | None) -> bool:
    return _age(at) < STARTING_SECONDS


_witnesses: list[Callable[[str], None]] = []


def witness(tell: Callable[[str], None]) -> None:
    """For boundary tests: ``tell`` gets the id of every job at its end, in the very process that ran it."""
    _witnesses.append(tell)


class WatchWorker(Worker):
    """A forking worker of one queue, whose work-horse dies with it and holds a lease while it works."""

    def perform_job(self, job: Job, queue: Queue) -> bool:
        done = bool(super().perform_job(job, queue))
        for tell in _witnesses:
            tell(job.id)
        return done

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        _die_with(os.getppid())
        _hold_lease(self.connection, job.id)
        super().main_work_horse(job, queue)

    @classmethod
    def of(cls, queue: str, client: "redis.Redis") -> "WatchWorker":
        """The worker of one queue; its name begins with the queue's, as its Redis rights demand."""
        jobs = job_class(queue)
        name = f"{queue}-{os.uname().nodename}-{os.getpid()}"
        where = Queue(queue, connection=client, serializer=JSONSerializer, job_class=jobs)
        return cls(
            [where],
            name=name,
            connection=client,
            serializer=JSONSerializer,
            job_class=jobs,
            log_job_description=False,
            default_worker_ttl=60,
            job_monitoring_interval=5,
            work_horse_killed_handler=_say_killed,
        )


def _say_killed(job: Job, pid: int, status: int, _usage: Any) -> None:
    log.warning(
        "work-horse %d died in %s (wait status %d); the reconciler decides what that means", pid, job.id, status
    )


def _die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies; where it cannot (macOS), watch for it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return
    _background(lambda: _watch_parent(parent))


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGKILL)


def _hold_lease(client: "redis.Redis", job_id: str) -> None:
    client.set(lease_key(job_id), os.getpid(), px=LEASE_MS)
    _background(lambda: _renew(client, job_id))


def _renew(client: "redis.Redis", job_id: str) -> None:
    while True:
        time.sleep(RENEW_SECONDS)
        try:
            client.set(lease_key(job_id), os.getpid(), px=LEASE_MS)
        except redis.RedisError as error:
            log.warning("lease of %s not renewed: %s", job_id, error)


def _background(what: Callable[[], None]) -> None:
    threading.Thread(target=what, daemon=True).start()


class RedisBell:
    """`ports.Doorbell` and the reconciler's ear: a sorted set, so that many rings for one ledger are one."""

    KEY = "mw:bell"

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client

    def ring(self, ledger: str) -> None:
        """Never fails the caller: a lost ring costs two seconds."""
        try:
            self._redis.zadd(self.KEY, {ledger: time.monotonic()}, nx=True)
        except redis.RedisError as error:
            log.warning("bell not rung for %s: %s", ledger, error)

    def wait(self, seconds: float) -> str | None:
        with _translated():
            rung: Any = self._redis.bzpopmin(self.KEY, timeout=seconds)
        return None if rung is None else rung[1].decode()
