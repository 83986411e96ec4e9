"""What it is not, each only where it was looked at; who still serves; and pods that are only being taken away."""

from datetime import UTC, datetime
from typing import Any

from bot.core.signs import Role, Sign
from tools.read.faults.analyzing import analyze
from tools.read.faults.reading import snapshot_of

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
SINCE = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def pod(name: str, *, ready: bool = True, born: str = "2026-05-04T08:00:00Z", **more: Any) -> dict[str, Any]:
    state = more.pop("state", {"running": {}} if ready else {"waiting": {"reason": "CrashLoopBackOff"}})
    status = {"name": "web", "ready": ready, "restartCount": more.pop("restarts", 0), "state": state}
    status["lastState"] = more.pop("last", {})
    meta = {"name": name, "namespace": "shop", "creationTimestamp": born, **more}
    meta["ownerReferences"] = [{"kind": "ReplicaSet", "name": name.rpartition("-")[0], "controller": True}]
    return {
        "kind": "Pod",
        "metadata": meta,
        "spec": {"nodeName": "node-1", "containers": [{"name": "web"}]},
        "status": {
            "phase": "Running",
            "containerStatuses": [status],
            "conditions": [{"type": "Ready", "status": str(ready)}],
        },
    }


def deployment(wanted: int, ready: int) -> dict[str, Any]:
    status = {"replicas": wanted, "readyReplicas": ready, "availableReplicas": ready, "updatedReplicas": wanted}
    return {
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": wanted},
        "status": status,
    }


def signs(*objects: dict[str, Any]) -> tuple[Sign, ...]:
    return analyze(snapshot_of(objects, NOW, SINCE))


def well(found: tuple[Sign, ...]) -> str:
    return " | ".join(one.says for one in found if one.role is Role.WELL)


def test_beside_a_crash_it_is_said_to_be_neither_memory_nor_quota_nor_room_nor_image() -> None:
    crashed = {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "2026-05-04T09:58:00Z"}}
    found = signs(pod("web-6d5f8c9b77-abcde", ready=False, restarts=4, last=crashed))

    assert "Not OOM: not an OOM kill, no container of 1 pods ended as OOMKilled (seen: exit code 1)" in well(found)
    assert "Not quota" in well(found)
    assert "Not insufficient capacity" in well(found)
    assert "Not an image pull" in well(found)
    assert "Not a probe" in well(found)
    assert "Not a crash" not in well(found)


