"""What an alert is about, told from its labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.labels import (
    WRITTEN,
    as_written,
    mark_of,
    names_of,
    only_scraped,
    service_of,
    severity_of,
    slug_of,
    thing_of,
)

SCRAPED = [
    *("node", "nodes", "kubernetes-pods", "kubernetes-nodes", "kubernetes-nodes-cadvisor", "cadvisor", "kubelet"),
    *("kubernetes-service-endpoints-slow", "kube-state-metrics", "prometheus-kube-state-metrics", "blackbox"),
    *("blackbox-http-2xx", "node-exporter", "node_exporter", "integrations/node_exporter", "mysqld_exporter"),
    *("windows", "linux-hosts", "ec2-instances", "node-prod", "monitoring/pods", "pushgateway"),
]
PROGRAMS = ["checkout", "prometheus", "etcd", "coredns", "apiserver", "api-server", "node-red", "kafka", "http-gateway"]


@pytest.mark.parametrize("job", SCRAPED)
def test_a_job_that_only_says_how_or_what_kind_of_thing_is_scraped_is_no_service(job: str) -> None:
    labels = {"alertname": "DiskFull", "job": job, "instance": "db1:9100"}

    assert (names_of(labels), thing_of(labels)) == ((), ("instance", "db1:9100"))


@pytest.mark.parametrize("job", PROGRAMS)
def test_a_job_named_for_a_program_is_the_service_as_prometheus_means_it(job: str) -> None:
    assert service_of({"job": job, "instance": "10.0.0.7:8080"}) == job
    assert not only_scraped(job)


@pytest.mark.parametrize(
    ("labels", "service"),
    [
        ({"service": "оплата", "deployment": "payments"}, "payments"),
        ({"service": "оплата-v2", "pod": "payments-7c9d8f6b5-abcde"}, "payments"),
        ({"service": "Check Out", "deployment": "check-out"}, "check-out"),
        ({"service": "Check Out"}, "Check-Out"),
        ({"service": "café"}, "cafe"),
        ({"service": "оплата-v2"}, None),
        ({"service": "***", "app": "shop"}, "shop"),
        ({"component": "api", "app": "shop"}, "shop"),
        ({"component": "api"}, "api"),
        ({"service": "shop", "job": "tills"}, "shop"),
        ({"service": "node-exporter", "pod": "prometheus-node-exporter-x2k4p", "instance": "10.0.0.1:9100"}, None),
        ({"deployment": "kube-state-metrics", "job": "kube-state-metrics"}, "kube-state-metrics"),
    ],
)
def test_the_service_is_the_first_name_a_ledger_and_kubernetes_can_bear(
    labels: dict[str, str], service: str | None
) -> None:
    assert service_of(labels) == service


@pytest.mark.parametrize(
    ("labels", "held", "asked"),
    [
        ({"service": "Check Out"}, "Check-Out", "Check Out"),
        ({"service": "оплата"}, None, "оплата"),
        ({"service": "café"}, "cafe", "café"),
        ({"service": "shop"}, "shop", "shop"),
        ({"service": "shop"}, "as-an-older-release-called-it", "as-an-older-release-called-it"),
        ({"service": 'shop"} or vector(1)'}, "shop-or-vector-1", "shop-or-vector-1"),
        ({"service": "a\nb"}, "a-b", "a-b"),
        ({}, None, ""),
    ],
)
def test_a_service_is_looked_for_as_its_sender_wrote_it(labels: dict[str, str], held: str | None, asked: str) -> None:
    assert as_written(labels, held) == asked


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"instance": "db1:9100"}, {"instance": "db1:9104"}, True),
        ({"instance": "db1:9100"}, {"node": "db1"}, True),
        ({"instance": "[2001:db8::1]:9100"}, {"instance": "[2001:db8::1]:9104"}, True),
        ({"instance": "https://shop.example/a:1"}, {"instance": "https://shop.example/a:2"}, False),
        ({"instance": "http://shop.example:80"}, {"instance": "http://shop.example:81"}, False),
        ({"instance": "db1:9100"}, {"instance": "db2:9100"}, False),
        ({"persistentvolumeclaim": "db1"}, {"node": "db1"}, False),
        ({"persistentvolumeclaim": "a", "node": "n1"}, {"persistentvolumeclaim": "b", "node": "n1"}, False),
        ({"node": "n1", "instance": "10.0.0.5:8080"}, {"node": "n1", "instance": "10.0.0.6:8080"}, True),
    ],
)
def test_a_machine_is_the_same_whoever_measures_it(one: dict[str, str], other: dict[str, str], same: bool) -> None:
    marks = [mark_of(thing) for labels in (one, other) if (thing := thing_of(labels))]

    assert (marks[0] == marks[1]) is same


NAMING = ["service", "app", "deployment", "pod", "job", "component"]
ANY = st.dictionaries(st.sampled_from(NAMING), st.text(max_size=30))


@given(ANY)
def test_what_is_asked_for_can_break_out_of_no_query(labels: dict[str, str]) -> None:
    asked = as_written(labels, service_of(labels))

    assert asked == "" or (WRITTEN.fullmatch(asked) and not set(asked) & set("\"'{}()[]\\*?,=~!<>&|\n"))


@given(ANY)
def test_a_service_there_is_stands_among_its_own_names(labels: dict[str, str]) -> None:
    assert service_of(labels) in {None, *map(slug_of, names_of(labels))}


@pytest.mark.parametrize("label", ["P1", " sev1 ", "Disaster"])
def test_a_severity_is_read_in_any_case(label: str) -> None:
    assert severity_of(label).value == "sev1"
