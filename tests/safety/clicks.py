"""Clicks: pressed twice, by many at once, from elsewhere, too late, after a restart, on another clock."""

import multiprocessing
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.adapters import embedded, redis_ledger
from bot.adapters.embedded import EmbeddedValkey
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core import approval, trusting
from bot.core.errors import Contended
from bot.core.policy import Rules
from bot.core.ports import Entry
from bot.services import approvals, deciding, execution, preparation
from bot.services.changing import Judging
from bot.services.preparation import Preparation, Proposing
from tests.fakes_ledger import MemoryLedgers, MemoryPayloads
from tests.safety.ground import PEOPLE, Ground, Watch, free_port
from tests.safety.rows import Attack, replaced
from tests.services.act.stage import INC, Act, PretendChanges

PROCESSES = 3
TWO = Rules(namespaces=frozenset({"web"}), require_two=frozenset({"roll_back_deployment"}))


class Unmarked(PretendChanges):
    """A target that keeps no mark of what was done to it: every run is an effect."""

    def execute(self, plan: Any, execution: str, go_on: Any = None) -> Any:
        time.sleep(0.005)
        self.effects.append(execution)
        return super().execute(plan, execution)

    def carries(self, plan: Any, execution: str) -> bool:
        return False


class Heedless(RedisLedgers):
    """Ledgers whose append does not look whether somebody wrote in between."""

    def append(self, entries: Any, by: str) -> bool:
        time.sleep(0.02)
        for _ in range(50):
            if super().append([Entry(e.ledger, self.length(e.ledger), e.facts) for e in entries], by):
                return True
        return False


# --- one person, twice

_why_not, _is_of = approval.why_not, trusting._is_of


