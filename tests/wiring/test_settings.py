"""Malformed settings are named with what was expected, and never repeated where they are secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVE = {
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "MIDWATCH_WEBHOOK_TOKEN": "a-long-enough-token",
    "MIDWATCH_SIGNING_KEY": "none",
    "MIDWATCH_HOME_CHANNEL": "C0123",
    "MIDWATCH_APPROVERS": "U0123",
}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("REDIS_URL", "foo", "begins with redis://"),
        ("MIDWATCH_LISTEN", "abc", "an address and a port"),
        ("MIDWATCH_APPROVERS", "@bob U0123", "Slack ids are needed"),
        ("MIDWATCH_HOME_CHANNEL", "#ops", "a channel's id"),
        ("MIDWATCH_WEBHOOK_TOKEN", "", "MIDWATCH_WEBHOOK_TOKEN is wrong"),
        ("MIDWATCH_MODE", "yolo", "MIDWATCH_MODE is wrong"),
        ("MIDWATCH_SIGNING_KEY", "not-a-key-at-all", "MIDWATCH_SIGNING_KEY"),
    ],
)
def test_a_malformed_setting_is_named_with_what_is_expected(name: str, value: str, says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        env={"PATH": os.environ["PATH"], **SERVE, name: value},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "not-a-key-at-all" not in done.stderr
