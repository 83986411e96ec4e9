"""StatefulSets and DaemonSets of a strict cluster, read with the identity the bot has: found, and healthy or not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.adapters.looks import ToolLooks
from bot.core.events import Outcome
from bot.core.tool import Observation
from bot.playground.access import access_of
from bot.playground.outfit import identities
from bot.playground.world.kube.cluster import Cluster
from bot.playground.world.kube.http import kubernetes_routes
from bot.playground.world.kube.rbac import Access
from tests.tools.read.answering import look_now
from tests.world.conftest import served
from tools.read.sources.cluster import ClusterSettings
from tools.read.sources.gathering import OWN, RIGHTS

ROOT = Path(__file__).parents[3]
HELM = {"app.kubernetes.io/name": "postgres", "app.kubernetes.io/instance": "db"}


@dataclass
class Standing:
    """A cluster in which time passes when told, and the bot's looks at it."""

    cluster: Cluster
    looks: ToolLooks
    clock: list[float]

    def wait(self, seconds: float) -> None:
        for _ in range(int(seconds * 5)):
            self.clock[0] += 0.2
            self.cluster.tick()

    def make(self, kind: str, name: str, labels: dict[str, str], **spec: Any) -> None:
        pod = {"containers": [{"name": "app", "image": f"r.example/{name}:1"}]}
        body = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}, **spec}
        meta = {"name": name, "namespace": "shop", "labels": labels}
        self.cluster.create({"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": body})
        self.wait(12)

    def see(self, tool: str, **arguments: Any) -> Observation:
        return self.looks.look(tool, {"namespace": "shop", **arguments}, look_now(20.0))


@pytest.fixture
def shop(kubeconfig: Callable[[str, str], str]) -> Iterator[Standing]:
    clock = [1_790_000_000.0]
    cluster = Cluster(lambda: clock[0], seed=7)
    for name in ("node-a", "node-b"):
        ready = {"conditions": [{"type": "Ready", "status": "True"}]}
        cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": ready})
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    routes = kubernetes_routes(cluster, Access.parse(access_of({"read": "r", "act": "a"}, ["shop"], identities())))
    with served(Starlette(routes=[Mount("/kubernetes", app=Starlette(routes=routes))])) as base:
        settings = ClusterSettings(kubeconfig=kubeconfig(f"{base}/kubernetes", "r"))
        yield Standing(cluster, ToolLooks(given=[settings]), clock)


def test_a_stateful_set_is_found_by_its_name_and_is_healthy_or_says_why_not(shop: Standing) -> None:
    shop.make("StatefulSet", "db", HELM, replicas=2, serviceName="db")
    well = shop.see("list_workloads", service="db").facts["workloads"]
    shop.cluster.set_pod_health("shop", "db-1", False, "CrashLoopBackOff")
    shop.wait(2)
    sick = shop.see("read_workload", name="db")

    assert [(one["kind"], one["name"], one["healthy"], one["ready"]) for one in well] == [
        ("StatefulSet", "db", True, 2)
    ]
    assert sick.facts["workload"]["why"] == "1 of 2 replicas are ready"
    assert (sick.facts["workload"]["revision"], sick.facts["workload"]["selector"]) == (None, HELM)
    assert sick.digest.startswith("StatefulSet db: NOT healthy, 1 of 2 replicas are ready")


def test_a_daemon_set_that_misses_a_pod_is_told_among_a_namespaces_workloads(shop: Standing) -> None:
    shop.make("Deployment", "web", {"app": "web"}, replicas=1)
    shop.make("DaemonSet", "agent", {"app": "agent"})
    pod = next(
        one["metadata"]["name"] for one in shop.cluster.list("Pod", "shop") if "agent" in one["metadata"]["name"]
    )
    shop.cluster.set_pod_health("shop", pod, False, "CrashLoopBackOff")
    shop.wait(2)
    found = shop.see("list_workloads")

    assert found.digest.startswith("1 DaemonSet and 1 Deployment in shop, 1 not healthy")
    first = found.facts["workloads"][0]
    assert (first["kind"], first["name"], first["why"]) == ("DaemonSet", "agent", "1 of 2 pods are ready")


@pytest.mark.parametrize("service", ["db", "postgres"])
def test_the_pods_of_a_stateful_set_are_found_by_its_name_and_by_its_labels(shop: Standing, service: str) -> None:
    shop.make("StatefulSet", "db", HELM, replicas=2, serviceName="db")
    found = shop.see("list_pods", service=service)

    assert [one["name"] for one in found.facts["pods"]] == ["db-0", "db-1"]
    assert (
        found.facts["pods"][0]["template_hash"]
        == shop.see("read_workload", name="db").facts["workload"]["template_hash"]
    )
    assert "incomplete" not in found.facts


