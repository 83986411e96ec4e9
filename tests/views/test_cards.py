"""Cards as people see them: a golden for each state and verdict, and the rules no card may break."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.approval import State
from bot.core.approvers import Deciders
from bot.core.events import CommanderChanged, EvidenceGathered, IncidentResolved, Outcome, Severity, Verdict
from bot.core.pressing import NOTHING_RAN
from bot.core.sources import Sources
from bot.views import notices
from bot.views.approval_card import approval_card
from bot.views.blocks import Message, texts_of
from bot.views.by_hand import by_hand_card
from bot.views.comparison import comparison, differs
from bot.views.decision_line import Anchor, decision_line
from bot.views.evidence_card import evidence_card
from bot.views.home_card import home_card
from bot.views.house import House
from bot.views.ids import ActionId
from bot.views.incident_card import incident_card
from bot.views.probe import probe_message
from bot.views.story import Picture
from bot.views.verification import check_message
from tests.scene import (
    ALT,
    CANDIDATES,
    DIFF,
    FINDING,
    HEALTHY,
    HOUSE,
    INCIDENT,
    UNSURE,
    Paper,
    Scene,
    final_plan,
    in_state,
    plan,
    rerun_plan,
)
from tests.views.checks import assert_fit, assert_only_our_marks, mentions
from tests.views.conftest import Golden

LINKS = {
    "E1": "https://harbour.slack.com/archives/C1/p1?thread_ts=1&cid=C1",
    "approval:a-1": "https://harbour.slack.com/archives/C1/p2",
}
CONTENT = {
    Verdict.CAUSE: FINDING,
    Verdict.CANDIDATES: CANDIDATES,
    Verdict.HEALTHY: HEALTHY,
    Verdict.UNSURE: UNSURE,
}


def scene() -> Scene:
    return Scene(Paper())


def paper(of: Scene) -> Paper:
    assert isinstance(of.book, Paper)
    return of.book


def words(message: Message) -> str:
    return "\n".join(texts_of(message["blocks"]))


def buttons(message: Message) -> list[dict[str, Any]]:
    return [element for block in message["blocks"] if block["type"] == "actions" for element in block["elements"]]


def test_a_change_for_a_person_shows_the_line_says_what_was_not_tried_and_has_no_button(golden: Golden):
    story = paper(scene().opened().alert().looks().found().for_a_person()).story(links=LINKS)
    card = by_hand_card(story, "i-1")
    assert_fit(card)
    assert buttons(card) == []
    assert "`kubectl --namespace payments rollout undo deployment/checkout --to-revision=46`" in words(card)
    assert "not dry-run" in words(incident_card(story))
    golden("by_hand", card)


def test_the_doctors_button_fits_and_says_that_it_changes_nothing():
    card = probe_message("0" * 32, 60)
    assert_fit(card)
    assert [(b["action_id"], b["value"]) for b in buttons(card)] == [(ActionId.PROBE, "0" * 32)]
    assert "nothing is changed by it" in words(card)


def test_a_change_for_a_person_whose_words_were_erased_says_so():
    going = scene().opened().alert().looks().found().for_a_person()
    paper(going).texts.clear()
    assert "its text was erased" in words(by_hand_card(paper(going).story(), "i-1"))


@pytest.mark.parametrize("state", list(State))
def test_every_state_of_an_approval_is_drawn(state: State, golden: Golden):
    story = paper(in_state(scene(), state.value)).story(links=LINKS)
    assert story.incident.approvals["a-1"].state is state
    card = approval_card(story, "a-1")
    assert_fit(card)
    assert_only_our_marks(card)
    golden(f"approval_{state.value}", card)


def test_evidence_leads_to_its_source_where_people_can_open_it():
    book = Paper()
    Scene(book).opened().alert().looks()
    page = "elasticsearch:/app/discover#/?_a=(query:(language:kuery,query:'service:\"till\"'))".replace('"', "%22")
    told = {"asked": "logs", "digest": "d", "link": page, "arguments": {"namespace": "payments"}}
    fact = EvidenceGathered(
        round=1, evidence="E9", tool="search_logs", outcome=Outcome.OK, observation=book.put(told), milliseconds=1
    )
    book.write(fact)
    house = replace(HOUSE, sources=Sources(elasticsearch="https://kibana.example"))
    assert "raw data" not in words(evidence_card(book.story(), "E9"))
    card = evidence_card(book.story(house), "E9")
    assert "<https://kibana.example/app/discover#/?_a=(query:(language:kuery,query:%27service:" in words(card)
    assert "|raw data>" in words(card)
    assert_fit(card)


def test_the_chart_stands_on_the_card_with_its_words(golden: Golden):
    story = replace(paper(scene().opened().alert().looks().found()).story(links=LINKS), picture=Picture("F0CHART", ALT))
    card = incident_card(story)
    assert_fit(card)
    assert_only_our_marks(card)
    golden("incident_with_chart", card)


@pytest.mark.parametrize("state", list(State))
def test_buttons_are_there_exactly_while_somebody_can_decide(state: State):
    card = approval_card(paper(in_state(scene(), state.value)).story(), "a-1")
    pressed = {button["action_id"] for button in buttons(card)}
    wanted = {
        State.PROPOSED: {ActionId.APPROVE, ActionId.DENY, ActionId.REQUEST_CHANGES},
        **{ended: {ActionId.PLAN_AGAIN} for ended in NOTHING_RAN},
        State.SUCCEEDED: {ActionId.UNDO},
        State.ESTABLISHED: {ActionId.UNDO},
        State.UNKNOWN: {ActionId.ESTABLISH_DONE, ActionId.ESTABLISH_NOT_DONE},
    }
    assert pressed == wanted.get(state, set())
    assert all(button["value"] == "a-1" for button in buttons(card))


@pytest.mark.parametrize("state", list(State))
def test_only_who_must_decide_is_mentioned_when_a_card_is_posted(state: State):
    card = approval_card(paper(in_state(scene(), state.value)).story(), "a-1")
    if state is State.PROPOSED:
        assert mentions(card) == ["<@U0ALICE>", "<!subteam^S0ONCALL>"]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_is_drawn(verdict: Verdict, golden: Golden):
    drawn = scene().opened().alert().alert("CheckoutLatencyHigh", "f2").looks().found(verdict, CONTENT[verdict])
    card = incident_card(paper(drawn).story(links=LINKS))
    assert_fit(card)
    assert_only_our_marks(card)
    golden(f"incident_{verdict.value}", card)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_what_could_not_be_read_is_said_with_every_verdict(verdict: Verdict):
    """E3 timed out; only one of the four findings names it by itself."""
    story = paper(scene().opened().alert().looks().found(verdict, CONTENT[verdict])).story()
    assert "Could not look:" in words(incident_card(story))


@pytest.mark.parametrize("outcome", [Outcome.DENIED, Outcome.FAILED, Outcome.TIMED_OUT])
def test_a_blind_look_is_never_shown_as_nothing_there(outcome: Outcome):
    story = paper(scene().opened().alert().looked("E1", "search_logs", outcome, "403")).story()
    assert "rules nothing out" in words(evidence_card(story, "E1"))
    assert "Could not look:" in words(incident_card(story))


def test_a_cause_is_named_only_when_the_finding_names_one():
    for verdict in (Verdict.CANDIDATES, Verdict.UNSURE, Verdict.HEALTHY):
        story = paper(scene().opened().alert().looks().found(verdict, CONTENT[verdict])).story()
        assert "Likely cause" not in words(incident_card(story))


def test_the_card_follows_the_story(golden: Golden):
    going = scene().opened()
    golden("incident_just_opened", incident_card(paper(going).story(), calling=True))
    going.alert(truncated=3).looks()
    golden("incident_looking", incident_card(paper(going).story()))
    going.found().proposed().intent_refused()
    golden("incident_proposed", incident_card(paper(going).story(links=LINKS)))
    going.started().ended("succeeded").checked(1).checked(2)
    paper(going).passes(1200)
    going.resolved()
    golden("incident_resolved", incident_card(paper(going).story(links=LINKS)))


def test_what_a_sender_left_out_is_counted_once_however_many_alerts_say_so():
    going = scene().opened().alert(truncated=3).alert(fingerprint="f2", truncated=3)

    assert ", 3 more were left out by the sender" in words(incident_card(paper(going).story()))


def test_the_on_call_is_mentioned_once_in_the_posted_card_and_in_no_edit():
    story = paper(scene().opened().alert()).story()
    assert mentions(incident_card(story, calling=True)) == ["<@U0BOB>"]
    assert mentions(incident_card(story)) == []
    assert mentions(home_card(story)) == []


def test_the_home_card_points_to_the_incidents_own_channel(golden: Golden):
    moved = (
        scene()
        .opened()
        .alert()
        .step("channel", channel="C0INC", name="inc-20261120-checkout")
        .step("home", channel="C0OPS", ts="1.1")
    )
    card = home_card(paper(moved).story())
    assert "<#C0INC>" in words(card)
    assert_fit(card)
    golden("home_pointer", card)


def test_what_slack_refused_is_on_the_card():
    refused = (
        scene()
        .opened()
        .alert()
        .step("channel", "failed", why="restricted_action")
        .step("topic", "failed", why="missing_scope")
    )
    said = words(home_card(paper(refused).story()))
    assert "an incident channel of its own did not work, this workspace does not let the app do that" in said
    assert "setting the topic did not work" in said


def test_a_new_run_is_asked_for_with_what_it_starts_and_that_it_cannot_be_taken_back(golden: Golden):
    drawn = scene().opened().alert().looks().found().proposed(proposal=rerun_plan())
    card = approval_card(paper(drawn).story(), "a-1")
    assert_fit(card)
    golden("approval_rerun", card)
    told = words(card)
    assert "starts 1 pod at once, takes none away" in told
    assert "the Job completes within 20 min" in told
    [approve] = [button for button in buttons(card) if button["action_id"] == ActionId.APPROVE]
    assert approve["style"] == "danger"
    drawn.started(proposal=rerun_plan()).ended("succeeded")
    assert "the Job is running, checking whether it helps" in words(approval_card(paper(drawn).story(), "a-1"))


def test_a_change_without_a_way_back_says_so_and_asks_twice():
    drawn = scene().opened().alert().looks().found().proposed(proposal=final_plan())
    card = approval_card(paper(drawn).story(), "a-1")
    approve = buttons(card)[0]
    assert approve["text"]["text"] == "Approve Restart"
    assert approve["style"] == "danger"
    assert "There is no way back." in approve["confirm"]["text"]["text"]
    assert "Way back:* none" in words(card)
    assert "disruption budget has no room" in words(card)


def test_a_change_of_more_than_a_quarter_asks_twice():
    wide = plan(blast={"pods": 3, "ready": 3, "unavailable_at_most": 1, "share_percent": 33})
    card = approval_card(paper(scene().opened().looks().found().proposed(proposal=wide)).story(), "a-1")
    assert buttons(card)[0]["style"] == "danger"
    assert "33 %" in buttons(card)[0]["confirm"]["text"]["text"]


def test_an_ordinary_change_asks_once():
    card = approval_card(paper(scene().opened().looks().found().proposed()).story(), "a-1")
    assert buttons(card)[0]["style"] == "primary"
    assert "confirm" not in buttons(card)[0]
    assert buttons(card)[0]["text"]["text"] == "Approve Roll Back"
    assert "checkout in payments" in buttons(card)[0]["accessibility_label"]


def test_where_nothing_may_run_there_is_a_line_to_copy_and_no_button():
    house = House(home="C0OPS", deciders=Deciders(("U0ALICE",)), mode="propose")
    card = approval_card(paper(scene().opened().looks().found().proposed()).story(house), "a-1")
    assert buttons(card) == []
    assert "rollout undo deployment/checkout --to-revision=46" in words(card)


def test_a_plan_that_cannot_be_shown_cannot_be_approved():
    drawn = scene().opened().looks().found().proposed()
    paper(drawn).texts.clear()
    card = approval_card(paper(drawn).story(), "a-1")
    assert buttons(card) == []
    assert "cannot be shown" in words(card)


def test_votes_are_counted_on_the_card():
    drawn = scene().opened().looks().found().proposed(needed=2).voted()
    assert "1 of 2 approved" in words(approval_card(paper(drawn).story(), "a-1"))


def test_a_decision_is_one_line_that_names_everything_and_calls_nobody(golden: Golden):
    drawn = in_state(scene(), "approved")
    click = next(iter(paper(drawn).incident().clicks))
    line = decision_line(paper(drawn).story(), click, Anchor(17, "ab" * 32))
    assert mentions(line) == []
    for part in ("alice", "U0ALICE", "approved", "2026-11-20 02:15:00 UTC", plan().digest()[:12], "ab" * 6, "(17)"):
        assert part in words(line)
    golden("decision_line", line)


@pytest.mark.parametrize("how", ["passed", "failed", "inconclusive"])
def test_a_check_calls_people_only_when_it_did_not_help(how: str, golden: Golden):
    drawn = in_state(scene(), "succeeded").checked(1, how)
    message = check_message(paper(drawn).story(), "x-a-1", 1)
    assert mentions(message) == ([] if how == "passed" else ["<@U0BOB>"])
    assert_fit(message)
    golden(f"check_{how}", message)


def test_notices_are_drawn(golden: Golden):
    unknown = paper(in_state(scene(), "unknown")).story(links=LINKS)
    golden("notice_unknown", notices.outcome_unknown(unknown, "a-1"))
    golden("notice_failed", notices.change_failed(paper(in_state(scene(), "failed")).story(), "a-1"))
    golden("notice_refused", notices.intent_refused(paper(scene().opened().looks().intent_refused()).story(), "i-9"))
    over = in_state(scene(), "succeeded").checked(1).checked(2)
    paper(over).passes(900)
    done = notices.resolved(paper(over.resolved()).story())
    assert mentions(done) == []
    golden("notice_resolved", done)
    lost = scene().opened().alert().step("channel", "failed", why="restricted_action")
    golden("notice_page", notices.page(paper(lost).story()))


def test_evidence_shows_what_was_asked_and_where_the_raw_data_is(golden: Golden):
    story = paper(scene().opened().alert().looks()).story()
    golden("evidence_read", evidence_card(story, "E1"))
    golden("evidence_timed_out", evidence_card(story, "E3"))


def test_the_notification_says_what_since_when_and_what_is_asked():
    drawn = scene().opened().alert().looks().found().proposed()
    text = incident_card(paper(drawn).story())["text"]
    assert text.startswith("SEV2 Checkout is failing for about 1 in 5 requests, since 02:14 UTC.")
    assert "Waiting for approval: Roll back Deployment checkout" in text


def test_warnings_are_drawn_like_the_rest():
    drawn = scene().opened(Severity.WARN, "home").alert()
    assert "*warn*" in words(home_card(paper(drawn).story(HOUSE)))


def test_a_denial_shows_its_reason_on_the_card_and_in_the_record(golden: Golden):
    drawn = scene().opened().alert().looks().found().proposed().denied("wait for the *batch* <!here>")
    story = paper(drawn).story()
    card = approval_card(story, "a-1")
    assert_only_our_marks(card)
    assert "*Reason:* “wait for the ∗batch∗ &lt;!here&gt;”" in words(card)
    line = decision_line(story, next(iter(story.incident.clicks)), Anchor(17, "ab" * 32))
    assert "“wait for the ∗batch∗ &lt;!here&gt;”" in words(line)
    golden("approval_denied_with_a_reason", card)


def test_who_overrules_a_denial_is_named_beside_the_evidence_not_instead_of_it():
    found = scene().opened().alert().looks().found().proposed().denied()
    card = words(approval_card(paper(found.planned_again(requester="U0BOB")).story(links=LINKS), "a-2"))
    assert "*Asked for again* by" in card
    assert "somebody else must approve it" in card
    assert "E1" in card.partition("*Why:*")[2]


def test_requests_lead_to_each_other_when_planned_again(golden: Golden):
    other = plan(diff=DIFF.replace("2.30.4", "2.30.5"), changes=())
    drawn = scene().opened().alert().looks().found().proposed().denied().planned_again(other)
    links = {**LINKS, "approval:a-2": "https://harbour.slack.com/archives/C1/p3"}
    story = paper(drawn).story(links=links)
    assert buttons(approval_card(story, "a-1")) == []
    assert "Planned again: <https://harbour.slack.com/archives/C1/p3|the new request>" in words(
        approval_card(story, "a-1")
    )
    assert (
        "*Planned again:* <https://harbour.slack.com/archives/C1/p2|the earlier request> was denied by alice, <!"
        in words(approval_card(story, "a-2"))
    )
    assert differs(story, "a-2")
    assert not differs(story, "a-1")
    beside = comparison(story, "a-2")
    assert_fit(beside)
    assert_only_our_marks(beside)
    golden("comparison", beside)


def test_plans_that_are_the_same_are_not_compared():
    drawn = scene().opened().alert().looks().found().proposed().denied().planned_again()
    assert not differs(paper(drawn).story(), "a-2")


@pytest.mark.parametrize(
    ("action", "choice", "says"),
    [
        ("take", None, "has the incident in hand"),
        ("severity", "sev1", "set the severity to SEV1"),
        ("commander", "U0BOB", "made bob (`U0BOB`) the commander"),
        ("resolve", None, "resolved the incident"),
    ],
)
def test_a_press_on_the_card_is_one_line_that_calls_nobody(action: str, choice: str | None, says: str):
    drawn = scene().opened().alert()
    click = drawn.clicked(action, approval=INCIDENT, choice=choice)
    line = decision_line(paper(drawn).story(), click, Anchor(17, "ab" * 32))
    assert mentions(line) == []
    assert words(line) == f"alice (`U0ALICE`) {says} at 2026-11-20 02:14:00 UTC · ledger `abababababab` (17)"


def test_who_has_it_stands_on_the_card_without_calling_them(golden: Golden):
    drawn = scene().opened().alert()
    click = drawn.clicked("take", approval=INCIDENT)
    paper(drawn).write(CommanderChanged(commander="U0ALICE", click=click, user="U0ALICE"))
    card = incident_card(paper(drawn).story())
    assert mentions(card) == []
    assert "commander: alice since" in words(card)
    assert "Nobody has it yet" not in card["text"]
    golden("incident_commanded", card)


def test_what_somebody_resolved_says_who(golden: Golden):
    drawn = scene().opened().alert()
    paper(drawn).passes(600)
    click = drawn.clicked("resolve", approval=INCIDENT)
    paper(drawn).write(IncidentResolved(why="person_said", click=click, user="U0ALICE"))
    story = paper(drawn).story()
    assert buttons(incident_card(story)) == []
    assert "resolved by alice" in words(incident_card(story))
    golden("notice_resolved_by_somebody", notices.resolved(story))
