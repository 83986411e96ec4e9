"""The arithmetic of a rolling update, pure: how many more of the new, how many fewer of the old, at most and at least.

Follows the Deployment controller's rules; numbers in, numbers out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.playground.world.kube.names import amount


@dataclass(frozen=True)
class Bounds:
    """What a Deployment's strategy allows, in pods."""

    wanted: int
    surge: int
    unavailable: int

    @property
    def most(self) -> int:
        return self.wanted + self.surge if self.wanted else 0

    @property
    def least(self) -> int:
        return self.wanted - self.unavailable


def bounds_of(spec: Mapping[str, Any]) -> Bounds:
    wanted = spec.get("replicas", 1)
    strategy = spec.get("strategy") or {}
    rolling = strategy.get("rollingUpdate") or {}
    if strategy.get("type") == "Recreate":
        return Bounds(wanted, 0, 0)
    surge = amount(rolling.get("maxSurge", "25%"), wanted, up=True)
    unavailable = amount(rolling.get("maxUnavailable", "25%"), wanted, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Bounds(wanted, surge, min(unavailable, wanted))


@dataclass(frozen=True)
class Counts:
    """One ReplicaSet's numbers."""

    asked: int
    ready: int
    available: int


def size_of_new(bounds: Bounds, new: int, total: int) -> int:
    """Return how large the newest ReplicaSet may be now."""
    if new >= bounds.wanted:
        return bounds.wanted
    room = bounds.wanted + bounds.surge - total
    return new if room <= 0 else new + min(room, bounds.wanted - new)


def sizes_of_old(bounds: Bounds, new: Counts, old: Sequence[Counts]) -> list[int]:
    """Return the sizes the older ReplicaSets, oldest first, may be taken down to now: the unhealthy pods go first."""
    sizes = [one.asked for one in old]
    spare = new.asked + sum(sizes) - bounds.least - max(0, new.asked - new.available)
    if not any(sizes) or spare <= 0:
        return sizes
    for at, one in enumerate(old):
        gone = min(spare, max(0, one.asked - one.available))
        sizes[at] -= gone
        spare -= gone
    going = max(0, new.available + sum(one.available for one in old) - bounds.least)
    for at in range(len(sizes)):
        gone = min(going, sizes[at])
        sizes[at] -= gone
        going -= gone
    return sizes


@dataclass(frozen=True)
class Share:
    """A ReplicaSet's part in a proportional scaling: its size, and the most there could be when it was set."""

    size: int
    most: int


def shared_out(bounds: Bounds, shares: Sequence[Share]) -> list[int]:
    """Return the sizes after a scaling in the middle of a rollout: in proportion, the rest to the first."""
    adding = bounds.most - sum(share.size for share in shares)
    sizes, added = [], 0
    for share in shares:
        whole = round(share.size * bounds.most / (share.most or bounds.most or 1)) - share.size
        part = min(whole, adding - added) if adding > 0 else max(whole, adding - added)
        sizes.append(max(0, share.size + part))
        added += part
    if sizes and adding != added:
        sizes[0] = max(0, sizes[0] + adding - added)
    return sizes
