"""Locks and memory: sessions that wait for each other, and memory that runs out into swap."""

from collections.abc import Iterator

from tools.read.databases.faults import Fault, level, statement, way
from tools.read.databases.naming import clock
from tools.read.databases.notices import recent
from tools.read.databases.values import Database, Statement

LOCKS = ("Lock:",)
MOSTLY = 0.4
BUSY = 2.0  # sessions waiting for locks at least, as active sessions
LAST_ID, NEAR_WRAPAROUND, STOPS = 2**31, 0.7, 0.9
LOW_MEMORY, SWAPS = 0.1, 3.0


def locks(db: Database) -> Iterator[Fault]:
    """Most of the load waits for locks of other sessions, or deadlocks are counted."""
    insights, dead = db.insights, db.meter("deadlocks")
    waiting = sum(one.load for one in insights.waits if one.name.startswith(LOCKS))
    mostly = insights.share(*LOCKS) >= MOSTLY and (insights.shares or waiting >= BUSY)
    deadlocked = dead is not None and dead.now > 0 and dead.rose(2)
    if not (mostly or deadlocked):
        return
    lock = max((one for one in insights.waits if one.name.startswith(LOCKS)), key=lambda one: one.load, default=None)
    blocked = sorted(insights.statements, key=lambda one: -one.waiting(*LOCKS))[:1]
    proof = (
        f"{lock.name} is {insights.in_words(lock.load)} of {insights.total:.3g}" if lock else "deadlocks are counted"
    )
    if deadlocked and dead is not None:
        proof += f", {way('deadlocks', dead)}"
    line = "".join(f"; RDS event at {clock(one.at)}: “{one.says[:100]}”" for one in recent(db, "deadlock")[:1])
    yield Fault(
        "lock_contention",
        f"Lock contention: {proof} ({insights.source}); blocked: {_all(db, blocked)}{_holder(db)}{line}",
        f"{proof}: sessions wait for what cannot go on, lock contention is its consequence",
        0.85 if mostly else 0.7,
        insights.load.left if insights.load else None,
        db.now,
        quotes=tuple(one.text for one in blocked),
    )


def _all(db: Database, blocked: list[Statement]) -> str:
    return ", ".join(statement(db, one) for one in blocked) or "sessions that are not listed"


def _holder(db: Database) -> str:
    """A session that idles in its transaction holds what others wait for."""
    idle = [one for one in db.insights.statements if one.waiting("Client") > 0.5 * one.load]
    return f"; a transaction that idles may hold it: {statement(db, idle[0])}" if idle else ""


def wraparound(db: Database) -> Iterator[Fault]:
    """Transaction ids run out at 2^31: PostgreSQL stops taking writes three million before."""
    xids = db.meter("xids")
    if xids is None or xids.now < NEAR_WRAPAROUND * LAST_ID:
        return
    says = (
        f"{xids.name} {xids.now / 1e6:,.0f} million of {LAST_ID / 1e6:,.0f} million: transaction id wraparound is near"
    )
    yield Fault(
        "transaction_id_wraparound",
        f"{says}, vacuum does not keep up (a long transaction, an old replication slot or a blocked autovacuum)",
        says,
        0.8 if xids.now >= STOPS * LAST_ID else 0.55,
        last=db.now,
    )


def memory(db: Database) -> Iterator[Fault]:
    """Freeable memory is nearly gone, or swap grew while it fell."""
    free, swap = db.meter("free_memory"), db.meter("swap")
    if free is None or free.came_back or free.straightness > -0.3:
        return
    room = db.instance.memory or free.high
    swapping = swap is not None and swap.last >= SWAPS * max(swap.first, 1.0) and swap.straightness > 0.5
    low = free.last <= LOW_MEMORY * room and free.last < 0.5 * free.first
    if not (low or (swapping and free.last < 0.5 * free.first)):
        return
    swapped = f", {way('swap', swap)}" if swap is not None and swapping else ""
    says = f"{way('free_memory', free)}{swapped}"
    top = db.insights.statements[0] if db.insights.statements else None
    yield Fault(
        "memory_exhaustion",
        f"Memory exhaustion: {says}" + (f"; heaviest: {statement(db, top)}" if top else ""),
        f"{level('free_memory', free)}{swapped}: memory goes with that load",
        0.8 if low and swapping else 0.6,
        free.left,
        free.points[-1][0],
    )
