"""Properties of the block checks over generated messages: good ones pass, one planted fault is found where it is."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.playground.slack.limits.blocks import message_problems

Json = dict[str, Any]


def texts(most: int) -> st.SearchStrategy[str]:
    return st.text(min_size=1, max_size=most)


PLAIN = st.fixed_dictionaries({"type": st.just("plain_text"), "text": texts(75)}, optional={"emoji": st.booleans()})
MRKDWN = st.fixed_dictionaries({"type": st.just("mrkdwn"), "text": texts(300)}, optional={"verbatim": st.booleans()})
SAID = st.one_of(PLAIN, MRKDWN)
SOME_SAID = st.lists(SAID, min_size=1, max_size=10)
CONFIRM = st.fixed_dictionaries(
    {
        "title": PLAIN,
        "text": SAID,
        "confirm": st.just({"type": "plain_text", "text": "Roll back"}),
        "deny": st.just({"type": "plain_text", "text": "Keep"}),
    },
    optional={"style": st.sampled_from(["primary", "danger"])},
)
BUTTON = st.fixed_dictionaries(
    {"type": st.just("button"), "text": PLAIN, "action_id": texts(255)},
    optional={"value": texts(2000), "style": st.sampled_from(["primary", "danger"]), "confirm": CONFIRM},
)
BLOCK: st.SearchStrategy[Json] = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("section"), "text": SAID}, optional={"fields": st.lists(SAID, min_size=1, max_size=10)}
    ),
    st.fixed_dictionaries({"type": st.just("section"), "text": SAID, "accessory": BUTTON}),
    st.fixed_dictionaries({"type": st.just("header"), "text": PLAIN}),
    st.fixed_dictionaries({"type": st.just("context"), "elements": SOME_SAID}),
    st.fixed_dictionaries(
        {
            "type": st.just("actions"),
            "elements": st.lists(BUTTON, min_size=1, max_size=6, unique_by=lambda b: b["action_id"]),
        }
    ),
    st.just({"type": "divider"}),
)
MESSAGE = st.lists(BLOCK, min_size=1, max_size=6)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["section", "actions", "button"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "text", "elements", "fields", "options", "x"]), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(MESSAGE)
def test_a_well_made_message_is_taken(blocks: list[Json]) -> None:
    assert message_problems(blocks) == []


@given(MESSAGE, st.data())
def test_one_strange_key_anywhere_is_found_where_it_is(blocks: list[Json], data: st.DataObject) -> None:
    places = [*objects(blocks, "/blocks")]
    where, found = data.draw(st.sampled_from(places))
    found["x-extra"] = True
    try:
        assert [p.where for p in message_problems(blocks) if "x-extra" in p.what] == [
            at for at, other in places if other is found
        ]
        assert where in [problem.where for problem in message_problems(blocks)]
    finally:
        del found["x-extra"]


@given(MESSAGE, st.data())
def test_one_missing_type_anywhere_is_found(blocks: list[Json], data: st.DataObject) -> None:
    where, found = data.draw(st.sampled_from([place for place in objects(blocks, "/blocks") if "type" in place[1]]))
    kind = found.pop("type")
    try:
        assert where in [problem.where for problem in message_problems(blocks)]
    finally:
        found["type"] = kind


@given(ANY_JSON)
def test_no_json_at_all_makes_it_stumble(blocks: Any) -> None:
    for problem in message_problems(blocks):
        assert problem.where.startswith("/blocks")


def objects(node: Any, at: str) -> list[tuple[str, Json]]:
    """Every object of a message with its pointer."""
    if isinstance(node, list):
        return [place for index, item in enumerate(node) for place in objects(item, f"{at}/{index}")]
    if not isinstance(node, dict):
        return []
    return [(at, node), *(place for key, value in node.items() for place in objects(value, f"{at}/{key}"))]
