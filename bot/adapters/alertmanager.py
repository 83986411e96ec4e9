"""What fires in Alertmanager now, for telling what was missed. Reads only; asks for no silenced or inhibited alerts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2

from bot.core.events import Outcome
from bot.core.missing import Firing

SECONDS = 8.0


@dataclass(frozen=True)
class Alertmanager:
    """`missing.Monitor`."""

    url: str

    def firing(self) -> tuple[Outcome, list[Firing]]:
        """What the look came to; only with ``OK`` does the list say anything."""
        asked = {"active": "true", "silenced": "false", "inhibited": "false", "unprocessed": "false"}
        try:
            with httpx2.Client(timeout=SECONDS, follow_redirects=False) as client:
                answer = client.get(f"{self.url.rstrip('/')}/api/v2/alerts", params=asked)
            if answer.status_code in {401, 403}:
                return Outcome.DENIED, []
            answer.raise_for_status()
            return Outcome.OK, [_firing(alert) for alert in answer.json()]
        except httpx2.TimeoutException:
            return Outcome.TIMED_OUT, []
        except (httpx2.HTTPError, ValueError, KeyError, TypeError, AttributeError):
            return Outcome.FAILED, []


def _firing(alert: Any) -> Firing:
    labels = alert["labels"]
    return Firing(
        fingerprint=str(alert["fingerprint"]),
        name=str(labels.get("alertname") or "unnamed"),
        began_at=datetime.fromisoformat(str(alert["startsAt"])).astimezone(UTC),
        receivers=frozenset(str(receiver["name"]) for receiver in alert["receivers"]),
    )
