"""Reading rollouts: the current one, the one before it, and to which of them a pod belongs. Pure."""

from collections.abc import Mapping
from typing import Any

from bot.core.case import Seen
from bot.core.predicates.shape import number_of, rows, time_of

Rollout = Mapping[str, Any]


def current_rollout(one: Seen) -> Rollout | None:
    """The rollout that is live now; of several Deployments, the one that changed last."""
    live = [rollout for rollout in rows(one.facts, "rollouts") if rollout.get("current") is True]
    dated = sorted((r for r in live if time_of(r.get("at"))), key=lambda r: str(r.get("at")))
    return dated[-1] if dated else live[0] if live else None


def previous_rollout(one: Seen) -> Rollout | None:
    """The revision before the current one, of the same Deployment."""
    current = current_rollout(one)
    if current is None:
        return None
    older = [
        rollout
        for rollout in rows(one.facts, "rollouts")
        if rollout.get("workload") == current.get("workload") and _revision(rollout) < _revision(current)
    ]
    return max(older, key=_revision, default=None)


def other_rollouts(one: Seen) -> list[Rollout]:
    """The revisions of the current one's Deployment that are not live."""
    current = current_rollout(one) or {}
    every = rows(one.facts, "rollouts")
    return [r for r in every if r.get("workload") == current.get("workload") and r.get("current") is not True]


def hash_of(rollout: Rollout | None) -> str:
    return str((rollout or {}).get("template_hash") or "")


def revision_name(rollout: Rollout | None) -> str:
    revision = (rollout or {}).get("revision")
    return f"revision {revision}" if revision not in (None, "") else "the current revision"


def by_revision(pods: Mapping[str, int], hashes: Mapping[str, int], rollouts: Seen) -> tuple[int, int, int]:
    """Lines (or pods) of the current revision, of others, and of nobody known.

    Template hashes say it outright; where there are none, a pod's name does (`<Deployment>-<template hash>-<five>`).
    """
    current = hash_of(current_rollout(rollouts))
    known = {hash_of(rollout) for rollout in rows(rollouts.facts, "rollouts")} - {""}
    if not current:
        return 0, 0, sum(pods.values()) or sum(hashes.values())
    if hashes:
        mine = hashes.get(current, 0)
        return mine, sum(hashes.values()) - mine, 0
    mine = sum(count for name, count in pods.items() if f"-{current}-" in name)
    others = sum(count for name, count in pods.items() if any(f"-{old}-" in name for old in known - {current}))
    return mine, others, sum(pods.values()) - mine - others


def _revision(rollout: Rollout) -> float:
    revision = rollout.get("revision")
    if isinstance(revision, str) and revision.isdigit():
        return float(revision)
    return number_of(revision) or 0.0
