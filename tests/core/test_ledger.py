"""The envelope: sealing, chaining, and finding every way a chain can be false."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.canonical import canonical, digest
from bot.core.events import Fact, TargetReleased, Unfrozen
from bot.core.ledger import GENESIS, Head, UnknownKind, check_chain, open_line, seal, stamp

AT = datetime(2026, 11, 20, 2, 14, 0, 250_000, tzinfo=UTC)


def chain(length: int = 4) -> list[dict[str, Any]]:
    facts: list[Fact] = [Unfrozen(user=f"U{n}") for n in range(length)]
    return seal("workspace", facts, "process:serve", AT, Head())


def test_a_line_has_exactly_the_fields_of_the_contract() -> None:
    line = chain(1)[0]

    assert set(line) == {"v", "ledger", "seq", "at", "kind", "by", "body", "prev", "hash"}
    assert line["at"] == "2026-11-20T02:14:00.250Z"
    assert line["prev"] == GENESIS
    assert line["hash"] == digest({k: v for k, v in line.items() if k != "hash"})


def test_a_sealed_chain_is_intact() -> None:
    checked = check_chain("workspace", chain())

    assert checked.intact
    assert checked.length == 4


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda c: c[1]["body"].update(user="U9"), "hash"),
        (lambda c: c.pop(1), "numbered"),
        (lambda c: c.insert(1, c[2]), "numbered"),
        (lambda c: c.reverse(), "numbered"),
        (lambda c: c[2].update(by="slack:T/U"), "hash"),
        (lambda c: c[0].pop("prev"), "unreadable"),
        (lambda c: c.__setitem__(1, "garbage"), "unreadable"),
    ],
)
def test_a_spoilt_chain_says_where_and_why(spoil: Any, why: str) -> None:
    lines = chain()
    spoil(lines)

    checked = check_chain("workspace", lines)

    assert not checked.intact
    assert why in checked.why


def test_a_line_rewritten_with_a_fresh_hash_breaks_the_link_after_it() -> None:
    lines = chain()
    lines[1]["body"] = {"user": "U9"}
    lines[1]["hash"] = digest({k: v for k, v in lines[1].items() if k != "hash"})

    checked = check_chain("workspace", lines)

    assert (checked.broken_at, checked.why) == (2, "does not follow the line before it")


def test_a_line_of_another_ledger_does_not_belong() -> None:
    assert "belongs to workspace" in check_chain("inc-1", chain()).why


def test_time_never_goes_back_even_when_the_clock_does() -> None:
    first = seal("workspace", [Unfrozen(user="U1")], "p", AT, Head())
    head = Head(1, first[0]["hash"], AT)

    later = seal("workspace", [Unfrozen(user="U2")], "p", AT - timedelta(hours=1), head)

    assert later[0]["at"] == first[0]["at"]


def test_a_kind_from_the_future_is_kept_as_it_came() -> None:
    line = {**chain(1)[0], "kind": "SomethingNew", "body": {"n": 1}}

    assert open_line(line).fact == UnknownKind("SomethingNew", {"n": 1})


def test_a_body_this_version_cannot_read_is_unknown_not_an_error() -> None:
    line = {**chain(1)[0], "body": {"surprise": True}}

    assert isinstance(open_line(line).fact, UnknownKind)


def test_a_fact_survives_the_way_through_a_line() -> None:
    fact = TargetReleased(target="Deployment/payments/checkout", execution="x-1")

    assert open_line(seal("workspace", [fact], "p", AT, Head())[0]).fact == fact


def test_floats_are_refused_wherever_they_hide() -> None:
    with pytest.raises(ValueError, match="float"):
        canonical({"a": [{"b": 0.5}]})


@given(st.dictionaries(st.text(), st.integers(-(2**53) + 1, 2**53 - 1) | st.text() | st.booleans() | st.none()))
def test_canonical_form_does_not_depend_on_the_order_of_keys(value: dict[str, Any]) -> None:
    backwards = dict(reversed(list(value.items())))

    assert canonical(value) == canonical(backwards)


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_stamp_has_milliseconds_and_a_z(at: datetime) -> None:
    text = stamp(at)

    assert len(text) == 24
    assert text.endswith("Z")
