"""What a Kubernetes API server answers, well and badly, and what the tools make of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.looks import ToolLooks
from bot.core.events import Outcome
from bot.core.tool import Observation
from tests.tools.read.answering import Answering, Reply, a_look, answering
from tools.read.sources.cluster import ClusterSettings

Kubeconfig = Callable[[str, str], str]
APPS, CORE = "/apis/apps/v1/namespaces/shop", "/api/v1/namespaces/shop"


def status(code: int, reason: str, words: str, **details: str) -> Reply:
    return Reply({"kind": "Status", "status": "Failure", "reason": reason, "message": words, "code": code,
                  "details": details}, code)  # fmt: skip


def listing(*items: dict[str, Any], following: str = "", remaining: int | None = None) -> Reply:
    metadata = {"continue": following, "remainingItemCount": remaining} if following else {}
    return Reply({"kind": "List", "metadata": metadata, "items": list(items) or None})


def template(image: str = "api:1", **env: str) -> dict[str, Any]:
    variables = [{"name": name, "value": value} for name, value in env.items()]
    spec = {"containers": [{"name": "api", "image": image, "env": variables or None}]}
    return {"metadata": {"labels": {"app": "api"}}, "spec": spec}


def deployment(name: str = "api", **more: Any) -> dict[str, Any]:
    annotations = {"deployment.kubernetes.io/revision": "2"}
    found = {
        "metadata": {"name": name, "namespace": "shop", "uid": f"u-{name}", "generation": 2, "annotations": annotations,
                     "labels": {"app": name}},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template()},
        "status": {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2,
                   "availableReplicas": 2, "conditions": None},
    }  # fmt: skip
    for part, fields in more.items():
        found[part] = {**found[part], **fields}
    return found


def replica_set(revision: int, at: str, image: str, owner: str = "u-api", **more: Any) -> dict[str, Any]:
    annotations = {"deployment.kubernetes.io/revision": str(revision), **more.pop("annotations", {})}
    labels = {"app": "api", "pod-template-hash": f"h{revision}"}
    return {
        "metadata": {"name": f"api-h{revision}", "creationTimestamp": at, "annotations": annotations, "labels": labels,
                     "ownerReferences": [{"kind": "Deployment", "name": "api", "uid": owner, "controller": True}]},
        "spec": {"replicas": 2, "template": template(image, **more)},
        "status": {"replicas": 2, "readyReplicas": 1},
    }  # fmt: skip


def pod(name: str, ready: bool = True, restarts: int = 0, **container: Any) -> dict[str, Any]:
    owner = {"kind": "ReplicaSet", "name": "api-h2", "uid": "r2", "controller": True}
    return {
        "metadata": {"name": name, "uid": name, "creationTimestamp": "2026-11-20T02:00:00Z",
                     "labels": {"app": "api", "pod-template-hash": "h2"}, "ownerReferences": [owner]},
        "spec": {"nodeName": "n1"},
        "status": {"phase": "Running", "startTime": "2026-11-20T02:00:01Z",
                   "conditions": [{"type": "Ready", "status": "True" if ready else "False", "reason": "Unready"}],
                   "containerStatuses": [{"name": "api", "ready": ready, "restartCount": restarts, **container}]},
    }  # fmt: skip


OTHER_KINDS = {
    f"{APPS}/statefulsets": listing(), f"{APPS}/daemonsets": listing(), f"{CORE}/services": listing(),
}  # fmt: skip


def none_of(name: str) -> Reply:
    return status(404, "NotFound", f'"{name}" not found', name=name)


@pytest.fixture
def look(kubeconfig: Kubeconfig) -> Callable[..., tuple[Observation, Answering]]:
    def ask(routes: dict[str, Any], tool: str, seconds: float = 5.0, **arguments: Any) -> tuple[Observation, Answering]:
        with answering({**OTHER_KINDS, **routes}) as server:
            looks = ToolLooks(given=[ClusterSettings(kubeconfig=kubeconfig(server.url, "t0k"))])
            return looks.look(tool, arguments, a_look(seconds)), server

    return ask


Ask = Callable[..., tuple[Observation, Answering]]
FORBIDDEN = status(403, "Forbidden", 'pods is forbidden: User "x" cannot list resource "pods"')


@pytest.mark.parametrize(
    ("reply", "outcome", "words"),
    [
        (FORBIDDEN, Outcome.DENIED, "Kubernetes refused: 403 pods is forbidden: User"),
        (status(401, "Unauthorized", "Unauthorized"), Outcome.DENIED, "refused: 401"),
        (status(504, "Timeout", "etcd is slow"), Outcome.TIMED_OUT, "gave up: etcd is slow"),
        (status(500, "InternalError", "boom"), Outcome.FAILED, "answered 500: boom"),
        (status(410, "Expired", "continue token expired"), Outcome.FAILED, "answered 410: continue token"),
        (Reply(b"<html>404 not found</html>", 404), Outcome.FAILED, "answered 404: <html>"),
        (Reply(b"{garbage"), Outcome.FAILED, "in a shape that is not its API's"),
        (Reply({"items": [{"metadata": "x"}]}), Outcome.FAILED, "in a shape that is not its API's"),
        (listing(), Outcome.NO_DATA, "There is no pod in shop"),
    ],
)
def test_every_failure_has_its_outcome_and_words(look: Ask, reply: Reply, outcome: Outcome, words: str) -> None:
    found, _ = look({f"{CORE}/pods": reply}, "list_pods", namespace="shop")

    assert found.outcome is outcome, found.digest
    assert words in found.digest


def test_a_server_that_hangs_times_out(look: Ask) -> None:
    found, server = look({"/": Reply({}, after=5)}, "list_pods", 0.6, namespace="shop")

    assert found.outcome is Outcome.TIMED_OUT
    assert len(server.seen) == 1


def test_a_kubeconfig_that_is_not_there_or_no_kubeconfig_is_said(tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("hello: 1")
    for path, words in ((tmp_path / "none", "a file that is not there"), (tmp_path / "bad", "cannot be used")):
        looks = ToolLooks(given=[ClusterSettings(kubeconfig=str(path))])
        found = looks.look("list_nodes", {}, a_look())

        assert found.outcome is Outcome.FAILED
        assert words in found.digest


def test_the_token_is_sent_and_nothing_but_get(look: Ask) -> None:
    _, server = look(
        {f"{CORE}/pods": listing(pod("a")), f"{APPS}/replicasets": listing()}, "list_pods", namespace="shop"
    )

    assert {seen.headers.get("authorization") for seen in server.seen} == {"Bearer t0k"}
    assert {seen.method for seen in server.seen} == {"GET"}


def test_a_workload_that_is_gone_is_no_data_but_a_proxys_404_is_a_failure(look: Ask) -> None:
    gone = {f"{APPS}/{kind}/api": none_of("api") for kind in ("deployments", "statefulsets", "daemonsets")}
    found, _ = look(gone, "read_workload", namespace="shop", name="api")
    proxy, _ = look({**gone, f"{APPS}/deployments/api": status(404, "NotFound", "no route")}, "read_workload",
                    namespace="shop", name="api")  # fmt: skip

    assert found.outcome is Outcome.NO_DATA
    assert proxy.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"status": {"observedGeneration": 1}}, "has not seen the newest change"),
        ({"status": {"updatedReplicas": 1}}, "rollout is under way: 1 of 2"),
        ({"status": {"replicas": 3}}, "1 pods of an older revision"),
        ({"status": {"readyReplicas": 1}}, "1 of 2 replicas are ready"),
        ({"status": {"readyReplicas": None}}, "in a shape"),
        ({"status": {"availableReplicas": 0}}, "0 of 2 replicas are available"),
        (
            {"status": {"conditions": [{"type": "Progressing", "status": "False", "reason": "Late"}]}},
            "does not progress: Late",
        ),
    ],
)
def test_a_workload_is_healthy_or_says_why_not(look: Ask, changes: dict[str, Any], why: str | None) -> None:
    routes = {f"{APPS}/deployments/api": Reply(deployment(**changes)), f"{APPS}/replicasets": listing()}
    found, _ = look(routes, "read_workload", namespace="shop", name="api")

    if why is None:
        assert found.facts["workload"]["healthy"]
    else:
        assert why in found.digest


def test_lists_are_read_page_by_page_with_the_servers_token(look: Ask) -> None:
    pages = [listing(pod("a"), following="tok"), listing(pod("b"))]
    found, server = look({f"{CORE}/pods": pages, f"{APPS}/replicasets": listing()}, "list_pods", namespace="shop")

    assert [one["name"] for one in found.facts["pods"]] == ["a", "b"]
    assert server.seen[1].query["continue"] == ["tok"]
    assert found.facts["left_out"] == 0


def test_what_a_capped_list_left_out_is_said(look: Ask) -> None:
    page = listing(*[pod(f"p{number}") for number in range(500)], following="more", remaining=7000)
    found, server = look({f"{CORE}/pods": page, f"{APPS}/replicasets": listing()}, "list_pods", namespace="shop")

    assert len([seen for seen in server.seen if seen.path.endswith("/pods")]) == 10
    assert (found.facts["total"], found.facts["left_out"]) == (5000, 7000)
    assert found.digest.splitlines()[1].startswith("INCOMPLETE: only the first 5,000 of about 12,000 pods in shop were")
    assert found.facts["incomplete"] in found.digest


def test_rollouts_say_what_changed_and_keep_secrets(look: Ask) -> None:
    old = replica_set(1, "2026-11-20T01:00:00Z", "api:1", MODE="a", DB_PASSWORD="hunter2")
    new = replica_set(2, "2026-11-20T02:15:00Z", "api:2", MODE="b", DB_PASSWORD="hunter3!")
    alien = replica_set(9, "2026-11-20T02:16:00Z", "x:9", owner="u-other")
    routes = {f"{APPS}/deployments": listing(deployment()), f"{APPS}/replicasets": listing(new, alien, old)}
    found, _ = look(routes, "rollout_history", namespace="shop", service="api")
    newest, first = found.facts["rollouts"]

    assert [one["revision"] for one in (newest, first)] == [2, 1]
    assert (newest["current"], newest["seconds_before_alert"], newest["template_hash"]) == (True, 300.0, "h2")
    assert [change["what"] for change in newest["changes"]] == [
        "image of api",
        "env DB_PASSWORD of api",
        "env MODE of api",
    ]
    assert "hunter" not in repr(found)
    assert "5 min before the alert" in found.digest


@pytest.mark.parametrize(
    "name", ["DB_PASS", "STRIPE_KEY", "HMAC_KEY", "REDIS_AUTH", "SENTRY_DSN", "HASH_SALT", "PLAIN"]
)
def test_rollouts_tell_values_only_where_they_are_harmless(look: Ask, name: str) -> None:
    old = replica_set(1, "2026-11-20T01:00:00Z", "api:1", FAST="off", **{name: "hunter2hunter2"})
    new = replica_set(2, "2026-11-20T02:15:00Z", "api:1", FAST="on", **{name: "hunter3!hunter3"})
    for one, given in ((old, "hunter2"), (new, "hunter3")):
        one["spec"]["template"]["spec"]["containers"][0]["args"] = ["--db-pass", given, f"--token={given}", "--fast"]
    routes = {f"{APPS}/deployments": listing(deployment()), f"{APPS}/replicasets": listing(new, old)}
    found, _ = look(routes, "rollout_history", namespace="shop", service="api")
    told = {change["what"]: (change["before"], change["after"]) for change in found.facts["rollouts"][0]["changes"]}

    hidden = "--db-pass [redacted] --token=[redacted] --fast"
    assert told == {
        "env FAST of api": ("off", "on"),
        f"env {name} of api": ("value hidden", "changed, value hidden"),
        "args of api": (hidden, f"{hidden} (a different value)"),
    }
    assert "hunter" not in repr(found)


def test_a_template_taken_up_again_by_a_roll_back_is_not_as_old_as_its_first_use(look: Ask) -> None:
    again = replica_set(
        2, "2026-11-01T00:00:00Z", "api:1", annotations={"deployment.kubernetes.io/revision-history": "1"}
    )
    moved = {"type": "Progressing", "status": "True", "lastUpdateTime": "2026-11-20T02:18:00Z"}
    routes = {
        f"{APPS}/deployments": listing(deployment(status={"conditions": [moved]})),
        f"{APPS}/replicasets": listing(again),
    }
    found, _ = look(routes, "rollout_history", namespace="shop", service="api")
    [one] = found.facts["rollouts"]

    assert one["at"] == "2026-11-20T02:18:00.000Z"
    assert "used before" in one["at_from"]


def test_pods_in_trouble_come_first_with_reason_and_last_words(look: Ask) -> None:
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}
    ended = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2026-11-20T02:19:00Z"}}
    sick = pod("sick", False, 7, state=waiting, lastState=ended)
    routes = {
        f"{APPS}/deployments": listing(deployment()),
        f"{APPS}/replicasets": listing(replica_set(2, "2026-11-20T02:15:00Z", "api:2")),
        f"{CORE}/pods": listing(pod("well"), sick),
    }
    found, server = look(routes, "list_pods", namespace="shop", service="api")
    first = found.facts["pods"][0]

    assert (first["name"], first["ready"], first["restarts"], first["reason"]) == ("sick", False, 7, "CrashLoopBackOff")
    assert first["last_state"] == {"reason": "OOMKilled", "exit_code": 137, "at": "2026-11-20T02:19:00.000Z"}
    assert (first["restarted_at"], first["revision"], first["owner"]) == (
        "2026-11-20T02:19:00.000Z",
        2,
        "ReplicaSet/api-h2",
    )
    assert first["age_s"] == 22 * 60 - 1
    assert (found.facts["total"], found.facts["unready"]) == (2, 1)
    assert {seen.query.get("labelSelector", [""])[0] for seen in server.seen if seen.path.endswith("/pods")} == {
        "app=api"
    }


def test_a_finished_job_is_not_unready(look: Ask) -> None:
    done = pod("job", False)
    done["status"]["phase"] = "Succeeded"
    found, _ = look({f"{CORE}/pods": listing(done), f"{APPS}/replicasets": listing()}, "list_pods", namespace="shop")

    assert found.facts["unready"] == 0


def test_pods_are_found_by_label_where_deployments_may_not_be_listed(look: Ask) -> None:
    routes = {f"{APPS}/": FORBIDDEN, f"{CORE}/pods": [listing(), listing(pod("a"))]}
    found, server = look(routes, "list_pods", namespace="shop", service="api")

    assert (found.outcome, found.facts["total"], found.facts["pods"][0]["revision"]) == (Outcome.OK, 1, None)
    assert [seen.query["labelSelector"] for seen in server.seen if seen.path.endswith("/pods")] == [
        ["app.kubernetes.io/name=api"], ["app=api"],
    ]  # fmt: skip


def test_a_service_is_not_taken_for_another_whose_name_begins_alike(look: Ask) -> None:
    def event(kind: str, name: str, reason: str, at: str) -> dict[str, Any]:
        return {"metadata": {"name": f"{name}.1"}, "involvedObject": {"kind": kind, "name": name}, "reason": reason,
                "message": "token=abcdef123456", "type": "Warning", "lastTimestamp": at, "count": 3}  # fmt: skip

    routes = {
        f"{APPS}/deployments": listing(deployment(), deployment("api-cache")),
        f"{CORE}/pods": listing(pod("api-h2-x", ready=False)),
        f"{CORE}/events": listing(
            event("Pod", "api-h2-x", "Unhealthy", "2026-11-20T02:19:00Z"),
            event("Pod", "api-h1-gone", "Killing", "2026-11-20T01:00:00Z"),
            event("Pod", "web-h1-a", "Unhealthy", "2026-11-20T02:19:00Z"),
        ),
    }
    found, _ = look(routes, "list_events", namespace="shop", service="api")
    first, second = found.facts["events"]

    assert (first["reason"], first["recent"], first["object_unhealthy"], first["count"]) == ("Unhealthy", True, True, 3)
    assert (second["object"], second["recent"], second["object_unhealthy"]) == ("Pod/api-h1-gone", False, None)
    assert "abcdef123456" not in repr(found)


def test_previous_logs_come_only_from_pods_that_restarted(look: Ask) -> None:
    text = b"2026-11-20T02:18:00.1Z panic: nil map\n2026-11-20T02:18:00.2Z goroutine 17\ncut off line\n"
    ended = {"terminated": {"reason": "Error", "exitCode": 2, "finishedAt": "2026-11-20T02:18:01Z"}}
    routes = {
        f"{APPS}/": FORBIDDEN,
        f"{CORE}/pods": listing(pod("well"), pod("sick", False, 3, lastState=ended)),
        f"{CORE}/pods/sick/log": Reply(text),
    }
    found, server = look(routes, "read_container_logs", namespace="shop", service="api", previous=True)

    assert found.facts["pods_read"] == ["sick"]
    assert [one["example"] for one in found.facts["templates"]] == ["panic: nil map", "goroutine 17"]
    assert server.seen[-1].query["previous"] == ["true"]


def test_logs_that_may_not_be_read_are_denied_and_never_empty(look: Ask) -> None:
    denied = status(403, "Forbidden", "pods/log is forbidden")
    routes = {f"{APPS}/": FORBIDDEN, f"{CORE}/pods": listing(pod("a")), f"{CORE}/pods/a/log": denied}
    found, _ = look(routes, "read_container_logs", namespace="shop", service="api")

    assert found.outcome is Outcome.DENIED
    assert "pods/log is forbidden" in found.digest


def test_a_container_that_never_ran_before_has_no_previous_log(look: Ask) -> None:
    never = status(400, "BadRequest", "previous terminated container not found")
    routes = {f"{APPS}/deployments": listing(deployment()), f"{CORE}/pods": listing(pod("a", restarts=1)),
              f"{CORE}/pods/a/log": never}  # fmt: skip
    found, _ = look(routes, "read_container_logs", namespace="shop", service="api", previous=True)

    assert found.outcome is Outcome.NO_DATA


def test_nodes_in_trouble_come_first_and_unreadable_pods_are_not_zero(look: Ask) -> None:
    def node(name: str, ready: str, *pressures: str, closed: bool = False) -> dict[str, Any]:
        conditions = [{"type": "Ready", "status": ready}, *({"type": one, "status": "True"} for one in pressures)]
        return {"metadata": {"name": name}, "spec": {"unschedulable": closed}, "status": {"conditions": conditions}}

    nodes = listing(node("a", "True"), node("b", "Unknown"), node("c", "True", "DiskPressure", closed=True))
    found, _ = look({"/api/v1/nodes": nodes, "/api/v1/pods": FORBIDDEN}, "list_nodes")

    assert [(one["name"], one["ready"], one["pressures"], one["pods"]) for one in found.facts["nodes"]] == [
        ("b", False, [], None), ("c", True, ["DiskPressure"], None), ("a", True, [], None),
    ]  # fmt: skip
