"""Files in the thread: the dry run's diff as a snippet, the evidence as a picture. Each once, found again by its mark.

What is uploaded was stored before; nothing is drawn or asked here. A file that Slack refuses is recorded as refused
and holds up nothing else.
"""

from bot.core.chart import ChartKept
from bot.core.errors import Refused
from bot.core.narration import Task
from bot.core.ports import File, SlackRoom
from bot.core.tool import Plan
from bot.services.speaking import Place
from bot.services.step_log import StepLog
from bot.views import files

MOVED = frozenset({"channel_not_found", "is_archived", "not_in_channel"})


class Uploading:
    def __init__(self, log: StepLog, room: SlackRoom) -> None:
        self._log = log
        self._room = room

    def upload(self, task: Task, place: Place, file: File | None) -> None:
        """Upload it, unless an interrupted run did; skipped where there is nothing to upload (any more)."""
        if file is None:
            self._log.write(task.step, "skipped", why="nothing_to_upload")
            return
        found = self._found(task.step, place)
        if found is None:
            if not self._log.begin(task.step, channel=place.channel):
                return
            with self._log.unless_busy(task.step):
                found = self._room.upload(place.channel, place.thread, file, self._log.mark(task.step))
        self._log.write(task.step, "done", channel=place.channel, name=found or None)

    def _found(self, step: str, place: Place) -> str | None:
        """The file an interrupted run left. Where it meant to leave it may be gone by now."""
        earlier = self._log.interrupted(step)
        if earlier is None:
            return None
        channel = earlier.channel or place.channel
        thread = place.thread if channel == place.channel else None
        try:
            return self._room.find_file(channel, self._log.mark(step), earlier.at, thread)
        except Refused as refusal:
            if refusal.why in MOVED and channel != place.channel:
                return None
            raise


def diff_file(plan: Plan | None) -> File | None:
    """The whole dry run, as it came."""
    if plan is None or not plan.diff.strip():
        return None
    return File(files.diff_title(plan), plan.diff, "diff", snippet="diff", comment=files.diff_line(plan))


def chart_file(kept: ChartKept | None) -> File | None:
    if kept is None:
        return None
    return File(files.chart_title(kept), kept.png, "png", alt=files.chart_alt(kept), comment=files.chart_line(kept))
