"""Stories that somebody brings: words nobody has seen, two faults at once, a page whose first hypothesis is wrong."""

from pathlib import Path
from typing import Any

import pytest

from bot.core.events import Verdict
from tests.reasoning.brought import PAGE, two_faults
from tests.reasoning.renaming import renamed
from tests.reasoning.stage import Store, alerted, all_alerted, diagnosis, environment, store
from tests.world.running import other_names

ANSWERS: dict[str, tuple[str, str | None]] = {
    "bad-rollout": ("rollout", "roll_back_deployment"),
    "memory-leak": ("leak_since_rollout", "roll_back_deployment"),
    "upstream-cause": ("dependency", None),
    "node-pressure": ("node", None),
}


def proposals(at: Store, incident: str) -> list[tuple[str, Any]]:
    intents = at.incident(incident).intents.values()
    return [(one.tool, at.payloads.get(incident, one.arguments)) for one in intents]


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_story_in_other_words_has_the_same_answer(redis_url: str, tmp_path: Path, name: str) -> None:
    story, called = renamed(name, minutes_later=1)
    at = store(redis_url)
    with alerted(story, tmp_path) as (world, body):
        incident = at.receive(body)
        diagnosis(at, environment(world, tmp_path)).run(incident, 1)

    found, content = at.finding(incident)
    hypothesis, tool = ANSWERS[name]
    assert (found.verdict, found.hypothesis) == (Verdict.CAUSE, hypothesis), content.confidence_why
    assert [one for one, _ in proposals(at, incident)] == ([tool] if tool else [])
    assert not [old for old in called if old in f"{content.headline} {content.cause}".split()]


def test_two_faults_at_once_are_told_apart_and_each_gets_its_own_answer(redis_url: str, tmp_path: Path) -> None:
    """While the kiln's rollout cracks pots, the shelf leaks memory since a rollout of its own."""
    at, story = store(redis_url), two_faults()
    with all_alerted(story, tmp_path, 2) as (world, bodies):
        incidents = [at.receive(body) for body in bodies]
        for incident in incidents:
            diagnosis(at, environment(world, tmp_path)).run(incident, 1)

    told = {at.finding(one)[0].hypothesis: [a["name"] for _, a in proposals(at, one)] for one in incidents}
    assert told == {"rollout": ["kiln"], "leak_since_rollout": ["shelf"]}


def test_a_page_whose_first_hypothesis_is_wrong_does_not_win_over_the_evidence(redis_url: str, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "kiln-cracks.md").write_text(PAGE)
    at = store(redis_url)
    with alerted(other_names(), tmp_path) as (world, body):
        incident = at.receive(body)
        diagnosis(at, environment(world, tmp_path), pages=[pages]).run(incident, 1)

    found, content = at.finding(incident)
    assert found.hypothesis == "rollout"
    assert "damp clay" in [one.cause for one in content.ruled_out]
    assert [tool for tool, _ in proposals(at, incident)] == ["roll_back_deployment"]
