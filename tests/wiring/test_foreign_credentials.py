"""A process that can see a credential of another does not start; serve stays light."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import FOREIGN

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
