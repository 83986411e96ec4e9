"""The bad rollout once more, with Debian's Prometheus and Alertmanager between the world and the bot."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ledger import Event
from bot.core.redact import redact_json
from bot.playground.outfit import APPROVER, VISITOR, Outfit, free_port, root
from bot.playground.people import People
from bot.playground.player import Player, Seen
from bot.wiring.demo import Ending, ask_world, check_ledgers, find_scenario, playground

from .real_servers import real_servers

pytestmark = [
    pytest.mark.needs("prometheus", "promtool", "alertmanager"),
    pytest.mark.xdist_group("real-input"),
    pytest.mark.timeout(300),
]
PLAY_SECONDS = 180.0


@dataclass(frozen=True)
class Played:
    """What was left when the story had ended."""

    finished: bool
    seen: list[Seen]
    incidents: dict[str, Incident]
    events: list[Event]
    looks: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    resolutions: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    verdict: dict[str, Any]
    ledgers: list[dict[str, Any]]
    world_told: list[Any]
    prometheus: str

    def of(self, kind: str) -> list[Any]:
        return [event.fact for event in self.events if event.fact.kind == kind]


SCRAPED = "bookstall_http_requests_total"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    outfit = Outfit.make(
        tmp_path_factory.mktemp("real"),
        find_scenario("bad-rollout"),
        (root() / "runbooks",),
        {"MIDWATCH_RECHECK_SECONDS": "8"},
        prometheus=f"http://127.0.0.1:{free_port()}",
    )
    with playground(outfit), real_servers(outfit, free_port()):
        # from here on nobody can read the world's own Prometheus by mistake
        httpx2.post(f"{outfit.world}/_world/outage", json={"api": "prometheus", "status": 503}).raise_for_status()
        yield play(outfit)


def play(outfit: Outfit) -> Played:
    seen: list[Seen] = []
    with People(outfit.slack) as people, patient(outfit.redis_url("read")) as client:
        ledgers, payloads = RedisLedgers(client), RedisPayloads(client, redact_json, 1)
        finished = Player(people, APPROVER, VISITOR, seen.append).play(
            Ending(ledgers, lambda: ask_world(outfit).get("holds") is True), PLAY_SECONDS
        )
        names = [name for name in ledgers.names() if name.startswith("inc-")]
        events = [event for name in names for event in ledgers.read(name)]

        def told(kind: str, field: str) -> list[dict[str, Any]]:
            found = [(event.ledger, event.fact) for event in events if event.fact.kind == kind]
            return [{"tool": getattr(fact, "tool", ""), **payloads.get(at, getattr(fact, field))} for at, fact in found]

        for event in events:  # shown when something fails
            sys.stdout.write(f"{event.at:%H:%M:%S.%f} {event.fact.kind}\n")
        return Played(
            finished=finished,
            seen=seen,
            incidents={name: fold(name, ledgers.read(name)) for name in names},
            events=events,
            looks=told("EvidenceGathered", "observation"),
            findings=told("FindingMade", "finding"),
            resolutions=told("AlertResolved", "alert"),
            checks=told("VerificationPassed", "seen"),
            verdict=ask_world(outfit),
            ledgers=check_ledgers(ledgers),
            world_told=httpx2.get(f"{outfit.world}/_world/deliveries").json()["deliveries"],
            prometheus=outfit.prometheus,
        )


def test_the_story_ends_and_the_world_says_it_is_well(played: Played) -> None:
    assert played.finished
    assert played.verdict["holds"], played.verdict
    assert all(row["intact"] for row in played.ledgers)


def test_one_incident_comes_from_alertmanager_and_the_world_told_nobody(played: Played) -> None:
    (incident,) = played.incidents.values()
    assert played.world_told == []
    assert {(alert.alertname, alert.source) for alert in played.of("AlertReceived")} == {
        ("CoinboxFailing", "alertmanager")
    }
    assert len(incident.alerts) == 1


def test_the_finding_names_the_rollout_by_evidence_from_the_real_prometheus(played: Played) -> None:
    metrics = [look for look in played.looks if look["tool"] == "query_metrics"]
    assert metrics
    assert {look["outcome"] for look in metrics} <= {"ok", "no_data"}  # nobody scrapes the containers' memory here
    scraped = [look for look in metrics if SCRAPED in json.dumps(look["asked"])]
    assert {look["outcome"] for look in scraped} == {"ok"}  # the world's own Prometheus is down: the real one answered
    said = json.dumps(played.findings[-1], ensure_ascii=False)
    assert "2.31.0" in said or "revision 2" in said, said


def test_what_was_approved_was_carried_out_once_and_verified_by_the_alert_itself(played: Played) -> None:
    assert len(played.of("ActionApproved")) == len(played.of("ExecutionSucceeded")) == 1
    assert [check.check for check in played.of("VerificationPassed")][-1] == 2
    assert "The alert is quiet and 6 of 6 pods of coinbox are ready" in json.dumps(played.checks), played.checks


def test_the_incident_is_resolved_by_what_alertmanager_says(played: Played) -> None:
    (incident,) = played.incidents.values()
    assert incident.resolved_at is not None
    assert not incident.firing
    assert len(played.of("AlertResolved")) == 1
