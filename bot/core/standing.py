"""What `/ops status` says beside the trouble: lists that were cut, who names a service, how a well one is. Pure.

A list that was cut is no whole list: what was left out may be in trouble, unless the unhealthy came first and all of
them were shown.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.core.answers import Attention, NotReadable, WellSeen
from bot.core.case import Seen
from bot.core.incident import Incident
from bot.core.ledger import stamp
from bot.core.measures import clip
from bot.core.narration import own_channel
from bot.core.predicates.shape import number_of, rows

DAY = 24 * 3600
MOST_WELL = 4


@dataclass(frozen=True)
class OpenIncident:
    """An incident with its words: ``says`` is the finding's headline, or its title before there is one.

    ``cause`` is the cause it names (empty: none), ``because`` what that stands on.
    """

    incident: Incident
    says: str
    cause: str = ""
    because: tuple[str, ...] = field(default=())


# --- lists that were cut


def cut(looks: Iterable[Seen]) -> list[NotReadable]:
    """The looks that did not bring everything that might need attention."""
    return [
        NotReadable(what=one.name, outcome="partial", why=why)
        for one in looks
        if one.readable and (why := _why_cut(one))
    ]


def _why_cut(one: Seen) -> str:
    if one.incomplete:
        return clip(one.incomplete, 150)
    key, matters = LISTS.get(one.tool, ("", _never))
    shown, total = rows(one.facts, key), number_of(one.facts.get("total"))
    counted = len(shown) + len(rows(one.facts, "jobs"))
    if not shown or total is None or total <= counted or not matters(shown[-1]):
        return ""
    return f"the first {counted} of {total:.0f} were looked at"


def _never(_: Mapping[str, Any]) -> bool:
    return False


def _job_needs(row: Mapping[str, Any]) -> bool:
    return bool(row.get("behind")) or next(iter(rows(row, "runs")), {}).get("state") == "failed"


# whether the last row shown is one that matters: the worst come first, so that then more of them were left out
LISTS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], bool]]] = {
    "list_workloads": ("workloads", lambda row: row.get("healthy") is False),
    "read_alerts": ("alerts", lambda row: row.get("state") == "firing"),
    "rollout_history": ("rollouts", lambda row: 0 <= (number_of(row.get("seconds_before_alert")) or -1.0) <= DAY),
    "list_jobs": ("cron_jobs", _job_needs),
}


# --- who else names it


def named_elsewhere(service: str | None, incidents: Sequence[OpenIncident]) -> list[Attention]:
    """Open incidents of others that name this service as their cause."""
    if service is None:
        return []
    return [_named(service, one) for one in incidents if one.incident.service != service and says(one.cause, service)]


def _named(service: str, one: OpenIncident) -> Attention:
    told = next((text for text in one.because if says(text, service)), one.cause)
    level = one.incident.severity.value
    whose = f"{level.upper() if level.startswith('sev') else level} {one.incident.service or 'incident'}"
    channel = own_channel(one.incident)
    return Attention(
        level=one.incident.severity.value,
        kind="incident",
        service=service,
        namespace=one.incident.namespace,
        says=clip(f"named as the likely cause of {whose}: {told}", 250),
        since=stamp(one.incident.began_at) if one.incident.began_at else None,
        incident=one.incident.id,
        channel=channel.channel if channel else None,
    )


def says(text: str, name: str) -> bool:
    """Whether the name stands in the text as a word of its own."""
    return bool(name) and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


# --- how a well one is


def well(looks: Sequence[Seen], is_about: Callable[[Mapping[str, Any]], bool]) -> tuple[WellSeen, ...]:
    """The healthy Deployments of the service, with what runs there and since when."""
    found = [
        WellSeen(
            workload=str(row.get("name")),
            namespace=str(row.get("namespace") or one.arguments.get("namespace") or ""),
            ready=f"{row.get('ready')} of {row.get('desired')}",
            revision=str(row.get("revision") or ""),
            since=_since(looks, row),
        )
        for one in looks
        if one.readable and one.tool == "list_workloads"
        for row in rows(one.facts, "workloads")
        if row.get("healthy") is True and is_about(row)
    ]
    return tuple(found[:MOST_WELL])


def _since(looks: Sequence[Seen], workload: Mapping[str, Any]) -> str:
    found = (row for one in looks if one.tool == "rollout_history" for row in rows(one.facts, "rollouts"))
    mine = (row for row in found if row.get("workload") == workload.get("name") and row.get("current") is True)
    return next((str(row.get("at") or "") for row in mine), "")
