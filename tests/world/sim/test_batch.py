"""A scenario's CronJobs in the running world: the runs that were, a run that fails, and one by hand that goes well."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from kubernetes.client import BatchV1Api, CoreV1Api

from tests.world.running import Running, running, until

BAKERY: dict[str, Any] = {
    "name": "bakery",
    "title": "The dough is not weighed",
    "namespace": "bakehouse",
    "history": "20m",
    "scrape_interval": "1s",
    "services": [{"name": "counter", "image": "r.example/counter:1", "rps": 4, "replicas": 1}],
    "cron_jobs": [
        {
            "name": "weigh-dough",
            "image": "r.example/weigh:3",
            "env": {"SCALE": "left", "UNIT": "gram"},
            "every": "24h",
            "last": "-5m",
            "takes": "1s",
            "logs": [{"after": "0s", "message": "weighing"}, {"after": "900ms", "message": "weighed"}],
        },
        {"name": "sweep", "image": "r.example/sweep:1", "every": "1h", "last": "-3m", "takes": "1s"},
    ],
    "gauges": [
        {
            "name": "scale_drift_grams",
            "labels": {"scale": "left"},
            "value": 2,
            "noise": 0,
            "shifts": [{"fault": "bent", "at": 40, "per_minute": 6}],
        }
    ],
    "faults": [
        {
            "name": "bent",
            "service": "weigh-dough",
            "when": {"env": {"SCALE": "left"}},
            "from": "-10m",
            "logs": [{"level": "ERROR", "message": "scale left is bent"}],
        }
    ],
    "end_state": [{"job_of": "weigh-dough", "env": {"SCALE": "right"}}, {"writes": 1}],
}


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(BAKERY, tmp_path_factory.mktemp("bakery")) as world:
        yield world


def asked(world: Running, expression: str) -> list[tuple[dict[str, str], float]]:
    query = {"query": expression}
    answer = requests.get(f"{world.url}/prometheus/api/v1/query", params=query, timeout=10).json()
    return [(one["metric"], float(one["value"][1])) for one in answer["data"]["result"]]


def batch(world: Running) -> BatchV1Api:
    return BatchV1Api(world.core().api_client)


def runs(world: Running, name: str) -> list[Any]:
    known = batch(world).list_namespaced_job("bakehouse", label_selector=f"app={name}").items
    return sorted(known, key=lambda job: job.metadata.creation_timestamp)


def ending(job: Any) -> str:
    return next(one.type for one in job.status.conditions if one.type in ("Complete", "Failed"))


def test_the_runs_before_the_fault_went_well_and_the_one_after_it_failed(bakery: Running) -> None:
    assert [ending(job) for job in runs(bakery, "weigh-dough")] == ["Complete", "Complete", "Failed"]
    assert {ending(job) for job in runs(bakery, "sweep")} == {"Complete"}


def test_the_schedule_says_when_it_was_due_last(bakery: Running) -> None:
    known = batch(bakery).read_namespaced_cron_job("weigh-dough", "bakehouse")
    due = known.status.last_schedule_time

    assert known.spec.schedule == f"{due.minute} {due.hour} * * *"
    assert (due - known.status.last_successful_time).total_seconds() == pytest.approx(86_400, abs=10)


def test_metrics_say_when_it_last_succeeded_now_and_before(bakery: Running) -> None:
    own = '{cronjob="weigh-dough"}'
    ((_, due),) = asked(bakery, f"kube_cronjob_status_last_schedule_time{own}")
    ((_, success),) = asked(bakery, f"kube_cronjob_status_last_successful_time{own}")
    ((_, due_before),) = asked(bakery, f"kube_cronjob_status_last_schedule_time{own} offset 10m")

    assert due - success == pytest.approx(86_400, abs=10)
    assert due - due_before == 86_400
    assert [labels["job_name"] for labels, _ in asked(bakery, "kube_job_failed == 1")] == [
        runs(bakery, "weigh-dough")[-1].metadata.name
    ]


def test_a_gauge_jumps_and_climbs_while_its_fault_holds(bakery: Running) -> None:
    ((_, before),) = asked(bakery, "scale_drift_grams offset 15m")
    ((_, now),) = asked(bakery, "scale_drift_grams")

    assert before == 2
    assert now == pytest.approx(40 + 6 * 10, abs=6)


def test_a_failed_run_says_why_in_its_own_log(bakery: Running) -> None:
    core: CoreV1Api = bakery.core()
    job = runs(bakery, "weigh-dough")[-1].metadata.name
    (pod,) = core.list_namespaced_pod("bakehouse", label_selector=f"job-name={job}").items

    words = core.read_namespaced_pod_log(pod.metadata.name, "bakehouse")

    assert "weighing" in words
    assert "scale left is bent" in words
    assert "weighed" not in words


def test_a_run_by_hand_with_another_value_goes_well_and_is_what_the_verdict_asks_for(bakery: Running) -> None:
    known = batch(bakery).read_namespaced_cron_job("weigh-dough", "bakehouse")
    template = bakery.core().api_client.sanitize_for_serialization(known.spec.job_template.spec)
    template["template"]["spec"]["containers"][0]["env"] = [{"name": "SCALE", "value": "right"}]
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "weigh-dough", "uid": known.metadata.uid}
    meta = {"name": "weigh-again", "labels": {"app": "weigh-dough"}, "ownerReferences": [{**owner, "controller": True}]}
    assert not bakery.get("verdict")["holds"]

    batch(bakery).create_namespaced_job("bakehouse", {"metadata": meta, "spec": template})

    until(lambda: bool(bakery.get("verdict")["holds"]), 15, "the run by hand succeeded")


def test_breaking_what_was_well_lets_the_cronjob_be_due_and_fail(tmp_path: Path) -> None:
    waiting = {**BAKERY["faults"][0], "on": False}
    with running({**BAKERY, "faults": [waiting]}, tmp_path) as world:
        assert {ending(job) for job in runs(world, "weigh-dough")} == {"Complete"}

        world.post("break", name="bent")

        until(lambda: len(runs(world, "weigh-dough")) == 4, 5, "it ran")
        until(lambda: bool(runs(world, "weigh-dough")[-1].status.failed), 10, "it failed")
