"""A started execution whose worker is gone: nobody knows what happened, so somebody must look. Runs in `serve`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.due import Due
from bot.core.events import ExecutionUnknown, Fact
from bot.core.incident import Incident
from bot.core.ports import Ledgers
from bot.services.deciding import decide
from bot.services.ringing import Queues

BY = "process:serve"
DEAD_AFTER = timedelta(seconds=6)


def gave_up(ledgers: Ledgers, queues: Queues, incident: Incident, approval_id: str) -> bool:
    """Whether nobody works on it any more; its outcome is written down as unknown then."""
    approval = incident.approvals[approval_id]
    execution = incident.executions[approval.execution]
    job = Due("act", "execute", (incident.id, approval_id)).id
    if ledgers.now() - execution.started_at < DEAD_AFTER or queues.alive(job):
        return False

    def guard(current: Incident, _: datetime) -> Sequence[Fact]:
        held = current.approvals[approval_id]
        if held.state != approval.state:
            return ()
        return (ExecutionUnknown(approval=approval_id, execution=held.execution, why="worker_died"),)

    decide(ledgers, incident.id, guard, BY)
    return True
