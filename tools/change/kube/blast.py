"""How many pods a rolling replacement takes away at once, measured from the live state. Pure.

A Deployment's controller keeps at least `replicas - maxUnavailable` pods available, so of the pods that are ready now
it may take only what is above that; pods that are broken already are replaced without costing anything.
"""

from math import ceil, floor

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.tool import BlastRadius
from tools.change.kube.live import Live


def measured(live: Live) -> BlastRadius:
    """The blast radius of replacing every pod under the Deployment's own strategy."""
    ready = live.ready
    taken = _taken(live.deployment["spec"].get("strategy") or {}, live.desired, ready)
    return BlastRadius(
        pods=len(live.pods),
        ready=ready,
        unavailable_at_most=taken,
        share_percent=ceil(100 * taken / ready) if ready else 0,
        budget_room=budget_room(live.budgets),
    )


def _taken(strategy: Json, desired: int, ready: int) -> int:
    if strategy.get("type") == "Recreate":
        return ready
    return max(0, min(ready, ready - (desired - max_unavailable(strategy, desired))))


def max_unavailable(strategy: Json, desired: int) -> int:
    """As the controller resolves it: unavailable rounded down, surge up, and never both zero."""
    rolling = strategy.get("rollingUpdate") or {}
    unavailable = floor(_resolved(rolling.get("maxUnavailable", "25%"), desired))
    surge = ceil(_resolved(rolling.get("maxSurge", "25%"), desired))
    return min(desired, 1 if unavailable == 0 and surge == 0 else unavailable)


def budget_room(budgets: tuple[Json, ...]) -> int | None:
    """What the tightest budget still lets go; None when there is no budget."""
    rooms = [int((budget.get("status") or {}).get("disruptionsAllowed") or 0) for budget in budgets]
    return min(rooms, default=None)


def _resolved(amount: int | str, desired: int) -> float:
    text = str(amount)
    number = text.removesuffix("%")
    if not number.isdigit():
        raise Refused(f"its rollout strategy has an amount ({text[:20]}) that cannot be read", why="rejected")
    return int(number) * desired / 100 if text.endswith("%") else int(number)
