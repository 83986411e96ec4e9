"""What there is to say in Slack, derived from the fold alone. Pure: no wording, no Slack, no clock of its own.

Each task has a step name of its own in the ledger (`ChannelStep`): begun before Slack is asked, done, failed or skipped
after. What was posted carries `upto`, the newest event (or version of an approval) it shows; a card is behind its
ledger when there is a newer one. Edits of one message are three seconds apart, so that many changes become one edit.
`tasks` gives everything in the order it matters to people; `due_at` is when the narrator is needed next.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.core.approval import OPEN, Approval, State
from bot.core.chain import card_of
from bot.core.incident import Execution, Incident, Step
from bot.core.saying import AT_ONCE, Does, Task
from bot.core.showing import PICTURE, chart_to_show, gave_up, to_post
from bot.core.versions import earlier_of, topic_version, version_of

__all__ = ["Does", "Task", "due_at", "next_steps", "tasks"]
HOME, CHANNEL, CARD, PIN, INVITE, TOPIC, PAGE = "home", "channel", "card", "pin", "invite", "topic", "page"
DECIDERS, RESOLVED = "invite_deciders", "resolved"
EDIT_GAP = timedelta(seconds=3)
POINTER_GAP = timedelta(seconds=10)
TOPIC_AFTER = timedelta(seconds=20)
HOME_AGAIN = timedelta(minutes=5)
LOOK_FIRST = timedelta(seconds=8)
ACT_FIRST = timedelta(seconds=15)


def next_steps(incident: Incident, now: datetime) -> tuple[Task, ...]:
    """What is to be said or redrawn now, in order."""
    return tuple(task for task in tasks(incident) if task.at <= now)


def due_at(incident: Incident, now: datetime) -> datetime | None:
    """When narration is next due; None when everything was told."""
    times = [task.at for task in tasks(incident)]
    return max(min(times), now) if times else None


def tasks(incident: Incident) -> tuple[Task, ...]:
    """Everything that is not told yet, the most urgent for people first."""
    if incident.opened_at is None:
        return ()
    return tuple(_all(incident))


# --- where things are said


def own_channel(incident: Incident) -> Step | None:
    """The incident's own channel, while it can be used."""
    step = incident.steps.get(CHANNEL)
    return step if step is not None and step.state == "done" and step.channel else None


def root(incident: Incident) -> Step | None:
    """The message in whose thread the details stand; None when there is none (any more)."""
    step = incident.steps.get(CARD if own_channel(incident) else HOME)
    return step if step is not None and step.state == "done" and step.ts else None


def wants_channel(incident: Incident) -> bool:
    return incident.place == "incident"


def lacks_channel(incident: Incident) -> str | None:
    """Why an incident that should have a channel of its own has none; None when all is well or still to come."""
    step = incident.steps.get(CHANNEL)
    return (step.why or "refused") if wants_channel(incident) and step is not None and step.state == "failed" else None


def failures(incident: Incident) -> tuple[Step, ...]:
    """Steps that Slack refused, for the card to show (a whisper that could not be delivered concerns nobody else)."""
    failed = (s for s in incident.steps.values() if s.state == "failed" and not s.name.startswith("answer:"))
    return tuple(s for s in failed if s.name != PICTURE or gave_up(s))


def _settled(incident: Incident, name: str) -> bool:
    step = incident.steps.get(name)
    return step is not None and step.state != "begun"


def _ready(incident: Incident) -> bool:
    """Whether there is a place to say things in: home stands, or the incident's own channel and its card were tried."""
    if not wants_channel(incident) or lacks_channel(incident):
        home = incident.steps.get(HOME)
        return home is not None and home.ts is not None and home.state != "begun"
    return own_channel(incident) is not None and _settled(incident, CARD)


# --- what is to be said


def _all(incident: Incident) -> Iterator[Task]:
    yield from _click_answers(incident)
    yield from _rooms(incident)
    if not _ready(incident):
        return
    yield from _deciders(incident)
    for approval in incident.approvals.values():
        yield from _approval(incident, approval)
    yield from _edits(incident)
    yield from _lines(incident)
    yield from _by_hand(incident)
    yield from _charts(incident)
    yield from _evidence(incident)
    if incident.resolved_at is not None and not _settled(incident, RESOLVED):
        yield Task(RESOLVED, Does.POST_RESOLVED)


def _click_answers(incident: Incident) -> Iterator[Task]:
    for click in incident.clicks.values():
        step = f"answer:{click.id}"
        if click.state == "refused" and not _settled(incident, step):
            yield Task(step, Does.ANSWER_CLICK, click.id)


