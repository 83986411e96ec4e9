"""The act process over ledgers in memory and over the real ones, and an execution whose outcome is to be checked."""

import random
from collections.abc import Iterator

import pytest

from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.failpoint import arm
from bot.core.redact import redact_json
from tests.services.act.looking import Checking, PretendLooks
from tests.services.act.stage import INC, Act


@pytest.fixture(params=["memory", "redis"])
def act(request: pytest.FixtureRequest) -> Iterator[Act]:
    """The same tests over the ledgers in memory and over the real ones."""
    arm(lambda _: None)
    if request.param == "memory":
        yield Act()
        return
    with patient(request.getfixturevalue("redis_url")) as client:
        yield Act(ledgers=RedisLedgers(client, random.Random(1)), payloads=RedisPayloads(client, redact_json))


@pytest.fixture
def timed() -> Act:
    """In memory, where a test moves the clock."""
    arm(lambda _: None)
    return Act()


@pytest.fixture
def checking() -> Checking:
    arm(lambda _: None)
    act = Act()
    act.approved()
    act.execution().run(INC, act.only().id)
    return Checking(act, PretendLooks())
