"""Facts of any shape: a predicate answers (mostly unknown) and never raises, so that no look can stop a diagnosis."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.case import Seen
from bot.core.condition import parse
from bot.core.predicates import MEASURES, PREDICATES
from bot.core.predicates.shape import Parameter
from bot.core.three_valued import Truth
from tests.reasoning import builders as b

LEAVES = st.none() | st.booleans() | st.integers(-10, 10**6) | st.floats() | st.text(max_size=8)
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2), max_leaves=4)  # fmt: skip  # noqa: E501
LOOKS = b.outage()
TOOLS = {name: one.tool for name, one in LOOKS.items()}


@pytest.mark.parametrize("name", sorted((*PREDICATES, *MEASURES)))
@settings(max_examples=120, deadline=None)
@given(drawn=st.data())
def test_no_fact_makes_a_predicate_raise(name: str, drawn: st.DataObject) -> None:
    takes = PREDICATES[name].takes if name in PREDICATES else MEASURES[name].takes
    arguments = [_argument(parameter) for parameter in takes]
    text = f"{name}({', '.join(arguments)})" + ("" if name in PREDICATES else " > 1")
    used = {argument.partition(".")[0] for argument in arguments}
    looks = {check: _spoilt(one, drawn) if check in used else one for check, one in LOOKS.items()}

    judged = parse(text, TOOLS).judge(b.context(looks))

    assert judged.truth in Truth
    assert isinstance(judged.says, str)


def _spoilt(one: Seen, drawn: st.DataObject) -> Seen:
    """The look with up to three of its values replaced by anything, wherever they are."""
    facts = copy.deepcopy(one.facts)
    for _ in range(drawn.draw(st.integers(0, 3))):
        places = list(_places(facts))
        if places:
            holder, key = places[drawn.draw(st.integers(0, len(places) - 1))]
            holder[key] = drawn.draw(ANYTHING)
    return Seen(one.check, one.tool, one.outcome, one.evidence, one.arguments, facts=facts, noun=one.noun)


def _places(value: Any) -> Any:
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)


def _argument(parameter: Parameter) -> str:
    match parameter.kind:
        case "number":
            return "1"
        case "text":
            return "'Failed*|x'"
        case "duration":
            return "'10m'"
        case "rollout":
            return "rollouts.current"
    return next(check for check, tool in TOOLS.items() if not parameter.tools or tool in parameter.tools)


@settings(max_examples=150, deadline=None)
@given(drawn=st.data())
def test_no_fact_stops_a_whole_diagnosis(drawn: st.DataObject) -> None:
    looks = {check: _spoilt(one, drawn) for check, one in LOOKS.items()}

    found = b.guess(looks)

    assert found.content.headline
    assert found.proposal is None or found.proposal.arguments["namespace"] == "shop"
