"""What explains what: of several faults, the ones that stand by themselves are causes, the rest are told as asides.

The table is general PostgreSQL knowledge: what is written makes WAL, disk, CPU and lag; what blocks makes sessions pile
up. Two faults that neither explains, both at their limit, are one chain: the one that began first is its head.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tools.read.databases.faults import Fault

PILED = frozenset({"connections_growing", "connections_piled_up"})
BUSY = frozenset({"cpu_saturation", "cpu_busy"})
LAGGING = frozenset({"replication_lag", "lag_follows"})
EXPLAINS: Mapping[str, frozenset[str]] = {
    "storage_full": PILED | LAGGING | {"lock_contention", "disk_saturation", "cpu_busy"},
    "failover": PILED | LAGGING | BUSY | {"database_restarted", "disk_saturation", "lock_contention"},
    "checkpoint_storm": PILED
    | LAGGING
    | BUSY
    | {"storage_filling", "memory_exhaustion", "lock_contention"}
    | {"disk_saturation"},
    "replication_lag": frozenset({"disk_saturation", "connections_growing", "cpu_busy"}),
    "lock_contention": PILED | {"cpu_busy"},
    "cpu_saturation": frozenset({"connections_growing", "lag_follows", "memory_exhaustion", "disk_saturation"}),
    "storage_filling": PILED | {"disk_saturation", "cpu_busy"},
    "memory_exhaustion": frozenset({"connections_growing", "cpu_busy"}),
    "disk_saturation": LAGGING | {"connections_growing", "lock_contention", "cpu_busy"},
    "connection_exhaustion": frozenset({"memory_exhaustion"}),
}
CHAINED = (
    frozenset({"cpu_saturation", "connections_piled_up"}),
    frozenset({"cpu_busy", "connections_piled_up"}),
    frozenset({"cpu_busy", "connection_exhaustion"}),
    frozenset({"cpu_saturation", "connection_exhaustion"}),
    frozenset({"cpu_saturation", "storage_full"}),
    frozenset({"cpu_saturation", "storage_filling"}),
)


def settle(faults: Sequence[Fault]) -> tuple[list[Fault], list[Fault]]:
    """Those that stand by themselves, heaviest first, and those that they explain."""
    roots = [one for one in faults if not any(explains(other, one) for other in faults)]
    asides = [one for one in faults if one not in roots]
    roots.sort(key=lambda one: -one.weight)
    return _chained(roots), asides


def explains(one: Fault, other: Fault) -> bool:
    return one is not other and other.kind in EXPLAINS.get(one.kind, frozenset())


def _chained(roots: list[Fault]) -> list[Fault]:
    """Both of a pair that goes together, told in one sentence each."""
    kinds = {one.kind: one for one in roots}
    pair = next((each for each in CHAINED if each <= kinds.keys()), None)
    if pair is None:
        return roots
    first, second = sorted((kinds[kind] for kind in pair), key=lambda one: (one.began is None, one.began, -one.weight))
    joint = replace(
        first,
        says=f"Two limits are reached in one chain. {first.says}. Causally linked with it: {second.says}",
        weight=max(first.weight, second.weight),
        quotes=(*first.quotes[:2], *second.quotes[:2]),
    )
    return [joint, *(one for one in roots if one not in (first, second)), replace(second, weight=second.weight * 0.8)]
