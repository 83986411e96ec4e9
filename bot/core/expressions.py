"""The alert's own expression, out of the alert as it was sent. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

LONGEST = 4000


def alert_expression(alert: Mapping[str, Any]) -> str:
    """`g0.expr` of an Alertmanager alert's generatorURL, as Prometheus writes it; "" where there is none."""
    url = alert.get("generatorURL")
    if not isinstance(url, str):
        return ""
    try:
        found = parse_qs(urlsplit(url).query).get("g0.expr", [""])
    except ValueError:
        return ""
    return found[0] if len(found[0]) <= LONGEST else ""
