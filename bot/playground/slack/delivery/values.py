"""A delivery, its attempts, and what came back: plain records people's side reads."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["slash_commands", "interactive", "events_api"]
Outcome = Literal["acked", "timeout", "no_connection", "http_error", "connection_failed", "too_many_redirects"]

# Slack's words for why it sends again; over a socket it always says "timeout".
HTTP_RETRY_REASON: dict[str, str] = {
    "timeout": "http_timeout",
    "http_error": "http_error",
    "connection_failed": "connection_failed",
    "too_many_redirects": "too_many_redirects",
}
SOCKET_RETRY_REASON = "timeout"


@dataclass(frozen=True)
class Receipt:
    """What an app did with one attempt; ``answer`` is its payload, ``ms`` the time until it was there."""

    outcome: Outcome
    ms: float
    answer: Any = None
    status: int | None = None
    no_retry: bool = False

    @property
    def acked(self) -> bool:
        return self.outcome == "acked"


@dataclass
class Attempt:
    number: int
    reason: str | None
    envelope_id: str
    at: float
    to: str = ""
    receipt: Receipt | None = None
    late_ms: float | None = None
    fault: str | None = None

    def as_json(self) -> dict[str, Any]:
        found = {"number": self.number, "reason": self.reason, "envelope_id": self.envelope_id, "at": self.at}
        found |= {"to": self.to, "late_ms": self.late_ms, "fault": self.fault}
        receipt = self.receipt
        if receipt is None:
            return found | {"outcome": "under_way", "ms": None, "status": None}
        return found | {"outcome": receipt.outcome, "ms": round(receipt.ms, 1), "status": receipt.status}


@dataclass
class Delivery:
    id: str
    app_id: str
    kind: Kind
    name: str
    payload: dict[str, Any]
    attempts: list[Attempt] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        found = {"id": self.id, "app_id": self.app_id, "kind": self.kind, "name": self.name}
        return found | {"payload": self.payload, "attempts": [attempt.as_json() for attempt in self.attempts]}
