"""The one durable append between a person's click or command and its acknowledgement.

Nothing is judged here and nothing else is read than which incident an approval belongs to. Slack may deliver
the same click or command twice: each has a name of its own, and is written once.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from bot.core.events import ClickReceived, CommandReceived, Fact
from bot.core.failpoint import Point, reach
from bot.core.ports import Front, Kept, Words

DIGITS = 32
PROBE = "probe"  # what the doctor's button is written down as
OUTDATED = "outdated_button"  # what a button of another release is written down as


class ApprovalIndex(Protocol):
    def find(self, approval: str) -> str | None:
        """The incident an approval belongs to, or None."""


@dataclass(frozen=True)
class Person:
    """Who did it: Slack user and team id, never a name (names can be chosen)."""

    user: str
    team: str

    @property
    def by(self) -> str:
        return f"slack:{self.team}/{self.user}"


@dataclass(frozen=True)
class Pressed:
    """A press as Slack reported it: ``approval`` is what it is about, ``choice`` from a menu, ``words`` from a form."""

    who: Person
    approval: str
    action: str
    channel: str
    message_ts: str
    action_ts: str
    response_url: str
    choice: str | None = None
    words: str | None = None

    @property
    def id(self) -> str:
        parts = (
            self.who.team,
            self.who.user,
            self.channel,
            self.message_ts,
            self.action_ts,
            self.action,
            self.approval,
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:DIGITS]


@dataclass(frozen=True)
class Said:
    """A slash command or a mention as Slack reported it. ``trigger`` names it; ``thread`` is set for a mention."""

    who: Person
    command: str
    text: str
    channel: str
    response_url: str
    trigger: str
    thread: str | None = None


def ask_ledger(team: str, trigger: str) -> str:
    """The ledger of one question."""
    return "ask-" + hashlib.sha256(f"{team}\0{trigger}".encode()).hexdigest()[:16]


class Reception:
    def __init__(self, front: Front, index: ApprovalIndex) -> None:
        self._front = front
        self._index = index

    def pressed(self, press: Pressed) -> None:
        """Write a click down; raises `Unreachable` when it could not be written, and then nothing happened."""
        incident = self._index.find(press.approval)
        if incident is None:
            self.said(Said(press.who, "unknown_request", press.action, press.channel, press.response_url, press.id))
            return

        def fact(kept: Kept) -> Fact:
            return ClickReceived(
                click=press.id,
                approval=press.approval,
                action=press.action,
                user=press.who.user,
                team=press.who.team,
                channel=press.channel,
                message_ts=press.message_ts,
                action_ts=press.action_ts,
                answer=kept.url,
                choice=press.choice,
                words=kept.text,
            )

        words = Words(text=press.words or None, url=press.response_url or None)
        self._front.write(incident, words, fact, press.who.by, f"click:{press.id}")
        reach(Point.CLICK_RECEIVED)

    def said(self, said: Said) -> str:
        """Write a command down as a question of its own; its ledger's name."""
        ledger = ask_ledger(said.who.team, said.trigger)

        def fact(kept: Kept) -> Fact:
            assert kept.text is not None
            return CommandReceived(
                command=said.command,
                user=said.who.user,
                team=said.who.team,
                channel=said.channel,
                text=kept.text,
                answer=kept.url,
                thread=said.thread,
            )

        words = Words(text=said.text, url=said.response_url or None)
        self._front.write(ledger, words, fact, said.who.by, f"command:{ledger}")
        return ledger
