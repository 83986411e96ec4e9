"""The state of one workspace and the questions asked of it: who is this, which channel, which message.

It keeps and finds. Who may do what is the method families' business; limits, faults and delivery live elsewhere.
"""

import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.playground.slack.clock import Clock
from bot.playground.slack.errors import SlackError
from bot.playground.slack.feed import Feed
from bot.playground.slack.model import Channel, ChannelKind, Message, SlackApp, StoredFile, User, Usergroup, View
from bot.playground.slack.response_urls import ResponseUrls
from bot.playground.slack.seed import ChannelSeed, Seed
from bot.playground.slack.settings import Settings, changed
from bot.playground.slack.triggers import Triggers


@dataclass
class Workspace:
    seed: Seed
    base_url: str
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.feed = Feed(self.clock)
        self.fill()

    def fill(self) -> None:
        """Become what the workspace file says, forgetting everything since."""
        team = self.seed.team
        self.team = team
        self.clock.restart()
        self.settings = Settings()
        self.change_settings(self.seed.settings)
        self.users = {seed.id: seed.user(team.id) for seed in self.seed.users}
        self.usergroups = {seed.id: seed.usergroup(team.id) for seed in self.seed.usergroups}
        self.apps = {seed.app_id: seed.app() for seed in self.seed.apps}
        self._add_bot_users()
        self.channels = {seed.id: self._channel(seed) for seed in self.seed.channels}
        self.ephemerals: list[Message] = []
        self.notifications: list[dict[str, Any]] = []
        self.violations: list[dict[str, Any]] = []
        self.views: dict[str, View] = {}
        self.homes: dict[tuple[str, str], View] = {}
        self.files: dict[str, StoredFile] = {}
        self.tickets: dict[str, str] = {}
        self.statuses: dict[tuple[str, str], dict[str, Any]] = {}
        self.triggers = Triggers()
        self.response_urls = ResponseUrls()
        self._numbers = itertools.count(1)

    def change_settings(self, changes: dict[str, object]) -> None:
        self.settings = changed(self.settings, changes)
        self.clock.offset_s = self.settings.clock_offset_s

    def _add_bot_users(self) -> None:
        for app in self.apps.values():
            known = self.users.get(app.bot_user_id)
            if known is None:
                name = app.app_id.lower()
                self.users[app.bot_user_id] = User(app.bot_user_id, self.team.id, name, name, is_bot=True)

    def _channel(self, seed: ChannelSeed) -> Channel:
        kind: ChannelKind = "private" if seed.is_private else "public"
        creator = seed.members[0] if seed.members else "USLACKBOT"
        channel = Channel(seed.id, seed.name, kind, creator, int(self.clock.now()), list(seed.members))
        channel.is_ext_shared = seed.is_ext_shared
        channel.is_archived = seed.is_archived
        channel.is_general = seed.is_general
        channel.topic["value"] = seed.topic
        return channel

    def new_id(self, prefix: str) -> str:
        return f"{prefix}0{next(self._numbers):09X}"

    def new_secret(self) -> str:
        return secrets.token_hex(16)

    # -- finding -----------------------------------------------------------------------------------------------------

    def app_by_bot_token(self, token: str) -> SlackApp | None:
        return next((app for app in self.apps.values() if app.bot_token == token), None)

    def app_by_app_token(self, token: str) -> SlackApp | None:
        return next((app for app in self.apps.values() if app.app_token and app.app_token == token), None)

    def app_of_bot(self, user_id: str) -> SlackApp | None:
        return next((app for app in self.apps.values() if app.bot_user_id == user_id), None)

    def user(self, user_id: str) -> User:
        if user_id not in self.users:
            raise SlackError("user_not_found")
        return self.users[user_id]

    def usergroup(self, group_id: str) -> Usergroup:
        if group_id not in self.usergroups:
            raise SlackError("no_such_subteam")
        return self.usergroups[group_id]

    def find_channel(self, name_or_id: str) -> Channel | None:
        """By id, or by name with or without ``#`` as chat methods accept."""
        if name_or_id in self.channels:
            return self.channels[name_or_id]
        bare = name_or_id.removeprefix("#")
        return next((c for c in self.channels.values() if not c.is_direct and c.name == bare), None)

    def visible_channel(self, channel_id: str, app: SlackApp) -> Channel:
        """The channel by id as this bot may know of it: others' private channels do not exist."""
        channel = self.channels.get(channel_id)
        if channel is None or (channel.kind != "public" and app.bot_user_id not in channel.members):
            raise SlackError("channel_not_found")
        return channel

    def member_channel(self, channel_id: str, app: SlackApp, *, writing: bool = False) -> Channel:
        """The channel if the bot is in it; for writing it must also be open."""
        channel = self.visible_channel(channel_id, app)
        if app.bot_user_id not in channel.members:
            raise SlackError("not_in_channel")
        if writing and channel.is_archived:
            raise SlackError("is_archived")
        return channel

    def message(self, channel: Channel, ts: str, code: str = "message_not_found") -> Message:
        if ts not in channel.messages:
            raise SlackError(code)
        return channel.messages[ts]

    def direct_channel(self, members: list[str]) -> Channel | None:
        wanted = set(members)
        return next((c for c in self.channels.values() if c.is_direct and set(c.members) == wanted), None)

    def all_messages(self) -> Iterator[Message]:
        for channel in self.channels.values():
            yield from channel.messages.values()

    # -- noting ------------------------------------------------------------------------------------------------------

    def note_violation(self, rule: str, app_id: str | None, **detail: Any) -> None:
        """Something Slack lets pass today and punishes on a bad day; tests ask that there is none."""
        violation = {"rule": rule, "app_id": app_id, "at": self.clock.now(), **detail}
        self.violations.append(violation)
        self.feed.say("violation", **violation)
