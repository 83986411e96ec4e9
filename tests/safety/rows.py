"""What an attack is, how it is tried, and how the table is written.

A row counts only with a control that works: the same attack with its one guard switched off must get through.
"""

import json
import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.safety.ground import Ground

Try = Callable[[Ground, random.Random, bool], bool]


@dataclass(frozen=True)
class Attack:
    """``run`` makes one try, guarded or not, and says whether it got through. ``slow`` ones are for the bench alone."""

    name: str
    guard: str
    run: Try
    slow: bool = False
    controls: int | None = None  # how often the control is tried; as often as the attack where None


@dataclass(frozen=True)
class Row:
    name: str
    tries: int
    through: int
    control_through: int
    seed: int

    @property
    def good(self) -> bool:
        return self.through == 0 and self.control_through >= 1

    def told(self) -> str:
        return f"{self.name:<26} {self.tries:>6} {self.through:>8} {self.control_through:>16}"


def measure(attack: Attack, ground: Ground, tries: int, seed: int) -> Row:
    """Try the attack and its control, with chances of their own that only the seed and the name decide."""
    found = [_times(attack, ground, tries, seed, guarded=True)]
    found.append(_times(attack, ground, min(tries, attack.controls or tries), seed, guarded=False))
    return Row(attack.name, tries, found[0], found[1], seed)


def _times(attack: Attack, ground: Ground, tries: int, seed: int, *, guarded: bool) -> int:
    chance = random.Random(seed ^ zlib.crc32(attack.name.encode()))
    through = 0
    for _ in range(tries):
        ground.clear()
        through += bool(attack.run(ground, chance, guarded))
    return through


@contextmanager
def replaced(owner: Any, name: str, other: Any) -> Iterator[None]:
    """One attribute switched for a control, and put back."""
    before = getattr(owner, name)
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, before)


def table(rows: Sequence[Row]) -> str:
    lines = [f"{'attack or fault':<26} {'tries':>6} {'through':>8} {'control through':>16}"]
    return "\n".join([*lines, *(row.told() for row in rows)])


def write(rows: Sequence[Row], path: Path) -> None:
    path.write_text(json.dumps({"rows": [asdict(row) for row in rows]}, indent=1), encoding="utf-8")
