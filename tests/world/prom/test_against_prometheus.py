"""The same samples in a real Prometheus and in the world's store, asked the same over HTTP."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.playground.world.prom.engine import Engine
from bot.playground.world.prom.http import prometheus_routes

from .asking import questions
from .differ import Asked, answer, why_different
from .oracle import prometheus
from .remote_write import write
from .samples import BEGIN, Written, as_openmetrics, hour, stored, with_markers

pytestmark = pytest.mark.needs("prometheus", "promtool")

Both = tuple[str, str]
Serve = Callable[[Starlette], AbstractContextManager[str]]


def _app(series: list[Written]) -> Starlette:
    routes = prometheus_routes(Engine(stored(series)), list, list, now=lambda: BEGIN)
    return Starlette(routes=[Mount("/prometheus", routes=routes)])


@pytest.fixture(scope="module")
def both(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Our base URL and Prometheus's, over the same hour."""
    series = hour()
    with prometheus(tmp_path_factory.mktemp("blocks"), as_openmetrics(series)) as real, serve(_app(series)) as ours:
        yield f"{ours}/prometheus", real


@pytest.fixture(scope="module")
def both_with_markers(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    series = with_markers(hour())
    folder = tmp_path_factory.mktemp("head")
    with prometheus(folder, "", "--web.enable-remote-write-receiver") as real, serve(_app(series)) as ours:
        write(real, series)
        yield f"{ours}/prometheus", real


def _differences(both: Both, asked: list[Asked]) -> list[str]:
    reasons = [(one, why_different(one, *both)) for one in asked]
    return [f"{one}: {reason}" for one, reason in reasons if reason]


@pytest.mark.parametrize("seed", range(4))
def test_generated_queries_are_answered_as_prometheus_answers_them(both: Both, seed: int) -> None:
    assert _differences(both, questions(seed, 75)) == []


@pytest.mark.parametrize("seed", range(2))
def test_staleness_markers_end_series_as_in_prometheus(both_with_markers: Both, seed: int) -> None:
    assert _differences(both_with_markers, questions(100 + seed, 75)) == []


def test_the_generated_queries_are_worth_asking(both: Both) -> None:
    """Most have an answer that is not empty, some are errors of each kind: else the comparison says little."""
    answers = [answer(both[1], one).json() for one in questions(0, 150)]

    assert sum(1 for one in answers if one.get("data", {}).get("result")) > 100
    assert {one["errorType"] for one in answers if one["status"] == "error"} == {"bad_data", "execution"}


EDGES = (Path(__file__).parent / "edges.promql").read_text("utf-8").splitlines()


@pytest.mark.parametrize("when", [{"time": "1700001000"}, {"start": "1700000500", "end": "1700001500", "step": "35"}])
def test_known_edges_are_answered_as_prometheus_answers_them(both: Both, when: dict[str, str]) -> None:
    assert _differences(both, [{"query": query, **when} for query in [*EDGES, ""]]) == []


SAME_WORDS = [
    ("query", {"query": "temp", "time": "soon"}),
    ("query", {"query": "temp", "time": "2023-11-14T22:30:00Z"}),
    ("query", {"query": "temp", "time": "2023-11-14T23:30:00.250+01:00"}),
    ("query", {"query": "temp", "time": "1700001000", "timeout": "never"}),
    ("query", {"query": "1", "time": "1700001000.0004"}),
    ("query_range", {"query": "temp", "start": "1700000000", "end": "1699999999", "step": "1"}),
    ("query_range", {"query": "temp", "start": "1700000000", "end": "1700000100", "step": "0"}),
    ("query_range", {"query": "temp", "start": "1700000000", "end": "1700000100", "step": "-1"}),
    ("query_range", {"query": "temp", "start": "1700000000", "end": "1700000100", "step": "often"}),
    ("query_range", {"query": "temp", "start": "1700000000", "end": "1700000100", "step": "1e300"}),
    ("query_range", {"query": "temp", "start": "1700000000", "end": "1700011001", "step": "1"}),
    ("query_range", {"query": "absent(x)", "start": "1700000000", "end": "1700011000", "step": "1"}),
    ("query_range", {"query": "temp", "start": "1700000000", "end": "1700000100", "step": "1m30s"}),
    ("query_range", {"query": "temp", "end": "1700000100", "step": "1m30s"}),
    ("query_range", {"query": "temp[5m]", "start": "1700000000", "end": "1700000100", "step": "15"}),
    ("query", {"query": "requests_total + on(service) temp", "time": "1700001000"}),
    ("query", {"query": "topk(NaN, temp)", "time": "1700001000"}),
    ("query", {"query": "-{__name__=~'temp|level'}", "time": "1700001000"}),
    ("query", {"query": "requests_total * on(pod) group_left(service) pod_info", "time": "1700001000"}),
    ("query", {"query": "temp + on(service) group_left() temp", "time": "1700001000"}),
    ("series", {"match[]": ["temp", "level{pod='p0'}"]}),
    ("series", {"match[]": ["requests_total"], "start": "1700002500", "end": "1700002600"}),
    ("series", {}),
    ("series", {"match[]": ["rate(temp[5m])"]}),
    ("series", {"match[]": ["{}"]}),
    ("series", {"match[]": ["temp"], "start": "x"}),
    ("series", {"match[]": ["temp"], "start": "2", "end": "1"}),
    ("labels", {}),
    ("labels", {"match[]": ["temp", "pod_info"]}),
    ("labels", {"start": "1800000000"}),
    ("label/pod/values", {}),
    ("label/version/values", {"match[]": ["pod_info"]}),
    ("label/__name__/values", {}),
    ("label/nothing/values", {}),
    ("label/a-b/values", {}),
    ("rules", {}),
    ("rules", {"type": "neither"}),
    ("alerts", {}),
    ("metadata", {"limit": "many"}),
    ("targets", {}),
]


@pytest.mark.parametrize(("path", "asked"), SAME_WORDS)
def test_the_http_api_answers_in_the_same_words(both: Both, path: str, asked: dict[str, Any]) -> None:
    mine, real = (requests.get(f"{base}/api/v1/{path}", asked, timeout=60) for base in both)

    assert _without_positions(mine.json()) == _without_positions(real.json())
    assert mine.status_code == real.status_code


def _without_positions(answer: dict[str, Any]) -> dict[str, Any]:
    """Our parser does not tell the position of a mistake; and the order of series is not part of an answer."""
    if answer["status"] == "error":
        return {**answer, "error": re.sub(r"\d+:\d+: ", "", answer["error"].split("parse error")[0])}
    data = answer["data"]
    if isinstance(data, dict) and isinstance(data.get("result"), list):
        return {**answer, "data": {**data, "result": sorted(map(str, data["result"]))}}
    return answer


@pytest.mark.parametrize("query", ["sort(temp)", "sort_desc(temp)", "topk(3, temp)", "bottomk(3, temp)", "sort(-temp)"])
def test_sorted_answers_keep_their_order(both: Both, query: str) -> None:
    mine, real = (
        requests.get(f"{base}/api/v1/query", {"query": query, "time": "1700001000"}, timeout=60).json() for base in both
    )

    assert mine == real
