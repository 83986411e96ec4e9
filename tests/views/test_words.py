"""Refusals and answers: words for every reason, that say what happened and who can."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.approval import TEXT, Approval, State
from bot.core.commands import parse
from bot.core.errors import BadInput
from bot.core.events import IncidentResolved, Outcome, Severity, Verdict
from bot.views import help as help_view
from bot.views import wording
from bot.views.answers import answer_message
from bot.views.blocks import Message, texts_of
from bot.views.ids import ActionId, FormId
from bot.views.refusals import ALREADY, ON_CARD, WORDS, bad_command, click
from bot.views.requested import WHY
from bot.views.text import page
from handlers.routes import ACTIONS, FORMS
from tests.scene import HOUSE, INCIDENT, Paper, Scene, in_state
from tests.views.checks import assert_fit, assert_only_our_marks
from tests.views.conftest import Golden

ROOT = Path(__file__).resolve().parents[2]
WHO = "<@U0ALICE> or <!subteam^S0ONCALL> can decide."


def approval_in(state: State) -> Approval:
    book = Paper()
    in_state(Scene(book), state.value)
    return book.incident().approvals["a-1"]


def words(message: Message) -> str:
    return "\n".join(texts_of(message["blocks"]))


@pytest.mark.parametrize("why", sorted(TEXT))
def test_every_reason_of_the_machine_has_words(why: str):
    assert why in WORDS
    message = click(why, approval_in(State.PROPOSED), HOUSE)
    assert_fit(message)
    assert_only_our_marks(message)


def test_every_reason_serve_may_refuse_a_click_with_has_words():
    source = "".join((ROOT / f"bot/services/{name}.py").read_text() for name in ("approvals", "doors"))
    reasons = set(re.findall(r'why="([a-z_]+)"', source)) - {"incident_resolved", "alerts_over"}
    assert reasons <= set(WORDS), reasons - set(WORDS)
    assert {"shared_channel", "door_not_checked"} <= set(WORDS)
    assert {"guest", "not_member"} <= set(ON_CARD)


@pytest.mark.parametrize("state", list(State))
def test_a_late_press_is_told_how_it_ended(state: State, golden: Golden):
    assert set(ALREADY) == set(State)
    message = click(f"already_{state}", approval_in(state), HOUSE)
    assert_fit(message)
    golden(f"already_{state.value}", message)


def test_somebody_who_may_not_decide_is_told_who_can():
    assert WHO in words(click("not_approver", approval_in(State.PROPOSED), HOUSE))
    assert WHO in words(click("foreign_team", approval_in(State.PROPOSED), HOUSE))


def test_a_press_that_did_nothing_says_that_nothing_ran():
    for why in (
        "not_approver",
        "foreign_team",
        "not_checked",
        "voter_left",
        "not_known",
        "wrong_message",
        "digest",
        "expired",
        "unknown_action",
    ):
        assert "Nothing ran" in words(click(why, approval_in(State.EXPIRED), HOUSE)), why


def test_a_reason_nobody_foresaw_is_still_answered():
    assert "That press did nothing" in words(click("something_new", None, HOUSE))


def test_every_state_verdict_outcome_and_severity_has_words():
    assert set(wording.WAITING) == set(State)
    assert set(wording.VERDICT) == set(Verdict)
    assert set(wording.OUTCOME) == set(Outcome)
    assert set(wording.SEVERITY) == set(Severity)


@pytest.mark.parametrize(
    "folder", ["bot/services", "tools/change", "bot/core"], ids=["services", "changing tools", "core"]
)
def test_every_named_reason_in_the_code_has_words(folder: str):
    found: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        found |= set(re.findall(r'why="([a-z_]+)"', path.read_text()))
        found |= set(re.findall(r'Forbidden\(\s*"([a-z_]+)"', path.read_text()))
    said_elsewhere = {
        *WORDS,
        *ON_CARD,
        "first_alert",
        "worse_alert",
        "person_said",
        "nothing_to_upload",
        "no_curve",
        "too_large",
        "no_thread",
        "nobody_named",
        "same_diff",
    }
    assert found - said_elsewhere <= set(wording.WHY), sorted(found - said_elsewhere - set(wording.WHY))


@pytest.mark.parametrize("why", sorted(ON_CARD))
def test_every_reason_a_press_on_a_card_is_refused_with_has_words(why: str):
    message = click(why, None, HOUSE)
    assert_fit(message)
    assert_only_our_marks(message)
    assert "that press did nothing" not in words(message).lower()


def test_a_press_after_the_end_is_told_who_ended_it_and_when():
    book = Paper()
    scene = Scene(book).opened()
    pressed = scene.clicked("resolve", approval=INCIDENT)
    book.write(IncidentResolved(why="person_said", click=pressed, user="U0ALICE"))
    said = words(click("incident_resolved", None, HOUSE, book.incident()))
    assert "resolved by <@U0ALICE> at" in said


def test_every_action_is_served_and_every_served_action_is_drawn():
    assert set(ACTIONS) == set(ActionId)
    assert set(FORMS) == set(FormId)
    drawn = "".join(path.read_text() for path in (ROOT / "bot/views").glob("*.py"))
    assert all(f"ActionId.{action.name}" in drawn for action in ActionId)


# --- answers

ITEM = {
    "level": "sev2",
    "kind": "incident",
    "service": "checkout",
    "namespace": "payments",
    "says": "failing 21 % of requests",
    "since": "2026-11-20T02:14:00.000+00:00",
    "state": "waiting for approval",
    "incident": "inc-20261120-3f2a9c41",
}
UNREAD = {"what": "Argo CD", "outcome": "denied", "why": "403 for midwatch-read: list applications"}
STATUS = {
    "kind": "status",
    "as_of": "2026-11-20T02:30:00.000+00:00",
    "diagnosing": 2,
    "read": ["Prometheus", "Kubernetes"],
}


def test_status_says_what_needs_attention(golden: Golden):
    rollout = {"workload": "checkout", "namespace": "payments", "revision": "47", "at": "2026-11-20T02:11:00+00:00"}
    answer = {**STATUS, "attention": [ITEM], "attention_total": 3, "rollouts": [rollout], "rollouts_total": 11}
    message = answer_message({**answer, "not_readable": [UNREAD]})
    assert_fit(message)
    assert "3 things need attention" in message["text"]
    golden("status_attention", message)


def test_status_never_says_quiet_when_something_could_not_be_read(golden: Golden):
    message = answer_message({**STATUS, "not_readable": [UNREAD]})
    assert "not everything could be read" in words(message)
    assert "Nothing needs attention" not in words(message)
    assert "403 for midwatch-read" in words(message)
    golden("status_blind", message)


def test_status_says_when_it_is_quiet():
    assert "Nothing needs attention" in words(answer_message(STATUS))


def test_a_service_nobody_has_is_said_to_be_none_with_those_there_are():
    answer = {**STATUS, "service": "nosuch", "unheard_of": True, "there": ["cart", "checkout"]}
    message = answer_message(answer)
    assert_fit(message)
    assert message["text"].startswith("There is no service nosuch; there are cart, checkout")
    assert "Nothing needs attention" not in words(message)
    blind = answer_message({**answer, "not_readable": [UNREAD]})
    assert "No service nosuch was seen, but not everything could be read; there are cart, checkout" in words(blind)
    none = answer_message({**answer, "there": []})
    assert "There is no service nosuch; no other was seen either" in words(none)


def test_explain_gives_each_thought_its_source(golden: Golden):
    source = {"id": "bad-rollout", "title": "Bad rollout", "url": "https://runbooks.example/bad-rollout"}
    answer = {
        "kind": "explain",
        "asked": "KubePodCrashLooping",
        "as_of": STATUS["as_of"],
        "from_runbooks": True,
        "meaning": [{"text": "A container of the service ends again and again.", "source": source}],
        "causes": [{"text": "A rollout with a wrong setting.", "source": source}],
        "look_at": [{"text": "The previous container's log.", "source": source}],
        "sources": [source],
    }
    message = answer_message(answer)
    assert_fit(message)
    assert words(message).count("|Bad rollout>") == 4
    assert "Nothing here is from general knowledge." in words(message)
    golden("explain", message)


PAST = {"incident": "inc-1", "at": "2026-11-03T02:14:00.000Z", "says": "it failed", "over": True}
FIXED = {**PAST, "cause": "Revision 41", "fixed_by": ["Roll back Deployment loom in weaving, revision 41 to 40"]}


def test_explain_puts_what_is_seen_and_what_it_was_before_beside_the_pages(golden: Golden):
    kubernetes = {"id": "list_workloads", "title": "Kubernetes"}
    answer = {
        "kind": "explain",
        "asked": "rate(x[5m]) > 2",
        "subject": "read as PromQL",
        "as_of": STATUS["as_of"],
        "from_runbooks": False,
        "general": "the per-second rate of x over 5 min is more than 2",
        "now": [{"text": "Now: 3.1 (service loom)", "source": kubernetes}],
        "history": [FIXED, {**FIXED, "incident": "inc-2", "channel": "C0INC"}, {**PAST, "incident": "inc-3"}],
        "history_read": 12,
    }
    message = answer_message(answer)
    assert_fit(message)
    shown = words(message)
    assert "Of 3 earlier incidents here, 2 ended with: Roll back Deployment loom in weaving" in shown
    assert "over without a change by Midwatch" in shown
    assert "Only how the expression reads is general knowledge." in shown
    assert "No runbook of this team says anything" in shown
    golden("explain_expression", message)


def test_a_runbooks_code_stays_code_and_its_emphasis_emphasis():
    shown = page("An onset *before* it: `kubectl -n <namespace> get pods`, **now** & <!here> or 3 * 4")
    assert shown == (
        "An onset _before_ it: `kubectl -n &lt;namespace&gt; get pods`, _now_ &amp; &lt;!here&gt; or 3 ∗ 4"
    )


def test_explain_tells_no_page_from_no_search():
    nothing = {"kind": "explain", "asked": "x", "as_of": STATUS["as_of"], "from_runbooks": False}
    assert "No runbook of this team says anything" in words(answer_message(nothing))
    blind = words(answer_message({**nothing, "not_readable": [UNREAD]}))
    assert "not everything could be searched" in blind


@pytest.mark.parametrize("answer", [None, "(erased)", {}, {"kind": "status"}, {"kind": "later"}, {"cut": "too large"}])
def test_an_answer_that_cannot_be_read_is_said_to_be_so(answer: object):
    assert "cannot be shown" in words(answer_message(answer))


@pytest.mark.parametrize("kind", ["gave_up", "not_known", "outdated"])
def test_serves_own_answers_have_words(kind: str, golden: Golden):
    golden(f"answer_{kind}", answer_message({"kind": kind}))


HELPED = replace(HOUSE, usages=("restart <deployment> [in <namespace>]",))


@pytest.mark.parametrize("user", ["U0ALICE", "U0VISITOR"])
def test_help_says_what_this_person_may_do(user: str, golden: Golden):
    message = help_view.help_message(HELPED, user)
    assert_fit(message)
    assert ("You may decide" in words(message)) is (user in HOUSE.approvers)
    assert "/ops do restart" in words(message)
    golden(f"help_{user[2:].lower()}", message)


@pytest.mark.parametrize(("mode", "does"), [("observe", False), ("propose", True)])
def test_help_says_only_what_can_be_asked_for_in_this_mode(mode: Any, does: bool):
    message = help_view.help_message(replace(HELPED, mode=mode), "U0ALICE")
    assert_fit(message)
    assert ("/ops do" in words(message)) is does
    assert ("the line to run yourself" in words(message)) is does
    assert "You may decide" not in words(message)


NO = {"kind": "not_requested", "wanted": "loom", "object": "Deployment"}
REFUSALS = {
    "several": {"known": ["loom in a", "loom in b"], "known_total": 14},
    "nothing": {"known": ["yarn in a"], "known_total": 1, "places": ["a"]},
    "unread": {"known": [], "unread": ["b (denied: 403)"]},
    "where": {"known": ["a", "b"], "known_total": 2},
    "namespace_not_listed": {"known": ["a"], "known_total": 1},
    "foreign_team": {},
    "frozen": {"user": "U0BOB", "since": "2026-11-20T02:14:00.000Z"},
    "already_asked": {"incident": "inc-1", "channel": "C0INC"},
    "other_workspace": {},
    "not_member": {},
    "too_many_requests": {"most": 5},
    "mode_observe": {},
    "mode_propose": {"command": "kubectl -n weaving rollout restart deployment/loom"},
}


def test_every_reason_why_nothing_was_asked_for_has_words(golden: Golden):
    assert set(REFUSALS) == set(WHY)
    drawn = {why: answer_message({**NO, "why": why, **more}) for why, more in REFUSALS.items()}
    for message in drawn.values():
        assert_fit(message)
        assert "Nothing has run." in words(message)
    golden("not_requested", {why: words(message) for why, message in drawn.items()})
    assert "later" in words(answer_message({**NO, "why": "later"}))


def test_what_was_asked_for_says_where_it_stands_and_that_nothing_ran(golden: Golden):
    message = answer_message({"kind": "requested", "title": "Restart loom in weaving", "incident": "inc-1"})
    assert_fit(message)
    assert "Nothing has run" in words(message)
    golden("requested", message)
    joined = {"kind": "requested", "title": "Restart loom", "incident": "inc-1", "joined": True, "channel": "C0INC"}
    assert "<#C0INC>" in words(answer_message(joined))


def test_who_may_not_end_an_incident_is_told_who_may():
    book = Paper()
    Scene(book).opened().alert()
    said = words(click("not_theirs_to_end", None, HOUSE, book.incident()))
    assert all(f"<@{one}>" in said for one in HOUSE.approvers if one.startswith("U"))
    assert "press I Have It first" in said


def test_in_a_thread_help_speaks_of_what_works_there():
    shown = words(help_view.help_message(HOUSE, "U0ALICE", help_view.MENTION))
    assert "@midwatch status" in shown
    assert "/ops status" not in shown


def test_a_mistake_in_the_words_is_told_what_there_is_once():
    with pytest.raises(BadInput) as mistake:
        parse("dance")
    assert words(bad_command(mistake.value)).count("do &lt;change&gt;") == 1


def test_what_was_opened_or_asked_for_leads_to_where_it_stands():
    opened = answer_message({"kind": "incident_opened", "title": "x", "incident": "inc-1"}, home="C0OPS")
    assert "Its card is in <#C0OPS>" in opened["text"]
    asked = answer_message({"kind": "requested", "title": "x", "incident": "inc-1"}, home="C0OPS")
    assert "<#C0OPS> (`inc-1`)" in str(asked["blocks"])
