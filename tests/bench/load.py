"""Fifty people at once: signed Slack requests from a process of its own, each person pausing between two.

Run as `python -m tests.bench.load URL SECRET KIND PEOPLE REQUESTS PAUSE_MS`; prints one JSON list of latencies in ms.
"""

import asyncio
import hashlib
import hmac
import json
import random
import sys
import time
from urllib.parse import urlencode

import httpx2

APPROVALS = 25


def command(number: int) -> dict[str, str]:
    """What Slack posts for `/ops status`."""
    return {
        "command": "/ops",
        "text": "status",
        "user_id": "U0ALEX",
        "user_name": "alex",
        "team_id": "T1",
        "team_domain": "t",
        "channel_id": "C1",
        "channel_name": "ops",
        "api_app_id": "A1",
        "is_enterprise_install": "false",
        "response_url": "http://127.0.0.1:1/response",
        "trigger_id": f"{time.time_ns()}.{number}",
        "token": "x",
    }


def click(number: int, approval: int) -> dict[str, str]:
    """What Slack posts for a press of Approve."""
    press = {
        "type": "block_actions",
        "user": {"id": "U0ALEX", "username": "alex", "name": "alex", "team_id": "T1"},
        "api_app_id": "A1",
        "token": "x",
        "container": {"type": "message", "message_ts": "1.5", "channel_id": "C1", "is_ephemeral": False},
        "trigger_id": f"{time.time_ns()}.{number}",
        "team": {"id": "T1", "domain": "t"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": "C1", "name": "ops"},
        "message": {"type": "message", "ts": "1.5", "text": "…"},
        "response_url": "http://127.0.0.1:1/response",
        "actions": [
            {
                "action_id": "approve",
                "block_id": "b",
                "type": "button",
                "value": f"a-bench-{approval}",
                "text": {"type": "plain_text", "text": "Approve"},
                "action_ts": f"{time.time_ns()}.{number}",
            }
        ],
    }
    return {"payload": json.dumps(press)}


def signed(body: bytes, secret: str) -> dict[str, str]:
    now = str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + now.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": f"v0={digest}",
    }


async def person(
    http: httpx2.AsyncClient, secret: str, kind: str, requests: int, pause: float, chance: random.Random
) -> list[float]:
    latencies = []
    for number in range(requests):
        await asyncio.sleep(chance.uniform(0, 2 * pause))
        fields = command(chance.getrandbits(40)) if kind == "command" else click(number, chance.randrange(APPROVALS))
        body = urlencode(fields).encode()
        started = time.perf_counter()
        answer = await http.post("/slack/events", content=body, headers=signed(body, secret))
        latencies.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code} {answer.text[:200]}")
    return latencies


async def main(url: str, secret: str, kind: str, people: int, requests: int, pause: float) -> None:
    limits = httpx2.Limits(max_connections=people, max_keepalive_connections=people)
    async with httpx2.AsyncClient(base_url=url, limits=limits, timeout=30) as http:
        crowd = [person(http, secret, kind, requests, pause, random.Random(n)) for n in range(people)]
        latencies = [latency for one in await asyncio.gather(*crowd) for latency in one]
    sys.stdout.write(json.dumps(latencies))


if __name__ == "__main__":
    where, key, what, crowd, each, rest = sys.argv[1:]
    asyncio.run(main(where, key, what, int(crowd), int(each), float(rest) / 1000))
