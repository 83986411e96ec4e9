"""PostgreSQL and RDS, as their exporters show them in Prometheus: what is exhausted, saturated, lagging or full.

What a curve means is `databases/`; a database that is well is counted and not told.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from bot.core.records import Curve
from bot.core.signs import Role, Sign
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.databases.analyzing import signs_of
from tools.read.databases.exported import SELECTOR, databases_in
from tools.read.metrics import points_of
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import nothing, observed
from tools.read.shapes.series import step_for
from tools.read.shapes.wording import plural, span_text
from tools.read.sources.prometheus import Prometheus, PrometheusSettings, cut_at_limit

_MOST_SIGNS = 20
TROUBLE = (Role.CAUSE, Role.SYMPTOM)


class FindDatabaseFaults(Arguments):
    service: str = Field(default="", max_length=253, description="Only databases whose name holds this; all without it")


def find_database_faults(asked: FindDatabaseFaults, settings: PrometheusSettings, look: Look) -> Observation:
    """facts: signs, databases [{name, faults}], total."""
    window = look.window
    step = step_for((window.end - window.baseline_start).total_seconds())
    with Prometheus(settings, look.seconds) as prometheus:
        found = prometheus.range(SELECTOR, window.baseline_start, window.end, step)
    return summarise_databases(asked.service, found, look)


def summarise_databases(service: str, found: Sequence[Mapping[str, Any]], look: Look) -> Observation:
    window = look.window
    query = f"query_range {SELECTOR} from {span_text(window.baseline_start, window.end)}"
    databases = [
        one for one in databases_in(map(_curve, found), look.now, window.start) if service in one.instance.name
    ]
    if not databases:
        said = f"No exporter of a database{f' named {service}' if service else ''} writes to Prometheus."
        return nothing(query, "a database's metrics", said, {"databases": [], "total": 0, "signs": []})
    signs = {one.instance.name: signs_of(one) for one in databases}
    told = sorted((sign for each in signs.values() for sign in _worth(each)), key=lambda one: -one.weight)
    faults = {name: [one.kind for one in each if one.role in TROUBLE] for name, each in signs.items()}
    ill = [name for name, kinds in faults.items() if kinds]
    facts = {
        "databases": [{"name": name, "faults": kinds} for name, kinds in faults.items()],
        "total": len(databases),
        "signs": [one.payload() for one in told[:_MOST_SIGNS]],
    }
    head = f"{plural(len(databases), 'database')}, {len(ill)} in trouble" + (f": {', '.join(ill[:5])}" if ill else "")
    lines = [head, *(f"{one.role.value}: {one.says}" for one in told[:_MOST_SIGNS])]
    return observed(query, lines, facts, cut_at_limit(found))


def _worth(signs: Sequence[Sign]) -> Sequence[Sign]:
    """All of a database in trouble; of another one nothing."""
    return signs if any(one.role in TROUBLE for one in signs) else ()


def _curve(series: Mapping[str, Any]) -> Curve:
    labels = {str(name): str(value) for name, value in (series.get("metric") or {}).items()}
    points = points_of(series.get("values") or [])
    return Curve(
        labels.pop("__name__", ""),
        tuple((datetime.fromtimestamp(at, UTC), value) for at, value in points),
        labels=labels,
    )


TOOLS = (
    ReadingTool(
        Spec(
            "find_database_faults",
            Effect.READ,
            FindDatabaseFaults,
            "Find what is wrong with PostgreSQL and RDS databases: connections, CPU, storage, lag, locks, memory.",
            for_model=False,
        ),
        PrometheusSettings,
        find_database_faults,
    ),
)
