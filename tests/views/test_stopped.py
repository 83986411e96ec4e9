"""A change of several steps that ended between two: neither “did not work” nor “nothing changed”, with its way back."""

from bot.core.stepping import PARTLY
from bot.views import notices, wording
from bot.views.approval_card import approval_card
from bot.views.blocks import Message, texts_of
from bot.views.ids import ActionId
from bot.views.refusals import already
from tests.scene import Paper, Scene, in_state
from tests.views.checks import assert_fit, assert_only_our_marks, strings
from tests.views.conftest import Golden


def words(message: Message) -> str:
    return "\n".join([message["text"], *texts_of(message["blocks"])])


def ended(how: str) -> tuple[Paper, Scene]:
    book = Paper()
    scene = in_state(Scene(book), "running")
    return book, scene.ended(how)


def test_what_was_done_is_said_and_its_way_back_offered(golden: Golden) -> None:
    book, _ = ended("stopped")
    card = approval_card(book.story(), "a-1")

    assert_fit(card)
    assert_only_our_marks(card)
    assert "*Stopped midway:* somebody froze all changes. 1 of 3 pods are gone from it" in words(card)
    assert "What was done stays." in words(card)
    assert "Did not work" not in words(card)
    assert ActionId.UNDO in strings(card["blocks"])
    golden("approval_stopped", card)

    other, _ = ended("failed")
    card = approval_card(other.story(), "a-1")
    assert "Stopped midway" not in words(card)
    assert ActionId.UNDO not in strings(card["blocks"])


def test_nobody_is_told_that_nothing_changed() -> None:
    book, scene = ended("stopped")
    assert "*Stopped midway:*" in words(notices.change_failed(book.story(), "a-1"))
    approval = book.incident().approvals["a-1"]
    assert wording.came_of(book.incident(), approval) == "change stopped midway"
    assert "stopped midway" in already(approval)
    scene.resolved()
    assert "(in part)" in words(notices.resolved(book.story()))
    assert "nothing was changed" not in words(notices.resolved(book.story()))


def test_every_reason_has_words() -> None:
    assert set(wording.WHY) >= PARTLY
