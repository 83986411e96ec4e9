"""What a press on a card comes to: every state it may be pressed in, and every one in which it must not count."""

from dataclasses import replace

import pytest

from bot.core.approval import State
from bot.core.errors import Refused
from bot.core.events import (
    ActionRefused,
    ActionSuperseded,
    CommanderChanged,
    Fact,
    IncidentResolved,
    IntentMade,
    OutcomeEstablished,
    PersonSaid,
    Severity,
    SeverityChanged,
)
from bot.core.incident import REQUESTED
from bot.core.pressing import facts_of, may_resolve, why_not_again
from bot.core.versions import topic_version, version_of
from tests.deciding import deciding
from tests.scene import INCIDENT, Paper, Scene, in_state

AGAIN = {State.EXPIRED, State.STALE, State.FAILED, State.DENIED, State.CHANGES_REQUESTED}


def paper(scene: Scene) -> Paper:
    assert isinstance(scene.book, Paper)
    return scene.book


ON_CALL = deciding(frozenset({"U0ALICE"}))


def pressed(
    scene: Scene, action: str, choice: str | None = None, approval: str = INCIDENT, user: str = "U0ALICE"
) -> tuple[Fact, ...]:
    click = scene.clicked(action, user, approval=approval, choice=choice)
    incident = paper(scene).incident()
    return facts_of(incident, incident.clicks[click], ON_CALL)


def counted(scene: Scene, action: str, choice: str | None = None) -> None:
    paper(scene).write(*pressed(scene, action, choice))


def refused(
    scene: Scene, action: str, choice: str | None = None, approval: str = INCIDENT, user: str = "U0ALICE"
) -> str:
    with pytest.raises(Refused) as refusal:
        pressed(scene, action, choice, approval, user)
    return refusal.value.why


def opened() -> Scene:
    return Scene(Paper()).opened().alert()


def test_who_presses_has_it_and_who_presses_next_takes_over() -> None:
    scene = opened()
    counted(scene, "take")
    assert refused(scene, "take") == "has_it_already"
    counted(scene, "commander", "U0BOB")

    incident = paper(scene).incident()
    assert incident.commander == "U0BOB"
    assert incident.commander_since == paper(scene).now()
    assert sum(click.state == "counted" for click in incident.clicks.values()) == 2


def test_nobody_chosen_is_nobody() -> None:
    assert refused(opened(), "commander") == "no_choice"


@pytest.mark.parametrize(("choice", "why"), [("sev2", "same_severity"), ("sev9", "no_choice"), (None, "no_choice")])
def test_a_severity_that_changes_nothing_is_refused(choice: str | None, why: str) -> None:
    assert refused(opened(), "severity", choice) == why


@pytest.mark.parametrize(
    ("severity", "place", "chosen", "stays"),
    [
        (Severity.WARN, "home", "sev1", "incident"),
        (Severity.WARN, "home", "info", "home"),
        (Severity.SEV2, "incident", "warn", "incident"),
    ],
)
def test_what_becomes_bad_gets_a_channel_and_keeps_it(severity: Severity, place: str, chosen: str, stays: str) -> None:
    scene = Scene(Paper()).opened(severity, place)
    before = topic_version(paper(scene).incident())
    [fact] = pressed(scene, "severity", chosen)
    assert isinstance(fact, SeverityChanged)
    assert (fact.severity, fact.place, fact.why) == (Severity(chosen), stays, "person_said")

    paper(scene).write(fact)

    incident = paper(scene).incident()
    assert (incident.severity, incident.severity_by) == (Severity(chosen), "U0ALICE")
    assert topic_version(incident) != before


@pytest.mark.parametrize("state", list(State))
def test_an_incident_can_be_resolved_unless_something_runs_or_may_have_run(state: State) -> None:
    scene = in_state(Scene(Paper()), state.value)
    if state in {State.RUNNING, State.UNKNOWN}:
        assert refused(scene, "resolve") == {State.RUNNING: "change_running", State.UNKNOWN: "outcome_unknown"}[state]
        return
    facts = pressed(scene, "resolve")
    paper(scene).write(*facts)

    incident = paper(scene).incident()
    withdrawn = state in {State.PROPOSED, State.APPROVED}
    assert isinstance(facts[0], IncidentResolved)
    assert [f.approval for f in facts if isinstance(f, ActionSuperseded)] == (["a-1"] if withdrawn else [])
    assert incident.approvals["a-1"].state is (State.SUPERSEDED if withdrawn else state)
    assert (incident.resolved_by, incident.resolved_why) == ("U0ALICE", "person_said")
    assert incident.ignored == 0


def test_who_passes_by_does_not_end_what_still_fires_until_they_take_it() -> None:
    scene = opened()

    assert refused(scene, "resolve", user="U0VIC") == "not_theirs_to_end"

    paper(scene).write(*pressed(scene, "take", user="U0VIC"))
    assert isinstance(pressed(scene, "resolve", user="U0VIC")[0], IncidentResolved)


def test_who_may_be_in_a_group_is_told_to_press_again_where_slack_does_not_say() -> None:
    scene = opened()
    incident = paper(scene).incident()
    unsaid = deciding(frozenset({"U0ALICE"}), None)

    assert may_resolve(incident, "U0VIC", unsaid) is None
    assert may_resolve(incident, "U0ALICE", unsaid) is True
    assert may_resolve(replace(incident, alerts={}), "U0VIC", unsaid) is True  # over: nobody has to be asked about


