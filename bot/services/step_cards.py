"""A later step's decision, drawn into the message of the step before it, and recorded as standing there.

Nothing is posted, so nothing can be posted twice: the edit may be repeated. Where that message cannot be edited any
more, this is recorded of it, and the step gets a message of its own.
"""

from collections.abc import Callable

from bot.core.chain import card_of
from bot.core.errors import Refused
from bot.core.ports import Posted, SlackRoom
from bot.core.saying import Does, Task
from bot.services.step_log import StepLog
from bot.views.blocks import Message


def join(
    steps: StepLog, room: SlackRoom, task: Task, message: Message, refused: Callable[[Task, Refused], None]
) -> None:
    incident = steps.incident
    card = f"approval:{card_of(incident, incident.approvals[task.subject]).id}"
    there = Posted(str(incident.steps[card].channel), str(incident.steps[card].ts))
    try:
        with steps.unless_busy(task.step):
            room.edit(there, message)
    except Refused as refusal:
        refused(Task(card, Does.EDIT_APPROVAL), refusal)
        return
    steps.write(task.step, "done", at=there, upto=task.upto)
