"""An incident's own channel: made once under a free name, people invited, the card pinned, the topic set."""

from typing import Protocol

from bot.core.canonical import sha256_hex
from bot.core.channel_name import following, names
from bot.core.errors import Refused
from bot.core.narration import CHANNEL, Does, Task, own_channel, root
from bot.core.ports import Posted, SlackRoom
from bot.services.step_log import StepLog
from bot.views import notices
from bot.views.house import House
from bot.views.story import Story


class Claims(Protocol):
    def claim(self, channel: str, incident: str) -> bool:
        """Note that a channel is this incident's; False when it is another's."""


class Furnishing:
    def __init__(self, log: StepLog, room: SlackRoom, claims: Claims, house: House) -> None:
        self._log = log
        self._room = room
        self._claims = claims
        self._house = house

    def create(self, story: Story) -> None:
        """Make the channel; one that an interrupted run made is taken, one that is another incident's never."""
        candidates = self._candidates(story)
        if not self._log.begin(CHANNEL, name=candidates[0]):
            return
        begun = self._log.interrupted(CHANNEL)
        name = self._name(candidates)
        found = self._room.find_channel(name, begun.at) if begun is not None else None
        if found is not None:
            if self._claims.claim(found, self._log.ledger):
                self._log.write(CHANNEL, "done", channel=found, name=name)
                return
            name = self._after(candidates, name)
        self._make(candidates, name)

    def _make(self, candidates: tuple[str, ...], name: str) -> None:
        while True:
            try:
                with self._log.unless_busy(CHANNEL):
                    channel = self._room.create_channel(name)
            except Refused as refusal:
                if refusal.why != "name_taken":
                    raise
                name = self._after(candidates, name)
                continue
            self._claims.claim(channel, self._log.ledger)
            self._log.write(CHANNEL, "done", channel=channel, name=name)
            return

    def _candidates(self, story: Story) -> tuple[str, ...]:
        incident = story.incident
        alerts = [told.alert.name for told in story.alerts[:1]]
        words = [incident.service or incident.namespace or "", *(alerts or [story.title])]
        assert incident.opened_at is not None
        return names(incident.id, incident.opened_at, words)

    def _name(self, candidates: tuple[str, ...]) -> str:
        begun = self._log.incident.steps.get(CHANNEL)
        return begun.label if begun is not None and begun.label else candidates[0]

    def _after(self, candidates: tuple[str, ...], taken: str) -> str:
        """The next name, written ahead like the first."""
        name = following(candidates, taken)
        if name is None:
            raise Refused("every name for the incident's channel is taken", why="name_taken")
        self._log.write(CHANNEL, "begun", name=name)
        return name

    def furnish(self, task: Task, story: Story) -> None:
        """Invite, pin or set the topic: each may be repeated without harm, so nothing is written ahead."""
        own, top = own_channel(self._log.incident), root(self._log.incident)
        assert own is not None
        assert own.channel is not None
        match task.does:
            case Does.INVITE:
                self._invite(task, own.channel, self._house.oncall)
                return
            case Does.INVITE_DECIDERS:
                self._invite(task, own.channel, self._house.approvers)
                return
            case Does.INVITE_COMMANDER:
                self._invite(task, own.channel, (task.subject,))
                return
            case Does.PIN if top is not None:
                self._room.pin(Posted(str(top.channel), str(top.ts)))
            case Does.SET_TOPIC:
                self._set_topic(task, own.channel, notices.topic(story))
                return
        self._log.write(task.step, "done", upto=task.upto)

    def _set_topic(self, task: Task, channel: str, words: str) -> None:
        """Everybody in the channel is told of each topic, so one that reads the same is not set again."""
        before, mark = self._log.incident.steps.get(task.step), sha256_hex(words.encode())[:16]
        if before is None or before.label != mark:
            self._room.set_topic(channel, words)
        self._log.write(task.step, "done", name=mark, upto=task.upto)

    def _invite(self, task: Task, channel: str, people: tuple[str, ...]) -> None:
        users: list[str] = []
        for who in people:
            users += self._room.members_of(who) if who.startswith("S") else (who,)
        if not users:
            self._log.write(task.step, "skipped", why="nobody_named")
            return
        self._room.invite(channel, list(dict.fromkeys(users)))
        self._log.write(task.step, "done")
