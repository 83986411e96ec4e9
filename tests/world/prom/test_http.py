"""The HTTP API mounted under a prefix, through the client the bot uses and by hand."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import requests
from prometheus_api_client import PrometheusApiClientException, PrometheusConnect
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.playground.world.prom.engine import Engine
from bot.playground.world.prom.http import prometheus_routes
from bot.playground.world.prom.store import SampleStore

NOW = 1_700_000_000.0
ALERT = {"labels": {"alertname": "Down"}, "state": "firing", "activeAt": "2023-11-14T22:00:00Z", "value": "1e+00"}
GROUP = {"name": "world", "rules": [{"type": "alerting", "name": "Down"}, {"type": "recording", "name": "r"}]}


@pytest.fixture(scope="module")
def url(serve: Callable[[Starlette], AbstractContextManager[str]]) -> Iterator[str]:
    store = SampleStore()
    for pod, up in (("a", 1.0), ("b", 0.0), ("gone", 1.0)):
        labels = {"__name__": "up", "job": "shop", "instance": f"{pod}:80"}
        store.extend(labels, NOW - 10 * np.arange(30.0)[::-1], np.full(30, up))
    store.mark_stale({"__name__": "up", "job": "shop", "instance": "gone:80"}, NOW + 1)
    store.append({"__name__": "wide", "to": 'é"\n'}, NOW, float("-inf"))
    store.describe("up", "gauge", "Whether the scrape worked")
    routes = prometheus_routes(Engine(store), lambda: [GROUP], lambda: [ALERT], now=lambda: NOW + 2)
    with serve(Starlette(routes=[Mount("/prometheus", routes=routes)])) as base:
        yield f"{base}/prometheus"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_usual_client_works_unchanged(url: str, method: str) -> None:
    client = PrometheusConnect(url=url, disable_ssl=True, method=method)
    begin, end = datetime.fromtimestamp(NOW - 60, UTC), datetime.fromtimestamp(NOW, UTC)

    assert client.check_prometheus_connection()
    assert client.all_metrics() == ["up", "wide"]
    assert client.get_label_names() == ["__name__", "instance", "job", "to"]
    assert client.get_label_values("instance") == ["a:80", "b:80", "gone:80"]
    assert len(client.custom_query("up == 0")) == 1
    assert client.custom_query_range("sum(up)", begin, end, "30s")[0]["values"][-1] == [int(NOW), "2"]
    assert len(client.get_series(begin, end, {"match[]": "up"})) == 3
    assert client.get_metric_metadata("up")[0]["type"] == "gauge"
    assert len(client.get_target_metadata({"job": "shop"}, "up")) == 2
    assert client.get_target_metadata({"job": "other"}) == []
    assert [target["health"] for target in client.get_targets()["activeTargets"]] == ["up", "down"]


def test_the_usual_client_says_why_a_query_was_refused(url: str) -> None:
    with pytest.raises(PrometheusApiClientException, match=r"unknown function with name .*nosuch"):
        PrometheusConnect(url=url).custom_query("nosuch(up)")


def test_a_form_carries_the_query_as_well_as_the_address_does(url: str) -> None:
    asked = {"query": "count(up)", "time": str(NOW)}
    by_address = requests.get(f"{url}/api/v1/query", asked, timeout=30).json()
    by_form = requests.post(f"{url}/api/v1/query", asked, timeout=30).json()

    assert by_form == by_address
    assert by_form["data"] == {"resultType": "vector", "result": [{"metric": {}, "value": [int(NOW), "3"]}]}


def test_without_a_time_now_is_meant(url: str) -> None:
    answer = requests.get(f"{url}/api/v1/query", {"query": "count(up)"}, timeout=30).json()

    assert answer["data"]["result"][0]["value"] == [int(NOW) + 2, "2"]


def test_odd_labels_and_values_survive_the_way_out(url: str) -> None:
    (sample,) = requests.get(f"{url}/api/v1/query", {"query": "wide"}, timeout=30).json()["data"]["result"]

    assert sample == {
        "metric": {"__name__": "wide", "to": 'é"\n'},
        "value": [int(NOW) + 2, "-Inf"],
    }


@pytest.mark.parametrize(
    ("path", "asked", "status", "kind"),
    [
        ("query", {"query": "rate(up)"}, 400, "bad_data"),
        ("query", {"query": "info(up)"}, 400, "bad_data"),
        ("query", {}, 400, "bad_data"),
        ("query", {"query": "up", "time": "noon"}, 400, "bad_data"),
        ("query", {"query": "up + on() up"}, 422, "execution"),
        ("query_range", {"query": "up", "start": "0", "end": "11001", "step": "1"}, 400, "bad_data"),
        ("series", {}, 400, "bad_data"),
        ("label/a-b/values", {}, 400, "bad_data"),
        ("metadata", {"limit": "many"}, 400, "bad_data"),
    ],
)
def test_a_refusal_names_its_kind(url: str, path: str, asked: dict[str, str], status: int, kind: str) -> None:
    answer = requests.get(f"{url}/api/v1/{path}", asked, timeout=30)

    assert (answer.status_code, answer.json()["status"], answer.json()["errorType"]) == (status, "error", kind)
    assert answer.json()["error"]


def test_rules_and_alerts_are_whatever_the_world_says(url: str) -> None:
    def told(path: str, **asked: str) -> Any:
        return requests.get(f"{url}/api/v1/{path}", asked, timeout=30).json()["data"]

    assert told("alerts") == {"alerts": [ALERT]}
    assert told("rules") == {"groups": [GROUP]}
    assert told("rules", type="alert")["groups"][0]["rules"] == [GROUP["rules"][0]]


def test_it_says_that_it_is_healthy_and_which_version_it_plays(url: str) -> None:
    assert requests.get(f"{url}/-/healthy", timeout=30).text == "Prometheus Server is Healthy.\n"
    assert requests.get(f"{url}/-/ready", timeout=30).text == "Prometheus Server is Ready.\n"
    build = requests.get(f"{url}/api/v1/status/buildinfo", timeout=30).json()["data"]
    assert build["version"] == "2.42.0"


def test_an_unknown_path_is_not_found(url: str) -> None:
    assert requests.get(f"{url}/api/v1/nothing", timeout=30).status_code == 404
