"""What changed before an incident, over a running world: the rollout field by field, ready to be judged."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from bot.adapters.looks import ToolLooks
from bot.core.case import Seen
from bot.core.causality.diffs import read_diff
from bot.core.events import Outcome
from bot.core.fusion.briefing import changes_in
from bot.core.tool import Look, Observation
from bot.core.window import Window
from tests.tools.read.test_world import kubeconfig
from tests.world.running import SCENARIOS, Running, running
from tools.read.sources.cluster import ClusterSettings


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(SCENARIOS / "upstream-cause", tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
def settings(world: Running, tmp_path_factory: pytest.TempPathFactory) -> ClusterSettings:
    path = tmp_path_factory.mktemp("kube") / "config"
    path.write_text(yaml.safe_dump(kubeconfig(world.url + "/kubernetes")))
    return ClusterSettings(kubeconfig=str(path))


def seen(settings: ClusterSettings, namespace: str = "conservatory") -> Observation:
    now = datetime.now(UTC)
    look = Look(Window(now - timedelta(hours=1), now - timedelta(minutes=20), now, now), 20.0, now)
    return ToolLooks(given=[settings]).look("what_changed", {"namespace": namespace, "service": "frontwindow"}, look)


def test_a_rollout_is_listed_with_its_fields_and_the_way_back(settings: ClusterSettings) -> None:
    found = seen(settings)
    assert found.outcome is Outcome.OK, found.digest
    look = Seen("changes", "what_changed", "ok", "ev-1", facts=found.facts)
    change = next(one for one in changes_in([look]) if one.kind == "rollout")
    assert change.service == "frontwindow"
    assert "frontwindow:14.3.0" in change.says
    diff = read_diff(change.diff)
    assert any("winter" in line for line in diff.removed)
    assert any("spring" in line for line in diff.added)
    assert change.facts["remedy"]["tool"] == "roll_back_deployment"
    assert change.facts["remedy"]["arguments"] == {"namespace": "conservatory", "name": "frontwindow"}


def test_what_may_not_be_read_is_told_and_the_rest_still_comes(world: Running, settings: ClusterSettings) -> None:
    world.post("outage", api="kubernetes", status=403, path="nodes")
    try:
        found = seen(settings)
    finally:
        world.post("outage", api="kubernetes", clear=True)
    assert found.outcome is Outcome.OK
    assert "nodes" in found.facts["incomplete"]
    assert any(one["kind"] == "rollout" for one in found.facts["changes"])


def test_nothing_at_all_is_not_said_where_nothing_may_be_read(world: Running, settings: ClusterSettings) -> None:
    world.post("outage", api="kubernetes", status=403)
    try:
        found = seen(settings)
    finally:
        world.post("outage", api="kubernetes", clear=True)
    assert found.outcome is Outcome.DENIED
