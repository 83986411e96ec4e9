"""One outage is one incident and two outages are two, however their sender groups, names and splits their alerts."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alerts import Incoming, read_alertmanager, read_event
from bot.core.events import Ref
from bot.core.incident import Alert, Incident
from bot.core.joining import Batch, Joins, batches, homes_of, standing

AT = datetime(2026, 11, 20, 2, 14, tzinfo=UTC)
REF = Ref(ref="0" * 64, bytes=1)
LUMPED = "{}:{}"
Labels = dict[str, str]


def alert(name: str = "Errors", status: str = "firing", **labels: str) -> dict[str, Any]:
    return {"status": status, "labels": {"alertname": name, **labels}, "startsAt": AT.isoformat()}


def read(alerts: Iterable[dict[str, Any]], key: str = "g") -> list[Incoming]:
    return read_alertmanager({"version": "4", "groupKey": key, "alerts": list(alerts)})


def held(told: Incoming) -> Alert:
    return Alert(
        told.fingerprint,
        told.name,
        told.severity,
        told.service,
        told.namespace,
        told.starts_at,
        AT,
        REF,
        told.source,
        told.firing,
        cluster=told.cluster,
        about=told.about,
        kin=told.kin,
    )


@dataclass
class Night:
    """Incidents as intake would make them of deliveries, and why each alert went where it did."""

    incidents: list[Incident] = field(default_factory=list)
    why: list[Joins | None] = field(default_factory=list)

    def deliver(self, *alerts: dict[str, Any], key: str = "g") -> "Night":
        self.take(read(alerts, key))
        return self

    def take(self, alerts: Sequence[Incoming]) -> None:
        for batch in batches(alerts):
            for home in homes_of(batch, [one for i in self.incidents if (one := standing(i)) is not None]):
                self.why.append(home.why)
                self._settle(home.incident, home.batch)

    def _settle(self, incident: str | None, batch: Batch) -> None:
        if incident is None:
            incident = f"inc-{len(self.incidents) + 1}"
            self.incidents.append(Incident(incident, key=batch.key))
        at = int(incident.removeprefix("inc-")) - 1
        more = {told.fingerprint: held(told) for told in batch.alerts}
        self.incidents[at] = replace(self.incidents[at], alerts={**self.incidents[at].alerts, **more})

    @property
    def sizes(self) -> list[int]:
        return sorted(len(incident.alerts) for incident in self.incidents)

    @property
    def partition(self) -> set[frozenset[str]]:
        return {frozenset(incident.alerts) for incident in self.incidents}


# --- what belongs together


def test_two_hundred_alerts_of_one_service_are_one_outage() -> None:
    pods = [alert(f"A{n % 7}", service="shop", namespace="web", pod=f"shop-5d9f7c-{n:05x}") for n in range(200)]

    assert Night().deliver(*pods).sizes == [200]


@pytest.mark.parametrize("key", ['{}:{alertname="NodeDown"}', LUMPED, "anything"])
def test_two_hundred_machines_of_one_group_are_one_outage(key: str) -> None:
    down = [alert("NodeDown", instance=f"n{n}:9100", job="node-exporter") for n in range(200)]
    night = Night().deliver(*down[:1], key=key).deliver(*down[:150], key=key).deliver(*down, key=key)

    assert night.sizes == [200]
    assert night.why == [None, Joins.SAME_ALERT, Joins.SAME_GROUP, Joins.SAME_ALERT, Joins.SAME_GROUP]


def test_everything_about_one_machine_is_one_outage_whoever_measures_it() -> None:
    night = Night().deliver(alert("NodeDown", instance="n1:9100", job="node"), key="a")
    night.deliver(alert("KubeNodeNotReady", node="n1", namespace="kube-system"), key="b")
    night.deliver(alert("MysqlDown", instance="n1:9104", job="mysqld_exporter", namespace="db"), key="c")

    assert night.sizes == [3]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"service": "co"}, {"service": "co", "namespace": "pay"}),
        ({"service": "co"}, {"service": "co", "cluster": "eu", "namespace": "pay"}),
        ({"service": "frontend", "app": "co"}, {"app": "co"}),
        ({"service": "co-http", "pod": "co-6d4cf56db6-abcde"}, {"deployment": "co"}),
        ({"service": "shop"}, {"pod": "shop-5d9f7c8b6-x2k4p"}),
        ({"service": "оплата"}, {"service": "оплата", "namespace": "pay"}),
        ({"service": "Check Out"}, {"service": "Check-Out"}),
    ],
)
@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("together", [True, False])
def test_who_says_less_joins_who_says_more(one: Labels, other: Labels, turn: int, together: bool) -> None:
    first, second = [alert("A", **one), alert("B", **other)][::turn]
    night = Night().deliver(first, second) if together else Night().deliver(first, key="a").deliver(second, key="b")

    assert night.sizes == [2]


def test_alerts_about_nothing_follow_the_group_and_the_name_their_sender_gave_them() -> None:
    night = Night().deliver(alert("X", slo="a"), alert("X", slo="b"), alert("Y"), key='{}:{cluster="eu"}')

    assert night.deliver(alert("X", slo="c"), key='{}:{cluster="us"}').sizes == [1, 1, 2]


# --- what does not


@pytest.mark.parametrize("key", ["g", LUMPED, '{}/{severity="critical"}:{}'])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("A", {"service": "shop"}), ("A", {"service": "mail"})),
        (("DiskFull", {"instance": "db1:9100", "job": "node"}), ("OOM", {"instance": "web7:9100", "job": "node"})),
        (("A", {"service": "co", "namespace": "a"}), ("A", {"service": "co", "namespace": "b"})),
        (("A", {"service": "co", "cluster": "a"}), ("A", {"service": "co", "cluster": "b"})),
        (("Down", {"instance": "n1", "cluster": "a"}), ("Down", {"instance": "n2", "cluster": "b"})),
        (
            ("Full", {"persistentvolumeclaim": "d", "namespace": "a", "node": "n1"}),
            ("Full", {"persistentvolumeclaim": "d", "namespace": "b", "node": "n1"}),
        ),
        (("A", {"service": "frontend", "app": "co"}), ("A", {"service": "backend", "app": "co"})),
        (("A", {"service": "shop"}), ("A", {"instance": "n1:9100"})),
    ],
)
def test_two_unrelated_outages_of_one_minute_are_two(
    one: tuple[str, Labels], other: tuple[str, Labels], key: str
) -> None:
    first, second = (alert(name, **labels) for name, labels in (one, other))

    assert Night().deliver(first, second, key=key).sizes == [1, 1]
    assert Night().deliver(second, key=key).deliver(first, key=key).sizes == [1, 1]


def test_one_name_in_two_groups_is_two_outages() -> None:
    night = Night().deliver(alert("DiskFull", instance="db1"), key='{}:{instance="db1"}')

    assert night.deliver(alert("DiskFull", instance="web7"), key='{}:{instance="web7"}').sizes == [1, 1]


def test_a_group_of_everything_does_not_lump_what_nobody_can_name() -> None:
    assert Night().deliver(alert("DiskFull"), alert("CertExpiry"), alert("Диск"), key=LUMPED).sizes == [1, 1, 1]


def test_many_machines_do_not_join_the_incident_of_one_of_them() -> None:
    night = Night().deliver(alert("DiskFull", instance="n5"), key="disks")
    night.deliver(*(alert("NodeDown", instance=f"n{n}") for n in range(200)), key="nodes")

    assert night.sizes == [1, 200]


def test_what_joined_through_its_machine_does_not_bring_its_whole_group_along() -> None:
    night = Night().deliver(*(alert("NodeDown", instance=f"n{n}") for n in range(9)), key="nodes")
    night.deliver(alert("DiskFull", instance="n5"), key="disks").deliver(alert("DiskFull", instance="db9"), key="disks")

    assert night.sizes == [1, 10]


def test_who_names_no_namespace_does_not_join_two_that_do() -> None:
    night = Night().deliver(alert("A", service="co")).deliver(alert("B", service="co", namespace="a"))

    assert night.deliver(alert("C", service="co", namespace="b")).sizes == [1, 2]


def test_an_incident_that_a_person_opened_is_joined_by_no_alert() -> None:
    night = Night([Incident("inc-1", service="shop", opened_at=AT)])

    assert night.deliver(alert(service="shop")).sizes == [0, 1]


# --- one alert, again


def test_an_alert_that_is_sent_in_two_groups_is_one() -> None:
    assert Night().deliver(alert("X"), key="g1").deliver(alert("X"), key="g2").sizes == [1]


def test_an_alert_stays_in_its_incident_though_a_release_would_now_group_it_elsewhere() -> None:
    [told] = read([alert("DiskFull", instance="db1:9100", job="node")])
    old = replace(held(told), service="node", about=(), kin=None)
    night = Night([Incident("inc-1", key="0" * 32, alerts={old.fingerprint: old})])

    night.deliver(alert("DiskFull", "resolved", instance="db1:9100", job="node"), key="regrouped")

    assert (night.sizes, night.why) == ([1], [Joins.SAME_ALERT])


def test_an_incident_of_an_earlier_release_is_joined_by_its_service_and_by_its_key() -> None:
    [shop] = read([alert(service="shop", namespace="web")])
    [disk] = read([alert("DiskFull", instance="db1:9100")])
    old = [replace(held(told), about=(), kin=None) for told in (shop, disk)]
    keys = [batch.key for told in (shop, disk) for batch in batches([told])]
    night = Night([Incident(f"inc-{n}", key=keys[n - 1], alerts={old[n - 1].fingerprint: old[n - 1]}) for n in (1, 2)])

    night.deliver(alert("B", service="shop"), key="x").deliver(alert("OOM", instance="db1:9100"), key="y")

    assert night.sizes == [2, 2]


def event(**more: str) -> Incoming:
    return read_event({"id": "x", "title": "down", **more}, lambda: AT)


def test_an_id_given_again_to_another_service_is_another_outage_and_each_is_ended_by_its_own() -> None:
    night = Night()
    night.take([event(service="shop")])
    night.take([event(service="mail")])
    night.take([event(service="shop", kind="resolved")])

    assert [[a.firing for a in incident.alerts.values()] for incident in night.incidents] == [[False], [True]]


def test_an_end_needs_not_say_again_what_it_is_about() -> None:
    night = Night()
    night.take([event(service="shop")])
    night.take([event(kind="resolved")])

    assert [[a.firing for a in incident.alerts.values()] for incident in night.incidents] == [[False]]


# --- whatever comes

SERVICES = ("shop", "mail", "till")
NAMES = st.sampled_from(["A", "B", "C"])
KEYS = st.sampled_from([LUMPED, '{}:{alertname="A"}', "g1", "g2"])
NAMED = st.fixed_dictionaries(
    {},
    optional={
        "service": st.sampled_from(["shop", "mail"]),
        "app": st.sampled_from(["shop", "co"]),
        "pod": st.sampled_from(["mail-0", "till-0"]),
        "instance": st.sampled_from(["n1:9100", "n1:9104", "n2:9100"]),
        "namespace": st.sampled_from(["a", "b"]),
        "cluster": st.sampled_from(["eu", "us"]),
    },
)
ALERTS = st.lists(st.builds(lambda name, labels: alert(name, **labels), NAMES, NAMED), min_size=1, max_size=12)


@given(st.lists(st.tuples(NAMES, st.integers(0, 5), st.booleans(), KEYS), min_size=1, max_size=30))
def test_one_service_is_one_outage_however_it_is_grouped_and_split(
    told: list[tuple[str, int, bool, str]],
) -> None:
    night = Night()
    for name, pod, named, key in told:
        where = {"namespace": "web"} if named else {}
        night.deliver(alert(name, service="shop", pod=f"shop-{pod}", instance=f"10.0.0.{pod}:80", **where), key=key)

    assert len(night.incidents) == 1


@given(st.lists(st.tuples(st.sampled_from(SERVICES), NAMES, KEYS, st.integers(0, 2)), min_size=1, max_size=30))
def test_no_incident_holds_two_services_that_share_no_name(told: list[tuple[str, str, str, int]]) -> None:
    night = Night()
    for service, name, key, node in told:
        night.deliver(alert(name, service=service, node=f"n{node}", instance="10.0.0.1:80"), key=key)

    services = [{alert.service for alert in incident.alerts.values()} for incident in night.incidents]
    assert sorted(map(len, services)) == [1] * len({service for service, *_ in told})


@given(st.lists(st.integers(0, 40), min_size=1, max_size=40), st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_one_group_of_machines_is_one_outage_however_it_is_split(machines: list[int], parts: list[int]) -> None:
    night, waiting = Night(), [alert("NodeDown", instance=f"n{n}:9100") for n in machines]
    for size in (*parts, len(waiting)):
        part, waiting = waiting[:size], waiting[size:]
        if part:
            night.deliver(*part, key="nodes")

    assert len(night.incidents) == 1


@given(ALERTS, KEYS, st.randoms(use_true_random=False))
def test_the_order_of_a_delivery_does_not_matter(alerts: list[dict[str, Any]], key: str, chance: random.Random) -> None:
    mixed = alerts[:]
    chance.shuffle(mixed)

    assert Night().deliver(*mixed, key=key).partition == Night().deliver(*alerts, key=key).partition


@given(st.lists(st.tuples(ALERTS, KEYS), min_size=1, max_size=6))
def test_an_incident_names_one_cluster_and_a_service_one_namespace(
    deliveries: list[tuple[list[dict[str, Any]], str]],
) -> None:
    night = Night()
    for alerts, key in deliveries:
        night.deliver(*alerts, key=key)

    for incident in night.incidents:
        held = incident.alerts.values()
        assert len({a.cluster for a in held if a.cluster}) <= 1
        assert len({a.namespace for a in held if a.namespace and a.service}) <= 1


@given(st.lists(st.tuples(ALERTS, KEYS), min_size=1, max_size=6))
def test_what_came_once_stays_where_it_is_when_it_comes_again(
    deliveries: list[tuple[list[dict[str, Any]], str]],
) -> None:
    night = Night()
    for alerts, key in deliveries:
        night.deliver(*alerts, key=key)
    before, night.why = night.partition, []

    for alerts, key in deliveries:
        night.deliver(*alerts, key=key)

    assert night.partition == before
    assert set(night.why) == {Joins.SAME_ALERT}


@given(ALERTS, KEYS)
def test_every_alert_has_exactly_one_home(alerts: list[dict[str, Any]], key: str) -> None:
    told = read(alerts, key)

    assert sum(Night().deliver(*alerts, key=key).sizes) == len({one.fingerprint for one in told})
    assert sorted(a.fingerprint for batch in batches(told) for a in batch.alerts) == sorted(a.fingerprint for a in told)
