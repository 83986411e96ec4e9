"""The narrator: brings an incident's messages in Slack up to its ledger, one task after the other. Runs in `talk`.

Every post is written ahead (`ChannelStep` begun) and looked for by its mark after a crash, so that it is never made
twice; edits and invitations may be repeated and are not. What Slack refuses is recorded with its reason, is shown on
the card, and blocks nothing else. When Slack is busy, or others wait, the job ends and the reconciler rings again.
"""

import logging
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from bot.core.errors import Busy, NotFound, Refused, Unreachable
from bot.core.incident import Click, Step
from bot.core.lanes import Lane, lane_of
from bot.core.narration import CARD, CHANNEL, HOME, Does, Task, due_at, next_steps, own_channel, root
from bot.core.ports import File, Ledgers, Payloads, Posted, SlackRoom
from bot.core.showing import MOST_TRIES, PICTURE, chart_to_show, tried
from bot.services.furnishing import Furnishing
from bot.services.speaking import Place, drawn, links, people_of, place_of
from bot.services.step_cards import join
from bot.services.step_log import StepLog
from bot.services.telling import Telling
from bot.services.uploading import Uploading, chart_file, diff_file
from bot.views import refusals
from bot.views.blocks import Message, has_picture
from bot.views.comparison import differs
from bot.views.house import House
from bot.views.story import Story

log = logging.getLogger("midwatch.narrator")
MOST_TASKS = 600
PATIENCE = 3.5  # seconds: what is due later than that is the next job's
SHARE = 1.0  # after so long the job gives way to others in the queue
HURRIED = 0.3  # the same for an incident that has its card at home, while a crowd waits for theirs
CROWD = 5
SPEND = 60.0
NAP = 0.3
OLDER = -1
FURNISHING = frozenset({Does.INVITE, Does.INVITE_DECIDERS, Does.INVITE_COMMANDER, Does.PIN, Does.SET_TOPIC})
EDITS = frozenset({Does.EDIT_APPROVAL, Does.EDIT_CARD, Does.EDIT_HOME})
OUT_OF_LINE = EDITS | {Does.CREATE_CHANNEL, Does.JOIN_APPROVAL, Does.ANSWER_CLICK, Does.SHOW_CHART, *FURNISHING}
PICTURE_REFUSED = frozenset({"invalid_blocks", "invalid_slack_file", "slack_file_not_found", "file_not_found"})
GONE = frozenset({"channel_not_found", "is_archived", "not_in_channel"})


class Turns(Protocol):
    """One narrator an incident at a time, and a channel belonging to one incident."""

    def turn(self, incident: str, who: str) -> AbstractContextManager[bool]:
        """Hold the turn; False while another process has it."""

    def still(self, incident: str, who: str) -> bool:
        """Whether it still is this one's: asked before every task."""

    def claim(self, channel: str, incident: str) -> bool: ...
    def others_wait(self, most: int = 0) -> bool:
        """Whether more than ``most`` other jobs wait for this process."""


class Moments(Protocol):
    """Time and chance of one process."""

    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...
    def new_name(self) -> str:
        """A name no other run has."""


class Narrating:
    def __init__(
        self, ledgers: Ledgers, payloads: Payloads, room: SlackRoom, turns: Turns, house: House, moments: Moments
    ) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._room = room
        self._turns = turns
        self._house = house
        self._moments = moments

    def run(self, incident_id: str) -> None:
        """Say what is due; returns early when Slack is busy. Raises `Unreachable` when Slack or Redis is gone."""
        who = self._moments.new_name()
        with self._turns.turn(incident_id, who) as mine:
            if mine:
                self._all(incident_id, who)

    def _all(self, incident_id: str, who: str) -> None:
        steps = StepLog(self._ledgers, incident_id)
        speaker = Speaker(steps, self._payloads, self._room, self._turns, self._house)
        began, first = self._moments.monotonic(), None
        for _ in range(MOST_TASKS):
            incident, now = steps.catch_up(), self._ledgers.now()
            lane = lane_of(incident, now)
            first = first or lane
            soonest = due_at(incident, now)
            if soonest is None or not self._turns.still(incident_id, who):
                return
            due = next_steps(incident, now)
            wait = speaker.first_possible(due) if due else (soonest - now).total_seconds()
            spent = self._moments.monotonic() - began
            if wait > PATIENCE or spent + wait > SPEND or self._gives_way(first, lane, wait, spent):
                return
            if wait > 0:
                self._moments.sleep(min(wait, NAP))  # short, so that a click in the meantime is answered at once

    def _gives_way(self, first: Lane, lane: Lane, wait: float, spent: float) -> bool:
        """Whether others in the queue come first by now: soon where it waits for a channel, or a crowd for its card."""
        if first is Lane.HOME and lane is not Lane.HOME and spent > HURRIED:
            return self._turns.others_wait(CROWD) or (spent > SHARE and self._turns.others_wait())
        return (spent > SHARE or (wait > NAP and lane is Lane.ROOM)) and self._turns.others_wait()


