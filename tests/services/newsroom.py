"""A narrator over real ledgers and the real Slack client, with the stand-in at the other end."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import redis

from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_ledger import RedisLedgers
from bot.adapters.redis_pace import RedisPace
from bot.adapters.slack_calls import Pace
from bot.adapters.slack_room import WebSlackRoom
from bot.core import events as e
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.narration import due_at
from bot.core.redact import redact_json
from bot.services.answering import Answering
from bot.services.narrating import Narrating
from bot.views.house import House
from tests.scene import HOUSE, INCIDENT, Scene
from tests.standin.stage import People, Slack


class Ahead(RedisLedgers):
    """Ledgers whose clock, as the narrator reads it, can be put forward."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


class Unpaced:
    """Takes every call at once, and remembers what Slack closed."""

    def __init__(self) -> None:
        self.closed: dict[str, float] = {}

    def wait(self, key: str, per_second: float, burst: int) -> float:
        return self.closed.pop(key, 0.0)

    def close(self, key: str, seconds: float) -> None:
        self.closed[key] = seconds


class Moments:
    """No waiting: sleeping only moves this clock."""

    _names = itertools.count()

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def new_name(self) -> str:
        return f"run-{next(self._names)}"


@dataclass
class Newsroom:
    """Everything a narrator's test touches. It is also the `Book` its scene is written in."""

    slack: Slack
    client: "redis.Redis"
    house: House = HOUSE
    pace: Pace = field(default_factory=Unpaced)
    timeout: int = 5

    def __post_init__(self) -> None:
        self.ledgers = Ahead(self.client)
        self.payloads = RedisPayloads(self.client, redact_json)
        self.turns = RedisPace(self.client)
        self.moments = Moments()
        self.scene = Scene(self)

    @property
    def people(self) -> People:
        return self.slack.people

    def room(self) -> WebSlackRoom:
        return WebSlackRoom(self.slack.client(timeout=self.timeout), self.pace)

    # --- the book

    def put(self, content: Any) -> e.Ref:
        return self.payloads.put(INCIDENT, content)

    def write(self, *facts: e.Fact) -> None:
        self.ledgers.record(INCIDENT, facts, "process:test")

    def now(self) -> datetime:
        return self.ledgers.now()

    # --- narrating

    def run(self) -> None:
        """One job."""
        room = self.room()
        Narrating(self.ledgers, self.payloads, room, self.turns, self.house, self.moments).run(INCIDENT)

    def tell(self, most: int = 12) -> Incident:
        """Jobs until everything is told, the clock put forward where only time is missing."""
        for _ in range(most):
            self.run()
            due = due_at(self.incident(), self.ledgers.now())
            if due is None:
                return self.incident()
            self.ledgers.ahead += max(timedelta(0), due - self.ledgers.now())
        raise AssertionError(f"not told after {most} jobs: {due_at(self.incident(), self.ledgers.now())}")

    def incident(self) -> Incident:
        return fold(INCIDENT, self.ledgers.read(INCIDENT))

    def answering(self) -> Answering:
        return Answering(self.ledgers, self.payloads, self.room(), HOUSE)

    # --- what people see

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """The bot's own messages, those in threads too; not Slack's own lines."""
        found = self.people.see("messages", channel=channel, all="1")
        return [m for m in found if m.get("bot_id") and not m.get("subtype")]

    def own_channel(self) -> str:
        return str(self.incident().steps["channel"].channel)

    def calls(self, method: str) -> list[dict[str, Any]]:
        return list(self.people.see("calls", method=method))

    def fault(self, **fault: Any) -> None:
        assert self.people.do("faults", **fault)["ok"]
