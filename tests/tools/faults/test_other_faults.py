"""Each fault of Services, policies, volumes, quotas, rights … is told as a cause; its healthy twin is not."""

from typing import Any

import pytest

from bot.core.signs import Role
from tests.tools.faults.beside import (
    autoscaler,
    budget,
    claim,
    cron_job,
    empty,
    ingress,
    policy,
    quota,
    service,
    slices,
    storage_class,
    thing,
    volume,
    webhook,
    wide,
)
from tests.tools.faults.cluster import (
    HASH,
    Json,
    causes,
    container,
    deployment,
    event,
    node,
    pod,
    replica_set,
    signs,
    stamp,
    status,
    troubles,
    waiting,
)

X = f"shop-{HASH}-x7gr9"
PORTS = {"containers": [container(ports=[{"containerPort": 8080, "name": "http", "protocol": "TCP"}])]}
USES = PORTS | {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "state"}}]}
WAITS = {"phase": "Pending", "containerStatuses": []}
CLASSES = [wide("IngressClass", "nginx")]
LISTENS = pod(X, spec=PORTS)
HELD = pod(X, spec=USES, ready=False, status=WAITS)
CRASHED = waiting("CrashLoopBackOff", restarts=7, ended={"reason": "Error", "exitCode": 1})
QUOTA = 'pods "shop-x" is forbidden: exceeded quota: team, requested: cpu=1, used: cpu=4, limited: cpu=4'
RANGE = 'pods "shop-x" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi'
CALLED = 'Internal error occurred: failed calling webhook "check.guard.io": no endpoints available for service "guard"'
SET = f"shop-{HASH}"


def calls(value: str, variable: str = "STOCK_ADDR", **more: Any) -> Json:
    """A pod of another workload whose environment names something."""
    spec = {"containers": [container(env=[{"name": variable, "value": value}])]}
    meta = {"labels": {"app": "front"}, "ownerReferences": [{"kind": "ReplicaSet", "name": "front-abc12d"}]}
    return pod("front-abc12d-1", spec=spec, metadata=meta, **more)


def condition(kind: str, value: str, reason: str, message: str = "") -> Json:
    return {"type": kind, "status": value, "reason": reason, "message": message}


def opens(**rule: Any) -> Json:
    return policy({"policyTypes": ["Ingress"], "ingress": [rule]})


DNS_ONLY_HTTP = policy({"policyTypes": ["Egress"], "egress": [{"ports": [{"port": 443, "protocol": "TCP"}]}]})
FRONT_SHUT = policy({"podSelector": {"matchLabels": {"app": "front"}}, "policyTypes": ["Egress"]})