def double_click(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """One person presses twice where two people are needed."""
    watch = ground.watch(rules=TWO)
    watch.propose()
    user = chance.choice(PEOPLE)
    with ExitStack() as control:
        if not guarded:
            _count_presses(control)
        for _ in range(2):
            watch.click(user)
        watch.run()
    return watch.effects != []


def _count_presses(control: ExitStack) -> None:
    """The one rule "a person counts once", switched off at each of the places that ask it."""

    def lax(one: Any, fact: Any, at: Any) -> str | None:
        why = _why_not(one, fact, at)
        enough = why == "quorum" and len(fact.voters) >= one.needed
        return None if why == "voted" or enough else why

    control.enter_context(replaced(approval, "why_not", lax))
    one_is_enough = lambda claim, incident, one: _is_of(claim, incident, replace(one, needed=1))  # noqa: E731
    control.enter_context(replaced(trusting, "_is_of", one_is_enough))
    control.enter_context(replaced(execution, "approved_by", lambda one: frozenset(enumerate(one.voters))))


# --- many at once


class Tally(list[str]):
    """Effects of several processes: what any of them did is in the store, seen by all."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def append(self, execution: str) -> None:
        with patient(self._url) as client:
            client.rpush("effects", execution)

    def __iter__(self) -> Iterator[str]:
        with patient(self._url) as client:
            return iter([one.decode() for one in client.lrange("effects", 0, -1)])

    def __contains__(self, execution: object) -> bool:
        return execution in list(iter(self))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def in_processes(ground: Ground, watch: Watch, guarded: bool, clicks: list[Any]) -> None:
    """The presses are dealt out to three processes, each with its own connections; all begin together."""
    several = multiprocessing.get_context("fork")
    start = several.Barrier(len(clicks))
    dealt = [clicks[number::PROCESSES] for number in range(PROCESSES)]
    processes = [several.Process(target=at_once, args=(ground, watch, guarded, some, start)) for some in dealt]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    if any(process.exitcode != 0 for process in processes):
        raise RuntimeError("a process that was to judge presses did not end well")


def at_once(ground: Ground, watch: Watch, guarded: bool, clicks: list[Any], together: Any = None) -> None:
    """Every press is judged, and then carried out, by a thread with its own connection; all begin together."""
    start = together or threading.Barrier(max(1, len(clicks)))

    def work(fact: Any) -> None:
        with patient(ground.url) as client:
            ledgers = RedisLedgers(client) if guarded else Heedless(client)
            own = replace(watch, act=replace(watch.act, ledgers=ledgers))
            start.wait(20)
            for step in (lambda: own.desk.judge(INC, own.hear(fact)), own.run) if fact else (own.run,):
                for _ in range(10):  # as the reconciler does: what was contended is taken up again
                    with suppress(Contended):
                        step()
                        break

    threads = [threading.Thread(target=work, args=(fact,)) for fact in clicks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def twenty_clicks(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """Five people press four times each, at three processes; more than one effect, or none, is wrong."""
    watch = ground.watch(Unmarked(effects=Tally(ground.url)))
    watch.propose()
    facts = [watch.fact(user) for user in PEOPLE * 4]
    chance.shuffle(facts)
    in_processes(ground, watch, guarded, facts)
    return len(watch.effects) > 1 or (guarded and not watch.effects)


def two_workers(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """Two act workers find the same approval at the same moment."""
    watch = ground.watch(Unmarked())
    watch.propose()
    watch.click(chance.choice(PEOPLE))
    at_once(ground, watch, guarded, [None, None])
    return len(watch.effects) > 1 or (guarded and not watch.effects)


# --- from elsewhere, too late


def wrong_team(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """Somebody of another workspace, whose id is an approver's; without the guard their team is taken for ours."""
    watch = ground.watch()
    watch.propose()
    foreign = f"T{chance.randrange(2, 99)}"
    if not guarded:
        watch.team = lambda: foreign
    watch.click(chance.choice(PEOPLE), team=foreign)
    watch.run()
    return watch.effects != []


class Stopped(MemoryLedgers):
    """A store whose clock stands still: nothing ever expires by it."""

    def pass_time(self, **lapse: float) -> None:
        return


def late_click(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """A press after the request has expired."""
    act = Act(ledgers=MemoryLedgers() if guarded else Stopped(), payloads=MemoryPayloads())
    watch = Watch(act, heard=lambda _: True)
    watch.propose()
    act.ledgers.pass_time(minutes=15, milliseconds=chance.randrange(1, 60_000))
    watch.click()
    watch.run()
    return watch.effects != []


def after_restart(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """Everything is killed between request and click, the store too; the click must still count, once."""
    changes, folder = PretendChanges(), ground.place()
    kept = embedded.DURABLE if guarded else {"appendonly": "no", "save": ""}
    with replaced(embedded, "DURABLE", kept), EmbeddedValkey.start(folder, free_port()) as valkey:
        with patient(valkey.url) as client:
            asked = ground.watch(changes, client)
            asked.propose()
            fact = asked.fact(chance.choice(PEOPLE))
        valkey.kill()
        valkey.restart()
        with patient(valkey.url) as client:
            fresh = ground.watch(changes, client)
            for _ in range(2):  # Slack delivers again what it does not know to have arrived
                fresh.desk.judge(INC, fresh.hear(fact))
                if INC in fresh.act.ledgers.names() and fresh.act.incident().approvals:
                    fresh.run()
    return len(changes.effects) != 1


# --- another clock

CLOCKED = (approvals, deciding, execution, preparation, redis_ledger)


def skewed(by: timedelta) -> type[datetime]:
    """The process's own clock, wrong by that much."""

    class Skewed(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Skewed":
            return cls.fromtimestamp(datetime.now(tz).timestamp() + by.total_seconds(), tz)

    return Skewed


def clock_skew(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """Slow by an hour, a request that has expired must not run; fast by an hour, one that has not must."""
    slow = chance.random() < 0.5
    clock = skewed(timedelta(hours=-1 if slow else 1))
    seconds = 0.2 if slow else 60.0
    with ExitStack() as wrong:
        watch = ground.watch()
        act = watch.act
        act.open()
        proposing = Proposing(lambda: "0" * 32, timedelta(seconds=seconds), runs_as="act")
        judging = Judging(act.policy, act.rules, act.catalogue)
        Preparation(act.ledgers, act.payloads, act.index, act.bell, act.changes, judging, proposing).run(INC, "i-1")
        for module in CLOCKED:
            if hasattr(module, "datetime"):
                wrong.enter_context(replaced(module, "datetime", clock))
        wrong.enter_context(replaced(time, "time", lambda: clock.now(UTC).timestamp()))
        if not guarded:
            wrong.enter_context(replaced(redis_ledger, "_time", lambda _: clock.now(UTC)))
        if slow:
            time.sleep(seconds + 0.02)
        watch.click()
        watch.run()
    return watch.effects != [] if slow else len(watch.effects) != 1


ATTACKS = (
    Attack("double-click", "a person counts once", double_click),
    Attack("twenty-concurrent-clicks", "compare-and-set of the ledgers", twenty_clicks, slow=True),
    Attack("two-act-workers", "compare-and-set of the ledgers", two_workers),
    Attack("wrong-team", "only people of our own workspace", wrong_team),
    Attack("click-after-expiry", "the store's clock", late_click),
    Attack("click-after-restart", "what was asked is on disk", after_restart),
    Attack("clock-skew", "expiry by the store's clock", clock_skew),
)
