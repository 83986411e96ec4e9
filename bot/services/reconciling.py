"""The reconciler: folds every open ledger, asks `core/due` what is due, and has it done. Runs in `serve`.

One thread answers the bell (a ledger moved: look at that one now); another sweeps everything every two seconds,
led by a lock so that several `serve` processes share the work. Both only ever do what `due` says, and all of it is
idempotent: a ring lost, a job lost, or done twice, changes the time it takes and nothing else.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.bulletin import fold_bulletin, is_bulletin, over
from bot.core.due import Due, Pacing, due, due_bulletin, due_question, may_resolve, of_ours, settled
from bot.core.errors import Busy, MidwatchError, Unreachable
from bot.core.events import AnswerMade, Fact, StormCounted
from bot.core.failpoint import Point, reach
from bot.core.freezing import held_up, waits
from bot.core.incident import Incident
from bot.core.lanes import Lane, lane_of
from bot.core.ports import Payloads
from bot.core.pressing import PRESSES
from bot.core.question import Question, fold_question
from bot.core.workspace import CALLING, Storm
from bot.services.approvals import Approvals
from bot.services.crowd import Crowd, Rested
from bot.services.deciding import decide
from bot.services.folds import Folds
from bot.services.pressing import Pressing
from bot.services.ringing import Bell, Inbox, Queues
from bot.services.watching import gave_up

log = logging.getLogger("midwatch.reconciler")
BY = "process:serve"
EVERY = 2.0
LEAD_MS = 4000  # a serve that died while leading is followed in seconds
ANCHORED = frozenset({"judge", "resolve"})
ANSWERS: Mapping[str, Mapping[str, object]] = {
    "turn_away": {"kind": "not_requested", "why": "foreign_team"},
    "give_up": {"kind": "gave_up"},
    "not_known": {"kind": "not_known"},
    "outdated": {"kind": "outdated"},
}
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Serving:
    """What `serve` itself does beside approvals: judge presses on cards, open an incident or ask for a change.

    ``intake`` is what a sweep begins with. ``requests`` decide and answer a question by themselves: a change asked for,
    a freeze and its end. ``reply`` answers what needs no looking: help, words not understood. ``team`` is ours, None
    until Slack was reached.
    """

    pressing: Pressing
    open_incident: Callable[[str], Mapping[str, object]]
    intake: Callable[[], int]
    requests: Mapping[str, Callable[[str], None]]
    reply: Callable[[str], Mapping[str, object]]
    team: Callable[[], str | None]


class Reconciling:
    def __init__(
        self,
        folds: Folds,
        payloads: Payloads,
        queues: Queues,
        approvals: Approvals,
        serving: Serving,
        pacing: Pacing,
        narrate_at: Callable[[Incident, datetime], datetime | None],
        anchor: Callable[[str], None],
    ) -> None:
        self._folds = folds
        self._ledgers = folds.ledgers
        self._payloads = payloads
        self._queues = queues
        self._approvals = approvals
        self._on_approval = {
            "expire": approvals.expire,
            "supersede": approvals.supersede,
            "offer_undo": approvals.offer_undo,
        }
        self._serving = serving
        self._pacing = pacing
        self._narrate_at = narrate_at
        self._anchor = anchor
        self._questions: dict[str, Question] = {}
        self._folding = threading.Lock()
        self._rested = Rested()
        self._crowd = Crowd()

    # --- one ledger

    def look(self, ledger: str) -> tuple[Due, ...]:
        """Fold one ledger, do or ring what is due; what that was."""
        self._rested.clear_of(ledger)
        return self._look(ledger)

    def _look(self, ledger: str, standing: frozenset[str] = NONE, sweeping: bool = False) -> tuple[Due, ...]:
        """``standing`` are jobs known to be in a queue: they need no ring."""
        if is_bulletin(ledger):
            return self._look_bulletin(ledger, standing)
        if ledger.startswith("ask-"):
            return self._look_question(ledger, standing)
        return self._look_incident(ledger, standing, sweeping)

    def _look_incident(self, ledger: str, standing: frozenset[str], sweeping: bool) -> tuple[Due, ...]:
        incident, now, narration, items = self._due(ledger)
        done: set[str] = set()
        while own := [item for item in items if item.queue is None and item.id not in done]:
            for item in own:
                done.add(item.id)
                self._attend(item)
            incident, now, narration, items = self._due(ledger)  # what was decided may make something else due at once
        for item in items:
            if item.job == "narrate":
                self._narrate(item, incident, now, standing, sweeping)
            elif item.queue is not None:
                self._attend(item, standing)
        if settled(incident, now, self._pacing, narration):
            self._ledgers.close(ledger)
            self._rested.clear_of(ledger)
            self._folds.forget(ledger)
        elif incident.resolved_at is not None:
            self._ledgers.reopen(ledger)  # a late click woke it after it was put away: sweep it until it is answered
        return items

    def _narrate(self, item: Due, incident: Incident, now: datetime, standing: frozenset[str], sweeping: bool) -> None:
        """At once what people wait for; the rest a few at a time where many incidents want to be told."""
        if lane_of(incident, now) is Lane.PEOPLE:
            self._attend(replace(item, front=True), standing)
        elif sweeping:
            if not self._crowd.wait(incident, now, item):
                self._attend(item, standing)
        elif self._crowd.open_to(incident, now):
            self._attend(item, standing)

    def _due(self, ledger: str) -> tuple[Incident, datetime, datetime | None, tuple[Due, ...]]:
        incident, now = self._approvals.under_lease(self.incident(ledger)), self._ledgers.now()
        if waits(incident) and held_up(incident, self._folds.workspace().frozen(now)):
            incident = self._hold_up(ledger)
        narration = self._narrate_at(incident, now)
        return incident, now, narration, due(incident, now, self._pacing, narration)

    def _hold_up(self, ledger: str) -> Incident:
        """Have the incident's own ledger say what a freeze does to its requests: cards show nothing else."""

        def guard(incident: Incident, now: datetime) -> Sequence[Fact]:
            return held_up(incident, self._folds.workspace().frozen(now))

        decide(self._ledgers, ledger, guard, BY)
        return self.incident(ledger)

    def _look_question(self, ledger: str, standing: frozenset[str]) -> tuple[Due, ...]:
        question = self.question(ledger)
        items = of_ours(due_question(question, self._ledgers.now()), question, self._serving.team())
        for item in items:
            self._attend(item, standing)
        if question.answered_at is not None:
            self._ledgers.close(ledger)
            self._rested.clear_of(ledger)
            with self._folding:
                self._questions.pop(ledger, None)
        return items

    def _look_bulletin(self, ledger: str, standing: frozenset[str]) -> tuple[Due, ...]:
        bulletin = fold_bulletin(ledger, self._ledgers.read(ledger))
        storm, now = self._folds.workspace().storm, self._ledgers.now()
        items = due_bulletin(bulletin, storm, now)
        for item in items:
            if item.queue is not None:
                self._attend(item, standing)
            elif storm is not None:
                self._count(ledger, storm)
        if over(bulletin, storm, now):
            self._ledgers.close(ledger)
            self._rested.clear_of(ledger)
        return items

    def _count(self, ledger: str, storm: Storm) -> None:
        """Bring the storm's own ledger up to the workspace's: the narrator reads nothing else."""
        count = {name.value: storm.severities.get(name, 0) for name in CALLING}
        fact = StormCounted(incidents=storm.incidents, **count)
        self._ledgers.record(ledger, [fact], BY, once=f"count:{storm.incidents}")
        self._rested.clear_of(ledger)

    def incident(self, ledger: str) -> Incident:
        """The incident as its ledger stands, reading only what is new."""
        return self._folds.incident(ledger)

    def question(self, ledger: str) -> Question:
        with self._folding:
            known = self._questions.get(ledger, Question(ledger))
            question = fold_question(ledger, self._ledgers.read(ledger, known.length), known)
            self._questions[ledger] = question
            return question

    def _attend(self, item: Due, standing: frozenset[str] = NONE) -> None:
        if item.queue is not None:
            needless = item.id in standing and not item.front
            if not needless and self._rested.ready(item) and self._queues.ring(item) == "rang":
                reach(Point.DOORBELL)
            return
        self._own(item)
        ledger = str(item.args[0])
        if item.job in ANCHORED:
            self._anchor(ledger)
        if item.job != "watch":
            self._rested.clear_of(ledger)
        if ledger.startswith("ask-"):
            self.look(ledger)

    def _own(self, item: Due) -> None:
        ledger = str(item.args[0])
        match item.job:
            case "judge":
                self._judge(ledger, str(item.args[1]))
            case job if job in self._on_approval:
                self._on_approval[job](ledger, str(item.args[1]))
            case "resolve":
                self._approvals.resolve(ledger, lambda incident: may_resolve(incident, self._pacing))
            case "watch":
                if gave_up(self._ledgers, self._queues, self.incident(ledger), str(item.args[1])):
                    self.look(ledger)
            case "open_incident":
                self._answer(ledger, self._serving.open_incident(ledger))
            case job if job in self._serving.requests:
                self._serving.requests[job](ledger)
            case "reply":
                self._answer(ledger, self._serving.reply(ledger))
            case job if job in ANSWERS:
                self._answer(ledger, ANSWERS[job])

    def _judge(self, ledger: str, click_id: str) -> None:
        incident = self.incident(ledger)
        if incident.clicks[click_id].action in PRESSES:
            try:
                self._serving.pressing.judge(ledger, click_id, incident)
            except (Busy, Unreachable) as error:  # Slack does not say who it is; whatever else is due must not wait
                log.warning("a press in %s is judged later: %s", ledger, error)
            return
        self._approvals.judge(ledger, click_id, incident)
        reach(Point.APPROVED)

    def _answer(self, ledger: str, answer: Mapping[str, object]) -> None:
        ref = self._payloads.put(ledger, dict(answer))
        self._ledgers.record(ledger, [AnswerMade(answer=ref)], BY, once=f"answer:{ledger}")

    # --- all of them

    def sweep(self) -> int:
        """Empty the inbox and look at every open ledger; how many there are."""
        self._serving.intake()
        ledgers, standing = self._ledgers.open_ledgers(), self._queues.waiting()
        for ledger in ledgers:
            self._guarded(ledger, lambda one: self._look(one, standing, sweeping=True))
        for item in self._crowd.chosen():
            self._attend(item, standing)
        return len(ledgers)

    def _guarded(self, ledger: str, look: Callable[[str], object] | None = None) -> None:
        try:
            (look or self.look)(ledger)
        except MidwatchError as error:
            log.warning("looking at %s: %s (tried again within %.0f s)", ledger, error, EVERY)
        except Exception:
            log.exception("looking at %s failed", ledger)

    def watch_all(self, lock: Inbox, stop: threading.Event) -> None:
        """The sweeping thread, until ``stop``."""
        while not stop.wait(EVERY):
            try:
                with lock.alone("reconciler", LEAD_MS) as leading:
                    if leading:
                        self.sweep()
            except MidwatchError as error:
                log.warning("sweep: %s", error)
            except Exception:
                log.exception("a sweep failed")

    def answer_bell(self, bell: Bell, stop: threading.Event) -> None:
        """The bell's thread, until ``stop``."""
        while not stop.is_set():
            try:
                ledger = bell.wait(EVERY / 2)
                if ledger == "inbox":
                    self._serving.intake()
                elif ledger is not None:
                    self._guarded(ledger)
            except MidwatchError as error:
                log.warning("bell: %s", error)
                stop.wait(EVERY / 2)
            except Exception:
                log.exception("answering the bell failed")
                stop.wait(EVERY / 2)
