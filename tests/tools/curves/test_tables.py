"""Tables of metrics, as root-cause sets and exports write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.read.curves.tables import moment, read_long, read_table, read_wide

AT = datetime(2026, 11, 2, 2, 3, 15, tzinfo=UTC)
SECONDS = int(AT.timestamp())


@pytest.mark.parametrize("factor", [1, 10**3, 10**6, 10**9])
def test_a_moment_is_told_in_seconds_to_nanoseconds(factor: int) -> None:
    assert moment(str(SECONDS * factor)) == AT


@pytest.mark.parametrize("told", ["2026-11-02T02:03:15Z", "2026-11-02 02:03:15", "2026-11-02T03:03:15+01:00"])
def test_a_moment_is_told_in_rfc_3339(told: str) -> None:
    assert moment(told) == AT


@pytest.mark.parametrize("told", ["", "soon", "nan", "inf", "-1", "1e300"])
def test_what_is_no_moment_is_none(told: str) -> None:
    assert moment(told) is None


def test_a_wide_table_has_a_curve_per_column_and_its_service() -> None:
    table = f"time,cartservice_latency-90,front-end_load\n{SECONDS},0.2,7\n{SECONDS + 15},0.3,8\n"
    first, second = read_table(table)
    assert (first.service, first.name, [value for _, value in first.points]) == (
        "cartservice",
        "latency-90",
        [0.2, 0.3],
    )
    assert (second.service, second.name) == ("front-end", "load")


def test_what_is_missing_is_left_out_and_never_zero() -> None:
    table = f"time,a_cpu,b_cpu\n{SECONDS},NaN,\n{SECONDS + 15},1,inf\n"
    (only,) = read_wide(table)
    assert (only.service, [value for _, value in only.points]) == ("a", [1.0])


def test_a_long_table_keeps_series_apart_by_their_labels() -> None:
    rows = f"{SECONDS + 15},db,cpu,2,x\n{SECONDS},db,cpu,1,x\n{SECONDS},db,cpu,9,y\n"
    table = f"timestamp,cmdb_id,kpi_name,value,zone\n{rows}"
    first, second = read_table(table)
    assert (first.service, first.name, dict(first.labels)) == ("db", "cpu", {"zone": "x"})
    assert [value for _, value in first.points] == [1.0, 2.0]
    assert dict(second.labels) == {"zone": "y"}


def test_a_table_without_a_time_is_none() -> None:
    assert read_table("a_cpu,b_cpu\n1,2\n") == ()


@given(st.text(max_size=300))
def test_no_text_breaks_the_readers(text: str) -> None:
    for read in (read_table, read_wide, read_long):
        assert isinstance(read(text), tuple)


def test_a_field_no_reader_takes_gives_no_curve_rather_than_an_error() -> None:
    assert read_table(f"time,a_cpu\n{SECONDS},{'9' * 140_000}\n") == ()


@pytest.mark.parametrize(
    ("column", "service", "metric"),
    [
        ("ts_auth_service_cpu", "ts_auth_service", "cpu"),
        ("cart_container_cpu_usage", "cart", "container_cpu_usage"),
        ("front-end_latency-90", "front-end", "latency-90"),
        ("carts-db_mem", "carts-db", "mem"),
        ("checkout_something", "checkout", "something"),
        ("uptime", "", "uptime"),
    ],
)
def test_a_wide_column_is_taken_apart_where_its_metric_begins(column: str, service: str, metric: str) -> None:
    [found] = read_table(f"time,{column}\n{SECONDS},1\n")
    assert (found.service, found.name) == (service, metric)
