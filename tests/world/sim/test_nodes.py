"""A scenario's node in trouble, in the running world: pressed, its pods evicted one by one, replaced elsewhere."""

from pathlib import Path
from typing import Any

import pytest

from bot.playground.world.reading import ScenarioMistake, parse_scenario
from tests.world.running import Running, running, until

COALMINE: dict[str, Any] = {
    "name": "coalmine",
    "title": "A shaft fills with water",
    "namespace": "pit",
    "history": "10m",
    "scrape_interval": "1s",
    "nodes": ["shaft-one", "shaft-two"],
    "services": [
        {"name": "canary", "image": "r.example/canary:1", "rps": 4, "replicas": 2},
        {"name": "lantern", "image": "r.example/lantern:1", "rps": 4, "replicas": 2},
    ],
    "faults": [
        {
            "name": "flooded",
            "service": "canary",
            "when": {"node": "shaft-two"},
            "from": "-1m",
            "error_ratio": 0.5,
            "pressure": "DiskPressure",
            "evicts": ["lantern"],
            "evict_every": "1s",
        }
    ],
}


def pressed(world: Running) -> list[str]:
    found = [(node.metadata.name, node.status.conditions) for node in world.core().list_node().items]
    return [name for name, held in found if any(c.type == "DiskPressure" and c.status == "True" for c in held)]


def lanterns(world: Running) -> list[tuple[str, str, str | None]]:
    found = world.core().list_namespaced_pod("pit", label_selector="app=lantern").items
    return [(pod.spec.node_name, pod.status.phase, pod.status.reason) for pod in found]


def test_pods_are_evicted_from_the_pressed_node_and_replaced_on_the_other(tmp_path: Path) -> None:
    with running(COALMINE, tmp_path) as world:
        until(lambda: pressed(world) == ["shaft-two"], 5, "the pressure")
        until(lambda: ("shaft-two", "Failed", "Evicted") in lanterns(world), 10, "an eviction")
        until(lambda: lanterns(world).count(("shaft-one", "Running", None)) == 2, 10, "its replacement elsewhere")
        events = world.core().list_namespaced_event("pit").items

        assert any(one.reason == "Evicted" and "low on resource" in one.message for one in events)
        assert len(world.service("canary")["pods"]) == 2

        world.post("fault", name="flooded", on=False)

        until(lambda: pressed(world) == [], 5, "the end of the pressure")


@pytest.mark.parametrize("missing", ["pressure", "when"])
def test_an_eviction_needs_a_pressure_and_a_node(missing: str) -> None:
    fault = {key: value for key, value in COALMINE["faults"][0].items() if key != missing}

    with pytest.raises(ScenarioMistake, match="a pressure, and the node it is on"):
        parse_scenario({**COALMINE, "faults": [fault]})
