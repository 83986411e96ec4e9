"""The golden signals of a service, over a running world: what moved and since when, with the queries that say so."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.looks import ToolLooks
from bot.core.events import Outcome
from bot.core.ledger import parse_stamp
from bot.core.signs import Role, signs_in
from bot.core.tool import Look, Observation
from bot.core.window import Window
from tests.tools.read.test_traces import answering
from tests.world.running import SCENARIOS, Running, running
from tools.read.sources.prometheus import PrometheusSettings


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(SCENARIOS / "upstream-cause", tmp_path_factory.mktemp("world")) as world:
        yield world


def seen(url: str, service: str) -> Observation:
    now = datetime.now(UTC)
    start = now - timedelta(minutes=10)
    look = Look(Window(now - timedelta(minutes=50), start, now, now), 20.0, now)
    looks = ToolLooks(given=[PrometheusSettings(url=url)])  # type: ignore[arg-type]
    return looks.look("golden_signals", {"service": service, "namespace": "conservatory"}, look)


def test_errors_and_latency_of_the_service_in_trouble_are_told_with_their_onset(world: Running) -> None:
    found = seen(f"{world.url}/prometheus", "leafcache")
    assert found.outcome is Outcome.OK, found.digest
    kinds = {one.kind: one for one in signs_in(found.facts) if one.role is Role.SYMPTOM}
    errors = kinds["errors_rose"]
    assert errors.service == "leafcache"
    assert errors.began is not None
    assert abs((errors.began - (datetime.now(UTC) - timedelta(minutes=4))).total_seconds()) < 120
    assert "latency_rose" in kinds
    signal = next(one for one in found.facts["signals"] if one["name"].startswith("error ratio"))
    assert '=~"5.."' in signal["promql"]
    assert signal["after"] > 0.2 > 0.05 > signal["before"]
    assert parse_stamp(signal["onset"]) == errors.began


def test_a_service_beside_it_is_told_as_it_was(world: Running) -> None:
    found = seen(f"{world.url}/prometheus", "watering")
    assert [one for one in signs_in(found.facts) if one.role is Role.SYMPTOM and one.weight >= 0.3] == []
    assert any(one.role is Role.WELL for one in signs_in(found.facts))


def test_a_service_that_nothing_is_measured_of_is_told_as_that(world: Running) -> None:
    found = seen(f"{world.url}/prometheus", "nobody")
    assert found.outcome is Outcome.NO_DATA
    assert "No metric carries nobody" in found.digest


@pytest.mark.parametrize(("status", "outcome"), [(403, Outcome.DENIED), (500, Outcome.FAILED)])
def test_a_refusal_is_no_silence(status: int, outcome: Outcome) -> None:
    with answering(status, {"status": "error", "error": "no"}) as url:
        assert seen(url, "checkout").outcome is outcome
