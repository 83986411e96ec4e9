"""Each fault of pods, nodes and workloads is told as a cause, with what decides it; its healthy twin is not."""

from typing import Any

import pytest

from bot.core.signs import Role
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
    unscheduled,
    waiting,
)

OOM = {"reason": "OOMKilled", "exitCode": 137}
ERROR = {"reason": "Error", "exitCode": 1}
ANSWERED = "probe failed: HTTP probe failed with statuscode"
X = f"shop-{HASH}-x7gr9"
LIMIT = {"containers": [container(resources={"limits": {"memory": "128Mi"}})]}
NO_NODE = "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
LIVENESS = {"port": 9090, "path": "/healthz", "scheme": "HTTP"}
ENDED = {"reason": "Completed", "exitCode": 0}
HELD_AT_PROBE = status(ready=False, restartCount=5, lastState={"terminated": {**ENDED, "finishedAt": stamp(1)}})


def pulling(message: str, reason: str = "ImagePullBackOff") -> list[Json]:
    return [pod(X, waiting("ImagePullBackOff", "Back-off pulling image"), status={"phase": "Pending"}),
            event("Failed", f'Failed to pull image "registry.example/shop:1.2": {message}')]  # fmt: skip


def crashed(**ended: Any) -> list[Json]:
    return [pod(X, waiting("CrashLoopBackOff", "back-off 5m0s", restarts=7, ended=ended))]


# (the class as the list of fault classes calls it, the kind of the sign, the objects, what it must say)
CASES: list[tuple[str, str, list[Json], tuple[str, ...]]] = [
    ("oom_killed", "oom_killed",
     [pod(X, waiting("CrashLoopBackOff", restarts=7, ended=OOM), spec=LIMIT)],
     ("OOMKilled", "128Mi", "exit code 137", "CrashLoopBackOff", "restarted 7 times")),
    ("init_container_crash_or_hang", "init_container_crash",
     [pod(X, waiting("PodInitializing"), status={"phase": "Pending", "initContainerStatuses": [
         waiting("CrashLoopBackOff", name="migrate", restarts=4, ended=ERROR)]})],
     ("init container migrate", "exit code 1")),
    ("image_not_found", "image_not_found", pulling("manifest for registry.example/shop:1.2: manifest unknown"),
     ("ImagePullBackOff", "registry.example/shop:1.2", "manifest unknown")),
    ("image_registry_dns", "image_registry_dns", pulling("dial tcp: lookup registry.example: no such host"),
     ("does not resolve", "no such host")),
    ("image_pull_secret_missing", "image_pull_secret_missing", pulling("unexpected status: 401 Unauthorized"),
     ("imagePullSecrets", "401")),
    ("image_wrong_arch", "image_wrong_arch", pulling("no match for platform in manifest"), ("architecture",)),
    ("config_or_secret_missing", "config_missing",
     [pod(X, waiting("CreateContainerConfigError", 'configmap "shop-settings" not found'))],
     ("CreateContainerConfigError", "shop-settings")),
    ("config_or_secret_missing", "secret_missing",
     [pod(X, waiting("ContainerCreating"), status={"phase": "Pending"}),
      event("FailedMount", 'MountVolume.SetUp failed for volume "tls" : secret "shop-tls" not found')],
     ("FailedMount", "shop-tls")),
    ("node_selector_mismatch", "node_selector_mismatch",
     [unscheduled("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
                  spec={"nodeSelector": {"disk": "nvme"}}), node()],
     ("FailedScheduling", "disk=nvme", "disk=ssd")),
    ("node_affinity_mismatch", "node_affinity_mismatch",
     [unscheduled("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
                  spec={"affinity": {"nodeAffinity": {"required": {}}}})], ("node affinity",)),
    ("node_cordoned", "node_cordoned", [unscheduled("0/3 nodes are available: 3 node(s) were unschedulable.")],
     ("unschedulable",)),
    ("taint_untolerated", "taint_untolerated",
     [unscheduled("0/2 nodes are available: 2 node(s) had untolerated taint {gpu: true}. preemption: 0/2 nodes")],
     ("untolerated taint {gpu: true}",)),
    ("pod_anti_affinity", "pod_anti_affinity",
     [unscheduled("0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.")], ("anti-affinity",)),
    ("cpu_or_memory_capacity", "cpu_or_memory_capacity",
     [unscheduled(NO_NODE + "2 Insufficient memory.",
                  spec={"containers": [container(resources={"requests": {"memory": "64Gi"}})]}), node()],
     ("Insufficient memory", "64Gi", "largest node")),
    ("preempted_by_priority", "preempted_by_priority",
     [pod(X, status(ready=False), status={"phase": "Failed", "reason": "Preempting"}),
      event("Preempted", "Preempted by pod urgent-1 on node worker-1")], ("preempted", "urgent-1")),
    ("quota_exceeded", "quota_exceeded",
     [deployment(1, 2), replica_set(), event("FailedCreate", 'pods "shop-x" is forbidden: exceeded quota: team, '
      "requested: cpu=1, used: cpu=4, limited: cpu=4", f"shop-{HASH}", "ReplicaSet")],
     ("exceeded quota", "limited: cpu=4")),
    ("service_account_missing", "service_account_missing",
     [event("FailedCreate", 'pods "shop-x" is forbidden: error looking up service account store/shop: serviceaccount '
      '"shop" not found', f"shop-{HASH}", "ReplicaSet")], ("ServiceAccount", '"shop" not found')),
    ("pvc_missing", "pvc_missing", [unscheduled('0/3 nodes are available: persistentvolumeclaim "data" not found.')],
     ("data",)),
    ("liveness_probe_wrong_port/protocol/timing", "liveness_probe_wrong",
     [pod(X, HELD_AT_PROBE, spec={"containers": [container(ports=[{"containerPort": 8080}],
          livenessProbe={"httpGet": LIVENESS})]}),
      event("Unhealthy", 'Liveness probe failed: Get "http://10.1.1.1:9090/healthz": connect: connection refused')],
     ("Liveness probe", "9090", "8080", "not OOMKilled", "exit code 0")),
    ("liveness_probe_wrong_port/protocol/timing", "liveness_probe_failing",
     [pod(X, HELD_AT_PROBE), event("Unhealthy", f"Liveness {ANSWERED}: 500")],
     ("statuscode: 500", "kubelet restarts it", "not OOMKilled")),
    ("readiness_probe_wrong", "readiness_probe_wrong",
     [pod(X, status(ready=False)), event("Unhealthy", f"Readiness {ANSWERED}: 404")],
     ("statuscode: 404", "gets no traffic")),
    ("deployment_zero_replicas", "deployment_zero_replicas", [deployment(0, 0)], ("zero replicas",)),
    ("volume_permission_denied", "crash_loop_app_error", crashed(reason="Error", exitCode=1), ("permission denied",)),
    ("crash_loop_app_error", "crash_loop_app_error", crashed(reason="Error", exitCode=1),
     ("exit code 1", "permission denied")),
]  # fmt: skip
LOGS = {"app": ["starting", "open /data/state: permission denied", ""]}


