"""Words that several views share: what state an incident or an approval is in, confidence, outcomes, reasons.

Every enum member of the core that a person can meet has words here; tests walk the enums.
"""

from collections.abc import Mapping

from bot.core.approval import Approval, State
from bot.core.events import Outcome, Severity, Verdict
from bot.core.incident import Execution, Incident, Intent
from bot.core.replanning import FAILED_ROUNDS
from bot.core.stepping import made_in_part
from bot.views import text as t
from bot.views.house import House
from bot.views.policy_words import POLICY
from bot.views.stopped_words import STOPPED_WORDS
from bot.views.story import Story
from bot.views.tool_words import LOOK

SEVERITY: Mapping[Severity, str] = {
    Severity.SEV1: "SEV1",
    Severity.SEV2: "SEV2",
    Severity.SEV3: "SEV3",
    Severity.WARN: "warn",
    Severity.INFO: "info",
}
OUTCOME: Mapping[Outcome, str] = {
    Outcome.OK: "read",
    Outcome.NO_DATA: "read, and there is no data",
    Outcome.DENIED: "not allowed to look",
    Outcome.FAILED: "could not look",
    Outcome.TIMED_OUT: "could not look in time",
}
VERDICT: Mapping[Verdict, str] = {
    Verdict.CAUSE: "likely cause found",
    Verdict.CANDIDATES: "candidates found, no cause named",
    Verdict.HEALTHY: "nothing is wrong now",
    Verdict.UNSURE: "not enough to name a cause",
}
WAITING: Mapping[State, str] = {
    State.PROPOSED: "waiting for approval",
    State.APPROVED: "approved, starting",
    State.RUNNING: "change running",
    State.UNKNOWN: "outcome unknown, somebody must look",
    State.SUCCEEDED: "change sent",
    State.ESTABLISHED: "outcome settled by a person",
    State.FAILED: "change did not work",
    State.DENIED: "change denied",
    State.CHANGES_REQUESTED: "changes requested",
    State.EXPIRED: "request expired, nothing ran",
    State.SUPERSEDED: "request withdrawn, nothing ran",
    State.STALE: "request withdrawn, nothing ran",
}
CHECKED: Mapping[str | None, str] = {
    None: "change sent, checking whether it helps",
    "passed": "change made, it helped",
    "failed": "change sent, it did not help so far",
}
URGENT = (State.UNKNOWN, State.RUNNING, State.APPROVED, State.PROPOSED)
WHY: Mapping[str, str] = {
    **POLICY,
    **STOPPED_WORDS,
    "signature": "the approval's signature does not check",
    "unknown_kind": "the ledger holds something this version cannot read",
    "digest": "the plan is not the one that was approved",
    "expired": "it had expired before it could start",
    "frozen": "changes are frozen",
    "target_locked": "another change of the same target is under way",
    "target_limit": "this target was changed too often in the last hour",
    "incident_limit": "this incident has had its share of changes",
    "mode": "Midwatch may not act here",
    "ledger_broken": "the incident's ledger does not verify",
    "plan_missing": "the plan is not on record any more",
    "plan_changed": "the plan on record is not the one that was approved",
    "arguments_missing": "what was to be done is not on record any more",
    "bad_arguments": "what was asked for cannot be understood",
    "unstorable": "the plan cannot be put on record exactly",
    "unknown_tool": "there is no such tool",
    "bare_pod": "no controller would bring that pod back",
    "budget": "the disruption budget does not let it go",
    "job_pod": "it runs a Job, whose work would be lost",
    "static_pod": "it belongs to its node, static or a DaemonSet's",
    "paused": "its rollout is paused",
    "changing_now": "it is changing just now",
    "rolling_out": "a rollout is under way",
    "nothing_to_do": "nothing would change",
    "autoscaled": "an autoscaler decides how many pods it has",
    "senseless": "it makes no sense together with what is set already",
    "which_container": "it has several containers",
    "no_such_container": "it has no container of that name",
    "not_a_deployment": "it is not about a Deployment",
    "no_such_revision": "there is no such revision to go back to",
    "suspended": "it is suspended",
    "already_running": "one of its runs is still going",
    "not_declared": "its owner does not allow that override",
    "no_such_variable": "there is no such variable to override",
    "dry_run_differs": "the dry run gave something else than was asked for",
    "rejected": "Kubernetes rejected it",
    "guarded": "only dry runs are allowed while preparing",
    "too_many": "there are too many objects to look at",
    "several": "several would fit",
    "too_broad": "it would mute too many alerts",
    "another_namespace": "it belongs to another namespace",
    "busy": "Kubernetes is too busy",
    "settings": "this tool's settings are missing or wrong",
    "no_answer": "the cluster did not say whether it did it",
    "changed": "the target changed after it was proposed",
    "not_permitted": "Kubernetes does not permit it",
    "not_found": "the target is not there",
    "unreachable": "the cluster did not answer",
    "no_incident": "the incident it belongs to is not known",
    "worker_died": "the worker died after starting",
    "crashed": "it crashed, which is a fault of Midwatch (see the worker's log)",
    "incident_resolved": "the incident is over",
    "person_said": "somebody said it is over",
    "alerts_over": "the alerts are over",
    "mended_by_hand": "the alerts are over, and somebody else changed it",
    "helped_after_all": "the change it would take back helped after all",
    "request_over": "what was asked for has been decided",
    "left_before": "it would go back to what was rolled back before",
    "joined": "the same change waits for a decision already",
    "target_asked": "a request for the same target is open already",
    "step_before": "the step before it was not made, did not help or was taken back",
    "requester": "whoever asked for it does not approve it",
    "other_workspace": "it was asked from another workspace",
    "restricted_action": "this workspace does not let the app do that",
    "channel_not_found": "there is no such channel, or the app may not see it",
    "is_archived": "the channel is archived",
    "not_in_channel": "the app is not in the channel",
    "missing_scope": "the app lacks a permission (see `midwatch doctor`)",
    "name_taken": "every name tried was taken",
    "message_not_found": "the message was deleted",
    "user_not_found": "somebody to invite does not exist",
}


