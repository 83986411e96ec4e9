"""The last minutes of every service as curves: requests a second, part that failed, 99th percentile of latency.

Read through the world's own Prometheus engine, so that what people see drawn is what the bot can measure.
"""

import math
from collections.abc import Mapping
from typing import Any

from bot.playground.world.prom.engine import Engine
from bot.playground.world.scenario import Scenario

POINTS = 60


def curves(engine: Engine, scenario: Scenario, end: float, seconds: float) -> Mapping[str, Any]:
    """``{"start", "step", "services": {name: {"rps", "error_ratio", "p99_ms"}}}``, None where nothing was measured."""
    step = max(1.0, seconds / POINTS)
    start = math.floor(end / step) * step - POINTS * step
    found: dict[str, dict[str, list[float | None]]] = {service.name: {} for service in scenario.services}
    for name, expr in _expressions(scenario).items():
        for series in found.values():
            series[name] = [None] * (POINTS + 1)
        for curve in engine.range(expr, start, start + POINTS * step, step).matrix:
            series = found.get(curve.labels.get(scenario.metrics.label("service"), ""), {})
            for at, value in zip(curve.times, curve.values, strict=True):
                if series and math.isfinite(value):
                    series[name][round((float(at) - start) / step)] = round(float(value), 5)
    return {"start": start, "step": step, "services": found}


def _expressions(scenario: Scenario) -> Mapping[str, str]:
    metrics = scenario.metrics
    service, code = metrics.label("service"), metrics.label("code")
    window = f"{max(20, round(4 * scenario.scrape_interval))}s"
    every = f"sum by ({service}) (rate({metrics.requests}[{window}]))"
    bad = f'sum by ({service}) (rate({metrics.requests}{{{code}=~"5.."}}[{window}]))'
    buckets = f"sum by ({service}, le) (rate({metrics.latency}_bucket[{window}]))"
    return {
        "rps": every,
        "error_ratio": f"({bad} or 0 * {every}) / {every}",
        "p99_ms": f"1000 * histogram_quantile(0.99, {buckets})",
    }