@pytest.mark.parametrize(
    ("kind", "objects", "words"), [case[1:] for case in CASES], ids=[f"{c[0]}-{c[1]}" for c in CASES]
)
def test_a_fault_is_told_with_what_decides_it(kind: str, objects: list[Json], words: tuple[str, ...]) -> None:
    found = causes(*objects, logs=LOGS)
    assert kind in found, {one.kind: one.says for one in signs(*objects, logs=LOGS)}
    sign = found[kind]
    assert [word for word in words if word not in sign.says] == [], sign.says
    assert sign.weight >= 0.55
    assert sign.service == "shop" or sign.object.startswith("ReplicaSet/")
    assert sign.namespace == "store"


def test_a_healthy_cluster_has_no_trouble_and_says_what_is_well() -> None:
    found = signs(pod(), deployment(1, 1), replica_set(), node())
    assert {one.role for one in found} == {Role.WELL}
    assert any("1 of 1 replicas ready" in one.says and "ever restarted" in one.says for one in found)
    assert any("nodes are Ready" in one.says for one in found)


@pytest.mark.parametrize(
    "old",
    [
        event("FailedScheduling", "0/3 nodes are available: 3 Insufficient cpu."),
        event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", ago=20),
        event("BackOff", "Back-off restarting failed container", ago=400),
        event("FailedMount", 'configmap "shop-settings" not found'),
    ],
)
def test_a_warning_of_a_pod_that_is_well_now_is_over(old: Json) -> None:
    found = signs(pod(), old)
    assert [one.kind for one in found if one.role in (Role.CAUSE, Role.SYMPTOM)] == []
    past = [one for one in found if one.role is Role.PAST]
    assert len(past) == 1
    assert "is over" in past[0].says


