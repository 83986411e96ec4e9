"""Breaking an API on purpose: the error in that API's own words, delays, a number of times, and back again."""

import time
from typing import Any

import elasticsearch
import pytest
import requests
from elasticsearch import Elasticsearch
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from bot.playground.world.outages import Breakable, Outage, Outages


async def _fine(_: Any) -> PlainTextResponse:
    return PlainTextResponse("fine")


def _app(api: str, outages: Outages) -> Starlette:
    inner = Starlette(routes=[Route("/{rest:path}", _fine, methods=["GET", "POST"])])
    return Starlette(routes=[Mount(f"/{api}", app=Breakable(api, outages, inner))])


@pytest.mark.parametrize(
    ("api", "status", "key", "said"),
    [
        ("prometheus", 500, "errorType", "internal"),
        ("prometheus", 503, "errorType", "unavailable"),
        ("kubernetes", 403, "reason", "Forbidden"),
        ("kubernetes", 500, "reason", "InternalError"),
        ("elasticsearch", 500, "status", 500),
        ("targets", 502, "error", "an outage was set on this API"),
    ],
)
def test_a_broken_api_answers_in_its_own_form(serve: Any, api: str, status: int, key: str, said: object) -> None:
    outages = Outages()
    with serve(_app(api, outages)) as base:
        assert requests.get(f"{base}/{api}/x", timeout=30).text == "fine"
        outages.set(api, Outage(status=status))
        broken = requests.get(f"{base}/{api}/x", timeout=30)
        outages.clear(api)
        assert requests.get(f"{base}/{api}/x", timeout=30).text == "fine"

    assert broken.status_code == status
    assert broken.json()[key] == said


def test_a_delay_holds_the_true_answer_back(serve: Any) -> None:
    outages = Outages()
    with serve(_app("prometheus", outages)) as base:
        outages.set("prometheus", Outage(delay_ms=300))
        began = time.monotonic()
        answer = requests.get(f"{base}/prometheus/x", timeout=30)

    assert answer.text == "fine"
    assert time.monotonic() - began >= 0.3


def test_an_outage_can_be_for_one_path_and_a_number_of_calls(serve: Any) -> None:
    outages = Outages()
    outages.set("kubernetes", Outage(status=500, path="/pods", times=2))
    with serve(_app("kubernetes", outages)) as base:
        seen = [
            requests.get(f"{base}/kubernetes/{path}", timeout=30).status_code
            for path in ("pods", "nodes", "pods", "pods")
        ]

    assert seen == [500, 200, 500, 200]
    assert outages.now == {}


def test_the_search_client_still_knows_the_product_when_it_is_broken(serve: Any) -> None:
    outages = Outages()
    outages.set("elasticsearch", Outage(status=500))
    with (
        serve(_app("elasticsearch", outages)) as base,
        Elasticsearch(f"{base}/elasticsearch", max_retries=0) as client,
        pytest.raises(elasticsearch.ApiError) as broken,
    ):
        client.search(index="logs-*")

    assert broken.value.meta.status == 500
