"""What an RDS instance class holds: vCPUs, memory, and the connections that RDS for PostgreSQL allows by default.

By the naming of AWS' families: the suffix gives the vCPUs, the family the memory for each of them.
"""

import re
from dataclasses import dataclass

GIB = 2**30
BYTES_A_CONNECTION, MOST_CONNECTIONS = 9_531_392, 5_000
SMALL = {"micro": (2, 1), "small": (2, 2), "medium": (2, 4), "large": (2, 8), "xlarge": (4, 16), "2xlarge": (8, 32)}
GIB_A_VCPU = {"r": 8, "x": 16, "m": 4, "c": 2}
_CLASS = re.compile(r"^(?:db\.)?([a-z])[0-9a-z-]*\.(\d*)(micro|small|medium|large|xlarge)$")


@dataclass(frozen=True)
class Size:
    vcpus: float | None = None
    memory: float | None = None
    max_connections: float | None = None


def size_of(name: str) -> Size:
    """All None for a class that these rules do not cover."""
    read = _CLASS.match(name.strip().lower())
    if read is None:
        return Size()
    family, times, word = read.groups()
    small = SMALL.get(f"{times}{word}")
    if family == "t":
        return _sized(*small) if small else Size()
    vcpus = {"large": 2, "xlarge": 4 * int(times or 1)}.get(word)
    return _sized(vcpus, vcpus * GIB_A_VCPU[family]) if vcpus and family in GIB_A_VCPU else Size()


def _sized(vcpus: int, memory: int) -> Size:
    limit = min(memory * GIB // BYTES_A_CONNECTION, MOST_CONNECTIONS)
    return Size(float(vcpus), float(memory * GIB), float(limit))
