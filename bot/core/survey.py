"""From looks and open incidents to what `/ops status` answers: what needs attention, worst first. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.core.answers import Attention, NotReadable, RolloutSeen, StatusAnswer
from bot.core.approval import State
from bot.core.case import Seen
from bot.core.incident import Incident
from bot.core.labels import service_of, severity_of
from bot.core.ledger import stamp
from bot.core.measures import clip
from bot.core.narration import own_channel
from bot.core.predicates.shape import number_of, rows
from bot.core.predicates.workloads_shape import kind_of
from bot.core.replanning import FAILED_ROUNDS
from bot.core.standing import OpenIncident, cut, named_elsewhere, well

MOST = 30
MOST_ROLLOUTS = 20
MOST_NAMES = 30
DAY = 24 * 3600
WORST_FIRST = ("sev1", "sev2", "sev3", "warn", "info")


def survey(
    service: str | None,
    now: datetime,
    looks: Sequence[Seen],
    incidents: Sequence[OpenIncident],
    unread: Iterable[NotReadable] = (),
    resolved: Sequence[Incident] = (),
) -> StatusAnswer:
    """The answer, about one service or everything; ``resolved`` are the incidents that ended lately."""
    mine = [one for one in incidents if service in (None, one.incident.service)]
    workloads = [row for one in _of(looks, "list_workloads") for row in rows(one.facts, "workloads")]
    rollouts = _rollouts(looks, service)
    attention = [
        *_incidents(mine),
        *named_elsewhere(service, incidents),
        *_alerts(looks, service, incidents, resolved),
        *_workloads(looks, service),
        *_jobs(looks, service),
    ]
    attention.sort(key=lambda item: (WORST_FIRST.index(item.level), item.since or ""))
    blind = [*unread, *_unread(looks), *cut(looks)]
    seen = [row for row in workloads if service is None or _is_about(row, service)]
    jobs = [row.get("name") for one in _of(looks, "list_jobs") for row in rows(one.facts, "cron_jobs")]
    unheard_of = not (service is None or attention or seen or rollouts or service in jobs)
    return StatusAnswer(
        service=service,
        as_of=stamp(now),
        attention=tuple(attention[:MOST]),
        attention_total=len(attention),
        rollouts=tuple(rollouts[:MOST_ROLLOUTS]),
        rollouts_total=len(rollouts),
        workloads_seen=len(seen),
        well=well(looks, lambda row: _is_about(row, service)) if service else (),
        unheard_of=unheard_of,
        there=_names(workloads) if unheard_of else (),
        read=_read(looks),
        not_readable=tuple(dict.fromkeys(blind)),
        diagnosing=sum(1 for one in mine if _is_diagnosed(one.incident)),
        waiting=sum(1 for one in mine for a in one.incident.approvals.values() if a.state is State.PROPOSED),
    )


def namespaces_of(looks: Iterable[Seen], incidents: Iterable[OpenIncident], named: Iterable[str]) -> list[str]:
    """Where to look at workloads: what is configured, and what alerts and incidents speak of."""
    found = dict.fromkeys(named)
    found |= dict.fromkeys(str(one.incident.namespace) for one in incidents if one.incident.namespace)
    for one in _of(looks, "read_alerts"):
        for row in rows(one.facts, "alerts"):
            if namespace := _labels(row).get("namespace"):
                found[str(namespace)] = None
    return list(found)


def _of(looks: Iterable[Seen], tool: str) -> list[Seen]:
    return [one for one in looks if one.tool == tool and one.readable]


def _incidents(incidents: Iterable[OpenIncident]) -> list[Attention]:
    return [
        Attention(
            level=one.incident.severity.value,
            kind="incident",
            service=one.incident.service,
            namespace=one.incident.namespace,
            says=clip(one.says, 250),
            since=stamp(one.incident.began_at) if one.incident.began_at else None,
            state=state_of(one.incident),
            incident=one.incident.id,
            channel=_channel(one.incident),
        )
        for one in incidents
    ]


def gave_up(incident: Incident) -> bool:
    """Whether nobody will try to diagnose it any more."""
    return incident.finding is None and any(len(r.failures) >= FAILED_ROUNDS for r in incident.rounds.values())


def _channel(incident: Incident) -> str | None:
    own = own_channel(incident)
    return own.channel if own else None


def _is_diagnosed(incident: Incident) -> bool:
    return incident.finding is None and not incident.by_request and not gave_up(incident)


SENT = frozenset({State.SUCCEEDED})
STATES: Mapping[State, str] = {
    State.PROPOSED: "waiting for approval",
    State.APPROVED: "approved, about to start",
    State.RUNNING: "running",
    State.UNKNOWN: "outcome unknown, look before retrying",
}


def state_of(incident: Incident) -> str:
    """Where an incident stands, in a few words."""
    for state, words in STATES.items():
        if any(approval.state is state for approval in incident.approvals.values()):
            return words
    if made := _made(incident):
        return made
    if incident.by_request:
        return "asked for by a person"
    if incident.finding is None:
        return "could not be diagnosed, look yourself" if gave_up(incident) else "diagnosing"
    return {"cause": "cause named", "candidates": "candidates named", "healthy": "nothing wrong any more"}.get(
        incident.finding.verdict.value, "no cause named"
    )


MADE: Mapping[str, str] = {"passed": "change made, it helped", "failed": "change sent, it did not help so far"}


def _made(incident: Incident) -> str:
    """What became of the newest change that was made; empty where there is none."""
    runs = [incident.executions.get(a.execution) for a in incident.approvals.values() if a.state in SENT]
    newest = runs[-1] if runs else None
    if newest is None:
        return ""
    if not newest.checks:
        return "change sent, checking whether it helps"
    if any(alert.starts_at > newest.checks[-1].at for alert in incident.firing):
        return ""  # what began after the check is not what was mended
    return MADE.get(newest.checks[-1].result, "change sent, whether it helped could not be read")


def _alerts(
    looks: Sequence[Seen], service: str | None, incidents: Sequence[OpenIncident], resolved: Sequence[Incident]
) -> list[Attention]:
    """Firing alerts that no open incident tells of; ``resolved`` may have told of them while they fired."""
    told = {(alert.name, alert.service) for one in incidents for alert in one.incident.alerts.values()}
    spoken_of = {one.incident.service for one in incidents if one.incident.why == "person_said"} - {None}
    found = []
    for row in (row for one in _of(looks, "read_alerts") for row in rows(one.facts, "alerts")):
        labels = {str(key): str(value) for key, value in _labels(row).items()}
        about = service_of(labels)
        name = labels.get("alertname", "an alert")
        if (
            row.get("state") != "firing"
            or (service is not None and about != service)
            or (name, about) in told
            or about in spoken_of
        ):
            continue
        value = number_of(row.get("value"))
        found.append(
            Attention(
                level=severity_of(labels.get("severity")).value,
                kind="alert",
                service=about,
                namespace=labels.get("namespace"),
                says=f"{clip(name, 100)} fires" + (f" (value {value:.3g})" if value is not None else ""),
                since=str(row.get("active_at") or "") or None,
                title=clip(name, 100),
                **_closed(name, about, resolved),
            )
        )
    return found


def _closed(name: str, about: str | None, resolved: Sequence[Incident]) -> dict[str, Any]:
    """The newest incident that was resolved by a person although this alert of it had not ended."""
    told = [
        (one.resolved_at, one)
        for one in resolved
        if one.resolved_at and any((a.name, a.service) == (name, about) and a.firing for a in one.alerts.values())
    ]
    newest = max(told, key=lambda pair: pair[0], default=None)
    return {"closed": newest[1].id, "closed_at": stamp(newest[0]), "closed_by": newest[1].resolved_by} if newest else {}


def _workloads(looks: Sequence[Seen], service: str | None) -> list[Attention]:
    return [
        Attention(
            level="warn",
            kind="workload",
            service=str(row.get("name")),
            namespace=str(row.get("namespace") or "") or None,
            says=f"{kind_of(row)} is not healthy: {clip(str(row.get('why')), 200)}",
        )
        for one in _of(looks, "list_workloads")
        for row in rows(one.facts, "workloads")
        if row.get("healthy") is False and (service is None or _is_about(row, service))
    ]


def _jobs(looks: Sequence[Seen], service: str | None) -> list[Attention]:
    """CronJobs whose newest run failed, or that are behind; a run under way or a later success clears the failure."""
    found = []
    for one in _of(looks, "list_jobs"):
        for row in rows(one.facts, "cron_jobs"):
            newest = next(iter(rows(row, "runs")), {})
            failed = newest.get("state") == "failed"
            if not (failed or row.get("behind")) or service not in (None, row.get("name")):
                continue
            why = "its newest run failed" if failed else "it is behind its schedule"
            found.append(
                Attention(
                    level="info",
                    kind="job",
                    service=str(row.get("name")),
                    namespace=str(one.arguments.get("namespace") or "") or None,
                    says=f"CronJob: {why}" + (f" ({clip(str(newest['reason']), 80)})" if newest.get("reason") else ""),
                    since=str(newest.get("ended_at") or newest.get("created_at") or "") or None,
                )
            )
    return found


NOUNS = {
    "read_alerts": "alerts",
    "list_workloads": "workloads",
    "rollout_history": "rollouts",
    "list_jobs": "CronJobs",
}


def _read(looks: Sequence[Seen]) -> tuple[str, ...]:
    """What could be read, each kind once with its namespaces."""
    places: dict[str, list[str]] = {}
    for one in looks:
        if one.readable:
            places.setdefault(NOUNS.get(one.tool, one.name), []).append(str(one.arguments.get("namespace") or ""))
    return tuple(f"{noun} ({', '.join(where)})" if any(where) else noun for noun, where in places.items())


def _is_about(row: Mapping[str, Any], service: str) -> bool:
    selector = row.get("selector")
    values = selector.values() if isinstance(selector, Mapping) else ()
    return row.get("name") == service or service in values


def _rollouts(looks: Sequence[Seen], service: str | None) -> list[RolloutSeen]:
    found = [
        RolloutSeen(
            workload=str(row.get("workload")),
            namespace=str(one.arguments.get("namespace") or ""),
            revision=str(row.get("revision")),
            at=str(row.get("at")),
            changes=tuple(_change(change) for change in rows(row, "changes")[:4]),
            current=row.get("current") is True,
        )
        for one in _of(looks, "rollout_history")
        for row in rows(one.facts, "rollouts")
        if 0 <= (number_of(row.get("seconds_before_alert")) or -1.0) <= DAY
        and (service is None or service in (row.get("workload"), one.arguments.get("service")))
    ]
    return sorted(found, key=lambda rollout: rollout.at, reverse=True)


def _change(row: Mapping[str, Any]) -> str:
    return clip(f"{row.get('what')}: {row.get('before') or '(none)'} to {row.get('after') or '(removed)'}", 160)


def _unread(looks: Iterable[Seen]) -> list[NotReadable]:
    return [
        NotReadable(what=one.name, outcome=one.outcome, why=clip(one.digest, 200)) for one in looks if not one.readable
    ]


def _names(workloads: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted({str(row.get("name")) for row in workloads}))[:MOST_NAMES]


def _labels(row: Mapping[str, Any]) -> Mapping[str, Any]:
    labels = row.get("labels")
    return labels if isinstance(labels, Mapping) else {}
