"""The command line's readings, run as a person runs them: exit codes are the contract."""

import json
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
from bot.core.events import (
    ChartDrawn,
    DiagnosisStarted,
    HeadNoted,
    HeadsNoted,
    IncidentOpened,
    PersonSaid,
    Ref,
    Severity,
    StormBegan,
)
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


def tamper(desk: Desk, ledger: str) -> None:
    line = desk.client.lindex(ledger_key(ledger), 1)
    assert isinstance(line, bytes)
    desk.client.lset(ledger_key(ledger), 1, line.replace(b'"U1"', b'"U2"'))


def test_the_worst_of_all_ledgers_is_the_exit_code(desk: Desk) -> None:
    for name in ("inc-1", "inc-2"):
        desk.ledgers.record(name, [OPENED, SAID], "process:serve")
    assert desk.run("ledger", "verify").returncode == 4  # neither is anchored

    desk.anchor()
    desk.client.rpop(ledger_key("inc-1"))
    assert desk.run("ledger", "verify").returncode == 5  # shorter, beside one without an anchor

    tamper(desk, "inc-2")
    assert desk.run("ledger", "verify").returncode == 3  # tampered, beside one that is shorter


def test_a_ledger_that_is_both_rewritten_and_cut_is_tampered(desk: Desk) -> None:
    desk.anchor()
    desk.client.delete(ledger_key("inc-1"))
    desk.ledgers.record("inc-1", [OPENED, SAID.model_copy(update={"user": "U9"})], "process:serve")
    desk.anchors.note("inc-1", 2, "0" * 64)

    assert desk.run("ledger", "verify").returncode == 3


def test_an_anchored_ledger_that_is_gone_altogether_is_incomplete(desk: Desk) -> None:
    desk.anchor()
    desk.client.delete(ledger_key("inc-1"))

    every, one = desk.run("ledger", "verify"), desk.run("ledger", "verify", "inc-1")

    assert (every.returncode, one.returncode) == (5, 5)
    assert "an anchor saw 3 events, 0 are here" in every.stdout


def test_an_anchor_cut_by_a_crash_is_ignored_with_a_word_now_and_later(desk: Desk) -> None:
    desk.anchor()
    whole = desk.path.read_text()
    desk.path.write_text(whole + "inc-1 3")
    cut = desk.run("ledger", "verify")
    desk.anchor()
    later = desk.run("ledger", "verify")

    assert (cut.returncode, later.returncode) == (0, 0)
    assert "1 cut by a crash, ignored" in cut.stdout
    assert "1 cut by a crash, ignored" in later.stdout
    assert "2 anchors agree" in later.stdout


def test_a_last_anchor_that_lacks_nothing_but_its_end_counts(desk: Desk) -> None:
    desk.anchor()
    desk.path.write_text(desk.path.read_text().rstrip("\n"))
    assert "1 anchors agree" in desk.run("ledger", "verify").stdout

    desk.anchor()
    assert "2 anchors agree" in desk.run("ledger", "verify").stdout


@pytest.mark.parametrize("junk", ["inc-1 three " + "0" * 64, "inc-1 3", "\udcff".encode(errors="surrogateescape")])
def test_an_anchor_in_the_middle_that_cannot_be_read_is_reported(desk: Desk, junk: str | bytes) -> None:
    written = junk if isinstance(junk, bytes) else junk.encode()
    desk.path.write_bytes(written + b"\n")
    desk.anchor()

    done = desk.run("ledger", "verify")

    assert done.returncode == 4
    assert "1 cannot be read (line 1)" in done.stdout
    assert "inc-1: intact" in done.stdout


def test_a_place_of_anchors_that_cannot_be_read_is_said(desk: Desk) -> None:
    desk.path.mkdir()

    done = desk.run("ledger", "verify")

    assert done.returncode == 2
    assert "MIDWATCH_ANCHORS" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("junk", ["not json", '{"seq": 1}', "[]", "7", "null"])
def test_one_ledger_that_cannot_be_read_hides_no_other(desk: Desk, junk: str) -> None:
    desk.client.rpush(ledger_key("inc-2"), junk)

    listed, as_json = desk.run("incidents"), desk.run("incidents", "--json")

    assert (listed.returncode, as_json.returncode) == (1, 1)
    assert "inc-1  sev2  open" in listed.stdout
    assert [row["incident"] for row in json.loads(as_json.stdout)] == ["inc-1"]
    assert "not listed: inc-2 holds a line that is none of ours" in listed.stderr


