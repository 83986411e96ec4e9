"""Places, and what is left to people's own hands: the part of *may this be done* that no file can loosen."""

from typing import Any

import pytest

from bot.core.hands import LET_THROUGH, why_by_hand
from bot.core.policy import Rules, why_not_here
from bot.core.tool import BlastRadius, Change, Inverse, Plan, Target

RULES = Rules(namespaces=frozenset({"web", "kube-system", "midwatch"}), own_namespace="midwatch")


def plan(kind: str = "Deployment", verb: str = "PATCH", **more: Any) -> Plan:
    said: dict[str, Any] = {
        "tool": "t",
        "arguments": {},
        "title": "t",
        "target": Target(kind=kind, namespace="web", name="shop", uid="u", generation=1),
        "changes": (Change(what="image shop", before="1", after="2"),),
        "diff": "",
        "dry_run": "server",
        "blast": BlastRadius(pods=1, ready=1, unavailable_at_most=0, share_percent=0),
        "inverse": Inverse(tool="t", arguments={}, says="back"),
        "preconditions": (),
        "request": {"verb": verb, "path": "/x"},
        "command": "",
        "runs_as": "",
        "expects": {},
        "prepared_at": "2026-01-01T00:00:00.000Z",
    }
    return Plan(**{**said, **more})


@pytest.mark.parametrize(
    ("namespace", "reason"),
    [
        ("", "missing_fact"),
        (None, "missing_fact"),
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
    namespace: str | None, reason: str
) -> None:
    found = why_not_here(namespace, RULES)
    assert found is not None
    assert found.why == reason
    assert why_not_here("web", RULES) is None


def test_without_a_list_nothing_is_changed_anywhere() -> None:
    assert "no namespace" in str(why_not_here("web", Rules()))


@pytest.mark.parametrize(
    "kind",
    ["Namespace", "PersistentVolumeClaim", "PersistentVolume", "Secret", "Role", "ClusterRoleBinding", "ServiceAccount",
     "ConfigMap", "CustomResourceDefinition", "ValidatingWebhookConfiguration", "StatefulSet", "Something"],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["PATCH", "DELETE", "POST", "PUT"])
def test_a_kind_nobody_listed_is_left_to_people(kind: str, verb: str) -> None:
    found = why_by_hand(plan(kind, verb))
    assert found is not None
    assert found.why == "by_hand_only"
    assert kind in found.says


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in LET_THROUGH} - {"Silence"}))
def test_nothing_is_ever_deleted(kind: str) -> None:
    assert why_by_hand(plan(kind, "DELETE")) is not None


def test_a_silence_may_end_since_nothing_is_deleted_by_that() -> None:
    assert why_by_hand(plan("Silence", "DELETE")) is None
    assert why_by_hand(plan("Silence", "PUT")) is not None


def test_scaling_to_zero_is_left_to_people() -> None:
    zero = (Change(what="replicas", before="3", after="0"),)
    assert "scaling to zero" in str(why_by_hand(plan(changes=zero)))
    assert why_by_hand(plan(changes=(Change(what="replicas", before="3", after="10"),))) is None


@pytest.mark.parametrize(("mark", "words"), [("payment", "payment pipeline"), ("database", "schema or data")])
def test_what_is_marked_is_left_to_people_by_the_catalogue_or_by_the_object_itself(mark: str, words: str) -> None:
    assert words in str(why_by_hand(plan(), (mark,)))
    assert words in str(why_by_hand(plan(marks=(mark,))))
    assert "hands-only" in str(why_by_hand(plan(marks=("true",))))


def test_a_mark_is_never_part_of_what_is_stored_or_approved() -> None:
    assert plan(marks=("payment",)).digest() == plan().digest()
