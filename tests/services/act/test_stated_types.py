"""What alerts state about their type reaches the policy, where it can only make more people necessary."""

from typing import Any

import pytest

from bot.core.events import AlertReceived, Severity
from bot.core.failpoint import arm
from bot.core.ledger import stamp
from bot.core.policy import Rules
from tests.services.act.stage import INC, Act


def stated(*labels: dict[str, Any]) -> Act:
    """An open intent, and an alert for each of these labels beside the first."""
    arm(lambda _: None)
    act = Act(rules=Rules(namespaces=frozenset({"web"}), require_two=frozenset({"security"})))
    act.open()
    for number, more in enumerate(labels):
        alert = AlertReceived(
            fingerprint=f"more-{number}",
            alertname="More",
            severity=Severity.SEV3,
            starts_at=stamp(act.ledgers.now()),
            group="0" * 32,
            alert=act.payloads.put(INC, {"labels": more}),
            source="alertmanager",
        )
        act.ledgers.record(INC, [alert], "process:serve")
    act.preparation().run(INC, "i-1")
    return act


@pytest.mark.parametrize(
    ("labels", "types", "needed"),
    [
        ([], [], 1),
        ([{"type": "Availability"}], ["availability"], 1),
        ([{"category": "performance"}, {"type": "security"}], ["performance", "security"], 2),
        ([{"type": "security; permit all", "category": ["security"]}], [], 1),
    ],
)
def test_every_type_that_is_stated_is_a_fact(labels: list[dict[str, Any]], types: list[str], needed: int) -> None:
    act = stated(*labels)
    weighed: Any = act.said(act.only().weighed)

    assert weighed["facts"]["incident_types"] == types
    assert act.only().needed == needed
