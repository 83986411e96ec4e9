"""What a change can be about, one row each: how it is read, and when it is as the plan wanted it. Pure.

A plan's `expects` names one of these by its key; a new kind of change adds a row here and nothing elsewhere.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.core.canonical import Json
from bot.core.reruns import job_name

SLACK_SECONDS = 30  # Alertmanager begins a silence when it hears of it, a moment after it was made

State = Literal["as_wanted", "not_as_wanted"]
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """``key`` is its name in a plan's `expects` and in the facts of ``tool``, which reads it.

    ``where`` gives the tool's arguments (None: not enough is said), ``unwanted`` every way in which it is not as
    expected, ``hopeless`` whether that will stay so, ``fine`` and ``standing`` its state in words, ``gone`` what its
    absence means, ``lacking`` what facts that cannot be judged do not say; ``made_by_it``: the change makes it.
    """

    key: str
    noun: str
    tool: str
    where: Callable[[Json, str], Json | None]
    unwanted: Callable[[Json, Facts], Iterator[str]]
    hopeless: Callable[[Facts], bool]
    fine: Callable[[Facts], str]
    standing: Callable[[Facts], str]
    gone: State | None
    lacking: str
    made_by_it: bool = False


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


# --- a silence: one is made and lasts, or one is ended


def _silence_where(expected: Json, execution: str) -> Json | None:
    return {"execution": execution} if expected.get("minutes") else None


def _ended_where(expected: Json, _: str) -> Json | None:
    return {"id": expected["id"]} if expected.get("id") else None


def _silence_unwanted(expected: Json, found: Facts) -> Iterator[str]:
    """One that lasted as long as it should is over rightly."""
    wanted, lasts = 60 * int(expected["minutes"]), int(found["seconds"])
    if found["state"] == "pending":
        yield "the silence has not begun"
    elif lasts < wanted - SLACK_SECONDS:
        yield f"the silence was shortened: it ends at {found['ends_at']}, {lasts // 60} min after it began"


def _ended_unwanted(_: Json, found: Facts) -> Iterator[str]:
    if found["state"] != "expired":
        yield f"the silence is still {found['state']}, until {found['ends_at']}"


def _silence_fine(found: Facts) -> str:
    if found["state"] == "expired":
        return f"the silence of {found['name']} lasted until its end at {found['ends_at']}"
    return f"{found['name']} is silenced until {found['ends_at']}"


def _silence_standing(found: Facts) -> str:
    return f"state {found.get('state') or 'unknown'}, until {found.get('ends_at') or 'an unknown time'}"


# --- a feature flag: it is on or off


def _flag_where(expected: Json, _: str) -> Json | None:
    if not expected.get("namespace") or not expected.get("name"):
        return None
    return {"namespace": expected["namespace"], "flag": expected["name"]}


def _flag_unwanted(expected: Json, found: Facts) -> Iterator[str]:
    if bool(found["enabled"]) is not bool(expected["enabled"]):
        yield f"the flag is {_on_or_off(found)}"


def _on_or_off(found: Facts) -> str:
    return "on" if found["enabled"] else "off"


# --- a pod that was evicted: it is gone, and its controller has as many ready as it wants


def _pod_where(expected: Json, _: str) -> Json | None:
    keys = ("namespace", "name", "controller_kind", "controller")
    return {key: expected[key] for key in keys} if all(expected.get(key) for key in keys) else None


def _pod_unwanted(expected: Json, found: Facts) -> Iterator[str]:
    if found["uid"] == expected["uid"]:
        yield f"pod {found['name']} is {'still ending' if found['ending'] else 'still there'}"
    wanted, ready = found["wanted"], found["ready"]
    if wanted is None:
        raise ValueError("its controller could not be read")
    if int(ready) < int(wanted):
        yield f"{ready} of {wanted} pods of {found['controller_kind']} {found['controller']} are ready"


def _pod_fine(found: Facts) -> str:
    of = f"{found['controller_kind']} {found['controller']}"
    return f"pod {found['name']} was replaced: {found['ready']} of {found['wanted']} pods of {of} are ready"


def _pod_standing(found: Facts) -> str:
    there = "ending" if found.get("ending") else f"there, uid {found['uid']}" if found.get("uid") else "not there"
    return f"{there}, {found.get('ready')} of {found.get('wanted')} pods of its controller ready"


# --- a node: it takes new pods or not


def _node_where(expected: Json, _: str) -> Json | None:
    return {"name": expected["name"]} if expected.get("name") else None


def _node_unwanted(expected: Json, found: Facts) -> Iterator[str]:
    if found["uid"] != expected["uid"]:
        yield "it was deleted and made again"
    if bool(found["unschedulable"]) is not bool(expected["unschedulable"]):
        yield f"it {_takes_pods(found)}"


def _takes_pods(found: Facts) -> str:
    return "is closed for new pods" if found.get("unschedulable") else "takes new pods"


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
    Subject(
        key="silence",
        noun="silence",
        tool="read_silence",
        where=_silence_where,
        unwanted=_silence_unwanted,
        hopeless=lambda found: found.get("state") == "expired",
        fine=_silence_fine,
        standing=_silence_standing,
        gone="not_as_wanted",
        lacking="how long it lasts",
        made_by_it=True,
    ),
    Subject(
        key="silence_ended",
        noun="silence",
        tool="read_silence",
        where=_ended_where,
        unwanted=_ended_unwanted,
        hopeless=lambda _: False,
        fine=lambda found: f"the silence of {found['name']} is over",
        standing=_silence_standing,
        gone=None,
        lacking="whether it is over",
    ),
    Subject(
        key="flag",
        noun="flag",
        tool="read_flag",
        where=_flag_where,
        unwanted=_flag_unwanted,
        hopeless=lambda _: False,
        fine=lambda found: f"flag {found['name']} is {_on_or_off(found)}",
        standing=lambda found: f"version {found.get('version')}, {_on_or_off(found)}",
        gone="not_as_wanted",
        lacking="whether it is on",
    ),
    Subject(
        key="node",
        noun="node",
        tool="read_node",
        where=_node_where,
        unwanted=_node_unwanted,
        hopeless=lambda _: False,
        fine=lambda found: f"node {found['name']} {_takes_pods(found)}",
        standing=lambda found: f"{'closed' if found.get('unschedulable') else 'open'} for new pods",
        gone="not_as_wanted",
        lacking="whether it takes new pods",
    ),
    Subject(
        key="pod",
        noun="pod",
        tool="read_pod",
        where=_pod_where,
        unwanted=_pod_unwanted,
        hopeless=lambda _: False,
        fine=_pod_fine,
        standing=_pod_standing,
        gone=None,  # its look says of a pod that is gone how its controller stands
        lacking="how its controller stands",
    ),
)
