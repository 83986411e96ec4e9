"""Facts are measured or missing, never guessed; shares are rounded against the change, confidence against the cause."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.catalogue import Catalogue, Service
from bot.core.policy import Facts, Forbidden, Tier
from bot.core.tool import Arranges, BlastRadius, NotReversible, Starts
from bot.core.weighing import Circumstances, weighed
from bot.core.workspace import Workspace
from tests.core.test_policy import plan

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
AROUND = Circumstances("sev2", True, False, False, 91, 60, 0, Workspace(), NOW)
EXPECTS = {"workload": {"ready_replicas": 4}}


def blast(ready: int, taken: int, **more: int) -> BlastRadius:
    return BlastRadius(pods=max(ready, 1), ready=ready, unavailable_at_most=taken, share_percent=0, **more)


def facts(**more: object) -> Facts:
    found = weighed(plan(**{"expects": EXPECTS, **more}), AROUND, Catalogue(), idempotent=True)
    assert isinstance(found, Facts)
    return found


@given(st.integers(1, 500), st.integers(0, 500))
def test_a_share_is_above_a_limit_exactly_when_the_pods_are(ready: int, taken: int) -> None:
    share = facts(blast=blast(ready, taken)).share_percent
    for limit in (25, 50):
        assert (share > limit) is (taken * 100 > ready * limit)


def test_all_of_nothing_counts_as_everything() -> None:
    assert facts(blast=blast(0, 1)).share_percent == 100
    assert facts(blast=blast(0, 0)).share_percent == 0


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"expects": {}}, "how many pods this touches"),
        ({"expects": {"workload": {"ready_replicas": "4"}}}, "how many pods this touches"),
        ({"blast": BlastRadius(pods=1, ready=2, unavailable_at_most=0, share_percent=0)}, "contradict"),
        ({"blast": BlastRadius(pods=1, ready=1, unavailable_at_most=-1, share_percent=0)}, "contradict"),
        ({"blast": Starts(pods=0, running=0)}, "how many pods this starts"),
    ],
)
def test_a_fact_nobody_could_read_is_a_no(more: dict[str, object], words: str) -> None:
    found = weighed(plan(**{"expects": EXPECTS, **more}), AROUND, Catalogue(), idempotent=True)
    assert isinstance(found, Forbidden)
    assert found.why == "missing_fact"
    assert words in found.says


def test_what_touches_no_pod_now_has_no_size_to_be_judged_by() -> None:
    found = facts(blast=Arranges(running=3), expects={})
    assert (found.pods, found.unavailable, found.starts, found.replicas) == (0, 0, 0, None)


def test_no_way_back_or_a_second_effect_or_no_namespace_raises_the_tier() -> None:
    assert facts().tier is Tier.ROUTINE
    assert facts(inverse=NotReversible(reason="gone")).tier is Tier.CAREFUL
    twice = weighed(plan(expects=EXPECTS), AROUND, Catalogue(), idempotent=False)
    assert isinstance(twice, Facts)
    assert twice.tier is Tier.CAREFUL
    node = plan("Node", target=plan("Node").target.model_copy(update={"namespace": ""}))
    assert facts(target=node.target).tier is Tier.CRITICAL


def test_the_catalogue_says_whose_it_is_and_one_of_the_namespace_goes_before() -> None:
    anywhere = Service(name="shop", tier=3)
    here = Service(name="storefront", namespace="web", objects=("shop", "shop-worker"), tier=1)
    found = weighed(plan(expects=EXPECTS), AROUND, Catalogue((anywhere, here)), idempotent=True)
    assert isinstance(found, Facts)
    assert (found.service, found.service_tier) == ("storefront", 1)
