"""The payload store: what goes in comes out redacted, encrypted on the way, and can be forgotten."""

from collections.abc import Iterator

import pytest

from bot.adapters.payloads import ITEM_BYTES, RedisPayloads
from bot.adapters.redis_client import patient
from bot.core.errors import NotFound
from bot.core.events import Ref
from bot.core.redact import redact_json


@pytest.fixture
def payloads(redis_url: str) -> Iterator[RedisPayloads]:
    with patient(redis_url) as client:
        yield RedisPayloads(client, redact_json)


def test_json_comes_back_as_it_was(payloads: RedisPayloads) -> None:
    content = {"series": [{"points": [[1.5, 2]]}], "text": "ünï"}

    assert payloads.get("inc-1", payloads.put("inc-1", content)) == content


def test_a_secret_never_reaches_the_store(payloads: RedisPayloads) -> None:
    ref = payloads.put("inc-1", {"line": "login failed password=hunter2-but-longer"})

    assert "hunter2" not in str(payloads.get("inc-1", ref))


def test_nothing_readable_lies_in_redis(payloads: RedisPayloads, redis_url: str) -> None:
    payloads.put("inc-1", "a sentence somebody wrote")

    with patient(redis_url) as client:
        stored = b"".join(client.get(key) or b"" for key in client.scan_iter("mw:payload:*"))

    assert stored
    assert b"sentence" not in stored


def test_two_copies_of_one_text_have_two_references(payloads: RedisPayloads) -> None:
    assert payloads.put("inc-1", "same").ref != payloads.put("inc-1", "same").ref


def test_another_ledgers_scope_opens_nothing(payloads: RedisPayloads) -> None:
    ref = payloads.put("inc-1", "text")

    with pytest.raises(NotFound):
        payloads.get("inc-2", ref)


def test_what_was_erased_says_so(payloads: RedisPayloads) -> None:
    ref = payloads.put("inc-1", "text")

    payloads.erase("inc-1")

    with pytest.raises(NotFound, match="erased"):
        payloads.get("inc-1", ref)


def test_an_edited_payload_is_not_believed(payloads: RedisPayloads, redis_url: str) -> None:
    ref, other = payloads.put("inc-1", "the plan"), payloads.put("inc-1", "another plan")
    with patient(redis_url) as client:
        client.set(f"mw:payload:inc-1:{ref.ref}", client.get(f"mw:payload:inc-1:{other.ref}") or b"")

    with pytest.raises(NotFound, match="not what was stored"):
        payloads.get("inc-1", ref)


def test_an_oversized_item_is_replaced_by_a_sentence_saying_so(payloads: RedisPayloads) -> None:
    ref = payloads.put("inc-1", "x" * (ITEM_BYTES + 1))

    assert "are kept at most" in payloads.get("inc-1", ref)["cut"]


def test_a_reference_to_nothing_is_not_found(payloads: RedisPayloads) -> None:
    with pytest.raises(NotFound):
        payloads.get("inc-1", Ref(ref="0" * 64, bytes=1))


def test_reading_makes_no_key_for_a_ledger_that_was_forgotten(payloads: RedisPayloads, redis_url: str) -> None:
    ref = payloads.put("inc-1", "a sentence somebody wrote")
    with patient(redis_url) as client:
        client.delete("mw:key:inc-1")

        with pytest.raises(NotFound):
            RedisPayloads(client, redact_json).get("inc-1", ref)

        assert client.get("mw:key:inc-1") is None


def test_half_a_sign_costs_that_sign_and_nothing_else(payloads: RedisPayloads) -> None:
    """A log line that somebody cut in the middle of a surrogate pair; no look may fail because of it."""
    kept = payloads.get("inc-1", payloads.put("inc-1", {"lines": ("cut \ud83d", "whole ü"), "png": b"\x89PNG"}))

    assert kept == {"lines": ["cut ?", "whole ü"], "png": "iVBORw=="}
