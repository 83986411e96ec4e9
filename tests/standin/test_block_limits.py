"""Every limit of Block Kit: the last value that passes, the first that does not, and the place that is named."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.slack.limits.blocks import message_problems

Json = dict[str, Any]


def plain(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def section(**extra: Any) -> Json:
    return {"type": "section", "text": mrkdwn(5)} | extra


def row(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def a_button(**extra: Any) -> Json:
    return {"type": "button", "action_id": "a", "text": plain(5)} | extra


def buttons(count: int) -> list[Json]:
    return [a_button(action_id=f"a{n}") for n in range(count)]


def confirm(**extra: Any) -> Json:
    return {"title": plain(5), "text": mrkdwn(5), "confirm": plain(5), "deny": plain(5)} | extra


def option(n: int, **extra: Any) -> Json:
    return {"text": plain(5), "value": f"v{n}"} | extra


def menu(kind: str, count: int) -> Json:
    return {"type": kind, "action_id": "m", "options": [option(n) for n in range(count)]}


def image(**extra: Any) -> Json:
    return {"type": "image", "image_url": "https://i.example/x.png", "alt_text": "a graph"} | extra


def link(length: int) -> str:
    return "https://e.example/" + "x" * (length - 18)


# Where the fault is named, from the block on; E is its first element.
LIMITS: list[tuple[str, int, Callable[[int], Json], str]] = [
    ("section text", 3000, lambda n: section(text=mrkdwn(n)), "text/text"),
    ("section fields", 10, lambda n: section(fields=[mrkdwn(1)] * n), "fields"),
    ("a field", 2000, lambda n: section(fields=[mrkdwn(n)]), "fields/0/text"),
    ("header", 150, lambda n: {"type": "header", "text": plain(n)}, "text/text"),
    ("context elements", 10, lambda n: {"type": "context", "elements": [mrkdwn(1)] * n}, "elements"),
    ("actions elements", 25, lambda n: row(*buttons(n)), "elements"),
    ("button text", 75, lambda n: row(a_button(text=plain(n))), "E/text/text"),
    ("button value", 2000, lambda n: row(a_button(value="x" * n)), "E/value"),
    ("button url", 3000, lambda n: row(a_button(url=link(n))), "E/url"),
    (
        "button label",
        75,
        lambda n: row(a_button(accessibility_label="x" * n)),
        "E/accessibility_label",
    ),
    ("action_id", 255, lambda n: row(a_button(action_id="x" * n)), "E/action_id"),
    ("block_id", 255, lambda n: section(block_id="x" * n), "block_id"),
    (
        "confirm title",
        100,
        lambda n: row(a_button(confirm=confirm(title=plain(n)))),
        "E/confirm/title/text",
    ),
    (
        "confirm text",
        300,
        lambda n: row(a_button(confirm=confirm(text=mrkdwn(n)))),
        "E/confirm/text/text",
    ),
    (
        "confirm yes",
        30,
        lambda n: row(a_button(confirm=confirm(confirm=plain(n)))),
        "E/confirm/confirm/text",
    ),
    (
        "confirm no",
        30,
        lambda n: row(a_button(confirm=confirm(deny=plain(n)))),
        "E/confirm/deny/text",
    ),
    ("overflow options", 5, lambda n: row(menu("overflow", n)), "E/options"),
    ("select options", 100, lambda n: row(menu("static_select", n)), "E/options"),
    ("checkboxes", 10, lambda n: row(menu("checkboxes", n)), "E/options"),
    ("radio buttons", 10, lambda n: row(menu("radio_buttons", n)), "E/options"),
    (
        "option text",
        75,
        lambda n: row(menu("static_select", 0) | {"options": [option(1, text=plain(n))]}),
        "E/options/0/text/text",
    ),
    (
        "option value",
        150,
        lambda n: row(menu("static_select", 0) | {"options": [option(1, value="x" * n)]}),
        "E/options/0/value",
    ),
    ("alt text", 2000, lambda n: image(alt_text="x" * n), "alt_text"),
    ("image url", 3000, lambda n: image(image_url=link(n)), "image_url"),
    ("image title", 2000, lambda n: image(title=plain(n)), "title/text"),
    ("markdown", 12_000, lambda n: {"type": "markdown", "text": "x" * n}, "text"),
    (
        "table rows",
        100,
        lambda n: {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * n},
        "rows",
    ),
    (
        "table columns",
        20,
        lambda n: {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * n]},
        "rows/0",
    ),
]


@pytest.mark.parametrize(("name", "most", "block", "where"), LIMITS, ids=[limit[0] for limit in LIMITS])
def test_the_limit_passes_and_one_more_is_named(name: str, most: int, block: Callable[[int], Json], where: str) -> None:
    assert message_problems([block(most)]) == []
    pointer = "/blocks/0/" + where.replace("E/", "elements/0/")
    assert pointer in [problem.where for problem in message_problems([block(most + 1)])]


@pytest.mark.parametrize("block", [limit[2] for limit in LIMITS if "url" not in limit[0]])
def test_nothing_at_all_is_refused_too(block: Callable[[int], Json]) -> None:
    assert message_problems([block(0)])


WRONG: list[tuple[str, Json, str]] = [
    ("plain text in a header only", {"type": "header", "text": mrkdwn(5)}, "unsupported type: mrkdwn"),
    ("plain text on a button only", row(a_button(text=mrkdwn(5))), "unsupported type: mrkdwn"),
    ("a text object, not a string", {"type": "section", "text": "hello"}, "must provide an object"),
    ("a section says something", {"type": "section"}, "must have text or fields"),
    ("an unknown block", {"type": "marquee"}, "unsupported type: marquee"),
    ("an unknown element", row({"type": "lever", "action_id": "a"}), "unsupported type: lever"),
    ("an element in the wrong block", {"type": "context", "elements": [a_button()]}, "unsupported type: button"),
    ("an unknown key of a block", section(colour="red"), "invalid additional property: colour"),
    ("an unknown key of a button", row(a_button(disabled=True)), "invalid additional property: disabled"),
    ("an unknown key of a text", section(text=mrkdwn(1) | {"bold": True}), "invalid additional property: bold"),
    ("a style that is none", row(a_button(style="warning")), "failed to match one of the allowed values"),
    (
        "a confirm without a no",
        row(a_button(confirm={"title": plain(1), "text": plain(1), "confirm": plain(1)})),
        "deny",
    ),
    ("an image without alt text", {"type": "image", "image_url": link(30)}, "missing required field: alt_text"),
    ("an address that is none", row(a_button(url="javascript:alert(1)")), "must be a valid URL"),
    ("the same action twice", row(a_button(), a_button()), "`action_id` already exists"),
    ("the same option twice", row(menu("overflow", 0) | {"options": [option(1), option(1)]}), "duplicate option value"),
    ("a menu without options", row({"type": "static_select", "action_id": "m"}), "must have exactly one of"),
    ("no type", {"text": mrkdwn(5)}, "missing required field: type"),
    ("a number as an id", section(block_id=7), "must be a string"),
    ("a flag as a string", section(text=mrkdwn(1) | {"verbatim": "yes"}), "must be a boolean"),
    ("a modal's block in a message", {"type": "alert", "text": plain(5)}, "unsupported type: alert"),
    ("a plan with a strange task", {"type": "plan", "title": "p", "tasks": [{"type": "task_card"}]}, "task_id"),
]


@pytest.mark.parametrize(("name", "block", "what"), WRONG, ids=[wrong[0] for wrong in WRONG])
def test_what_slack_refuses_is_refused(name: str, block: Json, what: str) -> None:
    assert any(what in str(problem) for problem in message_problems([block]))


def test_a_message_has_50_blocks_with_different_ids() -> None:
    assert message_problems([{"type": "divider"}] * 50) == []
    assert [str(p) for p in message_problems([{"type": "divider"}] * 51)] == [
        "no more than 50 items allowed [json-pointer:/blocks]"
    ]
    twice = message_problems([section(block_id="b"), section(block_id="b")])
    assert [problem.where for problem in twice] == ["/blocks/1/block_id"]


def test_the_same_action_may_stand_in_two_blocks() -> None:
    assert message_problems([row(a_button()), row(a_button())]) == []


def test_tables_and_markdown_are_counted_over_the_message() -> None:
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    assert "no more than 1 table allowed" in str(message_problems([table, table])[0])
    half = {"type": "markdown", "text": "x" * 6_001}
    assert "markdown blocks" in str(message_problems([half, half])[0])


def test_the_answer_names_every_fault_by_pointer(bot: WebClient) -> None:
    blocks = [section(text=mrkdwn(3001)), row(a_button(text=plain(76)), a_button(action_id="b", colour="red"))]

    with pytest.raises(SlackApiError) as refused:
        bot.chat_postMessage(channel="C0OPS", text="t", blocks=blocks)

    answer = refused.value.response
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        "[ERROR] must be less than 76 characters [json-pointer:/blocks/1/elements/0/text/text]",
        "[ERROR] invalid additional property: colour [json-pointer:/blocks/1/elements/1]",
    ]
