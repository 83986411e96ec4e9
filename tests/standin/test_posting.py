"""chat.*: what may be posted where, what an edit does to blocks, and what Slack would frown on."""

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.standin.stage import People, Slack, actions, button


def test_a_message_stands_in_the_channel_with_ids_on_its_blocks(bot: WebClient, people: People) -> None:
    blocks = [{"type": "actions", "elements": [{k: v for k, v in button().items() if k != "action_id"}]}]

    bot.chat_postMessage(channel="C0OPS", text="Approve?", blocks=blocks)

    [message] = people.see("messages", channel="ops")
    assert message["blocks"][0]["block_id"]
    assert message["blocks"][0]["elements"][0]["action_id"]
    assert (message["user"], message["bot_id"], message["app_id"]) == ("U0MIDWATCH", "B0MIDWATCH", "A0MIDWATCH")


def test_timestamps_never_repeat(bot: WebClient, people: People) -> None:
    stamps = [bot.chat_postMessage(channel="C0OPS", text=str(n))["ts"] for n in range(20)]

    assert len(set(stamps)) == 20
    assert stamps == sorted(stamps)


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0LOBBY", "not_in_channel"),
        ("C0VAULT", "channel_not_found"),
        ("C0NOWHERE", "channel_not_found"),
        ("C0OLD", "is_archived"),
        ("", "channel_not_found"),
    ],
)
def test_a_bot_writes_only_where_it_may(bot: WebClient, channel: str, error: str) -> None:
    with pytest.raises(SlackApiError, match=error):
        bot.chat_postMessage(channel=channel, text="hello")


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "   "}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": "not json"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": '{"type": "divider"}'}, "invalid_blocks_format"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "attachments": [{"text": "old"}]}, "invalid_attachments"),
        ({"text": "x", "metadata": {"event_type": "card"}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "", "event_payload": {}}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "c", "event_payload": {}, "z": 1}}, "invalid_metadata_schema"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "x", "username": "root"}, "missing_scope"),
    ],
)
def test_a_bad_message_is_refused_by_name(bot: WebClient, message: dict[str, object], error: str) -> None:
    with pytest.raises(SlackApiError) as refused:
        bot.api_call("chat.postMessage", json={"channel": "C0OPS", **message})

    assert refused.value.response["error"] == error


def test_too_much_text_over_all_blocks_is_refused(bot: WebClient) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2_700}}

    with pytest.raises(SlackApiError, match="msg_blocks_too_long"):
        bot.chat_postMessage(channel="C0OPS", text="t", blocks=[section] * 5)
    assert bot.chat_postMessage(channel="C0OPS", text="t", blocks=[section] * 4)["ok"]


def test_blocks_without_text_are_posted_and_noted(bot: WebClient, people: People) -> None:
    answer = bot.api_call("chat.postMessage", json={"channel": "C0OPS", "blocks": [{"type": "divider"}]})

    assert answer["warning"] == "missing_text_in_message"
    assert people.rules() == ["missing_text_in_message"]


def test_links_that_would_unfurl_are_noted_unless_switched_off(bot: WebClient, people: People) -> None:
    bot.chat_postMessage(channel="C0OPS", text="see https://a.example", unfurl_links=False)
    assert people.rules() == []

    bot.chat_postMessage(channel="C0OPS", text="see https://a.example")
    assert people.rules() == ["links_would_unfurl"]


def test_a_date_without_a_fallback_is_noted(bot: WebClient, people: People) -> None:
    bot.chat_postMessage(channel="C0OPS", text="until <!date^1795222071^{time}|21:07 UTC>")
    assert people.rules() == []

    bot.chat_postMessage(channel="C0OPS", text="until <!date^1795222071^{time}>")
    assert people.rules() == ["date_without_fallback"]


def test_an_edit_with_text_alone_takes_the_blocks_away(bot: WebClient, people: People) -> None:
    ts = bot.chat_postMessage(channel="C0OPS", text="Approve?", blocks=[actions(button())])["ts"]

    bot.chat_update(channel="C0OPS", ts=ts, text="Approved")

    [message] = people.see("messages", channel="C0OPS")
    assert "blocks" not in message
    assert message["edited"]["user"] == "U0MIDWATCH"


def test_an_edit_keeps_metadata_it_does_not_mention(bot: WebClient, people: People) -> None:
    metadata = {"event_type": "finding", "event_payload": {"id": "f1"}}
    ts = bot.chat_postMessage(channel="C0OPS", text="one", metadata=metadata)["ts"]

    bot.chat_update(channel="C0OPS", ts=ts, text="two")

    [message] = people.see("messages", channel="C0OPS")
    assert (message["text"], message["metadata"]) == ("two", metadata)


