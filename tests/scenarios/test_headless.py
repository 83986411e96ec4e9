"""The stories as a newcomer plays them: `midwatch demo --headless` as a process, judged by what it prints."""

import json
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.playground.outfit import APPROVER, RESPONDER, root
from bot.wiring.demo import shipped
from tests.reasoning.brought import PAGE, two_faults
from tests.world.running import other_names

pytestmark = pytest.mark.timeout(300)
SHIPPED = [pytest.param(name, marks=pytest.mark.xdist_group(f"headless-{name}")) for name in shipped()]
ONE, NONE = ("1 change", "1: patch Deployment"), ("nothing was changed", "none")
WRITES = {"bad-rollout": ONE, "false-alarm": NONE, "memory-leak": ONE, "upstream-cause": NONE, "node-pressure": NONE}
WRITES["etl-replica-lag"] = ("1 change", "1: create Job nightly-settlement-")


@cache
def played(scenario: str) -> dict[str, Any]:
    """The report of one play; asserts that the command itself calls it good."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--headless", "--json", "--scenario", scenario],
        cwd=root(),
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def whispers(report: dict[str, Any]) -> list[str]:
    return ["\n".join(seen["lines"]) for seen in report["seen"] if seen["what"] == "whispered"]


def writes(report: dict[str, Any]) -> tuple[str, str]:
    """What the world wanted and saw of writes, in its own words."""
    checks = report["verdict"]["checks"]
    return next((one["check"], one["seen"]) for one in checks if "change" in one["check"] and one["holds"])


def test_every_shipped_scenario_is_played_here() -> None:
    assert set(WRITES) == set(shipped())


@pytest.mark.parametrize("scenario", SHIPPED)
def test_the_story_ends_well_and_the_ledgers_are_intact(scenario: str) -> None:
    report = played(scenario)

    assert report["finished"]
    assert report["verdict"]["holds"]
    assert report["ledgers"]
    assert all(row["intact"] for row in report["ledgers"])


@pytest.mark.parametrize("scenario", SHIPPED)
def test_production_is_changed_exactly_as_often_as_it_must_be(scenario: str) -> None:
    wanted, seen = writes(played(scenario))

    assert wanted == WRITES[scenario][0]
    assert seen.startswith(WRITES[scenario][1])


@pytest.mark.parametrize("scenario", SHIPPED)
def test_no_rule_of_slack_is_broken(scenario: str) -> None:
    assert played(scenario)["violations"] == []


@pytest.mark.parametrize("scenario", SHIPPED)
def test_whoever_is_on_call_is_called_once_and_nobody_else_twice(scenario: str) -> None:
    calls = Counter((note["user"], note["channel"]) for note in played(scenario)["notifications"])

    assert calls, "nobody was called"
    assert all(times == 1 for times in calls.values()), calls
    assert sum(times for (user, _), times in calls.items() if user == RESPONDER) == 1
    assert {user for user, _ in calls} <= {RESPONDER, APPROVER}


@pytest.mark.xdist_group("headless-bad-rollout")
def test_a_visitor_is_refused_by_a_whisper_and_the_approver_is_not() -> None:
    refusals = [told for told in whispers(played("bad-rollout")) if "may not" in told or "approve" in told.lower()]

    assert len(refusals) == 1
    assert {seen["to"] for seen in played("bad-rollout")["seen"] if seen["what"] == "whispered"} == {"vic"}


@pytest.mark.xdist_group("headless-false-alarm")
def test_a_false_alarm_asks_nobody_for_anything() -> None:
    report = played("false-alarm")

    assert not [seen for seen in report["seen"] if seen["what"] == "did"]


@pytest.mark.xdist_group("headless-brought")
def test_a_scenario_in_words_of_its_own_is_played_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text(yaml.safe_dump(other_names()))

    report = played(str(tmp_path))

    assert report["verdict"]["holds"]
    assert writes(report) == ("1 change", "1: patch Deployment kiln")
    assert any("kiln" in line for seen in report["seen"] for line in seen["lines"])
    assert report["violations"] == []


@pytest.mark.xdist_group("headless-two-faults")
def test_two_faults_at_once_are_both_mended_also_beside_a_page_that_suspects_something_else(tmp_path: Path) -> None:
    ends = [{"alert_quiet": "KilnCracks"}, {"alert_quiet": "ShelfCollapses"}, {"writes": 2}]
    ends += [{"deployment": name, "image": f"r.example/{name}:{tag}"} for name, tag in (("kiln", 8), ("shelf", 1))]
    (tmp_path / "scenario.yaml").write_text(yaml.safe_dump({**two_faults(), "end_state": ends}))
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks" / "kiln-cracks.md").write_text(PAGE)

    report = played(str(tmp_path))

    assert report["verdict"]["holds"]
    assert len([row for row in report["ledgers"] if row["ledger"].startswith("inc-")]) == 2
    assert report["violations"] == []


@pytest.mark.xdist_group("headless-goes-on")
def test_a_story_ends_well_where_nothing_is_to_be_changed_and_the_alert_goes_on(tmp_path: Path) -> None:
    """A neighbour outside is down: its errors go on, and nobody here can mend them."""
    down = {"service": "kiln", "from": "-3m", "error_ratio": 0.5, "code": 503}
    told = other_names()
    ends = [{"alert_fired": alert["alert"]} for alert in told["alerts"][:1]]
    told |= {"faults": [down], "rollouts": [], "end_state": [*ends, {"writes": 0}, {"nothing_deleted": True}]}
    (tmp_path / "scenario.yaml").write_text(yaml.safe_dump(told))

    report = played(str(tmp_path))

    assert report["finished"]
    assert report["verdict"]["holds"]
    assert report["seconds"] < 200
