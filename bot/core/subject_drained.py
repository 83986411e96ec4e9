"""A node that was drained: it is closed, the approved pods have left it, their controllers are whole again. Pure."""

from collections.abc import Iterator

from bot.core.canonical import Json
from bot.core.subject_kind import Facts, Subject

MOST_NAMED = 6


def _where(expected: Json, _: str) -> Json | None:
    if not expected.get("name") or not expected.get("pods"):
        return None
    return {"name": expected["name"], "pods": expected["pods"]}


def _unwanted(expected: Json, found: Facts) -> Iterator[str]:
    """What could not be read raises, so that it is never taken for as wanted."""
    if found["uid"] != expected["uid"]:
        yield "it was deleted and made again"
    if not bool(found["unschedulable"]):
        yield "it takes new pods"
    left = list(found["left"])
    if int(found["asked"]) != len(expected["pods"]):
        raise ValueError("not every pod was asked about")
    if left:
        yield f"{_counted(len(left))} still there: {', '.join(left[:MOST_NAMED])}"
    for one in found["controllers"]:
        if one["wanted"] is None:
            raise ValueError("a controller could not be read")
        if int(one["ready"]) < int(one["wanted"]):
            of = f"{one['kind']} {one['name']} in {one['namespace']}"
            yield f"{one['ready']} of {one['wanted']} pods of {of} are ready"


def _counted(pods: int) -> str:
    return "1 pod is" if pods == 1 else f"{pods} pods are"


def _fine(found: Facts) -> str:
    return f"node {found['name']} is closed for new pods, and all {found['asked']} pods left it and were replaced"


def _standing(found: Facts) -> str:
    left = list(found.get("left") or ())
    still = f": {', '.join(left[:MOST_NAMED])}" if left else ""
    closed = "closed" if found.get("unschedulable") else "open"
    return f"{closed} for new pods, {len(left)} of {found.get('asked')} pods still there{still}"


DRAINED = Subject(
    key="drained",
    noun="node",
    tool="read_drained",
    where=_where,
    unwanted=_unwanted,
    hopeless=lambda _: False,
    fine=_fine,
    standing=_standing,
    gone="not_as_wanted",
    lacking="which pods are still on it and how their controllers stand",
)
