"""The first rounds with the doctor, before anything runs: typos named, one list of what is missing, mends that mend."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.playground.outfit import free_port
from tests.doctor.conftest import run


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, "subprocess.CompletedProcess[str]"]:
    """What the doctor says of a folder as `midwatch init` leaves it."""
    made = tmp_path_factory.mktemp("first") / "made"
    assert run("init", str(made), "--redis", f"127.0.0.1:{free_port()}").returncode == 0
    return made, run("doctor", str(made))


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    done = run("doctor", str(tmp_path / "nofolder"))

    assert done.returncode == 2
    assert "nofolder does not exist" in done.stderr


@pytest.mark.parametrize("command", [("doctor",), ("doctor", "--as", "talk"), ("worker", "talk")])
def test_an_env_file_that_is_not_there_is_said_to_be_missing(command: tuple[str, ...]) -> None:
    done = run(*command, env={"MIDWATCH_ENV_FILE": "midwatch/tlak.env"})

    assert done.returncode != 0
    assert "midwatch/tlak.env: there is no such file" in done.stderr + done.stdout


def test_all_that_is_missing_is_said_in_the_first_round(told: tuple[Path, "subprocess.CompletedProcess[str]"]) -> None:
    _, done = told

    assert done.returncode == 1
    for missing in ("SLACK_BOT_TOKEN is missing", "MIDWATCH_HOME_CHANNEL is missing", "set SLACK_APP_TOKEN"):
        assert missing in done.stdout
    assert "nothing to look at" in done.stdout


def test_redis_is_to_be_started_once_and_with_which_command(
    told: tuple[Path, "subprocess.CompletedProcess[str]"],
) -> None:
    made, done = told

    assert done.stdout.count(f"mend: start it: redis-server {made}/redis.conf") == 1


def test_mode_propose_needs_no_act_process(told: tuple[Path, "subprocess.CompletedProcess[str]"]) -> None:
    _, done = told

    assert "mode propose needs no act process" in done.stdout
    summary = done.stdout.splitlines()[-1]
    assert "Not usable yet" in summary
    assert "act" not in summary.partition("Not usable yet")[2].replace(",", " ").replace(".", " ").split()


def test_what_is_wrong_comes_first(told: tuple[Path, "subprocess.CompletedProcess[str]"]) -> None:
    _, done = told
    lines = done.stdout.splitlines()
    serve = lines[lines.index("serve") + 1 :]
    states = [line.split()[0] for line in serve[: serve.index("")] if line.startswith("  ") and line[2] != " "]

    assert states == sorted(states, key=["wrong", "unproven", "proven"].index)


def test_no_word_of_the_library_is_in_it(told: tuple[Path, "subprocess.CompletedProcess[str]"]) -> None:
    done = run("worker", "talk", env={"MIDWATCH_HOME_CHANNEL": "#ops", "MIDWATCH_MODE": "yolo"})

    assert "a channel's id is needed" in done.stderr
    assert "MIDWATCH_MODE is wrong: it should be 'observe', 'propose' or 'act'" in done.stderr
    assert "Value error" not in done.stderr + told[1].stdout
    assert "Input should" not in done.stderr


def test_the_shipped_runbooks_are_found_from_anywhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "runbooks", "lint"],
        env={"PATH": os.environ["PATH"]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=250,
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, "")
