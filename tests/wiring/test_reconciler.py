"""What serve does with a question: who is not of this workspace is told so, and what cannot be read is answered too."""

import time
from datetime import timedelta

import pytest

from bot.adapters.ed25519 import generate
from bot.adapters.inbox import RedisInbox
from bot.core.events import (
    ActionProposed,
    CommandReceived,
    DiagnosisStarted,
    Fact,
    FindingMade,
    Frozen,
    IncidentOpened,
    IntentMade,
    Ref,
    Severity,
    TargetFound,
    Verdict,
)
from bot.core.ledger import WORKSPACE, stamp
from bot.core.question import fold_question
from bot.core.workspace import fold_workspace
from bot.services.reconciling import Reconciling
from bot.settings import ServeSettings
from bot.wiring.common import Store, store
from bot.wiring.ourselves import Ourselves
from bot.wiring.reconciler import reconciling

ASK = "ask-0123456789abcdef"


class House:
    def __init__(self, url: str, team: str | None = "T1") -> None:
        self.settings = ServeSettings.model_validate(
            {
                "REDIS_URL": url,
                "SLACK_BOT_TOKEN": "xoxb-nobody",
                "SLACK_API_URL": "http://127.0.0.1:1/api/",
                "MIDWATCH_WEBHOOK_TOKEN": "0123456789abcdef",
                "MIDWATCH_SIGNING_KEY": generate().private,
                "MIDWATCH_HOME_CHANNEL": "C0OPS",
                "MIDWATCH_MODE": "act",
            }
        )
        self.at: Store = store(self.settings)
        self.ourselves = Ourselves.of(self.settings)
        self.ourselves.team = team
        inbox = RedisInbox(self.at.client, self.at.payloads)
        self.work: Reconciling = reconciling(self.settings, self.at, inbox, self.ourselves)

    def asked(self, command: str, words: str, team: str = "T1") -> None:
        text = self.at.payloads.put(ASK, words)
        told = CommandReceived(command=command, user="U0EVE", team=team, channel="C0SHARED", text=text, thread="1.5")
        self.at.ledgers.record(ASK, [told], f"slack:{team}/U0EVE")

    def answer(self) -> object:
        question = fold_question(ASK, self.at.ledgers.read(ASK))
        return self.at.payloads.get(ASK, question.answer) if question.answer else None

    def incidents(self) -> list[str]:
        return [name for name in self.at.ledgers.names() if name.startswith("inc-")]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("status", "status"),
        ("explain", "explain TillSlow"),
        ("do", "do restart web"),
        ("freeze", "freeze 30"),
        ("unfreeze", "unfreeze"),
        ("incident", "incident Wake everybody severity:sev1"),
        ("open_seen", "ask-fedcba9876543210:0"),
    ],
)
def test_who_is_of_another_workspace_has_nothing_looked_up_and_nobody_called(
    redis_url: str, command: str, words: str
) -> None:
    house = House(redis_url)
    house.asked(command, words, team="T9")

    items = house.work.look(ASK)

    assert house.answer() == {"kind": "not_requested", "why": "foreign_team"}
    assert [item.job for item in items] == ["turn_away"]
    assert [item.job for item in house.work.look(ASK)] == ["answer"]
    assert house.incidents() == []


def test_ours_are_looked_after(redis_url: str) -> None:
    house = House(redis_url)
    house.asked("status", "status")

    assert [item.job for item in house.work.look(ASK)] == ["survey"]
    assert house.answer() is None


def test_until_slack_was_reached_nobody_can_tell_who_asks_and_nothing_is_looked_up(redis_url: str) -> None:
    house = House(redis_url, team=None)
    house.asked("incident", "incident Wake everybody severity:sev1", team="T9")
    assert house.work.look(ASK) == ()
    assert house.incidents() == []

    house.ourselves.team = "T1"
    house.work.look(ASK)
    assert house.answer() == {"kind": "not_requested", "why": "foreign_team"}


@pytest.mark.parametrize("words", ["incident service:web severity:sev2", "incident " + "x" * 251, "status"])
def test_what_is_no_incident_after_all_is_answered_and_not_tried_for_ever(redis_url: str, words: str) -> None:
    house = House(redis_url)
    house.asked("incident", words)

    house.work.look(ASK)

    answer = house.answer()
    assert isinstance(answer, dict)
    assert (answer["kind"], bool(answer["says"])) == ("misread", True)
    assert house.incidents() == []


def test_a_target_that_somebody_else_wrote_down_helps_no_stranger(redis_url: str) -> None:
    house = House(redis_url)
    house.asked("do", "do restart web", team="T9")
    arguments = house.at.payloads.put(ASK, {"namespace": "shop", "name": "web"})
    found = TargetFound(tool="restart_deployment", namespace="shop", name="web", arguments=arguments)
    house.at.ledgers.record(ASK, [found], "process:diagnose")

    house.work.look(ASK)

    assert house.answer() == {"kind": "not_requested", "why": "other_workspace"}
    assert house.incidents() == []


APPROVAL = "a-1"
REF = Ref(ref="0" * 64, bytes=1)


def proposed(house: House, ledger: str = "inc-20261120-3f2a9c41") -> str:
    """An open incident with one request that waits."""
    now = house.at.ledgers.now()
    facts: list[Fact] = [
        IncidentOpened(severity=Severity.SEV2, key="1" * 32, title=REF, why="first_alert", place="incident"),
        DiagnosisStarted(round=1, reasoner="guided"),
        FindingMade(round=1, verdict=Verdict.CAUSE, reasoner="guided", finding=REF, looks=1, milliseconds=1),
        IntentMade(intent="i-1", round=1, tool="restart_deployment", arguments=REF),
        ActionProposed(
            approval=APPROVAL,
            intent="i-1",
            tool="restart_deployment",
            target="Deployment/shop/web",
            plan=REF,
            digest="d" * 64,
            needed=1,
            expires_at=stamp(now + timedelta(minutes=15)),
        ),
    ]
    house.at.ledgers.record(ledger, facts, "process:act")
    return ledger


def test_a_freeze_and_its_end_reach_every_request_that_waits(redis_url: str) -> None:
    house = House(redis_url)
    incident = proposed(house)
    until = house.at.ledgers.now() + timedelta(milliseconds=300)
    house.at.ledgers.record(WORKSPACE, [Frozen(user="U0SAM", until=stamp(until))], "process:serve")

    house.work.look(incident)
    freeze = house.work.incident(incident).freeze
    assert freeze is not None
    assert freeze.user == "U0SAM"

    time.sleep(0.4)
    house.work.look(incident)
    assert house.work.incident(incident).freeze is None  # its time is over: nobody had to lift it
    length = house.at.ledgers.length(incident)
    house.work.look(incident)
    assert house.at.ledgers.length(incident) == length


def test_while_nobody_can_tell_who_asks_nothing_is_lifted_but_whoever_is_of_the_team_can_stop(redis_url: str) -> None:
    house = House(redis_url)  # Slack does not answer there
    house.asked("freeze", "freeze 30 the database moves")
    house.work.look(ASK)

    answer = house.answer()
    assert isinstance(answer, dict)
    assert answer["kind"] == "froze"
    freeze = fold_workspace(house.at.ledgers.read(WORKSPACE)).frozen(house.at.ledgers.now())
    assert freeze is not None
    assert freeze.notice is not None
    assert [item.job for item in house.work.look(freeze.notice)] == ["announce"]
