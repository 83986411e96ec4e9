"""files.*: the three steps of an upload (ask for an address, send the bytes, share), and looking at a file."""

from typing import Any

from bot.playground.slack.arguments import invalid
from bot.playground.slack.drafts import Draft, read_blocks
from bot.playground.slack.errors import SlackError
from bot.playground.slack.methods.call import Answer, Call, Method
from bot.playground.slack.model import Channel, StoredFile
from bot.playground.slack.pictures import mimetype
from bot.playground.slack.posting import author_of, place_in, post
from bot.playground.slack.workspace import Workspace

SNIPPET_MOST = 1_000_000
FILE_MOST = 1_000_000_000


def get_upload_url(call: Call) -> Answer:
    name = call.args.required("filename")
    length = call.args.number("length", 0)
    if length <= 0:
        raise invalid("must be greater than 0 [json-pointer:/length]")
    snippet_type = call.args.text("snippet_type")
    if length > (SNIPPET_MOST if snippet_type else FILE_MOST):
        raise SlackError("file_too_large" if not snippet_type else "snippet_too_large")
    if len(call.args.text("alt_txt")) > 1000:
        raise SlackError("alt_txt_too_large")
    stored = StoredFile(call.workspace.new_id("F"), call.app.app_id, name, length, call.workspace.new_secret())
    stored.snippet_type, stored.alt_text, stored.created = snippet_type, call.args.text("alt_txt"), int(call.now)
    call.workspace.files[stored.id] = stored
    return {"file_id": stored.id, "upload_url": f"{call.workspace.base_url}/upload/v1/{stored.upload_token}"}


def receive(workspace: Workspace, token: str, content: bytes) -> None:
    """Take the bytes sent to an upload address; the length must be the one promised."""
    for stored in workspace.files.values():
        if stored.upload_token == token and stored.content is None:
            if len(content) != stored.length:
                raise SlackError("length_mismatch")
            stored.content = content
            return
    raise SlackError("invalid_upload_url")


def complete_upload(call: Call) -> Answer:
    given = call.args.nested("files")
    if not isinstance(given, list) or not given:
        raise invalid("missing required field: files")
    stored = [_uploaded(call, item) for item in given]
    wanted = call.args.names("channels") or call.args.names("channel_id")
    channels = [_channel(call, channel_id) for channel_id in wanted]
    for channel in channels:
        _share(call, channel, stored)
    for each in stored:
        each.shared_at = call.now
    return {"files": [wire(call.workspace, each) for each in stored]}


def _channel(call: Call, channel_id: str) -> Channel:
    found = call.workspace.channels.get(channel_id)
    if found is None:
        raise SlackError("channel_not_found")
    return call.workspace.member_channel(channel_id, call.app, writing=True)


def _uploaded(call: Call, item: Any) -> StoredFile:
    stored = call.workspace.files.get(str(item.get("id"))) if isinstance(item, dict) else None
    if stored is None or stored.app_id != call.app.app_id:
        raise SlackError("file_not_found")
    if stored.content is None:
        raise SlackError("file_update_failed")
    if stored.shares:
        raise SlackError("file_already_completed")
    stored.title = str(item.get("title") or stored.name)
    return stored


def _share(call: Call, channel: Channel, stored: list[StoredFile]) -> None:
    place = place_in(call.workspace, channel, call.args.text("thread_ts"))
    draft = Draft(call.args.text("initial_comment"), read_blocks(call.args))
    wires = [wire(call.workspace, each) for each in stored]
    message = post(call.workspace, author_of(call.app), place, draft, files=wires)
    for each in stored:
        each.shares.append({"channel": channel.id, "ts": message.ts})


def wire(workspace: Workspace, stored: StoredFile) -> dict[str, Any]:
    return {
        "id": stored.id,
        "created": stored.created,
        "name": stored.name,
        "title": stored.title or stored.name,
        "size": stored.length,
        "mode": "snippet" if stored.snippet_type else "hosted",
        "filetype": stored.snippet_type or stored.name.rpartition(".")[2],
        "mimetype": mimetype(stored),
        "alt_txt": stored.alt_text,
        "user": workspace.apps[stored.app_id].bot_user_id,
        "url_private": f"{workspace.base_url}/files-pri/{stored.id}",
        "url_private_download": f"{workspace.base_url}/files-pri/{stored.id}?download=1",
        "permalink": f"{workspace.base_url}/files/{stored.id}",
        "shares": list(stored.shares),
    }


def info(call: Call) -> Answer:
    stored = call.workspace.files.get(call.args.required("file", "file_not_found"))
    if stored is None or stored.content is None:
        raise SlackError("file_not_found")
    return {"file": wire(call.workspace, stored)}


METHODS = (
    Method("files.getUploadURLExternal", get_upload_url, "files:write", tier=4),
    Method("files.completeUploadExternal", complete_upload, "files:write", tier=4),
    Method("files.info", info, "files:read", tier=4),
)
