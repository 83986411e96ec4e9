"""What a request that was sent back says of the plan that followed, and that plan of the request before it."""

from typing import Any

import pytest

from bot.core import events as e
from bot.core.narration import Does, tasks
from bot.core.versions import version_of
from tests.scene import Paper, Scene, plan
from tests.views.test_approval_words import card

WORDS = "*not* <!here> the roll back"


def sent_back() -> Scene:
    scene = Scene(Paper()).opened().alert().looks().found().proposed()
    reason = scene.book.put(WORDS)
    click = scene.clicked("request_changes", words=reason)
    scene.book.write(e.ActionChangesRequested(approval="a-1", click=click, user="U0ALICE", reason=reason))
    return scene


def round_2(scene: Scene, verdict: e.Verdict = e.Verdict.CAUSE, tool: str | None = None) -> Scene:
    finding = scene.book.put({"headline": "checkout is failing"})
    said: dict[str, Any] = {"reasoner": "guided", "finding": finding, "looks": 1, "milliseconds": 5}
    scene.book.write(e.DiagnosisStarted(round=2, reasoner="guided"))
    look = scene.book.put({"check": "alert", "tool": "query_metrics", "outcome": "ok"})
    told: dict[str, Any] = {"tool": "query_metrics", "outcome": e.Outcome.OK, "observation": look, "milliseconds": 1}
    scene.book.write(
        e.EvidenceGathered(round=2, evidence="E8", **told), e.EvidenceGathered(round=2, evidence="E9", **told)
    )
    scene.book.write(e.FindingMade(round=2, verdict=verdict, **said))
    if tool is not None:
        made = {"tool": tool, "arguments": scene.book.put({}), "evidence": ("E9",), "requester": "U0ALICE"}
        scene.book.write(e.IntentMade(intent="i-a-2", round=2, **made))  # type: ignore[arg-type]
    return scene


def test_each_step_after_it_was_sent_back_is_told_on_its_card_and_drawn_anew() -> None:
    scene = sent_back()
    versions = []

    def drawn() -> str:
        incident = scene.book.incident()  # type: ignore[attr-defined]
        versions.append(version_of(incident, incident.approvals["a-1"]))
        return card(scene)

    first = drawn()
    assert "Being planned again with what was asked for." in first
    assert "<!here>" not in first
    round_2(scene, tool="restart_deployment")
    assert "Being planned again" in drawn()
    scene._propose("a-2", plan(), 2)
    assert "Planned again below." in drawn()
    assert len(set(versions)) == 3

    new = card(scene, "a-2")
    assert "the earlier request was sent back for changes by" in new
    assert "<!here>" not in new
    assert "Because of what was asked for* by" in new
    assert "somebody else must approve it" in new


@pytest.mark.parametrize("failed", [True, False])
def test_where_nothing_else_is_proposed_that_is_said(failed: bool) -> None:
    scene = sent_back()
    if failed:
        scene.book.write(e.DiagnosisStarted(round=2, reasoner="guided"))
        scene.book.write(*[e.DiagnosisFailed(round=2, reasoner="guided", why="crashed") for _ in range(3)])
    else:
        round_2(scene)

    shown = card(scene)
    assert ("It could not be planned again" in shown) is failed
    assert ("No other plan was found." in shown) is not failed
    assert "Plan Again" in shown  # a person may still insist


def test_of_a_further_round_only_the_evidence_it_stands_on_is_posted() -> None:
    scene = sent_back()
    round_2(scene, tool="restart_deployment")
    scene.step("home", channel="C0OPS", ts="1.1", upto=0).step("channel", channel="C1").step("invite")
    scene.step("card", channel="C1", ts="1.2", upto=0)
    incident = scene.book.incident()  # type: ignore[attr-defined]

    posted = [task.subject for task in tasks(incident) if task.does is Does.POST_EVIDENCE]
    assert {"E1", "E9"} <= set(posted)
    assert "E8" not in posted  # nothing stands on it
