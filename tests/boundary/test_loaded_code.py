"""What code the running workers hold, noted by the very process that ran a job, at the job's end."""

import pytest

from tests.playing import Stage

CHANGING = ("tools.change", "bot.services.execution", "bot.services.preparation", "bot.services.changing")
SPEAKING = ("slack_sdk", "slack_bolt", "bot.adapters.slack_room")
SIGNING = ("bot.services.approvals",)


def loaded(story: Stage, queue: str, job: str) -> list[set[str]]:
    notes = sorted((story.failpoints / "modules").glob(f"{queue}-{job}-*"))
    return [set(note.read_text().split("\n")) for note in notes]


def of(modules: set[str], families: tuple[str, ...]) -> list[str]:
    return sorted(m for m in modules if any(m == family or m.startswith(f"{family}.") for family in families))


def test_the_note_is_honest_the_act_worker_holds_what_changes(story: Stage) -> None:
    [first, *_] = loaded(story, "act", "execute")
    assert [m for m in of(first, ("tools.change",)) if m != "tools.change"]


@pytest.mark.parametrize("job", ["diagnose", "verify"])
def test_after_a_job_the_diagnose_worker_holds_nothing_that_changes_speaks_or_signs(story: Stage, job: str) -> None:
    notes = loaded(story, "diagnose", job)
    assert notes
    for modules in notes:
        assert of(modules, (*CHANGING, *SPEAKING, *SIGNING)) == []


def test_after_a_job_the_talk_worker_holds_nothing_that_changes_reads_or_signs(story: Stage) -> None:
    notes = loaded(story, "talk", "narrate")
    assert notes
    for modules in notes:
        assert of(modules, (*CHANGING, "tools.read", "kubernetes", "anthropic", *SIGNING)) == []


def test_after_a_job_the_act_worker_holds_nothing_that_speaks_or_reasons(story: Stage) -> None:
    for modules in (*loaded(story, "act", "prepare"), *loaded(story, "act", "execute")):
        assert of(modules, (*SPEAKING, "anthropic", "chromadb", *SIGNING)) == []
