"""A container's requests and limits: which container, what it would have, and whether that makes sense. Pure."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.core.canonical import Json
from bot.core.errors import Refused
from tools.specs.set_resources import NONE, PLACES

UNITS = {
    "m": Decimal("0.001"), "": Decimal(1), "k": Decimal(10) ** 3,
    **{unit: Decimal(10) ** (3 * power) for power, unit in enumerate("MGTPE", 2)},
    **{f"{unit}i": Decimal(2) ** (10 * power) for power, unit in enumerate("KMGTPE", 1)},
}  # fmt: skip
LEAST_MEMORY = 6 * 2**20  # no container runtime starts one with less
SIDES = ("requests", "limits")
Resources = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Resized:
    """One container with other resources. ``former`` are the arguments that would set back what differs."""

    container: str
    body: Json
    wanted: Resources
    former: dict[str, str]


def resized(template: Json, named: str | None, asked: Mapping[str, str]) -> Resized:
    """Raises `Refused` where nothing would differ, or where the outcome makes no sense."""
    container = chosen(template, named)
    now = resources_of(container)
    wanted = {side: dict(now.get(side) or {}) for side in SIDES}
    former: dict[str, str] = {}
    for argument, value in asked.items():
        side, what = PLACES[argument]
        was = wanted[side].pop(what, None)
        if value != NONE:
            wanted[side][what] = value
        if not same(was, wanted[side].get(what)):
            former[argument] = NONE if was is None else str(was)
    if not former:
        raise Refused(f"container {container['name']} has these resources already", why="nothing_to_do")
    for why in _senseless(wanted):
        raise Refused(why, why="senseless")
    return Resized(str(container["name"]), _body(container, wanted, former), wanted, former)


def chosen(template: Json, named: str | None) -> Json:
    containers = [dict(one) for one in template["spec"]["containers"]]
    names = ", ".join(str(one["name"]) for one in containers)
    if named is None and len(containers) > 1:
        raise Refused(f"it has several containers ({names[:300]}); say which", why="which_container")
    found = [one for one in containers if named in (None, one["name"])]
    if not found:
        raise Refused(f"it has no container {named}; there is {names[:300]}", why="no_such_container")
    return found[0]


def resources_of(container: Json) -> Json:
    return dict(container.get("resources") or {})


def size(quantity: str) -> Decimal | None:
    """None for one that is not written as it may be asked for here (`1e3`, `5u`)."""
    number = quantity.rstrip("mkKMGTPEi")
    unit = UNITS.get(quantity[len(number) :])
    if unit is None or not number.replace(".", "", 1).isdecimal():
        return None
    return Decimal(number) * unit


def same(one: str | None, other: str | None) -> bool:
    """1024Mi is 1Gi: the server writes the one as the other."""
    if one is None or other is None:
        return one is other
    return one == other or (size(one) is not None and size(one) == size(other))


def alike(one: Resources, other: Resources) -> bool:
    for side in SIDES:
        mine, theirs = one.get(side) or {}, other.get(side) or {}
        if mine.keys() != theirs.keys() or not all(same(mine[what], theirs[what]) for what in mine):
            return False
    return True


def _senseless(wanted: Resources) -> Iterator[str]:
    for what in ("cpu", "memory"):
        request, limit = wanted["requests"].get(what), wanted["limits"].get(what)
        if request is not None and limit is not None and _below(limit, request):
            yield f"its {what} limit would be {limit}, which is below its request of {request}"
    limit = wanted["limits"].get("memory")
    if limit is not None and (size(limit) or LEAST_MEMORY) < LEAST_MEMORY:
        yield f"with a memory limit of {limit} no container starts (a unit may be missing, as in 512Mi)"


def _below(one: str, other: str) -> bool:
    smaller, larger = size(one), size(other)
    return smaller is not None and larger is not None and smaller < larger


def _body(container: Json, wanted: Resources, former: Mapping[str, str]) -> Json:
    """Only what differs; null takes away, a whole side where nothing of it is left, so that none stays behind empty."""
    resources: dict[str, dict[str, str | None] | None] = {}
    for argument in former:
        side, what = PLACES[argument]
        if wanted[side]:
            resources[side] = {**(resources.get(side) or {}), what: wanted[side].get(what)}
        else:
            resources[side] = None
    changed = {"name": container["name"], "resources": resources}
    return {"spec": {"template": {"spec": {"containers": [changed]}}}}


def without(template: Json, container: str) -> Json:
    """The template with that container's resources left out, to compare the rest of it."""
    rest = copy.deepcopy(template)
    for one in rest["spec"]["containers"]:
        if one["name"] == container:
            one.pop("resources", None)
    return rest
