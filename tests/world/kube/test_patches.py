"""The patch formats and the rolling arithmetic, as plain values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.world.kube.controllers.rolling import Bounds, Counts, bounds_of, size_of_new, sizes_of_old
from bot.playground.world.kube.patches import PatchMistake, PatchRefused, merged, patched
from bot.playground.world.kube.store import clone
from bot.playground.world.kube.strategic import NoMergeKey, applied

POD = {
    "spec": {
        "containers": [
            {"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]},
            {"name": "b", "image": "b:1", "args": ["--one", "--two"]},
        ],
        "volumes": [{"name": "v", "emptyDir": {}}],
        "tolerations": [{"key": "k"}],
    },
    "metadata": {"finalizers": ["one"], "labels": {"a": "1"}},
}


def _containers(*patch: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return list(applied(POD, {"spec": {"containers": list(patch), **more}})["spec"]["containers"])


def test_a_container_is_found_by_its_name():
    changed = _containers({"name": "b", "image": "b:2"})

    assert [(one["name"], one["image"]) for one in changed] == [("a", "a:1"), ("b", "b:2")]
    assert changed[1]["args"] == ["--one", "--two"]


def test_a_new_container_comes_first_as_the_real_merge_has_it():
    assert [one["name"] for one in _containers({"name": "new", "image": "n:1"})] == ["new", "a", "b"]


def test_an_order_that_is_given_is_kept():
    changed = _containers(
        {"name": "new", "image": "n"}, **{"$setElementOrder/containers": [{"name": "a"}, {"name": "new"}]}
    )

    assert [one["name"] for one in changed] == ["a", "new", "b"]


def test_an_element_can_be_deleted_and_a_list_replaced():
    assert [one["name"] for one in _containers({"name": "a", "$patch": "delete"})] == ["b"]
    assert _containers({"$patch": "replace"}, {"name": "only", "image": "o"}) == [{"name": "only", "image": "o"}]


def test_a_map_can_be_replaced_and_kept_keys_named():
    replaced = applied(POD, {"metadata": {"$patch": "replace", "labels": {"b": "2"}}})
    volume = {"name": "v", "configMap": {"name": "c"}, "$retainKeys": ["name", "configMap"]}
    retained = applied(POD, {"spec": {"volumes": [volume]}})

    assert replaced["metadata"] == {"labels": {"b": "2"}}
    assert retained["spec"]["volumes"] == [{"name": "v", "configMap": {"name": "c"}}]


def test_lists_without_a_key_are_replaced_and_sets_are_joined():
    patch = {"spec": {"tolerations": [{"key": "z"}]}, "metadata": {"finalizers": ["two"]}}
    changed = applied(POD, patch)
    less = applied(changed, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["one"]}})

    assert changed["spec"]["tolerations"] == [{"key": "z"}]
    assert changed["metadata"]["finalizers"] == ["one", "two"]
    assert less["metadata"]["finalizers"] == ["two"]
    assert _containers({"name": "b", "args": ["--three"]})[1]["args"] == ["--three"]


def test_null_removes():
    assert "labels" not in applied(POD, {"metadata": {"labels": None}})["metadata"]


def test_an_element_without_its_key_is_the_real_servers_error():
    with pytest.raises(NoMergeKey, match="does not contain declared merge key: name"):
        _containers({"image": "x"})


def test_an_unknown_directive_is_a_mistake():
    with pytest.raises(PatchMistake):
        applied(POD, {"$patch": "explode"})


def test_a_patch_leaves_what_it_was_given_alone():
    before = clone(POD)
    applied(POD, {"spec": {"containers": [{"name": "a", "env": [{"name": "X", "value": "9"}]}]}})
    merged(POD, {"metadata": {"labels": {"a": None}}})
    patched(POD, [{"op": "remove", "path": "/spec/volumes/0"}])

    assert before == POD


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from("abc"), values, max_size=3)


@given(objects, objects)
def test_a_merge_patch_applied_twice_is_applied_once(target, patch):
    once = merged(target, patch)

    assert merged(once, patch) == once


@given(objects, st.sampled_from("abc"), values)
def test_what_was_added_tests_true_and_can_be_removed(target, name, value):
    path = f"/{name}"
    added = patched(target, [{"op": "add", "path": path, "value": value}, {"op": "test", "path": path, "value": value}])
    removed = patched(added, [{"op": "remove", "path": path}])

    assert added[name] == value
    assert name not in removed


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/x", "value": 1},
        {"op": "remove", "path": "/x"},
        {"op": "add", "path": "/l/9", "value": 1},
        {"op": "add", "path": "/x/y", "value": 1},
        {"op": "test", "path": "/a", "value": True},
        {"op": "copy", "from": "/x", "path": "/y"},
        {"op": "replace", "path": "/l/01", "value": 1},
    ],
)
def test_a_json_patch_that_does_not_fit_is_refused(operation):
    with pytest.raises(PatchRefused):
        patched({"a": 1, "l": [1]}, [operation])


@pytest.mark.parametrize(
    "operations", [{}, [1], [{"op": "add"}], [{"op": "hop", "path": "/a"}], [{"op": "add", "path": "/a"}]]
)
def test_a_json_patch_that_is_none_is_a_mistake(operations):
    with pytest.raises(PatchMistake):
        patched({"a": 1}, operations)


def test_json_patch_moves_copies_and_escapes():
    operations = [
        {"op": "move", "from": "/a", "path": "/b~1c"},
        {"op": "copy", "from": "/b~1c", "path": "/l/-"},
        {"op": "add", "path": "/l/0", "value": 0},
    ]

    assert patched({"a": 7, "l": [1]}, operations) == {"b/c": 7, "l": [0, 1, 7]}


sizes = st.integers(min_value=0, max_value=20)


@given(st.integers(min_value=1, max_value=30), st.integers(0, 100), st.integers(0, 100), sizes, sizes, st.data())
def test_no_step_of_a_rollout_leaves_its_bounds(wanted, surge, unavailable, new, old, data):
    rolling = {"maxSurge": f"{surge}%", "maxUnavailable": f"{unavailable}%"}
    bounds = bounds_of({"replicas": wanted, "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}})
    new_up = data.draw(st.integers(0, new))
    old_up = data.draw(st.integers(0, old))
    target = size_of_new(bounds, new, new + old)
    smaller = sizes_of_old(bounds, Counts(new, new_up, new_up), [Counts(old, old_up, old_up)])[0]

    assert target <= max(new, bounds.wanted)
    assert target + old <= max(new + old, bounds.wanted + bounds.surge) or new >= bounds.wanted
    assert 0 <= smaller <= old
    lost = max(0, (old - smaller) - (old - old_up))
    assert lost == 0 or new_up + old_up - lost >= bounds.least


@given(st.integers(1, 30), st.integers(0, 100), st.integers(0, 100))
def test_every_rollout_comes_to_its_end(wanted, surge, unavailable):
    rolling = {"maxSurge": f"{surge}%", "maxUnavailable": f"{unavailable}%"}
    bounds = bounds_of({"replicas": wanted, "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}})
    new, old = 0, wanted
    for _ in range(200):
        new = size_of_new(bounds, new, new + old)
        old = sizes_of_old(bounds, Counts(new, new, new), [Counts(old, old, old)])[0]

    assert (new, old) == (wanted, 0)


def test_percentages_round_the_surge_up_and_the_missing_down():
    spec = {
        "replicas": 6,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
    }

    assert bounds_of(spec) == Bounds(6, 2, 1)
