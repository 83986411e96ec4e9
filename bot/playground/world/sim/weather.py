"""The mild weather that no fault makes: load that follows the day, and noise that is the same for the same seed."""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_DAY = 86_400.0


def season(times: Floats, phase: float = 0.0) -> Floats:
    """Return the factor of the time of day, between 0.88 and 1.12."""
    return 1.0 + 0.12 * np.sin(2 * np.pi * (times % _DAY) / _DAY + phase)


def drift(times: Floats, seed: int, period: float) -> Floats:
    """Return smooth noise between -1 and 1, a function of time and seed alone, however it is asked piece by piece."""
    place = times / period
    left = np.floor(place)
    part = place - left
    ease = part * part * (3 - 2 * part)
    return _lottery(left, seed) * (1 - ease) + _lottery(left + 1, seed) * ease


def _lottery(numbers: Floats, seed: int) -> Floats:
    mixed = (numbers.astype(np.int64).astype(np.uint64) + np.uint64(seed & 0xFFFFFFFF)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    unit: Floats = (mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53)
    return unit * 2 - 1


def seed_of(seed: int, *names: str) -> int:
    """Return a seed of its own for a named part of the world."""
    return crc32("/".join(names).encode()) ^ (seed & 0xFFFFFFFF)
