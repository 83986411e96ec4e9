"""The Job controller: pods until enough have succeeded, or too many failed; then a condition that says so."""

from typing import Any

from bot.playground.world.kube.controllers import podlooks
from bot.playground.world.kube.controllers.conditions import Condition, condition, with_condition
from bot.playground.world.kube.controllers.events import Recorder
from bot.playground.world.kube.deletion import Deletion
from bot.playground.world.kube.kinds import POD, named
from bot.playground.world.kube.registry import Registry
from bot.playground.world.kube.state import Ref, State
from bot.playground.world.kube.store import Object
from bot.playground.world.kube.times import seconds, stamp

_BY = "job-controller"
_JOB = named("Job")


class Jobs:
    def __init__(self, state: State, registry: Registry, deletion: Deletion, recorder: Recorder) -> None:
        self._state, self._registry, self._deletion, self._recorder = state, registry, deletion, recorder

    def reconcile(self, ref: Ref) -> None:
        job = self._state.store.get(*ref)
        if job is None or job["metadata"].get("deletionTimestamp"):
            return
        if _ended(job):
            self._forget(ref, job)
            return
        pods = self._state.store.owned(job["metadata"]["uid"], "Pod")
        active = [pod for pod in pods if podlooks.is_active(pod)]
        succeeded = _in_phase(pods, "Succeeded")
        failed = _in_phase(pods, "Failed")
        end = _end(job, succeeded, failed, len(active))
        if end is None and not job["spec"].get("suspend"):
            active += self._start(job, _missing(job, succeeded, len(active)))
        self._tell(job, active, succeeded, failed, end)

    def _start(self, job: Object, count: int) -> list[Object]:
        meta, made = job["metadata"], []
        for _ in range(count):
            pod = podlooks.pod_of(job["spec"]["template"], job, generateName=f"{meta['name']}-")
            made.append(self._registry.create(POD, meta["namespace"], pod).value)
            name = made[-1]["metadata"]["name"]
            self._recorder.about(job, "SuccessfulCreate", f"Created pod: {name}", _BY)
        return made

    def _tell(
        self, job: Object, active: list[Object], succeeded: int, failed: int, end: tuple[Condition, ...] | None
    ) -> None:
        now = stamp(self._state.clock.now())
        counts = {"active": len(active), "succeeded": succeeded, "failed": failed}
        status: dict[str, Any] = {name: count for name, count in counts.items() if count}
        status |= {"startTime": job["status"].get("startTime", now), "uncountedTerminatedPods": {}}
        status |= {"ready": sum(podlooks.is_ready(pod) for pod in active), "terminating": 0}
        if conditions := job["status"].get("conditions"):
            status["conditions"] = conditions
        for one in end or ():
            status["conditions"] = with_condition(status.get("conditions"), one, now, "lastProbeTime")
        if end:
            self._say_end(job, status, end[-1], now)
        self._registry.status(_JOB, job, status)

    def _say_end(self, job: Object, status: dict[str, Any], end: Condition, now: str) -> None:
        if end["type"] == "Complete":
            status["completionTime"] = now
            self._recorder.about(job, "Completed", "Job completed", _BY)
        else:
            self._recorder.about(job, end["reason"], end["message"], _BY, "Warning")

    def _forget(self, ref: Ref, job: Object) -> None:
        wait = job["spec"].get("ttlSecondsAfterFinished")
        if wait is None:
            return
        due = seconds(job["status"]["conditions"][-1]["lastTransitionTime"]) + wait
        if due <= self._state.clock.now():
            self._deletion.delete(_JOB, ref.namespace, ref.name)
        else:
            self._state.queue.after(ref, due)


def _ended(job: Object) -> bool:
    ends = ("Complete", "Failed")
    return any(one["type"] in ends and one["status"] == "True" for one in job["status"].get("conditions") or ())


def _in_phase(pods: list[Object], phase: str) -> int:
    return sum(pod["status"].get("phase") == phase for pod in pods)


def _missing(job: Object, succeeded: int, active: int) -> int:
    spec = job["spec"]
    left = spec["completions"] - succeeded if "completions" in spec else (0 if succeeded else spec["parallelism"])
    return max(0, int(min(spec["parallelism"], left)) - active)


def _end(job: Object, succeeded: int, failed: int, active: int) -> tuple[Condition, ...] | None:
    """Return the conditions a job ends with, or None while it goes on."""
    spec = job["spec"]
    if failed > spec["backoffLimit"]:
        words = "Job has reached the specified backoff limit"
        return tuple(condition(kind, True, "BackoffLimitExceeded", words) for kind in ("FailureTarget", "Failed"))
    if active == 0 and succeeded >= max(1, spec.get("completions", 1)):
        words = "Reached expected number of succeeded pods"
        return tuple(condition(kind, True, "CompletionsReached", words) for kind in ("SuccessCriteriaMet", "Complete"))
    return None