@pytest.mark.parametrize("junk", ["not json", '{"seq": 1}', "[]", "7", "null"])
def test_a_line_that_is_none_is_shown_among_the_others(desk: Desk, junk: str) -> None:
    desk.client.rpush(ledger_key("inc-1"), junk)

    shown = desk.run("ledger", "show", "inc-1")

    assert shown.returncode == 1
    assert "IncidentOpened" in shown.stdout
    assert shown.stdout.splitlines()[-1].startswith("unreadable line: ")
    assert "1 lines of inc-1 are none of ours" in shown.stderr
    assert "Traceback" not in shown.stderr


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


def test_everything_is_exported_as_json_lines_from_a_time_on(desk: Desk) -> None:
    desk.ledgers.record("storm-1", [StormBegan(incidents=6, minutes=5)], "process:serve")

    lines = [json.loads(line) for line in desk.run("ledger", "export").stdout.splitlines()]
    assert [(line["ledger"], line["seq"]) for line in lines] == [
        ("inc-1", 0),
        ("inc-1", 1),
        ("inc-1", 2),
        ("storm-1", 0),
    ]
    assert {"v", "ledger", "seq", "at", "kind", "by", "body", "prev", "hash"} == set(lines[0])

    later = (desk.ledgers.now() + timedelta(minutes=1)).isoformat()
    assert desk.run("ledger", "export", "--since", later).stdout == ""
    assert len(desk.run("ledger", "export", "--since", "2020-01-01T00:00:00Z").stdout.splitlines()) == 4


def test_an_export_leaves_out_what_is_none_of_ours_and_says_so(desk: Desk) -> None:
    desk.client.rpush(ledger_key("inc-1"), "not json")
    done = desk.run("ledger", "export")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 3
    assert "1 lines are none of ours" in done.stderr


def test_a_time_that_is_none_is_refused_in_words(desk: Desk) -> None:
    done = desk.run("ledger", "export", "--since", "yesterday")
    assert done.returncode == 2
    assert "--since yesterday is no time" in done.stderr


def day(desk: Desk) -> str:
    """The ledger of a day with where the incident ends; the line Slack would show."""
    head = desk.ledgers.head("inc-1")
    noted = HeadNoted(ledger="inc-1", length=head.length, hash=head.hash)
    desk.ledgers.record(
        "anchor-2026-12-01",
        [HeadsNoted(day="2026-12-01", heads=(noted,))],
        "process:serve",
    )
    own = desk.ledgers.head("anchor-2026-12-01")
    return f"anchor-2026-12-01 {own.length} {own.hash}"


def test_a_days_line_kept_from_slack_covers_every_ledger_of_it(desk: Desk, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text(f"*Anchor of the record:* `{day(desk)}`\n")

    assert desk.run("ledger", "verify", "inc-1").returncode == 4  # nothing outside Redis says anything
    assert desk.run("ledger", "verify", "inc-1", "--anchors", str(kept)).returncode == 0
    desk.client.rpop(ledger_key("inc-1"))
    shorter = desk.run("ledger", "verify", "--anchors", str(kept))
    assert (shorter.returncode, "an anchor saw 3 events, 2 are here" in shorter.stdout) == (5, True)


def test_a_day_whose_own_end_nobody_kept_is_not_believed(desk: Desk, tmp_path: Path) -> None:
    line = day(desk)
    kept = tmp_path / "kept"
    kept.write_text(line.replace(line[-8:], "0" * 8) + "\n")

    done = desk.run("ledger", "verify", "--anchors", str(kept))
    assert "anchor-2026-12-01: tampered" in done.stdout
    assert "inc-1: nothing false found" in done.stdout
    assert done.returncode == 3


def test_a_file_of_kept_lines_that_is_not_there_or_holds_other_words_is_said(desk: Desk, tmp_path: Path) -> None:
    missing = desk.run("ledger", "verify", "--anchors", str(tmp_path / "none"))
    assert (missing.returncode, "cannot be read" in missing.stderr) == (2, True)
    kept = tmp_path / "kept"
    kept.write_text(f"{day(desk)}\nsomething else\n")
    assert desk.run("ledger", "verify", "inc-1", "--anchors", str(kept)).returncode == 4
