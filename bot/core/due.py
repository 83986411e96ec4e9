"""What is due now, re-derived from a folded ledger. Pure: this is the bot's only memory of what to do next.

RQ is a doorbell. Whatever was lost (a job, an enqueue, a worker), the reconciler asks here again every two seconds.
``queue`` is the worker process that does it, or None for what `serve` does itself; ``id`` is the deterministic job
id, always beginning with the queue's name, because each process may touch only job keys of its own queue.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.core.approval import Approval, State
from bot.core.bulletin import Bulletin, count_due, look_due, tell_at
from bot.core.by_others import looked_until, looks_due
from bot.core.chain import Turn, lost_its_ground, turn
from bot.core.incident import Execution, Incident, Intent
from bot.core.question import Question
from bot.core.replanning import FAILED_ROUNDS, replan_due
from bot.core.undoing import did_not_help, helped_after_all, offers_itself, took_effect
from bot.core.workspace import Storm

AGAIN = frozenset({State.EXPIRED, State.STALE, State.CHANGES_REQUESTED})
AGAIN_WITHIN = timedelta(hours=1)
INWARD = frozenset({"survey", "open_incident", "freeze", "unfreeze"})  # what is ours alone: not for other teams'
ANSWER_WITHIN = timedelta(seconds=25)
CHART_WITHIN = timedelta(minutes=15)  # of the finding: a picture is worth no more trying than that
LATE_CHART_WITHIN = timedelta(minutes=2)  # once the incident is over, so that it is not kept open for a picture


@dataclass(frozen=True)
class Pacing:
    """Delays that differ between the playground and the real thing. ``recheck`` is between the two verifications."""

    recheck: timedelta = timedelta(minutes=15)
    proposing: bool = True
    acting: bool = True


@dataclass(frozen=True)
class Due:
    """One thing to do: ``job`` is its name in `bot/jobs` (or serve's own), ``args`` its ids.

    ``front`` is for what a person waits for: it stands before everything else in its queue.
    """

    queue: str | None
    job: str
    args: tuple[str | int, ...]
    front: bool = field(default=False, compare=False)

    @property
    def id(self) -> str:
        """Deterministic, fit for RQ (letters, digits, ``-``, ``_``)."""
        return "-".join([self.queue or "serve", self.job, *(str(arg) for arg in self.args)])


def due(incident: Incident, now: datetime, pacing: Pacing, narration: datetime | None) -> tuple[Due, ...]:
    """Everything due for this incident at ``now``; ``narration`` is when its messages are next behind."""
    if incident.opened_at is None:
        return ()
    return tuple(_all(incident, now, pacing, narration))


def _all(incident: Incident, now: datetime, pacing: Pacing, narration: datetime | None) -> Iterator[Due]:
    for click in incident.clicks.values():
        if click.state == "received":
            yield Due(None, "judge", (incident.id, click.id))
    for approval in incident.approvals.values():
        yield from _for_approval(incident, approval, now)
    for execution in incident.executions.values():
        yield from _for_execution(incident, execution, now, pacing)
    if (number := _round_due(incident)) is not None:
        yield Due("diagnose", "diagnose", (incident.id, number))
    yield from _charts(incident, now)
    if incident.resolved_at is None and pacing.proposing:
        for intent in incident.intents.values():
            if intent.state == "open" and turn(incident, intent) is not Turn.LATER:
                yield Due("act", "prepare", (incident.id, intent.id))
    for approval in looks_due(incident):
        yield Due("diagnose", "look_again", (incident.id, approval.id), front=True)
    if may_resolve(incident, pacing) and now >= max(_asked_again_until(incident), looked_until(incident)):
        yield Due(None, "resolve", (incident.id,))
    if narration is not None and narration <= now:
        yield Due("talk", "narrate", (incident.id,))


def _for_approval(incident: Incident, approval: Approval, now: datetime) -> Iterator[Due]:
    match approval.state:
        case State.PROPOSED | State.APPROVED if now > approval.expires_at:
            yield Due(None, "expire", (incident.id, approval.id))
        case State.PROPOSED if incident.resolved_at is not None or helped_after_all(incident, approval):
            yield Due(None, "supersede", (incident.id, approval.id))
        case State.PROPOSED if lost_its_ground(incident, approval):
            yield Due(None, "supersede", (incident.id, approval.id))
        case State.SUCCEEDED | State.ESTABLISHED if offers_itself(incident, approval):
            yield Due(None, "offer_undo", (incident.id, approval.id))
        case State.APPROVED:
            yield Due("act", "execute", (incident.id, approval.id), front=True)
        case State.RUNNING:
            yield Due(None, "watch", (incident.id, approval.id))


def _for_execution(incident: Incident, execution: Execution, now: datetime, pacing: Pacing) -> Iterator[Due]:
    approval = incident.approvals[execution.approval]
    if approval.state is State.UNKNOWN and execution.observed is None:
        yield Due("diagnose", "observe", (incident.id, execution.id), front=True)
    if not took_effect(approval):
        return
    made = {check.number: check.at for check in execution.checks}
    if 1 not in made:
        yield Due("diagnose", "verify", (incident.id, execution.id, 1), front=True)
    elif 2 not in made and now >= made[1] + pacing.recheck:
        yield Due("diagnose", "verify", (incident.id, execution.id, 2), front=True)


def _round_due(incident: Incident) -> int | None:
    """The round to run: the first until it has a finding, then what was sent back. None where nothing was reported."""
    if incident.by_request:
        return None
    round_ = incident.rounds.get(1)
    if round_ is not None and (round_.finding is not None or len(round_.failures) >= FAILED_ROUNDS):
        return replan_due(incident)
    return 1


def _charts(incident: Incident, now: datetime) -> Iterator[Due]:
    """What the diagnosis found is drawn once, while it may still be looked at; a plan that came back draws nothing."""
    within = CHART_WITHIN if incident.resolved_at is None else LATE_CHART_WITHIN
    for round_ in incident.rounds.values():
        if (
            round_.number == 1
            and round_.finding is not None
            and not round_.charted
            and now - round_.finding.at < within
        ):
            yield Due("diagnose", "chart", (incident.id, round_.number))


def may_resolve(incident: Incident, pacing: Pacing) -> bool:
    """Every alert (or request) is over, a finding was made, nothing runs, and what ran has been checked twice."""
    if incident.resolved_at is not None or incident.firing or _round_due(incident) is not None:
        return False
    if not incident.alerts and not _request_over(incident):
        return False
    if any(a.state in {State.APPROVED, State.RUNNING, State.UNKNOWN} for a in incident.approvals.values()):
        return False
    if pacing.acting and any(_undecided(incident)):
        return False
    if any(a.state is State.PROPOSED and did_not_help(incident, undone) for a, undone in _undoing(incident)):
        return False  # what was changed is not as it should be, and somebody is asked whether to take it back
    effective = [x for x in incident.executions.values() if took_effect(incident.approvals[x.approval])]
    return all(len(execution.checks) >= 2 for execution in effective)


def _undecided(incident: Incident) -> Iterator[Intent]:
    """What is still to be planned; a step that waits for an earlier one holds nothing up: that one does, or nothing."""
    for intent in incident.intents.values():
        if intent.state == "open" and turn(incident, intent) is not Turn.LATER:
            yield intent


def _undoing(incident: Incident) -> Iterator[tuple[Approval, Approval]]:
    """Each request to take something back, with what it would take back."""
    for approval in incident.approvals.values():
        if approval.undoes is not None and approval.undoes in incident.approvals:
            yield approval, incident.approvals[approval.undoes]


def _request_over(incident: Incident) -> bool:
    """Opened for a change somebody asked for, and that was decided and checked, or refused: nobody else ends it."""
    undecided = any(_undecided(incident)) or incident.open_approvals
    return incident.by_request and bool(incident.intents) and not undecided


def _asked_again_until(incident: Incident) -> datetime:
    """How long a request that came to nothing stays open, so that somebody can have it planned again."""
    last = next(reversed(list(incident.approvals.values())), None)
    if not incident.by_request or last is None or last.state not in AGAIN:
        return datetime.min.replace(tzinfo=UTC)
    return last.expires_at + AGAIN_WITHIN


def settled(incident: Incident, now: datetime, pacing: Pacing, narration: datetime | None) -> bool:
    """Whether the ledger may be taken off the open list: resolved, told, and nothing left to do."""
    if incident.resolved_at is None or narration is not None or due(incident, now, pacing, None):
        return False
    return not any(
        took_effect(incident.approvals[x.approval]) and len(x.checks) < 2 for x in incident.executions.values()
    ) and not any(a.state is State.UNKNOWN for a in incident.approvals.values())


def due_question(question: Question, now: datetime) -> tuple[Due, ...]:
    """What a slash command still needs: a survey, an answer, or an apology when nobody looked in time."""
    if question.asked_at is None or question.answered_at is not None:
        return ()
    if question.answer is not None:
        return (Due("talk", "answer", (question.id,), front=True),)
    if question.command == "incident":
        return (Due(None, "open_incident", (question.id,)),)
    if question.command == "open_seen":
        return (Due(None, "open_incident", (question.id,)),)
    if question.command in {"misread", "help", "probe"}:
        return (Due(None, "reply", (question.id,)),)
    if question.command in {"freeze", "unfreeze"}:
        return (Due(None, question.command, (question.id,)),)
    if question.command == "do" and (question.found is not None or now - question.asked_at > ANSWER_WITHIN):
        return (Due(None, "request", (question.id,)),)
    if question.command == "unknown_request":
        return (Due(None, "not_known", (question.id,)),)
    if question.command == "outdated_button":
        return (Due(None, "outdated", (question.id,)),)
    if now - question.asked_at > ANSWER_WITHIN:
        return (Due(None, "give_up", (question.id,)),)
    return (Due("diagnose", "survey", (question.id,), front=True),)


def of_ours(items: tuple[Due, ...], question: Question, team: str | None) -> tuple[Due, ...]:
    """The items, where one of ``team`` asks; nothing yet while our team is not known, an answer to anybody else."""
    if not INWARD.intersection(item.job for item in items):
        return items
    if team is None:
        return ()
    return items if question.team == team else (Due(None, "turn_away", (question.id,)),)


def due_bulletin(bulletin: Bulletin, storm: Storm | None, now: datetime) -> tuple[Due, ...]:
    """What a message about no single incident needs: to be counted or looked into again, to be told."""
    items: list[Due] = []
    if count_due(bulletin, storm, now):
        items.append(Due(None, "count", (bulletin.id,)))
    if (number := look_due(bulletin, now)) is not None:
        items.append(Due("diagnose", "missed", (bulletin.id, number), front=True))
    if (at := tell_at(bulletin)) is not None and at <= now:
        items.append(Due("talk", "announce", (bulletin.id,), front=True))
    return tuple(items)
