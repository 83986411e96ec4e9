"""Freezing and lifting: who may, once each, all ledgers or none; over a real store."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.core.approvers import Approvers
from bot.core.bulletin import fold_bulletin
from bot.core.errors import Contended, Unreachable
from bot.core.events import CommandReceived, Fact, Frozen
from bot.core.ledger import WORKSPACE, stamp
from bot.core.question import fold_question
from bot.core.workspace import Freeze, fold_workspace
from bot.services.freezing import Freezing
from bot.services.pressing import Members
from tests.deciding import deciding
from tests.reasoning.stage import Store, store

BOSS = deciding(frozenset({"U0BOSS"}))


class Rung(list[str]):
    def ring(self, ledger: str) -> None:
        self.append(ledger)


def silent(_: str) -> str | None:
    raise Unreachable("Slack does not answer")


@dataclass
class Switch:
    at: Store
    bell: Rung = field(default_factory=Rung)
    asked: int = 0

    def ask(
        self,
        words: str,
        user: str = "U0ASKER",
        team: str = "T1",
        why_not: Callable[[str], str | None] = lambda _: None,
        approvers: Approvers = BOSS,
    ) -> dict[str, Any]:
        ledger = self.write(words, user, team)
        self.run(ledger, why_not, approvers)
        return self.answer(ledger)

    def write(self, words: str, user: str = "U0ASKER", team: str = "T1") -> str:
        self.asked += 1
        ledger = f"ask-{self.asked:016x}"
        told = CommandReceived(
            command=words.split()[0], user=user, team=team, channel="C1", text=self.at.payloads.put(ledger, words)
        )
        self.at.ledgers.record(ledger, [told], f"slack:{team}/{user}")
        return ledger

    def run(
        self,
        ledger: str,
        why_not: Callable[[str], str | None] = lambda _: None,
        approvers: Approvers = BOSS,
    ) -> None:
        members = Members(lambda: "T1", why_not)
        Freezing(self.at.ledgers, self.at.payloads, self.bell, members, lambda: approvers).run(ledger)

    def answer(self, ledger: str) -> dict[str, Any]:
        answer = fold_question(ledger, self.at.ledgers.read(ledger)).answer
        assert answer is not None
        told: dict[str, Any] = self.at.payloads.get(ledger, answer)
        return told

    def freeze(self) -> Freeze | None:
        return fold_workspace(self.at.ledgers.read(WORKSPACE)).frozen(self.at.ledgers.now())


@pytest.fixture
def switch(redis_url: str) -> Switch:
    return Switch(store(redis_url))


def test_anybody_of_the_team_freezes_and_home_and_the_asker_are_told(switch: Switch) -> None:
    answer = switch.ask("freeze 30 the database moves")

    freeze = switch.freeze()
    assert freeze is not None
    assert freeze.user == "U0ASKER"
    assert freeze.until is not None
    assert timedelta(minutes=29) < freeze.until - switch.at.ledgers.now() <= timedelta(minutes=30)
    assert (answer["kind"], answer["until"]) == ("froze", stamp(freeze.until))
    assert freeze.notice is not None
    told = fold_bulletin(freeze.notice, switch.at.ledgers.read(freeze.notice))
    assert told.frozen is not None
    assert told.frozen.reason is not None
    assert switch.at.payloads.get(freeze.notice, told.frozen.reason) == "the database moves"
    assert switch.bell == [freeze.notice]


def test_without_a_number_it_lasts_until_somebody_lifts_it(switch: Switch) -> None:
    assert switch.ask("freeze")["until"] is None
    assert switch.freeze() == Freeze("U0ASKER", switch.freeze().since, None, "freeze-" + "0" * 15 + "1")  # type: ignore[union-attr]


def test_run_again_and_again_it_freezes_once(switch: Switch) -> None:
    ledger = switch.write("freeze 30")
    switch.run(ledger)
    length = switch.at.ledgers.length(WORKSPACE)
    switch.run(ledger)

    assert switch.at.ledgers.length(WORKSPACE) == length == 1


@pytest.mark.parametrize("why", ["guest", "not_member"])
def test_guests_bots_and_who_left_do_not_freeze(switch: Switch, why: str) -> None:
    answer = switch.ask("freeze", why_not=lambda _: why)

    assert (answer["kind"], answer["why"], answer["asked"]) == ("not_frozen", "not_member", "freeze")
    assert switch.freeze() is None


def test_while_slack_does_not_say_who_asks_stopping_counts_and_lifting_does_not(switch: Switch) -> None:
    assert switch.ask("freeze", user="U0BOSS", why_not=silent)["kind"] == "froze"

    assert switch.ask("unfreeze", user="U0BOSS", why_not=silent)["why"] == "not_checked"
    assert switch.freeze() is not None


@pytest.mark.parametrize("user", ["U0ASKER", "U0BOSS"])
def test_whoever_froze_and_any_approver_lifts_it_and_the_message_at_home_says_so(switch: Switch, user: str) -> None:
    switch.ask("freeze 30")
    freeze = switch.freeze()
    answer = switch.ask("unfreeze", user=user)

    assert (answer["kind"], answer["user"]) == ("lifted", "U0ASKER")
    assert switch.freeze() is None
    assert freeze is not None
    assert freeze.notice is not None
    told = fold_bulletin(freeze.notice, switch.at.ledgers.read(freeze.notice))
    assert told.ended is not None
    assert told.ended.user == user


@pytest.mark.parametrize(
    ("approvers", "why"),
    [
        (deciding(frozenset({"U0BOSS"})), "not_theirs_to_lift"),
        (deciding(frozenset({"U0BOSS"}), None), "not_checked"),
    ],
)
def test_nobody_else_lifts_it(switch: Switch, approvers: Approvers, why: str) -> None:
    switch.ask("freeze 30")
    answer = switch.ask("unfreeze", user="U0OTHER", approvers=approvers)

    assert (answer["kind"], answer["why"]) == ("not_frozen", why)
    assert switch.freeze() is not None


def test_an_approver_who_became_a_guest_does_not_lift_it(switch: Switch) -> None:
    switch.ask("freeze 30")

    assert switch.ask("unfreeze", user="U0BOSS", why_not=lambda _: "guest")["why"] == "not_member"
    assert switch.freeze() is not None


def test_a_second_freeze_replaces_the_first_and_says_so_in_both_messages(switch: Switch) -> None:
    switch.ask("freeze")
    first = switch.freeze()
    answer = switch.ask("freeze 10", user="U0OTHER")

    second = switch.freeze()
    assert first is not None
    assert second is not None
    assert (second.user, second.until is not None) == ("U0OTHER", True)
    assert answer["replaced"] == {"user": "U0ASKER", "until": None}
    assert first.notice is not None
    told = fold_bulletin(first.notice, switch.at.ledgers.read(first.notice))
    assert isinstance(told.ended, Frozen)


def test_a_lifting_that_comes_late_does_not_lift_what_was_frozen_after_it_was_asked(switch: Switch) -> None:
    switch.ask("freeze", user="U0BOSS")
    late = switch.write("unfreeze", user="U0BOSS")
    switch.ask("freeze", user="U0OTHER")
    switch.run(late)

    assert switch.answer(late)["why"] == "frozen_since"
    assert switch.freeze() is not None


def test_there_is_nothing_to_lift_where_nothing_is_frozen_or_its_time_is_over(switch: Switch) -> None:
    assert switch.ask("unfreeze", user="U0BOSS")["why"] == "not_frozen"
    over = Frozen(user="U0ASKER", until=stamp(switch.at.ledgers.now() - timedelta(seconds=1)))
    switch.at.ledgers.record(WORKSPACE, [over], "process:serve")

    assert switch.ask("unfreeze", user="U0BOSS")["why"] == "not_frozen"


def test_a_workspace_that_moves_meanwhile_is_looked_at_again(switch: Switch) -> None:
    real = switch.at.ledgers
    switch.at = Store(Moving(real), switch.at.payloads)  # type: ignore[arg-type]

    assert switch.ask("freeze")["kind"] == "froze"
    assert len(real.read(WORKSPACE)) == 2


def test_one_that_moves_for_ever_leaves_the_question_to_be_tried_again(switch: Switch) -> None:
    ledger = switch.write("freeze")
    switch.at = Store(Moving(switch.at.ledgers, 99), switch.at.payloads)  # type: ignore[arg-type]
    with pytest.raises(Contended):
        switch.run(ledger)

    assert fold_question(ledger, switch.at.ledgers.read(ledger)).answer is None


class Moving:
    """Ledgers into which somebody else writes just before an append."""

    def __init__(self, real: Any, times: int = 1) -> None:
        self._real = real
        self._times = times

    def append(self, entries: Any, by: str) -> bool:
        if self._times:
            self._times -= 1
            other: Fact = Frozen(user="U0OTHER", until="2020-01-01T00:00:00.000Z")
            self._real.record(WORKSPACE, [other], "process:serve")
        return bool(self._real.append(entries, by))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
