"""The line a person can run, of every changing tool there is."""

import shlex

import pytest

from bot.adapters.changes import offered_specs
from bot.core.by_hand import by_hand
from bot.core.case import Seen, seen
from bot.core.events import Outcome
from bot.core.tool import Observation, Spec

SPECS = {spec.name: spec for spec in offered_specs()}
WHERE = {"namespace": "shop", "name": "till"}
NEEDED: dict[str, dict[str, object]] = {  # what a tool cannot do without
    "scale_deployment": {"replicas": 5},
    "set_autoscaler_bounds": {"max_replicas": 9},
    "set_resources": {"memory_limit": "1Gi"},
    "silence_alert": {"minutes": 30},
    "toggle_feature_flag": {"to": "on"},
}


@pytest.mark.parametrize(
    ("tool", "more", "line"),
    [
        ("restart_deployment", {}, "kubectl --namespace shop rollout restart deployment/till"),
        ("roll_back_deployment", {}, "kubectl --namespace shop rollout undo deployment/till"),
        (
            "roll_back_deployment",
            {"to_revision": 4},
            "kubectl --namespace shop rollout undo deployment/till --to-revision=4",
        ),
        (
            "set_resources",
            {"memory_limit": "1Gi", "cpu_limit": "2", "cpu_request": "500m"},
            "kubectl --namespace shop set resources deployment/till --requests=cpu=500m --limits=cpu=2,memory=1Gi",
        ),
        ("scale_deployment", {"replicas": 5}, "kubectl --namespace shop scale deployment/till --replicas=5"),
    ],
)
def test_it_is_the_same_change(tool: str, more: dict[str, object], line: str) -> None:
    told = by_hand(SPECS[tool], {**WHERE, **more})

    assert told is not None
    assert told["command"] == line
    assert "till in shop" in told["title"]


@pytest.mark.parametrize("spec", [spec for spec in SPECS.values() if spec.by_hand is not None], ids=lambda s: s.name)
def test_no_argument_can_become_another_command(spec: Spec) -> None:
    needed = NEEDED.get(spec.name, {})
    named = spec.asked.named if spec.asked else "name"
    place = {"namespace": "shop"} if spec.scope == "namespace" else {}
    assert by_hand(spec, {"namespace": "shop; rm -rf /", named: "till", **needed}) is None
    assert by_hand(spec, {**place, named: "till'; rm -rf /", **needed}) is None
    told = by_hand(spec, {**place, named: "till", **needed})
    assert told is not None
    assert shlex.split(told["command"])[0] in {"kubectl", "amtool", "curl"}


def looked(rows: list[dict[str, object]], namespace: str = "shop") -> Seen:
    found = Observation(Outcome.OK, "asked", "digest", {"rollouts": rows})
    return seen("rollouts", "rollout_history", "E2", {"namespace": namespace, "service": ""}, found)


LIVE = {
    "workload": "till",
    "revision": 5,
    "current": True,
    "images": {"till": "till:5"},
    "replicas": 3,
    "ready": 2,
    "changes": [
        {"what": "image of till", "before": "till:4", "after": "till:5"},
        {"what": "env TAX of till", "before": "", "after": "v2"},
    ],
}
BEFORE = {"workload": "till", "revision": 4, "current": False, "images": {"till": "till:4"}, "changes": []}
FIRST = {"workload": "till", "revision": 2, "current": False, "images": {"till": "till:2"}, "changes": []}
ROWS = [LIVE, BEFORE, FIRST, {**LIVE, "workload": "other", "revision": 9}]


def test_what_was_read_tells_what_a_roll_back_changes_touches_and_how_it_is_undone() -> None:
    told = by_hand(SPECS["roll_back_deployment"], WHERE, [looked(ROWS)])

    assert told is not None
    assert told["changes"] == ["image of till: till:5 to till:4", "env TAX of till removed (now v2)"]
    assert told["touches"] == "3 pods of revision 5, 2 of them ready"
    assert told["way_back"] == "kubectl --namespace shop rollout undo deployment/till --to-revision=5"
    assert told["evidence"] == "E2"


def test_of_an_older_revision_the_images_are_told() -> None:
    told = by_hand(SPECS["roll_back_deployment"], {**WHERE, "to_revision": 2}, [looked(ROWS)])

    assert told is not None
    assert told["changes"] == ["image till:5 to till:2"]


@pytest.mark.parametrize(
    "looks", [[], [looked(ROWS, "elsewhere")], [looked([LIVE])], [looked([BEFORE, FIRST])]], ids=range(4)
)
def test_nothing_is_told_that_was_not_read(looks: list[Seen]) -> None:
    told = by_hand(SPECS["roll_back_deployment"], WHERE, looks)

    assert told is not None
    assert set(told) == {"title", "command"}
