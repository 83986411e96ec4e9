"""CronJobs and Jobs as an API server gives them, and what the tools make of them, failures included."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.adapters.looks import ToolLooks
from bot.core.events import Outcome
from bot.core.tool import Observation
from tests.tools.read.answering import Answering, Reply, a_look, answering
from tests.tools.read.test_cluster import CORE, FORBIDDEN, Kubeconfig, listing, status
from tools.read.sources.cluster import ClusterSettings

BATCH = "/apis/batch/v1/namespaces/shop"
Ask = Callable[..., tuple[Observation, Answering]]


@pytest.fixture
def look(kubeconfig: Kubeconfig) -> Ask:
    def ask(routes: dict[str, Any], tool: str, **arguments: Any) -> tuple[Observation, Answering]:
        with answering(routes) as server:
            looks = ToolLooks(given=[ClusterSettings(kubeconfig=kubeconfig(server.url, "t0k"))])
            return looks.look(tool, {"namespace": "shop", **arguments}, a_look()), server

    return ask


def template(**env: str) -> dict[str, Any]:
    variables = [{"name": name, "value": value} for name, value in env.items()]
    return {"metadata": {"labels": {"app": "books"}}, "spec": {"containers": [{"name": "c", "env": variables}]}}


def cron_job(name: str = "books", **more: Any) -> dict[str, Any]:
    """Due at 02:00; the alert is at 02:20."""
    made: dict[str, Any] = {
        "metadata": {"name": name, "namespace": "shop", "uid": f"u-{name}", "generation": 1, "annotations": None},
        "spec": {
            "schedule": "0 2 * * *",
            "concurrencyPolicy": "Forbid",
            "jobTemplate": {"spec": {"template": template(SOURCE="replica-a", DB_PASSWORD="hunter2")}},
        },
        "status": {"lastScheduleTime": "2026-11-20T02:00:00Z", "lastSuccessfulTime": "2026-11-19T02:04:00Z"},
    }
    for part, fields in more.items():
        made[part] = {**made[part], **fields}
    return made


def job(name: str, end: str = "", owner: str = "u-books", **more: Any) -> dict[str, Any]:
    conditions = [{"type": end, "status": "True", "reason": "BackoffLimitExceeded", "message": "too often",
                   "lastTransitionTime": "2026-11-20T02:03:00Z"}]  # fmt: skip
    made: dict[str, Any] = {
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"u-{name}",
            "creationTimestamp": "2026-11-20T02:00:00Z",
            "ownerReferences": [{"kind": "CronJob", "name": "books", "uid": owner, "controller": True}],
        },
        "spec": {"template": template(SOURCE="replica-a")},
        "status": {"startTime": "2026-11-20T02:00:00Z", "failed": 3, "conditions": conditions if end else None},
    }
    for part, fields in more.items():
        made[part] = {**made[part], **fields}
    return made


def pod(name: str, job_name: str) -> dict[str, Any]:
    owner = {"kind": "Job", "name": job_name, "uid": f"u-{job_name}", "controller": True}
    return {"metadata": {"name": name, "uid": name, "ownerReferences": [owner]}}


def routes(cron_jobs: Any, jobs: Any, pods: Any = None) -> dict[str, Any]:
    return {f"{BATCH}/cronjobs": cron_jobs, f"{BATCH}/jobs": jobs, f"{CORE}/pods": pods or listing()}


FAILED = job("books-1", "Failed")


def test_a_failed_run_is_told_with_its_reason_its_pods_and_what_may_be_overridden(look: Ask) -> None:
    declared = {"annotations": {"midwatch.dev/overridable": '{"SOURCE": ["replica-a", "replica-b"]}'}}
    served = routes(listing(cron_job(metadata=declared)), listing(FAILED), listing(pod("books-1-x", "books-1")))
    found, _ = look(served, "list_jobs", service="books")

    assert found.outcome is Outcome.OK
    [one] = found.facts["cron_jobs"]
    assert (one["behind"], one["overridable"]) == (True, {"SOURCE": ["replica-a", "replica-b"]})
    assert one["last_success_age_s"] == 87_480
    [run] = one["runs"]
    assert (run["state"], run["reason"], run["seconds"]) == ("failed", "BackoffLimitExceeded", 180)
    assert run["pods"] == ["books-1-x"]
    assert (found.facts["failed"], found.facts["behind"], found.facts["total"]) == (1, 1, 1)
    assert "BEHIND its schedule, last success 2026-11-19T02:04:00.000Z (24 h ago)" in found.digest
    assert "SOURCE one of replica-a, replica-b" in found.digest
    assert "Job books-1: FAILED: BackoffLimitExceeded too often" in found.digest


def test_values_that_could_be_secrets_are_not_shown(look: Ask) -> None:
    found, _ = look(routes(listing(cron_job()), listing(FAILED)), "list_jobs")

    assert found.facts["cron_jobs"][0]["env"]["SOURCE"] == "replica-a"
    assert "hunter2" not in f"{found.facts}{found.digest}"


SUCCEEDED = {"lastSuccessfulTime": "2026-11-20T02:04:00Z"}
GOING = job("books-2")
LONG_AGO = job("books-0", "Complete", metadata={"creationTimestamp": "2026-11-19T02:00:00Z"}, status={
    "startTime": "2026-11-19T02:00:00Z", "completionTime": "2026-11-19T02:04:00Z"})  # fmt: skip


@pytest.mark.parametrize(
    ("one", "runs", "behind"),
    [
        (cron_job(), [FAILED], True),
        (cron_job(), [], True),
        (cron_job(status=SUCCEEDED), [FAILED], False),
        (cron_job(), [GOING], False),  # nobody knows how long it takes: it has its time
        (cron_job(), [GOING, LONG_AGO], True),  # 22 minutes, and it usually takes 4
        (cron_job(), [job("books-3", "Complete", status={"completionTime": "2026-11-20T02:05:00Z"})], False),
        (cron_job(status={"lastScheduleTime": None}), [], None),
    ],
)
def test_behind_is_a_due_run_that_had_its_time_and_no_success(look: Ask, one: Any, runs: Any, behind: Any) -> None:
    found, _ = look(routes(listing(one), listing(*runs)), "list_jobs")

    assert found.facts["cron_jobs"][0]["behind"] is behind


def test_a_service_is_found_by_its_name_the_name_of_a_job_or_its_labels(look: Ask) -> None:
    other = cron_job("other", metadata={"labels": {"app": "shelf"}})
    served = routes(listing(cron_job(), other), listing(FAILED))
    for service, names in (("books", ["books"]), ("books-1", ["books"]), ("shelf", ["other"]), ("none", [])):
        found, _ = look(served, "list_jobs", service=service)

        assert [one["name"] for one in found.facts["cron_jobs"]] == names
    assert found.outcome is Outcome.NO_DATA
    assert "2 CronJobs and 1 Job read" in found.digest


def test_a_job_nobody_schedules_is_told_too(look: Ask) -> None:
    loose = job("import", "Failed", metadata={"ownerReferences": None})
    found, _ = look(routes(listing(), listing(loose)), "list_jobs", service="import")

    assert [run["name"] for run in found.facts["jobs"]] == ["import"]
    assert found.facts["failed"] == 1


def test_one_job_says_how_it_ended_and_whose_it_is(look: Ask) -> None:
    marks = {"midwatch.dev/execution": "x-a-1", "cronjob.kubernetes.io/instantiate": "manual"}
    served = {f"{BATCH}/jobs/books-1": Reply(job("books-1", "Complete", metadata={"annotations": marks})),
              f"{CORE}/pods": listing(pod("books-1-x", "books-1"))}  # fmt: skip
    found, server = look(served, "read_job", name="books-1")

    told = found.facts["job"]
    assert (told["state"], told["execution"], told["cron_job"], told["by_hand"]) == ("complete", "x-a-1", "books", True)
    assert server.seen[-1].query["labelSelector"] == ["batch.kubernetes.io/job-name=books-1"]


def test_no_such_job_is_told_by_the_server_itself_only(look: Ask) -> None:
    gone = status(404, "NotFound", "not found", name="books-1")
    assert look({f"{BATCH}/jobs": gone}, "read_job", name="books-1")[0].facts == {"job": None}

    found, _ = look({f"{BATCH}/jobs": Reply(b"<html>404</html>", 404)}, "read_job", name="books-1")
    assert found.outcome is Outcome.FAILED


def test_pods_nobody_may_list_do_not_hide_how_a_job_ended(look: Ask) -> None:
    found, _ = look(routes(listing(cron_job()), listing(FAILED), FORBIDDEN), "list_jobs")

    assert found.outcome is Outcome.OK
    assert found.facts["cron_jobs"][0]["runs"][0]["pods"] == []


@pytest.mark.parametrize("where", ["cronjobs", "jobs"])
def test_what_may_not_be_read_is_denied_never_empty(look: Ask, where: str) -> None:
    served = {**routes(listing(), listing()), f"{BATCH}/{where}": FORBIDDEN}

    assert look(served, "list_jobs")[0].outcome is Outcome.DENIED


def test_one_cron_job_is_read_with_its_runs_and_its_mark(look: Ask) -> None:
    made = cron_job(metadata={"annotations": {"midwatch.dev/execution": "x-a-1"}}, spec={"suspend": True})
    routes = {
        f"{BATCH}/cronjobs/books": Reply(made),
        f"{BATCH}/jobs": listing(job("books-1")),
        f"{CORE}/pods": listing(),
    }
    seen, _ = look(routes, "read_cron_job", name="books")

    found = seen.facts["cron_job"]
    assert seen.outcome is Outcome.OK
    assert (found["suspended"], found["execution"]) == (True, "x-a-1")
    assert [run["name"] for run in found["runs"]] == ["books-1"]
    assert "CronJob books (0 2 * * *, suspended)" in seen.digest


def test_a_cron_job_that_is_not_there_is_said(look: Ask) -> None:
    seen, _ = look(
        {f"{BATCH}/cronjobs/books": status(404, "NotFound", "no", name="books")}, "read_cron_job", name="books"
    )

    assert (seen.outcome, seen.facts) == (Outcome.NO_DATA, {"cron_job": None})
