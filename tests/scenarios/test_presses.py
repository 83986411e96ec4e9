"""Everything on the cards, pressed by people over the real processes: take, deny with a reason, plan again, resolve.

One playground for all of it, in the order in which a night goes; what each press came to is read in Slack.
"""

from collections.abc import Iterator

import pytest

from bot.core.approval import State
from bot.core.events import Severity
from bot.playground.outfit import APPROVER, RESPONDER, STRANGER, VISITOR
from bot.playground.player import Player
from tests.playing import Stage, check_record, check_told_once, check_world, stage
from tests.pressing import at_rest, offers, open_by_form, press, shown, submit

pytestmark = pytest.mark.timeout(240)
HOSTILE = "not while <!channel> *batch* runs, see <https://evil.example|here>"


@pytest.fixture(scope="module", params=[True, False], ids=["socket", "http"])
def night(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("night"), presses={}, socket_mode=request.param) as story:
        story.until(lambda: bool(approvals(story, State.PROPOSED)) and story.told(), 60, "a request")
        yield story


def approvals(story: Stage, state: State) -> list[str]:
    """Those of the alert's incident, posted already."""
    return [
        a.id
        for incident in story.incidents()
        for a in incident.approvals.values()
        if a.state is state and incident.done(f"approval:{a.id}")
    ]


def alerted(story: Stage) -> str:
    return next(incident.id for incident in story.incidents() if incident.alerts)


def lines(story: Stage) -> str:
    return "\n".join(story.seen())


def test_a_responder_has_it_and_another_takes_over(night: Stage) -> None:
    incident = at_rest(night, alerted(night))
    press(night, RESPONDER, shown(night, "home", incident), "take")
    night.until(lambda: at_rest(night, incident.id).commander == RESPONDER, 20, "a commander")
    press(night, VISITOR, shown(night, "card", incident), "take")
    night.until(lambda: at_rest(night, incident.id).commander == VISITOR, 20, "a hand-over")
    night.until(lambda: "commander: vic since" in lines(night), 20, "the commander on the card")
    night.until(lambda: f"(`{RESPONDER}`) has the incident in hand at" in lines(night), 20, "a line about it")


def test_somebody_from_outside_cannot_take_it_and_is_told(night: Stage) -> None:
    incident = at_rest(night, alerted(night))
    press(night, STRANGER, shown(night, "card", incident), "take")
    night.until(lambda: any("Only people of this workspace" in w for w in night.whispers(STRANGER)), 20, "a refusal")
    assert at_rest(night, incident.id).commander == VISITOR


def test_the_severity_is_a_menu_and_the_topic_follows(night: Stage) -> None:
    incident = at_rest(night, alerted(night))
    press(night, RESPONDER, shown(night, "card", incident), "severity", value="sev1")
    night.until(lambda: at_rest(night, incident.id).severity is Severity.SEV1, 20, "the severity")
    own = str(incident.steps["channel"].channel)

    def topic() -> str:
        return next(str(c["topic"]) for c in night.people.channels() if c["id"] == own)

    night.until(lambda: "SEV1" in topic(), 20, f"the topic {topic()}")


def test_who_may_not_decide_gets_no_form(night: Stage) -> None:
    [approval] = approvals(night, State.PROPOSED)
    before = len(night.whispers(VISITOR))
    press(night, VISITOR, shown(night, f"approval:{approval}", at_rest(night, alerted(night))), "deny")
    night.until(lambda: len(night.whispers(VISITOR)) > before, 20, "a refusal")
    assert "You may not decide this" in "\n".join(night.whispers(VISITOR)[before:])
    assert night.people.views(VISITOR) == []


def test_changes_are_asked_for_in_words(night: Stage) -> None:
    """An empty form is not taken; the form is closed, and nothing was decided."""
    [approval] = approvals(night, State.PROPOSED)
    at = shown(night, f"approval:{approval}", at_rest(night, alerted(night)))
    press(night, APPROVER, at, "request_changes")
    answer = submit(night, APPROVER, {"reason": "  "})
    assert answer["errors"] == {"reason": "Say what should be different."}
    night.people.close(APPROVER)
    assert approvals(night, State.PROPOSED) == [approval]


