"""The doctor's button, pressed by a person in the stand-in Slack, followed through the real processes."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.playground.outfit import HOME, VISITOR
from bot.playground.rendering import buttons_of
from tests.doctor.conftest import ROOT
from tests.playing import Stage, stage

pytestmark = [pytest.mark.xdist_group("doctor"), pytest.mark.timeout(600)]


def doctor(story: Stage, seconds: int, meanwhile: Callable[[], None] = lambda: None) -> tuple[int, dict[str, Any], str]:
    """The probe as talk's own environment allows it; ``meanwhile`` is what people do."""
    command = [sys.executable, "-m", "bot", "doctor", "--as", "talk", "--json", "--probe", "--seconds", str(seconds)]
    env = {"PATH": "/usr/bin:/bin", **story.outfit.env("talk")}
    person = threading.Thread(target=meanwhile)
    person.start()
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=250)
    person.join()
    [told] = json.loads(done.stdout)["processes"]
    return done.returncode, {one["part"]: one for one in told["checks"]}, done.stderr


def probes(story: Stage) -> list[str]:
    """The messages in the home channel that carry the button."""
    here = story.people.messages(HOME)
    return [str(m["ts"]) for m in here if any(b.get("action_id") == "probe" for b in buttons_of(m))]


def press(story: Stage) -> None:
    story.until(lambda: bool(probes(story)), 30, "the button")
    for _ in range(2):
        story.people.click(VISITOR, HOME, probes(story)[0], "probe")


def test_a_press_is_followed_the_whole_way_and_the_button_goes_away(tmp_path: Path) -> None:
    with stage(tmp_path, processes=("serve", "talk")) as story:
        code, told, asked = doctor(story, 40, lambda: press(story))

        assert told["slack interactivity"]["state"] == "proven"
        assert VISITOR in told["slack interactivity"]["says"]
        assert told["slack answer"]["state"] == "proven"
        assert code == 0
        assert "press it within 40 s" in asked
        assert probes(story) == []
        assert [line for line in story.whispers(VISITOR) if "the whole way" in line] != []
        assert story.writes() == []


def test_where_nobody_presses_nothing_is_proven_and_the_button_goes_away(tmp_path: Path) -> None:
    with stage(tmp_path, processes=("serve", "talk")) as story:
        code, told, _ = doctor(story, 2)

        assert told["slack interactivity"]["state"] == "unproven"
        assert "Interactivity" in told["slack interactivity"]["mend"]
        assert code == 0
        assert probes(story) == []


def test_a_press_that_nobody_answers_is_wrong(tmp_path: Path) -> None:
    with stage(tmp_path, processes=("serve",)) as story:
        code, told, _ = doctor(story, 40, lambda: press(story))

        assert told["slack interactivity"]["state"] == "proven"
        assert told["slack answer"]["state"] == "wrong"
        assert "worker talk" in told["slack answer"]["mend"]
        assert code == 1
