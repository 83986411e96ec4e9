"""Databases as their exporters show them: found by instance, sessions added up, and only trouble is told."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.adapters.looks import ToolLooks
from bot.core.events import Outcome
from bot.core.signs import Role, signs_in
from bot.core.tool import Observation
from tests.tools.read.answering import Reply, a_look, answering
from tools.read.sources.prometheus import PrometheusSettings

LOOK = a_look()


def series(name: str, values: Sequence[float], labels: Mapping[str, str]) -> dict[str, Any]:
    """Spread evenly over the window with its baseline."""
    window = LOOK.window
    start, end = window.baseline_start.timestamp(), window.end.timestamp()
    pace = (end - start) / max(len(values) - 1, 1)
    points = [[start + at * pace, str(value)] for at, value in enumerate(values)]
    return {"metric": {"__name__": name, **labels}, "values": points}


def ask(*found: dict[str, Any], service: str = "") -> Observation:
    reply = Reply({"status": "success", "data": {"resultType": "matrix", "result": list(found)}})
    with answering({"/api/v1/": reply}) as server:
        looks = ToolLooks(given=[PrometheusSettings(url=server.url)])  # type: ignore[arg-type]
        return looks.look("find_database_faults", {"service": service}, LOOK)


def sessions(idle: Sequence[float], active: Sequence[float], instance: str = "ledger:9187") -> list[dict[str, Any]]:
    where = {"instance": instance}
    return [
        series("pg_stat_activity_count", idle, {**where, "state": "idle in transaction"}),
        series("pg_stat_activity_count", active, {**where, "state": "active", "wait_event_type": "Lock"}),
        series("pg_settings_max_connections", [100] * len(idle), where),
    ]


def test_idle_sessions_up_to_the_limit_are_told_with_their_states() -> None:
    found = ask(*sessions([10, 20, 40, 60, 80, 90, 94], [4, 5, 4, 5, 4, 5, 5]))
    signs = signs_in(found.facts)

    assert [one.kind for one in signs if one.role is Role.CAUSE] == ["connection_exhaustion"]
    assert "99 of 100 max_connections" in signs[0].says
    assert "94 idle in transaction" in signs[0].says
    assert found.facts["databases"] == [{"name": "ledger:9187", "faults": ["connection_exhaustion"]}]


def test_names_of_cloudwatch_exporters_are_known() -> None:
    where = {"dimension_DBInstanceIdentifier": "ledger"}
    found = ask(
        series("aws_rds_cpuutilization_average", [20, 21, 22, 95, 96, 97, 96, 95], where),
        series("aws_rds_replica_lag_maximum", [0.5] * 8, where),
        series("aws_rds_free_storage_space_average", [2e11] * 8, where),
    )

    assert [one.kind for one in signs_in(found.facts) if one.role is Role.CAUSE] == ["cpu_saturation"]
    assert "CPU saturation" in found.digest


def test_a_database_that_is_well_is_counted_and_not_told() -> None:
    found = ask(*sessions([10, 11, 10, 12], [3, 3, 2, 3]))

    assert found.outcome is Outcome.OK
    assert signs_in(found.facts) == ()
    assert found.facts["total"] == 1


def test_only_the_service_asked_for_is_read() -> None:
    both = (*sessions([10, 40, 80, 96], [4, 4, 4, 4], "a"), *sessions([1, 1, 1, 1], [1, 1, 1, 1], "b"))

    assert ask(*both, service="b").facts["total"] == 1
    assert ask(*both, service="c").outcome is Outcome.NO_DATA


@pytest.mark.parametrize("odd", [[], ["NaN", "NaN"]])
def test_series_without_a_number_are_no_database(odd: list[Any]) -> None:
    found = ask(series("pg_stat_activity_count", odd, {"instance": "a"}))

    assert found.outcome is Outcome.NO_DATA
