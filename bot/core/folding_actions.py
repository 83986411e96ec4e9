"""The half of the fold that is about actions: intents, approvals, executions, checks and clicks. Pure.

Every step of an approval goes through `approval.advance`; what it refuses changes nothing (`folding.apply` counts it).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.core import events as e
from bot.core.approval import Approval, Granted, State, advance, why_not_explained
from bot.core.errors import Refused
from bot.core.incident import Check, Click, Execution, Incident, Intent
from bot.core.joined import may_be_joined
from bot.core.ledger import Event, parse_stamp


def put(mapping: Mapping[Any, Any], key: Any, value: Any) -> dict[Any, Any]:
    """The mapping with one more or another entry."""
    return {**mapping, key: value}


# --- intents and approvals


def _intent(incident: Incident, fact: e.IntentMade, event: Event) -> Incident:
    if fact.intent in incident.intents:
        raise Refused("intent ids are used once")
    if fact.after is not None and fact.after not in incident.intents:
        raise Refused("a step comes after one that is on record")
    if fact.again is not None and fact.again not in incident.approvals:
        raise Refused("only what is on record is planned again")  # so that following these always ends
    intent = Intent(
        id=fact.intent,
        round=fact.round,
        tool=fact.tool,
        arguments=fact.arguments,
        hypothesis=fact.hypothesis,
        evidence=fact.evidence,
        requester=fact.requester,
        undoes=fact.undoes,
        made_at=event.at,
        again=fact.again,
        by_hand=fact.by_hand,
        after=fact.after,
    )
    return counted(replace(incident, intents=put(incident.intents, fact.intent, intent)), fact.click)


def _amend_intent(incident: Incident, intent: str, **changes: Any) -> Incident:
    amended = replace(incident.intents[intent], **changes)
    return replace(incident, intents=put(incident.intents, intent, amended))


def _also_asked(incident: Incident, fact: e.AlsoAsked, _: Event) -> Incident:
    intent = incident.intents[fact.intent]
    if not may_be_joined(incident, intent):
        raise Refused("what does not wait any more is not joined")
    new = fact.user is not None and fact.user not in (intent.requester, *intent.also)
    also = (*intent.also, fact.user) if new and fact.user else intent.also
    twins = (*intent.twins, fact.twin) if fact.twin in incident.intents else intent.twins
    return _amend_intent(incident, fact.intent, also=also, twins=twins)


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
        tier=fact.tier,
        own=fact.own == "yes",
        weighed=fact.weighed,
        way_back=fact.way_back,
    )
    listed = _amend_intent(incident, fact.intent, approval=fact.approval)
    return replace(listed, approvals=put(incident.approvals, fact.approval, approval))


def _advanced(incident: Incident, fact: Any, event: Event) -> Incident:
    approval = advance(incident.approvals[fact.approval], fact, event.at)
    moved = replace(incident, approvals=put(incident.approvals, fact.approval, approval))
    moved = _with_execution(moved, fact, event)
    return counted(moved, getattr(fact, "click", None))


def _granted(incident: Incident, fact: e.LeaseGranted, event: Event) -> Incident:
    approval = incident.approvals[fact.approval or ""]
    if approval.granted is not None:
        raise Refused("a request is leased once")
    granted = Granted(fact.lease, fact.user, fact.uses, parse_stamp(fact.until), event.at)
    moved = put(incident.approvals, approval.id, replace(approval, granted=granted))
    return counted(replace(incident, approvals=moved), fact.click)


def _revoked(incident: Incident, fact: e.LeaseRevoked, _: Event) -> Incident:
    approval = incident.approvals[fact.approval or ""]
    if approval.granted is None or approval.granted.lease != fact.lease or approval.granted.revoked_by is not None:
        raise Refused("no such lease is in force")
    granted = replace(approval.granted, revoked_by=fact.user)
    moved = put(incident.approvals, approval.id, replace(approval, granted=granted))
    return counted(replace(incident, approvals=moved), fact.click)


def _with_execution(incident: Incident, fact: e.Fact, event: Event) -> Incident:
    match fact:
        case e.ExecutionStarted(execution=id_, approval=approval, target=target):
            return replace(
                incident, executions=put(incident.executions, id_, Execution(id_, approval, target, event.at))
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
    return replace(incident, executions=put(incident.executions, execution, amended))


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


def _looked(incident: Incident, fact: e.TargetLooked, _: Event) -> Incident:
    approval = incident.approvals[fact.approval]
    if approval.state is not State.PROPOSED or approval.looked is not None:
        raise Refused("it is looked at once, while it waits")
    looked = replace(approval, looked=fact.changed, seen=fact.seen)
    return replace(incident, approvals=put(incident.approvals, approval.id, looked))


def explained(incident: Incident, fact: e.PersonSaid) -> Incident:
    """The incident with somebody's words on the denial they explain; only the one who denied explains it, and once."""
    approval = incident.approvals.get(fact.about) if fact.about else None
    if approval is None or why_not_explained(approval, fact.user) is not None:
        return incident
    return replace(incident, approvals=put(incident.approvals, approval.id, replace(approval, reason=fact.text)))


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
        choice=fact.choice,
        words=fact.words,
    )
    return replace(incident, clicks=put(incident.clicks, fact.click, click))


def counted(incident: Incident, click: str | None) -> Incident:
    """The incident with this click counted; as it is where a fact came of none."""
    if click is None:
        return incident
    return replace(incident, clicks=put(incident.clicks, click, replace(incident.clicks[click], state="counted")))


def _click_refused(incident: Incident, fact: e.ClickRefused, _: Event) -> Incident:
    refused = replace(incident.clicks[fact.click], state="refused", why=fact.why)
    return replace(incident, clicks=put(incident.clicks, fact.click, refused))


ACTION_RULES: Mapping[type[e.Fact], Callable[[Incident, Any, Event], Incident]] = {
    e.IntentMade: _intent,
    e.AlsoAsked: _also_asked,
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
    e.TargetLooked: _looked,
    e.ExecutionStarted: _advanced,
    e.ExecutionSucceeded: _advanced,
    e.ExecutionFailed: _advanced,
    e.ExecutionUnknown: _advanced,
    e.OutcomeEstablished: _advanced,
    e.OutcomeObserved: _observed,
    e.VerificationPassed: _checked("passed"),
    e.VerificationFailed: _checked("failed"),
    e.VerificationInconclusive: _checked("inconclusive"),
    e.LeaseGranted: _granted,
    e.LeaseRevoked: _revoked,
    e.ClickReceived: _clicked,
    e.ClickRefused: _click_refused,
}
