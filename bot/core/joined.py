"""When the same change is asked for twice: one card stands for both, and says who wants it. Pure.

Joining changes nothing about who may approve: the requester is whose words caused the plan, and whoever asks for what
waits already has caused nothing. Two different changes of one target are never joined: they would contradict.
"""

from collections.abc import Mapping
from typing import Any

from bot.core.approval import State
from bot.core.incident import Incident, Intent


def may_be_joined(incident: Incident, intent: Intent) -> bool:
    """Whether it still waits: for its plan, or for a decision."""
    if incident.resolved_at is not None or intent.undoes is not None:
        return False
    if intent.approval is None:
        return intent.state == "open" and intent.after is None  # a later step would wait for what nobody asked here
    return incident.approvals[intent.approval].state is State.PROPOSED


def asks_the_same(asked: Mapping[str, Any], waits: Mapping[str, Any]) -> bool:
    """Whether what is asked for says nothing that differs from what waits; what it leaves open is left to that one."""
    return all(key in waits and (type(waits[key]), waits[key]) == (type(value), value) for key, value in asked.items())
