"""The files of one case: its own, and those of the case that it is based on, where it brings none of that name."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from bot.core.records import Curve

METRICS = "aws_cloudwatch_metrics"
DEEPEST = 3  # bases of bases


class Folder:
    def __init__(self, path: Path, depth: int = 0) -> None:
        self.path, self.id = path, path.name
        self._depth = depth

    @cached_property
    def scenario(self) -> Mapping[str, Any]:
        """How the case is set up: its base, its evidence, the size of its database. Never its failure's mode."""
        path = self.path / "scenario.yml"
        read = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return {key: value for key, value in read.items() if "failure" not in key and "adversarial" not in key}

    @cached_property
    def base(self) -> "Folder | None":
        name = self.scenario.get("base")
        path = self.path.parent / str(name)
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
        return tuple(str(one) for one in told)

    def own(self, name: str) -> Mapping[str, Any]:
        path = self.path / name
        read = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
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


def _series(read: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for key in ("metric_data_results", "MetricDataResults", "metrics", "items"):
        rows = read.get(key)
        if isinstance(rows, list):
            yield from (row for row in rows if isinstance(row, Mapping))
            return
    yield read


def _curve(row: Mapping[str, Any]) -> Curve | None:
    name = row.get("metric_name") or row.get("label") or row.get("Label")
    times, values = row.get("timestamps") or row.get("Timestamps"), row.get("values") or row.get("Values")
    if not (isinstance(name, str) and isinstance(times, list) and isinstance(values, list)):
        return None
    found = [
        (at, float(value)) for time, value in zip(times, values, strict=False) if (at := moment(time)) and _is(value)
    ]
    dimensions = row.get("dimensions") or row.get("Dimensions") or ()
    labels = {str(one["Name"]): str(one["Value"]) for one in dimensions if isinstance(one, Mapping) and "Name" in one}
    service = labels.get("DBInstanceIdentifier", "")
    return Curve(name, tuple(sorted(found)), service, labels, str(row.get("unit") or ""))


def _is(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def moment(value: Any) -> datetime | None:
    """A time in RFC 3339, or in seconds or milliseconds; None for what is none."""
    try:
        if _is(value):
            return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
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
