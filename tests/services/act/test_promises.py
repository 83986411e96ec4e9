"""The SLO of a service, counted by the act process itself when it prepares and again just before it starts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from bot.adapters.slo_meter import PrometheusMeter
from bot.core.approval import State
from bot.core.catalogue import Catalogue, Service
from bot.core.failpoint import arm
from bot.core.objectives import Slo
from bot.core.tool import NotReversible, Plan, Preparing
from tests.services.act.stage import INC, Act, PretendChanges
from tests.tools.read.answering import Answering, Reply, answering

SLO = Slo(objective=Decimal("99"), errors="increase(bad[$window])", total="increase(all[$window])")
SHOP = Service(name="storefront", namespace="web", objects=("shop",), slo=SLO)


@dataclass
class NoWayBack(PretendChanges):
    lasting: bool = field(default=True)

    def plan(self, context: Preparing) -> Plan:
        there = super().plan(context)
        return there.model_copy(update={"inverse": NotReversible(reason="It is gone.")}) if self.lasting else there


def number(value: str) -> Reply:
    series = [{"metric": {}, "value": [1.0, value]}]
    return Reply({"status": "success", "data": {"resultType": "vector", "result": series}})


@pytest.fixture
def counting() -> Iterator[Answering]:
    """First the last five minutes, then the window; each errors before total."""
    arm(lambda _: None)
    with answering({"/api/v1/query": []}) as server:
        yield server


def act(server: Answering, *values: str, lasting: bool = True) -> Act:
    server.routes["/api/v1/query"] = [number(value) for value in values] or [Reply({}, 500)]
    meter = PrometheusMeter(server.url)
    return Act(changes=NoWayBack(lasting=lasting), catalogue=Catalogue((SHOP,)), meter=meter)


def weighed(act: Act) -> Any:
    return act.said(act.only().weighed)


def test_what_was_counted_is_what_the_policy_is_asked_with(counting: Answering) -> None:
    found = act(counting, "210", "1000", "5", "1000")

    assert found.proposed().needed == 1
    facts = weighed(found)["facts"]
    assert (facts["slo_declared"], facts["customer_impact_percent"], facts["slo_budget_left_percent"]) == (True, 21, 50)


def test_without_budget_and_without_a_way_back_it_takes_two(counting: Answering) -> None:
    found = act(counting, "0", "1000", "10", "1000")

    assert found.proposed().needed == 2
    assert [one["id"] for one in weighed(found)["because"]] == ["slo_budget_spent"]
    assert "storefront has 0 % of its budget left" in weighed(found)["because"][0]["says"]


def test_without_budget_a_way_back_is_enough(counting: Answering) -> None:
    assert act(counting, "0", "1000", "10", "1000", lasting=False).proposed().needed == 1


def test_what_could_not_be_counted_is_no_yes_and_no_zero(counting: Answering) -> None:
    found = act(counting)

    assert found.proposed().needed == 2
    assert [one["id"] for one in weighed(found)["because"]] == ["slo_budget_unknown"]
    assert "slo_budget_left_percent" not in weighed(found)["facts"]


def test_a_budget_that_ran_out_while_people_decided_starts_nothing(counting: Answering) -> None:
    found = act(counting, "0", "1000", "0", "1000", "0", "1000", "10", "1000")
    approval = found.approved()
    found.execution().run(INC, approval.id)

    assert found.only().state is State.STALE
    assert found.changes.effects == []
