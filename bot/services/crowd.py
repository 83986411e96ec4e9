"""Who is rung when: no job twice within seconds, and of a crowded lane only a few incidents at a time, in fair order.

The sweep gathers everybody who waits and chooses; the bell's thread only asks whether a lane is crowded.
"""

import time
from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from bot.core.due import Due
from bot.core.incident import Incident
from bot.core.lanes import MOST, Lane, channel_order, lane_of

REST = 3.0
Waiting = list[tuple[tuple[float, float], Due]]


class Rested:
    """When each job was last rung by this process, so that a sweep over many open ledgers does not ask RQ about all."""

    def __init__(self) -> None:
        self._rung: dict[str, dict[str, float]] = {}

    def ready(self, item: Due) -> bool:
        now = time.monotonic()
        jobs = self._rung.setdefault(str(item.args[0]), {})
        if now - jobs.get(item.id, -REST) < REST:
            return False
        jobs[item.id] = now
        return True

    def clear_of(self, ledger: str) -> None:
        """The ledger moved: whatever is due is rung at once."""
        self._rung.pop(ledger, None)


class Crowd:
    def __init__(self) -> None:
        self._waiting: dict[Lane, Waiting] = defaultdict(list)
        self._unheard = False
        self._turns: dict[str, float] = {}
        self._crowded: frozenset[Lane] = frozenset()

    def open_to(self, incident: Incident, now: datetime) -> bool:
        """Whether it may be rung at once: always for what people wait for."""
        return lane_of(incident, now) not in self._crowded

    def wait(self, incident: Incident, now: datetime, item: Due) -> bool:
        """Have it wait for `chosen`; False where its lane never waits."""
        lane = lane_of(incident, now)
        if lane not in MOST:
            self._unheard = self._unheard or lane is Lane.HOME
            return False
        rank = channel_order(incident) if lane is Lane.ROOM else (self._turns.get(item.id, 0.0), 0.0)
        self._waiting[lane].append((rank, item))
        return True

    def chosen(self) -> list[Due]:
        """Whose turn it is, of all that waited since the last call; who had none for longest comes first."""
        waiting, self._waiting = self._waiting, defaultdict(list)
        self._crowded = frozenset(lane for lane, those in waiting.items() if len(those) > MOST[lane])
        chosen = [item for lane in (Lane.EDIT, Lane.REST) for item in _first(waiting[lane], MOST[lane])]
        if not self._unheard:  # a channel a few seconds is all Slack allows: whenever it does, that comes first
            chosen += [replace(item, front=True) for item in _first(waiting[Lane.ROOM], MOST[Lane.ROOM])]
        self._unheard = False
        there = {item.id for those in waiting.values() for _, item in those}
        self._turns = {name: at for name, at in self._turns.items() if name in there}
        self._turns |= {item.id: time.monotonic() for item in chosen}
        return chosen


def _first(waiting: Waiting, most: int) -> list[Due]:
    return [item for _, item in sorted(waiting, key=lambda one: one[0])[:most]]
