"""A freeze as people read it: in the answer, at home, on a card, in the status, and on a press that does not count."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.bulletin import Bulletin
from bot.core.events import FreezeNoted, Frozen, Unfrozen
from bot.core.ledger import stamp
from bot.views.answers import answer_message
from bot.views.approval_card import approval_card
from bot.views.blocks import Message, texts_of
from bot.views.bulletin import bulletin_message
from bot.views.freezing import WHY
from bot.views.refusals import click
from tests.scene import HOUSE, NOON, Paper, Scene, in_state
from tests.views.checks import assert_fit, assert_only_our_marks, mentions
from tests.views.conftest import Golden

UNTIL = stamp(NOON + timedelta(minutes=30))
NOTE = FreezeNoted(user="U0BOB", since=stamp(NOON), until=UNTIL)
HOSTILE = "<!channel> *now* <@U9> " + "x" * 300


def words(message: Message) -> str:
    return "\n".join(texts_of(message["blocks"]))


def frozen(state: str = "proposed") -> Paper:
    book = Paper()
    in_state(Scene(book), state)
    book.write(NOTE)
    return book


def test_a_waiting_request_says_that_nothing_is_carried_out_and_calls_nobody_for_it(golden: Golden) -> None:
    book = frozen()
    card = approval_card(book.story(), "a-1")

    assert_fit(card)
    assert "*Frozen* by bob until" in words(card)
    assert "nothing is carried out" in words(card)
    assert "<@U0BOB>" not in words(card)
    golden("approval_frozen", card)

    book.write(FreezeNoted())
    assert "Frozen" not in words(approval_card(book.story(), "a-1"))


def test_what_is_decided_already_does_not_speak_of_a_freeze() -> None:
    assert "Frozen" not in words(approval_card(frozen("denied").story(), "a-1"))


def test_an_approve_that_did_not_count_says_so_until_when_and_who_lifts_it(golden: Golden) -> None:
    book = frozen()
    message = click("frozen", book.incident().approvals["a-1"], HOUSE, book.incident())

    assert_fit(message)
    assert "was not counted" in words(message)
    assert "Nothing ran" in words(message)
    assert "/ops unfreeze" in words(message)
    golden("answer_refused_frozen", message)
    assert "was not counted" in words(click("frozen", None, HOUSE))


ANSWERS: dict[str, dict[str, Any]] = {
    "froze": {"kind": "froze", "until": UNTIL, "reason": "x"},
    "froze_for_good": {"kind": "froze", "until": None, "reason": "", "replaced": {"user": "U0BOB", "until": UNTIL}},
    "lifted": {"kind": "lifted", "user": "U0BOB", "since": stamp(NOON)},
    **{why: {"kind": "not_frozen", "why": why, "user": "U0BOB", "since": stamp(NOON)} for why in WHY},
    "member_lifts": {"kind": "not_frozen", "why": "not_member", "asked": "unfreeze"},
    "unheard": {"kind": "not_frozen", "why": "of_another_release"},
}


def test_every_answer_has_words(golden: Golden) -> None:
    drawn = {name: answer_message(answer) for name, answer in ANSWERS.items()}
    for message in drawn.values():
        assert_fit(message)
        assert_only_our_marks(message)
    golden("answer_freeze", {name: words(message) for name, message in drawn.items()})


@pytest.mark.parametrize("until", [UNTIL, None])
def test_home_is_told_who_until_when_why_and_how_it_ends(until: str | None, golden: Golden) -> None:
    told = Bulletin("freeze-1", opened_at=NOON, frozen=Frozen(user="U0BOB", until=until))
    message = bulletin_message(told, HOUSE, reason=HOSTILE)

    assert_fit(message)
    assert_only_our_marks(message)
    assert mentions(message) == ["<@U0BOB>"]
    assert "/ops unfreeze" in words(message)
    golden("bulletin_frozen_until" if until else "bulletin_frozen", message)


@pytest.mark.parametrize(("end", "says"), [(Unfrozen(user="U0ALICE"), "Lifted"), (Frozen(user="U0ALICE"), "Replaced")])
def test_what_ended_early_says_by_whom_and_promises_nothing_more(end: Frozen | Unfrozen, says: str) -> None:
    at = NOON + timedelta(minutes=5)
    told = Bulletin("freeze-1", opened_at=NOON, frozen=Frozen(user="U0BOB"), ended=end, ended_at=at)
    said = words(bulletin_message(told, HOUSE, reason="the database moves"))

    assert says in said
    assert "<@U0ALICE>" in said
    assert "/ops unfreeze" not in said


def test_the_status_says_it_whatever_else_there_is() -> None:
    answer = {
        "kind": "status",
        "as_of": stamp(NOON),
        "frozen": {"user": "U0BOB", "since": stamp(NOON)},
    }
    message = answer_message(answer)

    assert_fit(message)
    assert "*Frozen* by <@U0BOB>" in words(message)
    assert "until somebody lifts it" in words(message)
    assert "Changes are frozen." in message["text"]
    assert "Frozen" not in words(answer_message({**answer, "frozen": None}))
