"""What a change can be about, one row each: how it is read, and when it is as the plan wanted it. Pure.

A plan's `expects` names one of these by its key; a new kind of change adds a row here and nothing elsewhere.
"""

from collections.abc import Iterator

from bot.core.canonical import Json
from bot.core.reruns import job_name
from bot.core.subject_kind import Facts, State, Subject
from bot.core.subjects_beside import BESIDE

__all__ = ["SUBJECTS", "State", "Subject"]


# --- a workload: its pods are replaced


def _workload_where(expected: Json, _: str) -> Json | None:
    if not expected.get("namespace") or not expected.get("name"):
        return None
    # of its own kind only: a StatefulSet of the same name is not what was changed
    return {"namespace": expected["namespace"], "name": expected["name"], "kind": "Deployment"}


def _workload_unwanted(expected: Json, found: Facts) -> Iterator[str]:
    if "replicas" in expected:  # its count was changed and nothing else: what template it runs is not asked
        yield from _scaled_unwanted(int(expected["replicas"]), found)
        return
    wanted, desired, ready = int(expected["ready_replicas"]), int(found["desired"]), int(found["ready"])
    if int(found["observed_generation"]) < int(found["generation"]):
        yield "the cluster has not followed the change yet"
    if desired < wanted:
        yield f"it was scaled down: {desired} pods are wanted, {wanted} were when this was proposed"
    if int(found["updated"]) < desired:
        yield f"the rollout is not through: {found['updated']} of {desired} pods are replaced"
    if ready < desired:
        yield f"{ready} of {desired} pods are ready"
    template = expected.get("revision_template_hash")
    if template and found["template_hash"] is None:
        raise ValueError("which template it runs could not be read")
    if template and found["template_hash"] != template:
        yield "it does not run the revision this was about"
    if found.get("healthy") is False and found.get("why"):
        yield str(found["why"])[:300]


def _scaled_unwanted(wanted: int, found: Facts) -> Iterator[str]:
    desired, ready = int(found["desired"]), int(found["ready"])
    if int(found["observed_generation"]) < int(found["generation"]):
        yield "the cluster has not followed the change yet"
    if desired != wanted:
        yield f"it was scaled again: {desired} pods are wanted, and not {wanted}"
    if ready != desired:
        yield f"{ready} pods are ready, and {desired} are wanted"


def _workload_fine(found: Facts) -> str:
    return f"{found['ready']} of {found['desired']} pods of {found['name']} are ready"


def _workload_standing(found: Facts) -> str:
    return f"revision {found.get('revision') or 'unknown'}, {found.get('ready')} of {found.get('desired')} pods ready"


# --- a Job: one is made, and must come to its end


def _job_where(expected: Json, execution: str) -> Json | None:
    if not expected.get("namespace") or not expected.get("cron_job"):
        return None
    return {"namespace": expected["namespace"], "name": job_name(str(expected["cron_job"]), execution)}


def _job_unwanted(_: Json, found: Facts) -> Iterator[str]:
    state = str(found["state"])
    if state == "failed":
        why = f"{found.get('reason') or ''} {found.get('message') or ''}".strip()[:300]
        yield f"Job {found['name']} failed" + (f": {why}" if why else "")
    elif state != "complete":
        yield f"Job {found['name']} has not completed: it is {state}"


def _job_took(found: Facts) -> str:
    seconds = found.get("seconds")
    return f" after {seconds:.0f} s" if isinstance(seconds, int | float) else ""


# --- a CronJob: its schedule is suspended or goes on


def _named_where(expected: Json, _: str) -> Json | None:
    if not expected.get("namespace") or not expected.get("name"):
        return None
    return {"namespace": expected["namespace"], "name": expected["name"]}


def _cron_job_unwanted(expected: Json, found: Facts) -> Iterator[str]:
    if bool(found["suspended"]) is not bool(expected["suspended"]):
        yield f"its schedule is {'suspended' if found['suspended'] else 'not suspended'}"


def _cron_job_standing(found: Facts) -> str:
    schedule = str(found.get("schedule") or "unknown")[:100]
    return f"its schedule {schedule} is {'suspended' if found.get('suspended') else 'not suspended'}"


# --- an autoscaler: it keeps other bounds


def _autoscaler_unwanted(expected: Json, found: Facts) -> Iterator[str]:
    wanted = (int(expected["min_replicas"]), int(expected["max_replicas"]))
    if (int(found["min_replicas"]), int(found["max_replicas"])) != wanted:
        yield f"it {_autoscaler_standing(found)}, and not {wanted[0]} to {wanted[1]}"


def _autoscaler_standing(found: Facts) -> str:
    return f"keeps {found.get('min_replicas')} to {found.get('max_replicas')} pods"


SUBJECTS = (
    Subject(
        key="workload",
        noun="workload",
        tool="read_workload",
        where=_workload_where,
        unwanted=_workload_unwanted,
        hopeless=lambda _: False,
        fine=_workload_fine,
        standing=_workload_standing,
        gone="not_as_wanted",
        lacking="how many pods are ready, and of which revision",
    ),
    Subject(
        key="job",
        noun="Job",
        tool="read_job",
        where=_job_where,
        unwanted=_job_unwanted,
        hopeless=lambda found: found.get("state") == "failed",
        fine=lambda found: f"Job {found['name']} completed{_job_took(found)}",
        standing=lambda found: f"state {found.get('state') or 'unknown'}",
        gone=None,  # Jobs that have ended are deleted after a while, whichever way they ended
        lacking="how it stands",
        made_by_it=True,
    ),
    Subject(
        key="cron_job",
        noun="CronJob",
        tool="read_cron_job",
        where=_named_where,
        unwanted=_cron_job_unwanted,
        hopeless=lambda _: False,
        fine=lambda found: (
            f"CronJob {found['name']} {'is suspended' if found['suspended'] else 'runs by its schedule'}"
        ),
        standing=_cron_job_standing,
        gone="not_as_wanted",
        lacking="whether its schedule is suspended",
    ),
    Subject(
        key="autoscaler",
        noun="HorizontalPodAutoscaler",
        tool="read_autoscaler",
        where=_named_where,
        unwanted=_autoscaler_unwanted,
        hopeless=lambda _: False,
        fine=lambda found: f"{found['name']} {_autoscaler_standing(found)}",
        standing=lambda found: f"bounds {found.get('min_replicas')} to {found.get('max_replicas')}",
        gone="not_as_wanted",
        lacking="what its bounds are",
    ),
    *BESIDE,
)
