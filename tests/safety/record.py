"""What somebody does to the record itself: `midwatch ledger verify` must say so, by the code it exits with."""

import io
import json
import os
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from typing import Any

from bot.adapters.anchors import FileAnchors
from bot.adapters.redis_ledger import ledger_key
from bot.core.canonical import digest
from bot.core.ledger import Chain
from bot.wiring import reading
from bot.wiring.reading import SHORTER, TAMPERED
from tests.safety.ground import Ground
from tests.safety.rows import Attack, replaced
from tests.services.act.stage import INC


def _lines(ground: Ground) -> list[Any]:
    """The lines of a story that was played to its end."""
    watch = ground.watch()
    watch.propose()
    watch.click()
    watch.run()
    lines: list[Any] = watch.act.ledgers.lines(INC)
    return lines


def _verdict(ground: Ground, lines: list[Any], anchored: list[Any], *, chained: bool = True) -> int:
    """The command's exit code over ``lines`` in place of the ledger, with the head of ``anchored`` noted beforehand."""
    client, key = ground.client, ledger_key(INC)
    client.delete(key)
    for line in lines:
        client.rpush(key, json.dumps(line))
    place = ground.place() / "anchors"
    if anchored:
        FileAnchors(place).note(INC, len(anchored), anchored[-1]["hash"])
    with ExitStack() as around:
        around.enter_context(_environment(REDIS_URL=ground.url, MIDWATCH_ANCHORS=str(place)))
        around.enter_context(redirect_stdout(io.StringIO()))
        if not chained:
            unread = lambda _, kept: Chain(len(kept), kept[-1]["hash"])  # noqa: E731
            around.enter_context(replaced(reading, "check_chain", unread))
        return reading.verify(INC)


@contextmanager
def _environment(**settings: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def tampered(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """One word of one line is another; half the time the line's own hash is made to fit."""
    lines = _lines(ground)
    anchored = list(lines)
    place = chance.randrange(len(lines))
    line = lines[place] = {**lines[place], "by": "process:nobody"}
    if chance.random() < 0.5:
        line["hash"] = digest({key: value for key, value in line.items() if key != "hash"})
    if place == len(lines) - 1:
        anchored = []  # so that the chain alone must tell
        line["hash"] = "f" * 64
    return _verdict(ground, lines, anchored, chained=guarded) != TAMPERED


def truncated(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """The last lines are gone: what is left is a whole chain, so only an anchor can tell."""
    lines = _lines(ground)
    left = lines[: chance.randrange(1, len(lines))]
    return _verdict(ground, left, lines if guarded else []) != SHORTER


def reordered(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """Two lines have changed places."""
    lines = _lines(ground)
    anchored = list(lines)
    one, other = chance.sample(range(len(lines) - 1), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return _verdict(ground, lines, anchored, chained=guarded) != TAMPERED


ATTACKS = (
    Attack("tampered-ledger", "the hash chain", tampered),
    Attack("truncated-ledger", "the anchor", truncated),
    Attack("reordered-ledger", "the hash chain", reordered),
)
