"""The policy: every rule says no by name, and only when every fact is known does it say yes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.policy import Allowed, Forbidden, PolicyRequest, Rules, decide, room, why_not_here
from bot.core.tool import Arranges, BlastRadius, Starts

RULES = Rules(namespaces=frozenset({"web", "kube-system", "midwatch"}), own_namespace="midwatch")
BLAST = BlastRadius(pods=8, ready=8, unavailable_at_most=2, share_percent=25)
GOOD = PolicyRequest(
    tool="roll_back_deployment",
    known_tools=frozenset({"roll_back_deployment"}),
    namespace="web",
    replicas=8,
    blast=BLAST,
    reversible=True,
    rules=RULES,
)


def why(**changes: object) -> str | None:
    ruling = decide(replace(GOOD, **changes))  # type: ignore[arg-type]
    return ruling.why if isinstance(ruling, Forbidden) else None


def blast(ready: int, taken: int) -> BlastRadius:
    return BlastRadius(pods=max(ready, 1), ready=ready, unavailable_at_most=taken, share_percent=0)


def test_a_change_whose_every_fact_is_known_and_small_enough_takes_one_approval() -> None:
    assert decide(GOOD) == Allowed(needed=1, reversible=True)


def test_a_change_without_a_way_back_is_allowed_and_says_so() -> None:
    assert decide(replace(GOOD, reversible=False)) == Allowed(needed=1, reversible=False)


@pytest.mark.parametrize("missing", ["namespace", "replicas", "blast", "reversible"])
def test_a_fact_nobody_could_read_is_a_no(missing: str) -> None:
    assert why(**{missing: None}) == "missing_fact"


@pytest.mark.parametrize(
    ("namespace", "reason"),
    [
        ("", "missing_fact"),
        ("kube-system", "protected_namespace"),
        ("kube-public", "protected_namespace"),
        ("midwatch", "own_namespace"),
        ("elsewhere", "namespace_not_listed"),
        ("Web", "namespace_not_listed"),
        ("web ", "namespace_not_listed"),
        ("we", "namespace_not_listed"),
    ],
)
def test_only_listed_namespaces_are_changed_and_never_its_own_or_the_clusters_even_if_listed(
    namespace: str, reason: str
) -> None:
    assert why(namespace=namespace) == reason
    refusal = why_not_here(namespace, RULES)
    assert refusal is not None
    assert refusal.why == reason


def test_nothing_is_listed_by_default() -> None:
    assert why(rules=Rules()) == "namespace_not_listed"
    assert "no namespace" in str(why_not_here("web", Rules()))


def test_a_tool_nobody_knows_is_refused_before_anything_else() -> None:
    assert why(tool="delete_everything", namespace=None, blast=None) == "unknown_tool"


def test_what_touches_no_pod_now_has_no_size_to_be_judged_by() -> None:
    assert why(blast=Arranges(running=3), replicas=None) is None
    assert why(blast=Arranges(running=3), replicas=None, namespace="shop") == "namespace_not_listed"


@pytest.mark.parametrize(("pods", "reason"), [(0, "missing_fact"), (20, None), (21, "blast_radius")])
def test_a_bounded_number_of_pods_may_be_started(pods: int, reason: str | None) -> None:
    assert why(blast=Starts(pods=pods, running=4), replicas=None) == reason


def test_something_scaled_to_zero_is_left_alone() -> None:
    assert why(replicas=0, blast=blast(0, 0)) == "zero_replicas"


@pytest.mark.parametrize(
    ("ready", "taken", "allowed"),
    [(0, 0, True), (1, 1, True), (2, 1, True), (2, 2, False), (7, 1, True), (7, 2, False), (8, 2, True), (8, 3, False)],
)
def test_at_most_one_pod_or_a_quarter_of_the_ready_ones_may_be_away(ready: int, taken: int, allowed: bool) -> None:
    assert why(blast=blast(ready, taken)) == (None if allowed else "blast_radius")


@pytest.mark.parametrize("contradiction", [(-1, 0, 0), (3, 4, 1), (4, 4, -1)])
def test_counts_that_contradict_each_other_are_not_believed(contradiction: tuple[int, int, int]) -> None:
    pods, ready, taken = contradiction

    assert why(blast=BlastRadius(pods=pods, ready=ready, unavailable_at_most=taken, share_percent=0)) == "missing_fact"


@given(st.integers(0, 10_000))
def test_the_room_is_never_less_than_a_pod_nor_more_than_a_quarter_beyond_that(ready: int) -> None:
    assert room(ready) == 1 or room(ready) * 4 <= ready


@given(
    st.sampled_from(["web", "kube-system", "midwatch", "other", "", None]),
    st.one_of(st.none(), st.integers(-1, 20)),
    st.one_of(st.none(), st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))),
    st.sampled_from([True, False, None]),
    st.sampled_from(["roll_back_deployment", "other"]),
)
def test_yes_is_only_said_when_every_rule_holds(
    namespace: str | None, replicas: int | None, counts: tuple[int, int, int] | None, back: bool | None, tool: str
) -> None:
    radius = (
        BlastRadius(pods=counts[0], ready=counts[1], unavailable_at_most=counts[2], share_percent=0) if counts else None
    )
    ruling = decide(replace(GOOD, namespace=namespace, replicas=replicas, blast=radius, reversible=back, tool=tool))

    if isinstance(ruling, Forbidden):
        assert ruling.why
        assert ruling.says
    else:
        assert namespace == "web"
        assert tool == "roll_back_deployment"
        assert replicas is not None
        assert replicas >= 1
        assert radius is not None
        assert radius.unavailable_at_most <= max(1, radius.ready // 4)
        assert back is not None
