"""What is due to be said, derived from the fold alone: in order, once, coalesced, and nothing when all is told."""

from datetime import timedelta

import pytest

from bot.core.approval import State
from bot.core.events import ActionRefused, ChannelStep, HypothesesRanked, HypothesisRanked, Severity, Standing
from bot.core.narration import (
    ACT_FIRST,
    EDIT_GAP,
    HOME_AGAIN,
    Does,
    Task,
    due_at,
    failures,
    next_steps,
    root,
    tasks,
)
from bot.core.versions import version_of
from tests.scene import Paper, Scene, in_state

POSTS = {
    Does.POST_HOME,
    Does.POST_CARD,
    Does.POST_APPROVAL,
    Does.SAY_UNKNOWN,
    Does.SAY_FAILED,
    Does.POST_CHECK,
    Does.POST_DECISION,
    Does.POST_REFUSED,
    Does.POST_BY_HAND,
    Does.POST_EVIDENCE,
    Does.POST_RESOLVED,
    Does.PAGE,
}


def due(book: Paper) -> tuple[Task, ...]:
    return next_steps(book.incident(), book.now())


def does(book: Paper) -> list[Does]:
    return [task.does for task in due(book)]


def perform(book: Paper, task: Task, state: str = "done", why: str | None = None) -> None:
    """Record a task the way the narrator does."""
    channel = "C0INC" if book.incident().steps.get("channel") else "C0OPS"
    if task.does is Does.CREATE_CHANNEL:
        book.write(ChannelStep(step=task.step, state=state, channel="C0INC", name="inc-1", why=why))  # type: ignore[arg-type]
        return
    ts = f"{len(book.events)}.000001" if task.does in POSTS else None
    where = "C0OPS" if task.does is Does.POST_HOME else channel if ts else None
    book.write(
        ChannelStep(step=task.step, state=state, channel=where, ts=ts, upto=task.upto, why=why)  # type: ignore[arg-type]
    )


def tell(book: Paper, most: int = 100) -> list[Task]:
    """Everything that is due, one after the other, as the narrator does it; time passes where only time is missing."""
    said: list[Task] = []
    for _ in range(most):
        if not tasks(book.incident()):
            return said
        if not due(book):
            book.at = due_at(book.incident(), book.now()) or book.at
        task = due(book)[0]
        perform(book, task)
        book.passes(0.01)
        said.append(task)
    raise AssertionError(f"never at rest: {said[-3:]}")


def told(scene: Scene) -> Paper:
    assert isinstance(scene.book, Paper)
    tell(scene.book)
    scene.book.passes(60)
    return scene.book


def test_nothing_is_due_before_an_incident_is_opened():
    assert tasks(Paper().incident()) == ()
    assert due_at(Paper().incident(), Paper().now()) is None


def test_people_come_first_then_the_card_that_calls_them_then_the_rest():
    book = Paper()
    Scene(book).opened().alert().looks().found().proposed()
    order = [task.does for task in tell(book)]
    first = [Does.POST_HOME, Does.CREATE_CHANNEL, Does.INVITE, Does.POST_CARD, Does.PIN, Does.SET_TOPIC]
    assert order[:6] == first
    assert order.index(Does.INVITE_DECIDERS) < order.index(Does.POST_APPROVAL) < order.index(Does.POST_EVIDENCE)


def test_a_change_nobody_planned_goes_to_a_person_after_a_while_and_one_that_was_planned_does_not():
    book = Paper()
    Scene(book).opened().alert().looks().found().for_a_person()
    made = book.now()
    (line,) = [task for task in tell(book) if task.does is Does.POST_BY_HAND]
    assert (line.step, line.at - made) == ("by_hand:i-1", ACT_FIRST)

    planned = Paper()
    Scene(planned).opened().alert().looks().found().for_a_person()
    planned.write(ActionRefused(intent="i-1", why="blast_radius", detail=planned.put({"says": "too much"})))
    assert Does.POST_BY_HAND not in [task.does for task in tell(planned)]


