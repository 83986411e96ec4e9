"""What is there to ask for: series, label names and values, metadata, and the targets that `up` tells of."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from bot.playground.world.prom.labels import NAME, Labels
from bot.playground.world.prom.matching import Comparison, Matcher
from bot.playground.world.prom.nodes import Selector
from bot.playground.world.prom.series import is_stale
from bot.playground.world.prom.store import SampleStore

_UP = (Matcher(NAME, Comparison.EQUAL, "up"),)
_LOOKBACK = 300.0
ALL_TIME = (-(2.0**53), 2.0**53)


def found(store: SampleStore, selectors: Iterable[Selector], start: float, end: float) -> list[Labels]:
    """Label sets of all series some selector means; without selectors, of every series."""
    asked = [selector.matchers for selector in selectors] or [()]
    return sorted({series.labels for matchers in asked for series in store.select(matchers, start, end)})


def label_names(series: Iterable[Labels]) -> list[str]:
    return sorted({name for labels in series for name, _ in labels})


def label_values(series: Iterable[Labels], wanted: str) -> list[str]:
    return sorted({value for labels in series for name, value in labels if name == wanted})


def metadata(store: SampleStore, metric: str, limit: int) -> dict[str, list[dict[str, str]]]:
    meanings = [(name, meaning) for name, meaning in store.meanings.items() if not metric or name == metric]
    shown = meanings if limit < 0 else meanings[:limit]
    return {name: [{"type": each.kind, "help": each.help, "unit": each.unit}] for name, each in shown}


def targets(store: SampleStore, now: float) -> list[dict[str, Any]]:
    """Active targets as their `up` series tells: one that ended is no longer a target."""
    series = store.select(_UP, now - _LOOKBACK, now)
    alive = [one for one in series if not is_stale(one.values[-1:])[0]]
    return [_target(dict(one.labels), float(one.values[-1]) == 1, int(one.times[-1]) / 1000) for one in alive]


def target_metadata(store: SampleStore, targets: list[dict[str, Any]], metric: str) -> list[dict[str, Any]]:
    """What each target's scrape says of the metrics it has."""
    meanings = [(name, each) for name, each in store.meanings.items() if not metric or name == metric]
    return [
        {"target": target["labels"], "metric": name, "type": each.kind, "help": each.help, "unit": each.unit}
        for target in targets
        for name, each in meanings
        if store.select(_same_target(name, target["labels"]), *ALL_TIME)
    ]


def _same_target(metric: str, labels: dict[str, str]) -> list[Matcher]:
    wanted = {NAME: metric, "job": labels.get("job", ""), "instance": labels.get("instance", "")}
    return [Matcher(name, Comparison.EQUAL, value) for name, value in wanted.items()]


def _target(labels: dict[str, str], healthy: bool, scraped: float) -> dict[str, Any]:
    told = {name: value for name, value in labels.items() if name != NAME}
    address = told.get("instance", "")
    return {
        "discoveredLabels": {"__address__": address, "job": told.get("job", "")},
        "labels": told,
        "scrapePool": told.get("job", ""),
        "scrapeUrl": f"http://{address}/metrics",
        "globalUrl": f"http://{address}/metrics",
        "lastError": "" if healthy else "target is down",
        "lastScrape": datetime.fromtimestamp(scraped, UTC).isoformat().replace("+00:00", "Z"),
        "lastScrapeDuration": 0.0,
        "health": "up" if healthy else "down",
    }
