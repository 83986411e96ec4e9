"""Reading a scenario: what it may say, and how its mistakes are told."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.world.durations import seconds, written
from bot.playground.world.reading import ScenarioMistake, parse_scenario, read_scenario

SCENARIOS = Path(__file__).resolve().parents[2] / "bot/playground/scenarios"


def _minimal(**more: Any) -> dict[str, Any]:
    return {"name": "x", "title": "X", "namespace": "n", "services": [{"name": "a", "image": "a:1"}], **more}


@pytest.mark.parametrize("name", ["bad-rollout", "false-alarm"])
def test_a_shipped_scenario_can_be_read_by_its_folder_and_by_its_file(name: str) -> None:
    assert read_scenario(SCENARIOS / name) == read_scenario(SCENARIOS / name / "scenario.yaml")


def test_the_sketch_of_the_contract_is_a_scenario() -> None:
    scenario = parse_scenario(
        _minimal(
            history="60m",
            scrape_interval="2s",
            metrics={"requests": "r_total", "latency": "l_seconds", "labels": {"service": "app", "code": "status"}},
            rollouts=[{"service": "a", "at": "-8m", "image": "a:2", "env": {"TAX_V2": True}}],
            faults=[{"service": "a", "when": {"image": "a:2"}, "from": "-5m", "error_ratio": 0.2, "logs": []}],
            alerts=[{"alert": "Bad", "expr": "up > 0", "for": "4s", "labels": {"severity": "critical"}}],
            people={"anything": ["goes"]},
            end_state=[{"alert_quiet": "Bad"}, {"deployment": "a", "image": "a:1"}, {"writes": 1}],
        )
    )

    assert scenario.rollouts[0].at == -480
    assert scenario.rollouts[0].env == {"TAX_V2": "true"}
    assert scenario.metrics.label("service") == "app"
    assert scenario.metrics.label("pod") == "pod"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"history": "60"}, "history: expected a length of time such as 4s, -8m, 1h30m or 500ms, got '60'"),
        ({"history": "-5m"}, "history: expected a length of time above zero such as 4s or 1h30m, got '-5m'"),
        ({"servces": []}, "servces: unknown key; did you mean services? known: name, title, description"),
        ({"faults": [{"service": "a", "form": "2m"}]}, "faults[0].form: unknown key; did you mean from? known: name,"),
        ({"faults": [{"service": "a", "when": {"zone": 1}}]}, "faults[0].when.zone: unknown key; known: "),
        ({"metrics": {"colour": "red"}}, "metrics.colour: unknown key; known: "),
        ({"title": None}, "title: expected text, got None"),
        ({"services": []}, "services: List should have at least 1 item"),
        ({"services": [{"name": "A b", "image": "i"}]}, "services[0].name: expected a Kubernetes name"),
        ({"services": [{"name": "a"}]}, "services[0].image: expected a value, got nothing"),
        (
            {"services": [{"name": "a", "image": "i", "replicas": "six"}]},
            "services[0].replicas: expected a whole number",
        ),
        ({"services": [{"name": "a", "image": "i", "error_ratio": 21}]}, "services[0].error_ratio: expected less than"),
        (
            {"services": [{"name": "a", "image": "i", "calls": ["b"]}]},
            "services[0].calls[0]: expected one of the services",
        ),
        ({"services": [{"name": "a", "image": "i"}] * 2}, "services[1].name: expected a name used once"),
        ({"faults": [{"service": "z"}]}, "faults[0].service: expected one of the services (a), got 'z'"),
        ({"faults": [{"service": "a", "from": "2m", "until": "1m"}]}, "faults[0]: expected an until later than from"),
        ({"faults": [{"service": "a", "when": {"node": "moon"}}]}, "faults[0].when.node: expected one of the nodes"),
        ({"rollouts": [{"service": "a", "at": "-1m"}]}, "rollouts[0]: expected an image or an env that changes"),
        ({"rollouts": [{"service": "a", "at": "-2h", "image": "i"}]}, "rollouts[0].at: expected a moment inside"),
        ({"end_state": [{"alert_quiet": "Nope"}]}, "end_state[0]: expected one of the alerts"),
        ({"end_state": [{"writes": 1, "deployment": "a"}]}, "end_state[0]: expected exactly one of"),
        ({"end_state": [{"writes": 1, "image": "a"}]}, "end_state[0]: expected beside writes only nothing"),
    ],
)
def test_a_mistake_names_the_key_and_what_was_expected(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ScenarioMistake) as mistake:
        parse_scenario(_minimal(**change), "s.yaml")

    assert f"s.yaml: {told}" in str(mistake.value)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ScenarioMistake) as mistake:
        parse_scenario(_minimal(history="x", scrape_interval="y"))

    assert len(str(mistake.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: [", "not YAML"),
        ("name: x\nname: y\n", "the key 'name' stands twice"),
        ("- 1\n", "the whole file: expected"),
    ],
)
def test_a_broken_file_is_named_with_its_fault(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "scenario.yaml").write_text(text)

    with pytest.raises(ScenarioMistake) as mistake:
        read_scenario(tmp_path)

    assert str(tmp_path / "scenario.yaml") in str(mistake.value)
    assert told in str(mistake.value)


def test_a_folder_without_a_scenario_says_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioMistake, match="cannot be read"):
        read_scenario(tmp_path)


@given(st.integers(min_value=-(10**9), max_value=10**9))
def test_a_length_of_time_survives_being_written_and_read(millis: int) -> None:
    assert seconds(written(millis / 1000)) == pytest.approx(millis / 1000)
