"""Checks Slack as `serve` and `talk` use it: who the token is, what it may, where home is, who decides."""

import json
import re
import sysconfig
from collections.abc import Iterator, Sequence
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.core.checkup import Checkup, proven, unproven, wrong

SECONDS = 8
MANIFEST = Path("manifests/slack/manifest.json")
SECRET = re.compile(r"[0-9a-f]{32}")
PAGES = "https://api.slack.com/apps"
FAILED = (SlackClientError, OSError, HTTPException)
SEEN = frozenset({"missing_scope", "channel_not_found"})  # conversations.info cannot see a private channel


@cache
def manifest() -> dict[str, Any]:
    """The app manifest: beside the checkout, or where an installed package keeps it."""
    places = (Path(__file__).resolve().parents[3], Path(sysconfig.get_path("data")) / "share" / "midwatch")
    found = next((place / MANIFEST for place in places if (place / MANIFEST).is_file()), places[0] / MANIFEST)
    read: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
    return read


def wanted_scopes() -> tuple[str, ...]:
    return tuple(manifest()["oauth_config"]["scopes"]["bot"])


class Slack:
    """One bot token, and what it is to be held against."""

    def __init__(self, token: str, base_url: str) -> None:
        self.token = token
        self.base_url = base_url
        self.client = WebClient(token=token, base_url=base_url, timeout=SECONDS, retry_handlers=[])
        self.team = ""

    def check(self, home: str) -> Iterator[Checkup]:
        """The token, its scopes, the home channel; stops where the token itself is not taken."""
        part = "slack token"
        if not self.token.startswith("xoxb-"):
            yield wrong(part, "SLACK_BOT_TOKEN is no bot token (xoxb-…)", f"OAuth & Permissions at {PAGES}")
            return
        try:
            me = self.client.auth_test()
        except SlackApiError as error:
            yield wrong(
                part,
                f"Slack does not take SLACK_BOT_TOKEN: {named(error)}",
                f"copy the Bot User OAuth Token from OAuth & Permissions at {PAGES}; reinstall if it was revoked",
            )
            return
        except FAILED as error:
            yield wrong(
                part, f"{self.base_url} does not answer: {error}", "mend SLACK_API_URL, the network or the proxy"
            )
            return
        self.team = str(me["team_id"])
        yield proven(part, f"{me.get('user')} ({me['user_id']}) in {me.get('team')} ({self.team})")
        yield _scopes(me.headers)
        yield self._home(home)

    def people(self, ids: Sequence[str], setting: str) -> Iterator[Checkup]:
        """Whether each person or group exists and is not deactivated."""
        if ids:
            missing = [words for user in ids if (words := self._missing(user))]
            if missing:
                yield wrong(setting, "; ".join(missing), f"put ids of today's people in {setting} (⋮ in a profile)")
            else:
                yield proven(setting, f"{len(ids)} known to Slack")

    def _missing(self, user: str) -> str:
        try:
            if user.startswith("S"):
                members = self.client.usergroups_users_list(usergroup=user).get("users") or []
                return "" if members else f"the group {user} is empty"
            found = self.client.users_info(user=user)["user"]
            return f"{user} is deactivated" if found.get("deleted") else ""
        except SlackApiError as error:
            return f"{user}: {named(error)}"
        except FAILED as error:
            return f"{user}: Slack did not answer: {error}"

    def _home(self, home: str) -> Checkup:
        part = "slack home channel"
        invite = "in the channel type /invite and the bot's name"
        try:
            channel = self.client.conversations_info(channel=home)["channel"]
        except SlackApiError as error:
            if error.response.get("error") not in SEEN:
                return wrong(part, f"{home}: {named(error)}", "set MIDWATCH_HOME_CHANNEL to an id that exists (C…)")
            return self._private_home(home, invite)
        except FAILED as error:
            return unproven(part, f"Slack did not answer: {error}", "try again")
        name = f"#{channel.get('name')} ({home})"
        if channel.get("is_archived"):
            return wrong(part, f"{name} is archived", "unarchive it, or name another channel")
        if not channel.get("is_member"):
            return wrong(part, f"the bot is not in {name}", invite)
        return proven(part, f"the bot is in {name}")

    def _private_home(self, home: str, invite: str) -> Checkup:
        part = "slack home channel"
        try:
            self.client.conversations_history(channel=home, limit=1)
        except SlackApiError as error:
            says = f"{home} cannot be read: {named(error)}"
            return wrong(part, says, f"set MIDWATCH_HOME_CHANNEL to the channel's id, and {invite}")
        except FAILED as error:
            return unproven(part, f"Slack did not answer: {error}", "try again")
        return proven(part, f"the bot can read {home} (a private channel)")

    def socket(self, token: str) -> Checkup:
        """Whether the app-level token may open a Socket Mode connection; none is opened."""
        part = "slack socket"
        mend = f"Basic Information, App-Level Tokens at {PAGES}: one with connections:write; Socket Mode must be on"
        if not token.startswith("xapp-"):
            return wrong(part, "SLACK_APP_TOKEN is no app-level token (xapp-…)", mend)
        opener = WebClient(base_url=self.base_url, timeout=SECONDS, retry_handlers=[])
        try:
            opener.apps_connections_open(app_token=token)
        except SlackApiError as error:
            return wrong(part, f"Slack gives SLACK_APP_TOKEN no connection: {named(error)}", mend)
        except FAILED as error:
            return wrong(part, f"{self.base_url} does not answer: {error}", "mend SLACK_API_URL or the network")
        return proven(part, "SLACK_APP_TOKEN may open a Socket Mode connection")


def _scopes(headers: Any) -> Checkup:
    part, needed = "slack scopes", set(wanted_scopes())
    header = next((value for name, value in dict(headers).items() if name.lower() == "x-oauth-scopes"), None)
    if header is None:
        return unproven(part, "Slack did not say which scopes are granted", f"compare with {MANIFEST}")
    text = header[0] if isinstance(header, list) else str(header)
    granted = {scope.strip() for scope in text.split(",") if scope.strip()}
    if missing := sorted(needed - granted):
        mend = f"add them under OAuth & Permissions at {PAGES} (or paste {MANIFEST}) and reinstall the app"
        return wrong(part, f"missing: {', '.join(missing)}", mend)
    more = sorted(granted - needed)
    return proven(part, f"all {len(needed)} granted" + (f"; not needed: {', '.join(more)}" if more else ""))


def signing_secret(secret: str) -> Checkup:
    """Its shape; only a request that Slack signed proves more."""
    part = "slack signing secret"
    if not SECRET.fullmatch(secret):
        mend = f"copy Signing Secret from Basic Information at {PAGES}"
        return wrong(part, "SLACK_SIGNING_SECRET is not 32 hex digits", mend)
    return unproven(part, "has the right shape; only a request signed by Slack proves it", PROBE)


PROBE = "`midwatch doctor --probe` posts a button: pressing it proves the whole way"


def commands() -> Checkup:
    names = ", ".join(command["command"] for command in manifest()["features"]["slash_commands"])
    events = ", ".join(manifest()["settings"].get("event_subscriptions", {}).get("bot_events", ()))
    told = f"{names} and the events {events} are" if events else f"{names} is"
    says = f"Slack does not say whether {told} set up"
    return unproven("slack commands", says, f"type {names} help, and mention the bot. {PROBE}")


def named(error: SlackApiError) -> str:
    """Slack's name of an error, with the scope it asks for."""
    needed = error.response.get("needed")
    return f"{error.response.get('error')}" + (f" (needed: {needed})" if needed else "")
