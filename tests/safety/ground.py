"""What every row stands on: one Valkey, emptied before each try; an incident, serve's judging and act's execution.

`Watch` joins the stages of the other tests: an approval is proposed by the real preparation, clicks are marked and
judged by serve's own service, and the effect is what `changes.effects` or the cluster holds afterwards.
"""

import random
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from bot.adapters.embedded import EmbeddedValkey
from bot.adapters.heard import RedisHeard, note_heard
from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.approval import Approval
from bot.core.events import ChannelStep, ClickReceived
from bot.core.failpoint import arm
from bot.core.redact import redact_json
from bot.services.approvals import Approvals
from bot.services.doors import People
from tests.deciding import deciding
from tests.services.act.stage import INC, Act, PretendChanges
from tests.tools.change.stage import Stage, playing

PEOPLE = ("U1", "U2", "U3", "U4", "U5")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Ground:
    """A store of its own; ``folder`` is for what a try writes beside it."""

    valkey: EmbeddedValkey
    client: "redis.Redis"
    folder: Path
    made: int = 0

    @property
    def url(self) -> str:
        return self.valkey.url

    def clear(self) -> None:
        arm(lambda _: None)
        self.client.flushall()

    def place(self) -> Path:
        """A new folder."""
        self.made += 1
        place = self.folder / f"try-{self.made}"
        place.mkdir(parents=True)
        return place

    def watch(self, changes: Any = None, client: "redis.Redis | None" = None, **more: Any) -> "Watch":
        """Over this store, with pretended changes unless others are given."""
        store = client or self.client
        act = Act(
            ledgers=RedisLedgers(store, random.Random(1)),
            payloads=RedisPayloads(store, redact_json),
            changes=PretendChanges() if changes is None else changes,
            **more,
        )
        return Watch(act, RedisHeard(store), store)

    @contextmanager
    def cluster(self) -> Iterator[Stage]:
        """A Kubernetes world of its own, behind the real protocol."""
        with playing(self.place()) as stage:
            yield stage


@contextmanager
def standing(folder: Path) -> Iterator[Ground]:
    with ExitStack() as stack:
        home = folder / "valkey"
        home.mkdir(parents=True)
        valkey = stack.enter_context(EmbeddedValkey.start(home, free_port()))
        client = stack.enter_context(patient(valkey.url))
        yield Ground(valkey, client, folder)


@dataclass
class Watch:
    """``act`` with `serve`'s judging beside it, over the same ledgers."""

    act: Act
    heard: Callable[[Any], bool]
    store: "redis.Redis | None" = None
    team: Callable[[], str] = lambda: "T1"
    clicks: int = 0
    judging: type[Approvals] = Approvals
    ledgers: Any = field(default=None)

    @property
    def desk(self) -> Approvals:
        people = People(team=self.team, approvers=lambda: deciding(frozenset(PEOPLE)))
        ledgers = self.ledgers or self.act.ledgers
        return self.judging(ledgers, self.act.signer, people, self.heard, lambda user, channel: None)

    def propose(self) -> Approval:
        """Something to decide, in its message."""
        approval = self.act.proposed()
        posted = ChannelStep(step=f"approval:{approval.id}", state="done", channel="C1", ts="1.5")
        self.act.ledgers.record(INC, [posted], "process:talk")
        return self.act.only()

    def fact(self, user: str = "U1", **changes: Any) -> ClickReceived:
        self.clicks += 1
        told = {
            "click": f"{self.act.chance.getrandbits(128):032x}",
            "approval": self.act.only().id,
            "action": "approve",
            "user": user,
            "team": "T1",
            "channel": "C1",
            "message_ts": "1.5",
            "action_ts": f"{self.clicks}.0",
        }
        return ClickReceived(**{**told, **changes})

    def hear(self, fact: ClickReceived) -> str:
        """What serve's door does with a press: marked as heard, and written down once."""
        if self.store is not None:
            with self.store.pipeline() as pipe:
                note_heard(pipe, fact)
                pipe.execute()
        self.act.ledgers.record(INC, [fact], f"slack:{fact.team}/{fact.user}", once=fact.click)
        return fact.click

    def click(self, user: str = "U1", **changes: Any) -> None:
        """Pressed, heard and judged."""
        self.desk.judge(INC, self.hear(self.fact(user, **changes)))

    def run(self) -> None:
        """The execution job of the only approval."""
        self.act.execution().run(INC, self.act.only().id)

    @property
    def effects(self) -> list[str]:
        found: list[str] = self.act.changes.effects
        return found
