"""Reading workloads: the rows of `read_workload` and `list_workloads`, and what kind each is of. Pure."""

from collections.abc import Mapping
from typing import Any

from bot.core.case import Seen
from bot.core.predicates.shape import rows

WORKLOADS = "list_workloads"
DEPLOYMENT = "Deployment"
Workload = Mapping[str, Any]


def workloads(one: Seen) -> list[Workload]:
    single = one.facts.get("workload")
    return [single] if isinstance(single, Mapping) else rows(one.facts, "workloads")


def kind_of(row: Workload) -> str:
    """Looks that were stored before other kinds were read do not say it: they saw Deployments."""
    return str(row.get("kind") or DEPLOYMENT)
