"""The alert rules about Midwatch itself, judged by Prometheus's and Alertmanager's own checkers."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from bot.adapters.inbox import RedisInbox
from bot.adapters.metrics import QueueMetrics
from bot.adapters.payloads import RedisPayloads
from bot.adapters.presence import RedisWatchdog
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.adapters.rq_jobs import RqQueues

ROOT = Path(__file__).parents[1]
RULES = ROOT / "manifests/prometheus/midwatch.rules.yaml"


def judged(name: str, *arguments: str) -> str:
    found = shutil.which(name)
    assert found is not None
    done = subprocess.run([found, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.needs("promtool")
def test_every_rule_fires_in_its_trouble_and_only_then() -> None:
    assert "SUCCESS" in judged("promtool", "check", "rules", str(RULES))
    assert "SUCCESS" in judged("promtool", "test", "rules", str(ROOT / "tests/data/midwatch.rules.test.yaml"))


@pytest.mark.needs("alertmanager")
def test_the_example_route_is_one_that_alertmanager_takes() -> None:
    judged("amtool", "check-config", str(ROOT / "manifests/prometheus/alertmanager.example.yaml"))


def test_the_rules_ask_for_nothing_that_is_not_measured(redis_url: str) -> None:
    registry = CollectorRegistry()
    with patient(redis_url) as client:
        watchdog, inbox = RedisWatchdog(client), RedisInbox(client, RedisPayloads(client, lambda body: body))
        watchdog.heard()
        checks = {"redis": lambda: None, "slack_socket": lambda: "gone", "reconciler": lambda: None}
        registry.register(QueueMetrics(RedisLedgers(client), RqQueues(client), inbox, watchdog, checks))
        told = generate_latest(registry).decode()

    asked = set(re.findall(r"midwatch_[a-z_]+", re.sub(r"#.*|summary.*|description.*", "", RULES.read_text())))
    assert asked
    assert asked <= set(re.findall(r"^(midwatch_[a-z_]+)", told, re.MULTILINE))
    parts = dict(re.findall(r'midwatch_part_ready\{part="(\w+)"\} (\S+)', told))
    assert parts == {"redis": "1.0", "slack_socket": "0.0", "reconciler": "1.0"}
    assert set(re.findall(r'part="(\w+)"', RULES.read_text())) <= set(parts)
