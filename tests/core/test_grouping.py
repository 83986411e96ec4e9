"""Which alerts belong together, and when there is something to say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alerts import Incoming, read_alertmanager, read_event
from bot.core.errors import BadInput
from bot.core.events import AlertReceived, Ref, Severity
from bot.core.grouping import Reason, place_of, raised, why_speak, worth_telling
from bot.core.incident import Alert, Incident
from bot.core.labels import service_of, severity_of
from bot.core.ledger import stamp

AT = datetime(2026, 11, 20, 2, 14, tzinfo=UTC)
REF = Ref(ref="0" * 64, bytes=1)


def body(*alerts: dict[str, Any], key: str = "g1") -> dict[str, Any]:
    return {"version": "4", "groupKey": key, "alerts": list(alerts), "truncatedAlerts": 0}


def alert(status: str = "firing", at: datetime = AT, **labels: str) -> dict[str, Any]:
    named = {"alertname": "Errors", "severity": "critical", **labels}
    return {
        "status": status,
        "labels": named,
        "annotations": {},
        "startsAt": at.isoformat(),
        "endsAt": (at + timedelta(minutes=1)).isoformat(),
        "fingerprint": format(abs(hash(tuple(sorted(named.items())))), "016x"),
    }


def unended(at: datetime = AT, **labels: str) -> dict[str, Any]:
    """A resolved alert whose sender does not say when it ended."""
    return {**alert("resolved", at, **labels), "endsAt": "0001-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("labels", "service"),
    [
        ({"service": "shop"}, "shop"),
        ({"service": "prometheus-kube-state-metrics", "deployment": "shop"}, "shop"),
        ({"job": "kube-state-metrics", "pod": "shop-7c9d8f6b5-abcde"}, "shop"),
        ({"pod": "db-0"}, "db"),
        ({"app": "shop"}, "shop"),
        ({"job": "node-exporter", "instance": "10.0.0.1:9100"}, None),
        ({"service": "a name with spaces"}, "a-name-with-spaces"),
        ({}, None),
    ],
)
def test_the_service_is_told_from_the_labels(labels: dict[str, str], service: str | None) -> None:
    assert service_of(labels) == service


@pytest.mark.parametrize(
    ("label", "severity"),
    [("critical", Severity.SEV2), ("WARNING", Severity.WARN), ("p1", Severity.SEV1), ("none", Severity.INFO)],
)
def test_severities_are_read_as_teams_write_them(label: str, severity: Severity) -> None:
    assert severity_of(label) is severity


@pytest.mark.parametrize("label", [None, "", "wat"])
def test_an_alert_that_does_not_say_how_bad_it_is_still_gets_a_channel(label: str | None) -> None:
    assert place_of(severity_of(label)) == "incident"


def test_a_warning_stays_in_the_home_channel() -> None:
    assert place_of(Severity.WARN) == "home"


def known(firing: bool) -> Incident:
    fingerprint = read_alertmanager(body(alert(service="shop")))[0].fingerprint
    held = Alert(fingerprint, "Errors", Severity.SEV2, "shop", None, AT, AT, REF, "alertmanager", firing)
    return Incident("inc-1", alerts={fingerprint: held}, severity=Severity.SEV3)


@pytest.mark.parametrize(
    ("incoming", "incident", "why"),
    [
        (alert(service="shop"), None, Reason.FIRST_ALERT),
        (alert("resolved", service="shop"), None, None),
        (alert(service="shop"), known(True), None),
        (alert(service="shop", pod="p"), known(True), Reason.NEW_ALERT),
        (alert("resolved", service="shop"), known(True), Reason.RESOLVED),
        (alert("resolved", service="shop"), known(False), None),
        (alert(service="shop", at=AT + timedelta(minutes=5)), known(False), Reason.FIRING_AGAIN),
        (alert(service="shop"), known(False), None),
        (alert(service="shop", at=AT + timedelta(minutes=5)), known(True), Reason.BEGAN_ANEW),
        (alert(service="shop", at=AT - timedelta(minutes=5)), known(True), None),
        (alert("resolved", service="shop", at=AT - timedelta(minutes=5)), known(True), None),
        (alert("resolved", service="shop", at=AT - timedelta(seconds=30)), known(True), Reason.RESOLVED),
        (unended(service="shop"), known(True), Reason.RESOLVED),
        (unended(service="shop", at=AT - timedelta(seconds=30)), known(True), None),
    ],
)
def test_there_is_a_named_reason_to_speak_or_none(
    incoming: dict[str, Any], incident: Incident | None, why: Reason | None
) -> None:
    assert why_speak(read_alertmanager(body(incoming))[0], incident) is why


def test_one_delivery_says_each_alert_once() -> None:
    twice = read_alertmanager(body(alert(service="shop"), alert(service="shop")))

    assert len(worth_telling(twice, None)) == 1


@pytest.mark.parametrize("turn", [1, -1])
def test_an_old_end_in_one_delivery_with_a_new_beginning_does_not_hide_it(turn: int) -> None:
    both = [alert("resolved", service="shop"), alert(service="shop", at=AT + timedelta(minutes=9))][::turn]

    [told] = worth_telling(read_alertmanager(body(*both)), known(True))

    assert told.why is Reason.BEGAN_ANEW


def event(**more: str) -> Incoming:
    return read_event({"id": "x", "title": "down", **more}, lambda: AT + timedelta(minutes=9))


def test_an_event_sent_again_has_not_begun_anew_unless_it_says_so() -> None:
    held = Alert(event().fingerprint, "Event", Severity.SEV2, None, None, AT, AT, REF, "event")
    incident = Incident("inc-1", alerts={held.fingerprint: held})

    assert why_speak(event(), incident) is None
    assert why_speak(event(at="2026-11-20T02:20:00Z"), incident) is Reason.BEGAN_ANEW
    assert why_speak(event(kind="resolved"), incident) is Reason.RESOLVED
    assert why_speak(event(kind="resolved", at="2026-11-20T02:00:00Z"), incident) is None


def test_a_worse_alert_raises_the_incident() -> None:
    told = worth_telling(read_alertmanager(body(alert(service="shop", severity="page", pod="x"))), known(True))

    assert raised(known(True), told) is Severity.SEV2


def test_what_a_person_said_holds_until_an_alert_is_worse_than_all_they_knew() -> None:
    calmed = replace(known(True), severity=Severity.INFO, severity_by="U0ALICE")
    same = worth_telling(read_alertmanager(body(alert(service="shop", severity="page", pod="x"))), calmed)
    worse = worth_telling(read_alertmanager(body(alert(service="shop", severity="sev1", pod="x"))), calmed)

    assert raised(calmed, same) is None
    assert raised(calmed, worse) is Severity.SEV1
    assert raised(replace(calmed, severity_by=None), same) is Severity.SEV2


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"version": "3", "groupKey": "g", "alerts": [alert()]}, "version"),
        ({"version": "4", "alerts": [alert()]}, "groupKey"),
        ({"version": "4", "groupKey": "g", "alerts": []}, "alerts"),
        ({"version": "4", "groupKey": "g", "alerts": [{**alert(), "startsAt": "yesterday"}]}, "alerts.0.startsAt"),
        ({"version": "4", "groupKey": "g", "alerts": [{**alert(), "labels": {"a": 1}}]}, "alerts.0.labels.a"),
        ({"version": "4", "groupKey": "g", "alerts": [{**alert(), "startsAt": "0001-01-01T00:00:00Z"}]}, "startsAt"),
        ([], "body"),
        (None, "body"),
        ("x", "body"),
    ],
)
def test_a_bad_body_is_refused_naming_the_field(spoilt: Any, field: str) -> None:
    with pytest.raises(BadInput, match=field.replace(".", r"\.")):
        read_alertmanager(spoilt)


@given(
    st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=6),
    st.text(max_size=30),
    st.sampled_from(["firing", "resolved"]),
)
def test_whatever_a_sender_writes_in_labels_fits_a_ledger(
    labels: dict[str, str], fingerprint: str, status: str
) -> None:
    told = {
        **alert(status),
        "labels": {**labels, "alertname": labels.get("alertname", "A")},
        "fingerprint": fingerprint,
    }

    for incoming in read_alertmanager(body(told)):
        AlertReceived(
            fingerprint=incoming.fingerprint,
            alertname=incoming.name,
            severity=incoming.severity,
            starts_at=stamp(incoming.starts_at),
            service=incoming.service,
            namespace=incoming.namespace,
            cluster=incoming.cluster,
            group=incoming.group,
            alert=REF,
            source="alertmanager",
            about=incoming.about,
            kin=incoming.kin,
        )
