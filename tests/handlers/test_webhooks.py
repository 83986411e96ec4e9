"""The webhook door: kept durably and accepted, or refused with the field named; nothing in between."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.testclient import TestClient

from bot.adapters.inbox import RedisInbox
from bot.adapters.payloads import RedisPayloads
from bot.adapters.presence import RedisHearing, RedisReceivers, RedisWatchdog
from bot.adapters.redis_client import fast
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.redact import redact_json
from handlers.http import LARGEST_SLACK_BODY, site, slack_events
from handlers.webhooks import LARGEST, Webhooks

TOKEN = "a-webhook-token"
RECORDED = Path(__file__).parent.parent / "recordings"


@dataclass
class Bell:
    rung: list[str] = field(default_factory=list)

    def ring(self, ledger: str) -> None:
        self.rung.append(ledger)


@dataclass
class Door:
    http: TestClient
    inbox: RedisInbox
    bell: Bell

    def post(self, body: Any, path: str = "alertmanager", token: str = TOKEN) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.http.post(f"/webhooks/{path}", content=raw, headers={"Authorization": f"Bearer {token}"})


def door_to(url: str) -> Door:
    client = fast(url)
    payloads = RedisPayloads(client, redact_json)
    inbox, bell = RedisInbox(client, payloads), Bell()
    webhooks = Webhooks(inbox, bell, RedisLedgers(client), TOKEN, RedisHearing(client, "Watchdog"))
    return Door(TestClient(site(webhooks, None, {}, CollectorRegistry())), inbox, bell)


@pytest.fixture
def door(redis_url: str) -> Door:
    return door_to(redis_url)


def recorded(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((RECORDED / name).read_text())
    return body


@pytest.mark.parametrize("name", ["alertmanager_firing.json", "alertmanager_resolved.json"])
def test_what_a_real_alertmanager_sent_is_kept_whole_before_202(door: Door, name: str) -> None:
    answer = door.post(recorded(name))

    assert answer.status_code == 202
    assert [delivery.body for delivery in door.inbox.waiting()] == [recorded(name)]
    assert door.bell.rung == ["inbox"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"", 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (json.dumps({"version": "4"}).encode(), 400, "groupKey"),
        (b"[" * 100_000, 400, "not JSON"),
        (b"\xff\xfe", 400, "not JSON"),
        (b"x" * (LARGEST + 1), 413, "at most; set max_alerts"),
    ],
)
def test_a_bad_body_is_refused_and_nothing_is_kept(door: Door, body: bytes, status: int, says: str) -> None:
    answer = door.post(body)

    assert (answer.status_code, len(door.inbox)) == (status, 0)
    assert says in answer.json()["error"]


def test_a_notice_of_thousands_of_alerts_is_not_refused(door: Door) -> None:
    body = recorded("alertmanager_firing.json")
    body["alerts"] = body["alerts"][:1] * 2_001

    assert door.post(body).status_code == 202
    assert len(door.inbox.waiting()[0].body["alerts"]) == 2_001


def test_a_truncated_recording_is_refused(door: Door) -> None:
    raw = (RECORDED / "alertmanager_firing.json").read_bytes()

    assert door.post(raw[: len(raw) // 2]).status_code == 400


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x"])
def test_a_wrong_token_is_401(door: Door, token: str) -> None:
    assert door.post(recorded("alertmanager_firing.json"), token=token).status_code == 401
    assert len(door.inbox) == 0


@pytest.mark.parametrize("sent", [f"bearer {TOKEN}", f"BEARER {TOKEN}", f"Bearer  {TOKEN}"])
def test_the_schemes_name_may_be_written_in_any_case(door: Door, sent: str) -> None:
    raw = json.dumps(recorded("alertmanager_firing.json"))

    assert door.http.post("/webhooks/alertmanager", content=raw, headers={"Authorization": sent}).status_code == 202


@pytest.mark.parametrize(
    "sent", [TOKEN, f"Basic {TOKEN}", f"Bearer{TOKEN}", f"Bearer {TOKEN} more", "Bearer", "Bearer "]
)
def test_another_scheme_or_none_is_401(door: Door, sent: str) -> None:
    raw = json.dumps(recorded("alertmanager_firing.json"))

    assert door.http.post("/webhooks/alertmanager", content=raw, headers={"Authorization": sent}).status_code == 401


def test_a_bad_event_is_the_senders_fault_also_while_redis_is_down() -> None:
    dead = door_to("redis://127.0.0.1:1/0")

    assert dead.post({"id": "x"}, "event").status_code == 400
    assert dead.post({"id": "x", "title": "t"}, "event").status_code == 503


def test_a_dead_redis_is_503_so_that_the_sender_tries_again() -> None:
    answer = door_to("redis://127.0.0.1:1/0").post(recorded("alertmanager_firing.json"))

    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_any_other_event_is_kept_too(door: Door) -> None:
    event = {"id": "pay-1", "title": "Payments provider reports an outage", "severity": "sev1", "service": "pay"}

    assert door.post(event, "event").status_code == 202
    assert door.inbox.waiting()[0].kind == "event"


def test_a_delivery_made_twice_is_kept_once_and_a_change_back_is_news(door: Door) -> None:
    down, up = {"id": "x", "title": "down"}, {"id": "x", "title": "down", "kind": "resolved"}

    answers = [door.post(event, "event").json()["new"] for event in (down, down, up, up, down)]

    assert answers == [True, False, True, False, True]


def test_two_events_that_say_the_same_of_two_things_are_two(door: Door) -> None:
    assert [door.post({"id": name, "title": "down"}, "event").json()["new"] for name in "xyx"] == [True, True, False]


@pytest.mark.parametrize(
    ("event", "field_name"),
    [
        ({"id": "x"}, "title"),
        ({"id": "x", "title": "t", "severity": "huge"}, "severity"),
        ({"id": "x", "title": "t", "huh": 1}, "huh"),
    ],
)
def test_a_bad_event_names_the_field(door: Door, event: dict[str, Any], field_name: str) -> None:
    answer = door.post(event, "event")

    assert answer.status_code == 400
    assert field_name in answer.json()["error"]


def watchdog(status: str = "firing", **more: str) -> dict[str, Any]:
    labels = {"alertname": "Watchdog", "severity": "none", **more}
    return {"status": status, "labels": labels, "startsAt": "2026-11-20T02:00:00Z", "fingerprint": "0" * 16}


def notice(*alerts: dict[str, Any]) -> dict[str, Any]:
    return {"version": "4", "groupKey": "g", "receiver": "team-x", "alerts": list(alerts)}


def test_the_watchdog_is_heard_and_never_kept(door: Door, redis_url: str) -> None:
    heard = RedisWatchdog(fast(redis_url))
    assert heard.last() is None

    assert door.post(notice(watchdog())).status_code == 202

    assert heard.last() is not None
    assert len(door.inbox) == 0
    assert door.bell.rung == []
    assert RedisReceivers(fast(redis_url)).all() == {"team-x"}


def test_a_watchdog_that_ended_was_not_heard(door: Door, redis_url: str) -> None:
    assert door.post(notice(watchdog("resolved"))).status_code == 202

    assert RedisWatchdog(fast(redis_url)).last() is None
    assert len(door.inbox) == 0


def test_what_comes_with_the_watchdog_is_kept(door: Door, redis_url: str) -> None:
    assert door.post(notice(watchdog(), watchdog(alertname="Errors"))).status_code == 202

    assert RedisWatchdog(fast(redis_url)).last() is not None
    assert len(door.inbox) == 1


def test_a_watchdog_that_cannot_be_noted_is_sent_again() -> None:
    assert door_to("redis://127.0.0.1:1/0").post(notice(watchdog())).status_code == 503


def test_slacks_door_reads_no_more_of_an_unsigned_body_than_it_would_take() -> None:
    read = 0

    async def receive() -> dict[str, object]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * 65536, "more_body": read < 1000}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    app = slack_events(None)  # type: ignore[arg-type]
    scope = {"type": "http", "method": "POST", "path": "/slack/events", "headers": [], "query_string": b""}

    async def deliver() -> None:
        answer = await app(Request(scope, receive))
        await answer(scope, receive, send)

    with ThreadPoolExecutor(1) as apart:  # a browser of another test may keep a loop running in this thread
        apart.submit(asyncio.run, deliver()).result(30)
    assert sent[0]["status"] == 413
    assert read <= LARGEST_SLACK_BODY // 65536 + 1


def test_an_alert_with_half_a_sign_in_it_is_not_lost(door: Door) -> None:
    body = recorded("alertmanager_firing.json")
    body["alerts"][0].setdefault("annotations", {})["summary"] = "cut \ud83d"

    assert door.post(body).status_code == 202
    [kept] = door.inbox.waiting()
    assert kept.body["alerts"][0]["annotations"]["summary"] == "cut ?"
