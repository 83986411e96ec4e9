"""A person's request for a change becomes an intent in an incident. Runs in `serve`; nothing is changed by it.

The intent carries who asked; from there it goes the way of every intent: plan, dry run, policy, card, somebody else's
click. Incident, intent and answer are written in one append, so that a request is made once whoever dies in between.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.approval import OPEN
from bot.core.by_hand import by_hand
from bot.core.canonical import Json
from bot.core.commands import Do, parse
from bot.core.errors import BadInput, Contended, NotFound, Unreachable
from bot.core.events import AlsoAsked, AnswerMade, Fact, IncidentListed, IncidentOpened, IntentMade, Severity
from bot.core.failpoint import Point, reach
from bot.core.folding import fold
from bot.core.grouping import place_of
from bot.core.incident import REQUESTED, Incident, Intent
from bot.core.joined import asks_the_same, may_be_joined
from bot.core.ledger import WORKSPACE, stamp
from bot.core.narration import own_channel
from bot.core.ports import Doorbell, Entry, Ledgers, Payloads
from bot.core.question import Found, Question, fold_question
from bot.core.tool import Spec
from bot.core.wanted import read_wanted
from bot.core.workspace import Workspace, fold_workspace
from bot.services.admitting import incident_id
from bot.services.pressing import Members

BY = "process:serve"
TRIES = 20
SEVERITY = Severity.INFO
MOST_OPEN = 5  # requests of one person at a time: every card mentions who decides


@dataclass(frozen=True)
class Asked:
    """A request with nothing left open: which tool, on what, with which arguments, in words for a title."""

    tool: str
    namespace: str
    name: str
    arguments: Json
    title: str


class Asking:
    def __init__(
        self,
        ledgers: Ledgers,
        payloads: Payloads,
        bell: Doorbell,
        specs: Mapping[str, Spec],
        members: Members,
        mode: str,
    ) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._bell = bell
        self._specs = specs
        self._members = members
        self._mode = mode

    def request(self, ask: str) -> None:
        """Write the intent and the answer, or the answer that says why there is no intent. Once, however often run."""
        for _ in range(TRIES):
            question = fold_question(ask, self._ledgers.read(ask))
            if question.answer is not None:
                return
            if self._try(question):
                reach(Point.CHANGE_REQUESTED)
                return
        raise Contended("the ledgers moved at every try; nothing was asked for, try again")

    def _try(self, question: Question) -> bool:
        workspace = fold_workspace(self._ledgers.read(WORKSPACE))
        refusal = self._why_not(question, workspace)
        asked = self._asked(question) if refusal is None else None
        if refusal is not None or asked is None:
            return self._write(question, refusal or {"kind": "gave_up"}, [])
        if self._mode == "propose":
            return self._write(question, self._by_hand(asked), [])
        still = self._open_incidents(workspace)
        for one in still:
            if (waits := self._waits(asked, one)) is not None:
                return self._beside(question, asked, one, waits)
        if sum(_requests_of(question.user, one) for one in still) >= MOST_OPEN:
            return self._write(question, _no("too_many_requests", most=MOST_OPEN), [])
        incident = self._incident_for(question, asked, still)
        if incident is not None:
            return self._join(question, asked, incident)
        return self._open(question, asked, workspace)

    def _why_not(self, question: Question, workspace: Workspace) -> Json | None:
        """What stands against any change now, whatever it is."""
        team = self._members.team()
        if team is None:
            raise Unreachable("Slack has not said yet which workspace is ours; the request waits")
        if question.team != team:
            return _no("other_workspace")
        if self._members.why_not(question.user):
            return _no("not_member")
        if self._mode == "observe":
            return _no("mode_observe")
        frozen = workspace.frozen(self._ledgers.now())
        if frozen is not None:
            return _no("frozen", user=frozen.user, since=stamp(frozen.since))
        return None

    def _asked(self, question: Question) -> Asked | None:
        """What was found by looking; without that, what the person named in full (nobody could look)."""
        if question.found is not None:
            return self._found(question, question.found)
        try:
            command = parse(str(self._payloads.get(question.id, question.text))) if question.text else None
            if not isinstance(command, Do):
                return None
            wanted = read_wanted(command.words, self._specs.values())
        except (BadInput, NotFound):
            return None
        if wanted.namespace is None and wanted.placed:
            return None
        arguments = wanted.arguments(wanted.namespace or "", wanted.name)
        return self._named(wanted.tool, wanted.namespace or "", wanted.name, arguments)

    def _found(self, question: Question, found: Found) -> Asked | None:
        try:
            arguments = self._payloads.get(question.id, found.arguments)
        except NotFound:
            return None
        if found.tool not in self._specs or not isinstance(arguments, dict):
            return None
        return self._named(found.tool, found.namespace, found.name, arguments)

    def _named(self, tool: str, namespace: str, name: str, arguments: Json) -> Asked:
        said = self._specs[tool].asked
        own = {"namespace", said.named if said else "name"}
        more = ", ".join(
            f"{key.replace('_', ' ')} {_told(value)}" for key, value in arguments.items() if key not in own
        )
        where = f" in {namespace}" if namespace else ""
        title = f"{self._specs[tool].button} {name}{where}{f', {more}' if more else ''}"
        return Asked(tool, namespace, name, arguments, title[:250])

    def _by_hand(self, asked: Asked) -> Json:
        """Where nothing runs from here: why not, and what the person would type instead."""
        told = by_hand(self._specs[asked.tool], asked.arguments) or {}
        return _no("mode_propose", title=asked.title, command=told.get("command", ""))

    # --- where it belongs

    def _open_incidents(self, workspace: Workspace) -> list[Incident]:
        """Newest first."""
        folded = [fold(name, self._ledgers.read(name)) for name in reversed(list(workspace.open_incidents))]
        return [one for one in folded if one.resolved_at is None and one.opened_at is not None]

    def _incident_for(self, question: Question, asked: Asked, still: Sequence[Incident]) -> Incident | None:
        """The open incident whose channel it was asked in, else the newest about the same thing."""
        for incident in still:
            step = own_channel(incident)
            if step is not None and step.channel == question.channel:
                return incident
        return next((one for one in still if (one.service, one.namespace or "") == (asked.name, asked.namespace)), None)

    def _join(self, question: Question, asked: Asked, incident: Incident) -> bool:
        intent = self._intent(question, asked, incident.id)
        answer = {"kind": "requested", "title": asked.title, "joined": True, **_where(incident)}
        return self._write(question, answer, [Entry(incident.id, incident.length, (intent,))])

    def _waits(self, asked: Asked, incident: Incident) -> Intent | None:
        """The change of the same target that waits there already, for a decision or still for its plan."""
        target = f"{self._kind(asked.tool)}/{asked.namespace}/{asked.name}"
        decided = next((a for a in incident.open_approvals if a.target == target), None)
        if decided is not None:
            return incident.intents[decided.intent]
        still = (i for i in incident.intents.values() if i.state == "open")
        return next((i for i in still if self._target(incident.id, i) == target), None)

    def _beside(self, question: Question, asked: Asked, incident: Incident, waits: Intent) -> bool:
        """The same change is joined to what waits, so that one card stands for both; another one is refused."""
        same = waits.tool == asked.tool and may_be_joined(incident, waits)
        if not same or not asks_the_same(asked.arguments, self._arguments(incident.id, waits)):
            return self._write(question, {**_no("already_asked"), "title": asked.title, **_where(incident)}, [])
        also = AlsoAsked(intent=waits.id, user=question.user, ask=question.id)
        answer = {"kind": "requested", "title": asked.title, "beside": True, **_where(incident)}
        answer["mine"] = question.user == waits.requester
        new = question.user not in (waits.requester, *waits.also)
        return self._write(question, answer, [Entry(incident.id, incident.length, (also,))] if new else [])

    def _kind(self, tool: str) -> str:
        said = self._specs[tool].asked if tool in self._specs else None
        return said.kind if said else ""

    def _target(self, ledger: str, intent: Intent) -> str:
        """What an intent without a plan is about, as its plan will call it; "" where that cannot be told."""
        said = self._specs[intent.tool].asked if intent.tool in self._specs else None
        arguments = self._arguments(ledger, intent)
        if said is None or not arguments:
            return ""
        return f"{said.kind}/{arguments.get('namespace') or ''}/{arguments.get(said.named)}"

    def _arguments(self, ledger: str, intent: Intent) -> Json:
        """What an intent is asked with; nothing where that was erased."""
        try:
            arguments = self._payloads.get(ledger, intent.arguments)
        except NotFound:
            return {}
        return arguments if isinstance(arguments, dict) else {}

    def _open(self, question: Question, asked: Asked, workspace: Workspace) -> bool:
        key = hashlib.sha256(question.id.encode()).hexdigest()[:32]
        ledger = incident_id(self._ledgers.now(), key, question.id)
        opened = IncidentOpened(
            severity=SEVERITY,
            service=asked.name,
            namespace=asked.namespace or None,
            key=key,
            title=self._payloads.put(ledger, f"Asked for: {asked.title}"),
            why=REQUESTED,
            place=place_of(SEVERITY),
            requester=question.user,
        )
        listed = IncidentListed(
            incident=ledger, key=key, service=asked.name, namespace=asked.namespace or None, severity=SEVERITY
        )
        entries = [
            Entry(WORKSPACE, workspace.length, (listed,)),
            Entry(ledger, 0, (opened, self._intent(question, asked, ledger))),
        ]
        return self._write(question, {"kind": "requested", "incident": ledger, "title": asked.title}, entries)

    def _intent(self, question: Question, asked: Asked, ledger: str) -> IntentMade:
        return IntentMade(
            intent=f"intent-{question.id}",
            round=0,
            tool=asked.tool,
            arguments=self._payloads.put(ledger, asked.arguments),
            requester=question.user,
        )

    def _write(self, question: Question, answer: Json, entries: Sequence[Entry]) -> bool:
        """Everything or nothing. The bell is rung for every ledger that moved but the workspace's own."""
        made: Fact = AnswerMade(answer=self._payloads.put(question.id, answer))
        if not self._ledgers.append([*entries, Entry(question.id, question.length, (made,))], BY):
            return False
        for entry in entries:
            if entry.ledger != WORKSPACE:
                self._bell.ring(entry.ledger)
        return True


def _requests_of(user: str, incident: Incident) -> int:
    """How many requests of this person wait or run there now; one as long as it stands for nothing else."""
    states = [incident.approvals[i.approval].state if i.approval else None for i in _intents_of(user, incident)]
    waiting = sum(state is None or state in OPEN for state in states)
    return max(waiting, int(incident.by_request and incident.requester == user))


def _intents_of(user: str, incident: Incident) -> list[Intent]:
    return [one for one in incident.intents.values() if one.requester == user and one.state != "refused"]


def _where(incident: Incident) -> Json:
    channel = own_channel(incident)
    return {"incident": incident.id, "channel": channel.channel if channel else None}


def _no(why: str, **more: Any) -> Json:
    return {"kind": "not_requested", "why": why, **more}


def _told(value: Any) -> str:
    """An argument as people write it."""
    return " ".join(f"{name}={one}" for name, one in value.items()) if isinstance(value, Mapping) else str(value)
