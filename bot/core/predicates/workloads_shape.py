"""Reading workloads: the rows of `read_workload` and `list_workloads`, and what kind each is of. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.core.case import Seen
from bot.core.predicates.shape import rows

WORKLOADS = "list_workloads"
DEPLOYMENT = "Deployment"
Workload = Mapping[str, Any]


def workloads(one: Seen) -> list[Workload]:
    single = one.facts.get("workload")
    return [single] if isinstance(single, Mapping) else rows(one.facts, "workloads")


def other_kind(looks: Iterable[Seen], name: str) -> str:
    """The kind of the workload of this name, where one was seen and none of them is a Deployment; else ""."""
    kinds = [kind_of(row) for one in looks if one.readable for row in workloads(one) if row.get("name") == name]
    return "" if DEPLOYMENT in kinds else next(iter(kinds), "")


def kind_of(row: Workload) -> str:
    """Looks that were stored before other kinds were read do not say it: they saw Deployments."""
    return str(row.get("kind") or DEPLOYMENT)
