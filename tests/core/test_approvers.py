"""Who decides what: a tier's own people alone, a service's owners beside them, and a group only by Slack's word."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.approval import Approval
from bot.core.approvers import Approvers, Deciders, unasked
from bot.core.catalogue import Catalogue, Service
from bot.core.events import Ref

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ASKED = Approval(
    "a-1", "i-1", "restart", "Deployment/web/shop", Ref(ref="0" * 64, bytes=1), "d" * 64, 1, NOW, NOW, tier="routine"
)
CATALOGUE = Catalogue((Service(name="shop", namespace="web", owners=("U0OWNER", "S0OWNERS")),))
DECIDERS = Deciders(("U0ANY", "S0ANY"), ("U0CAREFUL",), ("U0CRITICAL",), CATALOGUE)


def may(user: str, **changes: object) -> bool | None:
    members = {"S0ANY": frozenset({"U0IN"}), "S0OWNERS": frozenset({"U0COOWNER"})}
    return Approvers(deciders=DECIDERS, members=members).may(user, replace(ASKED, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tier", "able"),
    [
        ("routine", {"U0ANY", "U0IN", "U0OWNER", "U0COOWNER"}),
        ("careful", {"U0CAREFUL", "U0OWNER", "U0COOWNER"}),
        ("critical", {"U0CRITICAL"}),
    ],
)
def test_each_tier_has_its_own_people_and_owners_decide_what_stays_in_their_namespace(
    tier: str, able: set[str]
) -> None:
    everybody = {"U0ANY", "U0IN", "U0CAREFUL", "U0CRITICAL", "U0OWNER", "U0COOWNER", "U0NOBODY", "S0ANY", "S0OWNERS"}
    assert {user for user in everybody if may(user, tier=tier)} == able


def test_owners_decide_nothing_of_another_service() -> None:
    assert may("U0OWNER", target="Deployment/web/other") is False
    assert may("U0OWNER", target="Deployment/other/shop") is False


def test_a_request_of_an_earlier_release_has_no_tier_and_is_decided_by_those_who_decide_everything() -> None:
    assert may("U0ANY", tier=None) is True
    assert may("U0CAREFUL", tier=None) is False


def test_a_tier_without_people_of_its_own_is_decided_by_the_tier_below() -> None:
    few = Approvers(deciders=Deciders(("U0ANY",)))
    assert [few.may("U0ANY", replace(ASKED, tier=tier)) for tier in ("routine", "careful", "critical")] == [True] * 3


def test_what_slack_did_not_say_is_not_known_only_where_it_would_matter() -> None:
    silent = unasked(DECIDERS)
    assert silent.may("U0IN", ASKED) is None
    assert silent.may("U0ANY", ASKED) is True
    assert silent.may("U0IN", replace(ASKED, tier="critical")) is False


def test_nobody_named_is_nobody() -> None:
    assert Approvers(deciders=Deciders()).may("U0ANY", ASKED) is False
