"""The line a person can run, of every changing tool there is."""

import shlex

import pytest

from bot.adapters.changes import offered_specs
from bot.core.by_hand import by_hand
from bot.core.tool import Spec

SPECS = {spec.name: spec for spec in offered_specs()}
WHERE = {"namespace": "shop", "name": "till"}


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
    ],
)
def test_it_is_the_same_change(tool: str, more: dict[str, int], line: str) -> None:
    told = by_hand(SPECS[tool], {**WHERE, **more})

    assert told is not None
    assert told["command"] == line
    assert "till in shop" in told["title"]


@pytest.mark.parametrize("spec", [spec for spec in SPECS.values() if spec.by_hand is not None], ids=lambda s: s.name)
def test_no_argument_can_become_another_command(spec: Spec) -> None:
    assert by_hand(spec, {"namespace": "shop; rm -rf /", "name": "till"}) is None
    told = by_hand(spec, {"namespace": "shop", spec.asked.named if spec.asked else "name": "till"})
    assert told is not None
    assert shlex.split(told["command"])[0] == "kubectl"
