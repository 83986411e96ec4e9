"""`kubectl get` tables read back into objects, as far as a row says how its object is. Pure.

Columns begin where their heads begin; a table that somebody squeezed is split at two or more spaces.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.evaluation.kubectl.describe import KINDS, event
from bot.evaluation.kubectl.times import span_of, stamp

Json = dict[str, Any]
Row = Mapping[str, str]
_HEAD = re.compile(r"\S+(?: \S+)*")
_TREE = re.compile(r"[├└]──")  # what belongs to what, drawn by a plug-in: no table of one kind
_WELL = frozenset({"Running", "Completed", "Succeeded"})
_NAMED = re.compile(r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")
_READY = re.compile(r"^\d+/\d+$")
_RESTARTS = re.compile(r"^(\d+)(?: \((.+?) ago\))?$")


def rows_of(text: str) -> list[Row]:
    """Each row by the names of its columns."""
    lines = [line for line in text.splitlines() if line.strip() and not _TREE.search(line)]
    at = next((n for n, line in enumerate(lines) if re.match(r"^(NAMESPACE|NAME|LAST SEEN)\s", line)), None)
    if at is None:
        return []
    heads = [(one.group(0), one.start()) for one in _HEAD.finditer(lines[at])]
    return [_cells(line, heads) for line in lines[at + 1 :] if len(line.split()) > 1]


def _cells(line: str, heads: list[tuple[str, int]]) -> Row:
    ends = [start for _, start in heads[1:]] + [None]
    cut = {name: line[start:end].strip() for (name, start), end in zip(heads, ends, strict=True)}
    parts = re.split(r"\s{2,}", line.strip())
    fits = all(start == 0 or start > len(line) or line[start - 1 : start] == " " for _, start in heads)
    return cut if fits or len(parts) != len(heads) else dict(zip((name for name, _ in heads), parts, strict=True))


def listed(text: str, kind: str, namespace: str, now: datetime) -> list[Json]:
    """The objects of a table of this kind; events are told by their own columns."""
    rows = rows_of(text)
    if rows and "REASON" in rows[0] and "MESSAGE" in rows[0]:
        return [_event(row, namespace, now) for row in rows]
    reader = READERS.get(KINDS.get(kind.lower(), kind))
    fitting = [row for row in rows if _is_row(row)]
    return [reader(row, row.get("NAMESPACE") or namespace, now) for row in fitting] if reader else []


def _is_row(row: Row) -> bool:
    """A line that somebody else wrote among a table's rows is no object: least of all a sick one."""
    name, ready, restarts = row.get("NAME", ""), row.get("READY"), row.get("RESTARTS")
    return bool(
        _NAMED.match(name)
        and (ready is None or _READY.match(ready))
        and (restarts is None or _RESTARTS.match(restarts))
    )


def _event(row: Row, namespace: str, now: datetime) -> Json:
    kind, _, name = row.get("OBJECT", "").partition("/")
    about = (KINDS.get(kind.lower(), kind), row.get("NAMESPACE") or namespace, name)
    return event(row.get("TYPE", ""), row["REASON"], row.get("LAST SEEN", ""), about, row["MESSAGE"], now)


def _pod(row: Row, namespace: str, now: datetime) -> Json:
    status, restarts = row.get("STATUS", ""), _RESTARTS.match(row.get("RESTARTS", ""))
    ready, _, total = row.get("READY", "").partition("/")
    waits = status.removeprefix("Init:")
    is_init = status.startswith("Init:")
    held = {"waiting": {"reason": waits}} if waits not in _WELL and status != "Pending" else {"running": {}}
    count = int(restarts.group(1)) if restarts else 0
    container = {"name": "", "ready": bool(total) and ready == total, "restartCount": count, "state": held}
    if restarts and restarts.group(2):
        container["lastState"] = {"terminated": {"finishedAt": stamp(now - span_of(restarts.group(2)))}}
    phase = {"Completed": "Succeeded", "Pending": "Pending", "Evicted": "Failed", "Error": "Failed"}.get(
        status, "Running"
    )
    conditions = [{"type": "Ready", "status": "True" if container["ready"] else "False"}]
    statuses: Json = {"initContainerStatuses" if is_init else "containerStatuses": [container]}
    return {
        "kind": "Pod",
        "metadata": {"name": row["NAME"], "namespace": namespace, "labels": _labels(row)},
        "spec": {"nodeName": _known(row.get("NODE", ""))},
        "status": {
            "phase": "Pending" if is_init else phase, "conditions": conditions,
            "reason": status if status == "Evicted" else "", **statuses,
        },
    }  # fmt: skip


def _deployment(row: Row, namespace: str, _now: datetime) -> Json:
    ready, _, wanted = row.get("READY", "").partition("/")
    count = {"replicas": _number(wanted), "updatedReplicas": _number(row.get("UP-TO-DATE", wanted)),
             "readyReplicas": _number(ready), "availableReplicas": _number(row.get("AVAILABLE", ready))}  # fmt: skip
    meta = {"name": row["NAME"], "namespace": namespace, "labels": _labels(row)}
    return {"kind": "Deployment", "metadata": meta, "spec": {"replicas": _number(wanted)}, "status": count}


def _node(row: Row, _namespace: str, _now: datetime) -> Json:
    states = row.get("STATUS", "").split(",")
    ready = "True" if "Ready" in states else "False"
    spec = {"unschedulable": "SchedulingDisabled" in states}
    meta = {"name": row["NAME"], "labels": _labels(row)}
    return {
        "kind": "Node",
        "metadata": meta,
        "spec": spec,
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


READERS: dict[str, Callable[[Row, str, datetime], Json]] = {"Pod": _pod, "Deployment": _deployment, "Node": _node}


def _labels(row: Row) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in row.get("LABELS", "").split(",") if "=" in part)


def _known(text: str) -> str:
    return "" if text == "<none>" else text


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
