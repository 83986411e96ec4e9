"""Plays a scenario as its people would: reads the channels, is refused as a visitor, approves as an approver.

It knows the bot only by what Slack shows. What it reads is what a person reads; what it prints is what a person sees.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.playground.people import People
from bot.playground.rendering import buttons_of, lines_of
from bot.views.ids import ActionId

LOOK_EVERY = 0.4
FORM_LOOKS = 8
APPROVE = ActionId.APPROVE.value


@dataclass(frozen=True)
class Seen:
    """One message as it was at one moment: posted, changed, or whispered to one person."""

    at: float
    channel: str
    ts: str
    thread: str | None
    what: str  # posted, changed, whispered, did
    lines: tuple[str, ...]
    to: str | None = None


@dataclass
class Player:
    """``say`` gets every new thing seen, in order."""

    people: People
    approver: str
    visitor: str
    say: Callable[[Seen], None]
    acts: bool = True
    started: float = field(default_factory=time.monotonic)
    _known: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    _whispers: int = 0
    _pressed: set[tuple[str, str]] = field(default_factory=set)
    _open: set[tuple[str, str]] = field(default_factory=set)

    def decide(self, user: str, action: str) -> bool:
        """Press a button on the newest open request; False when there is none."""
        if not self._open:
            return False
        channel, ts = max(self._open, key=lambda key: key[1])
        self.people.click(user, channel, ts, ActionId(action).value)
        if action == ActionId.DENY:
            self._submit(user)
        return True

    def _submit(self, user: str) -> None:
        """Send the form that opens, as it is; for somebody who may not decide none does."""
        for _ in range(FORM_LOOKS):
            if self.people.views(user):
                self.people.submit(user, {})
                return
            time.sleep(LOOK_EVERY)

    def play(self, over: Callable[[], bool], seconds: float) -> bool:
        """Watch and act until ``over`` says the story has ended; False when ``seconds`` ran out first."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.look()
            if over():
                time.sleep(2 * LOOK_EVERY)
                self.look()
                return True
            time.sleep(LOOK_EVERY)
        return False

    def look(self) -> None:
        """Read every channel once, say what is new, press what should be pressed."""
        names = self.people.names()
        for channel in self.people.channels():
            for message in self.people.messages(channel["id"]):
                self._see(channel, message, names)
                self._press(channel, message)
        whispers = self.people.ephemerals()
        for whisper in whispers[self._whispers :]:
            lines = tuple(lines_of(whisper["message"], names))
            ts = str(whisper["message"]["ts"])
            to = names.get(whisper["user"], whisper["user"])
            channel_name = names.get(whisper["channel"], whisper["channel"])
            self._tell(channel_name, ts, None, "whispered", lines, to)
        self._whispers = len(whispers)

    def _see(self, channel: Mapping[str, Any], message: Mapping[str, Any], names: Mapping[str, str]) -> None:
        key = (str(channel["id"]), str(message["ts"]))
        lines = tuple(lines_of(message, names))
        before = self._known.get(key)
        if before == lines or not lines:
            return
        self._known[key] = lines
        thread = message.get("thread_ts")
        inside = thread if thread != message["ts"] else None
        self._tell(str(channel["name"]), key[1], inside, "posted" if before is None else "changed", lines)

    def _press(self, channel: Mapping[str, Any], message: Mapping[str, Any]) -> None:
        key = (str(channel["id"]), str(message["ts"]))
        approve = next((b for b in buttons_of(message) if b.get("action_id") == APPROVE), None)
        if approve is None:
            self._open.discard(key)
            return
        self._open.add(key)
        if not self.acts or key in self._pressed:
            return
        self._pressed.add(key)
        for user in (self.visitor, self.approver):
            self.people.order("join", {"user": user, "channel": key[0]})  # the channel is public: anybody may walk in
            self.people.click(user, *key, APPROVE)
            label = approve["text"]["text"]
            names = self.people.names()
            self._tell(str(channel["name"]), key[1], None, "did", (f"@{names.get(user, user)} presses [ {label} ]",))
            if user == self.visitor:
                time.sleep(1.5)

    def _tell(
        self, channel: str, ts: str, thread: str | None, what: str, lines: tuple[str, ...], to: str | None = None
    ) -> None:
        self.say(Seen(time.monotonic() - self.started, channel, ts, thread, what, lines, to))


def as_text(seen: Seen) -> Iterator[str]:
    """How one thing seen is printed."""
    where = f"#{seen.channel}" + (" (thread)" if seen.thread else "")
    tail = {"posted": "", "changed": " · edited", "whispered": f" · only {seen.to} sees this", "did": ""}[seen.what]
    yield f"{seen.at:6.1f} s  {where}{tail}"
    for line in seen.lines:
        yield f"          {line}"
    yield ""
