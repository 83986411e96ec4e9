"""Whether a roll back would return to what an earlier one by Midwatch left: read from the ledgers. Only reads.

Kubernetes numbers revisions by age, not by worth: right after a roll back the "earlier" revision is the broken one.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.core.errors import Refused
from bot.core.events import IncidentListed
from bot.core.folding import fold
from bot.core.incident import Incident, Intent
from bot.core.ledger import WORKSPACE
from bot.core.ports import Ledgers, Payloads
from bot.core.tool import Inverse, Plan
from bot.core.undoing import took_effect
from bot.services.plans import read_plan

MOST_READ = 50
REVISION = "to_revision"


def beware(ledgers: Ledgers, payloads: Payloads, intent: Intent, named: bool, plan: Plan) -> Plan:
    """The plan, with a caution where somebody named the revision that was left; else raises `Refused` for it.

    ``named``: whether the intent's own arguments say which revision. Undoing a change goes back there on purpose.
    """
    wanted = plan.arguments.get(REVISION)
    if wanted is None or intent.undoes is not None:
        return plan
    left = next((one for one in _left(ledgers, payloads, plan) if one[0] == wanted), None)
    if left is None:
        return plan
    images = [change.after for change in plan.changes if change.what.startswith("image ")]
    what = f"Revision {wanted}{f' ({images[0][:120]})' if images else ''}"
    said = f"{what} is what Midwatch rolled back from at {left[1]:%H:%M} UTC in {left[2]}"
    if named and intent.asked:
        return plan.model_copy(update={"cautions": (f"{said}.", *plan.cautions)})
    raise Refused(f"{said}; name the revision that is meant: to revision <number>", why="left_before")


def _left(ledgers: Ledgers, payloads: Payloads, plan: Plan) -> Iterator[tuple[int, datetime, str]]:
    """Each revision of this target that a roll back left, with when and in which incident; the newest first."""
    names = [e.fact.incident for e in ledgers.read(WORKSPACE) if isinstance(e.fact, IncidentListed)]
    for name in reversed(names[-MOST_READ:]):
        incident = fold(name, ledgers.read(name))
        yield from _of(incident, payloads, plan)


def _of(incident: Incident, payloads: Payloads, plan: Plan) -> Iterator[tuple[int, datetime, str]]:
    for approval in reversed(tuple(incident.approvals.values())):
        if (approval.tool, approval.target) != (plan.tool, plan.target.id) or not took_effect(approval):
            continue
        execution = incident.executions.get(approval.execution)
        try:
            past = read_plan(payloads, incident.id, approval.plan)
        except Refused:
            continue
        undone = approval.undoes is not None
        if execution and not undone and past.target.uid == plan.target.uid and isinstance(past.inverse, Inverse):
            revision = past.inverse.arguments.get(REVISION)
            if isinstance(revision, int):
                yield revision, execution.ended_at or execution.started_at, incident.id
