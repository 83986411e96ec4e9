"""From an alert to its finding when twelve looks take 50 to 2,000 ms at the servers, beside the slowest of them.

A delaying proxy stands where the world is expected; a runbook of the bench asks for twelve looks, one request each.
The time is the ledger's own, from AlertReceived to FindingMade: sorting, the bell, the job's fork, looking, reasoning.
"""

import json
import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from bot.adapters.embedded import EmbeddedValkey
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.ledger import Event
from bot.playground.crew import Crew, python
from bot.playground.outfit import Outfit, free_port, root
from bot.wiring.demo import hire_process, hire_surroundings, hire_world, wait_http, wait_ready
from tests.bench.rows import Row
from tests.bench.stage import NAMESPACE, SERVICES, outfitted, until

ALERTS = 3
# pattern of the request, milliseconds, tool, arguments
LOOKS: tuple[tuple[str, int, str, dict[str, str]], ...] = (
    ("marker_a", 2000, "query_metrics", {"expression": "marker_a"}),
    ("marker_b", 1700, "query_metrics", {"expression": "marker_b"}),
    ("marker_c", 1400, "query_metrics", {"expression": "marker_c"}),
    ("/kubernetes/api/v1/nodes", 300, "list_nodes", {}),
    ("namespaces/bench-a/pods", 900, "list_pods", {"namespace": "bench-a"}),
    ("namespaces/bench-b/pods", 600, "list_pods", {"namespace": "bench-b"}),
    ("namespaces/bench-c/events", 500, "list_events", {"namespace": "bench-c"}),
    ("namespaces/bench-d/events", 350, "list_events", {"namespace": "bench-d"}),
    ("namespaces/bench-e/deployments", 250, "list_workloads", {"namespace": "bench-e"}),
    ("namespaces/bench-f/deployments", 50, "list_workloads", {"namespace": "bench-f"}),
    ("prometheus/api/v1/alerts", 700, "read_alerts", {}),
    ("elasticsearch", 800, "search_logs", {"service": SERVICES[0], "namespace": NAMESPACE}),
)
SLOWEST = max(ms for _, ms, _, _ in LOOKS)


def rows() -> list[Row]:
    with slow_playground() as outfit:
        found = [told(outfit, number) for number in range(ALERTS)]
    ours, seen = statistics.median(ms for ms, _ in found), statistics.median(slowest for _, slowest in found)
    title = f"alert to finding, {len(LOOKS)} looks, median of {ALERTS}"
    return [
        Row(title, ours, "ms", "the slowest server's delay", float(SLOWEST), "1.3x"),
        Row("the slowest look of it, as recorded", seen, "ms", "the slowest server's delay", float(SLOWEST), ""),
    ]


@contextmanager
def slow_playground() -> Iterator[Outfit]:
    """A playground whose world is reached through the proxy."""
    with outfitted() as plain, ExitStack() as stack:
        outfit = replace(plain, runbooks=(root() / "runbooks", runbook(plain.folder / "runbooks")))
        (outfit.folder / "valkey").mkdir()
        stack.enter_context(EmbeddedValkey.start(outfit.folder / "valkey", outfit.redis_port, outfit.acl()))
        crew = stack.enter_context(Crew(outfit.folder))
        hire_surroundings(crew, outfit, world=False)
        behind = replace(outfit, world_port=free_port())
        hire_world(crew, behind)
        delays = json.dumps([[pattern, ms] for pattern, ms, _, _ in LOOKS])
        slow = python("-m", "tests.bench.delaying", str(outfit.world_port), behind.world, delays)
        crew.hire("slow", slow, {"PYTHONPATH": str(root())})
        wait_http(f"{outfit.world}/_world/state")
        for process in ("serve", "talk", "diagnose", "act"):
            hire_process(crew, outfit, process)
        wait_ready(outfit)
        yield outfit


def runbook(folder: Path) -> Path:
    """A folder with the one page that fits the bench's alert: twelve checks and nothing included."""
    folder.mkdir()
    checks = [
        f"  - {{id: look{number}, tool: {tool}, arguments: {json.dumps(arguments)}}}"
        for number, (_, _, tool, arguments) in enumerate(LOOKS)
    ]
    lines = ["---", "id: bench", "title: Bench", "when: {alerts: [BenchAlert]}", "include: []", "checks:", *checks]
    (folder / "bench.md").write_text("\n".join([*lines, "---", "# Bench", "", "Twelve looks.", ""]))
    return folder


def told(outfit: Outfit, number: int) -> tuple[float, float]:
    """Milliseconds from one alert to its finding, and of its slowest look."""
    headers = {"Authorization": f"Bearer {outfit.webhook_token}"}
    body = notice(SERVICES[number])
    httpx2.post(f"{outfit.serve}/webhooks/alertmanager", json=body, headers=headers, timeout=10).raise_for_status()
    with patient(outfit.redis_url("serve")) as client:
        ledgers = RedisLedgers(client)

        def ended() -> list[Event] | None:
            names = [name for name in ledgers.names() if name.startswith("inc-")]
            done = [events for events in map(ledgers.read, names) if any(e.kind == "FindingMade" for e in events)]
            return done[-1] if len(done) > number else None

        until(ended, 60, "a finding")
        newest = max((ledgers.read(n) for n in ledgers.names() if n.startswith("inc-")), key=lambda all_: all_[0].at)
    at = {event.kind: event.at for event in newest}
    looks = [int(event.line["body"]["milliseconds"]) for event in newest if event.kind == "EvidenceGathered"]
    if len(looks) != len(LOOKS):
        raise RuntimeError(f"{len(looks)} looks were taken, not {len(LOOKS)}")
    return (at["FindingMade"] - at["AlertReceived"]).total_seconds() * 1000, max(looks)


def notice(service: str) -> dict[str, object]:
    """What Alertmanager posts for one alert that has just begun."""
    labels = {"alertname": "BenchAlert", "service": service, "namespace": NAMESPACE, "severity": "critical"}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": f"{service} is slow"},
        "startsAt": datetime.now(UTC).isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://127.0.0.1:1/graph?g0.expr=marker_a+%3E+1",
        "fingerprint": f"{abs(hash(service)) % 16**16:016x}",
    }
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="BenchAlert",service="{service}"}}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "midwatch",
        "groupLabels": {"alertname": "BenchAlert"},
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "http://127.0.0.1:1",
        "alerts": [alert],
    }
