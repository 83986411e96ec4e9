"""How long a freeze is asked for, in words; and what an incident's requests are to say of one."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.approval import State
from bot.core.commands import Freeze as AskedFreeze
from bot.core.commands import Unfreeze, parse
from bot.core.errors import BadInput
from bot.core.events import FreezeNoted
from bot.core.freezing import held_up, note_due
from bot.core.pressing import why_not_again
from bot.core.versions import version_of
from bot.core.workspace import Freeze
from tests.scene import NOON, Paper, Scene, in_state

FREEZE = Freeze("U0SAM", NOON, NOON + timedelta(minutes=30), "freeze-1")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("freeze", AskedFreeze()),
        ("FREEZE 30", AskedFreeze(30)),
        ("freeze 30 the database  moves", AskedFreeze(30, "the database moves")),
        ("freeze 30m", AskedFreeze(30)),
        ("freeze 45 min we migrate", AskedFreeze(45, "we migrate")),
        ("freeze 2h big sale", AskedFreeze(120, "big sale")),
        ("freeze 24 hours", AskedFreeze(1440)),
        ("freeze 1440", AskedFreeze(1440)),
        ("freeze the database moves", AskedFreeze(None, "the database moves")),
        ("freeze 2nd datacenter is down", AskedFreeze(None, "2nd datacenter is down")),
        ("unfreeze", Unfreeze()),
    ],
)
def test_how_long_and_why_are_understood(text: str, command: object) -> None:
    assert parse(text) == command


@pytest.mark.parametrize("number", ["0", "1441", "-5", "1.5", "99999999", "25h", "3 days", "30 seconds", "²"])
def test_a_wrong_number_is_said_and_the_reason_is_not_lost(number: str) -> None:
    if number == "²":
        assert parse("freeze ² why") == AskedFreeze(None, "² why")  # no number at all: the safe reading is to stop
        return
    with pytest.raises(BadInput) as refused:
        parse(f"freeze {number} the database moves")

    assert "1 to 1440" in str(refused.value)
    assert "nothing is frozen yet" in str(refused.value)
    assert "/ops freeze 1440 the database moves" in str(refused.value)


def test_a_reason_too_long_is_refused_whole_and_a_lifting_takes_no_words() -> None:
    with pytest.raises(BadInput, match="at most 300"):
        parse("freeze 30 " + "x" * 301)
    with pytest.raises(BadInput, match="Nothing was lifted"):
        parse("unfreeze is what you type to lift it")


@pytest.mark.parametrize(
    ("state", "due"), [("proposed", True), ("approved", True), ("running", False), ("denied", False)]
)
def test_only_what_is_undecided_has_a_freeze_to_tell_of(state: str, due: bool) -> None:
    book = Paper()
    in_state(Scene(book), state)

    assert (note_due(book.incident(), FREEZE) is not None) is due
    assert note_due(book.incident(), None) is None


def test_a_freeze_its_end_and_another_are_noted_once_each_and_draw_the_card_anew() -> None:
    book = Paper()
    in_state(Scene(book), "proposed")
    versions = [version_of(book.incident(), book.incident().approvals["a-1"])]
    other = Freeze("U0ALEX", NOON + timedelta(minutes=1), None, "freeze-2")
    for freeze in (FREEZE, other, None):
        note = note_due(book.incident(), freeze)
        assert note is not None
        told = book.incident().told
        book.write(note)
        book.write(note)  # two serve processes at once
        assert note_due(book.incident(), freeze) is None
        assert book.incident().told == told  # the incident's own card does not change
        versions.append(version_of(book.incident(), book.incident().approvals["a-1"]))

    assert len(set(versions)) == 4
    assert book.incident().ignored == 3


def test_a_note_keeps_the_instant_to_the_millisecond() -> None:
    at = datetime(2026, 11, 20, 2, 14, 0, 123000, tzinfo=UTC)
    book = Paper()
    in_state(Scene(book), "proposed")
    note = note_due(book.incident(), Freeze("U0SAM", at, None))
    assert isinstance(note, FreezeNoted)
    book.write(note)

    assert book.incident().freeze == Freeze("U0SAM", at, None)


def test_what_was_approved_but_has_not_begun_is_withdrawn_while_frozen_and_left_alone_otherwise() -> None:
    book = Paper()
    in_state(Scene(book), "approved")
    assert held_up(book.incident(), None) == ()
    book.write(*held_up(book.incident(), FREEZE))

    approval = book.incident().approvals["a-1"]
    assert (approval.state, approval.why) == (State.STALE, "frozen")
    assert why_not_again(book.incident(), approval) is None  # it can be planned again
    assert held_up(book.incident(), None) == ()
