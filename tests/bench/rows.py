"""One row of the benchmark table, and how the table is written."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """``reference`` names the limit or peer the value stands beside; ``ratio`` is value over it, None over nothing."""

    name: str
    value: float
    unit: str
    reference: str
    reference_value: float
    aim: str

    @property
    def ratio(self) -> float | None:
        return self.value / self.reference_value if self.reference_value else None

    def as_json(self) -> dict[str, object]:
        ratio = None if self.ratio is None else round(self.ratio, 3)
        return {**asdict(self), "value": round(self.value, 3), "ratio": ratio}


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def write(rows: Sequence[Row], path: Path) -> None:
    """Valid JSON or nothing: a figure that is no number raises ValueError."""
    told = json.dumps({"rows": [row.as_json() for row in rows]}, indent=1, allow_nan=False)
    path.write_text(told, encoding="utf-8")


def table(rows: Sequence[Row]) -> str:
    lines = [f"{'figure':<58} {'value':>10} {'unit':<9} {'beside':<42} {'value':>10} {'ratio':>7}  aim"]
    for row in rows:
        lines.append(
            f"{row.name:<58} {row.value:>10.2f} {row.unit:<9} {row.reference:<42} {row.reference_value:>10.2f} "
            f"{'–' if row.ratio is None else format(row.ratio, '.2f'):>7}  {row.aim}"
        )
    return "\n".join(lines)
