"""A process that can see a credential of another does not start; serve stays light."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings_seen import FOREIGN

ROOT = Path(__file__).parents[2]
PAIRS = [(process, name) for process, names in FOREIGN.items() for name in names]


@pytest.mark.parametrize(("process", "name"), PAIRS)
def test_a_foreign_credential_stops_the_start(process: str, name: str) -> None:
    command = ["serve"] if process == "serve" else ["worker", process]
    done = subprocess.run(
        [sys.executable, "-m", "bot", *command],
        env={"PATH": os.environ["PATH"], name: "something"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2
    assert f"can see {name}" in done.stderr
    assert "something" not in done.stderr


def test_a_secret_file_of_another_process_is_seen_too(tmp_path: Path) -> None:
    (tmp_path / "midwatch_signing_key").write_text("x")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "worker", "act"],
        env={"PATH": os.environ["PATH"], "MIDWATCH_SECRETS_DIR": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert "can see MIDWATCH_SIGNING_KEY" in done.stderr


def started(process: str, **env: str) -> str:
    """What a process says to an environment of just this."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "worker", process],
        env={"PATH": os.environ["PATH"], **env},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "SLACK_BOT_TOKEN=xoxb-x",
        "SLACK_BOT_TOKEN = xoxb-x",
        "export SLACK_BOT_TOKEN=xoxb-x",
        "export\tSLACK_BOT_TOKEN = 'xoxb-x'",
        "'SLACK_BOT_TOKEN'=xoxb-x",
        "slack_bot_token=xoxb-x",
        'Slack_Bot_Token\t=\t"xoxb-x"',
    ],
)
def test_however_it_is_spelled_in_the_env_file_it_is_seen(tmp_path: Path, line: str) -> None:
    (tmp_path / "env").write_text(f"# of diagnose\nMIDWATCH_MODE=observe\n{line}\n")

    assert "can see SLACK_BOT_TOKEN" in started("diagnose", MIDWATCH_ENV_FILE=str(tmp_path / "env"))


@pytest.mark.parametrize("line", ["#SLACK_BOT_TOKEN=xoxb-x", "SLACK_BOT_TOKEN=", "NOT_SLACK_BOT_TOKEN=x"])
def test_what_names_no_credential_is_none(tmp_path: Path, line: str) -> None:
    (tmp_path / "env").write_text(f"{line}\n")

    assert "can see" not in started("diagnose", MIDWATCH_ENV_FILE=str(tmp_path / "env"))


def test_lower_case_is_no_disguise_in_the_environment_nor_in_mounted_files(tmp_path: Path) -> None:
    assert "can see SLACK_BOT_TOKEN" in started("diagnose", slack_bot_token="x")

    (tmp_path / "Slack_Bot_Token").write_text("x")
    assert "can see SLACK_BOT_TOKEN" in started("diagnose", MIDWATCH_SECRETS_DIR=str(tmp_path))


def test_an_env_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "env").write_bytes(b"MIDWATCH_MODE=\xff\n")

    assert "cannot be read" in started("diagnose", MIDWATCH_ENV_FILE=str(tmp_path / "env"))


HEAVY = (
    "anthropic",
    "chromadb",
    "kubernetes",
    "elasticsearch",
    "prometheus_api_client",
    "numpy",
    "tools.read",
    "tools.change",
)


def test_serve_imports_nothing_heavy() -> None:
    script = f"import sys, bot.wiring.serve; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.strip() == "[]"
