"""Monitors as signs, and what the cluster's own components logged: what they did, and by that what is over.

A monitor that holds is trouble, one that does not rules its trouble out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.core.case import Case
from bot.core.measures import clip
from bot.core.records import LogLine
from bot.core.signs import Role, Sign, Source
from bot.evaluation.importers.loose import rows as found

COMPONENTS = frozenset(
    {"cluster-autoscaler", "karpenter", "scheduler", "kube-scheduler", "default-scheduler", "kubelet"}
    | {"kube-controller-manager", "deployment-controller", "node-controller"}
)
CALM = frozenset({"info", "notice", "debug", "ok", ""})
MOST_TOLD = 4
RESOURCE = re.compile(r"cpu|memory|throttl|disk|queue|pool|connections|restart|oom|storage", re.IGNORECASE)
FIRING = frozenset({"alert", "warn", "warning"})


def monitor_signs(read: Mapping[str, Any], case: Case) -> Iterator[Sign]:
    rows = found(read, "monitors", "items")
    calm = [row for row in rows if str(row.get("overall_state", "")).lower() == "ok"]
    for row in rows:
        if str(row.get("overall_state", "")).lower() in FIRING:
            yield _fires(row, case)
    if calm:
        names = ", ".join(f"“{row.get('name')}”" for row in calm)
        every = len(calm) == len(rows)
        head = _all(len(rows)) if every else f"{len(calm)} of {len(rows)} monitors are OK"
        says = f"{head}: {names}{'; within normal bounds, no failure shows' if every else ''}"
        yield Sign(
            "monitors_ok",
            Role.WELL,
            Source.MONITORS,
            clip(says, 400),
            case.service,
            case.service,
            case.namespace,
            weight=0.6,
            facts={"every": every},
        )


def _all(count: int) -> str:
    return "The only monitor is OK" if count == 1 else f"All {count} monitors are OK"


def _fires(row: Mapping[str, Any], case: Case) -> Sign:
    """A monitor of a resource is nearer to a cause than one of what users feel."""
    name, query, message = (str(row.get(key) or "") for key in ("name", "query", "message"))
    told = ": ".join(part for part in (clip(message, 160), clip(query, 160)) if part)
    return Sign(
        "monitor_fires",
        Role.SYMPTOM,
        Source.MONITORS,
        f"Monitor “{name}” is in {row.get('overall_state')}: {told}",
        case.service,
        case.service,
        case.namespace,
        weight=0.55 if RESOURCE.search(f"{name} {query}") else 0.5,
        quotes=(query,),
    )


def component_signs(lines: Iterable[LogLine], case: Case) -> Iterator[Sign]:
    """What the scheduler, the autoscaler and the controllers say that they did: it is done, and no trouble."""
    told = [one for one in lines if one.service in COMPONENTS and one.level in CALM]
    for one in told[-MOST_TOLD:]:
        at = f" at {one.at:%H:%M}" if one.at else ""
        yield Sign(
            f"{one.service}_acted",
            Role.PAST,
            Source.LOGS,
            f"{one.service}{at}: “{clip(one.text, 280)}”",
            case.service,
            case.service,
            case.namespace,
            weight=0.55,
            last=one.at,
            quotes=(one.text,),
        )
