"""Counts a service's requests in Prometheus, for the policy (`core.objectives.Meter`); the act process's own look.

One number or nothing: an empty answer, several series, a warning (a store that could not be asked), anything that is
not a number and every refusal is "could not be measured". An SLO's expression says `or vector(0)` where none is zero.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import SecretStr

from bot.core.errors import LookFailed
from bot.core.objectives import Counted, Slo
from tools.endpoints.json_api import JsonApi, Service

SECONDS = 4.0  # for both numbers together; a change that waits for an answer waits no longer than this

log = logging.getLogger("midwatch.slo")


@dataclass(frozen=True)
class PrometheusMeter:
    url: str
    token: SecretStr | None = None
    seconds: float = SECONDS

    def count(self, slo: Slo, window: str, now: datetime) -> Counted | None:
        try:
            with JsonApi(Service("Prometheus", self.url, self.token), self.seconds) as api:
                errors, total = (self._number(api, query, now) for query in slo.over(window))
        except (LookFailed, ValueError, TypeError, LookupError, InvalidOperation) as error:
            log.warning("an SLO could not be measured over %s: %s", window, error)
            return None
        return Counted(errors, total)

    def _number(self, api: JsonApi, query: str, now: datetime) -> Decimal:
        params = [("query", query), ("time", f"{now.timestamp():.3f}"), ("timeout", f"{self.seconds:.0f}s")]
        body = api.get("/api/v1/query", params)
        if not isinstance(body, dict) or body.get("status") != "success":
            raise ValueError("Prometheus gave no answer")
        if body.get("warnings"):
            raise ValueError("Prometheus warns that its answer may be incomplete")
        return Decimal(str(_sample(body["data"])[1]))


def _sample(data: Any) -> Any:
    """The one `[time, value]` of an answer."""
    if data["resultType"] == "scalar":
        return data["result"]
    if data["resultType"] != "vector" or len(data["result"]) != 1:
        raise ValueError(f"the expression gives {len(data['result'])} series of {data['resultType']}, not one number")
    return data["result"][0]["value"]
