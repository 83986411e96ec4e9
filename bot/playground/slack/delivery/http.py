"""HTTP mode: signed requests to the app's address, in Slack's encodings, and what counts as an answer."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2

from bot.playground.slack.clock import stopwatch, wall
from bot.playground.slack.delivery.values import Attempt, Delivery, Outcome, Receipt
from bot.playground.slack.model import SlackApp
from bot.playground.slack.workspace import Workspace

REDIRECTS = 2
FORM = "application/x-www-form-urlencoded"


@dataclass
class Posts:
    workspace: Workspace
    client: httpx2.AsyncClient = field(
        default_factory=lambda: httpx2.AsyncClient(follow_redirects=True, max_redirects=REDIRECTS, trust_env=False)
    )

    async def carry(self, app: SlackApp, delivery: Delivery, attempt: Attempt) -> Receipt:
        attempt.to = app.request_url
        began = stopwatch()
        headers, body = _request(app, delivery, attempt)
        receipt = await self._post(app.request_url, headers, body, began)
        if attempt.fault == "lose_ack" and receipt.acked:
            return Receipt("timeout", receipt.ms, status=receipt.status)
        return receipt

    async def _post(self, url: str, headers: dict[str, str], body: bytes, began: float) -> Receipt:
        limit = self.workspace.settings.ack_timeout_s
        try:
            response = await self.client.post(url, headers=headers, content=body, timeout=limit)
        except httpx2.TimeoutException:
            return Receipt("timeout", _ms(began))
        except httpx2.TooManyRedirects:
            return Receipt("too_many_redirects", _ms(began))
        except (httpx2.TransportError, httpx2.InvalidURL):
            return Receipt("connection_failed", _ms(began))
        took = _ms(began)
        if took > limit * 1000:
            return Receipt("timeout", took, status=response.status_code)
        no_retry = response.headers.get("x-slack-no-retry") == "1"
        outcome: Outcome = "acked" if response.is_success else "http_error"
        return Receipt(outcome, took, _answer(response), response.status_code, no_retry)

    async def verify_url(self, app: SlackApp) -> dict[str, Any]:
        """What Slack does when somebody types a request URL in: send a challenge that must come back."""
        challenge = self.workspace.new_secret()
        body = json.dumps({"token": "standin", "challenge": challenge, "type": "url_verification"}).encode()
        receipt = await self._post(app.request_url, signed(app, "application/json", body), body, stopwatch())
        answer = receipt.answer
        found = answer.get("challenge") if isinstance(answer, dict) else answer
        return {"ok": receipt.acked and found == challenge, "outcome": receipt.outcome, "status": receipt.status}


def _ms(began: float) -> float:
    return (stopwatch() - began) * 1000


def signed(app: SlackApp, content_type: str, body: bytes) -> dict[str, str]:
    """Slack's headers: the time and the signature over time and body, by the app's signing secret."""
    stamp = str(int(wall()))
    digest = hmac.new(app.signing_secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    return {
        "content-type": content_type,
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest.hexdigest()}",
    }


def _request(app: SlackApp, delivery: Delivery, attempt: Attempt) -> tuple[dict[str, str], bytes]:
    match delivery.kind:
        case "events_api":
            body = json.dumps(delivery.payload).encode()
            headers = signed(app, "application/json", body)
            if attempt.number:
                headers |= {"x-slack-retry-num": str(attempt.number), "x-slack-retry-reason": attempt.reason or ""}
            return headers, body
        case "interactive":
            body = urlencode({"payload": json.dumps(delivery.payload)}).encode()
        case "slash_commands":
            body = urlencode(delivery.payload).encode()
    return signed(app, FORM, body), body


def _answer(response: httpx2.Response) -> Any:
    """The body as JSON where it says so, as a text answer otherwise, None when empty."""
    if not response.content:
        return None
    if response.headers.get("content-type", "").startswith("application/json"):
        try:
            return response.json()
        except ValueError:
            return response.text
    return response.text