def look(tool: str) -> str:
    """What a reading tool looks at, as people call it; its own name where nobody gave it another."""
    return LOOK.get(tool) or t.said(tool.replace("_", " "), 60)


def why(name: str | None) -> str:
    """A named reason in words; the name itself where there are none."""
    if not name:
        return "no reason was given"
    return WHY.get(name) or t.said(name.replace("_", " "), 80)


def refused_because(story: Story, intent: Intent) -> str:
    """Why something thought of is not proposed: the refusal's own sentence, else its name in words."""
    own = story.said_by(intent.detail.ref, 300) if intent.detail else ""
    return t.sentence(own or why(intent.why))


def confidence(value: str | None) -> str:
    """“high confidence (0.91)”."""
    if value is None:
        return "confidence not stated"
    try:
        share = float(value)
    except ValueError:
        return "confidence not stated"
    level = "high" if share >= 0.75 else "moderate" if share >= 0.5 else "low"
    return f"{level} confidence ({share:.2f})"


def standing(story: Story) -> str:
    """Where the incident stands, in two or three words; the most urgent thing first."""
    incident = story.incident
    states = [approval.state for approval in incident.approvals.values()]
    if State.UNKNOWN in states:
        return WAITING[State.UNKNOWN]
    if incident.resolved_at is not None:
        return "resolved"
    for state in URGENT:
        if state in states:
            return WAITING[state]
    if changes := [approval for approval in incident.approvals.values() if made(approval)]:
        return f"{came_of(incident, changes[-1])}, watching" if recovered(incident) else came_of(incident, changes[-1])
    if incident.finding is not None:
        return VERDICT[incident.finding.verdict]
    if incident.by_request:
        refused = all(intent.state == "refused" for intent in incident.intents.values())
        return "cannot be proposed" if refused else "being prepared"
    return "could not be diagnosed, somebody must look" if gave_up(incident) else "investigating"


