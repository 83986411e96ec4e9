"""What is always left to a human's own hands, whatever a policy says. In code, because a file can be edited at night.

It is a list of what is let through: a kind of object nobody listed here is refused, not one that somebody forgot to
forbid. Most of it no tool could do anyway; this holds for the tool that somebody adds next year.
"""

from collections.abc import Iterator

from bot.core.policy import Forbidden
from bot.core.tool import Plan

# what changing tools may be about, and by which verbs of the API: never a Namespace, a volume, a Secret, a Role …
LET_THROUGH: frozenset[tuple[str, str]] = frozenset(
    {
        ("Deployment", "PATCH"),
        ("CronJob", "PATCH"),
        ("CronJob", "POST"),  # a Job made from it
        ("HorizontalPodAutoscaler", "PATCH"),
        ("Pod", "POST"),  # an eviction, which asks the disruption budget
        ("Node", "PATCH"),
        ("Silence", "POST"),
        ("Silence", "DELETE"),  # nothing is deleted: it expires, stays to be seen, and alerts are heard again
        ("Flag", "PUT"),
    }
)
HANDS_ONLY = "midwatch.dev/hands-only"
WORDS = {
    "payment": "it is part of the payment pipeline",
    "database": "it holds a database's schema or data",
    "auth": "it decides who may do what",
    "failover": "it decides which region serves",
}


def why_by_hand(plan: Plan, marks: tuple[str, ...] = ()) -> Forbidden | None:
    """The reason why people do this themselves, or None. ``marks`` are the catalogue's, beside the object's own."""
    return next(_reasons(plan, (*marks, *plan.marks)), None)


def _reasons(plan: Plan, marks: tuple[str, ...]) -> Iterator[Forbidden]:
    for mark in marks:
        why = WORDS.get(mark, f"it is marked {HANDS_ONLY}")
        yield _hands(f"{plan.target.name} is left to people's own hands: {why}")
    if (plan.target.kind, str(plan.request.get("verb", "")).upper()) not in LET_THROUGH:
        yield _hands(f"a change of this kind ({plan.target.kind}) is always left to people's own hands")
    if any(_to_zero(change.what, change.after) for change in plan.changes):
        yield _hands("it would leave nothing running; scaling to zero is always left to people's own hands")


def _to_zero(what: str, after: str) -> bool:
    return what.split()[0] in {"replicas", "minReplicas", "maxReplicas"} and after.strip() == "0" if what else False


def _hands(says: str) -> Forbidden:
    return Forbidden("by_hand_only", says)
