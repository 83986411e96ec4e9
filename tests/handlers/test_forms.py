"""Forms as Slack hands them back: checked within the acknowledgement, written down once, or said not to be."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt import Ack, Respond

from bot.adapters.approval_index import RedisApprovalIndex
from bot.adapters.front import LONGEST_TEXT, RedisFront
from bot.adapters.heard import RedisHeard
from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import fast
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.approvers import Approvers, Deciders, unasked
from bot.core.errors import Refused
from bot.core.events import (
    ActionProposed,
    ClickReceived,
    DiagnosisStarted,
    IncidentOpened,
    IntentMade,
    Ref,
    Severity,
)
from bot.core.folding import fold
from bot.core.incident import Click
from bot.core.ledger import stamp
from bot.core.question import fold_question
from bot.core.redact import redact_json
from bot.services.doors import People
from bot.services.offering import Offering
from bot.services.reception import Reception
from bot.views import forms as drawn
from bot.views.house import House
from bot.views.ids import FormId
from handlers import approvals, commands, forms
from handlers.listener import Door
from handlers.routes import FORMS
from tests.deciding import deciding

INCIDENT = "inc-20261121-aaaaaaaa"
REF = Ref(ref="0" * 64, bytes=1)
INTENT = IntentMade(intent="i-1", round=1, tool="t", arguments=REF)
WHO = {"id": "U0ALEX", "team_id": "T1"}


@dataclass
class Desk:
    door: Door
    ledgers: RedisLedgers
    payloads: RedisPayloads
    heard: RedisHeard
    opened: list[Any] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)

    def clicks(self) -> list[Click]:
        return list(fold(INCIDENT, self.ledgers.read(INCIDENT)).clicks.values())

    def asks(self) -> list[str]:
        return [name for name in self.ledgers.names() if name.startswith("ask-")]


def door_to(
    url: str,
    opened: list[Any],
    later: ThreadPoolExecutor,
    approvers: tuple[str, ...] = ("U0ALEX",),
    told: Approvers | None = None,
) -> Door:
    """``told`` is what Slack says of the approvers."""
    client = fast(url)
    index = RedisApprovalIndex(client)
    people = People(team=lambda: "T1", approvers=lambda: unasked(Deciders(approvers)))

    def open_form(trigger: str, view: Any) -> None:
        if trigger == "expired":
            raise Refused("Slack refused views.open", why="expired_trigger_id")
        opened.append(view)

    reception = Reception(RedisFront(client, redact_json), index)
    house = House(home="C0OPS", deciders=Deciders(("U0ALEX",)), mode="act")
    asking = None if told is None else lambda: told
    return Door(reception, later, Offering(RedisLedgers(client), index, people, asking), open_form, house)


@pytest.fixture
def desk(redis_url: str) -> Iterator[Desk]:
    client, opened = fast(redis_url), []  # type: ignore[var-annotated]
    ledgers = RedisLedgers(client)
    fact = IncidentOpened(severity=Severity.SEV2, key="0" * 32, title=REF, why="person_said", place="home")
    ledgers.record(INCIDENT, [fact], "process:serve")
    RedisApprovalIndex(client).put("a-1", INCIDENT)
    with ThreadPoolExecutor(1) as later:
        door = door_to(redis_url, opened, later)
        yield Desk(door, ledgers, RedisPayloads(client, redact_json), RedisHeard(client), opened)


def submitted(values: dict[str, Any], pack: list[str], view: str = "V0ONE") -> dict[str, Any]:
    fields = {name: {name: value} for name, value in values.items()}
    return {
        "user": WHO,
        "view": {"id": view, "private_metadata": json.dumps(pack), "state": {"values": fields}},
    }


def answered(listener: Any, body: dict[str, Any], door: Door) -> Any:
    ack = Ack()
    listener(body, ack, Respond(response_url=None), door)
    assert ack.response is not None
    return json.loads(ack.response.body) if ack.response.body else None


PACK = ["a-1", "C1", "1.5", ""]
DENY, CHANGES, GLASS, TYPED = (
    FORMS[form] for form in (FormId.DENY, FormId.REQUEST_CHANGES, FormId.BREAK_GLASS, FormId.TYPED)
)


def test_a_submitted_reason_is_a_press_with_words_that_serve_heard(desk: Desk) -> None:
    body = submitted({"reason": {"value": "  the token is password=hunter2secret  "}}, PACK)
    for _ in range(2):  # Slack may deliver it twice
        assert answered(DENY, body, desk.door) is None

    [click] = desk.clicks()
    assert (click.action, click.approval, click.user, click.message_ts) == ("deny", "a-1", "U0ALEX", "1.5")
    assert click.words is not None
    assert "hunter2secret" not in desk.payloads.get(INCIDENT, click.words)
    assert desk.heard(click)


def test_other_words_under_the_same_press_were_not_heard(desk: Desk) -> None:
    answered(DENY, submitted({"reason": {"value": "no"}}, PACK), desk.door)
    [click] = desk.clicks()
    swapped = Click(**{**click.__dict__, "words": REF})
    assert not desk.heard(swapped)
    assert not desk.heard(Click(**{**click.__dict__, "choice": "U0BOB"}))


@pytest.mark.parametrize("reason", ["half of a sign: \ud83d", "x" * 100_000, "\x00\x1b[31m\u202e"])
def test_strange_words_are_written_down_like_any_others(desk: Desk, reason: str) -> None:
    assert answered(DENY, submitted({"reason": {"value": reason}}, PACK), desk.door) is None

    [click] = desk.clicks()
    assert click.words is not None
    assert 0 < len(desk.payloads.get(INCIDENT, click.words)) <= LONGEST_TEXT


def propose(desk: Desk) -> None:
    expires = stamp(desk.ledgers.now() + timedelta(minutes=15))
    proposed = ActionProposed(
        approval="a-1", intent="i-1", tool="t", target="D/n/x", plan=REF, digest="d" * 64, needed=1, expires_at=expires
    )
    desk.ledgers.record(INCIDENT, [DiagnosisStarted(round=1, reasoner="guided"), INTENT, proposed], "process:act")


def by_sam(action: str) -> dict[str, Any]:
    return {**pressing(action), "user": {"id": "U0SAM", "team_id": "T1"}}


@pytest.mark.parametrize(("approvers", "opened"), [(("U0ALEX",), 0), (("U0ALEX", "S0ONCALL"), 1)])
def test_whoever_may_be_in_a_group_is_shown_the_form_without_asking_slack(
    desk: Desk, redis_url: str, approvers: tuple[str, ...], opened: int
) -> None:
    propose(desk)
    shown: list[Any] = []
    with ThreadPoolExecutor(1) as later:
        answered(forms.reason_asked, by_sam("request_changes"), door_to(redis_url, shown, later, approvers))

    assert len(shown) == opened
    assert len(desk.clicks()) == 1 - opened  # who may surely not is answered like any press


@pytest.mark.parametrize(("grouped", "opened"), [(frozenset({"U0SAM"}), 1), (frozenset(), 0), (None, 0)])
def test_after_a_denial_only_whoever_slack_says_is_in_the_group_is_asked_why(
    desk: Desk, redis_url: str, grouped: frozenset[str] | None, opened: int
) -> None:
    propose(desk)
    shown: list[Any] = []
    told = deciding(frozenset({"U0ALEX"}), grouped)
    with ThreadPoolExecutor(1) as later:
        answered(forms.denied, by_sam("deny"), door_to(redis_url, shown, later, ("U0ALEX", "S0ONCALL"), told))

    assert len(shown) == opened
    assert len(desk.clicks()) == 1


def test_a_denial_that_stands_needs_no_words(desk: Desk) -> None:
    assert answered(DENY, submitted({"reason": {"value": None}}, PACK), desk.door) is None
    assert desk.clicks() == []


def pressing(action: str, approval: str = "a-1") -> dict[str, Any]:
    return {
        "user": WHO,
        "channel": {"id": "C1"},
        "container": {"message_ts": "1.5"},
        "trigger_id": "1.2.3",
        "actions": [{"action_id": action, "value": approval, "action_ts": "2.5"}],
    }


def test_a_denial_is_written_down_with_its_press_before_any_form(desk: Desk) -> None:
    """Nobody can approve while a reason is typed, and a form that never opens takes nothing back."""
    assert answered(forms.denied, pressing("deny"), desk.door) is None

    [click] = desk.clicks()
    assert (click.action, click.approval, click.words) == ("deny", "a-1", None)
    assert desk.heard(click)


def test_a_request_for_changes_without_words_is_not_taken(desk: Desk) -> None:
    answer = answered(CHANGES, submitted({"reason": {"value": " \n"}}, PACK), desk.door)
    assert answer == {"response_action": "errors", "errors": {drawn.REASON: "Say what should be different."}}
    assert desk.clicks() == []


def test_breaking_the_glass_takes_a_reason(desk: Desk) -> None:
    answer = answered(GLASS, submitted({"reason": {"value": ""}}, PACK), desk.door)
    assert "why it cannot wait" in answer["errors"][drawn.REASON]
    assert answered(GLASS, submitted({"reason": {"value": "money is lost"}}, PACK), desk.door) is None
    [click] = desk.clicks()
    assert (click.action, click.words is not None) == ("break_glass", True)


def test_the_name_that_was_asked_for_is_typed_or_nothing_is_approved(desk: Desk) -> None:
    pack = [*PACK, "Node//node-1"]
    answer = answered(TYPED, submitted({"name": {"value": "node-2"}}, pack), desk.door)
    assert answer["errors"] == {drawn.NAME: "That is not its name. Nothing was approved."}
    assert desk.clicks() == []
    assert answered(TYPED, submitted({"name": {"value": " node-1 "}}, pack), desk.door) is None
    [click] = desk.clicks()
    assert (click.action, click.choice) == ("approve", "node-1")


def test_a_form_that_cannot_be_written_down_stays_open_and_says_so() -> None:
    with ThreadPoolExecutor(1) as later:
        door = door_to("redis://127.0.0.1:1/0", [], later)
        answer = answered(DENY, submitted({"reason": {"value": "no"}}, PACK), door)
    assert answer["response_action"] == "errors"
    assert "Not taken" in answer["errors"][drawn.REASON]


SEVERITY = {"selected_option": {"value": "sev1"}}


def test_a_submitted_incident_is_the_command_it_stands_for(desk: Desk) -> None:
    values = {"title": {"value": "Invoices are late"}, "service": {"value": "billing"}, "severity": SEVERITY}
    for _ in range(2):
        assert answered(forms.incident_given, submitted(values, ["C1", ""]), desk.door) is None

    [ask] = desk.asks()
    question = fold_question(ask, desk.ledgers.read(ask))
    assert question.text is not None
    text = desk.payloads.get(ask, question.text)
    assert (question.command, text) == ("incident", "incident Invoices are late service:billing severity:sev1")


@pytest.mark.parametrize(
    ("title", "service", "wrong"),
    [
        ("", "", {"title"}),
        ("   ", "two words", {"title", "service"}),
        ("x" * 251, "", {"title"}),
        ("service:billing", "", {"title"}),
        ("severity:sev1", "billing", {"title"}),
        ("all is lost severity:huge", "", set()),  # the menu's own word comes last and counts
    ],
)
def test_what_is_wrong_in_a_form_is_said_beside_it(desk: Desk, title: str, service: str, wrong: set[str]) -> None:
    values = {"title": {"value": title}, "service": {"value": service}, "severity": SEVERITY}
    answer = answered(forms.incident_given, submitted(values, ["C1", ""]), desk.door)
    assert set(answer["errors"] if answer else ()) == wrong
    assert bool(desk.asks()) is not bool(wrong)


def test_a_command_without_a_title_is_acknowledged_and_opens_the_form(desk: Desk) -> None:
    body = {"text": "incident service:shop", "user_id": "U0ALEX", "team_id": "T1", "channel_id": "C1"}
    assert answered(commands.ops, {**body, "trigger_id": "1.2.x"}, desk.door) is None
    desk.door.later.shutdown(wait=True)

    assert [view["callback_id"] for view in desk.opened] == ["form_incident"]
    assert desk.asks() == []


def test_a_menu_says_what_was_chosen_and_what_it_is_about() -> None:
    body = {
        "user": WHO,
        "channel": {"id": "C1"},
        "container": {"message_ts": "1.5"},
        "actions": [{"action_id": "commander", "block_id": f"{INCIDENT}:sev2:nobody", "selected_user": "U0BOB"}],
    }
    body["actions"][0]["action_ts"] = "2.0"  # type: ignore[index]
    press = approvals.read(body)
    assert (press.approval, press.choice) == (INCIDENT, "U0BOB")


def test_a_card_older_than_the_store_opens_no_ledger(desk: Desk) -> None:
    body = {
        "user": WHO,
        "channel": {"id": "C1"},
        "container": {"message_ts": "1.5"},
        "actions": [{"action_id": "take", "value": "inc-20200101-gone", "block_id": "x", "action_ts": "2.0"}],
    }
    answered(approvals.pressed, body, desk.door)
    assert desk.ledgers.read("inc-20200101-gone") == []
    assert len(desk.asks()) == 1  # answered: it is not known any more


def test_every_press_in_the_record_is_of_one_shape() -> None:
    assert {"choice", "words"} <= set(ClickReceived.model_fields)
