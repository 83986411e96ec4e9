"""Makes the one Job of an execution: one create under a name no other execution has, at most one effect.

`Refused` from here means the cluster is certain to be as it was. Anything else leaves the outcome open. A second run
meets the Job of the first by its name, and knows it as its own by its mark and its owner.
"""

import time

from bot.core.canonical import Json
from bot.core.errors import Refused, Unreachable
from bot.core.reruns import job_name
from bot.core.tool import MARK, Done, Plan
from tools.change.kube.cluster import AlreadyThere, Cluster, ClusterSettings, NotSent
from tools.change.kube.cron.body import marked, run_body
from tools.change.kube.cron.live import find_job, is_ours, jobs_path, read_cron_job
from tools.change.kube.cron.planning import why_changed, why_not_now
from tools.change.kube.gate import Permit
from tools.change.kube.patching import exact

LOOKS = 3
LOOK_SECONDS = 1.0


def create_run(plan: Plan, execution: str, settings: ClusterSettings) -> Done:
    """Make the plan's Job, or find that it was made."""
    path = jobs_path(plan.target.namespace)
    with Cluster(settings, Permit("POST", path)) as cluster:
        try:
            found = _own(cluster, plan, execution)
            body = None if found else _body(cluster, plan)
        except Unreachable as error:
            raise Refused(f"{error}; nothing was sent", why="unreachable") from error
        if found or body is None:
            return _done(plan, found or {}, execution, already=True)
        return _create(cluster, path, plan, marked(body, execution), execution)


def carries(plan: Plan, execution: str, settings: ClusterSettings) -> bool:
    """Whether there is a Job that this execution made, out of the plan's very CronJob."""
    with Cluster(settings) as cluster:
        return _own(cluster, plan, execution) is not None


def _own(cluster: Cluster, plan: Plan, execution: str) -> Json | None:
    found = find_job(cluster, plan.target.namespace, job_name(plan.target.name, execution))
    return found if found is not None and is_ours(found, MARK, execution, plan.target.uid) else None


def _body(cluster: Cluster, plan: Plan) -> Json:
    """The exact body, if everything the plan was approved on still holds."""
    if plan.request["path"] != jobs_path(plan.target.namespace):
        raise Refused("the change would not be the one that was approved", why="changed")
    live = read_cron_job(cluster, plan.target.namespace, plan.target.name)
    if changed := why_changed(plan, live):
        raise Refused(f"{plan.target.name} is not as it was when this was proposed: {changed}", why="changed")
    why_not_now(live)
    body = run_body(live, dict(plan.arguments.get("overrides") or {}))
    if exact(body) != plan.request["sha256"]:
        raise Refused("the change would not be the one that was approved", why="changed")
    return body


def _create(cluster: Cluster, path: str, plan: Plan, sent: Json, execution: str) -> Done:
    try:
        return _done(plan, cluster.create(path, sent), execution)
    except AlreadyThere as error:
        found = _own(cluster, plan, execution)  # Unreachable here leaves it open, as it is
        if found is None:
            raise Refused(
                f"there is a Job {sent['metadata']['name']} that is not this execution's", why="changed"
            ) from error
        return _done(plan, found, execution, already=True)
    except NotSent as error:
        raise Refused(f"{error}; nothing was sent", why="unreachable") from error
    except Unreachable as error:
        return _settled(cluster, plan, execution, error)


def _settled(cluster: Cluster, plan: Plan, execution: str, error: Unreachable) -> Done:
    for _ in range(LOOKS):
        time.sleep(LOOK_SECONDS)
        try:
            found = _own(cluster, plan, execution)
        except (Refused, Unreachable):
            continue
        if found is not None:
            return _done(plan, found, execution)
    raise error


def _done(plan: Plan, job: Json, execution: str, already: bool = False) -> Done:
    metadata = job["metadata"]
    says = "was started before" if already else "started"
    return Done(
        says=f"{plan.title}: Job {metadata['name']} {says}",
        facts={
            "object": f"Job/{plan.target.namespace}/{metadata['name']}",
            "uid": metadata["uid"],
            "resource_version": str(metadata.get("resourceVersion", "")),
            "execution": execution,
        },
        already=already,
    )
