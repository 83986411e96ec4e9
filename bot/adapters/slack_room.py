"""`ports.SlackRoom` over the real Slack client: posting, editing, finding what was posted, channels, people.

It decides nothing about what is said. Every post carries its mark as metadata (a file carries it in its name), so
that a post whose answer was lost is found again instead of being made twice.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from bot.adapters.slack_calls import A_CHANNEL, AN_EDIT, Answer, Pace, SlackCalls, quiet, reason
from bot.core.errors import Busy, Refused, Unreachable
from bot.core.ports import File, Posted

EVENT = "midwatch"
SKEW = timedelta(minutes=2)  # between Redis's clock and Slack's
PAGE = 200
MOST_PAGES = 50
MOST_INVITED = 100
MOST_TOPIC = 250
PLAIN = {"unfurl_links": False, "unfurl_media": False}
HARMLESS = frozenset({"already_in_channel", "cant_invite_self"})
SLACK = "slack.com"


class WebSlackRoom:
    def __init__(self, client: WebClient, pace: Pace) -> None:
        self._client = quiet(client)
        self._calls = SlackCalls(self._client, pace)
        self._us: Answer = {}
        self._names: dict[str, str] = {}

    # --- messages

    def post(self, channel: str, message: Mapping[str, Any], mark: str, thread: str | None = None) -> Posted:
        """Post once; joins a public channel the bot is not in yet."""
        self._calls.pace(f"channel:{channel}", A_CHANNEL)
        arguments = {
            **message,
            "channel": channel,
            "thread_ts": thread,
            "metadata": {"event_type": EVENT, "event_payload": {"id": mark}},
            **PLAIN,
        }
        try:
            answer = self._calls.call("chat.postMessage", **arguments)
        except Refused as refusal:
            if refusal.why != "not_in_channel":
                raise
            self.join(channel)
            answer = self._calls.call("chat.postMessage", **arguments)
        return Posted(str(answer["channel"]), str(answer["ts"]))

    def find(self, channel: str, mark: str, since: datetime, thread: str | None = None) -> Posted | None:
        us = self._ourselves()["user_id"]
        for found in self._messages(channel, since - SKEW, thread):
            if found.get("user") == us and _carries(found, mark):
                return Posted(channel, str(found["ts"]))
        return None

    def edit(self, at: Posted, message: Mapping[str, Any]) -> None:
        self._calls.pace(f"edit:{at.channel}:{at.ts}", AN_EDIT)
        self._calls.call("chat.update", channel=at.channel, ts=at.ts, **message, **PLAIN)

    def whisper(self, channel: str, user: str, message: Mapping[str, Any]) -> None:
        self._calls.call("chat.postEphemeral", channel=channel, user=user, **message, **PLAIN)

    def answer(self, url: str, message: Mapping[str, Any]) -> None:
        """Only to Slack's own host: a response URL came in from outside."""
        if not _is_slacks(url, self._client.base_url):
            raise Refused("this response URL is not Slack's", why="foreign_url")
        body = {**message, **PLAIN, "response_type": "ephemeral", "replace_original": False}
        try:
            answer = WebhookClient(url, timeout=self._client.timeout, retry_handlers=[]).send_dict(body)
        except OSError as error:
            raise Unreachable(f"Slack did not answer at the response URL: {type(error).__name__}") from error
        if answer.status_code == 429:
            raise Busy("Slack says this response URL is used too often", 1.0)
        if answer.status_code >= 500:
            raise Unreachable(f"Slack failed at the response URL: {answer.status_code}")
        if answer.status_code != 200:
            raise Refused(f"the response URL was refused: {answer.status_code}", why=reason(answer.body or "refused"))

    def pin(self, at: Posted) -> None:
        try:
            self._calls.call("pins.add", channel=at.channel, timestamp=at.ts)
        except Refused as refusal:
            if refusal.why != "already_pinned":
                raise

    def link(self, at: Posted) -> str:
        return str(self._calls.call("chat.getPermalink", channel=at.channel, message_ts=at.ts)["permalink"])

    def upload(self, channel: str, thread: str | None, file: File, mark: str) -> str:
        self._calls.pace(f"channel:{channel}", A_CHANNEL)
        answer = self._calls.guarded(
            "files.upload",
            lambda: self._client.files_upload_v2(
                filename=f"{_file_stem(mark)}.{file.ending}",
                content=file.content,
                title=file.title,
                alt_txt=file.alt,
                snippet_type=file.snippet,
                initial_comment=file.comment,
                channel=channel,
                thread_ts=thread,
            ),
        )
        files: list[Answer] = answer.get("files") or [{}]
        return str(files[0].get("id") or "")

    def find_file(self, channel: str, mark: str, since: datetime, thread: str | None = None) -> str | None:
        us = self._ourselves()["user_id"]
        for found in self._messages(channel, since - SKEW, thread):
            file = _file_of(found, mark)
            if found.get("user") == us and file is not None:
                return str(file.get("id") or "")
        return None

    # --- channels and people

    def create_channel(self, name: str) -> str:
        return str(self._calls.call("conversations.create", name=name)["channel"]["id"])

    def find_channel(self, name: str, since: datetime) -> str | None:
        us = self._ourselves()["user_id"]
        oldest = (since - SKEW).timestamp()
        for channel in self._channels():
            ours = channel.get("creator") == us and float(channel.get("created") or 0) >= oldest
            if ours and channel.get("name") == name:
                return str(channel["id"])
        return None

    def invite(self, channel: str, users: Sequence[str]) -> None:
        """Everybody who can be invited is; raises `Refused` with the first reason when somebody could not be."""
        wrong: list[str] = []
        for start in range(0, len(users), MOST_INVITED):
            some = ",".join(users[start : start + MOST_INVITED])
            try:
                answer = self._calls.call("conversations.invite", channel=channel, users=some, force=True)
                wrong += [str(error.get("error")) for error in answer.get("errors") or ()]
            except Refused as refusal:
                wrong.append(refusal.why)
        left = [why for why in wrong if why not in HARMLESS]
        if left:
            raise Refused(f"Slack could not invite everybody: {left[0]}", why=reason(left[0]))

    def set_topic(self, channel: str, topic: str) -> None:
        self._calls.call("conversations.setTopic", channel=channel, topic=topic[:MOST_TOPIC])

    def join(self, channel: str) -> None:
        self._calls.call("conversations.join", channel=channel)

    def members_of(self, group: str) -> tuple[str, ...]:
        return tuple(self._calls.call("usergroups.users.list", usergroup=group).get("users") or ())

    def name_of(self, user: str) -> str:
        if user not in self._names:
            try:
                found = self._calls.call("users.info", user=user)["user"]
                profile = found.get("profile") or {}
                self._names[user] = str(profile.get("display_name") or found.get("real_name") or found.get("name"))
            except (Refused, Busy, Unreachable):
                return user
        return self._names[user]

    # --- pages

    def _messages(self, channel: str, since: datetime, thread: str | None) -> Iterator[Answer]:
        arguments: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{since.timestamp():.6f}",
            "include_all_metadata": True,
            "limit": PAGE,
        }
        method = "conversations.history" if thread is None else "conversations.replies"
        if thread is not None:
            arguments["ts"] = thread
        for page in self._pages(method, arguments):
            yield from page.get("messages") or ()

    def _channels(self) -> Iterator[Answer]:
        wanted = {"types": "public_channel", "exclude_archived": True, "limit": 999}
        for page in self._pages("conversations.list", wanted):
            yield from page.get("channels") or ()

    def _pages(self, method: str, arguments: Mapping[str, Any]) -> Iterator[Answer]:
        cursor = ""
        for _ in range(MOST_PAGES):
            page = self._calls.call(method, **arguments, **({"cursor": cursor} if cursor else {}))
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _ourselves(self) -> Answer:
        if not self._us:
            self._us = self._calls.call("auth.test")
        return self._us


def _carries(message: Answer, mark: str) -> bool:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") == EVENT and (metadata.get("event_payload") or {}).get("id") == mark:
        return True
    return _file_of(message, mark) is not None


def _file_of(message: Answer, mark: str) -> Answer | None:
    stem = _file_stem(mark)
    return next((file for file in message.get("files") or () if str(file.get("name")).rpartition(".")[0] == stem), None)


def _file_stem(mark: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", mark)[:100]


def _is_slacks(url: str, base_url: str) -> bool:
    """The same host as the API's; of Slack itself, any host of its domain (hooks.slack.com), by TLS only."""
    here = urlsplit(base_url)
    try:
        there = urlsplit(url)
        port = there.port
    except ValueError:
        return False
    if there.scheme != here.scheme or there.username or there.password:
        return False
    if there.netloc == here.netloc:
        return True
    host, home = there.hostname or "", here.hostname or ""
    of_slack = home == SLACK or home.endswith("." + SLACK)
    return of_slack and here.scheme == "https" and host.endswith("." + SLACK) and port in (None, 443)
