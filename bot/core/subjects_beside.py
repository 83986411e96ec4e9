"""Further subjects of a change, beside workloads and their schedules: silences, flags, single pods, nodes. Pure."""

from collections.abc import Iterator

from bot.core.canonical import Json
from bot.core.subject_drained import DRAINED
from bot.core.subject_kind import Facts, Subject

SLACK_SECONDS = 30  # Alertmanager begins a silence when it hears of it, a moment after it was made


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


BESIDE = (
    DRAINED,
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
