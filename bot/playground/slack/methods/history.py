"""conversations.history and .replies: what stands in a channel and in a thread, in Slack's order and Slack's pages."""

import re
from collections.abc import Iterable

from bot.playground.slack.errors import SlackError
from bot.playground.slack.methods.call import Answer, Call, Method
from bot.playground.slack.methods.pages import page
from bot.playground.slack.model import Channel, Message

STAMP = re.compile(r"\d{1,12}(\.\d{1,6})?")


def history(call: Call) -> Answer:
    channel = _readable(call)
    found = [m for m in channel.messages.values() if m.in_channel_root]
    return _answer(call, _within(call, reversed(found)), most=999)


def replies(call: Call) -> Answer:
    channel = _readable(call)
    ts = call.args.required("ts", "thread_not_found")
    message = call.workspace.message(channel, ts, "thread_not_found")
    parent = channel.messages.get(message.thread_ts or message.ts, message)
    thread = [channel.messages[reply] for reply in parent.reply_ts if reply in channel.messages]
    kept = [parent, *_within(call, thread)]
    return _answer(call, kept, most=1000)


def _readable(call: Call) -> Channel:
    return call.workspace.member_channel(call.args.required("channel", "channel_not_found"), call.app)


def _within(call: Call, messages: Iterable[Message]) -> list[Message]:
    oldest, latest = _stamp(call, "oldest", (0, 0)), _stamp(call, "latest", (10**12, 0))
    inclusive = call.args.flag("inclusive")
    edges = {oldest, latest} if inclusive else set()
    return [m for m in messages if oldest < _pair(m.ts) < latest or _pair(m.ts) in edges]


def _stamp(call: Call, name: str, default: tuple[int, int]) -> tuple[int, int]:
    value = call.args.text(name)
    if not value:
        return default
    if not STAMP.fullmatch(value):
        raise SlackError(f"invalid_ts_{name}")
    return _pair(value)


def _pair(ts: str) -> tuple[int, int]:
    seconds, _, micros = ts.partition(".")
    return int(seconds), int((micros or "0").ljust(6, "0"))


def _answer(call: Call, messages: list[Message], most: int) -> Answer:
    chosen, following = page(messages, call.args, default=100, most=most)
    with_metadata = call.args.flag("include_all_metadata")
    answer: Answer = {"messages": [message.as_wire(with_metadata=with_metadata) for message in chosen]}
    answer["has_more"] = bool(following["next_cursor"])
    return answer | ({"response_metadata": following} if answer["has_more"] else {})


METHODS = (
    Method("conversations.history", history, "history", tier=3),
    Method("conversations.replies", replies, "history", tier=3),
)