# (the class, the kind of the sign, the objects, what it must say)
CASES: list[tuple[str, str, list[Json], tuple[str, ...]]] = [
    ("service_selector_mismatch", "service_selector_mismatch",
     [LISTENS, service(selector={"app": "shopp"}), slices(0)],
     ("0 endpoints", "app=shopp", "app=shop")),
    ("service_target_port_mismatch", "service_target_port_mismatch",
     [LISTENS, service(targetPort=9999)], ("targetPort 9999", "8080/TCP (http)")),
    ("service_target_port_mismatch", "service_target_port_mismatch",
     [LISTENS, service(targetPort="web"), slices(0)], ("targetPort web",)),
    ("service_protocol_mismatch", "service_protocol_mismatch",
     [LISTENS, service(protocol="UDP")], ("protocol mismatch", "UDP", "8080/TCP")),
    ("service_deleted", "service_missing", [calls("http://stock:8080"), service()],
     ("Service stock does not exist", "STOCK_ADDR=http://stock:8080")),
    ("service_deleted", "service_missing", [calls("stock.store.svc.cluster.local:5432"), service()], ("stock",)),
    ("dependency_address_wrong", "dependency_address_wrong",
     [calls("http://shopp:8080"), service(), LISTENS], ("there is a Service shop",)),
    ("network_policy_block", "network_policy_block",
     [LISTENS, service(), policy({"policyTypes": ["Ingress"]})], ("allows no ingress at all", "closed")),
    ("network_policy_block", "network_policy_block",
     [LISTENS, service(), opens(ports=[{"port": 9090, "protocol": "TCP"}])], ("not to port 8080/TCP",)),
    ("network_policy_block", "network_policy_block",
     [LISTENS, service(), calls("http://shop:80"),
      opens(**{"from": [{"podSelector": {"matchLabels": {"app": "batch"}}}]})], ("its caller front",)),
    ("network_policy_block", "network_policy_block",
     [LISTENS, service(), calls("http://shop:80"), FRONT_SHUT], ("allows no egress at all",)),
    ("network_policy_block", "network_policy_blocks_dns",
     [pod(X, CRASHED, spec=PORTS), DNS_ONLY_HTTP], ("blocks DNS", "port 53")),
    ("ingress_class_or_backend_missing", "ingress_class_missing",
     [ingress(kind="traefik"), *CLASSES, service(), LISTENS], ("ingressClassName traefik", "there is nginx")),
    ("ingress_class_or_backend_missing", "ingress_backend_missing",
     [ingress("gone"), *CLASSES, service(), LISTENS], ("Service gone, which does not exist",)),
    ("ingress_class_or_backend_missing", "ingress_backend_port",
     [ingress(port=8443), *CLASSES, service(), LISTENS], ("port 8443", "80")),
    ("ingress_class_or_backend_missing", "ingress_tls_secret_missing",
     [ingress(tls=[{"secretName": "front-tls"}]), *CLASSES, service(), LISTENS,
      event("Sync", "secret store/front-tls not found", "front", "Ingress")], ("front-tls",)),
    ("pvc_storage_class_missing", "pvc_storage_class_missing",
     [claim(storageClassName="quick"), storage_class(), HELD], ('"quick" not found', "there is fast")),
    ("pvc_storage_class_missing", "pvc_storage_class_missing",
     [claim(storageClassName="quick"), event("ProvisioningFailed", 'storageclass.storage.k8s.io "quick" not found',
      "state", "PersistentVolumeClaim"), HELD], ("quick",)),
    ("pvc_capacity", "pvc_capacity", [claim(), storage_class(), volume(capacity={"storage": "5Gi"}), HELD],
     ("10Gi", "5Gi")),
    ("pvc_access_mode", "pvc_access_mode", [claim(accessModes=["ReadWriteMany"]), storage_class(), volume(), HELD],
     ("ReadWriteMany", "ReadWriteOnce")),
    ("pvc_selector", "pvc_selector",
     [claim(selector={"matchLabels": {"tier": "b"}}), storage_class(), volume(), HELD], ("tier=b", "tier=a")),
    ("pvc_occupied", "pvc_volume_occupied",
     [claim(), storage_class(), volume(phase="Bound", claimRef={"namespace": "other", "name": "c"}), HELD],
     ("occupied", "other/c")),
    ("pvc_missing", "pvc_missing", [HELD, claim("Bound", "another")], ('persistentvolumeclaim "state" not found',)),
    ("quota_exceeded", "quota_exceeded",
     [quota("4"), deployment(1, 2), replica_set(), event("FailedCreate", QUOTA, SET, "ReplicaSet")],
     ("exceeded quota", "limited: cpu=4")),
    ("limit_range", "limit_range",
     [thing("LimitRange", "sizes", {"limits": [{"type": "Container", "max": {"memory": "1Gi"}}]}),
      event("FailedCreate", RANGE, SET, "ReplicaSet")], ("maximum memory usage", "memory=1Gi")),
    ("hpa_broken_or_maxed", "hpa_broken",
     [autoscaler(2, condition("ScalingActive", "False", "FailedGetResourceMetric", "missing request for cpu"))],
     ("FailedGetResourceMetric", "missing request for cpu")),
    ("hpa_broken_or_maxed", "hpa_maxed", [autoscaler(5, condition("ScalingLimited", "True", "TooManyReplicas"))],
     ("maxReplicas 5",)),
    ("pdb_blocks_drain", "pdb_blocks_drain", [LISTENS, budget(0), node(unschedulable=True)],
     ("0 disruptions", "drain of worker-1")),
    ("cronjob_invalid/suspended", "cronjob_suspended", [cron_job(suspend=True)], ("suspended",)),
    ("cronjob_invalid/suspended", "cronjob_invalid", [cron_job(schedule="every day")], ("every day",)),
    ("cronjob_invalid/suspended", "cronjob_missed",
     [cron_job(), event("TooManyMissedTimes", "too many missed start times", "report", "CronJob")], ("missed",)),
    ("webhook_backend_down", "webhook_backend_down",
     [webhook(), slices(0, "guard", 1, "guard"), event("FailedCreate", CALLED, SET, "ReplicaSet")],
     ("check.guard.io", "no ready endpoints")),
    ("namespace_terminating", "namespace_terminating",
     [wide("Namespace", "store", status={"phase": "Terminating"})], ("Terminating",)),
    ("dns_failure", "dns_down", [slices(0, "kube-dns", 2, "kube-system")], ("CoreDNS", "none of the 2")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "objects", "words"), [case[1:] for case in CASES], ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)]
)
def test_each_fault_is_a_cause_that_says_why(kind: str, objects: list[Json], words: tuple[str, ...]) -> None:
    found = causes(*objects)
    assert kind in found, sorted(found)
    assert found[kind].weight >= 0.5
    for word in words:
        assert word in found[kind].says
    assert found[kind].mends