class Speaker:
    """Carries out tasks of one run over one incident."""

    def __init__(self, steps: StepLog, payloads: Payloads, room: SlackRoom, turns: Turns, house: House) -> None:
        self._steps = steps
        self._payloads = payloads
        self._room = room
        self._house = house
        self._telling = Telling(payloads, steps.ledger)
        self._furnishing = Furnishing(steps, room, turns, house)
        self._uploading = Uploading(steps, room)
        self._base: str | None = None

    def first_possible(self, due: tuple[Task, ...]) -> float:
        """Carry out the first task that pacing does not hold up: 0, or the shortest wait when it holds up all."""
        waits: dict[str, float] = {}
        for task in due:
            lane = task.step if task.does in OUT_OF_LINE else self._place(task).channel
            if lane in waits:
                continue
            try:
                self._carry_out(task)
                return 0.0
            except Busy as busy:
                waits[lane] = busy.retry_after
        return min(waits.values())

    def _carry_out(self, task: Task) -> None:
        try:
            self._do(task)
        except Refused as refusal:
            self._refused(task, refusal)

    def _do(self, task: Task) -> None:
        match task.does:
            case Does.ANSWER_CLICK:
                self._answer(task)
            case Does.CREATE_CHANNEL:
                self._furnishing.create(self._story())
            case does if does in FURNISHING:
                self._furnishing.furnish(task, self._story())
            case Does.EDIT_APPROVAL | Does.EDIT_CARD | Does.EDIT_HOME:
                self._edit(task)
            case Does.JOIN_APPROVAL:
                join(self._steps, self._room, task, self._draw(task), self._refused)
            case Does.POST_EVIDENCE | Does.UPLOAD_CHART if root(self._steps.incident) is None:
                self._steps.write(task.step, "skipped", why="no_thread")
            case Does.POST_COMPARISON if not differs(self._story(), task.subject):
                self._steps.write(task.step, "skipped", why="same_diff")
            case Does.SHOW_CHART:
                self._show(task)
            case Does.UPLOAD_DIFF | Does.UPLOAD_CHART:
                self._uploading.upload(task, self._place(task), self._file(task))
            case _:
                self._post(task)

    def _refused(self, task: Task, refusal: Refused) -> None:
        """Record what Slack refused. A channel that cannot be used any more sends everything home instead."""
        log.warning("%s of %s: %s", task.step, self._steps.ledger, refusal)
        own = own_channel(self._steps.incident)
        lost = refusal.why in GONE and own is not None and self._was_in(task, own)
        self._steps.write(CHANNEL if lost else task.step, "failed", why=refusal.why)

    def _was_in(self, task: Task, own: Step) -> bool:
        if task.does in EDITS:
            return self._steps.incident.steps[task.step].channel == own.channel
        return task.step != HOME and task.does is not Does.ANSWER_CLICK

    # --- saying

    def _post(self, task: Task) -> None:
        place = self._place(task)
        posted, upto = self._found_again(task.step, place), task.upto
        if posted is not None and upto is not None:
            upto = OLDER  # it may show less than there is by now: draw it again
        if posted is None:
            message = self._draw(task)
            if not self._steps.begin(task.step, channel=place.channel):
                return
            with self._steps.unless_busy(task.step):
                posted = self._room.post(place.channel, message, self._steps.mark(task.step), place.thread)
        self._steps.write(task.step, "done", at=posted, upto=upto)

    def _found_again(self, step: str, place: Place) -> Posted | None:
        """What an interrupted run posted, if it did. Where it meant to post may be gone by now."""
        earlier = self._steps.interrupted(step)
        if earlier is None:
            return None
        channel = earlier.channel or place.channel
        thread = place.thread if channel == place.channel else None
        try:
            return self._room.find(channel, self._steps.mark(step), earlier.at, thread)
        except Refused as refusal:
            if refusal.why in GONE and channel != place.channel:
                return None
            raise

    def _edit(self, task: Task) -> None:
        step = self._steps.incident.steps[task.step]
        message = self._draw(task)
        try:
            with self._steps.unless_busy(task.step):
                self._room.edit(Posted(str(step.channel), str(step.ts)), message)
        except Refused as refusal:
            if refusal.why not in PICTURE_REFUSED or not has_picture(message):
                raise
            self._steps.write(PICTURE, "failed", upto=MOST_TRIES, why=refusal.why)  # it went; drawn again without it
            return
        self._steps.write(task.step, "done", upto=task.upto)

    def _show(self, task: Task) -> None:
        """Put an uploaded picture on the card. Slack may not have looked at the file yet: then again, some times."""
        top, pending = root(self._steps.incident), chart_to_show(self._steps.incident)
        assert top is not None
        assert pending is not None
        file = pending[0].file
        picture = self._telling.picture(pending[0])
        if picture is None:
            self._steps.write(task.step, "skipped", name=file, why="nothing_to_upload")
            return
        story = replace(self._story(), picture=picture)
        message = drawn(story, Task(top.name, Does.EDIT_CARD if top.name == CARD else Does.EDIT_HOME), ())
        try:
            with self._steps.unless_busy(task.step):
                self._room.edit(Posted(str(top.channel), str(top.ts)), message)
        except Refused as refusal:
            if refusal.why not in PICTURE_REFUSED:
                raise
            tries = tried(self._steps.incident.steps.get(PICTURE)) + 1
            self._steps.write(task.step, "failed", name=file, upto=tries, why=refusal.why)
            return
        self._steps.write(task.step, "done", name=file, upto=0)
        self._steps.write(top.name, "done", upto=task.upto)

    def _answer(self, task: Task) -> None:
        """Tell one person why their press did nothing: through its response URL, else as an ephemeral message."""
        click = self._steps.incident.clicks[task.subject]
        approval = self._steps.incident.approvals.get(click.approval)
        message = refusals.click(click.why or "refused", approval, self._house, self._steps.incident)
        if not self._answered(click, message):
            self._room.whisper(click.channel, click.user, message)
        self._steps.write(task.step, "done")

    def _answered(self, click: Click, message: Message) -> bool:
        if click.answer is None:
            return False
        try:
            self._room.answer(str(self._payloads.get(self._steps.ledger, click.answer)), message)
        except (Refused, NotFound) as error:
            log.info("a click's response URL cannot be used: %s", error)
            return False
        return True

    # --- what is said, and where

    def _place(self, task: Task) -> Place:
        return place_of(self._steps.incident, task, self._house.home)

    def _file(self, task: Task) -> File | None:
        story = self._story()
        if task.does is Does.UPLOAD_CHART:
            return chart_file(self._telling.chart(self._steps.incident.rounds[int(task.subject)].chart))
        return diff_file(story.plans.get(task.subject))

    def _draw(self, task: Task) -> Message:
        return drawn(self._story(task), task, self._steps.events)

    def _story(self, task: Task | None = None) -> Story:
        incident = self._steps.incident
        decides = task is not None and task.does is Does.POST_DECISION
        users = people_of(incident, incident.clicks[task.subject] if task is not None and decides else None)
        names = {user: self._room.name_of(user) for user in sorted(users)}
        return self._telling.story(incident, self._steps.events, self._house, self._links(), names)

    def _links(self) -> dict[str, str]:
        """Addresses in this workspace; none while there is nothing to ask Slack about, or it does not say."""
        top = root(self._steps.incident)
        if self._base is None and top is not None:
            try:
                self._base = self._room.link(Posted(str(top.channel), str(top.ts))).partition("/archives/")[0]
            except (Refused, Busy, Unreachable) as error:
                log.info("no links this time: %s", error)
        return dict(links(self._steps.incident, self._base)) if self._base else {}
