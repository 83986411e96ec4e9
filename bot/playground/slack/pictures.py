"""Which files are pictures, and whether a message may show one: Slack takes only a picture that it has already.

What a file is, is told from its bytes, never from its name.
"""

from collections.abc import Iterator
from typing import Any

from bot.playground.slack.errors import SlackError
from bot.playground.slack.model import Blocks, StoredFile

SIGNS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
TEXT = "text/plain"


def mimetype(stored: StoredFile) -> str:
    content = stored.content or b""
    if found := next((kind for sign, kind in SIGNS.items() if content.startswith(sign)), None):
        return found
    try:
        content.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    return TEXT


def check_pictures(files: dict[str, StoredFile], blocks: Blocks, looked_at: float) -> None:
    """Raise `invalid_blocks` where an image block names a file that is not here, no picture, or new.

    ``looked_at`` is until when files must have been shared for Slack to have looked at them.
    """
    wrong = []
    for at, image in _images(blocks, "/blocks"):
        shown = image.get("slack_file") or {}
        stored = files.get(str(shown.get("id"))) if "id" in shown else _by_address(files, str(shown.get("url")))
        ready = stored is not None and stored.shared_at is not None and stored.shared_at <= looked_at
        if stored is None or not ready or not mimetype(stored).startswith("image/"):
            wrong.append(f"invalid slack file [json-pointer:{at}/slack_file]")
    if wrong:
        raise SlackError("invalid_blocks", tuple(wrong))


def _by_address(files: dict[str, StoredFile], url: str) -> StoredFile | None:
    return next((each for each in files.values() if url.endswith((f"/files-pri/{each.id}", f"/files/{each.id}"))), None)


def _images(value: Any, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        if value.get("type") == "image" and "slack_file" in value:
            yield at, value
        for key, inner in value.items():
            yield from _images(inner, f"{at}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _images(inner, f"{at}/{number}")
