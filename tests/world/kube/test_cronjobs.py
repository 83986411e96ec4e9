"""CronJobs and their Jobs: started when due, tidied away, made by hand, tried without being kept."""

from datetime import UTC, datetime
from typing import Any

import pytest
from kubernetes.client import BatchV1Api
from kubernetes.client.exceptions import ApiException

from bot.playground.world.kube.controllers.cronjobs import job_of, times_of
from bot.playground.world.kube.controllers.podstatus import Run
from bot.playground.world.kube.times import stamp


def cron_job(clock: float, minutes: int = 3, **spec: Any) -> dict[str, Any]:
    """A CronJob that is due every hour, next `minutes` after `clock`."""
    due = datetime.fromtimestamp(clock + minutes * 60, UTC)
    container = {"name": "sums", "image": "registry.example/sums:1", "env": [{"name": "SOURCE", "value": "north"}]}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "sums", "namespace": "shop"},
        "spec": {
            "schedule": f"{due.minute} * * * *",
            "jobTemplate": {"metadata": {"labels": {"app": "sums"}}, "spec": {"backoffLimit": 0, "template": template}},
            **spec,
        },
    }


def batch(world: Any, token: str = "admin") -> BatchV1Api:
    return BatchV1Api(world.api(token))


def jobs(world: Any) -> list[Any]:
    return list(batch(world).list_namespaced_job("shop").items)


def by_hand(world: Any, name: str = "sums-again") -> dict[str, Any]:
    (known,) = world.cluster.list("CronJob", "shop")
    return job_of(known, name, {"cronjob.kubernetes.io/instantiate": "manual"})


def reasons(world: Any) -> list[str]:
    return [one["reason"] for one in world.cluster.list("Event", "shop") if one["involvedObject"]["kind"] == "CronJob"]


def test_a_due_time_makes_one_job_of_the_template_which_runs_and_is_counted(world: Any) -> None:
    world.cluster.create(cron_job(world.clock[0]))
    world.wait(60, step=10)
    assert jobs(world) == []

    world.wait(180, step=5)

    (job,) = jobs(world)
    known = batch(world).read_namespaced_cron_job("sums", "shop")
    assert job.metadata.owner_references[0].uid == known.metadata.uid
    assert job.metadata.labels["app"] == "sums"
    assert job.status.succeeded == 1
    assert known.status.last_successful_time == job.status.completion_time
    assert not known.status.active
    assert {"SuccessfulCreate", "SawCompletedJob"} <= set(reasons(world))


def test_a_run_that_is_to_fail_fails_with_its_reason_and_is_no_success(world: Any) -> None:
    world.cluster.runs(lambda _: Run(2.0, "Error"))
    world.cluster.create(cron_job(world.clock[0], 1))

    world.wait(120, step=2)

    (job,) = jobs(world)
    (pod,) = [pod for pod in world.cluster.list("Pod", "shop") if "job-name" in pod["metadata"]["labels"]]
    assert {one.type for one in job.status.conditions} == {"FailureTarget", "Failed"}
    assert pod["status"]["phase"] == "Failed"
    assert pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 1
    assert batch(world).read_namespaced_cron_job("sums", "shop").status.last_successful_time is None


def test_a_suspended_one_starts_nothing(world: Any) -> None:
    world.cluster.create(cron_job(world.clock[0], 1, suspend=True))

    world.wait(180, step=10)

    assert jobs(world) == []


@pytest.mark.parametrize(("policy", "runs"), [("Allow", 2), ("Forbid", 1)])
def test_a_run_that_takes_too_long_holds_up_the_next_one_only_where_that_is_forbidden(
    world: Any, policy: str, runs: int
) -> None:
    world.cluster.runs(lambda _: Run(9000.0))
    world.cluster.create(cron_job(world.clock[0], 1, concurrencyPolicy=policy))

    world.wait(3800, step=60)

    assert len(jobs(world)) == runs


def test_old_runs_are_tidied_away(world: Any) -> None:
    world.cluster.create(cron_job(world.clock[0], 1, successfulJobsHistoryLimit=2))

    world.wait(5 * 3600, step=60)

    assert len(jobs(world)) == 2


def test_a_job_made_by_hand_runs_and_counts_and_is_reported_as_unexpected(world: Any) -> None:
    world.cluster.create(cron_job(world.clock[0], 50))
    batch(world).create_namespaced_job("shop", by_hand(world))

    world.wait(10)

    assert batch(world).read_namespaced_job("sums-again", "shop").status.succeeded == 1
    assert batch(world).read_namespaced_cron_job("sums", "shop").status.last_successful_time is not None
    assert "UnexpectedJob" in reasons(world)


def test_a_tried_job_is_answered_whole_and_not_kept(world: Any) -> None:
    world.cluster.create(cron_job(world.clock[0], 50))

    made = batch(world).create_namespaced_job("shop", by_hand(world), dry_run="All")

    assert made.metadata.uid
    assert made.spec.template.metadata.labels["batch.kubernetes.io/job-name"] == "sums-again"
    world.wait(5)
    assert jobs(world) == []


def test_the_same_name_twice_is_refused(world: Any) -> None:
    world.cluster.create(cron_job(world.clock[0], 50))
    batch(world).create_namespaced_job("shop", by_hand(world))

    with pytest.raises(ApiException) as refused:
        batch(world).create_namespaced_job("shop", by_hand(world))

    assert refused.value.status == 409


def test_who_may_only_read_makes_no_job(world: Any) -> None:
    world.cluster.create(cron_job(world.clock[0], 50))

    with pytest.raises(ApiException) as refused:
        batch(world, "reader").create_namespaced_job("shop", by_hand(world))

    assert refused.value.status == 403


def test_of_missed_times_only_the_newest_is_due() -> None:
    day = 1_790_035_200.0 - 1_790_035_200.0 % 86_400
    due, following = times_of({"schedule": "30 2 * * *"}, day - 5 * 86_400, day + 3 * 3600)

    assert due is not None
    assert stamp(due) == stamp(day + 2.5 * 3600)
    assert following - due == 86_400


def test_a_time_zone_is_kept() -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()

    _, following = times_of({"schedule": "0 2 * * *", "timeZone": "Asia/Tokyo"}, noon, noon)

    assert stamp(following) == "2026-11-21T17:00:00Z"
