"""The act process counts requests itself: one number or nothing, from what a Prometheus really answers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from bot.adapters.slo_meter import PrometheusMeter
from bot.core.objectives import Slo, promises
from tests.conftest import free_port
from tests.tools.read import test_real_prometheus as real
from tests.tools.read.answering import Answering, Reply, answering

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
SLO = Slo(
    objective=Decimal("99.9"),
    window="1h",
    errors='sum(increase(requests_total{code="500"}[$window]))',
    total="sum(increase(requests_total[$window]))",
)


def number(*values: str, **more: Any) -> Reply:
    series = [{"metric": {}, "value": [1.0, value]} for value in values]
    return Reply({"status": "success", "data": {"resultType": "vector", "result": series}, **more})


def count(*replies: Reply, token: str | None = None, seconds: float = 4.0) -> tuple[Any, Answering]:
    with answering({"/api/v1/query": list(replies)}) as server:
        meter = PrometheusMeter(server.url, SecretStr(token) if token else None, seconds)
        return meter.count(SLO, "5m", NOW), server


def test_it_asks_for_both_numbers_over_the_window_as_of_now() -> None:
    counted, server = count(number("21"), number("1000"), token="a-token")

    assert (counted.errors, counted.total) == (Decimal(21), Decimal(1000))
    assert [one.query["query"] for one in server.seen] == [[text] for text in SLO.over("5m")]
    assert {one.query["time"][0] for one in server.seen} == {f"{NOW.timestamp():.3f}"}
    assert {one.headers["Authorization"] for one in server.seen} == {"Bearer a-token"}


def test_a_scalar_is_a_number_too() -> None:
    scalar = Reply({"status": "success", "data": {"resultType": "scalar", "result": [1.0, "3"]}})
    assert count(scalar, number("9"))[0].ratio == Decimal(3) / 9


@pytest.mark.parametrize(
    "reply",
    [
        number(),
        number("1", "2"),
        number("nothing"),
        number("1", warnings=["a store could not be asked"]),
        Reply({"status": "error", "error": "too many samples"}, 422),
        Reply({"error": "who are you?"}, 401),
        Reply(b"<html>", 200),
        Reply({"status": "success", "data": {"resultType": "matrix", "result": []}}),
        Reply({"status": "success"}),
        Reply([], 200),
        Reply({}, 404),
    ],
    ids=[
        "empty",
        "two",
        "no_number",
        "warned",
        "error",
        "denied",
        "html",
        "matrix",
        "no_data",
        "list",
        "nothing_there",
    ],
)
def test_anything_but_one_number_could_not_be_measured(reply: Reply) -> None:
    assert count(reply, number("1000"))[0] is None
    assert count(number("1"), reply)[0] is None


def test_one_that_does_not_answer_is_given_up() -> None:
    counted, server = count(Reply({}, after=3.0), seconds=0.5)
    assert counted is None
    assert len(server.seen) <= 1  # the second number is not waited for


def test_where_nobody_listens_it_could_not_be_measured() -> None:
    assert PrometheusMeter(f"http://127.0.0.1:{free_port()}").count(SLO, "5m", NOW) is None


prometheus: Iterator[str] = real.prometheus  # type: ignore[assignment]


@pytest.mark.needs("prometheus", "promtool")
def test_a_real_prometheus_tells_a_fifth_failing_and_a_budget_that_is_gone(prometheus: str) -> None:
    found = promises([SLO], PrometheusMeter(prometheus), datetime.now(UTC))

    assert found.impact_percent in range(18, 23)  # backfilled: a fifth of all requests since six minutes ago
    assert found.budget_left_percent == 0
    silent = SLO.model_copy(update={"total": "sum(increase(nobody_counts_this[$window]))"})
    assert promises([silent], PrometheusMeter(prometheus), datetime.now(UTC)).budget_left_percent is None
