"""Whether somebody else changed what a request is about while it waited for a decision. Pure.

Asked once the alerts are over and nobody has decided: a hand-made fix ends the request, and its card says what was
done and with what. Kubernetes keeps the name of the program that wrote (`kubectl-rollout`, `helm`, `argocd`), not of
the person; what cannot be told is not guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bot.core.approval import Approval, State
from bot.core.events import Outcome
from bot.core.incident import Incident
from bot.core.tool import Observation, Plan
from bot.core.verifying import about

WITHIN = timedelta(seconds=20)  # after the last alert's end: so long the end of the incident waits for the look
CONTROLLERS = ("kube-controller-manager", "kube-scheduler", "kubelet")
Changed = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class SeenAgain:
    changed: Changed
    says: str


def looks_due(incident: Incident) -> Iterator[Approval]:
    """Requests that wait although the alerts are over, and whose target nobody has looked at since."""
    if incident.resolved_at is None and incident.alerts and not incident.firing:
        yield from (a for a in incident.approvals.values() if a.state is State.PROPOSED and a.looked is None)


def looked_until(incident: Incident) -> datetime:
    """How long the incident stays open for such a look; it is not kept open by a worker that is not there."""
    ends = [alert.ends_at for alert in incident.alerts.values() if alert.ends_at is not None]
    if not ends or not any(True for _ in looks_due(incident)):
        return datetime.min.replace(tzinfo=UTC)
    return max(ends) + WITHIN


def why_closed(approval: Approval, otherwise: str) -> str:
    """The reason with which the end of its incident closes it."""
    return "mended_by_hand" if approval.looked == "yes" else otherwise


def seen_again(incident: Incident, approval: Approval, plan: Plan, seen: Observation) -> SeenAgain:
    """What one look at the target says, beside what the plan was drawn up on."""
    what = about(plan.expects)
    if what is None or seen.outcome not in (Outcome.OK, Outcome.NO_DATA) or what.subject.key not in seen.facts:
        return SeenAgain("unknown", f"It could not be read whether somebody changed {plan.target.name} meanwhile.")
    found = seen.facts[what.subject.key]
    if found is None:
        return SeenAgain("yes", f"{plan.target.name} is not there any more; Midwatch did not delete it.")
    if not isinstance(found, dict) or not isinstance(found.get("generation"), int):
        return SeenAgain("unknown", f"It cannot be told whether somebody changed {plan.target.name} meanwhile.")
    if _ours(incident, approval):
        return SeenAgain("unknown", f"Midwatch itself changed {plan.target.name} since this was proposed.")
    if found.get("uid") != plan.target.uid:
        return SeenAgain("yes", f"{plan.target.name} was deleted and made again; Midwatch did neither.")
    if found["generation"] == plan.target.generation:
        return SeenAgain("no", f"Nobody changed {plan.target.name} meanwhile.")
    return _changed(plan, found)


def _ours(incident: Incident, approval: Approval) -> bool:
    runs = (x for x in incident.executions.values() if incident.approvals[x.approval].target == approval.target)
    return any((x.ended_at or x.started_at) >= approval.proposed_at for x in runs)


def _changed(plan: Plan, found: dict[str, Any]) -> SeenAgain:
    by = found.get("changed_by")
    told = by if isinstance(by, dict) else {}
    manager = str(told.get("manager") or "")
    if manager.startswith(CONTROLLERS):
        return SeenAgain("no", f"{plan.target.name} was changed by {manager}, a controller of the cluster's own.")
    with_what = f" with {manager}" if manager else "; Kubernetes does not say with what"
    at = f" at {told['at'][:16].replace('T', ' ')} UTC" if told.get("at") else ""
    cause = f" (“{told['cause']}”)" if told.get("cause") else ""
    return SeenAgain("yes", f"{plan.target.name} was changed{at}{with_what}{cause}, not by Midwatch.{_now(found)}")


def _now(found: dict[str, Any]) -> str:
    """How it stands, where that can be said in a few words."""
    images = found.get("images")
    named = ", ".join(str(image) for image in list(images.values())[:3]) if isinstance(images, dict) else ""
    ready, desired = found.get("ready"), found.get("desired")
    pods = f"{ready} of {desired} pods ready" if isinstance(ready, int) and isinstance(desired, int) else ""
    told = "; ".join(one for one in (f"it runs {named}" if named else "", pods) if one)
    return f" Now {told}." if told else ""
