"""Says at home what concerns no single incident (a storm, an absence, a freeze): posted once, edited on news.

Runs in `talk`. The post is written ahead and looked for by its mark after a crash, like an incident's.
"""

import logging
from typing import Protocol

from bot.core.bulletin import NOTICE, Bulletin, fold_bulletin, tell_at
from bot.core.errors import Busy, NotFound, Refused
from bot.core.events import ChannelStep
from bot.core.failpoint import Point, reach
from bot.core.ports import Entry, Ledgers, Payloads, Posted, SlackRoom
from bot.services.narrating import Turns
from bot.views.blocks import Message
from bot.views.bulletin import bulletin_message
from bot.views.house import House

log = logging.getLogger("midwatch.narrator")
BY = "process:talk"


class Names(Protocol):
    def new_name(self) -> str: ...


class Bulletins:
    def __init__(
        self, ledgers: Ledgers, payloads: Payloads, room: SlackRoom, turns: Turns, house: House, names: Names
    ) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._room = room
        self._turns = turns
        self._house = house
        self._names = names

    def run(self, ledger: str) -> None:
        """Post or edit it where that is due. Raises `Unreachable` when Slack or Redis is gone."""
        with self._turns.turn(ledger, self._names.new_name()) as mine:
            if not mine:
                return
            bulletin = fold_bulletin(ledger, self._ledgers.read(ledger))
            at = tell_at(bulletin)
            if at is None or at > self._ledgers.now():
                return
            try:
                self._say(
                    bulletin, bulletin_message(bulletin, self._house, self._missing(bulletin), self._reason(bulletin))
                )
            except Busy as busy:
                log.info("%s waits %.1f s for Slack", ledger, busy.retry_after)
            except Refused as refusal:
                log.warning("%s: %s", ledger, refusal)
                self._write(bulletin, ChannelStep(step=NOTICE, state="failed", why=refusal.why))

    def _say(self, bulletin: Bulletin, message: Message) -> None:
        step = bulletin.step
        if step is not None and step.ts is not None:
            at = Posted(str(step.channel), step.ts)
            self._room.edit(at, message)
        else:
            found = self._post(bulletin, message)
            if found is None:
                return
            at = found
        done = ChannelStep(step=NOTICE, state="done", channel=at.channel, ts=at.ts, upto=bulletin.told)
        self._write(bulletin, done)

    def _post(self, bulletin: Bulletin, message: Message) -> Posted | None:
        """Where it stands now; None when the ledger moved and it must be looked at again."""
        mark, home = f"{bulletin.id}/{NOTICE}", self._house.home
        if bulletin.step is not None and bulletin.step.state == "begun":
            if (found := self._room.find(home, mark, bulletin.step.at)) is not None:
                return found
        else:
            begun = ChannelStep(step=NOTICE, state="begun", channel=home)
            if not self._ledgers.append([Entry(bulletin.id, bulletin.length, (begun,))], BY):
                return None
            reach(Point.NARRATION_BEGUN)
        posted = self._room.post(home, message, mark)
        reach(Point.NARRATION_SAID)
        return posted

    def _write(self, bulletin: Bulletin, step: ChannelStep) -> None:
        self._ledgers.record(bulletin.id, [step], BY)
        reach(Point.NARRATION_RECORDED)

    def _missing(self, bulletin: Bulletin) -> tuple[str, ...]:
        """The names of alerts that never came, as the last look kept them."""
        ref = bulletin.looks[-1].names if bulletin.looks else None
        if ref is None:
            return ()
        try:
            return tuple(str(name) for name in self._payloads.get(bulletin.id, ref))
        except NotFound:
            return ()

    def _reason(self, bulletin: Bulletin) -> str:
        """What somebody said who froze."""
        ref = bulletin.frozen.reason if bulletin.frozen is not None else None
        try:
            return str(self._payloads.get(bulletin.id, ref)) if ref is not None else ""
        except NotFound:
            return ""