def _rooms(incident: Incident) -> Iterator[Task]:
    home = incident.steps.get(HOME)
    if home is None or home.state == "begun":
        yield Task(HOME, Does.POST_HOME, upto=incident.told)
    elif home.state == "failed" and home.ts is None and incident.resolved_at is None:
        yield Task(HOME, Does.POST_HOME, at=home.at + HOME_AGAIN, upto=incident.told)
    if not wants_channel(incident):
        return
    if not _settled(incident, CHANNEL):
        yield Task(CHANNEL, Does.CREATE_CHANNEL)
    elif lacks_channel(incident):
        if not _settled(incident, PAGE) and not _settled(incident, CARD) and _ready(incident):
            yield Task(PAGE, Does.PAGE)
    else:
        yield from _furnishing(incident)


def _furnishing(incident: Incident) -> Iterator[Task]:
    """People first, then the card that mentions them: a mention reaches only who is there."""
    if not _settled(incident, INVITE):
        yield Task(INVITE, Does.INVITE)
    if not _settled(incident, CARD):
        yield Task(CARD, Does.POST_CARD, upto=incident.told)
        return
    if not _settled(incident, PIN) and root(incident) is not None:
        yield Task(PIN, Does.PIN)
    yield from _topic(incident)
    commander = f"commander:{incident.commander}"
    if incident.commander is not None and incident.resolved_at is None and not _settled(incident, commander):
        yield Task(commander, Does.INVITE_COMMANDER, incident.commander)


def _topic(incident: Incident) -> Iterator[Task]:
    """Set again whenever it may read differently, a last time when it is over; not where Slack refused it.

    Everybody in the channel is told of each topic, so the first waits a little for the finding that would change it.
    """
    step, version = incident.steps.get(TOPIC), topic_version(incident)
    if step is None or step.state == "begun":
        opened, waits = incident.opened_at, incident.finding is None and incident.resolved_at is None
        yield Task(TOPIC, Does.SET_TOPIC, at=opened + TOPIC_AFTER if opened and waits else AT_ONCE, upto=version)
    elif step.state == "done" and step.upto != version:
        yield Task(TOPIC, Does.SET_TOPIC, at=step.at + EDIT_GAP, upto=version)


def _deciders(incident: Incident) -> Iterator[Task]:
    """Who may decide must be there before they are mentioned."""
    if own_channel(incident) is not None and incident.open_approvals and not _settled(incident, DECIDERS):
        yield Task(DECIDERS, Does.INVITE_DECIDERS)


def _approval(incident: Incident, approval: Approval) -> Iterator[Task]:
    step = f"approval:{approval.id}"
    shown = incident.steps.get(step)
    version = version_of(incident, approval)
    card = card_of(incident, approval)
    if shown is None and card.id != approval.id and (there := _card_there(incident, card)) is not None:
        yield Task(step, Does.JOIN_APPROVAL, approval.id, at=there.at + EDIT_GAP, upto=version)
        return
    if shown is None or shown.state == "begun" or _stranded(incident, approval, shown):
        yield Task(step, Does.POST_APPROVAL, approval.id, upto=version)
        return
    if _joined(incident, approval, card) and not _settled(incident, f"turn:{approval.id}"):
        yield Task(f"turn:{approval.id}", Does.SAY_TURN, approval.id)
    if approval.state is State.UNKNOWN and not _settled(incident, f"unknown:{approval.id}"):
        yield Task(f"unknown:{approval.id}", Does.SAY_UNKNOWN, approval.id, at=_once_looked(incident, approval))
    if approval.broken_by is not None and not _settled(incident, f"broken:{approval.id}"):
        yield Task(f"broken:{approval.id}", Does.SAY_BROKEN, approval.id)
    if approval.state is State.FAILED and not _settled(incident, f"failed:{approval.id}"):
        yield Task(f"failed:{approval.id}", Does.SAY_FAILED, approval.id)
    if shown.state == "done" and shown.upto != version:
        yield Task(step, Does.EDIT_APPROVAL, approval.id, at=shown.at + EDIT_GAP, upto=version)
    if not _settled(incident, f"diff:{approval.id}"):
        yield Task(f"diff:{approval.id}", Does.UPLOAD_DIFF, approval.id)
    if earlier_of(incident, approval) is not None and not _settled(incident, f"compare:{approval.id}"):
        yield Task(f"compare:{approval.id}", Does.POST_COMPARISON, approval.id)


