"""fold(events) -> Incident: a pure reading of one ledger.

`apply` never raises on what a ledger holds: a fact that may not follow (a forged or reordered line) changes nothing
and is counted in ``ignored``; an unknown kind is counted in ``unknown``, which makes the act process refuse.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.core import events as e
from bot.core.approval import Approval, advance
from bot.core.errors import Refused
from bot.core.incident import (
    Alert,
    Check,
    Click,
    Evidence,
    Execution,
    Finding,
    Hypothesis,
    Incident,
    Intent,
    Remark,
    Round,
    Step,
)
from bot.core.ledger import Event, UnknownKind, parse_stamp

# what changes nothing a reader of the card could see
QUIET = frozenset({"ChannelStep", "ReasonerTurn", "ClickReceived", "ClickRefused"})


def fold(ledger: str, events: Iterable[Event], start: Incident | None = None) -> Incident:
    """The incident after ``events``, going on from ``start`` where given (whose length must be the first one's seq)."""
    incident = start or Incident(ledger)
    for event in events:
        incident = apply(incident, event)
    return incident


def apply(incident: Incident, event: Event) -> Incident:
    """The incident after one more event."""
    told = incident.told if event.kind in QUIET else event.seq
    moved = replace(incident, length=event.seq + 1, told=told)
    if isinstance(event.fact, UnknownKind):
        return replace(moved, unknown=moved.unknown + 1)
    rule = RULES.get(type(event.fact))
    if rule is None:
        return replace(moved, ignored=moved.ignored + 1)
    try:
        return rule(moved, event.fact, event)
    except (Refused, KeyError):
        return replace(moved, ignored=moved.ignored + 1)


def _put(mapping: Mapping[Any, Any], key: Any, value: Any) -> dict[Any, Any]:
    return {**mapping, key: value}


# --- what came in


def _opened(incident: Incident, fact: e.IncidentOpened, event: Event) -> Incident:
    if incident.opened_at is not None:
        raise Refused("opened twice")
    return replace(
        incident,
        opened_at=event.at,
        severity=fact.severity,
        place=fact.place,
        service=fact.service,
        namespace=fact.namespace,
        cluster=fact.cluster,
        key=fact.key,
        title=fact.title,
        why=fact.why,
        requester=fact.requester,
    )


def _alert(incident: Incident, fact: e.AlertReceived, event: Event) -> Incident:
    alert = Alert(
        fingerprint=fact.fingerprint,
        name=fact.alertname,
        severity=fact.severity,
        service=fact.service,
        namespace=fact.namespace,
        starts_at=parse_stamp(fact.starts_at),
        received_at=event.at,
        content=fact.alert,
        source=fact.source,
        truncated=fact.truncated,
    )
    return replace(incident, alerts=_put(incident.alerts, fact.fingerprint, alert))


def _alert_resolved(incident: Incident, fact: e.AlertResolved, _: Event) -> Incident:
    alert = incident.alerts[fact.fingerprint]
    ended = replace(alert, firing=False, ends_at=parse_stamp(fact.ends_at))
    return replace(incident, alerts=_put(incident.alerts, fact.fingerprint, ended))


def _severity(incident: Incident, fact: e.SeverityChanged, _: Event) -> Incident:
    return replace(incident, severity=fact.severity, place=fact.place)


def _said(incident: Incident, fact: e.PersonSaid, event: Event) -> Incident:
    return replace(incident, remarks=(*incident.remarks, Remark(fact.user, fact.ts, fact.text, event.at)))


def _resolved(incident: Incident, fact: e.IncidentResolved, event: Event) -> Incident:
    if incident.resolved_at is not None:
        raise Refused("resolved twice")
    return replace(incident, resolved_at=event.at, resolved_why=fact.why)


def _step(incident: Incident, fact: e.ChannelStep, event: Event) -> Incident:
    before = incident.steps.get(fact.step)
    step = Step(
        name=fact.step,
        state=fact.state,
        at=event.at,
        channel=fact.channel or (before.channel if before else None),
        ts=fact.ts or (before.ts if before else None),
        label=fact.name or (before.label if before else None),
        upto=fact.upto if fact.upto is not None else (before.upto if before else None),
        why=fact.why,
    )
    return replace(incident, steps=_put(incident.steps, fact.step, step))


# --- diagnosis


def _round(incident: Incident, number: int, **changes: Any) -> Incident:
    return replace(incident, rounds=_put(incident.rounds, number, replace(incident.rounds[number], **changes)))


def _started(incident: Incident, fact: e.DiagnosisStarted, event: Event) -> Incident:
    if fact.round in incident.rounds:
        return incident  # a second run after a crash goes on in the same round
    return replace(incident, rounds=_put(incident.rounds, fact.round, Round(fact.round, event.at, fact.reasoner)))


def _evidence(incident: Incident, fact: e.EvidenceGathered, event: Event) -> Incident:
    if fact.evidence in incident.evidence():
        raise Refused("evidence ids are used once")
    item = Evidence(fact.evidence, fact.round, fact.tool, fact.outcome, fact.observation, fact.milliseconds, event.at)
    return _round(incident, fact.round, evidence=(*incident.rounds[fact.round].evidence, item))


def _turn(incident: Incident, fact: e.ReasonerTurn, _: Event) -> Incident:
    return _round(incident, fact.round, turns=incident.rounds[fact.round].turns + 1)


def _ranked(incident: Incident, fact: e.HypothesesRanked, _: Event) -> Incident:
    hypotheses = tuple(
        Hypothesis(h.hypothesis, h.cause, h.standing, h.confidence, h.supports, h.against, h.unread)
        for h in fact.hypotheses
    )
    return _round(incident, fact.round, hypotheses=hypotheses)


def _finding(incident: Incident, fact: e.FindingMade, event: Event) -> Incident:
    if incident.rounds[fact.round].finding is not None:
        raise Refused("a round ends once")
    finding = Finding(
        round=fact.round,
        verdict=fact.verdict,
        hypothesis=fact.hypothesis,
        confidence=fact.confidence,
        runbook=fact.runbook,
        reasoner=fact.reasoner,
        content=fact.finding,
        looks=fact.looks,
        milliseconds=fact.milliseconds,
        at=event.at,
    )
    return _round(incident, fact.round, finding=finding)


def _diagnosis_failed(incident: Incident, fact: e.DiagnosisFailed, _: Event) -> Incident:
    failures = (*incident.rounds[fact.round].failures, (fact.reasoner, fact.why))
    return _round(incident, fact.round, failures=failures)


def _struck(incident: Incident, fact: e.ClaimStruck, _: Event) -> Incident:
    return replace(incident, struck=(*incident.struck, fact.claim))


# --- intents and approvals


def _intent(incident: Incident, fact: e.IntentMade, _: Event) -> Incident:
    if fact.intent in incident.intents:
        raise Refused("intent ids are used once")
    intent = Intent(
        id=fact.intent,
        round=fact.round,
        tool=fact.tool,
        arguments=fact.arguments,
        hypothesis=fact.hypothesis,
        evidence=fact.evidence,
        requester=fact.requester,
        undoes=fact.undoes,
    )
    return replace(incident, intents=_put(incident.intents, fact.intent, intent))


def _amend_intent(incident: Incident, intent: str, **changes: Any) -> Incident:
    amended = replace(incident.intents[intent], **changes)
    return replace(incident, intents=_put(incident.intents, intent, amended))


def _prepared(incident: Incident, fact: e.ActionPrepared, _: Event) -> Incident:
    return _amend_intent(incident, fact.intent, state="prepared")


def _refused(incident: Incident, fact: e.ActionRefused, _: Event) -> Incident:
    return _amend_intent(incident, fact.intent, state="refused", why=fact.why, detail=fact.detail)


def _proposed(incident: Incident, fact: e.ActionProposed, event: Event) -> Incident:
    intent = incident.intents[fact.intent]
    if fact.approval in incident.approvals or intent.approval is not None:
        raise Refused("an intent is proposed once")
    approval = Approval(
        id=fact.approval,
        intent=fact.intent,
        tool=fact.tool,
        target=fact.target,
        plan=fact.plan,
        digest=fact.digest,
        needed=fact.needed,
        proposed_at=event.at,
        expires_at=parse_stamp(fact.expires_at),
        requester=intent.requester,
        undoes=fact.undoes,
    )
    listed = _amend_intent(incident, fact.intent, approval=fact.approval)
    return replace(listed, approvals=_put(incident.approvals, fact.approval, approval))


def _advanced(incident: Incident, fact: Any, event: Event) -> Incident:
    approval = advance(incident.approvals[fact.approval], fact, event.at)
    moved = replace(incident, approvals=_put(incident.approvals, fact.approval, approval))
    moved = _with_execution(moved, fact, event)
    click = getattr(fact, "click", None)
    return _count_click(moved, click) if click is not None else moved


def _with_execution(incident: Incident, fact: e.Fact, event: Event) -> Incident:
    match fact:
        case e.ExecutionStarted(execution=id_, approval=approval, target=target):
            return replace(
                incident, executions=_put(incident.executions, id_, Execution(id_, approval, target, event.at))
            )
        case e.ExecutionSucceeded(execution=id_, result=result):
            return _amend_execution(incident, id_, ended_at=event.at, result=result)
        case e.ExecutionFailed(execution=id_, detail=detail):
            return _amend_execution(incident, id_, ended_at=event.at, detail=detail)
        case e.ExecutionUnknown(execution=id_):
            return _amend_execution(incident, id_, ended_at=event.at)
    return incident


def _amend_execution(incident: Incident, execution: str, **changes: Any) -> Incident:
    amended = replace(incident.executions[execution], **changes)
    return replace(incident, executions=_put(incident.executions, execution, amended))


def _observed(incident: Incident, fact: e.OutcomeObserved, _: Event) -> Incident:
    return _amend_execution(incident, fact.execution, observed=fact.seen)


def _checked(result: str) -> Callable[[Incident, Any, Event], Incident]:
    def rule(incident: Incident, fact: Any, event: Event) -> Incident:
        checks = incident.executions[fact.execution].checks
        if any(check.number == fact.check for check in checks):
            raise Refused("a check is made once")
        check = Check(fact.check, result, fact.seen, event.at)
        return _amend_execution(incident, fact.execution, checks=(*checks, check))

    return rule


# --- clicks


def _clicked(incident: Incident, fact: e.ClickReceived, event: Event) -> Incident:
    if fact.click in incident.clicks:
        raise Refused("a click is received once")
    click = Click(
        id=fact.click,
        seq=event.seq,
        approval=fact.approval,
        action=fact.action,
        user=fact.user,
        team=fact.team,
        channel=fact.channel,
        message_ts=fact.message_ts,
        answer=fact.answer,
        at=event.at,
    )
    return replace(incident, clicks=_put(incident.clicks, fact.click, click))


def _count_click(incident: Incident, click: str) -> Incident:
    counted = replace(incident.clicks[click], state="counted")
    return replace(incident, clicks=_put(incident.clicks, click, counted))


def _click_refused(incident: Incident, fact: e.ClickRefused, _: Event) -> Incident:
    refused = replace(incident.clicks[fact.click], state="refused", why=fact.why)
    return replace(incident, clicks=_put(incident.clicks, fact.click, refused))


RULES: Mapping[type[e.Fact], Callable[[Incident, Any, Event], Incident]] = {
    e.IncidentOpened: _opened,
    e.AlertReceived: _alert,
    e.AlertResolved: _alert_resolved,
    e.SeverityChanged: _severity,
    e.PersonSaid: _said,
    e.IncidentResolved: _resolved,
    e.ChannelStep: _step,
    e.DiagnosisStarted: _started,
    e.EvidenceGathered: _evidence,
    e.ReasonerTurn: _turn,
    e.HypothesesRanked: _ranked,
    e.FindingMade: _finding,
    e.DiagnosisFailed: _diagnosis_failed,
    e.ClaimStruck: _struck,
    e.IntentMade: _intent,
    e.ActionPrepared: _prepared,
    e.ActionRefused: _refused,
    e.ActionProposed: _proposed,
    e.VoteCast: _advanced,
    e.ActionApproved: _advanced,
    e.ActionDenied: _advanced,
    e.ActionChangesRequested: _advanced,
    e.ActionExpired: _advanced,
    e.ActionSuperseded: _advanced,
    e.ActionWentStale: _advanced,
    e.ExecutionStarted: _advanced,
    e.ExecutionSucceeded: _advanced,
    e.ExecutionFailed: _advanced,
    e.ExecutionUnknown: _advanced,
    e.OutcomeEstablished: _advanced,
    e.OutcomeObserved: _observed,
    e.VerificationPassed: _checked("passed"),
    e.VerificationFailed: _checked("failed"),
    e.VerificationInconclusive: _checked("inconclusive"),
    e.ClickReceived: _clicked,
    e.ClickRefused: _click_refused,
}
__all__ = ["QUIET", "RULES", "Approval", "apply", "fold"]
