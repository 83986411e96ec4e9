"""What a diagnosis is told of the alert that leads it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.alerts import Incoming, read_alertmanager, read_event
from bot.core.case import Case
from bot.core.case_reading import case_of
from bot.core.events import Ref
from bot.core.incident import Alert, Incident

AT = datetime(2026, 11, 20, 2, 14, tzinfo=UTC)
REF = Ref(ref="0" * 64, bytes=1)


def case_about(told: Incoming) -> Case:
    alert = Alert(
        told.fingerprint, told.name, told.severity, told.service, told.namespace, AT, AT, REF, told.source, told.firing
    )
    return case_of(Incident("inc-1", alerts={alert.fingerprint: alert}), told.content, "", AT, AT)


def labelled(**labels: str) -> Incoming:
    alert: dict[str, Any] = {"status": "firing", "labels": labels, "startsAt": AT.isoformat()}
    return read_alertmanager({"version": "4", "groupKey": "g", "alerts": [alert]})[0]


@pytest.mark.parametrize(
    ("told", "service"),
    [
        (labelled(service="Check Out"), "Check Out"),
        (labelled(service="оплата"), "оплата"),
        (labelled(service="оплата", deployment="payments"), "payments"),
        (labelled(service="shop"), "shop"),
        (labelled(instance="db1:9100", job="node"), ""),
        (read_event({"id": "x", "title": "t", "service": "Check Out"}, lambda: AT), "Check Out"),
        (read_event({"id": "x", "title": "t", "service": "оплата", "labels": {"app": "pay"}}, lambda: AT), "pay"),
    ],
)
def test_the_service_is_looked_for_as_its_sender_wrote_it(told: Incoming, service: str) -> None:
    assert case_about(told).service == service


def test_an_alert_whose_content_was_erased_is_about_what_the_ledger_says() -> None:
    held = Alert("f" * 16, "Errors", labelled().severity, "shop", "web", AT, AT, REF, "alertmanager")

    assert case_of(Incident("inc-1", alerts={held.fingerprint: held}), None, "", AT, AT).service == "shop"