def test_a_release_is_found_by_its_instance_only_where_nothing_is_called_so(shop: Standing) -> None:
    shop.make("StatefulSet", "db-postgres", HELM, replicas=1, serviceName="db")
    shop.make("Deployment", "db-web", {"app": "web", "app.kubernetes.io/instance": "db"}, replicas=1)

    assert {one["name"] for one in shop.see("list_workloads", service="db").facts["workloads"]} == {
        "db-postgres",
        "db-web",
    }
    assert [one["name"] for one in shop.see("list_workloads", service="web").facts["workloads"]] == ["db-web"]


def test_pods_that_nothing_here_owns_are_found_by_a_services_selector(shop: Standing) -> None:
    pod = {"containers": [{"name": "app", "image": "r.example/x:1"}]}
    meta = {"name": "lone-1", "namespace": "shop", "labels": {"role": "primary", "cluster": "main"}}
    shop.cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": pod})
    spec = {"selector": {"role": "primary", "cluster": "main"}, "ports": [{"port": 5432}]}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "main-rw", "namespace": "shop"},
        "spec": spec,
    }
    shop.cluster.create(service)
    shop.wait(3)

    assert [one["name"] for one in shop.see("list_pods", service="main-rw").facts["pods"]] == ["lone-1"]


def test_events_of_a_stateful_set_say_whether_it_is_still_in_trouble(shop: Standing) -> None:
    shop.make("StatefulSet", "db", HELM, replicas=1, serviceName="db")
    shop.cluster.event("shop", {"kind": "StatefulSet", "name": "db", "namespace": "shop"}, "FailedCreate", "no quota")
    found = shop.see("list_events", service="db").facts["events"]

    assert [one["object_unhealthy"] for one in found if one["reason"] == "FailedCreate"] == [False]


def test_the_rollouts_of_a_stateful_set_are_not_read_which_is_not_that_there_are_none(shop: Standing) -> None:
    shop.make("StatefulSet", "db", HELM, replicas=1, serviceName="db")
    found = shop.see("rollout_history", service="db")

    assert found.outcome is Outcome.FAILED
    assert "db is a StatefulSet, and only the rollouts of Deployments are read" in found.digest


def test_a_workload_of_another_kind_does_not_stand_in_for_one_that_is_gone(shop: Standing) -> None:
    shop.make("StatefulSet", "db", HELM, replicas=1, serviceName="db")

    assert shop.see("read_workload", name="db", kind="Deployment").outcome is Outcome.NO_DATA
    assert shop.see("read_workload", name="db").facts["workload"]["kind"] == "StatefulSet"


def test_a_stateful_set_updated_by_hand_or_in_part_is_as_wanted(shop: Standing) -> None:
    shop.make("StatefulSet", "db", HELM, replicas=2, serviceName="db", updateStrategy={"type": "OnDelete"})
    new = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "r.example/db:2"}]}}}}
    shop.cluster.patch("StatefulSet", "shop", "db", new)
    shop.wait(2)
    by_hand = shop.see("read_workload", name="db").facts["workload"]
    shop.cluster.patch("StatefulSet", "shop", "db", {"spec": {"updateStrategy": {
        "type": "RollingUpdate", "rollingUpdate": {"partition": 2}}}})  # fmt: skip
    shop.wait(2)
    held_back = shop.see("read_workload", name="db").facts["workload"]

    assert (by_hand["updated"], by_hand["healthy"]) == (0, True)
    assert (held_back["updated"], held_back["healthy"]) == (0, True)


def test_the_shipped_identity_may_read_every_kind_that_is_read() -> None:
    told = yaml.safe_load_all((ROOT / "manifests/kubernetes/identities.yaml").read_text())
    role = next(one for one in told if one["kind"] == "ClusterRole" and one["metadata"]["name"] == "midwatch-read")
    may = {resource for rule in role["rules"] if "list" in rule["verbs"] for resource in rule["resources"]}

    assert {"deployments", "statefulsets", "daemonsets", "replicasets", "pods", "pods/log", "services", "events"} <= may
    assert {path.rpartition("/")[2] for _, path in (*OWN, *RIGHTS)} <= may
    assert {"nodes", "persistentvolumes", "storageclasses", "ingressclasses", "namespaces"} <= may
    assert not {"secrets", "configmaps"} & may


def test_the_fault_analyzers_may_read_all_they_want_with_the_shipped_identity(shop: Standing) -> None:
    shop.make("StatefulSet", "db", HELM, replicas=1, serviceName="db")
    found = shop.see("find_kubernetes_faults", service="db")

    assert found.outcome is Outcome.OK
    assert found.facts["unread"] == {}
    assert not [one for one in found.facts["signs"] if one["role"] in ("cause", "symptom")]
    assert "StatefulSet db has 1 of 1" in found.digest
