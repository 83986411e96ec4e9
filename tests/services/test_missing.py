"""What an absence cost, told by a real Alertmanager and a real Valkey; and what is said where nobody can look."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bot.adapters.alertmanager import Alertmanager
from bot.adapters.inbox import RedisInbox
from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.bulletin import Bulletin, fold_bulletin
from bot.core.events import Disconnected, Outcome
from bot.core.ledger import stamp
from bot.core.redact import redact_json
from bot.services.intake import Intake
from bot.services.missing import Missing
from bot.views.bulletin import bulletin_message
from bot.views.house import House
from bot.wiring.demo import wait_http
from tests.conftest import free_port
from tests.fakes_ledger import NotingBell
from tests.scenarios.real_servers import program

AWAY = "away-1"
HOUSE = House(home="C1")
CONFIG = """
route: {receiver: midwatch, routes: [{matchers: ['team="other"'], receiver: elsewhere}]}
receivers: [{name: midwatch}, {name: elsewhere}]
"""


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, url = tmp_path_factory.mktemp("alertmanager"), f"127.0.0.1:{free_port()}"
    (folder / "alertmanager.yml").write_text(CONFIG)
    arguments = (f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/kept")
    with program(
        folder, "prometheus-alertmanager", *arguments, f"--web.listen-address={url}", "--cluster.listen-address="
    ):
        wait_http(f"http://{url}/-/ready", 30)
        yield f"http://{url}"


@dataclass
class Desk:
    ledgers: RedisLedgers
    payloads: RedisPayloads
    intake: Intake
    url: str | None

    def look(self, number: int, receivers: frozenset[str] = frozenset({"midwatch"})) -> Bulletin:
        monitor = Alertmanager(self.url) if self.url else None
        missing = Missing(self.ledgers, self.payloads, NotingBell(), monitor, lambda: receivers, "Watchdog")
        missing.run(AWAY, number)
        return fold_bulletin(AWAY, self.ledgers.read(AWAY))

    def says(self, bulletin: Bulletin) -> str:
        ref = bulletin.looks[-1].names
        names = tuple(self.payloads.get(AWAY, ref)) if ref else ()
        message = bulletin_message(bulletin, HOUSE, names)
        return message["text"] + str(message["blocks"])

    def take(self, fires: dict[str, Any]) -> None:
        """Let an alert come in, as Alertmanager would send it."""
        alert = {**fires, "status": "firing"}
        body = {"version": "4", "groupKey": "g", "alerts": [alert]}
        self.intake._inbox.deliver("alertmanager", "g", repr(body).encode(), body)  # type: ignore[attr-defined]
        self.intake.empty()


@pytest.fixture
def desk(redis_url: str) -> Iterator[Desk]:
    with patient(redis_url) as client:
        ledgers, payloads = RedisLedgers(client), RedisPayloads(client, redact_json)
        intake = Intake(ledgers, payloads, RedisInbox(client, payloads), NotingBell())
        now = ledgers.now()
        gone = Disconnected(since=stamp(now - timedelta(minutes=4)), until=stamp(now), what="process")
        ledgers.record(AWAY, [gone], "process:serve")
        yield Desk(ledgers, payloads, intake, None)


def fire(url: str, name: str, minutes_ago: float = 2, **labels: str) -> None:
    began = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    alert = {"labels": {"alertname": name, "service": name.lower(), **labels}, "startsAt": began.isoformat()}
    httpx2.post(f"{url}/api/v2/alerts", json=[alert]).raise_for_status()


def firing(url: str, name: str) -> dict[str, Any]:
    alerts: list[dict[str, Any]] = httpx2.get(f"{url}/api/v2/alerts").raise_for_status().json()
    return next(alert for alert in alerts if alert["labels"]["alertname"] == name)


@pytest.mark.needs("alertmanager")
def test_what_fires_and_never_came_is_missing_until_it_comes(desk: Desk, alertmanager: str) -> None:
    desk.url = alertmanager
    for name, team in (("Known", "us"), ("Lost", "us"), ("Foreign", "other"), ("Watchdog", "us")):
        fire(alertmanager, name, team=team)
    fire(alertmanager, "New", minutes_ago=-1)
    desk.take(firing(alertmanager, "Known"))

    first = desk.look(1)

    assert (first.looks[0].outcome, first.looks[0].firing, first.looks[0].missed) == (Outcome.OK, 2, 1)
    assert "1 alert still missing" in desk.says(first)
    assert "Lost" in desk.says(first)
    assert "missed nothing" not in desk.says(first)
    desk.take(firing(alertmanager, "Lost"))
    second = desk.look(2)
    assert (second.looks[1].missed, second.looks[1].late) == (0, 2)
    assert "caught up 2 alerts" in desk.says(second)


@pytest.mark.needs("alertmanager")
def test_a_look_is_taken_once(desk: Desk, alertmanager: str) -> None:
    desk.url = alertmanager

    desk.look(1)

    assert len(desk.look(1).looks) == 1
    assert len(desk.look(3).looks) == 1


def test_where_nobody_can_look_nothing_is_claimed(desk: Desk) -> None:
    said = desk.says(desk.look(1))

    assert "I cannot tell whether I missed anything" in said
    assert "ALERTMANAGER_URL" in said
    assert "missed nothing" not in said


def test_a_look_that_failed_is_not_nothing_missed(desk: Desk, tmp_path: Path) -> None:
    desk.url = f"http://127.0.0.1:{free_port()}"

    bulletin = desk.look(1)

    assert bulletin.looks[0].outcome is Outcome.FAILED
    assert "could not be read" in desk.says(bulletin)
    assert "missed nothing" not in desk.says(bulletin)