def test_many_restarts_long_ago_are_no_trouble() -> None:
    old = status(restartCount=40, lastState={"terminated": {**OOM, "finishedAt": stamp(5000)}})
    found = signs(pod(X, old))
    assert {one.role for one in found} == {Role.WELL}
    assert any("40 restarts in all, none of them recent" in one.says for one in found)


def test_a_finished_jobs_pod_is_no_trouble() -> None:
    done = status(ready=False, state={"terminated": {"reason": "Completed", "exitCode": 0, "finishedAt": stamp(1)}})
    assert troubles(pod("nightly-28000000-abcde", done, ready=False, status={"phase": "Succeeded"})) == []


def test_a_finished_init_container_is_no_trouble() -> None:
    done = status("migrate", ready=True, state={"terminated": {"reason": "Completed", "exitCode": 0}})
    assert troubles(pod(status={"initContainerStatuses": [done]})) == []


def test_a_control_planes_taint_is_never_what_keeps_a_pod_waiting_where_there_is_more() -> None:
    found = signs(unscheduled(NO_NODE + "2 Insufficient cpu."))
    told = [(one.kind, one.weight) for one in found if one.role is Role.CAUSE]
    assert told[0][0] == "cpu_or_memory_capacity"
    assert dict(told)["taint_untolerated"] < 0.5


def test_the_same_of_several_pods_is_told_once_with_how_many() -> None:
    pods = [pod(f"shop-{HASH}-aaaa{n}", waiting("CrashLoopBackOff", restarts=3, ended=OOM)) for n in range(1, 4)]
    found = [one for one in signs(*pods) if one.kind == "oom_killed"]
    assert len(found) == 1
    assert "the same of 2 more pods of shop" in found[0].says
    assert found[0].facts["count"] == 3


def test_a_command_that_is_not_there_is_told_with_the_one_it_may_be() -> None:
    said = 'failed to create containerd task: exec: "wegt": executable file not found in $PATH'
    ended = {"reason": "StartError", "exitCode": 128, "message": said}
    found = causes(pod(X, waiting("CrashLoopBackOff", restarts=3, ended=ended)))
    assert "wegt not found; a typo of wget?" in found["command_not_found"].says


def test_a_program_of_another_architecture_is_told_from_its_log() -> None:
    found = causes(*crashed(reason="Error", exitCode=1), logs={"app": ["exec /app: exec format error"]})
    assert "exec format error" in found["image_wrong_arch"].says


def test_a_kill_without_a_reason_is_a_symptom_that_says_it_is_no_oom() -> None:
    found = {one.kind: one for one in signs(*crashed(reason="Error", exitCode=137))}
    assert found["container_killed"].role is Role.SYMPTOM
    assert "does not say OOMKilled" in found["container_killed"].says


def test_a_command_that_ends_well_again_and_again_is_told() -> None:
    found = causes(*crashed(reason="Completed", exitCode=0))
    assert "exit code 0 (Completed)" in found["completes_and_restarts"].says


