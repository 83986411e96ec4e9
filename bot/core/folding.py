"""fold(events) -> Incident: a pure reading of one ledger.

`apply` never raises on what a ledger holds: a fact that may not follow (a forged or reordered line) changes nothing
and is counted in ``ignored``; an unknown kind is counted in ``unknown``, which makes the act process refuse.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.core import events as e
from bot.core.errors import Refused
from bot.core.folding_actions import ACTION_RULES, counted, explained, put
from bot.core.freezing import read_note
from bot.core.incident import (
    Alert,
    Evidence,
    Finding,
    Hypothesis,
    Incident,
    Remark,
    Round,
    Step,
)
from bot.core.ledger import Event, UnknownKind, parse_stamp

# what changes nothing a reader of the card could see
QUIET = frozenset({"ChannelStep", "ReasonerTurn", "ChartDrawn", "ClickReceived", "ClickRefused", "FreezeNoted"})


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
        storm=fact.storm,
    )


def _alert(incident: Incident, fact: e.AlertReceived, event: Event) -> Incident:
    before = incident.alerts.get(fact.fingerprint)
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
        cluster=fact.cluster,
        group=fact.group,
        about=fact.about,
        kin=fact.kin,
        truncated=fact.truncated,
        since=(before.since or before.starts_at) if before is not None and before.firing else None,
    )
    return replace(incident, alerts=put(incident.alerts, fact.fingerprint, alert))


def _alert_resolved(incident: Incident, fact: e.AlertResolved, _: Event) -> Incident:
    alert = incident.alerts[fact.fingerprint]
    ended = replace(alert, firing=False, ends_at=parse_stamp(fact.ends_at))
    return replace(incident, alerts=put(incident.alerts, fact.fingerprint, ended))


def _severity(incident: Incident, fact: e.SeverityChanged, _: Event) -> Incident:
    return counted(replace(incident, severity=fact.severity, severity_by=fact.user, place=fact.place), fact.click)


def _commander(incident: Incident, fact: e.CommanderChanged, event: Event) -> Incident:
    if incident.resolved_at is not None:
        raise Refused("nobody commands what is over")
    return counted(replace(incident, commander=fact.commander, commander_since=event.at), fact.click)


def _said(incident: Incident, fact: e.PersonSaid, event: Event) -> Incident:
    said = replace(incident, remarks=(*incident.remarks, Remark(fact.user, fact.ts, fact.text, event.at, fact.click)))
    return counted(explained(said, fact), fact.click)


def _resolved(incident: Incident, fact: e.IncidentResolved, event: Event) -> Incident:
    if incident.resolved_at is not None:
        raise Refused("resolved twice")
    over = replace(incident, resolved_at=event.at, resolved_why=fact.why, resolved_by=fact.user)
    return counted(over, fact.click)


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
    return replace(incident, steps=put(incident.steps, fact.step, step))


def _freeze(incident: Incident, fact: e.FreezeNoted, _: Event) -> Incident:
    freeze = read_note(fact)
    if freeze == incident.freeze:
        raise Refused("noted already")
    return replace(incident, freeze=freeze, freezes=incident.freezes + 1)


# --- diagnosis


def _round(incident: Incident, number: int, **changes: Any) -> Incident:
    return replace(incident, rounds=put(incident.rounds, number, replace(incident.rounds[number], **changes)))


def _started(incident: Incident, fact: e.DiagnosisStarted, event: Event) -> Incident:
    if fact.round in incident.rounds:
        return incident  # a second run after a crash goes on in the same round
    return replace(incident, rounds=put(incident.rounds, fact.round, Round(fact.round, event.at, fact.reasoner)))


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


def _chart(incident: Incident, fact: e.ChartDrawn, _: Event) -> Incident:
    if incident.rounds[fact.round].charted:
        raise Refused("a round is drawn once")
    return _round(incident, fact.round, charted=True, chart=fact.chart)


def _diagnosis_failed(incident: Incident, fact: e.DiagnosisFailed, _: Event) -> Incident:
    failures = (*incident.rounds[fact.round].failures, (fact.reasoner, fact.why))
    return _round(incident, fact.round, failures=failures)


def _struck(incident: Incident, fact: e.ClaimStruck, _: Event) -> Incident:
    return replace(incident, struck=(*incident.struck, fact.claim))


RULES: Mapping[type[e.Fact], Callable[[Incident, Any, Event], Incident]] = {
    e.IncidentOpened: _opened,
    e.AlertReceived: _alert,
    e.AlertResolved: _alert_resolved,
    e.SeverityChanged: _severity,
    e.CommanderChanged: _commander,
    e.PersonSaid: _said,
    e.IncidentResolved: _resolved,
    e.ChannelStep: _step,
    e.FreezeNoted: _freeze,
    e.DiagnosisStarted: _started,
    e.EvidenceGathered: _evidence,
    e.ReasonerTurn: _turn,
    e.HypothesesRanked: _ranked,
    e.FindingMade: _finding,
    e.DiagnosisFailed: _diagnosis_failed,
    e.ChartDrawn: _chart,
    e.ClaimStruck: _struck,
    **ACTION_RULES,
}
