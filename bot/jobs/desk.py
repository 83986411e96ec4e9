"""Where a worker's forked job finds the services of its process: put here once, by wiring, before the work begins.

RQ calls a function by its dotted name with ids for arguments; this is the one place such a function can look.
"""

from typing import Any

_desk: dict[str, Any] = {}


def put(name: str, service: Any) -> None:
    _desk[name] = service


def take(name: str) -> Any:
    """The service; raises KeyError in a process that was not wired for it."""
    return _desk[name]
