"""The command line's readings, run as a person runs them: exit codes are the contract."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from bot.adapters.anchors import FileAnchors
from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers, ledger_key
from bot.core.events import ChartDrawn, DiagnosisStarted, IncidentOpened, PersonSaid, Ref, Severity, StormBegan
from bot.core.ledger import Head, seal
from bot.core.redact import redact_json
from tests.scene import PIXEL

ROOT = Path(__file__).parents[2]
REF = Ref(ref="0" * 64, bytes=1)
OPENED = IncidentOpened(severity=Severity.SEV2, key="0" * 32, title=REF, why="first_alert", place="incident")
SAID = PersonSaid(user="U1", team="T1", ts="1.5", text=REF)


@dataclass
class Desk:
    url: str
    ledgers: RedisLedgers
    client: redis.Redis
    anchors: FileAnchors
    path: Path

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        env = {"REDIS_URL": self.url, "PATH": os.environ["PATH"], "MIDWATCH_ANCHORS": str(self.path)}
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments], env=env, cwd=ROOT, capture_output=True, text=True, timeout=60
        )

    def anchor(self) -> None:
        head = self.ledgers.head("inc-1")
        self.anchors.note("inc-1", head.length, head.hash)


@pytest.fixture
def desk(redis_url: str, tmp_path: Path) -> Iterator[Desk]:
    with patient(redis_url) as client:
        ledgers = RedisLedgers(client)
        ledgers.record("inc-1", [OPENED, SAID, SAID], "process:serve")
        path = tmp_path / "anchors"
        yield Desk(redis_url, ledgers, client, FileAnchors(path), path)


def test_a_bulletin_needs_no_anchor(desk: Desk) -> None:
    desk.anchor()
    desk.ledgers.record("storm-1", [StormBegan(incidents=6, minutes=5)], "process:serve")

    done = desk.run("ledger", "verify")

    assert done.returncode == 0, done.stdout
    assert "storm-1: intact" in done.stdout


def test_an_anchored_ledger_is_intact(desk: Desk) -> None:
    desk.anchor()
    desk.ledgers.record("inc-1", [SAID], "process:serve")

    done = desk.run("ledger", "verify", "inc-1")

    assert done.returncode == 0
    assert "intact: 4 events, 4 payloads erased" in done.stdout


def test_without_an_anchor_nothing_false_was_found_and_that_is_all(desk: Desk) -> None:
    assert desk.run("ledger", "verify", "inc-1").returncode == 4


def test_an_edited_line_is_tampering(desk: Desk) -> None:
    desk.anchor()
    line = desk.client.lindex(ledger_key("inc-1"), 1)
    assert isinstance(line, bytes)
    desk.client.lset(ledger_key("inc-1"), 1, line.replace(b'"U1"', b'"U2"'))

    done = desk.run("ledger", "verify")

    assert done.returncode == 3
    assert "line 1" in done.stdout


def test_a_chain_rewritten_from_end_to_end_disagrees_with_its_anchor(desk: Desk) -> None:
    desk.anchor()
    other = seal("inc-1", [OPENED, SAID], "process:serve", desk.ledgers.now() - timedelta(hours=1), Head())
    desk.client.delete(ledger_key("inc-1"))
    desk.ledgers.record("inc-1", [OPENED, SAID, SAID.model_copy(update={"user": "U9"})], "process:serve")
    assert len(other) == 2

    assert desk.run("ledger", "verify").returncode == 3


def test_a_ledger_cut_short_is_incomplete(desk: Desk) -> None:
    desk.anchor()
    desk.client.rpop(ledger_key("inc-1"))

    done = desk.run("ledger", "verify")

    assert done.returncode == 5
    assert "an anchor saw 3 events, 2 are here" in done.stdout


def test_a_ledger_is_shown_line_by_line_as_json(desk: Desk) -> None:
    done = desk.run("ledger", "show", "inc-1", "--json")

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 3
    assert '"kind": "IncidentOpened"' in done.stdout


@pytest.mark.parametrize(
    "arguments", [("ledger", "show", "inc-9"), ("incidents", "show", "inc-9"), ("ledger", "verify", "inc-9")]
)
def test_what_does_not_exist_is_said(desk: Desk, arguments: tuple[str, ...]) -> None:
    done = desk.run(*arguments)

    assert done.returncode == 2
    assert "there is no" in done.stderr


def test_incidents_are_listed_although_their_texts_are_gone(desk: Desk) -> None:
    done = desk.run("incidents")

    assert done.returncode == 0
    assert "inc-1  sev2  open" in done.stdout


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        (("serve",), "SLACK_BOT_TOKEN is missing"),
        (("worker", "talk"), "MIDWATCH_HOME_CHANNEL is missing"),
        (("worker", "act"), "MIDWATCH_VERIFY_KEY is missing"),
    ],
)
def test_a_missing_setting_is_named_with_what_it_is_for(desk: Desk, command: tuple[str, ...], missing: str) -> None:
    done = desk.run(*command)

    assert done.returncode == 2
    assert missing in done.stderr
    assert "for example" in done.stderr


def test_the_chart_is_written_to_a_file_and_said_in_words(desk: Desk, tmp_path: Path) -> None:
    payloads = RedisPayloads(desk.client, redact_json)
    ref = payloads.put("inc-1", {"title": "Errors", "says": "21 % now", "alt": "Chart of errors", "png": PIXEL})
    desk.ledgers.record("inc-1", [DiagnosisStarted(round=1, reasoner="guided")], "process:diagnose")
    nothing = desk.run("incidents", "show", "inc-1", "--chart", str(tmp_path / "none.png"))
    desk.ledgers.record("inc-1", [ChartDrawn(round=1, chart=ref)], "process:diagnose")

    done = desk.run("incidents", "show", "inc-1", "--chart", str(tmp_path / "chart.png"))
    nowhere = desk.run("incidents", "show", "inc-1", "--chart", str(tmp_path / "no" / "folder.png"))

    assert (nothing.returncode, (tmp_path / "none.png").exists()) == (2, False)
    assert "has no chart" in nothing.stderr
    assert done.returncode == 0
    assert (tmp_path / "chart.png").read_bytes() == PIXEL
    assert "chart: Chart of errors" in done.stdout
    assert (nowhere.returncode, "cannot be written" in nowhere.stderr) == (2, True)