def test_what_it_is_is_not_ruled_out() -> None:
    killed = {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-05-04T09:58:00Z"}}
    pulling = {"waiting": {"reason": "ImagePullBackOff"}}
    quota = {
        "kind": "Event",
        "metadata": {"name": "e", "namespace": "shop"},
        "reason": "FailedCreate",
        "message": "pods is forbidden: exceeded quota: compute",
        "lastTimestamp": "2026-05-04T09:58:00Z",
        "involvedObject": {"kind": "ReplicaSet", "name": "web-6d5f8c9b77", "namespace": "shop"},
    }
    unplaced = pod("web-6d5f8c9b77-ccccc", ready=False, state={})
    unplaced["spec"]["nodeName"] = ""
    found = signs(
        pod("web-6d5f8c9b77-abcde", ready=False, restarts=4, last=killed),
        pod("web-6d5f8c9b77-bbbbb", ready=False, state=pulling),
        unplaced,
        quota,
    )

    assert "Not " not in well(found).replace("Not a probe", "").replace("NotReady", "")


def test_the_old_replica_set_that_still_serves_is_named() -> None:
    found = signs(
        pod("web-6d5f8c9b77-abcde"),
        pod("web-9aa1b2c3d4-abcde", ready=False, born="2026-05-04T09:40:00Z"),
        deployment(2, 1),
    )

    assert "The old ReplicaSet web-6d5f8c9b77 of Deployment web still serves: 1 of 1 of its pods are Ready" in well(
        found
    )
    assert "old ReplicaSet" not in well(signs(pod("web-6d5f8c9b77-abcde"), pod("web-9aa1b2c3d4-abcde")))


def test_pods_that_run_are_said_to() -> None:
    assert "No active failure of pods: all 2 are now Running and Ready" in well(
        signs(pod("web-6d5f8c9b77-abcde"), pod("web-6d5f8c9b77-bbbbb"))
    )
    assert "No active failure" not in well(signs(pod("web-6d5f8c9b77-abcde", ready=False)))


def test_a_pod_that_is_taken_away_while_others_serve_is_no_trouble() -> None:
    going = pod("web-9aa1b2c3d4-zzzzz", ready=False, restarts=2, deletionTimestamp="2026-05-04T09:41:00Z")
    found = signs(going, pod("web-6d5f8c9b77-abcde"), pod("web-6d5f8c9b77-bbbbb"), deployment(2, 2))

    assert [one for one in found if one.role in (Role.CAUSE, Role.SYMPTOM)] == []
    assert "not a current failure" in " ".join(one.says for one in found if one.role is Role.PAST)


def test_a_pod_that_cannot_go_is_trouble_where_its_place_is_not_taken() -> None:
    going = pod("web-9aa1b2c3d4-zzzzz", ready=False, deletionTimestamp="2026-05-04T09:41:00Z")

    assert "pod_stuck_terminating" in [one.kind for one in signs(going, pod("web-6d5f8c9b77-abcde", ready=False))]


def test_a_bare_end_is_no_reason_where_another_line_names_one() -> None:
    crashed = {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "2026-05-04T09:58:00Z"}}
    ill = pod("web-6d5f8c9b77-abcde", ready=False, restarts=4, last=crashed)
    lines = ("FATAL required variable QUEUE_URL is not set", "FATAL exiting with code 1")
    logs = {("shop", "web-6d5f8c9b77-abcde", "web"): lines}
    found = analyze(snapshot_of([ill], NOW, SINCE, logs=logs))

    assert "QUEUE_URL is not set" in found[0].says


def event(reason: str, message: str, about: str) -> dict[str, Any]:
    return {
        "kind": "Event",
        "metadata": {"name": reason, "namespace": "shop"},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "lastTimestamp": "2026-05-04T09:58:00Z",
        "involvedObject": {"kind": "Pod", "name": about, "namespace": "shop"},
    }


def test_an_out_of_memory_that_only_an_event_tells_is_one() -> None:
    ill = pod("web-6d5f8c9b77-abcde", ready=False, restarts=4)
    told = event("BackOff", "Back-off restarting failed container (reason=OOMKilled)", "web-6d5f8c9b77-abcde")
    found = signs(ill, told)

    assert found[0].kind == "oom_killed"
    assert "Not OOM" not in well(found)


def test_a_container_that_came_back_in_the_window_did_end_in_it() -> None:
    ended = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    back = pod("web-6d5f8c9b77-abcde", restarts=4, last=ended, state={"running": {"startedAt": "2026-05-04T09:57:00Z"}})
    before = pod(
        "web-6d5f8c9b77-abcde", restarts=4, last=ended, state={"running": {"startedAt": "2026-05-04T08:57:00Z"}}
    )

    assert "oom_killed" in [one.kind for one in signs(back)]
    assert [one for one in signs(before) if one.role is Role.CAUSE] == []


def test_an_evicted_pod_is_over_only_where_its_workload_is_whole() -> None:
    gone = pod("web-6d5f8c9b77-zzzzz", ready=False, state={})
    gone["status"] |= {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
    whole = signs(gone, pod("web-6d5f8c9b77-abcde"), pod("web-6d5f8c9b77-bbbbb"), deployment(2, 2))
    short = signs(gone, pod("web-6d5f8c9b77-abcde"), deployment(2, 1))

    assert [one.role for one in whole if one.kind == "pod_evicted"] == [Role.PAST]
    assert [one.role for one in short if one.kind == "pod_evicted"] == [Role.CAUSE]


def test_what_events_would_say_is_not_ruled_out_without_them() -> None:
    found = analyze(snapshot_of([pod("web-6d5f8c9b77-abcde")], NOW, SINCE, unread={"Event": "forbidden"}))

    assert "Not quota" not in well(found)
    assert "Not a probe" not in well(found)
    assert "Not OOM" in well(found)
