"""What a benchmark writes can be read by any JSON reader; and the reconciler is found, to be measured."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.rows import Row, table, write
from tests.bench.stage import reconciler_of, rss_mb

NOTHING = Row("events lost", 3.0, "events", "none", 0.0, "none")
# stands for serve: its child is called as the reconciler is
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()", "bot.wiring.reconciler"], stdin=0)
print(child.pid, flush=True)
child.wait()
"""


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def test_a_figure_beside_nothing_has_no_ratio_and_the_file_is_json(tmp_path: Path) -> None:
    write([NOTHING, Row("seconds", 2.0, "s", "limit", 4.0, "")], tmp_path / "bench.json")

    told = json.loads((tmp_path / "bench.json").read_text(), parse_constant=refuse)
    assert [row["ratio"] for row in told["rows"]] == [None, 0.5]
    assert "–  none" in table([NOTHING])


def test_a_figure_that_is_no_number_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write([Row("seconds", float("nan"), "s", "limit", 1.0, "")], tmp_path / "bench.json")
    assert not (tmp_path / "bench.json").exists()


def test_the_reconciler_is_found_under_serve() -> None:
    serve = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert serve.stdin is not None
    assert serve.stdout is not None
    try:
        child = int(serve.stdout.readline())
        assert reconciler_of(serve.pid) == child
        assert rss_mb(child) > 1
    finally:
        serve.stdin.close()
        serve.wait(10)
        serve.stdout.close()
    with pytest.raises(LookupError):
        reconciler_of(serve.pid)
