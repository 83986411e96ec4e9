"""Numbers that change whenever something in Slack would be drawn differently, so that it is drawn again. Pure."""

from bot.core.approval import Approval, State
from bot.core.events import Severity
from bot.core.incident import Incident
from bot.core.pressing import why_not_again
from bot.core.replanning import came_of, planned_after
from bot.core.undoing import why_not_undone

RANK = {state: rank for rank, state in enumerate(State)}
SEVERITIES = list(Severity)
FOLLOWED = (
    None,
    "planning",
    "planned",
    "proposed",
    "none",
    "failed",
)  # what a further round came to; at the end: proposed


def version_of(incident: Incident, approval: Approval) -> int:
    """Of an approval's card."""
    execution = incident.executions.get(approval.execution)
    checks = len(execution.checks) if execution else 0
    observed = 1 if execution and execution.observed else 0
    barred = 500 if why_not_again(incident, approval) else 0
    newer = incident.again(approval.id)
    planned = 250 if newer is not None and newer.approval is not None else 0
    told = 125 if approval.reason is not None else 0
    asked = incident.undoing(approval.id)
    way_back = 0 if why_not_undone(incident, approval) else 1
    if asked is not None and asked.state != "refused":
        way_back = 2 if asked.approval is None else 3
    frozen = incident.freezes * 1_000_000 if approval.state is State.PROPOSED else 0
    followed = FOLLOWED.index(came_of(incident, approval)) * 2_000_000_000
    newest = planned_after(incident, approval)
    posted = newest is not None and incident.done(f"approval:{newest.id}") is not None
    followed += 1_000_000_000 if posted else 0  # only then is there something to lead to
    own = incident.intents[approval.intent]
    steps = sum(60 for one in incident.intents.values() if one.after is not None and one.state == "refused")
    told += steps if own.after is None and steps else 0
    leased = 0 if approval.granted is None else 1 if approval.granted.revoked_by is None else 2
    followed += leased * 20_000_000_000
    noted = barred + planned + told + len(approval.voters) * 2 + observed
    return RANK[approval.state] * 10_000 + checks * 1_000 + noted + frozen + way_back * 100_000_000 + followed


def topic_version(incident: Incident) -> int:
    """Of the channel's topic: by the severity, by a finding's headline, or by its being over."""
    over = 10_000 if incident.resolved_at is not None else 0
    return over + 100 * SEVERITIES.index(incident.severity) + (incident.finding.round if incident.finding else 0)


def earlier_of(incident: Incident, approval: Approval) -> Approval | None:
    """The request this one plans again, if it does."""
    intent = incident.intents.get(approval.intent)
    return incident.approvals.get(intent.again) if intent is not None and intent.again else None
