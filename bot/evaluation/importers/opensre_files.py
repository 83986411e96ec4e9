"""The files of one case: its own, and those of the case that it is based on, where it brings none of that name."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from bot.core.records import Curve
from bot.evaluation.importers.loose import number, rows, text, texts

GIVEAWAY = re.compile(r"failure|adversarial|answer|root_cause")
METRICS, SERIES = "aws_cloudwatch_metrics", "datadog_metrics"
READ = (
    *("alert.json", METRICS, SERIES, "aws_rds_events.json", "aws_performance_insights.json"),
    *("eks_pods.json", "eks_events.json", "eks_deployments.json", "eks_node_health.json", "eks_nodes.json"),
    *("eks_pod_logs.json", "datadog_logs.json", "datadog_monitors.json"),
)
MILLISECONDS = 1e11  # no date in seconds is as late
DEEPEST = 3  # bases of bases


class Folder:
    def __init__(self, path: Path, depth: int = 0) -> None:
        self.path, self.id = path, path.name
        self._depth = depth
        self.broken: dict[str, str] = {}  # files that are no JSON, and why

    @cached_property
    def scenario(self) -> Mapping[str, Any]:
        """How the case is set up: its base, its evidence, the size of its database. Never its failure's mode."""
        path = self.path / "scenario.yml"
        read = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return {
            str(key): value
            for key, value in (read.items() if isinstance(read, dict) else ())
            if not GIVEAWAY.search(str(key))
        }

    @cached_property
    def base(self) -> "Folder | None":
        name = Path(str(self.scenario.get("base") or "")).name
        path = self.path.parent / name
        return Folder(path, self._depth + 1) if name and path.is_dir() and self._depth < DEEPEST else None

    def setting(self, name: str) -> str:
        """From the scenario, or from the one that it is based on."""
        told = self.scenario.get(name)
        if told is None and self.base is not None:
            return self.base.setting(name)
        return str(told or "")

    @cached_property
    def available(self) -> tuple[str, ...]:
        told = self.scenario.get("available_evidence")
        if told is None:
            return self.base.available if self.base is not None else ()
        return tuple(str(one) for one in told) if isinstance(told, list) else ()

    def own(self, name: str) -> Mapping[str, Any]:
        path = self.path / name
        try:
            read = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        except ValueError as error:
            self.broken[name] = str(error)
            return {}
        return read if isinstance(read, Mapping) else {"items": read}

    def any(self, name: str) -> Mapping[str, Any]:
        """Its own, else its base's if the case is said to have that source; empty where there is none."""
        if (self.path / name).is_file():
            return self.own(name)
        wanted = not self.available or Path(name).stem in self.available
        return self.base.any(name) if self.base is not None and wanted else {}

    def is_there(self, source: str) -> bool:
        if any(self.path.glob(f"{source}*.json")):
            return True
        return self.base is not None and self.base.is_there(source)

    def everything_own(self) -> Iterator[Any]:
        for path in sorted(self.path.glob("*.json")):
            yield self.own(path.name)

    def curves(self) -> tuple[Curve, ...]:
        """Every CloudWatch series, in one file or in one of its own; the base's where the case brings none."""
        rows = [row for path in sorted(self.path.glob(f"{METRICS}*.json")) for row in _series(self.own(path.name))]
        if not rows and self.base is not None and (not self.available or METRICS in self.available):
            return self.base.curves()
        return tuple(curve for row in rows if (curve := _curve(row)) is not None)

    def series(self) -> tuple[Curve, ...]:
        """Every Datadog series: points are pairs of a time and a value, the service stands in a tag."""
        read = rows(self.any(f"{SERIES}.json"), "series", "metrics", "items")
        return tuple(curve for one in read if (curve := _tagged(one)) is not None)

    def unknown(self) -> list[str]:
        """Files of evidence that nothing here reads."""
        names = [path.name for path in sorted(self.path.glob("*.json"))]
        return [one for one in names if not one.startswith(READ)]


def _series(read: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = rows(read, "metric_data_results", "MetricDataResults", "metrics", "items")
    yield from found or [read]


def _curve(one: Mapping[str, Any]) -> Curve | None:
    name = text(one.get("metric_name") or one.get("label") or one.get("Label"))
    times, values = one.get("timestamps") or one.get("Timestamps"), one.get("values") or one.get("Values")
    if not (name and isinstance(times, list) and isinstance(values, list)):
        return None
    pairs = ((moment(time), number(value)) for time, value in zip(times, values, strict=False))
    points = tuple(sorted((at, value) for at, value in pairs if at is not None and value is not None))
    labels = {text(each.get("Name")): text(each.get("Value")) for each in rows(one, "dimensions", "Dimensions")}
    return Curve(name, points, labels.get("DBInstanceIdentifier", ""), labels, text(one.get("unit") or one.get("Unit")))


def _tagged(one: Mapping[str, Any]) -> Curve | None:
    name = text(one.get("metric") or one.get("metric_name") or one.get("name"))
    found: list[Any] = next(
        (one[key] for key in ("pointlist", "points", "values") if isinstance(one.get(key), list)), []
    )
    pairs = [(moment(each[0]), number(each[1])) for each in found if isinstance(each, list) and len(each) == 2]
    points = tuple(sorted((at, value) for at, value in pairs if at is not None and value is not None))
    words = [*texts(one.get("tags")), *texts(one.get("tag_set")), *text(one.get("scope")).split(",")]
    tags = dict(word.split(":", 1) for word in words if ":" in word)
    return Curve(name, points, tags.get("service", ""), tags, text(one.get("unit"))) if name and points else None


def moment(value: Any) -> datetime | None:
    """A time in RFC 3339, or in seconds or milliseconds; None for what is none."""
    try:
        if (told := number(value)) is not None:
            return datetime.fromtimestamp(told / 1000 if told > MILLISECONDS else told, UTC)
        read = datetime.fromisoformat(value) if isinstance(value, str) and "-" in value and ":" in value else None
    except (ValueError, OverflowError, OSError):
        return None
    return read if read is None or read.tzinfo else read.replace(tzinfo=UTC)


def moments_in(value: Any) -> Iterator[datetime]:
    """Every time that is written anywhere in it."""
    if isinstance(value, str):
        if len(value) <= 35 and (at := moment(value)):
            yield at
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from moments_in(each)
    elif isinstance(value, list | tuple) or hasattr(value, "__next__"):
        for each in value:
            yield from moments_in(each)
