"""Allow Again as people read it: the menu on a routine change that was done, and what stands there after it."""

from dataclasses import replace
from datetime import timedelta

from bot.core.answers import LeaseSeen, StatusAnswer
from bot.core.approval import Granted
from bot.views.approval_card import approval_card
from bot.views.blocks import Message, texts_of
from bot.views.ids import ActionId
from bot.views.status import status_message
from bot.views.story import Story
from tests.scene import Paper, Scene, in_state
from tests.views.checks import assert_fit, strings


def words(message: Message) -> str:
    return "\n".join(texts_of(message["blocks"]))


def done(**changes: object) -> Story:
    book = Paper()
    in_state(Scene(book), "succeeded")
    story = book.story()
    approval = replace(story.incident.approvals["a-1"], **{"tier": "routine", "needed": 1, **changes})
    return replace(story, incident=replace(story.incident, approvals={"a-1": approval}))


def test_a_routine_change_that_was_done_can_be_allowed_again_and_nothing_else() -> None:
    card = approval_card(done(), "a-1")
    assert_fit(card)
    assert ActionId.LEASE in strings(card["blocks"])
    for other in ({"tier": "careful"}, {"tier": None}, {"needed": 2}, {"lease": "l-1"}, {"broken_by": "U1"}):
        assert ActionId.LEASE not in strings(approval_card(done(**other), "a-1")["blocks"]), other


def test_what_was_allowed_is_told_with_its_end_and_can_be_revoked() -> None:
    at = done().incident.approvals["a-1"].proposed_at
    granted = Granted("l-1", "U0ALEX", 2, at + timedelta(minutes=30), at)
    card = approval_card(done(granted=granted), "a-1")
    assert "twice until" in words(card)
    assert ActionId.REVOKE_LEASE in strings(card["blocks"])
    over = approval_card(done(granted=replace(granted, revoked_by="U0SAM")), "a-1")
    assert "Revoked by" in words(over)
    assert ActionId.REVOKE_LEASE not in strings(over["blocks"])


def test_a_change_under_a_lease_says_that_nobody_pressed() -> None:
    assert "nobody pressed for this one" in words(approval_card(done(lease="l-1"), "a-1"))


def test_status_lists_leases_in_force() -> None:
    lease = LeaseSeen(user="U1", tool="restart", target="a/b/c", left=1, uses=3, until="2026-03-01T02:00:00.000Z")
    told = words(status_message(StatusAnswer(as_of="2026-03-01T01:30:00.000Z", leases=(lease,))))
    assert "1 of 3 uses left" in told
