"""The guided reasoner over the shipped stories and their relatives, through the real clients: who is blamed and why."""

from pathlib import Path
from typing import Any

import yaml

from bot.core.events import Verdict
from bot.core.findings import FindingContent
from bot.core.incident import Finding
from tests.reasoning.stage import alerted, diagnosis, environment, store
from tests.world.running import SCENARIOS

Told = tuple[Finding, FindingContent, list[tuple[str, Any]]]


def told(redis_url: str, folder: Path, scenario: Path | dict[str, Any]) -> Told:
    """Verdict, words, and what is proposed."""
    at = store(redis_url)
    with alerted(scenario, folder) as (world, body):
        incident = at.receive(body)
        diagnosis(at, environment(world, folder)).run(incident, 1)
    intents = at.incident(incident).intents.values()
    found, content = at.finding(incident)
    return found, content, [(one.tool, at.payloads.get(incident, one.arguments)) for one in intents]


def written(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((SCENARIOS / name / "scenario.yaml").read_text())
    return found


def because(content: FindingContent) -> str:
    return "\n".join(claim.text for claim in content.because)


def test_memory_that_climbs_since_a_rollout_is_rolled_back_though_the_kills_came_much_later(
    redis_url: str, tmp_path: Path
) -> None:
    found, content, proposed = told(redis_url, tmp_path, SCENARIOS / "memory-leak")

    assert (found.verdict, found.hypothesis, found.runbook) == (Verdict.CAUSE, "leak_since_rollout", "out-of-memory")
    assert "4 of 4 pods killed for memory" in because(content)
    assert "climbed bit by bit" in because(content)
    expected = {"namespace": "textiles", "name": "jacquard", "to_revision": 1}
    assert proposed == [("roll_back_deployment", expected)]


def test_memory_that_climbs_without_a_rollout_is_restarted_as_a_stopgap(redis_url: str, tmp_path: Path) -> None:
    story = written("memory-leak")
    story["rollouts"] = [one for one in story["rollouts"] if one["service"] != "jacquard"]
    story["faults"][0]["when"] = {"started_before": "0s"}

    found, content, proposed = told(redis_url, tmp_path, story)

    assert (found.verdict, found.hypothesis) == (Verdict.CAUSE, "leak")
    assert "stopgap" in content.next_step
    assert proposed == [("restart_deployment", {"namespace": "textiles", "name": "jacquard"})]


def test_the_errors_are_followed_to_the_service_that_blames_nobody_else(redis_url: str, tmp_path: Path) -> None:
    found, content, proposed = told(redis_url, tmp_path, SCENARIOS / "upstream-cause")

    assert (found.verdict, found.hypothesis) == (Verdict.CAUSE, "dependency")
    assert content.cause.startswith("leafcache (through herbarium) is in trouble")
    assert "the errors name herbarium" in because(content).lower()
    assert "The errors of herbarium name leafcache" in because(content)
    assert "connections in use" in because(content)
    assert content.next_step.startswith("Begin with leafcache")
    assert proposed == []


def test_without_the_far_trouble_the_same_release_is_what_is_rolled_back(redis_url: str, tmp_path: Path) -> None:
    """The decoy is only innocent because of what is wrong behind it: here it is to blame."""
    story = written("upstream-cause")
    story["faults"] = [
        {
            "name": "spring-layout",
            "service": "frontwindow",
            "when": {"image": story["rollouts"][0]["image"]},
            "from": "-6m",
            "error_ratio": 0.4,
            "logs": [{"level": "ERROR", "rate": 3, "message": "layout spring: no such template leaf-{n}"}],
        }
    ]

    found, _, proposed = told(redis_url, tmp_path, story)

    assert (found.verdict, found.hypothesis) == (Verdict.CAUSE, "rollout")
    assert [tool for tool, _ in proposed] == ["roll_back_deployment"]


def test_a_node_short_of_memory_is_named_and_nothing_is_proposed(redis_url: str, tmp_path: Path) -> None:
    found, content, proposed = told(redis_url, tmp_path, SCENARIOS / "node-pressure")

    assert (found.verdict, found.hypothesis) == (Verdict.CAUSE, "node")
    assert content.cause.startswith("Node dome-west is in trouble")
    assert "2 pods in trouble on dome-west, 4 well elsewhere" in because(content)
    assert "kubectl cordon dome-west" in content.next_step
    assert proposed == []


def test_errors_of_every_pod_are_not_blamed_on_a_node_that_happens_to_be_pressed(
    redis_url: str, tmp_path: Path
) -> None:
    story = written("node-pressure")
    pressed = {**story["faults"][0], "evicts": [], "error_ratio": None, "latency_ms": None, "logs": []}
    everywhere = {"name": "no-plates", "service": "starcharts", "from": "-3m", "error_ratio": 0.6}
    line = {"level": "ERROR", "rate": 3, "message": "plate {id} not drawn: no such plate"}
    story["faults"] = [pressed, {**everywhere, "logs": [line]}]

    found, _, proposed = told(redis_url, tmp_path, story)

    assert found.verdict is not Verdict.CAUSE
    assert proposed == []


def test_a_nightly_run_is_run_again_from_the_replica_that_is_up_to_date(redis_url: str, tmp_path: Path) -> None:
    story, at = SCENARIOS / "etl-replica-lag", store(redis_url)
    with alerted(story, tmp_path) as (world, body):
        incident = at.receive(body)
        diagnosis(at, environment(world, tmp_path), pages=[story / "runbooks"]).run(incident, 1)

    found, content = at.finding(incident)
    assert (found.verdict, found.hypothesis) == (Verdict.CAUSE, "stale_source"), content
    (intent,) = at.incident(incident).intents.values()
    assert intent.tool == "rerun_job"
    assert at.payloads.get(incident, intent.arguments) == {
        "namespace": "mill",
        "cron_job": "nightly-settlement",
        "overrides": {"SOURCE_REPLICA": "replica-north"},
    }
    assert "Follow-up" in content.next_step