def test_a_bot_edits_and_deletes_only_its_own_messages(bot: WebClient, people: People) -> None:
    ts = people.do("message", user="U0ALICE", channel="C0OPS", text="mine")["ts"]

    with pytest.raises(SlackApiError, match="cant_update_message"):
        bot.chat_update(channel="C0OPS", ts=ts, text="yours")
    with pytest.raises(SlackApiError, match="cant_delete_message"):
        bot.chat_delete(channel="C0OPS", ts=ts)
    assert people.texts("C0OPS") == ["mine"]


def test_a_message_that_is_not_there_cannot_be_edited(bot: WebClient) -> None:
    with pytest.raises(SlackApiError, match="message_not_found"):
        bot.chat_update(channel="C0OPS", ts="1.000001", text="x")


def test_an_edit_may_not_be_longer_than_4000(bot: WebClient) -> None:
    ts = bot.chat_postMessage(channel="C0OPS", text="one")["ts"]

    assert bot.chat_update(channel="C0OPS", ts=ts, text="x" * 4000)["ok"]
    with pytest.raises(SlackApiError, match="msg_too_long"):
        bot.chat_update(channel="C0OPS", ts=ts, text="x" * 4001)


def test_a_whisper_is_seen_by_one_person_and_cannot_be_edited(bot: WebClient, people: People) -> None:
    ts = bot.chat_postEphemeral(channel="C0OPS", user="U0BOB", text="only alice may")["message_ts"]

    assert [e["message"]["text"] for e in people.see("ephemerals", user="U0BOB")] == ["only alice may"]
    assert people.see("ephemerals", user="U0ALICE") == []
    assert people.texts("C0OPS") == []
    with pytest.raises(SlackApiError, match="message_not_found"):
        bot.chat_update(channel="C0OPS", ts=ts, text="never mind")


def test_a_whisper_reaches_only_members(bot: WebClient) -> None:
    with pytest.raises(SlackApiError, match="user_not_in_channel"):
        bot.chat_postEphemeral(channel="C0OPS", user="U0GUEST", text="psst")


def test_a_thread_is_made_of_replies_to_a_root(bot: WebClient, people: People) -> None:
    root = bot.chat_postMessage(channel="C0OPS", text="root")["ts"]
    reply = bot.chat_postMessage(channel="C0OPS", text="reply", thread_ts=root)["ts"]

    assert people.texts("C0OPS") == ["root"]
    assert people.texts("C0OPS", thread_ts=root) == ["root", "reply"]
    with pytest.raises(SlackApiError, match="cannot_reply_to_message"):
        bot.chat_postMessage(channel="C0OPS", text="reply to reply", thread_ts=reply)


def test_deleting_a_root_leaves_a_stone_for_its_thread(bot: WebClient, people: People) -> None:
    root = bot.chat_postMessage(channel="C0OPS", text="root")["ts"]
    reply = bot.chat_postMessage(channel="C0OPS", text="reply", thread_ts=root)["ts"]

    bot.chat_delete(channel="C0OPS", ts=root)
    assert people.texts("C0OPS") == ["This message was deleted."]
    with pytest.raises(SlackApiError, match="message_not_found"):
        bot.chat_update(channel="C0OPS", ts=root, text="back again")

    bot.chat_delete(channel="C0OPS", ts=reply)
    assert people.texts("C0OPS", thread_ts=root) == ["This message was deleted."]


def test_a_permalink_names_channel_message_and_thread(bot: WebClient, slack: Slack) -> None:
    root = bot.chat_postMessage(channel="C0OPS", text="root")["ts"]
    reply = bot.chat_postMessage(channel="C0OPS", text="reply", thread_ts=root)["ts"]

    link = bot.chat_getPermalink(channel="C0OPS", message_ts=reply)["permalink"]

    assert link == f"{slack.base_url}/archives/C0OPS/p{reply.replace('.', '')}?thread_ts={root}&cid=C0OPS"


def test_posting_to_a_person_opens_their_direct_messages(bot: WebClient, people: People) -> None:
    channel = bot.chat_postMessage(channel="U0ALICE", text="psst")["channel"]

    assert channel.startswith("D")
    assert people.texts(channel) == ["psst"]
    assert bot.conversations_open(users="U0ALICE")["channel"]["id"] == channel
