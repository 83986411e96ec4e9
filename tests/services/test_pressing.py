"""Who may press what on a card, over a real ledger: counted once, or refused with a name for the reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.errors import Unreachable
from bot.core.events import ChannelStep, ClickReceived, IncidentListed, IncidentOpened, Ref, Severity
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ledger import WORKSPACE
from bot.core.workspace import fold_workspace
from bot.services.pressing import Members, Pressing

REF = Ref(ref="0" * 64, bytes=1)
KEY = "0" * 32
FORGED = f"{90:032x}"
GUEST, BOT = "U0GUEST", "U0ROBOT"
OUTSIDERS = {GUEST: "guest", BOT: "not_member"}


def asked(user: str) -> str | None:
    if user == "U0SILENT":
        raise Unreachable("Slack does not say who this is")
    return OUTSIDERS.get(user)


@dataclass
class Desk:
    ledgers: RedisLedgers
    team: str | None = "T1"

    def press(self, number: int = 1, action: str = "take", **changes: Any) -> Incident:
        told = {
            "click": f"{number:032x}",
            "approval": "inc-1",
            "action": action,
            "user": "U0ROBIN",
            "team": "T1",
            "channel": "C1",
            "message_ts": "1.5",
            "action_ts": f"{number}.0",
            **changes,
        }
        self.ledgers.record("inc-1", [ClickReceived(**told)], "slack:T1/U0ROBIN", once=told["click"])
        return self.judge(told["click"])

    def judge(self, click: str) -> Incident:
        members = Members(lambda: self.team, asked)
        return Pressing(self.ledgers, members, lambda one: one.id != FORGED).judge("inc-1", click)

    def incident(self) -> Incident:
        return fold("inc-1", self.ledgers.read("inc-1"))

    def why(self, number: int = 1) -> str | None:
        return self.incident().clicks[f"{number:032x}"].why


@pytest.fixture
def desk(redis_url: str) -> Iterator[Desk]:
    """An incident somebody opened: no alert will ever end it."""
    with patient(redis_url) as client:
        ledgers = RedisLedgers(client)
        opened = IncidentOpened(severity=Severity.SEV2, key=KEY, title=REF, why="person_said", place="incident")
        steps = [
            ChannelStep(step="card", state="done", channel="C1", ts="1.5"),
            ChannelStep(step="home", state="done", channel="C0HOME", ts="1.1"),
        ]
        ledgers.record(WORKSPACE, [IncidentListed(incident="inc-1", key=KEY, severity=Severity.SEV2)], "process:serve")
        ledgers.record("inc-1", [opened, *steps], "process:serve")
        yield Desk(ledgers)


@pytest.mark.parametrize("at", [("C1", "1.5"), ("C0HOME", "1.1")], ids=["card", "home"])
def test_anybody_of_the_team_takes_it_on_either_card(desk: Desk, at: tuple[str, str]) -> None:
    desk.press(channel=at[0], message_ts=at[1])

    assert desk.incident().commander == "U0ROBIN"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"user": GUEST}, "guest"),
        ({"team": "T9"}, "foreign_team"),
        ({"message_ts": "9.9"}, "wrong_message"),
        ({"action": "commander", "choice": BOT}, "cannot_command"),
        ({"action": "commander", "choice": GUEST}, "cannot_command"),
    ],
)
def test_what_may_not_be_is_refused_with_its_reason(desk: Desk, changes: dict[str, str], why: str) -> None:
    desk.press(**changes)

    assert (desk.why(), desk.incident().commander) == (why, None)


def test_a_press_that_serve_did_not_hear_does_not_count(desk: Desk) -> None:
    desk.press(90)

    assert (desk.why(90), desk.incident().commander) == ("not_heard", None)


def test_before_slack_was_reached_nobody_is_known(desk: Desk) -> None:
    desk.team = None
    desk.press()

    assert desk.why() == "not_ready"


def test_when_slack_does_not_say_who_it_is_the_press_stays_undecided(desk: Desk) -> None:
    with pytest.raises(Unreachable):
        desk.press(user="U0SILENT")

    assert desk.incident().clicks[f"{1:032x}"].state == "received"


def test_judging_a_press_twice_counts_it_once(desk: Desk) -> None:
    length = desk.press().length

    assert desk.judge(f"{1:032x}").length == length


def test_resolving_closes_it_in_the_workspace_too(desk: Desk) -> None:
    assert fold_workspace(desk.ledgers.read(WORKSPACE)).open_by_key == {KEY: "inc-1"}
    desk.press(action="resolve")
    desk.press(2, action="resolve")

    assert fold_workspace(desk.ledgers.read(WORKSPACE)).open_by_key == {}
    assert (desk.incident().resolved_by, desk.why(2)) == ("U0ROBIN", "incident_resolved")
