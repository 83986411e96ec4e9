"""From deliveries to incidents, over a real Valkey: one outage is one incident, whatever dies in between."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.adapters.inbox import RedisInbox
from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.errors import LedgerBroken
from bot.core.events import AlertReceived, IncidentClosed, IncidentResolved, Severity
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ledger import WORKSPACE
from bot.core.ports import Entry
from bot.core.redact import redact_json
from bot.core.workspace import MANY, fold_workspace
from bot.services.intake import AT_ONCE, Intake, Opening, person_opens

AT = datetime(2026, 11, 20, 2, 14, tzinfo=UTC)


@dataclass
class Bell:
    rung: list[str] = field(default_factory=list)

    def ring(self, ledger: str) -> None:
        self.rung.append(ledger)


@dataclass
class Room:
    """Intake with everything it stands on."""

    ledgers: RedisLedgers
    payloads: RedisPayloads
    inbox: RedisInbox
    intake: Intake
    bell: Bell

    def deliver(self, *alerts: dict[str, Any], key: str = "g") -> None:
        body = {"version": "4", "groupKey": key, "alerts": list(alerts), "truncatedAlerts": 0}
        self.inbox.deliver("alertmanager", key, repr(body).encode(), body)
        self.intake.empty()

    def incidents(self) -> list[Incident]:
        names = [name for name in self.ledgers.names() if name.startswith("inc-")]
        return [fold(name, self.ledgers.read(name)) for name in names]

    def resolve(self, incident: Incident) -> None:
        closing = [
            Entry(incident.id, incident.length, (IncidentResolved(why="alerts_over"),)),
            Entry(WORKSPACE, self.ledgers.length(WORKSPACE), (IncidentClosed(incident=incident.id),)),
        ]
        assert self.ledgers.append(closing, "process:serve")


@pytest.fixture
def room(redis_url: str) -> Iterator[Room]:
    with patient(redis_url) as client:
        ledgers, payloads, bell = RedisLedgers(client), RedisPayloads(client, redact_json), Bell()
        inbox = RedisInbox(client, payloads)
        yield Room(ledgers, payloads, inbox, Intake(ledgers, payloads, inbox, bell), bell)


def alert(service: str = "shop", status: str = "firing", after: int = 0, **labels: str) -> dict[str, Any]:
    named = {"alertname": "Errors", "severity": "critical", "service": service, "namespace": "web", **labels}
    at = AT + timedelta(minutes=after)
    return {
        "status": status,
        "labels": named,
        "annotations": {"summary": f"{service} is failing"},
        "startsAt": at.isoformat(),
        "endsAt": (at + timedelta(minutes=1)).isoformat(),
        "fingerprint": format(abs(hash(tuple(sorted(named.items())))), "016x"),
    }


def test_two_hundred_alerts_of_one_outage_open_one_incident(room: Room) -> None:
    for part in range(4):
        room.deliver(*(alert(pod=f"shop-{part}-{n}") for n in range(50)), key=f"g{part}")

    (incident,) = room.incidents()
    assert len(incident.alerts) == 200
    assert incident.place == "incident"
    assert room.payloads.get(incident.id, incident.title) == "shop is failing"  # type: ignore[arg-type]


def test_two_unrelated_outages_in_one_minute_open_two(room: Room) -> None:
    room.deliver(alert("shop"), alert("mail"))

    assert sorted(i.service or "" for i in room.incidents()) == ["mail", "shop"]


def test_a_late_alert_joins_and_the_same_one_again_says_nothing(room: Room) -> None:
    room.deliver(alert())
    room.deliver(alert(alertname="Latency", after=3))
    before = room.incidents()[0].length
    room.deliver(alert(after=0), key="again")

    (incident,) = room.incidents()
    assert len(incident.alerts) == 2
    assert incident.length == before


def test_after_it_was_resolved_the_next_alert_opens_a_new_one(room: Room) -> None:
    room.deliver(alert())
    room.deliver(alert(status="resolved"))
    room.resolve(room.incidents()[0])

    room.deliver(alert(after=30))

    assert len(room.incidents()) == 2
    assert len(fold_workspace(room.ledgers.read(WORKSPACE)).open_incidents) == 1


def test_a_resolved_alert_nobody_knows_opens_nothing(room: Room) -> None:
    room.deliver(alert(status="resolved"))

    assert room.incidents() == []


def test_a_warning_stays_home_until_something_worse_joins(room: Room) -> None:
    room.deliver(alert(severity="warning"))
    assert room.incidents()[0].place == "home"

    room.deliver(alert(severity="critical", alertname="Worse"))

    (incident,) = room.incidents()
    assert (incident.place, incident.severity) == ("incident", Severity.SEV2)


def test_sorting_a_delivery_again_after_a_crash_changes_nothing(room: Room) -> None:
    body = {"version": "4", "groupKey": "g", "alerts": [alert()], "truncatedAlerts": 0}
    room.inbox.deliver("alertmanager", "g", b"1", body)
    (delivery,) = room.inbox.waiting()
    room.intake.sort(delivery)  # and died before finishing it
    length = room.incidents()[0].length

    room.intake.empty()

    (incident,) = room.incidents()
    assert incident.length == length
    assert len(room.inbox) == 0


def test_a_delivery_that_cannot_be_sorted_does_not_hold_up_the_next(room: Room, redis_url: str) -> None:
    body = {"version": "4", "groupKey": "g", "alerts": [alert()], "truncatedAlerts": 0}
    room.inbox.deliver("alertmanager", "g", b"lost", body)
    with patient(redis_url) as client:
        for key in client.scan_iter("mw:payload:inbox:*"):
            client.delete(key)
    room.inbox.deliver("alertmanager", "g", b"kept", body)

    assert room.intake.empty() == 2

    assert [len(room.incidents()), len(room.inbox), room.inbox.parked()] == [1, 0, 1]


def test_processes_racing_for_one_outage_open_one_incident(room: Room, redis_url: str) -> None:
    def race(number: int) -> None:
        with patient(redis_url) as client:
            ledgers, payloads = RedisLedgers(client), RedisPayloads(client, redact_json)
            intake = Intake(ledgers, payloads, RedisInbox(client, payloads), Bell())
            body = {"version": "4", "groupKey": f"g{number}", "alerts": [alert(pod=f"p{number}")], "truncatedAlerts": 0}
            intake.sort(Delivery(f"d{number}", "alertmanager", body, AT))

    threads = [threading.Thread(target=race, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (incident,) = room.incidents()
    assert len(incident.alerts) == 8


@dataclass(frozen=True)
class Delivery:
    id: str
    kind: str
    body: Any
    at: datetime


def test_the_same_body_within_a_minute_is_kept_once(room: Room, redis_url: str) -> None:
    body = {"version": "4", "groupKey": "g", "alerts": [alert()], "truncatedAlerts": 0}

    assert room.inbox.deliver("alertmanager", "g", b"same", body)
    assert not room.inbox.deliver("alertmanager", "g", b"same", body)
    assert len(room.inbox) == 1
    with patient(redis_url) as client:
        assert len(list(client.scan_iter("mw:payload:inbox:*"))) == 1


def test_what_others_say_meanwhile_makes_the_same_body_no_news(room: Room) -> None:
    body = {"version": "4", "groupKey": "g", "alerts": [alert()], "truncatedAlerts": 0}

    kept = [room.inbox.deliver("alertmanager", about, b"same", body) for about in ("g1", "g2", "g1", "g2")]

    assert kept == [True, True, False, False]


def test_a_delivery_knows_when_it_came_in(room: Room) -> None:
    before = room.ledgers.now()
    room.inbox.deliver("event", "x", b"1", {"id": "x", "title": "t"})

    assert before <= room.inbox.waiting()[0].at <= room.ledgers.now()


def test_a_persons_incident_is_opened_once_for_one_command(room: Room) -> None:
    def say_it() -> str:
        said = Opening("It smells of smoke", "U1", Severity.SEV2)
        return person_opens(room.intake, room.ledgers, room.payloads, "ask-1", said)

    assert say_it() == say_it()
    assert [i.requester for i in room.incidents()] == ["U1"]


def test_a_body_far_larger_than_a_payload_may_be_is_sorted_whole_and_then_forgotten(room: Room, redis_url: str) -> None:
    room.deliver(*(alert(pod=f"shop-{n}", note="x" * 6000) for n in range(200)))

    (incident,) = room.incidents()
    assert len(incident.alerts) == 200
    with patient(redis_url) as client:
        assert list(client.scan_iter("mw:payload:inbox:*")) == []


def test_a_workspace_nobody_can_read_holds_deliveries_back_instead_of_losing_them(room: Room, redis_url: str) -> None:
    with patient(redis_url) as client:
        client.rpush("mw:ledger:workspace", "x")

    with pytest.raises(LedgerBroken):
        room.deliver(alert())

    assert (len(room.inbox), room.inbox.parked()) == (1, 0)


def test_a_handful_of_incidents_call_for_themselves(room: Room) -> None:
    for number in range(MANY):
        room.deliver(alert(f"s{number}"))

    assert [incident.storm for incident in room.incidents()] == [None] * MANY
    assert not [name for name in room.ledgers.names() if name.startswith("storm-")]


def test_many_incidents_at_once_are_one_storm(room: Room) -> None:
    room.deliver(*(alert(f"s{number}") for number in range(MANY + 7)))
    room.deliver(alert("late"), alert("quiet", severity="warning"))

    storms = [incident.storm for incident in room.incidents()]
    [name] = [name for name in room.ledgers.names() if name.startswith("storm-")]
    assert Counter(storms) == {None: MANY + 1, name: 8}
    assert [event.kind for event in room.ledgers.read(name)] == ["StormBegan"]
    storm = fold_workspace(room.ledgers.read(WORKSPACE)).storm
    assert storm is not None
    assert (storm.id, storm.incidents) == (name, 8)
    assert name in room.bell.rung


def test_the_watchdog_is_no_incident_even_from_the_inbox(room: Room) -> None:
    room.deliver(alert("shop", alertname="Watchdog"))

    assert room.incidents() == []
    assert len(room.inbox) == 0


def test_a_storm_is_sorted_a_while_at_a_time(room: Room) -> None:
    for number in range(30):
        body = {"version": "4", "groupKey": f"g{number}", "alerts": [alert(f"s{number}")]}
        room.inbox.deliver("alertmanager", f"g{number}", repr(body).encode(), body)

    assert 0 < room.intake.empty(seconds=0.0) < 30
    room.intake.empty()

    assert len(room.inbox) == 0
    assert len(room.incidents()) == 30


def post_many(room: Room, count: int) -> None:
    alerts = [alert(pod=f"shop-{number}") for number in range(count)]
    room.inbox.deliver("alertmanager", "g", b"many", {"version": "4", "groupKey": "g", "alerts": alerts})


def test_a_large_notice_is_sorted_a_piece_at_a_time_and_whole_in_the_end(room: Room) -> None:
    post_many(room, 2 * AT_ONCE + 1)

    room.intake.empty(seconds=0.0)
    assert (len(room.incidents()[0].alerts), len(room.inbox)) == (AT_ONCE, 1)
    room.intake.empty(seconds=0.0)
    room.intake.empty(seconds=0.0)

    (incident,) = room.incidents()
    assert (len(incident.alerts), len(room.inbox), room.inbox.parked()) == (2 * AT_ONCE + 1, 0, 0)


def test_an_incident_that_is_resolved_while_its_notice_is_sorted_is_not_opened_again_for_the_same_alerts(
    room: Room,
) -> None:
    post_many(room, AT_ONCE + 1)
    room.intake.empty(seconds=0.0)
    room.resolve(room.incidents()[0])

    room.intake.empty()

    assert sorted(len(incident.alerts) for incident in room.incidents()) == [1, AT_ONCE]
    assert (len(room.inbox), room.inbox.parked()) == (0, 0)


def say(room: Room, kind: str, **more: str) -> None:
    body = {"id": "x", "title": "The till is down", "service": "shop", "kind": kind, **more}
    room.inbox.deliver("event", "x", repr(body).encode(), body)
    room.intake.empty()


def test_what_fires_ends_and_fires_again_within_a_minute_is_heard_each_time(room: Room) -> None:
    for kind, firing in (("alert", True), ("alert", True), ("resolved", False), ("resolved", False), ("alert", True)):
        say(room, kind)
        assert [alert.firing for alert in room.incidents()[0].alerts.values()] == [firing]

    (incident,) = room.incidents()
    kinds = [event.kind for event in room.ledgers.read(incident.id)]
    assert kinds == ["IncidentOpened", "AlertReceived", "AlertResolved", "AlertReceived"]


def test_the_late_end_of_an_earlier_firing_does_not_end_a_newer_one(room: Room) -> None:
    room.deliver(alert())
    room.deliver(alert(after=60))
    room.deliver(alert(status="resolved", after=0))

    (incident,) = room.incidents()
    (held,) = incident.alerts.values()
    assert (held.firing, held.starts_at, incident.began_at) == (True, AT + timedelta(minutes=60), AT)

    room.deliver(alert(status="resolved", after=60))

    assert not room.incidents()[0].firing


def test_two_servers_that_began_one_alert_at_two_times_end_it_together(room: Room) -> None:
    room.deliver(alert(after=1))
    merged = {**alert(status="resolved", after=0), "endsAt": (AT + timedelta(minutes=9)).isoformat()}

    room.deliver(merged)

    assert not room.incidents()[0].firing


def test_two_hundred_machines_of_one_group_open_one_incident(room: Room) -> None:
    down = [node("NodeDown", f"n{number}") for number in range(200)]
    for part in (down[:1], down[:120], down):
        room.deliver(*part, key='{}:{alertname="NodeDown"}')
    room.deliver(node("DiskFull", "db9"), key='{}:{alertname="DiskFull"}')

    assert sorted(len(incident.alerts) for incident in room.incidents()) == [1, 200]


def node(name: str, machine: str) -> dict[str, Any]:
    told = alert(alertname=name, instance=f"{machine}:9100", job="node-exporter", namespace="monitoring")
    del told["labels"]["service"]
    return told


def test_the_ledger_says_why_each_alert_stands_in_its_incident(room: Room) -> None:
    room.deliver(node("NodeDown", "n1"))
    room.deliver(node("NodeDown", "n2"))
    room.deliver(node("Slow", "n2"))

    (incident,) = room.incidents()
    facts = [event.fact for event in room.ledgers.read(incident.id)]
    assert [f.why for f in facts if isinstance(f, AlertReceived)] == ["first_alert", "same_group", "same_subject"]


def test_an_incident_of_an_earlier_release_is_ended_by_its_alert_though_it_is_grouped_otherwise_now(room: Room) -> None:
    room.deliver(alert("shop"))
    (incident,) = room.incidents()
    (held,) = incident.alerts.values()
    renamed = alert("shop", status="resolved", component="till")
    renamed["labels"]["service"], renamed["fingerprint"] = "another-name", held.fingerprint

    room.deliver(renamed)

    assert not room.incidents()[0].firing
    assert len(room.incidents()) == 1