@pytest.mark.parametrize(
    ("condition", "kind"),
    [
        ({"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}, "node_not_ready"),
        ({"type": "MemoryPressure", "status": "True"}, "node_memory_pressure"),
        ({"type": "DiskPressure", "status": "True"}, "node_disk_pressure"),
        ({"type": "PIDPressure", "status": "True"}, "node_pid_pressure"),
        ({"type": "NetworkUnavailable", "status": "True"}, "node_network_unavailable"),
    ],
)  # fmt: skip
def test_a_node_in_trouble_is_told_with_the_pods_on_it(condition: Json, kind: str) -> None:
    found = causes(node("worker-1", condition), pod(X, status(ready=False)))
    assert "1 of 1 pods on it are not ready" in found[kind].says
    assert found[kind].object == "Node//worker-1"


def test_what_a_node_went_through_is_over_once_it_is_ready() -> None:
    found = signs(node(), event("NodeNotReady", "Node worker-1 status is now: NodeNotReady", "worker-1", "Node"))
    assert {one.role for one in found} == {Role.WELL, Role.PAST}


def test_a_stuck_rollout_names_its_new_replica_set_and_can_be_rolled_back() -> None:
    stuck = {
        "type": "Progressing",
        "status": "False",
        "reason": "ProgressDeadlineExceeded",
        "message": 'ReplicaSet "shop-9f9f9f9f9" has timed out progressing.',
    }
    found = {one.kind: one for one in signs(deployment(2, 2, 1, stuck))}
    sign = found["rollout_stuck"]
    assert sign.role is Role.SYMPTOM
    assert "ProgressDeadlineExceeded" in sign.says
    assert "shop-9f9f9f9f9" in sign.says
    assert sign.facts["remedy"] == {
        "tool": "roll_back_deployment", "arguments": {"namespace": "store", "name": "shop"}
    }  # fmt: skip


def test_an_evicted_pod_is_over_once_its_workload_is_whole_again() -> None:
    gone = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
    evicted = pod(f"shop-{HASH}-old00", status(ready=False), status=gone)
    alone = {one.kind: one.role for one in signs(evicted)}
    whole = {one.kind: one.role for one in signs(evicted, pod())}
    assert (alone["pod_evicted"], whole["pod_evicted"]) == (Role.CAUSE, Role.PAST)


def test_a_failed_job_is_told_with_the_end_of_its_pod() -> None:
    owner = [{"kind": "Job", "name": "nightly-28000000", "controller": True}]
    ended = status(ready=False, state={"terminated": {"reason": "Error", "exitCode": 2, "finishedAt": stamp(4)}})
    failed = pod("nightly-28000000-abcde", ended, ready=False, status={"phase": "Failed"},
                 metadata={"ownerReferences": owner, "labels": {}})  # fmt: skip
    job = {
        "kind": "Job",
        "metadata": {
            "name": "nightly-28000000",
            "namespace": "store",
            "ownerReferences": [{"kind": "CronJob", "name": "nightly"}],
        },
        "status": {"failed": 3, "conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]},
    }
    found = {one.kind: one for one in signs(failed, job)}
    assert "BackoffLimitExceeded" in found["job_failed"].says
    assert found["job_failed"].service == "nightly"
    assert found["crash_loop_app_error"].service == "nightly"


def test_one_restart_minutes_ago_is_over_once_the_pod_is_ready_and_several_are_not() -> None:
    def ready_again(count: int) -> tuple[Any, ...]:
        ended = {"terminated": {"reason": "Error", "exitCode": 1, "finishedAt": stamp(8)}}
        return signs(pod(X, status(restartCount=count, lastState=ended)))

    once, often = ready_again(1), ready_again(4)
    assert {one.role for one in once} == {Role.WELL}
    assert any("the last at 02:02:00 is over" in one.says for one in once)
    assert any(one.kind == "crash_loop_app_error" for one in often)


def test_a_refusal_of_a_moment_is_over_where_all_pods_are_ready() -> None:
    refused = event(
        "FailedCreate",
        'error looking up service account: serviceaccount "shop" not found',
        f"shop-{HASH}",
        "ReplicaSet",
    )
    assert {one.role for one in signs(pod(), refused)} == {Role.WELL, Role.PAST}
    assert "service_account_missing" in causes(refused)


def test_a_controller_without_the_right_is_no_missing_service_account() -> None:
    denied = 'pods is forbidden: User "system:serviceaccount:kube-system:replicaset-controller" cannot create pods'
    assert set(causes(event("FailedCreate", denied, f"shop-{HASH}", "ReplicaSet"))) == {"rbac_denied"}


def test_a_word_that_holds_oom_is_no_missing_memory() -> None:
    ended = {
        "reason": "StartError",
        "exitCode": 128,
        "message": 'error mounting "/var/lib/bloom": no such file or directory',
    }
    assert "oom_killed" not in causes(pod(X, waiting("CrashLoopBackOff", restarts=3, ended=ended)))


def test_a_limit_range_is_told_as_one() -> None:
    refused = 'pods "shop" is forbidden: maximum memory usage per Container is 1Gi, but limit is 4Gi'
    assert set(causes(event("FailedCreate", refused, f"shop-{HASH}", "ReplicaSet"))) == {"limit_range"}
