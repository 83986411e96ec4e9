"""When something began, for every kind of check: the one place that says which time counts as its onset. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core.case import Seen
from bot.core.predicates.logs_shape import leading
from bot.core.predicates.pods_shape import troubled
from bot.core.predicates.rollouts_shape import current_rollout
from bot.core.predicates.shape import Context, number_of, rows, time_of

SLACK = 20.0  # seconds: clocks, scrape intervals and event times never agree better than this


def onset(context: Context, one: Seen) -> datetime | None:
    """When what ``one`` looked at began; None where it did not, or cannot be told."""
    match one.tool:
        case "query_metrics":
            return _of_curve(one)
        case "search_logs" | "read_container_logs":
            return min(_times(leading(one), "first_seen"), default=None)
        case "rollout_history":
            rollout = current_rollout(one)
            return time_of(rollout.get("at")) if rollout else None
        case "list_pods":
            return min(_times(troubled(context, one), "restarted_at"), default=None)
        case "list_events":
            return min(_times([e for e in rows(one.facts, "events") if e.get("recent")], "at"), default=None)
        case "read_alerts":
            return min(_times(rows(one.facts, "alerts"), "active_at"), default=None)
    return None


def slack(*looks: Seen) -> float:
    """How far apart two onsets may be and still count as together: at least one step of a curve."""
    return max([SLACK, *(number_of(one.facts.get("step_s")) or 0.0 for one in looks)])


def _of_curve(one: Seen) -> datetime | None:
    moved = [series for series in rows(one.facts, "series") if series.get("direction")]
    return time_of(moved[0].get("began_at")) if moved else None


def _times(found: list[Mapping[str, Any]], key: str) -> list[datetime]:
    return [at for row in found if (at := time_of(row.get(key))) is not None]