HEALTHY: dict[str, list[Json]] = {
    "a Service with ready pods": [LISTENS, service(), slices(1)],
    "a named target port": [LISTENS, service(targetPort="http")],
    "pods that declare no port": [pod(), service()],
    "a Service without selector": [LISTENS, thing("Service", "out", {"ports": [{"port": 443}]})],
    "an external name": [LISTENS, thing("Service", "out", {"type": "ExternalName", "selector": {"a": "b"}})],
    "endpoints that are ready, whatever the labels of the pods that were read": [
        LISTENS, service(selector={"app": "elsewhere"}), slices(2)],
    "a headless Service": [LISTENS, thing("Service", "db", {"clusterIP": "None", "selector": {"app": "shop"},
                           "ports": [{"port": 5432}]})],
    "an address that is there": [calls("http://shop:80"), LISTENS, service()],
    "an address outside": [calls("https://api.example.com"), service(), LISTENS],
    "an address of its own": [calls("0.0.0.0", "LISTEN_ADDR"), service(), LISTENS],
    "another namespace that nobody read": [calls("stock.depot.svc"), service(), LISTENS],
    "a collector that is not there, and nobody minds": [calls("http://otel-collector:4317"), service(), LISTENS],
    "a policy that lets its caller in": [LISTENS, service(), calls("http://shop"),
                                         opens(**{"from": [{"podSelector": {"matchLabels": {"app": "front"}}}]})],
    "a policy that lets another namespace in": [LISTENS, service(),
                                                opens(**{"from": [{"namespaceSelector": {}}]})],
    "default deny with another policy that allows": [LISTENS, service(), policy({"policyTypes": ["Ingress"]}),
                                                     opens(ports=[{"port": "http", "protocol": "TCP"}])],
    "a policy of pods that nobody calls": [LISTENS, policy({"policyTypes": ["Ingress"]})],
    "egress to DNS and to what it calls": [
        LISTENS, service(), calls("http://shop"), policy({"podSelector": {}, "policyTypes": ["Egress"], "egress": [
            {"ports": [{"port": 53, "protocol": "UDP"}]},
            {"to": [{"podSelector": {"matchLabels": {"app": "shop"}}}]}]})],
    "an Ingress that leads somewhere": [ingress(), *CLASSES, service(), LISTENS],
    "an Ingress whose classes nobody read": [ingress(kind="traefik"), service(), LISTENS],
    "a bound claim": [claim("Bound"), storage_class(), pod(X, spec=USES)],
    "a claim that waits for a pod, and there is none": [
        claim(), storage_class(provisioner="ebs", volumeBindingMode="WaitForFirstConsumer"), LISTENS],
    "a quota with room": [quota("3"), LISTENS],
    "a quota that is used up and refuses nobody": [quota("4"), LISTENS],
    "an autoscaler between its bounds": [autoscaler(3, condition("ScalingActive", "True", "ValidMetricFound"))],
    "an autoscaler at rest": [autoscaler(0, condition("ScalingActive", "False", "ScalingDisabled"))],
    "an autoscaler at its minimum": [autoscaler(2, condition("ScalingLimited", "True", "TooFewReplicas"))],
    "a budget without room and nothing to drain": [LISTENS, budget(0), node()],
    "a budget with room": [LISTENS, budget(1), node()],
    "a CronJob that runs": [cron_job()],
    "a CronJob with names and macros": [cron_job(schedule="@daily"), cron_job(schedule="0 9-17/2 * JAN,MAR MON-FRI")],
    "a webhook that answers": [webhook(), slices(1, "guard", 0, "guard")],
    "a webhook that may be ignored": [webhook("Ignore"), slices(0, "guard", 1, "guard")],
    "a webhook whose backend nobody read": [webhook(), service(), LISTENS],
    "a namespace that lives": [wide("Namespace", "store", status={"phase": "Active"})],
    "a name service that answers": [slices(2, "kube-dns", 0, "kube-system")],
    "a name service of which one is down": [slices(1, "kube-dns", 1, "kube-system")],
}  # fmt: skip


@pytest.mark.parametrize("objects", HEALTHY.values(), ids=HEALTHY)
def test_what_is_as_it_should_be_is_no_trouble(objects: list[Json]) -> None:
    assert not troubles(*objects)


def test_a_service_whose_workload_is_scaled_to_zero_names_it_and_blames_nothing_else() -> None:
    scaled = deployment(0, 0)
    scaled["spec"]["template"] = {"metadata": {"labels": {"app": "shop"}}}
    found = signs(scaled, service(), slices(0), pod("other-1", metadata={"labels": {"app": "other"}}))
    mine = next(one for one in found if one.kind == "service_without_pods")
    assert mine.role is Role.SYMPTOM
    assert "Deployment shop, which it selects, is scaled to zero" in mine.says
    assert "service_selector_mismatch" not in {one.kind for one in found}


