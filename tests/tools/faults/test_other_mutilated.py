"""Mutilated Services, policies, claims and the like never make an analyzer raise, whatever stands beside them."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.signs import sign_of
from tests.tools.faults.cluster import NOW, SINCE, Json, signs
from tests.tools.faults.test_mutilated import JUNK, changed, paths
from tests.tools.faults.test_other_faults import CASES, FORBIDDEN, HEALTHY
from tools.read.faults.other_objects import NetworkPolicy, Service
from tools.read.faults.reading import snapshot_of

SCENES = [case[2] for case in CASES] + list(HEALTHY.values())
LOGS = [FORBIDDEN, "lookup stock on 10.96.0.10:53: no such host", "UnknownHostException: db.store.svc"]


@given(st.data())
def test_no_mutilated_scene_makes_an_analyzer_raise(data: st.DataObject) -> None:
    objects: list[Json] = list(data.draw(st.sampled_from(SCENES)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(objects) - 1))
        path = data.draw(st.sampled_from(paths(objects[at])))
        if path:
            objects[at] = changed(objects[at], path, data.draw(JUNK), data.draw(st.booleans()))
    found = signs(*objects, logs={"app": data.draw(st.lists(st.sampled_from(LOGS) | st.text(max_size=60), max_size=3))})
    for sign in found:
        assert 0 <= sign.weight <= 1
        assert sign.says
        assert sign_of(sign.payload()) is not None


def test_an_empty_list_is_read_and_no_list_is_not() -> None:
    given_empty = snapshot_of([{"kind": "NetworkPolicyList", "items": []}], NOW, SINCE)
    assert given_empty.was_read(NetworkPolicy)
    assert not given_empty.was_read(Service)
    refused = snapshot_of([{"kind": "ServiceList", "items": []}], NOW, SINCE, unread={"Service": "denied"})
    assert not refused.was_read(Service)
