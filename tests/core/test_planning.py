"""Why a look cannot be asked is said in words that are true: there is not always an alert to blame."""

from bot.core.planning import Offer, plan
from bot.core.runbook import Check
from tests.reasoning import builders as b
from tests.reasoning.office import CannedLooks

PODS = Check("pods", "list_pods", {"namespace": "{namespace}", "service": "{service}"}, "the pods")


def why(alertname: str, labels: dict[str, str]) -> str:
    offer = Offer({spec.name: spec for spec in CannedLooks().specs()}, {})
    calls, unasked = plan([PODS], b.case(namespace="", alertname=alertname, labels=labels), offer)
    assert calls == []
    return unasked[0].digest


def test_an_alert_without_a_namespace_is_said_to_name_none() -> None:
    assert why("TillFailing", {"alertname": "TillFailing"}) == "the alert names no namespace"


def test_where_a_person_asked_without_a_namespace_no_alert_is_spoken_of() -> None:
    assert why("", {}) == "no namespace was given"
