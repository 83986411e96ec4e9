"""Pins, bookmarks, reactions, people, groups, files, status lines: the smaller method families."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.scene import PIXEL
from tests.standin.stage import People, Slack


@pytest.fixture
def ts(bot: WebClient) -> str:
    return str(bot.chat_postMessage(channel="C0OPS", text="card")["ts"])


def test_a_message_is_pinned_once_and_unpinned_once(bot: WebClient, ts: str) -> None:
    bot.pins_add(channel="C0OPS", timestamp=ts)
    with pytest.raises(SlackApiError, match="already_pinned"):
        bot.pins_add(channel="C0OPS", timestamp=ts)
    assert [item["message"]["ts"] for item in bot.pins_list(channel="C0OPS")["items"]] == [ts]

    bot.pins_remove(channel="C0OPS", timestamp=ts)
    with pytest.raises(SlackApiError, match="no_pin"):
        bot.pins_remove(channel="C0OPS", timestamp=ts)
    assert bot.pins_list(channel="C0OPS")["items"] == []


def test_a_pin_needs_a_message(bot: WebClient) -> None:
    with pytest.raises(SlackApiError, match="message_not_found"):
        bot.pins_add(channel="C0OPS", timestamp="1.000001")


def test_a_bookmark_is_a_titled_link(bot: WebClient) -> None:
    bot.bookmarks_add(channel_id="C0OPS", title="Runbook", type="link", link="https://r.example/checkout")

    assert [b["title"] for b in bot.bookmarks_list(channel_id="C0OPS")["bookmarks"]] == ["Runbook"]
    with pytest.raises(SlackApiError, match="invalid_link"):
        bot.bookmarks_add(channel_id="C0OPS", title="Runbook", type="link", link="runbook")
    with pytest.raises(SlackApiError, match="invalid_bookmark_type"):
        bot.bookmarks_add(channel_id="C0OPS", title="Runbook", type="folder", link="https://r.example")


def test_a_reaction_is_given_once_by_each(bot: WebClient, people: People, ts: str) -> None:
    bot.reactions_add(channel="C0OPS", timestamp=ts, name="eyes")
    people.do("react", user="U0ALICE", channel="C0OPS", ts=ts, name="eyes")

    [reaction] = bot.reactions_get(channel="C0OPS", timestamp=ts)["message"]["reactions"]
    assert reaction == {"name": "eyes", "users": ["U0MIDWATCH", "U0ALICE"], "count": 2}
    with pytest.raises(SlackApiError, match="already_reacted"):
        bot.reactions_add(channel="C0OPS", timestamp=ts, name="eyes")
    with pytest.raises(SlackApiError, match="invalid_name"):
        bot.reactions_add(channel="C0OPS", timestamp=ts, name="no such emoji!")


def test_people_are_found_by_id_and_their_address_needs_a_scope(bot: WebClient) -> None:
    alice = bot.users_info(user="U0ALICE")["user"]

    assert (alice["name"], alice["is_restricted"]) == ("alice", False)
    assert "email" not in alice["profile"]
    assert bot.users_info(user="U0FOREIGN")["user"]["team_id"] == "T0OTHER"
    with pytest.raises(SlackApiError, match="user_not_found"):
        bot.users_info(user="U0NOBODY")
    with pytest.raises(SlackApiError, match="missing_scope"):
        bot.users_lookupByEmail(email="a@example.test")


def test_an_address_is_told_to_whoever_may_read_addresses(bot: WebClient, people: People) -> None:
    people.do("app", scopes=["users:read", "users:read.email"])

    assert bot.users_lookupByEmail(email="A@example.test")["user"]["id"] == "U0ALICE"
    assert bot.users_info(user="U0ALICE")["user"]["profile"]["email"] == "a@example.test"
    with pytest.raises(SlackApiError, match="users_not_found"):
        bot.users_lookupByEmail(email="nobody@example.test")


def test_everybody_is_listed_in_pages(bot: WebClient) -> None:
    names = [member["name"] for page in bot.users_list(limit=2) for member in page["members"]]

    assert names[:3] == ["alice", "bob", "guest"]
    assert len(names) == len(set(names)) == 8


def test_a_group_tells_its_people(bot: WebClient) -> None:
    assert bot.usergroups_users_list(usergroup="S0ONCALL")["users"] == ["U0ALICE", "U0BOB"]
    [group] = bot.usergroups_list()["usergroups"]
    assert (group["handle"], "users" in group) == ("oncall", False)
    assert bot.usergroups_list(include_users=True)["usergroups"][0]["users"] == ["U0ALICE", "U0BOB"]
    with pytest.raises(SlackApiError, match="no_such_subteam"):
        bot.usergroups_users_list(usergroup="S0NONE")


def test_the_sdks_own_upload_lands_in_the_thread(bot: WebClient, slack: Slack, ts: str) -> None:
    answer = bot.files_upload_v2(
        channel="C0OPS",
        thread_ts=ts,
        filename="logs.txt",
        title="Logs",
        content="line 1\nline 2\n",
        initial_comment="see",
    )

    file_id = answer["file"]["id"]
    [_, reply] = slack.people.see("messages", channel="C0OPS", thread_ts=ts)
    assert (reply["text"], reply["files"][0]["title"]) == ("see", "Logs")
    assert slack.people.http.get(f"{slack.base_url}/files-pri/{file_id}").text == "line 1\nline 2\n"
    assert bot.files_info(file=file_id)["file"]["size"] == 14


def test_a_block_shows_only_a_picture_that_is_there(bot: WebClient, slack: Slack, ts: str) -> None:
    def showing(file: str) -> list[dict[str, Any]]:
        return [{"type": "image", "slack_file": {"id": file}, "alt_text": "a dot"}]

    shared = bot.files_upload_v2(channel="C0OPS", thread_ts=ts, filename="p.png", content=PIXEL, alt_txt="a dot")
    with pytest.raises(SlackApiError, match="invalid_blocks"):  # Slack has not looked at it yet
        bot.chat_update(channel="C0OPS", ts=ts, text="x", blocks=showing(shared["file"]["id"]))
    slack.people.do("settings", file_ready_s=0)
    text = bot.files_upload_v2(channel="C0OPS", thread_ts=ts, filename="p.png", content="no picture")
    begun = bot.files_getUploadURLExternal(filename="p.png", length=3)

    assert bot.chat_update(channel="C0OPS", ts=ts, text="x", blocks=showing(shared["file"]["id"]))["ok"]
    for file in ("F0NONE", text["file"]["id"], begun["file_id"]):
        with pytest.raises(SlackApiError, match="invalid_blocks") as refused:
            bot.chat_postMessage(channel="C0OPS", text="x", blocks=showing(file))
        assert "invalid slack file [json-pointer:/blocks/0/slack_file]" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PIXEL, "image/png"), (b"plain", "text/plain; charset=utf-8"), (b"\xfe\x00", "application/octet-stream")],
)
def test_a_file_is_served_as_what_it_is(bot: WebClient, slack: Slack, ts: str, content: bytes, kind: str) -> None:
    made = bot.files_upload_v2(channel="C0OPS", thread_ts=ts, filename="x.bin", content=content)["file"]

    fetched = slack.people.http.get(f"{slack.base_url}/files-pri/{made['id']}")
    assert (fetched.content, fetched.headers["content-type"]) == (content, kind)
    assert fetched.headers["x-content-type-options"] == "nosniff"


def test_a_file_cannot_be_shared_before_its_bytes_or_twice(bot: WebClient, slack: Slack) -> None:
    place = bot.files_getUploadURLExternal(filename="x.txt", length=3)
    with pytest.raises(SlackApiError, match="file_update_failed"):
        bot.files_completeUploadExternal(files=[{"id": place["file_id"]}], channel_id="C0OPS")

    assert slack.people.http.post(place["upload_url"], content=b"four").status_code == 400
    assert slack.people.http.post(place["upload_url"], content=b"abc").text == "OK"
    with pytest.raises(SlackApiError, match="not_in_channel"):
        bot.files_completeUploadExternal(files=[{"id": place["file_id"]}], channel_id="C0LOBBY")
    bot.files_completeUploadExternal(files=[{"id": place["file_id"]}], channel_id="C0OPS")
    with pytest.raises(SlackApiError, match="file_already_completed"):
        bot.files_completeUploadExternal(files=[{"id": place["file_id"]}], channel_id="C0OPS")


def test_a_snippet_has_a_megabyte_at_most(bot: WebClient) -> None:
    with pytest.raises(SlackApiError, match="snippet_too_large"):
        bot.files_getUploadURLExternal(filename="x.txt", length=1_000_001, snippet_type="text")


def test_a_status_line_stands_under_a_thread(bot: WebClient, people: People, ts: str) -> None:
    bot.assistant_threads_setStatus(channel_id="C0OPS", thread_ts=ts, status="is reading the logs")

    assert [status["status"] for status in people.see("statuses")] == ["is reading the logs"]
    with pytest.raises(SlackApiError, match="thread_not_found"):
        bot.assistant_threads_setStatus(channel_id="C0OPS", thread_ts="1.000001", status="x")


def test_a_status_line_is_gone_after_two_minutes(bot: WebClient, people: People, ts: str) -> None:
    bot.assistant_threads_setStatus(channel_id="C0OPS", thread_ts=ts, status="is reading the logs")
    people.do("settings", clock_offset_s=121)

    assert people.see("statuses") == []
