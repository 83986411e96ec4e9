"""The inbox with no more rights in Redis than serve really has."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.acl import USERS, acl_lines
from bot.adapters.embedded import EmbeddedValkey
from bot.adapters.inbox import RedisInbox
from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.core.redact import redact_json
from bot.playground.outfit import free_port


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[RedisInbox]:
    users, port = acl_lines(dict.fromkeys(USERS, "x")), free_port()
    with (
        EmbeddedValkey.start(tmp_path, port, users),
        patient(f"redis://midwatch-serve:x@127.0.0.1:{port}/0") as client,
    ):
        yield RedisInbox(client, RedisPayloads(client, redact_json))


def test_serve_may_keep_a_delivery_once_and_finish_it(inbox: RedisInbox) -> None:
    assert [inbox.deliver("event", "x", b"1", {"id": "x"}) for _ in range(2)] == [True, False]

    [delivery] = inbox.waiting()
    inbox.finish(delivery)

    assert (delivery.body, len(inbox)) == ({"id": "x"}, 0)


def test_serve_may_put_a_delivery_aside(inbox: RedisInbox) -> None:
    inbox.deliver("event", "x", b"1", {"id": "x"})

    inbox.park(inbox.waiting()[0])

    assert (len(inbox), inbox.parked()) == (0, 1)
