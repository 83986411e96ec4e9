"""In which namespace a service lives that came without one: one has it, several have, or nobody knows it. Pure.

Whoever opens an incident by hand rarely types a namespace, and a rule that sums by service loses it. Without one the
cluster and the logs cannot be asked at all, so it is looked for where Midwatch may look, and never chosen between two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.core.case import NOT_ASKED, Case, Seen
from bot.core.findings import Claim
from bot.core.measures import clip, listed
from bot.core.planning import Call
from bot.core.predicates.shape import rows

ALERTS = Call("where_alerts", "read_alerts", {}, "alerts that may say the namespace")
LOOKS = (("list_workloads", "workloads", "workloads"), ("list_jobs", "cron_jobs", "CronJobs"))
UNKNOWN = "namespace"  # the check that says why there is none
MOST_PLACES = 10
MOST_NAMED = 6


@dataclass(frozen=True)
class Placed:
    """The case, with its namespace where there is one; ``says`` is for people, ``looks`` what could not be read."""

    case: Case
    says: Claim | None = None
    looks: Mapping[str, Seen] = field(default_factory=dict)


def places(listed_: Sequence[str], also: Sequence[str], alerts: Seen | None) -> list[str]:
    """Where to look: what is configured, where incidents are open, and what alerts speak of."""
    labels = [row.get("labels") for row in rows(alerts.facts, "alerts")] if alerts and alerts.readable else []
    told = [str(one["namespace"]) for one in labels if isinstance(one, Mapping) and one.get("namespace")]
    return list(dict.fromkeys([*listed_, *also, *told]))


def calls(service: str, where: Sequence[str]) -> list[Call]:
    return [
        Call(f"where_{rows_}_{place}", tool, {"namespace": place, "service": service}, f"{noun} in {place}")
        for place in where[:MOST_PLACES]
        for tool, rows_, noun in LOOKS
    ]


def placed(case: Case, where: Sequence[str], looks: Sequence[Seen]) -> Placed:
    """What these looks came to."""
    names = {tool: key for tool, key, _ in LOOKS}
    found: dict[str, Seen] = {}
    exact: dict[str, Seen] = {}
    for one in (one for one in looks if one.readable and one.tool in names):
        for row in rows(one.facts, names[one.tool]):
            place = str(one.arguments.get("namespace") or row.get("namespace") or "")
            found.setdefault(place, one)
            if row.get("name") == case.service:
                exact.setdefault(place, one)
    unread = {one.check: one for one in looks if not one.readable}
    meant = exact or found
    if len(meant) == 1:
        place, one = next(iter(meant.items()))
        text = f"Namespace found: {place}, the only one in which {clip(case.service, 100)} was seen."
        return Placed(replace(case, namespace=place), Claim(text=text, evidence=one.ids), unread)
    evidence = tuple(id_ for one in meant.values() for id_ in one.ids)
    text = _several(case, list(meant)) if meant else _nobody(case, where, unread=bool(unread))
    lacking = Seen(UNKNOWN, "list_workloads", NOT_ASKED, digest=text, noun="the namespace")
    return Placed(case, Claim(text=text, evidence=evidence), {UNKNOWN: lacking, **unread})


def _several(case: Case, meant: Sequence[str]) -> str:
    how = "give the alert a namespace label" if case.alertname or case.labels else "open it again with namespace:<name>"
    return f"{clip(case.service, 100)} was seen in {listed(list(meant))}. To say which is meant, {how}."


def _nobody(case: Case, where: Sequence[str], *, unread: bool) -> str:
    name = clip(case.service, 100)
    if not where:
        return f"In which namespace {name} is was not said, and MIDWATCH_NAMESPACES names none to look in."
    shown = listed(list(where[:MOST_NAMED])) + (" and more" if len(where) > MOST_NAMED else "")
    if unread or len(where) > MOST_PLACES:
        return f"No service {name} was seen in {shown}, but not everything could be read."
    return f"There is no service {name}: no workload and no CronJob of it in {shown}."