@pytest.mark.parametrize("state", list(State))
def test_who_passes_by_ends_what_neither_fires_nor_waits(state: State) -> None:
    scene = in_state(Scene(Paper()), state.value)
    incident = paper(scene).incident()
    quiet = replace(incident, alerts={})

    waits = state in {State.PROPOSED, State.APPROVED}
    assert may_resolve(quiet, "U0VIC", ON_CALL) is not waits
    assert may_resolve(incident, "U0VIC", ON_CALL) is not (waits or bool(incident.firing))
    assert may_resolve(incident, "U0ALICE", ON_CALL)


def test_who_asked_for_a_change_alone_may_take_the_request_back() -> None:
    scene = in_state(Scene(Paper()), "proposed")
    asked = replace(paper(scene).incident(), why=REQUESTED, alerts={}, requester="U0VIC")

    assert asked.by_request
    assert may_resolve(asked, "U0VIC", ON_CALL)
    assert not may_resolve(asked, "U0EVE", ON_CALL)


@pytest.mark.parametrize("action", ["take", "commander", "severity", "resolve", "plan_again", "undo"])
def test_nothing_is_pressed_after_the_end(action: str) -> None:
    scene = opened()
    counted(scene, "resolve")
    assert refused(scene, action, "U0BOB") == "incident_resolved"


@pytest.mark.parametrize("state", list(State))
def test_what_did_not_run_can_be_planned_again_and_nothing_else(state: State) -> None:
    scene = in_state(Scene(Paper()), state.value)
    if state not in AGAIN:
        assert refused(scene, "plan_again", approval="a-1") == f"already_{state}"
        return
    [intent] = pressed(scene, "plan_again", approval="a-1")
    asked = paper(scene).incident().intents["i-a-1"]
    assert isinstance(intent, IntentMade)
    assert (intent.tool, intent.arguments, intent.evidence) == (asked.tool, asked.arguments, asked.evidence)
    assert (intent.again, intent.requester) == ("a-1", asked.requester)
    before = paper(scene).incident()

    paper(scene).write(intent)

    after = paper(scene).incident()
    assert after.intents[intent.intent].state == "open"
    assert why_not_again(after, after.approvals["a-1"]) == "planned_again"
    assert version_of(after, after.approvals["a-1"]) != version_of(before, before.approvals["a-1"])


@pytest.mark.parametrize(
    ("state", "user", "requester"),
    [
        (State.DENIED, "U0BOB", "U0BOB"),
        (State.DENIED, "U0ALICE", None),  # who denied it may think again
        (State.CHANGES_REQUESTED, "U0BOB", "U0BOB"),
        (State.CHANGES_REQUESTED, "U0ALICE", None),
        (State.EXPIRED, "U0BOB", None),
    ],
)
def test_who_asks_again_for_what_somebody_else_denied_needs_another_to_approve(
    state: State, user: str, requester: str | None
) -> None:
    scene = in_state(Scene(Paper()), state.value)
    click = scene.clicked("plan_again", user=user)
    incident = paper(scene).incident()
    assert incident.approvals["a-1"].requester is None
    [intent] = facts_of(incident, incident.clicks[click])
    assert isinstance(intent, IntentMade)
    assert intent.requester == requester


def test_a_denied_request_stays_its_askers_whoever_asks_again() -> None:
    scene = in_state(Scene(Paper()), "denied")
    click = scene.clicked("plan_again", user="U0BOB")
    incident = paper(scene).incident()
    asked = replace(incident.intents["i-a-1"], requester="U0ROBIN")
    incident = replace(incident, intents={**incident.intents, asked.id: asked})
    [intent] = facts_of(incident, incident.clicks[click])
    assert isinstance(intent, IntentMade)
    assert intent.requester == "U0ROBIN"


def test_what_was_settled_as_not_done_can_be_planned_again() -> None:
    scene = in_state(Scene(Paper()), "unknown")
    click = scene.clicked("establish_not_done")
    told = OutcomeEstablished(approval="a-1", execution="x-a-1", outcome="not_done", click=click, user="U0ALICE")
    paper(scene).write(told)
    assert pressed(scene, "plan_again", approval="a-1")


def test_a_new_plan_that_was_refused_may_be_tried_once_more() -> None:
    scene = in_state(Scene(Paper()), "expired")
    [intent] = pressed(scene, "plan_again", approval="a-1")
    assert isinstance(intent, IntentMade)
    paper(scene).write(intent)
    assert refused(scene, "plan_again", approval="a-1") == "planned_again"
    paper(scene).write(ActionRefused(intent=intent.intent, why="changing_now", detail=paper(scene).put({})))
    assert pressed(scene, "plan_again", approval="a-1")


def test_an_open_request_for_the_same_target_comes_first() -> None:
    scene = in_state(Scene(Paper()), "denied")
    scene.proposed("a-2")
    assert refused(scene, "plan_again", approval="a-1") == "target_asked"
    assert refused(scene, "plan_again", approval="a-9") == "not_known"


def test_a_commander_that_nobody_pressed_for_changes_nothing() -> None:
    """A line written by hand names a click that is not there."""
    scene = opened()
    paper(scene).write(CommanderChanged(commander="U0BOB", click="f" * 32, user="U0BOB"))
    incident = paper(scene).incident()
    assert (incident.commander, incident.ignored) == (None, 1)


def test_only_the_one_who_denied_says_why_and_only_once() -> None:
    scene = Scene(Paper()).opened().alert().looks().found().proposed().denied()
    book = paper(scene)

    def said(user: str, words: str) -> str | None:
        text = book.put(words)
        click = scene.clicked("deny", user=user)
        book.write(PersonSaid(user=user, team="T1", ts="1.5", text=text, about="a-1", click=click))
        reason = book.incident().approvals["a-1"].reason
        return reason.ref if reason else None

    assert said("U0BOB", "because") is None
    first = said("U0ALICE", "not while the sale is on")
    assert first is not None
    assert said("U0ALICE", "something else") == first
    assert len(book.incident().remarks) == 3
