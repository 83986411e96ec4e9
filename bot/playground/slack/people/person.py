"""What a person does: commands, clicks, messages, reactions; each goes to the app as Slack would send it.

The result says what the person saw: the app's answer, or Slack's own words when the app did not answer.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from bot.playground.slack.answers import show_answer
from bot.playground.slack.delivery import payloads
from bot.playground.slack.delivery.courier import Courier
from bot.playground.slack.delivery.values import Receipt
from bot.playground.slack.drafts import Draft
from bot.playground.slack.errors import PersonError, SlackError
from bot.playground.slack.methods.membership import enter
from bot.playground.slack.methods.pins import react
from bot.playground.slack.model import Channel, Message, SlackApp, User
from bot.playground.slack.people import acts
from bot.playground.slack.people.elements import action_of, find_element, state_of
from bot.playground.slack.people.typing_in import as_typed
from bot.playground.slack.posting import Author, delete, edit, place_in, post, tell
from bot.playground.slack.response_urls import ResponseUrl
from bot.playground.slack.workspace import Workspace

Result = dict[str, Any]


@dataclass
class Person:
    workspace: Workspace
    courier: Courier

    async def command(self, act: acts.Command) -> Result:
        user, channel = self.in_channel(act.user, act.channel)
        name, _, text = act.text.strip().partition(" ")
        app = next((app for app in self.workspace.apps.values() if name in app.commands), None)
        if app is None:
            raise PersonError("not_a_command", shown=f"{name} is not a valid command.")
        if act.thread_ts:
            raise PersonError("not_in_threads", shown=f"{name} is not supported in threads. Sorry!")
        where = ResponseUrl(app.app_id, user.id, channel.id, self.workspace.clock.now())
        typed = as_typed(self.workspace, text.strip(), with_names=True)
        body = payloads.command(self.sender(app, user), channel, name, typed, self.response_url(where))
        receipt = await self.courier.ask(app, "slash_commands", name, body)
        result = told(receipt) | {"response_url": body["response_url"]}
        if not receipt.acked:
            return result | self._say_failure(channel, user, name, receipt)
        return result | self._show(app, where, receipt.answer)

    def _say_failure(self, channel: Channel, user: User, name: str, receipt: Receipt) -> Result:
        reason = "operation_timeout" if receipt.outcome == "timeout" else "dispatch_failed"
        shown = f'{name} failed with the error "{reason}"'
        tell(self.workspace, channel, user.id, shown)
        return {"ok": False, "error": reason, "shown": shown}

    def _show(self, app: SlackApp, where: ResponseUrl, answer: Any) -> Result:
        given = {"text": answer} if isinstance(answer, str) else answer
        if not given:
            return {"text": None}
        try:
            message = show_answer(self.workspace, app, where, given)
        except SlackError as error:
            self.workspace.note_violation("bad_acknowledgement", app.app_id, error=error.code, why=list(error.messages))
            return {"ok": False, "error": error.code, "text": None}
        return {"text": message.text if message else None, "message": message.as_wire() if message else None}

    async def click(self, act: acts.Click) -> Result:
        user, channel = self.in_channel(act.user, act.channel)
        message = self.seen_message(channel, act.message_ts, user)
        app = self.workspace.apps.get(message.app_id or "")
        if app is None:
            raise PersonError("not_from_an_app")
        shown = message.blocks if act.stale is None else act.stale
        block_id, element = find_element(shown, act.action_id, act.block_id)
        confirmed(element, yes=act.confirm)
        action = action_of(block_id, element, act.value, self.workspace.clock.stamp())
        where = ResponseUrl(app.app_id, user.id, channel.id, self.workspace.clock.now(), message.ts, message.thread_ts)
        await asyncio.sleep(act.delay_ms / 1000)
        url = self.response_url(where)
        press = payloads.Press(action, state_of(shown, {act.action_id: act.value}))
        body = payloads.message_action(self.sender(app, user), channel, message, press, url)
        receipt = await self.courier.ask(app, "interactive", act.action_id, body)
        return told(receipt) | {"response_url": url} | self.after_action(app, receipt)

    def after_action(self, app: SlackApp, receipt: Receipt) -> Result:
        if receipt.acked:
            if receipt.answer:
                self.workspace.note_violation("acknowledgement_body_ignored", app.app_id, answer=receipt.answer)
            return {}
        error = "operation_timeout" if receipt.outcome == "timeout" else "dispatch_failed"
        return {"ok": False, "error": error, "shown": "A warning sign beside the button"}

    def say(self, act: acts.Say) -> Result:
        user, channel = self.in_channel(act.user, act.channel)
        if channel.is_archived:
            raise PersonError("is_archived")
        place = place_in(self.workspace, channel, act.thread_ts or "")
        text = as_typed(self.workspace, act.text)
        message = post(self.workspace, Author(user.id), place, Draft(text, None))
        return {"ok": True, "ts": message.ts, "message": message.as_wire()}

    def edit(self, act: acts.EditOwn) -> Result:
        _, message = self._own(act.user, act.channel, act.ts)
        edit(self.workspace, message, Draft(as_typed(self.workspace, act.text), None), act.user)
        return {"ok": True, "message": message.as_wire()}

    def delete(self, act: acts.DeleteOwn) -> Result:
        channel, message = self._own(act.user, act.channel, act.ts)
        delete(self.workspace, channel, message)
        return {"ok": True}

    def _own(self, user_id: str, channel_id: str, ts: str) -> tuple[Channel, Message]:
        _, channel = self.in_channel(user_id, channel_id)
        message = channel.messages.get(ts)
        if message is None or message.user != user_id:
            raise PersonError("message_not_found")
        return channel, message

    def react(self, act: acts.React) -> Result:
        user, channel = self.in_channel(act.user, act.channel)
        message = self.workspace.message(channel, act.ts)
        if user.id in message.reactions.get(act.name, []):
            raise PersonError("already_reacted")
        react(self.workspace, channel, message, act.name, user.id)
        return {"ok": True}

    def join(self, act: acts.Join) -> Result:
        user = self.known(act.user)
        channel = self.channel(act.channel)
        if channel.kind != "public" and user.id not in channel.members:
            raise PersonError("channel_not_found")
        if user.id not in channel.members:
            enter(self.workspace, channel, user.id)
        return {"ok": True}

    # -- who and where -----------------------------------------------------------------------------------------------

    def known(self, user_id: str) -> User:
        if user_id not in self.workspace.users:
            raise PersonError("user_not_found")
        return self.workspace.users[user_id]

    def channel(self, name_or_id: str) -> Channel:
        channel = self.workspace.find_channel(name_or_id)
        if channel is None:
            raise PersonError("channel_not_found")
        return channel

    def in_channel(self, user_id: str, name_or_id: str) -> tuple[User, Channel]:
        user, channel = self.known(user_id), self.channel(name_or_id)
        if user.id not in channel.members:
            raise PersonError("not_in_channel", shown="You are not in this channel")
        return user, channel

    def seen_message(self, channel: Channel, ts: str, user: User) -> Message:
        """A message of the channel, or one that only this person was shown."""
        hidden = (m for m in self.workspace.ephemerals if m.ts == ts and m.ephemeral_to == user.id)
        message = channel.messages.get(ts) or next(hidden, None)
        if message is None:
            raise PersonError("message_not_found")
        return message

    def sender(self, app: SlackApp, user: User) -> payloads.Sender:
        trigger_id = self.workspace.triggers.give(app.app_id, user.id, self.workspace.clock.now())
        return payloads.Sender(self.workspace, app, user, trigger_id)

    def response_url(self, where: ResponseUrl) -> str:
        token = self.workspace.response_urls.give(where)
        return f"{self.workspace.base_url}/response/{self.workspace.team.id}/{token}"


def confirmed(element: dict[str, Any], *, yes: bool) -> None:
    """A confirm dialog stands between the person and the app: without a yes nothing is sent."""
    if element.get("confirm") and not yes:
        raise PersonError("confirm_required", confirm=element["confirm"])


def told(receipt: Receipt) -> Result:
    timed_out = receipt.outcome == "timeout"
    found = {"ok": receipt.acked, "outcome": receipt.outcome, "ms": round(receipt.ms, 1), "timed_out": timed_out}
    return found | {"ack": receipt.answer}