def gave_up(incident: Incident) -> tuple[str, str] | None:
    """The last reasoner and reason, when nobody will try to diagnose it again and there is no finding."""
    if incident.finding is not None:
        return None
    return next((r.failures[-1] for r in incident.rounds.values() if len(r.failures) >= FAILED_ROUNDS), None)


def came_of(incident: Incident, approval: Approval) -> str:
    """What became of a request; a change that was made is only sent until a check has passed."""
    execution = incident.executions.get(approval.execution)
    if not made(approval) or execution is None:
        return "change stopped midway" if made_in_part(approval) else WAITING[approval.state]
    last = execution.checks[-1].result if execution.checks else None
    if last is None and approval.state is State.ESTABLISHED:
        return f"{WAITING[approval.state]}, checking whether it helps"
    if last == "passed" and incident.by_request:
        return "change made and checked"
    return CHECKED.get(last, "change sent, whether it helped could not be read")


def recovered(incident: Incident) -> bool:
    """Whether the newest change was checked, helped, and no alert has begun since."""
    changes = [incident.executions.get(a.execution) for a in incident.approvals.values() if made(a)]
    newest = changes[-1] if changes else None
    if newest is None or not newest.checks or newest.checks[-1].result != "passed":
        return False
    if any(approval.state is State.UNKNOWN for approval in incident.approvals.values()):
        return False
    return not any(alert.starts_at > newest.checks[-1].at for alert in incident.firing)


def is_healthy(incident: Incident) -> bool:
    return incident.finding is not None and incident.finding.verdict is Verdict.HEALTHY


def made(approval: Approval) -> bool:
    """Whether the change was made, as far as anybody has established."""
    return approval.state is State.SUCCEEDED or (approval.state is State.ESTABLISHED and approval.established == "done")


def next_check(story: Story, execution: Execution) -> str:
    """When the second check is due, once the first was made and while it still is."""
    first = next((check.at for check in execution.checks if check.number == 1), None)
    if first is None or any(check.number >= 2 for check in execution.checks):
        return ""
    return f"Next check {t.clock(first + story.house.recheck)}."


def command(story: Story) -> str:
    """“commander: nobody yet”; who resolved it, once somebody did."""
    incident = story.incident
    if incident.resolved_at is not None:
        by = f"resolved by {story.called(incident.resolved_by)}" if incident.resolved_by else ""
        led = f"commander was {story.called(incident.commander)}" if incident.commander else ""
        return " · ".join(part for part in (by, led) if part)
    if incident.commander is None:
        return "commander: nobody yet"
    held = f" since {t.clock(incident.commander_since)}" if incident.commander_since else ""
    return f"commander: {story.called(incident.commander)}{held}"


def since(story: Story) -> str:
    """“since today at 02:11 (alert 02:14)”, or how long it lasted once it is over."""
    began, over = story.began_at, story.incident.resolved_at
    if began is None:
        return "just now"
    alert = story.incident.began_at
    told = f" (alert {t.clock(alert)})" if alert is not None and alert != began else ""
    if over is not None:
        return f"from {t.moment(began)}{told} to {t.clock(over)}, {t.lasted(over - began)}"
    return f"since {t.moment(began)}{told}"


def bare_span(story: Story) -> str:
    """“since 02:14 UTC”, or “02:14 UTC to 02:34 UTC” once it is over, for notifications."""
    began, over = story.began_at, story.incident.resolved_at
    if began is None:
        return "just now"
    return f"{t.bare_clock(began)} to {t.bare_clock(over)}" if over else f"since {t.bare_clock(began)}"


def deciders(house: House, approval: Approval) -> str:
    """Who can decide this request, as mentions."""
    names = house.deciders.of(approval)
    if not names:
        return "nobody is named as an approver (MIDWATCH_APPROVERS)"
    if len(names) == 1:
        return t.people(names)
    return f"{'one' if approval.needed == 1 else 'two'} of {t.people(names)}"
