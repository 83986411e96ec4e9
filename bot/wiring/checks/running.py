"""Checks whether `serve` is up where it should listen, and takes this webhook token."""

import json
from collections.abc import Iterator

import httpx2

from bot.core.checkup import Checkup, proven, unproven, wrong
from bot.settings_forms import host_and_port

SECONDS = 4.0
PART = "serve"


def check_serve(listen: str, token: str) -> Iterator[Checkup]:
    """``listen`` is MIDWATCH_LISTEN. Sends one webhook that is refused after the token was taken."""
    host, port = host_and_port(listen)
    near = f"[{host}]" if ":" in host else host
    base = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else near}:{port}"
    try:
        with httpx2.Client(base_url=base, timeout=SECONDS) as http:
            ready = http.get("/readyz")
            yield _ready(base, ready)
            if ready.status_code in (200, 503):
                yield _webhook(http, token)
    except httpx2.HTTPError:
        yield unproven(PART, f"is not running at {listen}", "midwatch serve, with this environment")


def _ready(base: str, answer: httpx2.Response) -> Checkup:
    try:
        told = answer.json()
        parts, ready = dict(told["not_ready"]), bool(told["ready"])
    except (json.JSONDecodeError, KeyError, TypeError, ValueError):
        return wrong(PART, f"something else listens at {base}", "set MIDWATCH_LISTEN to a free port")
    if ready:
        return proven(PART, f"runs at {base} and is ready")
    says = ", ".join(f"{name} ({why})" for name, why in parts.items())
    return wrong(PART, f"runs at {base}, but is not ready: {says}", "see the other lines, and what serve logs")


def _webhook(http: httpx2.Client, token: str) -> Checkup:
    part = "webhook"
    answer = http.post("/webhooks/alertmanager", json={}, headers={"Authorization": f"Bearer {token}"})
    if answer.status_code == 400:
        return proven(part, "takes this token (an empty body was refused, as it should be)")
    if answer.status_code == 401:
        return wrong(part, "the running serve has another MIDWATCH_WEBHOOK_TOKEN", "start serve again")
    return unproven(part, f"an empty body was answered {answer.status_code}")
