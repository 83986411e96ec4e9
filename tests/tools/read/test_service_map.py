"""The map around a service: the catalogue's words completed by what was seen calling; a source that refuses is told."""

from collections.abc import Iterator

import pytest

from bot.adapters.looks import ToolLooks
from bot.core.catalogue import Catalogue, Service
from bot.core.events import Outcome
from bot.core.tool import Observation
from tests.tools.read.test_traces import a_look, answering
from tests.world.running import SCENARIOS, Running, running
from tools.read.service_map import MapSettings
from tools.read.sources.jaeger import JaegerSettings
from tools.read.sources.prometheus import PrometheusSettings

WRITTEN = Catalogue((Service(name="frontwindow", depends_on=("lamp",), team="gardens", tier=2), Service(name="mail")))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(SCENARIOS / "upstream-cause", tmp_path_factory.mktemp("world")) as world:
        yield world


def mapped(settings: MapSettings, service: str) -> Observation:
    return ToolLooks(given=[settings]).look("map_services", {"service": service}, a_look())


def test_what_was_written_is_completed_by_what_was_seen(world: Running) -> None:
    settings = MapSettings(
        MIDWATCH_CATALOG=WRITTEN,
        jaeger=JaegerSettings(url=f"{world.url}/jaeger"),  # type: ignore[arg-type]
        prometheus=PrometheusSettings(url=f"{world.url}/prometheus"),  # type: ignore[arg-type]
    )
    found = mapped(settings, "frontwindow")
    assert found.outcome is Outcome.OK, found.digest
    assert set(found.facts["dependencies"]) == {"lamp", "herbarium", "ticketing"}
    assert "leafcache" in found.facts["stands_on"]
    assert found.facts["known"]["team"] == "gardens"
    told = {(one["callee"], one["told_by"]) for one in found.facts["edges"] if one["caller"] == "frontwindow"}
    assert told == {("lamp", "catalogue"), ("herbarium", "traces"), ("ticketing", "traces")}
    assert mapped(settings, "leafcache").facts["reach"][:2] == ["herbarium", "frontwindow"]


def test_a_source_that_refuses_leaves_the_map_short_and_says_so() -> None:
    with answering(403, {}) as url:
        found = mapped(MapSettings(MIDWATCH_CATALOG=WRITTEN, jaeger=JaegerSettings(url=url)), "frontwindow")  # type: ignore[arg-type]
    assert found.outcome is Outcome.OK
    assert found.facts["dependencies"] == ["lamp"]
    assert "Jaeger refused: 403" in found.facts["incomplete"]


def test_nothing_known_is_not_said_where_a_source_refused() -> None:
    with answering(403, {}) as url:
        found = mapped(MapSettings(jaeger=JaegerSettings(url=url)), "stranger")  # type: ignore[arg-type]
    assert found.outcome is Outcome.DENIED
    assert mapped(MapSettings(MIDWATCH_CATALOG=WRITTEN), "stranger").outcome is Outcome.NO_DATA


def test_without_any_source_it_is_not_offered_and_says_what_is_missing() -> None:
    with pytest.raises(ValueError, match="MIDWATCH_CATALOG, JAEGER_URL and PROMETHEUS_URL are not set"):
        MapSettings()
    assert "not set" in ToolLooks(given=[]).not_offered()["map_services"]
