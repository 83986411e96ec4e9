"""Objects that lack parts, or hold something else in their place, never make an analyzer raise."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.signs import Sign, sign_of
from tests.tools.faults.cluster import NOW, SINCE, Json, deployment, event, node, pod, replica_set, signs, waiting
from tests.tools.faults.test_pod_faults import CASES
from tools.read.faults.objects import Pod
from tools.read.faults.quantities import quantity
from tools.read.faults.reading import snapshot_of

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
WHOLE = [one for case in CASES for one in case[2]] + [node(), deployment(), replica_set(), event("BackOff", "x")]


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for name, one in inner for path in paths(one, (*here, name)))]


def changed(value: Any, path: tuple[Any, ...], junk: Any, drop: bool) -> Any:
    """A copy with what lies at the path replaced, or gone."""
    if not path:
        return junk
    first, rest = path[0], path[1:]
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if not (drop and not rest and name == first)}
        return kept if drop and not rest else {**kept, first: changed(value[first], rest, junk, drop)}
    return [changed(one, rest, junk, drop) if at == first else one for at, one in enumerate(value)]


@given(st.data())
def test_no_mutilated_object_makes_an_analyzer_raise(data: st.DataObject) -> None:
    objects: list[Json] = []
    for _ in range(data.draw(st.integers(1, 4))):
        one = data.draw(st.sampled_from(WHOLE))
        for _ in range(data.draw(st.integers(0, 3))):
            path = data.draw(st.sampled_from(paths(one)))
            if path:
                one = changed(one, path, data.draw(JUNK), data.draw(st.booleans()))
        objects.append(one)
    for sign in signs(*objects):
        assert isinstance(sign, Sign)
        assert 0 <= sign.weight <= 1
        assert sign.says
        assert sign_of(sign.payload()) is not None


def test_a_pod_is_read_without_the_part_that_is_broken() -> None:
    broken = pod("shop-7d9f8b6c5d-x7gr9", waiting("ImagePullBackOff", "manifest unknown"))
    broken["spec"]["containers"][0]["ports"] = "eighty"
    found = signs(broken)
    assert found[0].kind == "image_not_found"


def test_a_kind_with_an_object_that_is_none_counts_as_not_read() -> None:
    snapshot = snapshot_of([{"kind": "Pod", "metadata": 7}], NOW, SINCE)
    assert snapshot.unread == {"Pod": "a Pod could not be read"}
    assert not snapshot.was_read(Pod)


@pytest.mark.parametrize(
    ("text", "value"),
    [("500m", 0.5), ("2", 2.0), ("128Mi", 134217728.0), ("1e3", 1000.0), ("1.5Ki", 1536.0), ("x", None), (None, None)],
)  # fmt: skip
def test_quantities_are_read(text: Any, value: float | None) -> None:
    assert quantity(text) == value
