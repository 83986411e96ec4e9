"""Steps of one remedy: one is planned only after the one before was made and checked, and ends with it otherwise."""

from datetime import timedelta

import pytest

from bot.core import events as e
from bot.core.approval import State
from bot.core.chain import Turn, card_of, goes_on, pressed_on, steps, turn
from bot.core.due import Pacing, due, may_resolve
from bot.core.incident import Incident
from bot.core.narration import tasks
from bot.core.pressing import facts_of
from bot.core.saying import Does
from bot.core.versions import version_of
from tests.scene import Paper, Scene, in_state
from tests.stepping import alert_over, propose_step, second_step

PACING = Pacing(recheck=timedelta(minutes=15))
ENDED = {State.DENIED, State.FAILED, State.SUPERSEDED}


def two(state: str = "proposed") -> tuple[Paper, Scene]:
    book = Paper()
    scene = Scene(book)
    return book, second_step(in_state(scene, state))


def now(incident: Incident) -> Turn:
    return turn(incident, incident.intents["i-a-2"])


def jobs(book: Paper) -> list[tuple[str, object]]:
    return [(item.job, item.args[-1]) for item in due(book.incident(), book.now(), PACING, None)]


@pytest.mark.parametrize("state", list(State))
def test_the_second_is_planned_in_no_state_of_the_first_before_a_check(state: str) -> None:
    book, _ = two(state)
    found = book.incident()
    assert found.approvals["a-1"].state == state

    assert now(found) is (Turn.NEVER if state in ENDED else Turn.LATER)
    assert (("prepare", "i-a-2") in jobs(book)) is (state in ENDED)  # there it is refused by name


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        (("passed",), Turn.NOW),
        (("inconclusive",), Turn.NOW),
        (("failed",), Turn.NEVER),
        (("passed", "failed"), Turn.NEVER),
    ],
)
def test_a_check_that_did_not_fail_opens_the_turn(checks: tuple[str, ...], expected: Turn) -> None:
    book, scene = two("succeeded")
    for number, result in enumerate(checks, 1):
        scene.checked(number, result)

    assert now(book.incident()) is expected


def test_what_is_taken_back_takes_the_second_with_it_also_when_it_was_proposed() -> None:
    book, scene = two("succeeded")
    scene.checked(1, "passed")
    propose_step(scene)
    assert ("supersede", "a-2") not in jobs(book)

    book.write(e.IntentMade(intent="u", round=1, tool="roll_back_deployment", arguments=book.put({}), undoes="a-1"))
    assert now(book.incident()) is Turn.NEVER
    assert ("supersede", "a-2") in jobs(book)


def test_planned_again_the_first_keeps_its_place_and_the_second_follows_the_new_request() -> None:
    book, scene = two("expired")
    scene.clicked("plan_again")
    click = list(book.incident().clicks.values())[-1]
    book.write(*facts_of(book.incident(), click))
    found = book.incident()
    again = next(one for one in found.intents.values() if one.again == "a-1")

    assert [one.id for one in steps(found, found.intents["i-a-2"])] == [again.id, "i-a-2"]
    assert goes_on(found, again)
    assert now(found) is Turn.LATER
    book.write(e.ActionRefused(intent=again.id, why="not_found", detail=book.put({})))
    assert now(book.incident()) is Turn.NEVER


def test_a_step_that_names_nothing_on_record_is_not_taken_in() -> None:
    book, _ = two()
    book.write(e.IntentMade(intent="i-9", round=1, tool="x", arguments=book.put({}), after="i-none"))

    assert "i-9" not in book.incident().intents


def test_a_waiting_step_does_not_keep_an_incident_open() -> None:
    book, scene = two("expired")
    alert_over(scene)

    assert may_resolve(book.incident(), PACING)


def test_both_stand_on_the_first_ones_card() -> None:
    book, scene = two("succeeded")
    propose_step(scene.checked(1, "passed"))
    found = book.incident()

    assert card_of(found, found.approvals["a-2"]).id == "a-1"
    assert card_of(found, found.approvals["a-1"]).id == "a-1"


def shown(scene: Scene, *approvals: str) -> None:
    for approval in approvals:
        scene.step(f"approval:{approval}", channel="C1", ts="1.1", upto=1)


def does(incident: Incident) -> list[tuple[Does, str]]:
    return [(task.does, task.step) for task in tasks(incident)]


def test_the_seconds_decision_is_an_edit_of_the_firsts_message_and_is_said_once() -> None:
    book, scene = two("succeeded")
    scene.step("home", channel="C0OPS", ts="0.1").step("channel", channel="C1", name="inc").step("card", ts="0.2")
    shown(scene, "a-1")
    propose_step(scene.checked(1, "passed"))
    assert (Does.JOIN_APPROVAL, "approval:a-2") in does(book.incident())
    assert pressed_on(book.incident(), "a-2") == "approval:a-1"  # a press may come before it is recorded

    shown(scene, "a-2")
    assert (Does.SAY_TURN, "turn:a-2") in does(book.incident())
    assert pressed_on(book.incident(), "a-2") == "approval:a-2"
    scene.step("turn:a-2", channel="C1", ts="2.1")
    assert "turn:a-2" not in [step for _, step in does(book.incident())]
    assert Does.POST_APPROVAL not in [one for one, _ in does(book.incident())]


def test_where_the_firsts_message_is_gone_the_second_gets_its_own() -> None:
    book, scene = two("succeeded")
    scene.step("home", channel="C0OPS", ts="0.1").step("channel", channel="C1", name="inc").step("card", ts="0.2")
    shown(scene, "a-1")
    propose_step(scene.checked(1, "passed"))
    scene.step("approval:a-1", state="failed", why="message_not_found")

    assert (Does.POST_APPROVAL, "approval:a-2") in does(book.incident())


def test_the_firsts_card_is_drawn_again_when_the_second_is_withdrawn() -> None:
    book, _ = two("denied")
    found = book.incident()
    before = version_of(found, found.approvals["a-1"])
    book.write(e.ActionRefused(intent="i-a-2", why="step_before", detail=book.put({})))
    found = book.incident()

    assert version_of(found, found.approvals["a-1"]) != before


def test_what_is_planned_again_must_be_on_record_so_that_following_it_ends() -> None:
    """Written by hand: an intent that plans its own request again would be followed for ever."""
    book, _ = two()
    before = book.incident()
    ref = book.put({})
    book.write(e.IntentMade(intent="i-x", round=1, tool="restart_deployment", arguments=ref, again="a-x"))

    assert "i-x" not in book.incident().intents
    assert book.incident().ignored == before.ignored + 1
