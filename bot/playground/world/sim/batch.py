"""The scenario's CronJobs: how they stood at the start, how each run ends, what it prints.

A fault on a CronJob lets the runs it matches fail, by what their pod has in image and environment: a run that was
given another value goes well.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.playground.world.beside import HOUR, Scheduled
from bot.playground.world.kube.controllers.podstatus import Run
from bot.playground.world.scenario import Scenario
from bot.playground.world.search.documents import Document
from bot.playground.world.sim.census import unix
from bot.playground.world.sim.chatter import filled
from bot.playground.world.sim.journal import Journal, Written
from bot.playground.world.sim.lives import PodLife, Trouble, matches
from bot.playground.world.sim.stage import AGE, Cluster, k8s_stamp
from bot.playground.world.sim.weather import seed_of
from bot.playground.world.tempo import Tempo

Object = Mapping[str, Any]


class Batch:
    def __init__(
        self,
        scenario: Scenario,
        cluster: Cluster,
        start: float,
        troubles: Sequence[Trouble],
        journal: Journal,
        tempo: Tempo,
    ) -> None:
        self._scenario, self._cluster, self._start, self._tempo = scenario, cluster, start, tempo
        self._troubles, self._journal = troubles, journal
        self._told: dict[str, float] = {}
        self._by_place = {(scenario.namespace_of(one), one.name): one for one in scenario.cron_jobs}

    def raise_the_curtain(self) -> None:
        """Create every CronJob with the runs it had."""
        born = self._start - self._scenario.history - AGE
        for (namespace, _), one in self._by_place.items():
            last = due_before(one, self._start)
            dues = [last - one.every * number for number in reversed(range(one.runs))]
            made = self._cluster.create(manifest(one, namespace, last), at=born)
            for due in dues:
                self._cluster.create(_past_job(made, one, due), at=due + 1)

    def run_now(self, name: str) -> bool:
        """Let a CronJob be due at this moment; False where none has the name."""
        place = next((place for place in self._by_place if place[1] == name), None)
        if place is not None:
            self._cluster.run_now(*place)
        return place is not None

    def outcome(self, pod: Object) -> Run:
        """Return how a Job's pod will end."""
        one = self._whose(pod)
        if one is None:
            return Run(3.0)
        struck = self._struck(life_of(one, pod))
        return Run(one.takes, struck[0].fault.reason if struck else "")

    def speak(self, now: float) -> list[Document]:
        """Return the lines that the runs printed since the last look."""
        found: list[Document] = []
        for pod in self._cluster.list("Pod"):
            one = self._whose(pod)
            if one is None or not (pod.get("status") or {}).get("startTime"):
                continue
            life = life_of(one, pod)
            since = self._told.get(life.uid, 0.0)
            if since < life.began + one.takes + HOUR:
                self._told[life.uid] = now
                due = [line for line in self._lines(one, life) if since < line.at <= now]
                found += self._journal.write(life, due)
        return found

    def _whose(self, pod: Object) -> Scheduled | None:
        meta = pod["metadata"]
        labels = meta.get("labels") or {}
        one = self._by_place.get((meta["namespace"], labels.get("app", "")))
        return one if "batch.kubernetes.io/job-name" in labels else None

    def _struck(self, life: PodLife) -> list[Trouble]:
        mine = (one for one in self._troubles if one.fault.service == life.service)
        began = life.began + 1  # told in whole seconds: it may have begun any moment of this one
        return [one for one in mine if one.holds_at(began) and matches(one.fault.when, life, self._start)]

    def _lines(self, one: Scheduled, life: PodLife) -> Iterable[Written]:
        """A run that fails says what the fault says, over its last half."""
        nonce = seed_of(0, life.uid)
        struck = self._struck(life)
        for number, said in enumerate(one.logs):
            if said.after < one.takes and (not struck or said.after <= one.takes / 2):
                own = {"log.logger": said.logger or "run"}
                at = self._tempo.reached(life.began, said.after)
                yield Written(at, said.level, filled(said.message, life, nonce + number), own)
        for trouble in struck:
            step = one.takes / 2 / (len(trouble.fault.logs) + 1)
            for number, line in enumerate(trouble.fault.logs):
                at = self._tempo.reached(life.began, one.takes / 2 + step * (number + 1))
                yield Written(at, line.level, filled(line.message, life, nonce), {"log.logger": line.logger or "run"})


def due_before(one: Scheduled, start: float) -> float:
    """Return the whole minute at which a CronJob was last due."""
    return float((start + one.last) // 60 * 60)


def manifest(one: Scheduled, namespace: str, last: float) -> dict[str, Any]:
    minute, hour = int(last // 60 % 60), int(last // 3600 % 24)
    labels = {"app": one.name, "app.kubernetes.io/name": one.name}
    container = {
        "name": one.name,
        "image": one.image,
        "env": [{"name": name, "value": value} for name, value in one.env.items()],
        "resources": {
            "requests": {"cpu": "250m", "memory": f"{round(one.memory_mb)}Mi"},
            "limits": {"memory": f"{round(one.memory_mb * 2)}Mi"},
        },
    }
    template = {"metadata": {"labels": labels}, "spec": {"restartPolicy": "Never", "containers": [container]}}
    job = {"metadata": {"labels": labels}, "spec": {"backoffLimit": one.backoff_limit, "template": template}}
    spec = {
        "schedule": f"{minute} {'*' if one.every == HOUR else hour} * * *",
        "timeZone": "Etc/UTC",
        "concurrencyPolicy": one.concurrency,
        "jobTemplate": job,
    }
    meta = {"name": one.name, "namespace": namespace, "labels": labels, "annotations": dict(one.annotations)}
    status = {"lastScheduleTime": k8s_stamp(last)}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta, "spec": spec, "status": status}


def _past_job(cron_job: Object, one: Scheduled, due: float) -> dict[str, Any]:
    meta, template = cron_job["metadata"], cron_job["spec"]["jobTemplate"]
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": meta["name"], "uid": meta["uid"]}
    head = {
        "name": f"{one.name[:52]}-{int(due) // 60}",
        "namespace": meta["namespace"],
        "labels": dict(template["metadata"]["labels"]),
        "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": k8s_stamp(due)},
        "ownerReferences": [{**owner, "controller": True, "blockOwnerDeletion": True}],
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": head, "spec": template["spec"]}


def life_of(one: Scheduled, pod: Object) -> PodLife:
    """A run's pod as the rest of the simulation speaks of pods."""
    meta, status = pod["metadata"], pod.get("status") or {}
    container = pod["spec"]["containers"][0]
    return PodLife(
        namespace=meta["namespace"],
        name=meta["name"],
        service=one.name,
        image=container["image"],
        env={each["name"]: each.get("value", "") for each in container.get("env") or []},
        revision=0,
        ordinal=-1,
        node=pod["spec"].get("nodeName") or "",
        uid=meta["uid"],
        replicaset=next((owner["name"] for owner in meta.get("ownerReferences") or []), ""),
        address=status.get("podIP") or "",
        began=unix(status.get("startTime") or meta.get("creationTimestamp")),
    )
