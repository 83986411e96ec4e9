"""`midwatch demo` with what cannot be played: a sentence and an exit code, soon, and nothing left running."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bot.__main__
from bot.__main__ import parser
from bot.playground.outfit import namespaces_of
from bot.playground.rendering import plain
from bot.playground.world import tempo

ROOT = Path(__file__).parents[2]
GOOD = """
name: tiny
title: Tiny
namespace: n
services:
  - {name: a, replicas: 1, image: "i:1", rps: 5}
"""


def play(*arguments: str) -> "subprocess.CompletedProcess[str]":
    env = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--headless", *arguments],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=250,
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not YAML"),
        ("- a list", "holds no scenario"),
        (GOOD.replace("replicas: 1", "replicas: many"), "replicas"),
        (GOOD.replace("rps: 5", "rps: 5, colour: red"), "colour"),
    ],
)
def test_a_broken_scenario_is_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "scenario.yaml").write_text(text)

    done = play("--scenario", str(tmp_path))

    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_runbook_of_the_scenario_is_told_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text(GOOD)
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks" / "x.md").write_text("---\ntitle: No id\n---\n# No id\n")

    done = play("--scenario", str(tmp_path))

    assert done.returncode == 2
    assert "diagnose does not start" in done.stderr
    assert "x.md" in done.stderr
    assert "id: is missing" in done.stderr


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("search logs-*,filebeat-*", "search logs-*,filebeat-*"),
        ("*Why:* it asked `logs-*,filebeat-*` (*twice*)", "Why: it asked `logs-*,filebeat-*` (twice)"),
        ("_edited_ by <@U1>, see snake_case_name", "edited by @alex, see snake_case_name"),
    ],
)
def test_what_is_printed_loses_its_marks_and_nothing_else(told: str, shown: str) -> None:
    assert plain(told, {"U1": "alex"}) == shown


def test_the_shipped_scenarios_are_listed_for_people_and_for_programs() -> None:
    names, listed = play("--list"), play("--list", "--json")

    scenarios = json.loads(listed.stdout)
    assert [one["name"] for one in scenarios] == names.stdout.split()
    assert {"name", "title"} == set(scenarios[0])
    assert all(one["title"] for one in scenarios)


def test_an_unknown_scenario_names_the_shipped_ones() -> None:
    done = play("--scenario", "nosuch")

    assert done.returncode == 2
    assert "bad-rollout" in done.stderr


def test_the_playgrounds_bot_may_change_where_services_and_cron_jobs_live(tmp_path: Path) -> None:
    told = "namespace: a\nservices: [{name: x}, {name: y, namespace: b}]\ncron_jobs: [{name: z, namespace: c}]\n"
    (tmp_path / "scenario.yaml").write_text(told)

    assert namespaces_of(tmp_path) == ("a", "b", "c")


def test_a_speed_there_is_not_is_refused_with_those_there_are() -> None:
    done = play("--speed", "3")

    assert done.returncode == 2
    assert "choose from 1, 2, 5, 10" in done.stderr


def test_the_command_line_knows_the_worlds_speeds() -> None:
    assert bot.__main__.SPEEDS == tempo.SPEEDS
    assert parser().parse_args(["demo"]).speed == 1
