"""The metrics tools against a real Prometheus: what it accepts as parameters, and how it refuses."""

import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from bot.adapters.looks import ToolLooks
from bot.core.events import Outcome
from bot.core.ledger import parse_stamp
from bot.core.tool import Look
from bot.core.window import window_of
from tests.conftest import free_port
from tools.read.sources.prometheus import PrometheusSettings

pytestmark = pytest.mark.needs("prometheus", "promtool")
ONSET = timedelta(minutes=6)
RULE = 'sum(rate(requests_total{code=~"5.."}[1m])) / sum(rate(requests_total[1m])) > 0.05'


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("prometheus")
    backfill(folder, datetime.now(UTC))
    (folder / "prometheus.yml").write_text("global: {scrape_interval: 15s}\n")
    port = free_port()
    command = [
        "prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
    ]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/-/ready")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def backfill(folder: Path, now: datetime) -> None:
    """An hour of requests, a fifth of them failing since six minutes ago."""
    good = bad = 0.0
    lines = {"200": [], "500": []}  # type: dict[str, list[str]]
    for second in range(-3600, 1, 15):
        failing = 0.2 if second > -ONSET.total_seconds() else 0.001
        good, bad = good + 600 * (1 - failing), bad + 600 * failing
        at = now.timestamp() + second
        lines["200"].append(f'requests_total{{code="200"}} {good:.3f} {at:.3f}')
        lines["500"].append(f'requests_total{{code="500"}} {bad:.3f} {at:.3f}')
    text = ["# TYPE requests counter", *lines["200"], *lines["500"], "# EOF", ""]
    (folder / "samples").write_text("\n".join(text))
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", f"{folder}/samples", f"{folder}/data"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def wait_for(url: str) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            if requests.get(url, timeout=1).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    raise AssertionError("Prometheus did not start")


def a_look() -> Look:
    now = datetime.now(UTC)
    return Look(window_of(now - timedelta(minutes=4), now), 10.0, now)


def test_the_onset_is_found_in_what_a_real_server_answers(prometheus: str) -> None:
    looks = ToolLooks(given=[PrometheusSettings(url=prometheus)])  # type: ignore[arg-type]
    found = looks.look("query_metrics", {"expression": RULE}, a_look())
    [series] = found.facts["series"]

    assert found.outcome is Outcome.OK, found.digest
    began = datetime.now(UTC) - parse_stamp(series["began_at"])
    assert abs((began - ONSET).total_seconds()) < 60
    assert series["breaching_now"]
    assert 0.15 < series["now"] < 0.25


def test_a_rule_is_loud_quiet_or_blind(prometheus: str) -> None:
    looks = ToolLooks(given=[PrometheusSettings(url=prometheus)])  # type: ignore[arg-type]
    expressions = [RULE, RULE.replace("0.05", "0.9"), "nothing_here > 1"]
    calls = [("query_instant", {"expression": expression}) for expression in expressions]

    assert [found.facts["quiet"] for found in looks.look_all(calls, a_look())] == [False, True, None]


def test_a_rule_over_what_exists_only_in_trouble_is_quiet_where_its_sources_are_there(prometheus: str) -> None:
    looks = ToolLooks(given=[PrometheusSettings(url=prometheus)])  # type: ignore[arg-type]
    joined = RULE.replace("0.05", "0.9") + " or " + RULE.replace("0.05", "0.95")
    never = RULE.replace('"5.."', '"7.."')  # no such code was ever counted
    expressions = [joined, never, "count(requests_total == 0) > 1", "nothing_here > 1 or nothing_there > 2"]
    found = looks.look_all([("query_instant", {"expression": one}) for one in expressions], a_look())

    assert [one.facts["quiet"] for one in found] == [True, True, True, None]
    assert found[0].digest.startswith("The rule is quiet")


def test_its_refusal_is_told_in_its_words(prometheus: str) -> None:
    looks = ToolLooks(given=[PrometheusSettings(url=prometheus)])  # type: ignore[arg-type]
    found = looks.look("query_metrics", {"expression": "sum(rate(requests_total["}, a_look())

    assert found.outcome is Outcome.FAILED
    assert "parse error" in found.digest


def test_no_alerts_is_an_answer(prometheus: str) -> None:
    looks = ToolLooks(given=[PrometheusSettings(url=prometheus)])  # type: ignore[arg-type]

    assert looks.look("read_alerts", {}, a_look()).facts == {"alerts": [], "total": 0, "elsewhere": 0}
