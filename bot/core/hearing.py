"""How `serve` knows its own clicks again. Pure.

Every process may append to a ledger, so a `ClickReceived` found there proves nothing: it counts only when `serve`
heard it from Slack itself and left this mark where no other process can write.
"""

import hashlib


def mark_of(
    *, approval: str, action: str, user: str, team: str, channel: str, message_ts: str, choice: str, words: str
) -> str:
    """What stands beside a click's id for a click with exactly these fields; "" for what it does not carry."""
    parts = (approval, action, user, team, channel, message_ts, *((choice, words) if choice or words else ()))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
