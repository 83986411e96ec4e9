"""From a plan and its incident to the facts a policy is asked with. Pure; nothing here judges.

A fact that must be there and is not makes a `Forbidden`, by name: what could not be measured is never harmless.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.catalogue import Catalogue, Service
from bot.core.events import Standing
from bot.core.incident import Incident, Intent
from bot.core.objectives import Promises
from bot.core.policy import Facts, Forbidden, Tier
from bot.core.tool import Arranges, BlastRadius, Inverse, Plan, Starts
from bot.core.workspace import Workspace

HOUR = timedelta(hours=1)
LEAST = 99  # no tier is stated
COUNTED = frozenset({"Deployment", "HorizontalPodAutoscaler"})  # their own pods are taken: how many should there be?


@dataclass(frozen=True)
class Circumstances:
    """What the records say around a change, whatever the change itself is."""

    severity: str
    firing: bool
    requested: bool
    undoes: bool
    confidence_percent: int | None
    evidence_age_seconds: int | None
    actions_in_incident: int
    workspace: Workspace
    now: datetime
    types: tuple[str, ...] = ()


def circumstances(
    incident: Incident, workspace: Workspace, intent: Intent, now: datetime, types: tuple[str, ...] = ()
) -> Circumstances:
    return Circumstances(
        severity=str(incident.severity),
        firing=bool(incident.firing),
        requested=intent.asked,
        undoes=intent.undoes is not None,
        confidence_percent=_confidence(incident, intent),
        evidence_age_seconds=_age(incident, intent, now),
        actions_in_incident=len(incident.executions),
        workspace=workspace,
        now=now,
        types=types,
    )


def _confidence(incident: Incident, intent: Intent) -> int | None:
    """How sure the cause is that it stands on, in whole percent, never rounded up over a threshold."""
    round_ = incident.rounds.get(intent.round)
    if round_ is None:
        return None
    ranked = next((one for one in round_.hypotheses if one.id == intent.hypothesis), None)
    if ranked is not None and ranked.standing is not Standing.SUPPORTED:
        return None  # another plan than that of the cause that was named: no number of its own is held against a bar
    stated = ranked.confidence if ranked is not None else None
    if stated is None and round_.finding is not None and round_.finding.hypothesis == intent.hypothesis:
        stated = round_.finding.confidence
    return None if stated is None else max(0, min(100, int(Decimal(stated) * 100)))


def _age(incident: Incident, intent: Intent, now: datetime) -> int | None:
    """Since the newest evidence it cites, else since the newest of its round was gathered."""
    round_ = incident.rounds.get(intent.round)
    if round_ is None:
        return None
    cited = [one.at for one in round_.evidence if one.id in intent.evidence] or [one.at for one in round_.evidence]
    if not cited and round_.finding is not None:
        cited = [round_.finding.at]
    return max(0, int((now - max(cited)).total_seconds())) if cited else None


def names_of(plan: Plan) -> tuple[str, ...]:
    """Every name by which a catalogue may know what this touches: a pod is its workload's, an autoscaler too."""
    also: list[str] = []
    pod, scaler = plan.expects.get("pod"), plan.expects.get("autoscaler")
    if isinstance(pod, dict):
        controller = str(pod.get("controller") or "")
        also += [controller, controller.rpartition("-")[0]]  # a ReplicaSet is its Deployment's name and a hash
    if isinstance(scaler, dict):
        also.append(str(scaler.get("deployment") or ""))
    return tuple(dict.fromkeys(name for name in (plan.target.name, *also) if name))


def taken_from(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Namespace and controller of each pod that a change of a whole node ends; nothing for any other change."""
    drained = plan.expects.get("drained")
    pods = drained.get("pods") if isinstance(drained, dict) else None
    return tuple((str(pod["namespace"]), str(pod["controller"])) for pod in pods or ())


def services_of(catalogue: Catalogue, plan: Plan) -> tuple[Service, ...]:
    places = [(plan.target.namespace, name) for name in names_of(plan)]
    for namespace, controller in taken_from(plan):
        places += [(namespace, controller), (namespace, controller.rpartition("-")[0])]
    found = (catalogue.of(namespace, name) for namespace, name in places if name)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def weighed(
    plan: Plan, around: Circumstances, catalogue: Catalogue, *, idempotent: bool, promises: Promises | None = None
) -> Facts | Forbidden:
    """Every fact of this change, or the first that is missing."""
    if (missing := _missing(plan)) is not None:
        return Forbidden("missing_fact", f"{missing}, so it is not done")
    blast = plan.blast
    taking = blast if isinstance(blast, BlastRadius) else None
    services = services_of(catalogue, plan)  # of several, the most important speaks for all
    service = min(services, key=lambda one: one.tier or LEAST, default=None)
    reversible, kept = isinstance(plan.inverse, Inverse), promises or Promises()
    return Facts(
        tool=plan.tool,
        tier=tier_of(plan, idempotent=idempotent),
        kind=plan.target.kind,
        namespace=plan.target.namespace,
        name=plan.target.name,
        service=service.name if service else None,
        service_tier=service.tier if service else None,
        severity=around.severity,
        firing=around.firing,
        requested=around.requested,
        undoes=around.undoes,
        confidence_percent=around.confidence_percent,
        evidence_age_seconds=around.evidence_age_seconds,
        pods=0 if isinstance(blast, Arranges) else blast.pods,
        ready=taking.ready if taking else 0,
        unavailable=taking.unavailable_at_most if taking else 0,
        share_percent=_share(taking) if taking else 0,
        starts=blast.pods if isinstance(blast, Starts) else 0,
        replicas=_replicas(plan) if taking else None,
        budget_room=taking.budget_room if taking else None,
        reversible=reversible,
        idempotent=idempotent,
        hour=around.now.hour,
        weekday=around.now.isoweekday(),
        frozen=around.workspace.frozen(around.now) is not None,
        actions_in_incident=around.actions_in_incident,
        actions_on_target=around.workspace.started_since(plan.target.id, around.now - HOUR),
        incident_types=around.types,
        slo_declared=kept.declared,
        customer_impact_percent=kept.impact_percent,
        slo_budget_left_percent=kept.budget_left_percent,
    )


def tier_of(plan: Plan, *, idempotent: bool) -> Tier:
    if not plan.target.namespace:
        return Tier.CRITICAL
    return Tier.ROUTINE if isinstance(plan.inverse, Inverse) and idempotent else Tier.CAREFUL


def _missing(plan: Plan) -> str | None:
    match plan.blast:
        case Starts(pods=pods):
            return "it could not be measured how many pods this starts" if pods < 1 else None
        case BlastRadius() as blast:
            if min(blast.pods, blast.ready, blast.unavailable_at_most) < 0 or blast.ready > blast.pods:
                return "the pod counts contradict each other"
            if plan.target.kind in COUNTED and _replicas(plan) is None:
                return "it could not be measured how many pods this touches"
    return None


def _share(blast: BlastRadius) -> int:
    """Of the ready pods, rounded up, so that a share just above a limit is above it; all of nothing is nothing."""
    return (
        -(-100 * blast.unavailable_at_most // blast.ready) if blast.ready else 100 * min(1, blast.unavailable_at_most)
    )


def _replicas(plan: Plan) -> int | None:
    """What the object that pods are taken from asks for: a workload says it, or the autoscaler of one."""
    workload, autoscaler = plan.expects.get("workload"), plan.expects.get("autoscaler")
    replicas = workload.get("ready_replicas") if isinstance(workload, dict) else None
    if isinstance(autoscaler, dict):
        replicas = autoscaler.get("replicas")
    return replicas if isinstance(replicas, int) else None
