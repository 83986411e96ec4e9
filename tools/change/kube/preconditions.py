"""What must still be true just before a plan runs. Pure: named facts of the live object, compared as text."""

from bot.core.tool import Plan, Precondition
from tools.change.kube.live import Live
from tools.change.kube.templates import images, template_digest

WORDS = {
    "uid": "it was deleted and made again",
    "revision": "there was a newer rollout",
    "template": "its pod template was changed",
    "replicas": "it was scaled",
    "replicas_at_least": "it was scaled down",
    "paused": "its rollout was paused or resumed",
    "rolling_out": "a rollout began",
}


def facts(live: Live) -> dict[str, str]:
    """Every fact a precondition may name."""
    current = live.current
    return {
        "uid": live.uid,
        "revision": str(current.number) if current else "",
        "template": template_digest(live.template),
        "replicas": str(live.desired),
        "paused": _yes(bool(live.deployment["spec"].get("paused"))),
        "rolling_out": _yes(rolling_out(live)),
        **{f"image:{container}": image for container, image in images(live.template).items()},
    }


def captured(live: Live, *more: str) -> tuple[Precondition, ...]:
    """The preconditions of a plan made now; ``more`` names those only some tools need."""
    seen = facts(live)
    names = ["uid", "revision", *(n for n in seen if n.startswith("image:")), "template", "paused", *more]
    # An autoscaler may rightly add pods while people decide; fewer pods than were shown is another situation.
    replicas = "replicas_at_least" if live.autoscaler else "replicas"
    return (
        *(Precondition(what=n, expected=seen[n]) for n in names),
        Precondition(what=replicas, expected=seen["replicas"]),
    )


def why_changed(plan: Plan, live: Live) -> str | None:
    """The first precondition that no longer holds, in words, or None."""
    seen = facts(live)
    for condition in plan.preconditions:
        if not _holds(condition, seen):
            return _words(condition, seen)
    return None


def _holds(condition: Precondition, seen: dict[str, str]) -> bool:
    if condition.what == "replicas_at_least":
        return condition.expected.isdigit() and int(seen["replicas"]) >= int(condition.expected)
    return seen.get(condition.what) == condition.expected  # a name nobody knows never holds


def _words(condition: Precondition, seen: dict[str, str]) -> str:
    found = seen.get(condition.what.removesuffix("_at_least"), "nothing")
    if condition.what in {"template", "uid"}:
        return WORDS[condition.what]
    if condition.what.startswith("image:"):
        return f"container {condition.what.removeprefix('image:')} now has image {found}, not {condition.expected}"
    what = condition.what.replace("_", " ")
    return f"{WORDS.get(condition.what, 'it changed')} ({what} {condition.expected} when proposed, {found} now)"


def rolling_out(live: Live) -> bool:
    """Whether pods of another template are still there or new ones are missing. Pods that merely fail do not count."""
    status = live.deployment.get("status") or {}
    return {int(status.get(key) or 0) for key in ("replicas", "updatedReplicas")} != {live.desired}


def _yes(value: bool) -> str:
    return "yes" if value else "no"
