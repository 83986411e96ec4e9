"""What each narration task says and where: task -> message, channel, thread. Posts nothing, records nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.events import ActionApproved
from bot.core.incident import Click, Incident
from bot.core.ledger import Event
from bot.core.narration import Does, Task, own_channel, root
from bot.core.pressing import COMMANDER
from bot.views import notices
from bot.views.approval_card import approval_card
from bot.views.blocks import Message
from bot.views.by_hand import by_hand_card
from bot.views.comparison import comparison
from bot.views.decision_line import Anchor, decision_line
from bot.views.evidence_card import evidence_card
from bot.views.home_card import home_card
from bot.views.incident_card import incident_card
from bot.views.story import Story
from bot.views.verification import check_message, needs_people

IN_THREAD = frozenset(
    {
        Does.POST_DECISION,
        Does.POST_REFUSED,
        Does.UPLOAD_DIFF,
        Does.UPLOAD_CHART,
        Does.POST_COMPARISON,
        Does.POST_EVIDENCE,
        Does.POST_RESOLVED,
        Does.PAGE,
    }
)


@dataclass(frozen=True)
class Place:
    """``thread`` is the message a reply hangs on; None: the channel itself."""

    channel: str
    thread: str | None = None


def place_of(incident: Incident, task: Task, home: str) -> Place:
    """Where a new message of this task belongs."""
    own = own_channel(incident)
    stays_home = task.does is Does.POST_HOME
    channel = home if own is None or stays_home else str(own.channel)
    top = root(incident)
    threaded = task.does in IN_THREAD or (task.does is Does.POST_CHECK and not _calls(incident, task))
    if threaded and top is not None and top.channel == channel:
        return Place(channel, top.ts)
    return Place(channel)


def _calls(incident: Incident, task: Task) -> bool:
    execution, _, number = task.subject.rpartition(" ")
    checks = incident.executions[execution].checks
    return any(check.number == int(number) and needs_people(check) for check in checks)


def drawn(story: Story, task: Task, events: Sequence[Event]) -> Message:
    """The message of a task that says something."""
    match task.does:
        case Does.POST_HOME | Does.EDIT_HOME:
            return home_card(story)
        case Does.POST_CARD:
            return incident_card(story, calling=True)
        case Does.EDIT_CARD:
            return incident_card(story)
        case Does.POST_APPROVAL | Does.EDIT_APPROVAL | Does.JOIN_APPROVAL:
            return approval_card(story, task.subject)
        case Does.POST_DECISION:
            return decision_line(story, task.subject, anchor_of(events, task.subject))
        case Does.POST_CHECK:
            execution, _, number = task.subject.rpartition(" ")
            return check_message(story, execution, int(number))
        case Does.POST_EVIDENCE:
            return evidence_card(story, task.subject)
        case Does.POST_COMPARISON:
            return comparison(story, task.subject)
    return _notice(story, task)


def _notice(story: Story, task: Task) -> Message:
    match task.does:
        case Does.SAY_TURN:
            return notices.next_step(story, task.subject)
        case Does.SAY_UNKNOWN:
            return notices.outcome_unknown(story, task.subject)
        case Does.SAY_BROKEN:
            return notices.glass_broken(story, task.subject)
        case Does.SAY_FAILED:
            return notices.change_failed(story, task.subject)
        case Does.POST_REFUSED:
            return notices.intent_refused(story, task.subject)
        case Does.POST_BY_HAND:
            return by_hand_card(story, task.subject)
        case Does.PAGE:
            return notices.page(story)
        case Does.POST_RESOLVED:
            return notices.resolved(story)
    raise ValueError(f"{task.does} says nothing")


def anchor_of(events: Sequence[Event], click: str) -> Anchor:
    """The last event that counting this click wrote: with a quorum, the signed approval right after the vote."""
    found: Event | None = None
    for event in events:
        if event.kind not in {"ClickReceived", "ClickRefused"} and getattr(event.fact, "click", None) == click:
            found = event
        elif found is not None and event.seq == found.seq + 1 and isinstance(event.fact, ActionApproved):
            found = event
            break
    return Anchor(found.seq, found.hash) if found else Anchor(0, "unknown")


def links(incident: Incident, base: str) -> Mapping[str, str]:
    """Where evidence and requests stand in Slack, by evidence id and step name; ``base`` is `https://x.slack.com`."""
    top = root(incident)
    found: dict[str, str] = {}
    for name, step in incident.steps.items():
        if step.state != "done" or step.ts is None or step.channel is None:
            continue
        url = f"{base}/archives/{step.channel}/p{step.ts.replace('.', '')}"
        if top is not None and top.ts and name.startswith("evidence:"):
            url += f"?thread_ts={top.ts}&cid={step.channel}"
        found[name.removeprefix("evidence:")] = url
    return found


def people_of(incident: Incident, click: Click | None = None) -> set[str]:
    """Whom its messages call by their names; ``click`` is the decision that is told."""
    froze = incident.freeze.user if incident.freeze is not None else None
    users = {who for who in (incident.requester, incident.commander, incident.resolved_by, froze) if who}
    users |= {who for intent in incident.intents.values() for who in (intent.requester, *intent.also) if who}
    if click is not None:
        users |= {click.user, *((click.choice,) if click.action == COMMANDER and click.choice else ())}
    return users
