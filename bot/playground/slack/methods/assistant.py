"""assistant.threads.setStatus: the line "… is looking at the logs" under a thread."""

from bot.playground.slack.arguments import invalid
from bot.playground.slack.methods.call import Answer, Call, Method

STATUS_LIFE_S = 120
LOADING_MOST = 10


def set_status(call: Call) -> Answer:
    channel = call.workspace.member_channel(call.args.required("channel_id", "channel_not_found"), call.app)
    thread_ts = call.args.required("thread_ts")
    call.workspace.message(channel, thread_ts, "thread_not_found")
    status = call.args.text("status")
    loading = call.args.nested("loading_messages") or []
    if not isinstance(loading, list) or len(loading) > LOADING_MOST:
        raise invalid(f"no more than {LOADING_MOST} items allowed [json-pointer:/loading_messages]")
    shown = {"status": status, "loading_messages": loading, "until": call.now + STATUS_LIFE_S}
    call.workspace.statuses[(channel.id, thread_ts)] = shown
    call.workspace.feed.say("status_set", channel=channel.id, thread_ts=thread_ts, **shown)
    return {}


METHODS = (Method("assistant.threads.setStatus", set_status, "assistant:write|chat:write", tier=4),)
