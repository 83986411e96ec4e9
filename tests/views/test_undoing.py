"""Undo as people read it: the button and what it asks for, where it led, and why a request takes something back."""

from bot.core import events as e
from bot.core.approval import State
from bot.views.approval_card import approval_card
from bot.views.blocks import Message, texts_of
from bot.views.decision_line import Anchor, decision_line
from bot.views.ids import ActionId
from bot.views.refusals import ON_CARD, click
from tests.scene import HOUSE, Paper, Scene, final_plan, in_state, undo_plan
from tests.views.checks import assert_fit, assert_only_our_marks, strings
from tests.views.conftest import Golden

LINKS = {"approval:a-1": "https://x.slack.com/a1", "approval:a-2": "https://x.slack.com/a2"}


def words(message: Message) -> str:
    return "\n".join(texts_of(message["blocks"]))


def made() -> tuple[Paper, Scene]:
    book = Paper()
    return book, in_state(Scene(book), "succeeded")


def offers(message: Message) -> bool:
    return ActionId.UNDO in strings(message["blocks"])


def test_what_was_done_offers_its_way_back_and_says_that_the_press_runs_nothing(golden: Golden) -> None:
    book, scene = made()
    card = approval_card(book.story(), "a-1")

    assert offers(card)
    assert "Undo asks for: Roll forward to revision 47" in words(card)
    assert "nothing runs by this press" in words(card)
    for how in ("passed", "inconclusive", "failed"):  # also where nobody can tell whether it helped
        other, after = made()
        after.checked(1, how)
        assert offers(approval_card(other.story(), "a-1")), how
    golden("approval_succeeded_undo", card)
    scene.resolved()
    assert not offers(approval_card(book.story(), "a-1"))


def test_once_asked_for_the_card_leads_to_the_request(golden: Golden) -> None:
    book, scene = made()
    scene.checked(1, "failed").undoing(how="open")
    card = approval_card(book.story(), "a-1")
    assert not offers(card)
    assert "The way back is being planned." in words(card)

    book, scene = made()
    scene.checked(1, "failed").undoing()
    card = approval_card(book.story(links=LINKS), "a-1")
    assert not offers(card)
    assert "Way back asked for: <https://x.slack.com/a2|the request>." in words(card)
    golden("approval_succeeded_undo_asked", card)


def test_its_own_card_says_what_it_takes_back_and_why(golden: Golden) -> None:
    book, scene = made()
    scene.checked(1, "failed").undoing()
    card = approval_card(book.story(links=LINKS), "a-2")

    assert_fit(card)
    assert_only_our_marks(card)
    assert "takes back <https://x.slack.com/a1|Roll back Deployment checkout in payments, revision 47 to 46>" in words(
        card
    )
    assert "; the check after it failed" in words(card)
    assert "asked for" not in words(card)
    golden("approval_undoes", card)


def test_asked_for_by_somebody_it_says_by_whom_and_claims_no_failed_check() -> None:
    book, scene = made()
    scene.checked(1, "passed").undoing("U0BOB")
    said = words(approval_card(book.story(), "a-2"))

    assert "takes back “Roll back Deployment checkout in payments, revision 47 to 46”; asked for by bob" in said
    assert "failed" not in said


def test_where_there_is_no_way_back_a_failed_check_says_so_with_the_reason() -> None:
    book = Paper()
    scene = Scene(book).opened().alert().looks().found().proposed("a-1", final_plan())
    scene.started("a-1", final_plan()).ended("succeeded")
    assert "There is no way back" not in words(approval_card(book.story(), "a-1"))
    scene.checked(1, "failed")
    said = words(approval_card(book.story(), "a-1"))

    assert "*There is no way back:* A restart cannot be taken back; the old pods are gone." in said
    assert not offers(approval_card(book.story(), "a-1"))


def test_an_undo_that_was_made_offers_no_undo_of_its_own() -> None:
    book, scene = made()
    scene.checked(1, "failed").undoing()
    scene.started("a-2", undo_plan()).ended("succeeded", "a-2")
    assert book.incident().approvals["a-2"].state is State.SUCCEEDED
    assert not offers(approval_card(book.story(), "a-2"))


def test_the_press_is_on_record_in_words() -> None:
    book, scene = made()
    scene.undoing("U0BOB")
    [pressed] = [one for one in book.incident().clicks.values() if one.action == "undo"]

    assert "asked to take it back" in decision_line(book.story(), pressed.id, Anchor(3, "ab" * 32))["text"]


def test_a_press_that_asks_for_nothing_says_so() -> None:
    for why in ("undo_asked", "no_way_back", "is_an_undo", "nothing_to_undo", "changed_since"):
        assert why in ON_CARD
        assert_fit(click(why, None, HOUSE))


def test_an_offer_that_is_not_needed_any_more_says_why_it_was_withdrawn() -> None:
    book, scene = made()
    scene.checked(1, "failed").undoing()
    book.write(e.ActionSuperseded(approval="a-2", why="helped_after_all"))

    assert "helped after all" in words(approval_card(book.story(), "a-2"))