def test_everything_is_said_once():
    book = Paper()
    in_state(Scene(book), "succeeded").checked(1).checked(2).intent_refused().resolved()
    said = [task.step for task in tell(book) if task.does in POSTS or task.does is Does.UPLOAD_DIFF]
    assert len(said) == len(set(said))
    assert {"home", "card", "approval:a-1", "diff:a-1", "check:x-a-1:1", "check:x-a-1:2", "refused:i-9"} <= set(said)
    assert due_at(book.incident(), book.now()) is None


def test_a_warning_needs_no_channel():
    book = Paper()
    Scene(book).opened(Severity.WARN, "home").alert().looks()
    assert Does.CREATE_CHANNEL not in [task.does for task in tell(book)]
    assert root(book.incident()) == book.incident().steps["home"]


def test_a_card_is_behind_when_its_ledger_has_moved():
    book = told(Scene(Paper()).opened().alert())
    assert due(book) == ()
    Scene(book).alert(fingerprint="f2")
    assert {Does.EDIT_CARD, Does.EDIT_HOME} == set(does(book))
    assert {task.upto for task in due(book)} == {book.incident().told}


def test_what_the_narrator_does_itself_does_not_put_the_card_behind():
    book = told(Scene(Paper()).opened().alert())
    book.write(ChannelStep(step="topic", state="done"))
    assert due(book) == ()


def test_edits_of_one_message_are_three_seconds_apart_and_become_one():
    book = told(Scene(Paper()).opened(Severity.WARN, "home").alert())
    for number in range(50):
        Scene(book).alert(fingerprint=f"n{number}")
    (edit,) = due(book)
    perform(book, edit)
    edited = book.incident().steps["home"].at
    Scene(book).alert(fingerprint="last")
    assert due(book) == ()
    assert due_at(book.incident(), book.now()) == edited + EDIT_GAP
    book.passes(3)
    assert does(book) == [Does.EDIT_HOME]


@pytest.mark.parametrize("state", [state for state in State if state is not State.PROPOSED])
def test_every_move_of_an_approval_redraws_its_card(state: State):
    book = told(Scene(Paper()).opened().alert().looks().found().proposed())
    moved = Paper()
    in_state(Scene(moved), state.value)
    before = book.incident()
    after = moved.incident()
    assert version_of(before, before.approvals["a-1"]) != version_of(after, after.approvals["a-1"])


def test_votes_checks_and_looks_redraw_an_approvals_card():
    seen = set()
    book = Paper()
    scene = in_state(Scene(book), "succeeded")
    for move in (lambda: scene.checked(1), lambda: scene.checked(2)):
        seen.add(version_of(book.incident(), book.incident().approvals["a-1"]))
        move()
    seen.add(version_of(book.incident(), book.incident().approvals["a-1"]))
    assert len(seen) == 3


def test_an_unknown_outcome_is_said_once_the_bot_has_looked_or_could_not_in_time():
    scene = Scene(Paper()).opened().alert().looks().found().proposed()
    book = told(scene)
    scene.started().ended("unknown")
    assert Does.SAY_UNKNOWN not in does(book)
    book.passes(9)
    assert Does.SAY_UNKNOWN in does(book)
    scene.observed()
    book.at -= timedelta(seconds=9)
    assert Does.SAY_UNKNOWN in does(book)


def test_a_refused_press_is_answered_before_anything_else():
    book = told(Scene(Paper()).opened().alert().looks().found().proposed())
    Scene(book).alert(fingerprint="f9").click_refused("not_approver")
    assert does(book)[0] is Does.ANSWER_CLICK


def test_each_counted_press_is_a_line():
    book = told(in_state(Scene(Paper()), "denied"))
    assert [name for name in book.incident().steps if name.startswith("decision:")] == [f"decision:{1:032x}"]


def test_a_step_begun_and_not_done_is_due_again():
    book = Paper()
    Scene(book).opened().alert()
    book.write(ChannelStep(step="home", state="begun", channel="C0OPS"))
    assert does(book)[0] is Does.POST_HOME


