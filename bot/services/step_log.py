"""The ledger's side of one narrator's run: what is known now, what is written ahead, what was left in the middle.

`begin` is the write-ahead of everything that must not happen twice. A step found begun was either interrupted (an
earlier run may have done it: look before doing it) or held up by Slack in this very run (nothing was done: go on).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from bot.core.errors import Busy
from bot.core.events import ChannelStep
from bot.core.failpoint import Point, reach
from bot.core.folding import fold
from bot.core.incident import Incident, Step
from bot.core.ledger import Event
from bot.core.ports import Entry, Ledgers, Posted

BY = "process:talk"
State = Literal["begun", "done", "failed", "skipped"]


class StepLog:
    def __init__(self, ledgers: Ledgers, ledger: str) -> None:
        self._ledgers = ledgers
        self.ledger = ledger
        self.incident = Incident(ledger)
        self.events: list[Event] = []
        self._untouched: set[str] = set()

    def catch_up(self) -> Incident:
        """Read what is new; the incident as it stands."""
        new = self._ledgers.read(self.ledger, self.incident.length)
        self.events += new
        self.incident = fold(self.ledger, new, self.incident)
        return self.incident

    def mark(self, step: str) -> str:
        """What a post of this step carries, so that it can be found again."""
        return f"{self.ledger}/{step}"

    def begin(self, step: str, *, channel: str | None = None, name: str | None = None) -> bool:
        """Write ahead, unless it was before. False when the ledger moved: look again before speaking."""
        if self.begun(step) is not None:
            return True
        fact = ChannelStep(step=step, state="begun", channel=channel, name=name)
        if not self._ledgers.append([Entry(self.ledger, self.incident.length, (fact,))], BY):
            return False
        reach(Point.NARRATION_BEGUN)
        return True

    def begun(self, step: str) -> Step | None:
        found = self.incident.steps.get(step)
        return found if found is not None and found.state == "begun" else None

    def interrupted(self, step: str) -> Step | None:
        """The step, when an earlier run may have carried it out without living to say so."""
        return None if step in self._untouched else self.begun(step)

    @contextmanager
    def unless_busy(self, step: str) -> Iterator[None]:
        """Around the one call that speaks: when Slack said "later", the step is begun and certainly not done."""
        try:
            yield
        except Busy:
            self._untouched.add(step)
            raise
        self._untouched.discard(step)
        reach(Point.NARRATION_SAID)

    def write(
        self,
        step: str,
        state: State,
        *,
        at: Posted | None = None,
        channel: str | None = None,
        name: str | None = None,
        upto: int | None = None,
        why: str | None = None,
    ) -> None:
        """Record what became of a step."""
        fact = ChannelStep(
            step=step,
            state=state,
            channel=at.channel if at else channel,
            ts=at.ts if at else None,
            name=name,
            upto=upto,
            why=why,
        )
        self._ledgers.record(self.ledger, [fact], BY)
        reach(Point.NARRATION_RECORDED)
