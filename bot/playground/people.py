"""The people of the playground: what a person may do in the stand-in's workspace, over its own HTTP interface."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any

import httpx2

from bot.core.errors import Unreachable

SECONDS = 15.0


class People:
    """Types commands, presses buttons, reads channels. Raises `Unreachable` when the workspace is gone."""

    def __init__(self, slack: str) -> None:
        self._http = httpx2.Client(base_url=f"{slack}/_people", timeout=SECONDS)

    def __enter__(self) -> "People":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def command(self, user: str, channel: str, text: str) -> dict[str, Any]:
        """Type `/ops …`; the acknowledgement and how long it took."""
        return self._post("command", {"user": user, "channel": channel, "text": text})

    def click(self, user: str, channel: str, message_ts: str, action_id: str, **more: Any) -> dict[str, Any]:
        """Press a button, confirming where the dialog asks."""
        press = {"user": user, "channel": channel, "message_ts": message_ts, "action_id": action_id, "confirm": True}
        return self._post("click", {**press, **more})

    def select(self, user: str, channel: str, message_ts: str, action_id: str, value: Any) -> dict[str, Any]:
        """Choose an option of a menu (its value), a person or a date in a message."""
        return self.click(user, channel, message_ts, action_id, value=value)

    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> dict[str, Any]:
        """Write as Slack's window does it: `@midwatch` and `#ops` become links, and the app mentioned hears of it."""
        return self._post("message", {"user": user, "channel": channel, "text": text, "thread_ts": thread_ts})

    def views(self, user: str) -> list[dict[str, Any]]:
        """The modals open before a person, the topmost last."""
        return [one["view"] for one in self._get("modals", user=user)["modals"]]

    def submit(self, user: str, values: Mapping[str, Any], view: str | None = None) -> dict[str, Any]:
        """Fill in a modal, the topmost unless ``view`` names one, and press its submit; values by block or action id.

        What the app refuses is in ``errors`` of the answer, by block.
        """
        return self._post("view_submit", {"user": user, "values": dict(values), "view_id": view})

    def close(self, user: str, view: str | None = None) -> dict[str, Any]:
        """Close a modal without submitting it."""
        return self._post("view_close", {"user": user, "view_id": view})

    def click_in_view(self, user: str, action_id: str, value: Any = None, **more: Any) -> dict[str, Any]:
        """Press or choose something in a modal or in the Home tab."""
        return self._post("view_click", {"user": user, "action_id": action_id, "value": value, "confirm": True, **more})

    def order(self, what: str, order: Mapping[str, Any]) -> dict[str, Any]:
        """Order something of Slack itself: `faults`, `settings`, `socket`, `redeliver`, `reset`."""
        return self._post(what, order)

    def channels(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get("channels")["channels"]
        return found

    def messages(self, channel: str, everything: bool = True) -> list[dict[str, Any]]:
        """The channel's messages in order; ``everything`` with those in threads."""
        more = {"all": "1"} if everything else {}
        found: list[dict[str, Any]] = self._get("messages", channel=channel, **more)["messages"]
        return found

    def ephemerals(self, user: str | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get("ephemerals", **({"user": user} if user else {}))["ephemerals"]
        return found

    def violations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get("violations")["violations"]
        return found

    def notifications(self, user: str | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get("notifications", **({"user": user} if user else {}))["notifications"]
        return found

    def calls(self, method: str | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get("calls", **({"method": method} if method else {}))["calls"]
        return found

    def names(self) -> dict[str, str]:
        """Ids of people and channels to what people call them."""
        state = self._get("state")
        people = {user["id"]: user["name"] for user in state["users"]}
        return {**people, **{channel["id"]: channel["name"] for channel in state["channels"]}}

    def _post(self, what: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._sent(lambda: self._http.post(f"/{what}", json=dict(body)))

    def _get(self, what: str, **query: str) -> dict[str, Any]:
        return self._sent(lambda: self._http.get(f"/{what}", params=query))

    def _sent(self, send: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = send().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise Unreachable(f"the playground's workspace does not answer: {error}") from error
        return answer
