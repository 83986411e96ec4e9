"""The way back as a request of its own: offered once where a check failed, to be asked for while there is one."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.core.approval import State
from bot.core.due import Pacing, due, may_resolve
from bot.core.errors import Refused
from bot.core.events import AlertResolved, IntentMade
from bot.core.incident import Incident
from bot.core.ledger import stamp
from bot.core.pressing import facts_of
from bot.core.undoing import helped_after_all, offers_itself, undo, why_not_undone
from bot.core.versions import version_of
from tests.scene import INCIDENT, Paper, Scene, final_plan, in_state, undo_plan

PACING = Pacing(recheck=timedelta(minutes=15))


def made() -> Scene:
    return in_state(Scene(Paper()), "succeeded")


def without_way_back() -> Scene:
    scene = Scene(Paper()).opened().alert().looks().found().proposed("a-1", final_plan())
    return scene.started("a-1", final_plan()).ended("succeeded")


def paper(scene: Scene) -> Paper:
    assert isinstance(scene.book, Paper)
    return scene.book


def incident(scene: Scene) -> Incident:
    return paper(scene).incident()


def why(scene: Scene) -> str | None:
    return why_not_undone(incident(scene), incident(scene).approvals["a-1"])


def offered(scene: Scene) -> bool:
    found = incident(scene)
    jobs = {item.job for item in due(found, paper(scene).now(), PACING, None)}
    assert ("offer_undo" in jobs) is offers_itself(found, found.approvals["a-1"])
    return "offer_undo" in jobs


@pytest.mark.parametrize("state", sorted(set(State) - {State.SUCCEEDED, State.ESTABLISHED}))
def test_what_did_not_take_effect_has_nothing_to_take_back(state: str) -> None:
    assert why(in_state(Scene(Paper()), state)) == "nothing_to_undo"


def test_a_change_that_was_made_can_be_taken_back_by_the_call_its_plan_captured() -> None:
    scene = made()
    found = incident(scene)
    asked = undo(found, found.approvals["a-1"], "f" * 32, "U0BOB")

    way_back = found.approvals["a-1"].way_back
    assert way_back is not None
    assert (asked.tool, asked.arguments) == (way_back.tool, way_back.arguments)
    assert (asked.undoes, asked.requester, asked.click) == ("a-1", "U0BOB", "f" * 32)


@pytest.mark.parametrize(
    ("checks", "offers"),
    [
        ((), False),
        (("passed",), False),
        (("inconclusive",), False),
        (("failed",), True),
        (("failed", "passed"), False),
        (("passed", "failed"), True),
        (("failed", "inconclusive"), False),
        (("inconclusive", "failed"), True),
    ],
)
def test_it_is_offered_by_itself_only_where_the_newest_check_failed(checks: tuple[str, ...], offers: bool) -> None:
    scene = made()
    for number, how in enumerate(checks, 1):
        scene.checked(number, how)

    assert offered(scene) is offers
    assert why(scene) is None  # a person may ask for it in any case


@pytest.mark.parametrize("how", ["open", "proposed", "refused"])
def test_it_is_offered_once_also_where_it_could_not_be_planned(how: str) -> None:
    scene = made().checked(1, "failed").undoing(how=how)

    assert not offered(scene)
    assert why(scene) == (None if how == "refused" else "undo_asked")


def test_written_twice_it_is_one_intent() -> None:
    scene = made().checked(1, "failed")
    found = incident(scene)
    fact = undo(found, found.approvals["a-1"])
    paper(scene).write(fact)
    paper(scene).write(fact)

    assert incident(scene).ignored == 1
    assert len(incident(scene).intents) == 2


def test_without_a_way_back_nothing_is_offered_or_asked_for() -> None:
    scene = without_way_back().checked(1, "failed")

    assert not offered(scene)
    assert why(scene) == "no_way_back"


def test_an_undo_is_never_undone() -> None:
    scene = made().checked(1, "failed").undoing()
    scene.started("a-2", undo_plan()).ended("succeeded", "a-2")
    found = incident(scene)

    assert found.approvals["a-2"].state is State.SUCCEEDED
    assert why_not_undone(found, found.approvals["a-2"]) == "is_an_undo"


def test_while_another_request_for_the_same_target_is_open_it_waits() -> None:
    scene = made().checked(1, "failed").proposed("a-3")

    assert why(scene) == "target_asked"
    assert not offered(scene)


def test_what_was_changed_again_since_is_not_taken_back_to_before_the_first_change() -> None:
    scene = made().checked(1, "failed").proposed("a-3")
    paper(scene).passes(5)
    scene.started("a-3").ended("succeeded", "a-3")

    assert why(scene) == "changed_since"
    assert not offered(scene)


def test_over_is_over() -> None:
    assert why(made().checked(1, "failed").resolved()) == "incident_resolved"


def test_an_offer_whose_change_helped_after_all_is_withdrawn_and_one_somebody_asked_for_is_not() -> None:
    itself = made().checked(1, "failed").undoing().checked(2, "passed")
    asked = made().checked(1, "failed").undoing("U0BOB").checked(2, "passed")

    for scene, withdrawn in ((itself, True), (asked, False)):
        found = incident(scene)
        assert helped_after_all(found, found.approvals["a-2"]) is withdrawn
        jobs = [item for item in due(found, paper(scene).now(), PACING, None) if item.job == "supersede"]
        assert [item.args for item in jobs] == ([(INCIDENT, "a-2")] if withdrawn else [])


@pytest.mark.parametrize(("check", "stays"), [("failed", True), ("inconclusive", False)])
def test_an_incident_stays_open_while_somebody_is_asked_to_take_back_what_is_not_as_it_should_be(
    check: str, stays: bool
) -> None:
    scene = made().checked(1, check).checked(2, check).undoing("U0BOB")
    paper(scene).write(AlertResolved(fingerprint="f1", ends_at=stamp(paper(scene).now()), alert=paper(scene).put({})))

    assert may_resolve(incident(scene), PACING) is not stays


def press(scene: Scene, user: str = "U0BOB", approval: str = "a-1") -> IntentMade:
    click = scene.clicked("undo", user, approval=approval)
    [fact] = facts_of(incident(scene), incident(scene).clicks[click])
    assert isinstance(fact, IntentMade)
    return fact


def test_whoever_presses_undo_asks_for_it_and_the_second_press_asks_for_nothing() -> None:
    scene = made()
    fact = press(scene)
    paper(scene).write(fact)

    assert (fact.requester, fact.undoes) == ("U0BOB", "a-1")
    assert incident(scene).clicks[str(fact.click)].state == "counted"
    with pytest.raises(Refused) as refusal:
        press(scene)
    assert refusal.value.why == "undo_asked"
    with pytest.raises(Refused) as unknown:
        press(scene, approval="a-9")
    assert unknown.value.why == "not_known"


STEPS: list[Callable[[Scene], object]] = [
    lambda scene: scene.undoing("U0BOB", "open"),
    lambda scene: scene._propose("a-2", undo_plan(), 1, "a-1"),
]


def test_the_card_is_drawn_anew_at_every_step_of_the_way_back() -> None:
    scene = made()
    versions = [version_of(incident(scene), incident(scene).approvals["a-1"])]
    for step in STEPS:
        step(scene)
        versions.append(version_of(incident(scene), incident(scene).approvals["a-1"]))

    assert len(set(versions)) == len(versions)