def _card_there(incident: Incident, card: Approval) -> Step | None:
    """The message of an earlier step, where it can still be edited."""
    shown, lost = incident.steps.get(f"approval:{card.id}"), incident.steps.get(CHANNEL)
    gone = shown is not None and lost is not None and lost.state == "failed" and lost.channel == shown.channel
    return shown if shown is not None and shown.state == "done" and shown.ts and not gone else None


def _joined(incident: Incident, approval: Approval, card: Approval) -> bool:
    """Whether it waits on an earlier step's message: drawn by an edit, which notifies nobody."""
    if card.id == approval.id or approval.state is not State.PROPOSED:
        return False
    shown, there = incident.steps.get(f"approval:{approval.id}"), incident.steps.get(f"approval:{card.id}")
    return shown is not None and there is not None and shown.ts == there.ts


def _stranded(incident: Incident, approval: Approval, shown: Step) -> bool:
    """Posted in a channel nobody can use any more, while somebody must still decide."""
    lost = incident.steps.get(CHANNEL)
    return (
        approval.state in OPEN
        and lost is not None
        and lost.state == "failed"
        and shown.state == "done"
        and shown.channel is not None
        and shown.channel == lost.channel
    )


def _once_looked(incident: Incident, approval: Approval) -> datetime:
    """Say what is known of an unknown outcome together with what the bot sees now, if it sees anything soon."""
    execution: Execution | None = incident.executions.get(approval.execution)
    if execution is None or execution.observed is not None or execution.ended_at is None:
        return AT_ONCE
    return execution.ended_at + LOOK_FIRST


def _edits(incident: Incident) -> Iterator[Task]:
    for name, does in ((CARD, Does.EDIT_CARD), (HOME, Does.EDIT_HOME)):
        step = incident.steps.get(name)
        if step is None or step.state != "done" or step.upto is None:
            continue
        if name == CARD and own_channel(incident) is None:
            continue
        if step.upto < incident.told or _quiet_news(incident) > step.at:
            gap = POINTER_GAP if name == HOME and own_channel(incident) is not None else EDIT_GAP
            last = incident.resolved_at is not None
            yield Task(name, does, at=step.at + (EDIT_GAP if last else gap), upto=incident.told)


def _quiet_news(incident: Incident) -> datetime:
    """When something last happened in Slack that the card shows: a channel, a refused step, all evidence linked."""
    times = [step.at for step in failures(incident)]
    if (channel := own_channel(incident)) is not None:
        times.append(channel.at)
    told = [incident.steps.get(f"evidence:{evidence}") for evidence in to_post(incident)]
    if all(step is not None for step in told):
        times += [step.at for step in told if step is not None and step.state == "done"]
    return max(times, default=AT_ONCE)


def _lines(incident: Incident) -> Iterator[Task]:
    for click in incident.clicks.values():
        step = f"decision:{click.id}"
        if click.state == "counted" and not _settled(incident, step):
            yield Task(step, Does.POST_DECISION, click.id)
    for execution in incident.executions.values():
        for check in execution.checks:
            step = f"check:{execution.id}:{check.number}"
            if not _settled(incident, step):
                yield Task(step, Does.POST_CHECK, f"{execution.id} {check.number}")
    for intent in incident.intents.values():
        step = f"refused:{intent.id}"
        joined = intent.why == "joined" and intent.requester is None  # the card it was joined to says so
        if intent.state == "refused" and not joined and not _settled(incident, step):
            yield Task(step, Does.POST_REFUSED, intent.id)


def _by_hand(incident: Incident) -> Iterator[Task]:
    """A change that no act process took up in time: a person gets the line to run."""
    for intent in incident.intents.values():
        step = f"by_hand:{intent.id}"
        if intent.by_hand is not None and intent.state == "open" and not _settled(incident, step):
            yield Task(step, Does.POST_BY_HAND, intent.id, at=intent.made_at + ACT_FIRST)


def _charts(incident: Incident) -> Iterator[Task]:
    for round_ in incident.rounds.values():
        if round_.chart is not None and not _settled(incident, f"chart:{round_.number}"):
            yield Task(f"chart:{round_.number}", Does.UPLOAD_CHART, str(round_.number))
    top, pending = root(incident), chart_to_show(incident)
    if top is not None and pending is not None:
        yield Task(PICTURE, Does.SHOW_CHART, at=max(pending[1], top.at + EDIT_GAP), upto=incident.told)


def _evidence(incident: Incident) -> Iterator[Task]:
    for evidence in to_post(incident):
        step = f"evidence:{evidence}"
        if not _settled(incident, step):
            yield Task(step, Does.POST_EVIDENCE, evidence)
