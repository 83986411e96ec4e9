"""A CronJob on the stage, and a re-run of it prepared and carried out as the act identity."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.adapters.changes import ChangeTools
from bot.core.errors import Refused
from bot.core.tool import Plan, Preparing
from bot.playground.world.kube.kinds import named
from tests.tools.change.stage import ACT, WEB, Stage
from tools.change import rerun_job

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
X = "x-a-1"
ALLOWED = '{"SOURCE_HOST": ["replica-a", "replica-b"], "DB_PASSWORD": ["hunter3"], "NOT_SET": ["x"], "FROM": ["y"]}'


def books(**spec: Any) -> dict[str, Any]:
    """A CronJob as somebody would apply it."""
    container = {
        "name": "load",
        "image": "registry.example/books:1.0",
        "env": [
            {"name": "SOURCE_HOST", "value": "replica-a"},
            {"name": "DB_PASSWORD", "value": "hunter2"},
            {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
        ],
    }
    pod = {
        "restartPolicy": "Never",
        "containers": [container],
        "volumes": [{"name": "out", "persistentVolumeClaim": {"claimName": "warehouse"}}],
    }
    template = {"metadata": {"labels": {"app": "books"}}, "spec": pod}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "books", "namespace": WEB, "annotations": {"midwatch.dev/overridable": ALLOWED}},
        "spec": {
            "schedule": "0 2 1 1 *",
            "concurrencyPolicy": "Forbid",
            "jobTemplate": {
                "metadata": {"labels": {"app": "books"}},
                "spec": {"backoffLimit": 0, "template": template},
            },
            **spec,
        },
    }


def with_books(stage: Stage, **spec: Any) -> dict[str, Any]:
    return stage.cluster.create(books(**spec), at=time.time() - 3600)


def a_run(stage: Stage, name: str = "books-1", seconds: int | None = None) -> None:
    """A Job of the CronJob's own; complete after ``seconds``, or still running."""
    owner = stage.cluster.list("CronJob", WEB)[0]
    reference = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "books", "uid": owner["metadata"]["uid"]}
    spec = owner["spec"]["jobTemplate"]["spec"]
    metadata = {"name": name, "namespace": WEB, "ownerReferences": [{**reference, "controller": True}]}
    made = stage.cluster.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec})
    if seconds is not None:
        ended = [{"type": "Complete", "status": "True", "lastTransitionTime": f"2026-03-01T01:00:{seconds:02}Z"}]
        status = {"startTime": "2026-03-01T01:00:00Z", "completionTime": f"2026-03-01T01:00:{seconds:02}Z"}
        with stage.cluster.lock:
            stage.cluster.registry.status(named("Job"), made, {**status, "conditions": ended, "succeeded": 1})


def tools(stage: Stage, token: str = ACT, seconds: float = 5.0) -> ChangeTools:
    return ChangeTools([(rerun_job.TOOL, stage.settings(token, seconds))])


def prepared(stage: Stage, token: str = ACT, **overrides: str) -> Plan:
    asked = {"namespace": WEB, "cron_job": "books", "overrides": overrides}
    return tools(stage, token).prepare("rerun_job", asked, Preparing(now=NOW, runs_as="", expression="late > 1"))


def refused(stage: Stage, token: str = ACT, **overrides: str) -> Refused:
    with pytest.raises(Refused) as refusal:
        prepared(stage, token, **overrides)
    return refusal.value


def made(stage: Stage) -> list[dict[str, Any]]:
    """The Jobs that carry an execution's mark."""
    jobs = stage.cluster.list("Job", WEB)
    return [job for job in jobs if "midwatch.dev/execution" in (job["metadata"].get("annotations") or {})]