def test_a_refused_step_is_not_tried_again_and_redraws_the_card_once():
    book = told(Scene(Paper()).opened().alert())
    Scene(book).looked("E1", "query_metrics")
    evidence = next(task for task in due(book) if task.does is Does.POST_EVIDENCE)
    perform(book, evidence, "failed", "missing_scope")
    assert Does.POST_EVIDENCE not in does(book)
    assert [step.name for step in failures(book.incident())] == ["evidence:E1"]
    tell(book)
    book.passes(60)
    assert due(book) == ()


def test_a_home_that_refuses_is_tried_again_until_the_incident_is_over():
    book = Paper()
    scene = Scene(book).opened(Severity.WARN, "home").alert()
    perform_failed = due(book)[0]
    book.write(ChannelStep(step=perform_failed.step, state="failed", why="not_in_channel"))
    failed_at = book.incident().steps["home"].at
    assert due(book) == ()
    assert due_at(book.incident(), book.now()) == failed_at + HOME_AGAIN
    scene.resolved()
    assert Does.POST_HOME not in [task.does for task in tasks(book.incident())]


def test_while_home_refuses_nothing_is_thrown_at_it_and_all_is_said_when_it_does_not():
    book = Paper()
    Scene(book).opened(Severity.WARN, "home").alert().looks().found().proposed()
    book.write(ChannelStep(step="home", state="failed", why="channel_not_found"))
    assert due(book) == ()
    book.passes(301)
    said = [task.does for task in tell(book)]
    assert said[0] is Does.POST_HOME
    assert {Does.POST_APPROVAL, Does.POST_EVIDENCE} <= set(said)


def test_an_incident_that_ends_before_home_could_be_reached_is_at_rest():
    book = Paper()
    scene = Scene(book).opened(Severity.WARN, "home").alert().looks().found()
    book.write(ChannelStep(step="home", state="failed", why="channel_not_found"))
    scene.resolved()
    assert due_at(book.incident(), book.now()) is None


def test_without_a_channel_of_its_own_the_on_call_is_called_at_home():
    book = Paper()
    Scene(book).opened().alert()
    perform(book, due(book)[0])
    book.write(ChannelStep(step="channel", state="failed", why="restricted_action"))
    assert Does.PAGE in does(book)
    tell(book)
    assert "card" not in book.incident().steps


def test_a_request_in_a_channel_that_is_lost_is_made_again_while_it_is_open():
    book = told(Scene(Paper()).opened().alert().looks().found().proposed())
    book.write(ChannelStep(step="channel", state="failed", why="is_archived"))
    assert Does.POST_APPROVAL in does(book)
    book = told(in_state(Scene(Paper()), "denied"))
    book.write(ChannelStep(step="channel", state="failed", why="is_archived"))
    assert Does.POST_APPROVAL not in does(book)


def test_evidence_links_are_drawn_once_all_evidence_stands():
    book = told(Scene(Paper()).opened().alert())
    Scene(book).looks().found()
    said = [task.does for task in tell(book)]
    last_evidence = max(i for i, d in enumerate(said) if d is Does.POST_EVIDENCE)
    assert Does.EDIT_CARD in said[last_evidence:]


def test_due_now_is_now_and_never_before():
    book = Paper()
    Scene(book).opened().alert()
    assert due_at(book.incident(), book.now()) == book.now()


def test_evidence_that_is_cited_is_posted_before_the_rest():
    book = Paper()
    scene = Scene(book).opened().alert()
    for number in range(1, 6):
        scene.looked(f"E{number}", "search_logs")
    ranked = [
        HypothesisRanked(hypothesis=name, cause=book.put(name), standing=standing, confidence="0.9", supports=supports)
        for name, standing, supports in (
            ("h2", Standing.CANDIDATE, ("E3",)),
            ("h1", Standing.SUPPORTED, ("E5", "E9")),
            ("h3", Standing.RULED_OUT, ("E2",)),
        )
    ]
    book.write(HypothesesRanked(round=1, hypotheses=tuple(ranked)))
    scene.found().proposed()  # the proposal stands on E1 and E2
    order = [task.subject for task in tell(book) if task.does is Does.POST_EVIDENCE]
    assert order == ["E5", "E1", "E2", "E3", "E4"]
