"""Several steps on one card: a line for each, and the buttons of the one whose turn it is."""

from bot.core.events import ActionRefused
from bot.views.approval_card import approval_card
from bot.views.blocks import Message, texts_of
from bot.views.ids import ActionId
from bot.views.notices import next_step
from tests.scene import Paper, Scene, in_state
from tests.stepping import propose_step, second_step
from tests.views.checks import assert_fit, assert_only_our_marks, mentions, strings
from tests.views.conftest import Golden

LINKS = {"approval:a-1": "https://x.slack.com/a1", "approval:a-2": "https://x.slack.com/a1"}


def words(message: Message) -> str:
    return "\n".join(texts_of(message["blocks"]))


def begun(state: str) -> tuple[Paper, Scene]:
    book = Paper()
    return book, second_step(in_state(Scene(book), state))


def decides(message: Message) -> set[str]:
    """The approvals an Approve or Deny button of this message is about."""
    return {
        str(one["value"])
        for block in message["blocks"]
        if block["type"] == "actions"
        for one in block["elements"]
        if one["action_id"] in {ActionId.APPROVE, ActionId.DENY}
    }


def test_while_the_first_is_asked_the_second_is_only_named(golden: Golden) -> None:
    book, _ = begun("proposed")
    card = approval_card(book.story(), "a-1")

    assert_fit(card)
    assert decides(card) == {"a-1"}
    assert "*1 of 2* This request: waiting for approval" in words(card)
    assert "*2 of 2* Restart: planned and asked for after the step before was made and checked" in words(card)
    golden("steps_first_open", card)


def test_when_it_is_the_seconds_turn_the_same_card_asks_for_it_alone(golden: Golden) -> None:
    book, scene = begun("succeeded")
    propose_step(scene.checked(1, "passed"))
    card = approval_card(book.story(links=LINKS), "a-2")

    assert_fit(card)
    assert_only_our_marks(card)
    assert decides(card) == {"a-2"}
    assert "made and checked" in words(card)
    assert "*2 of 2* This request: waiting for approval" in words(card)
    assert ActionId.UNDO in strings(card["blocks"])
    assert card == approval_card(book.story(links=LINKS), "a-1")  # whichever of the two is redrawn
    golden("steps_second_open", card)


def test_a_step_that_is_withdrawn_says_why_on_the_card(golden: Golden) -> None:
    book, _ = begun("denied")
    book.write(ActionRefused(intent="i-a-2", why="step_before", detail=book.put({})))
    card = approval_card(book.story(), "a-1")

    assert decides(card) == set()
    assert "*2 of 2* Restart: not proposed, the step before it was not made" in words(card)
    golden("steps_withdrawn", card)


def test_whose_turn_it_is_is_said_once_with_a_mention() -> None:
    book, scene = begun("succeeded")
    propose_step(scene.checked(1, "passed"))
    said = next_step(book.story(links=LINKS), "a-2")

    assert "*Step 2 of 2:* Restart Deployment cart in payments." in words(said)
    assert "<https://x.slack.com/a1|the request's message>" in words(said)
    assert mentions(said)


def test_one_request_alone_has_no_list() -> None:
    book = Paper()
    in_state(Scene(book), "proposed")

    assert "1 of" not in words(approval_card(book.story(), "a-1"))
