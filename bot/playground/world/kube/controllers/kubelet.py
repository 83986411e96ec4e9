"""Scheduler and kubelets in one: a node for each pod in turn, containers that start, get ready, run out, stop.

Decides when; what the status then says is `podstatus.py`. How a pod is held (unready, restarting) is told from outside
and stays until told otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.playground.world.kube.controllers import podlooks
from bot.playground.world.kube.controllers.conditions import condition, find, with_condition
from bot.playground.world.kube.controllers.events import Recorder
from bot.playground.world.kube.controllers.nodes import tolerates
from bot.playground.world.kube.controllers.podstatus import UNPULLED, Health, Life, Run, status_of
from bot.playground.world.kube.state import Ref, State
from bot.playground.world.kube.store import Object, controller_of
from bot.playground.world.kube.times import seconds, stamp

_BY, _SCHEDULER = "kubelet", "default-scheduler"
_LOOK_AGAIN = 5.0


@dataclass(frozen=True)
class Pace:
    """How long things take, in seconds of the story."""

    start_up: float = 1.5
    shut_down: float = 1.0
    job: float = 3.0

    @property
    def pull(self) -> float:
        return self.start_up * 0.4


class Kubelet:
    def __init__(self, state: State, recorder: Recorder, pace: Pace) -> None:
        self._state, self._recorder, self._pace = state, recorder, pace
        self._lives: dict[Ref, Life] = {}
        self._turn = 0
        self.runs: Callable[[Object], Run] = lambda _: Run(pace.job)
        """How a Job's pod will end by itself; asked once, when it starts."""

    def reconcile(self, ref: Ref) -> None:
        pod = self._state.store.get(*ref)
        if pod is None:
            self._lives.pop(ref, None)
            return
        life = self._life(ref, pod)
        if podlooks.is_over(pod) and not podlooks.is_going(pod):
            return
        if "nodeName" not in pod["spec"]:
            self._schedule(ref, pod)
            return
        life.node = pod["spec"]["nodeName"]
        if podlooks.is_going(pod):
            self._stop(ref, pod, life)
        else:
            self._advance(ref, pod, life)

    def hold(
        self, ref: Ref, ready: bool, reason: str, restarts: int | None, last_state: Mapping[str, Any] | None
    ) -> None:
        """Hold a pod ready or unready from now on; raises KeyError for a pod that is not there."""
        pod = self._state.store.get(*ref)
        if pod is None:
            raise KeyError(f"no pod {ref.namespace}/{ref.name}")
        life = self._life(ref, pod)
        old, now = life.health, self._state.clock.now()
        count = old.restarts if restarts is None else restarts
        since = _restarted_at(last_state, now) if count > old.restarts else old.restarted_at
        life.health = Health(ready, reason, count, since, old.last_state if last_state is None else last_state)
        self._say_held(pod, old, life.health)
        if reason == "Evicted" and not ready:
            life.ended, life.ended_at = "Failed", now
        self.reconcile(ref)

    def _life(self, ref: Ref, pod: Object) -> Life:
        life = self._lives.get(ref)
        if life is None or life.uid != pod["metadata"]["uid"]:
            born = max(seconds(pod["metadata"]["creationTimestamp"]), self._state.clock.now())
            life = self._lives[ref] = Life(pod["metadata"]["uid"], born)
        return life

    def _schedule(self, ref: Ref, pod: Object) -> None:
        nodes = [node for node in self._state.store.all("Node") if _takes(node, pod)]
        if not nodes:
            self._leave_unscheduled(ref, pod)
            return
        node = nodes[self._turn % len(nodes)]["metadata"]["name"]
        self._turn += 1
        words = f"Successfully assigned {ref.namespace}/{ref.name} to {node}"
        self._recorder.about(pod, "Scheduled", words, _SCHEDULER)
        self._state.put("Pod", {**pod, "spec": {**pod["spec"], "nodeName": node}})

    def _leave_unscheduled(self, ref: Ref, pod: Object) -> None:
        total = len(self._state.store.all("Node"))
        words = f"0/{total} nodes are available."
        conditions = pod["status"].get("conditions")
        if not find(conditions, "PodScheduled"):
            self._recorder.about(pod, "FailedScheduling", words, _SCHEDULER, "Warning")
            told = condition("PodScheduled", False, "Unschedulable", words)
            kept = with_condition(conditions, told, stamp(self._state.clock.now()))
            self._state.put("Pod", {**pod, "status": {**pod["status"], "conditions": kept}})
        self._state.queue.after(ref, self._state.tempo.reached(self._state.clock.now(), _LOOK_AGAIN))

    def _advance(self, ref: Ref, pod: Object, life: Life) -> None:
        now, reached = self._state.clock.now(), self._state.tempo.reached
        pulled = reached(life.born, self._pace.pull)
        if life.started is None and now >= pulled:
            life.started = pulled
            life.run = self.runs(pod) if _runs_out(pod) else None
            self._say_started(pod, life)
        if life.started is not None and now >= reached(life.born, self._pace.start_up):
            life.ready = True
        self._run_out(life, now)
        self._show(pod, life, now)
        for due in self._dues(life):
            if due > now:
                self._state.queue.after(ref, due)
                break

    def _dues(self, life: Life) -> list[float]:
        reached = self._state.tempo.reached
        dues = [reached(life.born, self._pace.pull), reached(life.born, self._pace.start_up)]
        return dues if life.run is None else sorted([*dues, reached(dues[0], life.run.seconds)])

    def _run_out(self, life: Life, now: float) -> None:
        """A pod of a Job ends by itself: well, unless its run is to fail, or somebody holds it unready."""
        if life.ended or life.run is None or life.started is None:
            return
        if now >= self._state.tempo.reached(life.started, life.run.seconds):
            if life.run.failure:
                life.health = replace(life.health, ready=False, reason=life.run.failure)
            life.ended, life.ended_at = "Succeeded" if life.health.ready else "Failed", now

    def _stop(self, ref: Ref, pod: Object, life: Life) -> None:
        now = self._state.clock.now()
        if life.stopping_since is None:
            life.stopping_since = now
            for container in pod["spec"]["containers"] if life.started is not None else ():
                words = f"Stopping container {container['name']}"
                self._recorder.about(_inside(pod, container["name"]), "Killing", words, _BY)
        wait = min(self._pace.shut_down, pod["metadata"].get("deletionGracePeriodSeconds", 0))
        gone = self._state.tempo.reached(life.stopping_since, wait)
        if now < gone:
            self._state.queue.after(ref, gone)
        elif not pod["metadata"].get("finalizers"):
            self._state.remove("Pod", pod)

    def _show(self, pod: Object, life: Life, now: float) -> None:
        status = status_of(pod, life, now)
        if status != pod["status"]:
            self._state.put("Pod", {**pod, "status": status})

    def _say_started(self, pod: Object, life: Life) -> None:
        for container in pod["spec"]["containers"]:
            name, image = container["name"], container["image"]
            if not life.health.ready and life.health.reason in UNPULLED:
                continue
            whom = _inside(pod, name)
            self._recorder.about(whom, "Pulled", f'Container image "{image}" already present on machine', _BY)
            self._recorder.about(whom, "Created", f"Created container: {name}", _BY)
            self._recorder.about(whom, "Started", f"Started container {name}", _BY)

    def _say_held(self, pod: Object, old: Health, new: Health) -> None:
        if new.ready or (old.ready, old.reason) == (new.ready, new.reason):
            return
        container = pod["spec"]["containers"][0]
        whom, meta = _inside(pod, container["name"]), pod["metadata"]
        match new.reason:
            case "CrashLoopBackOff":
                words = f"Back-off restarting failed container {container['name']} in pod "
                words += f"{meta['name']}_{meta['namespace']}({meta['uid']})"
                self._recorder.about(whom, "BackOff", words, _BY, "Warning")
            case "ImagePullBackOff" | "ErrImagePull":
                image = container["image"]
                words = f'Failed to pull image "{image}": not found'
                self._recorder.about(whom, "Failed", words, _BY, "Warning")
            case "" | "Unhealthy" | "ReadinessProbeFailed":
                words = "Readiness probe failed: HTTP probe failed with statuscode: 503"
                self._recorder.about(whom, "Unhealthy", words, _BY, "Warning")


def _restarted_at(last_state: Mapping[str, Any] | None, now: float) -> float:
    """A container's present life began when its last one ended, where that is told."""
    over = (last_state or {}).get("terminated") or last_state or {}
    ended = over.get("finishedAt")
    return min(now, seconds(ended)) if ended else now


def _inside(pod: Object, container: str) -> dict[str, Any]:
    return {**pod, "fieldPath": f"spec.containers{{{container}}}"}


def _runs_out(pod: Object) -> bool:
    owners = pod["metadata"].get("ownerReferences") or ()
    return bool(controller_of(pod)) and any(owner["kind"] == "Job" for owner in owners)


def _takes(node: Object, pod: Object) -> bool:
    """A node takes a pod when it is ready, not cordoned, not tainted, and has the labels the pod asks for."""
    spec, labels = node.get("spec") or {}, node["metadata"].get("labels") or {}
    ready = find((node.get("status") or {}).get("conditions"), "Ready").get("status", "True") == "True"
    wanted = pod["spec"].get("nodeSelector") or {}
    free = not spec.get("unschedulable") and tolerates(pod, node)
    return ready and free and all(labels.get(key) == text for key, text in wanted.items())