def test_a_service_without_a_ready_pod_is_a_symptom_of_its_pods() -> None:
    found = signs(pod(X, CRASHED, spec=PORTS), service(), slices(0, unready=1))
    mine = next(one for one in found if one.kind == "service_no_ready_endpoints")
    assert mine.role is Role.SYMPTOM
    assert "0 ready endpoints" in mine.says


def test_how_many_endpoints_are_ready_rules_the_service_out() -> None:
    found = signs(LISTENS, service(), slices(3))
    mine = next(one for one in found if one.kind == "service_well")
    assert mine.role is Role.WELL
    assert mine.says == "Service shop has 3 ready endpoints"


def test_a_name_that_a_log_cannot_resolve_is_a_missing_service_only_where_there_is_none() -> None:
    line = "dial tcp: lookup stock on 10.96.0.10:53: no such host"
    found = causes(pod(X, CRASHED), service(), logs={"app": [line]})
    there = causes(pod(X, CRASHED), service(), service("stock"), logs={"app": [line]})
    assert "Service stock does not exist" in found["service_missing"].says
    assert found["service_missing"].weight > 0.9
    assert "service_missing" not in there


FORBIDDEN = (
    'pods is forbidden: User "system:serviceaccount:store:shop" cannot list resource "pods" in API group "" in the '
    'namespace "store"'
)


def test_a_refusal_is_told_beside_the_bindings() -> None:
    subject = [{"kind": "ServiceAccount", "name": "shop", "namespace": "store"}]
    bound = thing("RoleBinding", "b", roleRef={"kind": "Role", "name": "reader"}, subjects=subject)
    roles = [thing("Role", "reader", rules=[]), empty("ClusterRoleBinding")]
    logs = {"app": [FORBIDDEN]}
    without = causes(pod(X, CRASHED), empty("RoleBinding"), empty("ClusterRoleBinding"), logs=logs)["rbac_denied"]
    with_role = causes(pod(X, CRASHED), bound, *roles, logs=logs)["rbac_denied"]
    unread = causes(pod(X, CRASHED), logs=logs)["rbac_denied"]
    assert "no RoleBinding or ClusterRoleBinding names it" in without.says
    assert "bound to Role reader, which does not allow that" in with_role.says
    assert "RoleBinding" not in unread.says
    assert without.service == "shop"


def test_nothing_is_concluded_from_the_absence_of_what_was_not_read() -> None:
    found = causes(HELD, ingress("gone", kind="traefik"), calls("http://stock:8080"))
    assert not {"pvc_missing", "ingress_backend_missing", "ingress_class_missing", "service_missing"} & set(found)


def test_a_secret_is_decoded_as_its_name_alone() -> None:
    secret = thing("Secret", "front-tls", data={"tls.key": "S3CRET"})
    found = signs(ingress(tls=[{"secretName": "front-tls"}]), secret, service(), LISTENS, *CLASSES)
    assert "S3CRET" not in repr(found)
    assert "ingress_tls_secret_missing" not in {one.kind for one in found}


def test_an_old_refusal_of_a_quota_with_room_is_no_trouble() -> None:
    old = event("FailedCreate", QUOTA, SET, "ReplicaSet", ago=300)
    assert "quota_exceeded" not in causes(quota("3"), deployment(2, 2), replica_set(), old, pod(X, status()))


def test_a_young_claim_is_given_time() -> None:
    young = claim()
    young["metadata"]["creationTimestamp"] = stamp(0.3)
    assert not troubles(young, storage_class("other"), LISTENS)


def test_a_service_by_another_name_is_told_of_the_workload_behind_it() -> None:
    wrong = causes(LISTENS, service("front-svc", selector={"app": "shopp"}), slices(0, "front-svc"))
    port = causes(LISTENS, service("front-svc", targetPort=9999))
    assert wrong["service_selector_mismatch"].service == "shop"
    assert wrong["service_selector_mismatch"].object == "Service/store/front-svc"
    assert port["service_target_port_mismatch"].service == "shop"


def test_of_many_pods_with_the_same_key_the_one_spelt_most_alike_is_nearest() -> None:
    others = [pod(f"p-{name}", metadata={"labels": {"app": name}, "ownerReferences": []}) for name in ("cart", "pay")]
    found = causes(*others, LISTENS, service(selector={"app": "shopp"}), slices(0))
    assert "nearest are pods with app=shop" in found["service_selector_mismatch"].says
    assert "cart" not in found["service_selector_mismatch"].says


def test_an_endpoint_of_two_address_families_counts_once() -> None:
    six = slices(3)
    six["addressType"], six["metadata"]["name"] = "IPv6", "shop-x6"
    says = [one.says for one in signs(LISTENS, service(), slices(3) | {"addressType": "IPv4"}, six)]
    assert "Service shop has 3 ready endpoints" in says
