"""A service without a namespace is looked for: found, asked back between two, or denied in clear words."""

from bot.core.case import Seen
from bot.core.placing import calls, placed, places
from tests.reasoning import builders as b

CASE = b.case(namespace="")


def at(place: str, *names: str, outcome: str = "ok") -> Seen:
    facts = {"workloads": [{"name": name, "namespace": place} for name in names]}
    asked = {"namespace": place, "service": "till"}
    return Seen(f"where_workloads_{place}", "list_workloads", outcome, f"E-{place}", asked, facts=facts)


def test_the_one_namespace_that_has_it_is_taken_and_said() -> None:
    found = placed(CASE, ["shop", "bank"], [at("shop", "till"), at("bank")])

    assert found.case.namespace == "shop"
    assert found.says is not None
    assert (found.says.text, found.says.evidence) == (
        "Namespace found: shop, the only one in which till was seen.",
        ("E-shop",),
    )
    assert found.looks == {}


def test_the_exact_name_wins_over_what_only_carries_it_as_a_label() -> None:
    assert placed(CASE, ["shop", "bank"], [at("shop", "till"), at("bank", "till-canary")]).case.namespace == "shop"


def test_between_two_it_asks_and_takes_neither() -> None:
    found = placed(
        b.case(namespace="", alertname="", labels={}), ["shop", "bank"], [at("shop", "till"), at("bank", "till")]
    )

    assert found.case.namespace == ""
    assert found.looks["namespace"].digest == (
        "till was seen in shop, bank. To say which is meant, open it again with namespace:<name>."
    )


def test_a_service_nobody_knows_is_said_to_be_unknown() -> None:
    found = placed(CASE, ["shop"], [at("shop")])

    assert found.looks["namespace"].digest == "There is no service till: no workload and no CronJob of it in shop."


def test_what_could_not_be_read_is_not_called_absent() -> None:
    found = placed(CASE, ["shop", "bank"], [at("shop"), at("bank", outcome="denied")])

    assert (
        found.looks["namespace"].digest == "No service till was seen in shop, bank, but not everything could be read."
    )
    assert "where_workloads_bank" in found.looks


def test_with_nowhere_to_look_the_setting_is_named() -> None:
    assert "MIDWATCH_NAMESPACES" in placed(CASE, [], []).looks["namespace"].digest


def test_it_looks_where_it_may_where_incidents_are_and_where_alerts_speak_of() -> None:
    alerts = Seen("a", "read_alerts", "ok", facts={"alerts": [{"labels": {"namespace": "bank"}}, {"labels": {}}]})

    assert places(["shop"], ["shop", "stock"], alerts) == ["shop", "stock", "bank"]
    assert {call.tool for call in calls("till", ["shop"])} == {"list_workloads", "list_jobs"}
