"""Each process refuses to start while it can see a credential of another, wherever that credential lies."""

import os
import subprocess
from pathlib import Path

import pytest

from bot.playground.crew import python
from bot.settings_seen import FOREIGN
from tests.playing import Stage

CASES = [(process, names[0]) for process, names in FOREIGN.items()]  # every name: tests/wiring


def start(process: str, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    argv = ("serve",) if process == "serve" else ("worker", process)
    outside = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return subprocess.run(
        python("-m", "bot", *argv), env={**outside, **env}, capture_output=True, text=True, timeout=250, check=False
    )


@pytest.mark.parametrize(("process", "name"), CASES)
def test_a_process_that_sees_a_foreign_credential_does_not_start(story: Stage, process: str, name: str) -> None:
    ended = start(process, {**story.outfit.env(process), name: "something"})

    assert ended.returncode != 0
    assert name in ended.stderr + ended.stdout
    assert "another process" in ended.stderr + ended.stdout


def test_a_credential_in_a_mounted_file_counts_too(story: Stage, tmp_path: Path) -> None:
    (tmp_path / "SLACK_BOT_TOKEN").write_text("xoxb-x")
    ended = start("diagnose", {**story.outfit.env("diagnose"), "MIDWATCH_SECRETS_DIR": str(tmp_path)})

    assert ended.returncode != 0
    assert "SLACK_BOT_TOKEN" in ended.stderr + ended.stdout


def test_diagnose_does_not_start_with_an_identity_that_may_write(story: Stage) -> None:
    env = {**story.outfit.env("diagnose"), "KUBECONFIG": str(story.outfit.write_kubeconfig("act"))}
    ended = start("diagnose", env)

    assert ended.returncode != 0
    assert "must not be able to change the cluster" in ended.stderr + ended.stdout
