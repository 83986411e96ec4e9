"""One call to Slack's Web API: paced before, its errors translated after. Knows methods' rates, not what they are for.

429 becomes `Busy` (and closes the method's bucket for everybody), a named refusal `Refused(why=name)`, and anything
that leaves open whether Slack did it `Unreachable`: the SDK never tries again by itself, because a lost answer to a
post may have been a post. Tokens occur in no text made here.
"""

import re
from collections.abc import Callable
from http.client import HTTPException
from typing import Any, Protocol

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.core.errors import Busy, Refused, Unreachable

Answer = dict[str, Any]
# tokens a second, burst: what Slack allows in any minute, with some room kept for other users of the same token
TIER_2, TIER_3, TIER_4 = (0.28, 3), (0.5, 15), (1.2, 25)
MESSAGES = (4.0, 60)
A_CHANNEL = (1.0, 3)
AN_EDIT = (1 / 3.1, 1)
TIERS: dict[str, tuple[float, int]] = {
    "auth.test": TIER_4,
    "chat.postMessage": MESSAGES,
    "chat.update": TIER_3,
    "chat.postEphemeral": TIER_4,
    "chat.getPermalink": TIER_4,
    "conversations.create": TIER_2,
    "conversations.setTopic": TIER_2,
    "conversations.list": TIER_2,
    "conversations.info": TIER_3,
    "conversations.invite": TIER_3,
    "conversations.join": TIER_3,
    "conversations.history": TIER_3,
    "conversations.replies": TIER_3,
    "pins.add": TIER_2,
    "users.info": TIER_4,
    "usergroups.users.list": TIER_2,
    "files.upload": TIER_4,
    "views.open": TIER_4,
}
# Slack could not say whether it did it, or the operator must act first: not a refusal of this message
OPEN_ENDED = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
TOKEN_WRONG = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "org_login_required"}
)
TOO_FAST = frozenset({"ratelimited", "rate_limited"})
NOT_A_NAME = re.compile(r"[^A-Za-z0-9_.:/-]+")


class Pace(Protocol):
    def wait(self, key: str, per_second: float, burst: int) -> float:
        """Seconds to wait; 0.0 when the call may be made now."""

    def close(self, key: str, seconds: float) -> None:
        """Nothing through this key for so long."""


def quiet(client: WebClient) -> WebClient:
    """The same client without its own second tries: it would repeat a post whose answer was lost."""
    return WebClient(
        token=client.token,
        base_url=client.base_url,
        timeout=client.timeout,
        ssl=client.ssl,
        proxy=client.proxy,
        retry_handlers=[],
    )


class SlackCalls:
    def __init__(self, client: WebClient, pace: Pace) -> None:
        self._client = client
        self._pace = pace

    def call(self, method: str, **arguments: Any) -> Answer:
        """Call one method by its Slack name; raises `Busy`, `Refused` or `Unreachable`."""
        run: Callable[..., Any] = getattr(self._client, method.replace(".", "_"))
        return self.guarded(method, lambda: run(**arguments))

    def guarded(self, method: str, run: Callable[[], Any]) -> Answer:
        """``run`` paced as ``method`` and its errors translated."""
        self.pace(f"method:{method}", TIERS[method])
        try:
            answer = run()
        except SlackApiError as error:
            raise self._translated(method, error) from error
        except (SlackClientError, OSError, HTTPException) as error:
            raise Unreachable(f"Slack did not answer {method}: {type(error).__name__}") from error
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    def pace(self, key: str, rate: tuple[float, int]) -> None:
        """Take a token, or raise `Busy` saying when there is one."""
        if (wait := self._pace.wait(key, *rate)) > 0:
            raise Busy(f"pacing {key.partition(':')[0]}", wait)

    def _translated(self, method: str, error: SlackApiError) -> Exception:
        response = error.response
        name = reason(str(response.get("error") or "unnamed"))
        status = getattr(response, "status_code", 200)
        if status == 429 or name in TOO_FAST:
            wait = _seconds(getattr(response, "headers", {}))
            self._pace.close(f"method:{method}", wait)
            return Busy(f"Slack says {method} is called too often", wait)
        if status >= 500 or name in OPEN_ENDED:
            return Unreachable(f"Slack failed at {method}: {status} {name}")
        if name in TOKEN_WRONG:
            return Unreachable(f"Slack does not take the bot token: {name}")
        return Refused(f"Slack refused {method}: {name}", why=name)


def reason(text: str) -> str:
    """Slack's error name, as a name a ledger takes."""
    return NOT_A_NAME.sub("_", text).strip("_.:/-")[:60] or "unnamed"


def _seconds(headers: Any) -> float:
    """Retry-After, whatever the header's case; Slack always sends one, a second where it does not."""
    found = next((value for key, value in dict(headers).items() if str(key).lower() == "retry-after"), "1")
    value = found[0] if isinstance(found, list) else found
    try:
        return max(0.1, min(float(value), 3600.0))
    except ValueError:
        return 1.0
