"""What a caller sent, whether as JSON or as a form, read by name and type.

Form values are strings and nested values are JSON in strings, so each reader accepts both spellings.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from bot.playground.slack.errors import SlackError

TRUE = {"1", "true", "True", True}


@dataclass(frozen=True)
class Arguments:
    given: dict[str, Any]

    def has(self, name: str) -> bool:
        return self.given.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        value = self.given.get(name)
        if value is None:
            return default
        if isinstance(value, (dict, list)):
            raise invalid(f"must be a string [json-pointer:/{name}]")
        return str(value)

    def required(self, name: str, code: str = "") -> str:
        value = self.text(name)
        if not value:
            raise SlackError(code) if code else invalid(f"missing required field: {name}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.given.get(name)
        return default if value in (None, "") else value in TRUE

    def number(self, name: str, default: int) -> int:
        value = self.given.get(name)
        if value in (None, ""):
            return default
        try:
            return int(str(value))
        except ValueError:
            raise invalid(f"must be an integer [json-pointer:/{name}]") from None

    def nested(self, name: str, code: str = "invalid_arguments") -> Any:
        """A JSON value, given as such or as a string holding it; None when absent."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(code) from None

    def names(self, name: str) -> list[str]:
        """Ids separated by commas, or a JSON list of them."""
        value = self.given.get(name)
        found = value if isinstance(value, list) else str(value or "").split(",")
        return [str(item).strip() for item in found if str(item).strip()]


def invalid(*messages: str) -> SlackError:
    return SlackError("invalid_arguments", messages)


def read_arguments(content_type: str, body: bytes, query: str) -> tuple[Arguments, str | None]:
    """The arguments of a request and a token found among them; raises `SlackError` on a body that cannot be read."""
    given: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    if content_type.startswith("application/json"):
        given |= _json_object(body)
    elif body:
        try:
            given |= dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True))
        except UnicodeDecodeError:
            raise SlackError("invalid_form_data") from None
    token = given.pop("token", None)
    return Arguments(given), token if isinstance(token, str) else None


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(value, dict):
        raise SlackError("json_not_object")
    return value
