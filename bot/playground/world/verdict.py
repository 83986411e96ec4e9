"""Judges the end state of a scenario by what the world itself knows, never by what the bot says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.playground.world.alerting.rules import Rules
from bot.playground.world.scenario import Check, Scenario
from bot.playground.world.sim.census import unix
from bot.playground.world.sim.simulation import Measured


class Recorded(Protocol):
    """A write the cluster accepted."""

    @property
    def verb(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Judged:
    check: str
    holds: bool
    seen: str


@dataclass(frozen=True)
class Judge:
    """What a verdict looks at."""

    scenario: Scenario
    rules: Rules
    objects: Callable[[str, str], Iterable[Mapping[str, Any]]]
    writes: Callable[[], Sequence[Recorded]]
    measured: Callable[[str], Measured]
    start: float

    def verdict(self) -> dict[str, Any]:
        judged = [self._judge(check) for check in self.scenario.end_state]
        checks = [{"check": one.check, "holds": one.holds, "seen": one.seen} for one in judged]
        return {"holds": bool(judged) and all(one.holds for one in judged), "checks": checks}

    def _judge(self, check: Check) -> Judged:
        if check.alert_quiet is not None:
            return self._quiet(check.alert_quiet)
        if check.alert_fired is not None:
            fired = any(rule.ever_fired for rule in self.rules.named(check.alert_fired))
            return Judged(f"{check.alert_fired} fired", fired, "it fired" if fired else "it never fired")
        if check.writes is not None:
            return self._writes(check.writes)
        if check.error_ratio is not None:
            seen = self.measured(check.error_ratio).error_ratio
            limit = 0.01 if check.below is None else check.below
            return Judged(
                f"{check.error_ratio} fails below {limit:g}", seen < limit, f"{seen:.4f} of its requests fail"
            )
        if check.nothing_deleted:
            gone = [f"{one.kind} {one.name}" for one in self.writes() if one.verb in ("delete", "deletecollection")]
            return Judged("nothing was deleted", not gone, ", ".join(gone) or "nothing")
        return self._job(check) if check.job_of else self._deployment(check)

    def _job(self, check: Check) -> Judged:
        """A Job made from the CronJob after the start, with these variables, has succeeded."""
        one = next(each for each in self.scenario.cron_jobs if each.name == check.job_of)
        runs = [job for job in self.objects("Job", self.scenario.namespace_of(one)) if _comes_from(job, one.name)]
        new = [job for job in runs if _born(job) >= self.start - 1]
        wanted = check.env or {}
        good = [job for job in new if _succeeded(job) and wanted.items() <= _env_of(job).items()]
        with_these = f" with {', '.join(f'{name}={value}' for name, value in wanted.items())}" if wanted else ""
        seen = f"{len(new)} since the start, {len(good)} as wanted"
        return Judged(f"{one.name} ran again and succeeded{with_these}", bool(good), seen)

    def _quiet(self, alert: str) -> Judged:
        rules = self.rules.named(alert)
        states = {rule.state for rule in rules}
        unsure = [rule.error or "not evaluated yet" for rule in rules if rule.error or not rule.evaluated_at]
        seen = f"cannot be evaluated: {unsure[0]}" if unsure else ", ".join(sorted(states))
        return Judged(f"{alert} is quiet", states == {"inactive"} and not unsure, seen)

    def _writes(self, wanted: int) -> Judged:
        writes = self.writes()
        listed = ", ".join(f"{one.verb} {one.kind} {one.name}" for one in writes)
        check = "nothing was changed" if wanted == 0 else f"{wanted} change{'s' if wanted > 1 else ''}"
        return Judged(check, len(writes) == wanted, f"{len(writes)}: {listed}" if writes else "none")

    def _deployment(self, check: Check) -> Judged:
        name = check.deployment or ""
        namespace = check.namespace or self.scenario.namespace_of(self.scenario.service(name))
        found = next((one for one in self.objects("Deployment", namespace) if one["metadata"]["name"] == name), None)
        if found is None:
            return Judged(f"deployment {name}", False, "there is none")
        pods = [pod for pod in self.objects("Pod", namespace) if pod["metadata"].get("labels", {}).get("app") == name]
        wrong = [*_unfinished(found, pods), *self._differences(check, found, pods)]
        wanted = [f"runs {check.image}"] if check.image else []
        wanted += [f"has {check.replicas} replicas"] if check.replicas is not None else []
        wanted += ["has only pods made after the start"] if check.restarted else []
        text = f"deployment {name} {' and '.join(wanted) or 'is rolled out'}"
        return Judged(text, not wrong, "; ".join(wrong) or "so it is")

    def _differences(
        self, check: Check, deployment: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]
    ) -> Iterable[str]:
        images = {pod["spec"]["containers"][0]["image"] for pod in pods}
        images.add(deployment["spec"]["template"]["spec"]["containers"][0]["image"])
        if check.image and images != {check.image}:
            yield f"images {', '.join(sorted(images))}"
        replicas = deployment["spec"].get("replicas", 1)
        if check.replicas is not None and replicas != check.replicas:
            yield f"{replicas} replicas wanted by the deployment"
        if check.restarted:
            old = [pod["metadata"]["name"] for pod in pods if _born(pod) < self.start]
            if old:
                yield f"{len(old)} pods older than the start"


def _comes_from(job: Mapping[str, Any], cron_job: str) -> bool:
    owners = job["metadata"].get("ownerReferences") or ()
    return any(owner["kind"] == "CronJob" and owner["name"] == cron_job for owner in owners)


def _succeeded(job: Mapping[str, Any]) -> bool:
    conditions = (job.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Complete" and one["status"] == "True" for one in conditions)


def _env_of(job: Mapping[str, Any]) -> dict[str, str]:
    containers = job["spec"]["template"]["spec"]["containers"]
    return {one["name"]: one.get("value", "") for box in containers for one in box.get("env") or ()}


def _born(pod: Mapping[str, Any]) -> float:
    return unix(pod["metadata"].get("creationTimestamp"))


def _unfinished(deployment: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    status, wanted = deployment.get("status") or {}, deployment["spec"].get("replicas", 1)
    if (status.get("observedGeneration") or 0) < deployment["metadata"].get("generation", 0):
        yield "the newest generation is not observed yet"
    for short in ("updated", "available"):
        count = status.get(f"{short}Replicas") or 0
        if count != wanted:
            yield f"{count} of {wanted} replicas {short}"
    if len(pods) > wanted:
        yield f"{len(pods)} pods for {wanted} replicas"