def test_a_form_that_slack_does_not_open_is_said_to_be_so(night: Stage) -> None:
    [approval] = approvals(night, State.PROPOSED)
    at = shown(night, f"approval:{approval}", at_rest(night, alerted(night)))
    before = len(night.whispers(APPROVER))
    night.people.order("faults", {"fault": "error", "method": "views.open", "error": "internal_error"})
    press(night, APPROVER, at, "request_changes")
    night.until(lambda: len(night.whispers(APPROVER)) > before, 20, "a word about the form")
    assert "Slack did not open the form" in "\n".join(night.whispers(APPROVER)[before:])
    assert approvals(night, State.PROPOSED) == [approval]


def test_denied_with_a_reason_and_planned_again(night: Stage) -> None:
    ledger = alerted(night)
    [first] = approvals(night, State.PROPOSED)
    at = shown(night, f"approval:{first}", at_rest(night, ledger))
    press(night, APPROVER, at, "deny")
    night.until(lambda: at_rest(night, ledger).approvals[first].state is State.DENIED, 20, "a denial")
    assert submit(night, APPROVER, {"reason": HOSTILE})["ok"]
    night.until(lambda: at_rest(night, ledger).approvals[first].reason is not None, 20, "its reason")
    night.until(lambda: "not while" in lines(night), 20, "the reason on the request")
    night.until(lambda: offers(night, at, "plan_again"), 20, "Plan Again on the denied request")
    said = lines(night)
    assert "not while" in said
    assert "@channel" not in said
    assert "<https://evil" not in str(night.people.messages(at[0]))

    press(night, RESPONDER, at, "plan_again")
    night.until(lambda: bool(approvals(night, State.PROPOSED)), 40, "the second request")
    [second] = approvals(night, State.PROPOSED)
    assert second != first
    assert len(night.writes()) == 0
    night.until(lambda: not offers(night, at, "plan_again"), 20, "the first request to point to the second")


def test_denied_from_the_terminal_and_approved_at_last(night: Stage) -> None:
    """As `make demo` without arguments lets its reader take part."""
    ledger = alerted(night)
    [second] = approvals(night, State.PROPOSED)
    player = Player(night.people, APPROVER, VISITOR, say=lambda _: None, acts=False)
    player.look()
    assert player.decide(APPROVER, "deny")
    night.until(lambda: at_rest(night, ledger).approvals[second].state is State.DENIED, 20, "a denial")
    assert at_rest(night, ledger).approvals[second].reason is None

    press(night, VISITOR, shown(night, f"approval:{second}", at_rest(night, ledger)), "plan_again")
    night.until(lambda: bool(approvals(night, State.PROPOSED)), 40, "the third request")
    [third] = approvals(night, State.PROPOSED)
    press(night, APPROVER, shown(night, f"approval:{third}", at_rest(night, ledger)), "approve")
    night.until(lambda: at_rest(night, ledger).approvals[third].state is State.SUCCEEDED, 60, "the change")


def test_an_incident_opened_by_form_is_resolved_by_a_press(night: Stage) -> None:
    opened = open_by_form(night, RESPONDER, "Invoices are missing")
    assert opened.requester == RESPONDER
    night.until(lambda: at_rest(night, opened.id).done("card") is not None, 40, "its card")
    at = shown(night, "card", at_rest(night, opened.id))
    press(night, RESPONDER, at, "commander", value=APPROVER)
    press(night, VISITOR, at, "resolve")
    night.until(lambda: at_rest(night, opened.id).resolved_at is not None, 20, "the end")

    over = at_rest(night, opened.id)
    assert (over.commander, over.resolved_by, over.resolved_why) == (APPROVER, VISITOR, "person_said")
    night.until(lambda: not offers(night, at, "resolve"), 30, "the card without buttons")


def test_it_ends_told_once_with_one_write(night: Stage) -> None:
    """The last: the alert's incident ends by itself or by a press, whichever is first."""
    night.until(night.over, 120, "the end of the story")
    check_world(night)
    check_record(night)
    check_told_once(night)
    assert night.people.violations() == []
