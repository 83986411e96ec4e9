"""The Job that is made out of a CronJob, as `kubectl create job --from` makes it, with the overrides that are allowed.

Pure. What the owner did not declare is refused here, in a sentence, both when a plan is prepared and when it is run.
"""

import copy
from collections.abc import Iterator, Mapping

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.reruns import OVERRIDABLE, declared, job_name
from bot.core.tool import MARK
from tools.change.kube.cron.live import CronLive
from tools.change.kube.live import annotations

BY_HAND = "cronjob.kubernetes.io/instantiate"
LONGEST_SHOWN = 60
OF_THE_JOB = frozenset({"controller-uid", "batch.kubernetes.io/controller-uid"})


def why_not_allowed(live: CronLive, overrides: Mapping[str, str]) -> None:
    """Raise `Refused` for the first override that the CronJob's owner does not allow."""
    if not overrides:
        return
    try:
        allowed = declared(annotations(live.cron_job))
    except ValueError as error:
        raise Refused(f"nothing can be overridden: {error}", why="not_declared") from error
    if not allowed:
        raise Refused(
            f"its owner lets no variable be overridden; an annotation {OVERRIDABLE} would say which", why="not_declared"
        )
    for name, value in overrides.items():
        if name not in allowed:
            raise Refused(
                f"{name} is not among the variables its owner lets be overridden: {', '.join(allowed)}",
                why="not_declared",
            )
        if value not in allowed[name]:
            raise Refused(
                f"its owner lets {name} be {' or '.join(allowed[name][:6])}, and not {value[:LONGEST_SHOWN]}",
                why="not_declared",
            )


def run_body(live: CronLive, overrides: Mapping[str, str]) -> Json:
    """The whole Job but for its name and mark. Raises `Refused` where an override is not allowed or cannot be made."""
    why_not_allowed(live, overrides)
    template = copy.deepcopy(live.template)
    told = template.get("metadata") or {}
    metadata: Json = {
        "namespace": live.cron_job["metadata"]["namespace"],
        "annotations": {**(told.get("annotations") or {}), BY_HAND: "manual"},
        # as kubectl: no blockOwnerDeletion, which would need a right to the CronJob's finalizers
        "ownerReferences": [
            {
                "apiVersion": "batch/v1",
                "kind": "CronJob",
                "name": live.cron_job["metadata"]["name"],
                "uid": live.uid,
                "controller": True,
            }
        ],
    }
    if told.get("labels"):
        metadata["labels"] = dict(told["labels"])
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"]}
    override(body, overrides)
    return body


def override(job: Json, overrides: Mapping[str, str]) -> None:
    """Give the variables their new values, in place, in every container that has them."""
    for name, value in overrides.items():
        found = [one for one in _variables(job) if one.get("name") == name]
        if not found:
            raise Refused(f"no container of it sets a variable {name}", why="no_such_variable")
        if any("valueFrom" in one for one in found):
            raise Refused(
                f"the value of {name} comes from elsewhere (a Secret, say), so it is not overridden",
                why="no_such_variable",
            )
        for one in found:
            one["value"] = value


def _variables(job: Json) -> Iterator[Json]:
    spec = job["spec"]["template"]["spec"]
    for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
        yield from container.get("env") or []


def named(body: Json, name: str) -> Json:
    made = copy.deepcopy(body)
    made["metadata"]["name"] = name
    return made


def marked(body: Json, execution: str) -> Json:
    """What is really sent: the one name this execution's Job can have, and its mark."""
    made = named(body, job_name(body["metadata"]["ownerReferences"][0]["name"], execution))
    made["metadata"]["annotations"][MARK] = execution
    return made


def shown_run(live: CronLive, overrides: Mapping[str, str]) -> Json:
    """The body with the template named instead of written out: it may hold secrets."""
    source = {"from": f"CronJob/{live.cron_job['metadata']['name']}", "uid": live.uid, "sha256": live.digest}
    return {**source, "overrides": dict(overrides)}


def plain_run(job: Json) -> Json:
    """A dry run's answer without what the server makes up anew each time, so that two of them can be compared."""
    kept = {key: copy.deepcopy(value) for key, value in job.items() if key != "status"}
    for key in ("uid", "creationTimestamp", "managedFields", "generation", "resourceVersion", "selfLink"):
        kept["metadata"].pop(key, None)
    kept["spec"].pop("selector", None)
    for labels in (kept["metadata"].get("labels"), (kept["spec"]["template"].get("metadata") or {}).get("labels")):
        for key in OF_THE_JOB:
            (labels or {}).pop(key, None)
    return kept
