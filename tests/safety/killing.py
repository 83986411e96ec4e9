"""SIGKILL at every step of an execution: the forked job, its worker, or both, as RQ really runs them.

A worker is forked from here; it takes the job from Redis and dies where a failpoint says so. RQ then runs the job once
more on a second worker, and what `serve` does with a dead worker is done. Effects are lines in a file.
"""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from bot.adapters import rq_jobs
from bot.adapters.redis_client import blocking, patient
from bot.adapters.rq_jobs import JOBS, RqQueues, WatchWorker, job_class
from bot.core.approval import State
from bot.core.due import Due
from bot.core.failpoint import Point, reach
from bot.core.folding import fold
from bot.core.stepping import GoOn
from bot.core.tool import Done, Plan
from bot.jobs.desk import put
from bot.services import watching
from bot.services.execution import Execution
from bot.wiring.common import arm_failpoints
from tests.safety.ground import PEOPLE, Ground, Watch
from tests.safety.rows import Attack, replaced
from tests.services.act.stage import INC, PretendChanges

POINTS = (Point.EXECUTION_STARTED, Point.EXECUTION_EFFECT_DONE, Point.EXECUTION_RECORDED)
# what is true after each death, told by the world: how many effects, and what the record must say of them
TRUE = {
    Point.EXECUTION_STARTED: (0, State.UNKNOWN),
    Point.EXECUTION_EFFECT_DONE: (1, State.UNKNOWN),
    Point.EXECUTION_RECORDED: (1, State.SUCCEEDED),
}
PATIENCE = 20.0


class Filed(PretendChanges):
    """Effects are lines of a file, so that they outlive whoever made them; ``takes`` seconds each."""

    path: Path
    marking: bool = True
    takes: float = 0.0

    def done(self) -> list[str]:
        return self.path.read_text().split() if self.path.exists() else []

    def execute(self, plan: Plan, execution: str, go_on: GoOn = lambda: None) -> Done:
        self.path.with_suffix(".begun").touch()
        time.sleep(self.takes)
        if not (self.marking and execution in self.done()):
            with self.path.open("a") as file:
                file.write(execution + "\n")
        return Done("done", {"execution": execution})

    def carries(self, plan: Plan, execution: str) -> bool:
        return self.marking and execution in self.done()


class Careless(Execution):
    """Begins again whatever was begun: no run knows that there was another."""

    def run(self, incident_id: str, approval_id: str) -> None:
        incident = fold(incident_id, self._ledgers.read(incident_id))
        approval = incident.approvals[approval_id]
        if approval.state is State.APPROVED:
            self._start(incident_id, approval)
        reach(Point.EXECUTION_STARTED)
        self._carry_out(incident_id, approval, self._plan(incident, approval))


def until(so: Callable[[], object], seconds: float = PATIENCE) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if so():
            return True
        time.sleep(0.03)
    return False


def serve_act(ground: Ground, changes: Filed, armed: Path | None, careless: bool) -> None:
    """What a worker process is: its own connections, the execution, and jobs of queue `act` until it dies."""
    os.setsid()
    arm_failpoints(armed)
    with patient(ground.url) as client:
        execution = ground.watch(changes, client).act.execution()
        execution.__class__ = Careless if careless else Execution
        put("execution", execution)
        WatchWorker.of("act", blocking(ground.url)).work(logging_level="CRITICAL")


@contextmanager
def worker(*told: Any) -> Iterator[Any]:
    process = multiprocessing.get_context("fork").Process(target=serve_act, args=told)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def approved(ground: Ground, chance: random.Random) -> tuple[Watch, Filed, Due]:
    changes = Filed()
    changes.path = ground.place() / "effects"
    watch = ground.watch(changes)
    asked = watch.propose()
    watch.click(chance.choice(PEOPLE))
    return watch, changes, Due("act", "execute", (INC, asked.id))


def again(ground: Ground, what: Due) -> None:
    """RQ runs the job once more, and it comes to its end."""
    queue = Queue("act", connection=ground.client, serializer=JSONSerializer, job_class=job_class("act"))
    job: Job = queue.enqueue_call(JOBS["act"]["execute"], args=what.args, job_id=f"{what.id}-again")
    until(lambda: job.get_status() in {"finished", "failed"})


def killed(whom: str) -> Callable[[Ground, random.Random, bool], bool]:
    def run(ground: Ground, chance: random.Random, guarded: bool) -> bool:
        """Through: a second effect, a story other than what is true, or none within reason."""
        watch, changes, what = approved(ground, chance)
        changes.marking = guarded
        point = POINTS[ground.made % len(POINTS)]
        armed = ground.place()
        (armed / point).write_text(whom)
        with ExitStack() as stack:
            for module, name, value in ((rq_jobs, "LEASE_MS", 600), (rq_jobs, "RENEW_SECONDS", 0.1)):
                stack.enter_context(replaced(module, name, value))
            stack.enter_context(replaced(watching, "DEAD_AFTER", watching.DEAD_AFTER / 10))
            with worker(ground, changes, armed, not guarded):
                RqQueues(ground.client).ring(what)
                died = until(lambda: list(armed.glob("*.taken-*")))
                time.sleep(0.1)
            with worker(ground, changes, None, not guarded):
                again(ground, what)
                effects, state = TRUE[point]
                told = until(lambda: settled(watch, ground, what), PATIENCE if guarded else 2.0)
        if not guarded:
            return len(changes.done()) > 1
        return not (died and told) or len(changes.done()) != effects or watch.act.state() is not state

    return run


def settled(watch: Watch, ground: Ground, what: Due) -> bool:
    """What serve does about a started execution that nobody works on; True once the story has its end."""
    incident = watch.act.incident()
    if watch.act.state() is State.RUNNING:
        watching.gave_up(watch.act.ledgers, RqQueues(ground.client), incident, str(what.args[1]))
    return watch.act.state() in {State.UNKNOWN, State.SUCCEEDED, State.FAILED}


def orphaned(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """The worker is killed while its forked job works. Through: the orphan makes its effect all the same."""
    _, changes, what = approved(ground, chance)
    changes.takes = chance.uniform(0.3, 0.6)
    die = rq_jobs._die_with if guarded else lambda parent: None
    with replaced(rq_jobs, "_die_with", die), worker(ground, changes, None, False) as process:
        RqQueues(ground.client).ring(what)
        began = until(changes.path.with_suffix(".begun").exists)
        os.kill(process.pid, signal.SIGKILL)
        time.sleep(changes.takes + 0.4)
    return not began or changes.done() != []


ATTACKS = (
    Attack("killed-work-horse", "one start, and the mark", killed("self"), slow=True, controls=6),
    Attack("killed-worker-parent", "one start, and the mark", killed("parent"), slow=True, controls=6),
    Attack("killed-both", "one start, and the mark", killed("both"), slow=True, controls=6),
    Attack("orphaned-work-horse", "the job dies with its worker", orphaned, slow=True),
)
