"""The body of the job `survey(ask)`: looks around for `/ops status`, `/ops explain`, and what `/ops do` is about.

Reads the question from its own small ledger and records one answer (or the target found), once; run twice, the first
stands. Whatever could not be read is in the answer: silence is never an answer.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.answers import ExplainAnswer, FreezeSeen, LeaseSeen, NotReadable, StatusAnswer
from bot.core.canonical import Json
from bot.core.case import Case, Seen, seen
from bot.core.commands import Do, Explain, Status, parse
from bot.core.errors import BadInput, NotFound
from bot.core.events import AnswerMade, Fact, IncidentListed, Outcome, Ref, TargetFound, Verdict
from bot.core.failpoint import Point, reach
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ledger import WORKSPACE, stamp
from bot.core.ports import Doorbell, Ledgers, Looks, Payloads
from bot.core.question import fold_question
from bot.core.standing import OpenIncident
from bot.core.survey import namespaces_of, survey
from bot.core.tool import Look, Observation, Spec
from bot.core.wanted import read_wanted
from bot.core.window import window_of
from bot.core.workspace import fold_workspace
from bot.services.explaining import Explaining
from bot.services.targeting import Places, Target, find_target

BY = "process:diagnose"
AT_ONCE = 16
MOST_NAMESPACES = 10
MOST_INCIDENTS = 50
LATELY = timedelta(days=1)


@dataclass(frozen=True)
class Surroundings:
    """Where to look: ``namespaces`` that are configured, how long one look may take, what may be asked for.

    ``watchdog`` says when the always firing alert was last heard; silent for ``patience``, alerts may not arrive.
    """

    namespaces: Sequence[str] = ()
    seconds: float = 8.0
    changes: Sequence[Spec] = ()
    watchdog: Callable[[], datetime | None] | None = None
    patience: timedelta = timedelta(minutes=10)
    model: str = ""


class Surveying:
    def __init__(
        self,
        ledgers: Ledgers,
        payloads: Payloads,
        bell: Doorbell,
        looks: Looks,
        explaining: Explaining,
        surroundings: Surroundings,
    ) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._bell = bell
        self._looks = looks
        self._explaining = explaining
        self._around = surroundings

    def run(self, ask: str) -> None:
        """Answer the question of ledger ``ask``, unless it has an answer, or say what its request is about."""
        question = fold_question(ask, self._ledgers.read(ask))
        if question.answer is not None or question.found is not None or question.text is None:
            return
        answer = self._answer(ask, str(self._payloads.get(ask, question.text)))
        if isinstance(answer, Fact):
            self._ledgers.record(ask, [answer], BY, once=f"found:{ask}")
            reach(Point.TARGET_FOUND)
        else:
            ref = self._payloads.put(ask, answer.model_dump(mode="json") if not isinstance(answer, dict) else answer)
            self._ledgers.record(ask, [AnswerMade(answer=ref)], BY, once=f"answer:{ask}")
            reach(Point.SURVEY_ANSWERED)
        self._bell.ring(ask)

    def _answer(self, ask: str, text: str) -> StatusAnswer | ExplainAnswer | TargetFound | Json:
        try:
            command = parse(text)
        except BadInput:
            return {"kind": "not_known"}  # the door refuses what it cannot read; this was written by something else
        now = self._ledgers.now()
        match command:
            case Status(service=service):
                return self.status(service, now)
            case Explain(words=words):
                return self._explained(words, now)
            case Do(words=words):
                return self._target(ask, words, now)
        return {"kind": "not_known"}

    def _explained(self, words: str, now: datetime) -> ExplainAnswer | Json:
        try:
            return self._explaining.answer(words, Case("", window_of(now, now), now))
        except BadInput as error:
            return {"kind": "misread", "says": str(error)}

    def _target(self, ask: str, words: str, now: datetime) -> TargetFound | Json:
        """What a request is about, as one live object; else why there is none, for the person to say more."""
        specs = {spec.name: spec for spec in self._around.changes}
        try:
            wanted = read_wanted(words, specs.values())
        except BadInput as error:
            return {"kind": "misread", "says": str(error)}
        spec = specs[wanted.tool]
        assert spec.asked is not None
        also = [one.incident.namespace for one in self._open_incidents() if one.incident.namespace]
        places = Places(self._around.namespaces, also)
        look = Look(window_of(now, now), self._around.seconds, now)
        found = find_target(wanted, spec.asked, places, self._look, look)
        if not isinstance(found, Target):
            return found
        arguments = self._payloads.put(ask, wanted.arguments(found.namespace, found.name))
        return TargetFound(tool=wanted.tool, namespace=found.namespace or None, name=found.name, arguments=arguments)

    def status(self, service: str | None, now: datetime) -> StatusAnswer:
        """Alerts first: they and the open incidents say in which namespaces to look."""
        incidents = self._open_incidents()
        look = Look(window_of(now, now), self._around.seconds, now)
        alerts = self._take([("other alerts", "read_alerts", {})], look)
        namespaces = namespaces_of(alerts, incidents, self._around.namespaces)
        if service:  # by name: a list of everything is cut somewhere, and what was cut is not "not there"
            alerts = self._take([("its alerts", "read_alerts", {"service": service})], look)
        where = namespaces[:MOST_NAMESPACES]
        looks = [*alerts, *self._take(_calls(where, service), look)]
        resolved = self._resolved_lately(now)
        answer = survey(service, now, looks, incidents, self._not_asked(namespaces), resolved)
        if answer.unheard_of:  # then what there is instead
            looks += self._take([call for call in _calls(where, None) if call[1] == "list_workloads"], look)
            answer = survey(service, now, looks, incidents, self._not_asked(namespaces), resolved)
        return answer.model_copy(
            update={
                "model": self._around.model,
                "frozen": self._frozen(now),
                "leases": self._leases(now),
                **self._hearing(now),
            }
        )

    def _frozen(self, now: datetime) -> FreezeSeen | None:
        """The freeze in force: it holds up every change, whatever was asked about."""
        freeze = fold_workspace(self._ledgers.read(WORKSPACE)).frozen(now)
        if freeze is None:
            return None
        return FreezeSeen(
            user=freeze.user, since=stamp(freeze.since), until=stamp(freeze.until) if freeze.until else ""
        )

    def _leases(self, now: datetime) -> tuple[LeaseSeen, ...]:
        """What may run without a press right now. Those of a forged record are shown too: that is worth seeing."""
        workspace = fold_workspace(self._ledgers.read(WORKSPACE))
        return tuple(
            LeaseSeen(
                user=lease.grant.user,
                tool=lease.grant.tool,
                target=lease.grant.target,
                left=lease.left,
                uses=lease.grant.uses,
                until=stamp(lease.until),
            )
            for lease in workspace.leases.values()
            if lease.left and lease.in_force(now)
        )

    def _hearing(self, now: datetime) -> dict[str, str]:
        """Whether alerts can be expected to arrive, as far as the Watchdog tells."""
        if self._around.watchdog is None:
            return {}
        heard = self._around.watchdog()
        if heard is None:
            return {"watchdog": "never"}
        return {"watchdog": "late", "heard_at": stamp(heard)} if now - heard > self._around.patience else {}

    def _not_asked(self, namespaces: Sequence[str]) -> list[NotReadable]:
        left_out = [
            NotReadable(what=f"workloads in {name}", outcome="not_asked", why=f"only {MOST_NAMESPACES} are looked at")
            for name in namespaces[MOST_NAMESPACES:]
        ]
        if not namespaces:
            why = "no namespace is known: name them in MIDWATCH_NAMESPACES"
            left_out.append(NotReadable(what="workloads", outcome="not_asked", why=why))
        return left_out

    def _take(self, calls: Sequence[tuple[str, str, Json]], look: Look) -> list[Seen]:
        if not calls:
            return []
        with ThreadPoolExecutor(min(AT_ONCE, len(calls)), "survey") as pool:
            return list(pool.map(lambda call: self._look(call[0], call[1], call[2], look), calls))

    def _look(self, what: str, tool: str, arguments: Json, look: Look) -> Seen:
        missing = self._looks.not_offered().get(tool)
        if missing is not None:
            return Seen(what, tool, "not_offered", arguments=arguments, digest=missing, noun=what)
        try:
            found = self._looks.look(tool, arguments, look)
        except BadInput as error:
            found = Observation(Outcome.FAILED, tool, str(error))
        return seen(what, tool, "", arguments, found, what)

    def _open_incidents(self) -> list[OpenIncident]:
        names = [name for name in self._ledgers.open_ledgers() if name.startswith("inc-")]
        folded = [fold(name, self._ledgers.read(name)) for name in names[-MOST_INCIDENTS:]]
        return [self._told(one) for one in folded if one.opened_at is not None and not one.resolved_at]

    def _resolved_lately(self, now: datetime) -> list[Incident]:
        """What ended in the last day, as far as it is among the newest."""
        names = [e.fact.incident for e in self._ledgers.read(WORKSPACE) if isinstance(e.fact, IncidentListed)]
        folded = [fold(name, self._ledgers.read(name)) for name in names[-MOST_INCIDENTS:]]
        return [one for one in folded if one.resolved_at is not None and now - one.resolved_at < LATELY]

    def _told(self, incident: Incident) -> OpenIncident:
        content = self._text(incident.id, incident.finding.content) if incident.finding else None
        told = content if isinstance(content, dict) else {}
        title = self._text(incident.id, incident.title) or "an incident whose words were erased"
        named = incident.finding is not None and incident.finding.verdict is Verdict.CAUSE
        because = [one for one in told.get("because") or () if isinstance(one, dict)]
        return OpenIncident(
            incident,
            str(told.get("headline") or title),
            str(told.get("cause") or "") if named else "",
            tuple(str(one.get("text") or "") for one in because),
        )

    def _text(self, scope: str, ref: Ref | None) -> object:
        try:
            return self._payloads.get(scope, ref) if ref else None
        except NotFound:
            return None


def _calls(namespaces: Sequence[str], service: str | None) -> list[tuple[str, str, Json]]:
    """The looks at each namespace: at everything, or at the one service by its name."""
    named: Json = {"service": service} if service else {}
    kinds = (("workloads", "list_workloads"), ("rollouts", "rollout_history"), ("CronJobs", "list_jobs"))
    return [(f"{noun} in {name}", tool, {"namespace": name, **named}) for name in namespaces for noun, tool in kinds]
