"""The one durable append between a person's click or command and its acknowledgement.

Nothing is judged here and nothing else is read than which incident an approval belongs to. Slack may deliver
the same click or command twice: each has a name of its own, and is written once.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from bot.core.events import ClickReceived, CommandReceived, Ref
from bot.core.failpoint import Point, reach
from bot.core.ports import Doorbell, Ledgers, Payloads

DIGITS = 32


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
    """A button press as Slack reported it."""

    who: Person
    approval: str
    action: str
    channel: str
    message_ts: str
    action_ts: str
    response_url: str

    @property
    def id(self) -> str:
        parts = (self.who.team, self.who.user, self.channel, self.message_ts, self.action_ts, self.action, self.approval)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:DIGITS]


@dataclass(frozen=True)
class Said:
    """A slash command as Slack reported it."""

    who: Person
    command: str
    text: str
    channel: str
    response_url: str
    trigger: str


class Reception:
    def __init__(self, ledgers: Ledgers, payloads: Payloads, bell: Doorbell, index: ApprovalIndex) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._bell = bell
        self._index = index

    def pressed(self, press: Pressed) -> None:
        """Write a click down; raises `Unreachable` when it could not be written, and then nothing happened."""
        incident = self._index.find(press.approval)
        if incident is None:
            self.said(Said(press.who, "unknown_request", press.action, press.channel, press.response_url, press.id))
            return
        fact = ClickReceived(
            click=press.id,
            approval=press.approval,
            action=press.action,
            user=press.who.user,
            team=press.who.team,
            channel=press.channel,
            message_ts=press.message_ts,
            action_ts=press.action_ts,
            answer=self._secret(incident, press.response_url),
        )
        self._ledgers.record(incident, [fact], press.who.by, once=f"click:{press.id}")
        reach(Point.CLICK_RECEIVED)
        self._bell.ring(incident)

    def said(self, said: Said) -> str:
        """Write a command down as a question of its own; its ledger's name."""
        ledger = "ask-" + hashlib.sha256(f"{said.who.team}\0{said.trigger}".encode()).hexdigest()[:16]
        fact = CommandReceived(
            command=said.command,
            user=said.who.user,
            team=said.who.team,
            channel=said.channel,
            text=self._payloads.put(ledger, said.text),
            answer=self._secret(ledger, said.response_url),
        )
        self._ledgers.record(ledger, [fact], said.who.by, once=f"command:{ledger}")
        self._bell.ring(ledger)
        return ledger

    def _secret(self, scope: str, url: str) -> Ref | None:
        return self._payloads.put_secret(scope, url) if url else None
