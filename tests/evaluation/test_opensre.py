"""The `opensre` format: what of a folder becomes evidence, and what must not."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.events import Verdict
from bot.core.fusion.fusing import fuse
from bot.core.signs import Role
from bot.evaluation.frozen import Frozen
from bot.evaluation.importers.opensre import IMPORTER
from bot.evaluation.reading_signs import brief_of

ALERT: dict[str, Any] = {
    "title": "Pods of carts restart",
    "state": "alerting",
    "commonLabels": {"alertname": "PodRestarts", "namespace": "shop", "workload_name": "carts", "service": "carts"},
    "commonAnnotations": {"summary": "carts restarts", "k8s_failure_mode": "zebra_mode"},
}
RDS_ALERT: dict[str, Any] = {
    "title": "High CPU on ledger",
    "state": "alerting",
    "commonLabels": {"alertname": "CPUHigh", "service": "rds"},
    "commonAnnotations": {
        "summary": "CPU high",
        "db_instance_identifier": "ledger",
        "rds_failure_mode": "zebra_mode",
    },
}


def write(folder: Path, **files: Any) -> Path:
    """A case: `alert={…}` becomes alert.json, a text the file's own words."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        if isinstance(content, str):
            (folder / f"{name}.yml").write_text(content, encoding="utf-8")
        else:
            (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def pod(name: str, *, ready: bool = True, **state: Any) -> dict[str, Any]:
    container = {"name": "carts", "ready": ready, "restart_count": 0 if ready else 5}
    container["state"] = state or {"running": True, "started_at": "2026-05-04T08:00:00Z"}
    return {
        "name": name,
        "namespace": "shop",
        "phase": "Running",
        "start_time": "2026-05-04T08:00:00Z",
        "containers": [container],
        "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
    }


def series(name: str, *values: float, instance: str = "ledger", unit: str = "Percent") -> dict[str, Any]:
    times = [f"2026-05-04T09:{at:02}:00Z" for at in range(len(values))]
    dimensions = [{"Name": "DBInstanceIdentifier", "Value": instance}]
    return {"metric_name": name, "unit": unit, "dimensions": dimensions, "timestamps": times, "values": list(values)}


def by_kind(frozen: Frozen, kind: str) -> list[Any]:
    return [one for one in frozen.objects if one["kind"] == kind]


def test_cases_are_found_at_and_under_a_folder(tmp_path: Path) -> None:
    first = write(tmp_path / "suite" / "a", alert=ALERT, eks_pods={"pods": []})
    second = write(tmp_path / "suite" / "b", alert=ALERT, scenario="scenario_id: b")
    write(tmp_path / "other", alert=ALERT)

    assert list(IMPORTER.cases(tmp_path)) == [first, second]
    assert list(IMPORTER.cases(first)) == [first]


def test_what_names_the_failure_is_nowhere_in_the_evidence(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "a",
        alert=ALERT,
        eks_pods={"pods": [pod("carts-6d5f8c9b77-abcde")]},
        scenario="failure_mode: zebra_mode\nadversarial_signals: [zebra_mode]\n",
        answer="root_cause_category: zebra_mode\nrequired_keywords: [zebra_mode]\n",
    )
    frozen = IMPORTER.read(folder)

    assert "zebra" not in repr(frozen)
    assert frozen.case.service == "carts"


def test_pods_become_objects_with_their_replica_sets(tmp_path: Path) -> None:
    waiting = pod(
        "carts-9aa1b2c3d4-zzzzz", ready=False, waiting=True, reason="CrashLoopBackOff", message="back-off 40s"
    )
    waiting["start_time"] = "2026-05-04T09:00:00Z"
    folder = write(
        tmp_path / "a",
        alert=ALERT,
        eks_pods={"pods": [pod("carts-6d5f8c9b77-abcde"), waiting]},
        eks_deployments={"deployments": [{"name": "carts", "namespace": "shop", "desired": 2, "ready": 1}]},
    )
    frozen = IMPORTER.read(folder)

    status = by_kind(frozen, "Pod")[1]["status"]["containerStatuses"][0]
    assert status["state"] == {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}}
    assert status["restartCount"] == 5
    assert [one["metadata"]["name"] for one in by_kind(frozen, "ReplicaSet")] == [
        "carts-6d5f8c9b77",
        "carts-9aa1b2c3d4",
    ]
    assert by_kind(frozen, "Deployment")[0]["status"]["readyReplicas"] == 1


def test_what_ended_a_running_container_before_is_its_last_state(tmp_path: Path) -> None:
    ended = pod("carts-6d5f8c9b77-abcde", running=True, started_at="2026-05-04T09:00:00Z")
    ended["containers"][0]["last_state"] = {"terminated": True, "reason": "OOMKilled", "exit_code": 137}
    frozen = IMPORTER.read(write(tmp_path / "a", alert=ALERT, eks_pods={"pods": [ended]}))

    last = by_kind(frozen, "Pod")[0]["status"]["containerStatuses"][0]["lastState"]
    assert last == {"terminated": {"reason": "OOMKilled", "exitCode": 137}}


def test_a_case_inherits_from_its_base_what_it_does_not_bring(tmp_path: Path) -> None:
    write(
        tmp_path / "base",
        alert=ALERT,
        eks_pods={"pods": [pod("carts-6d5f8c9b77-abcde")]},
        scenario="available_evidence: [eks_pods, eks_events, eks_node_health]\n",
    )
    folder = write(
        tmp_path / "b",
        alert=ALERT,
        eks_events={"warning_events": [{"reason": "Unhealthy", "involved_object": "Pod/carts-6d5f8c9b77-abcde"}]},
        scenario="base: base\n",
    )
    frozen = IMPORTER.read(folder)

    assert len(by_kind(frozen, "Pod")) == 1
    assert by_kind(frozen, "Event")[0]["involvedObject"]["kind"] == "Pod"
    assert {"Node", "Deployment"} <= set(frozen.unread)
    assert "eks node health" in [one.what for one in frozen.unlooked]


def test_container_logs_and_log_lines_are_kept_by_their_writer(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "a",
        alert=ALERT,
        eks_pods={"pods": [pod("carts-6d5f8c9b77-abcde")]},
        eks_pod_logs={"pod_name": "carts-6d5f8c9b77-abcde", "namespace": "shop", "logs": "one\n\ntwo\n"},
        datadog_logs={
            "logs": [{"timestamp": "2026-05-04T09:00:00Z", "message": "boom", "status": "Error", "service": "carts"}]
        },
    )
    frozen = IMPORTER.read(folder)

    assert frozen.container_logs == {("shop", "carts-6d5f8c9b77-abcde", "carts"): ("one", "two")}
    assert [(one.text, one.level, one.service) for one in frozen.lines] == [("boom", "error", "carts")]


def test_monitors_that_hold_are_trouble_and_calm_ones_rule_it_out(tmp_path: Path) -> None:
    monitors = [{"name": "errors", "overall_state": "Alert"}, {"name": "latency", "overall_state": "OK"}]
    frozen = IMPORTER.read(write(tmp_path / "a", alert=ALERT, datadog_monitors={"monitors": monitors}))

    assert [(one.role, one.kind) for one in frozen.signs] == [
        (Role.SYMPTOM, "monitor_fires"),
        (Role.WELL, "monitors_ok"),
    ]


def test_what_the_cluster_itself_did_is_told_as_over(tmp_path: Path) -> None:
    lines = [
        {"timestamp": "2026-05-04T09:00:00Z", "message": "Triggered scale-up", "service": "cluster-autoscaler"},
        {"timestamp": "2026-05-04T09:01:00Z", "message": "sync failed", "status": "error", "service": "kubelet"},
    ]
    frozen = IMPORTER.read(write(tmp_path / "a", alert=ALERT, datadog_logs={"logs": lines}))

    assert [(one.role, one.says) for one in frozen.signs] == [
        (Role.PAST, "cluster-autoscaler at 09:00: “Triggered scale-up”"),
    ]


def test_a_query_that_saturates_the_cpu_is_read_from_the_files(tmp_path: Path) -> None:
    busy = {"statement": "SELECT * FROM entries", "db_load_avg": 7, "wait_events": [{"name": "CPU", "db_load_avg": 6}]}
    folder = write(
        tmp_path / "a",
        alert=RDS_ALERT,
        aws_cloudwatch_metrics={"metric_data_results": [series("CPUUtilization", 20, 21, 94, 96, 95, 97, 96)]},
        aws_performance_insights={"top_sql": [busy], "top_wait_events": [{"name": "CPU", "db_load_avg": 6}]},
        scenario="instance_class: db.r6g.2xlarge\n",
    )
    causes = [one for one in IMPORTER.read(folder).signs if one.role is Role.CAUSE]

    assert [one.kind for one in causes] == ["cpu_saturation"]
    assert "SELECT * FROM entries" in causes[0].says


def test_curves_of_another_instance_say_nothing_about_this_one(tmp_path: Path) -> None:
    results = [series("CPUUtilization", 20, 21, 20, 22), series("ReplicaLag", 1, 90, 400, 900, instance="somebody")]
    folder = write(tmp_path / "a", alert=RDS_ALERT, aws_cloudwatch_metrics={"metric_data_results": results})

    assert [one for one in IMPORTER.read(folder).signs if one.role is Role.CAUSE] == []


def test_metrics_may_come_in_files_of_their_own(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "a",
        alert=RDS_ALERT,
        aws_cloudwatch_metrics_CPUUtilization=series("CPUUtilization", 20, 21, 20),
        aws_cloudwatch_metrics_envelope={"namespace": "AWS/RDS"},
    )

    assert [one.name for one in IMPORTER.read(folder).curves] == ["CPUUtilization"]


@pytest.mark.parametrize(("category", "healthy"), [("healthy", True), ("infrastructure", False)])
def test_an_expectation_is_checks_on_words(tmp_path: Path, category: str, healthy: bool) -> None:
    answer = f"root_cause_category: {category}\nrequired_keywords: [a.b]\nruling_out_keywords: [not OOM]\n"
    folder = write(tmp_path / "a", alert=ALERT, answer=f"{answer}forbidden_keywords: [two causes]\n")
    expected = IMPORTER.expected(folder)

    assert expected is not None
    assert expected.all_of == (r"a\.b",)
    assert expected.ruled_out == (r"not\ OOM",)
    assert expected.none_of == (r"two\ causes",)
    assert expected.healthy is healthy
    assert expected.category == category


def test_without_an_expectation_there_is_none(tmp_path: Path) -> None:
    assert IMPORTER.expected(write(tmp_path / "a", alert=ALERT)) is None


def test_a_rollout_past_its_deadline_and_the_nodes_beneath_are_read(tmp_path: Path) -> None:
    late = {
        "reason": "ProgressDeadlineExceeded",
        "involved_object": "Deployment/carts",
        "message": "ReplicaSet carts-9aa1b2c3d4 has zero available replicas",
        "last_time": "2026-05-04T09:00:00Z",
    }
    folder = write(
        tmp_path / "a",
        alert=ALERT,
        eks_pods={"pods": [{**pod("carts-9aa1b2c3d4-abcde", ready=False), "node_name": "ip-10-0-0-1.ec2.internal"}]},
        eks_deployments={"deployments": [{"name": "carts", "namespace": "shop", "desired": 2, "ready": 1}]},
        eks_events={"warning_events": [late]},
    )
    frozen = IMPORTER.read(folder)

    assert by_kind(frozen, "Deployment")[0]["status"]["conditions"][0]["reason"] == "ProgressDeadlineExceeded"
    assert [(one.caller, one.callee) for one in frozen.edges] == [("carts", "ip-10-0-0-1.ec2.internal")]


def test_an_image_and_an_exit_code_are_taken_from_where_they_are_told(tmp_path: Path) -> None:
    name = "carts-9aa1b2c3d4-abcde"
    pulling = {"reason": "Failed", "involved_object": f"Pod/{name}", "message": 'Failed to pull image "carts:9"'}
    folder = write(
        tmp_path / "a",
        alert=ALERT,
        eks_pods={"pods": [pod(name, ready=False, waiting=True, reason="CrashLoopBackOff")]},
        eks_events={"warning_events": [pulling]},
        eks_pod_logs={"pod_name": name, "namespace": "shop", "logs": "bye\n[container exited with code 3]\n"},
    )
    status = by_kind(IMPORTER.read(folder), "Pod")[0]["status"]["containerStatuses"][0]

    assert status["image"] == "carts:9"
    assert status["lastState"] == {"terminated": {"exitCode": 3}}


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just("2026-05-04T09:00:00Z")
NAMES = st.sampled_from(
    [
        *("pods", "name", "containers", "state", "terminated", "exit_code", "conditions", "restart_count", "logs"),
        *("nodes", "warning_events", "involved_object", "monitors", "overall_state", "events", "date", "message"),
        *("metric_data_results", "metric_name", "timestamps", "values", "dimensions", "top_sql", "db_load"),
    ]
)
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4))
FILES = st.sampled_from(
    [
        *("eks_pods", "eks_events", "eks_deployments", "eks_node_health", "eks_pod_logs", "datadog_logs"),
        *("datadog_monitors", "aws_cloudwatch_metrics", "aws_rds_events", "aws_performance_insights"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(FILES, ANYTHING, max_size=4))
def test_no_case_is_lost_over_an_odd_field(files: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = write(Path(place) / "a", alert=RDS_ALERT, scenario="base: a\n")
        for name, content in files.items():
            (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")

        assert IMPORTER.read(folder).id == "a"


def test_a_file_that_is_no_json_is_a_look_that_failed(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", alert=ALERT, eks_pods={"pods": []})
    (folder / "eks_events.json").write_text("{", encoding="utf-8")

    assert ("eks_events.json", "failed") in [(one.what, one.outcome) for one in IMPORTER.read(folder).unlooked]


def test_an_error_once_is_no_incident_while_every_monitor_is_calm(tmp_path: Path) -> None:
    lines = [
        {"timestamp": "2026-05-04T09:00:00Z", "message": "connect ECONNREFUSED mail:25", "status": "error"},
        {"timestamp": "2026-05-04T09:00:30Z", "message": "GET /carts 200", "status": "info"},
    ]
    logged = {"logs": [{**line, "service": "carts"} for line in lines]}
    calm = {"monitors": [{"name": "errors", "overall_state": "OK"}]}
    firing = {"monitors": [{"name": "errors", "overall_state": "Alert"}]}
    pods = {"pods": [pod("carts-6d5f8c9b77-abcde")]}

    def healthy(name: str, monitors: Any) -> bool:
        folder = write(tmp_path / name, alert=ALERT, eks_pods=pods, datadog_logs=logged, datadog_monitors=monitors)
        return fuse(brief_of(IMPORTER.read(folder))).verdict is Verdict.HEALTHY

    assert healthy("a", calm)
    assert not healthy("b", firing)


@pytest.mark.parametrize(
    "words",
    [
        "Current connections: 469 of 500.",
        "reached max_connections (500)",
        "max_connections limit of 500 is near",
        "uses 490/500 connections",
        "connections are at 97% of max_connections",
    ],
)
def test_the_limit_of_connections_is_read_from_the_words(tmp_path: Path, words: str) -> None:
    folder = write(
        tmp_path / "a",
        alert=RDS_ALERT,
        aws_cloudwatch_metrics={"metric_data_results": [series("DatabaseConnections", 200, 300, 400, 470, 485)]},
        aws_rds_events={"events": [{"date": "2026-05-04T09:03:00Z", "message": words}]},
        scenario="instance_class: db.r6g.2xlarge\n",
    )
    causes = [one for one in IMPORTER.read(folder).signs if one.role is Role.CAUSE]

    assert "485 of 500 max_connections" in causes[0].says


def test_datadog_series_become_curves_of_their_service(tmp_path: Path) -> None:
    told = {"metric": "trace.http.errors", "scope": "service:carts", "pointlist": [[1777885200000, 1.0], [0, None]]}
    frozen = IMPORTER.read(write(tmp_path / "a", alert=ALERT, datadog_metrics={"series": [told]}))

    assert [(one.name, one.service, len(one.points)) for one in frozen.curves] == [("trace.http.errors", "carts", 1)]


def test_evidence_that_nothing_reads_is_told_as_not_looked_at(tmp_path: Path) -> None:
    frozen = IMPORTER.read(write(tmp_path / "a", alert=ALERT, eks_pods={"pods": []}, gcp_traces={"x": 1}))

    assert ("gcp_traces.json", "failed") in [(one.what, one.outcome) for one in frozen.unlooked]


@pytest.mark.parametrize(
    ("noted", "end"),
    [
        ("[container terminated with exit code 137]", {"exitCode": 137}),
        ("[container killed: OOMKilled, exit code 137]", {"exitCode": 137, "reason": "OOMKilled"}),
        ("[OOMKilled by the kernel]", {"reason": "OOMKilled"}),
        ("[shop] the exit code 3 of the checkout is on the left", None),
    ],
)
def test_the_end_that_is_noted_under_a_log_is_read(tmp_path: Path, noted: str, end: Any) -> None:
    name = "carts-9aa1b2c3d4-abcde"
    folder = write(
        tmp_path / "a",
        alert=ALERT,
        eks_pods={"pods": [pod(name, ready=False, waiting=True, reason="CrashLoopBackOff")]},
        eks_pod_logs={"pod_name": name, "namespace": "shop", "logs": f"loading\n{noted}\n"},
    )
    last = by_kind(IMPORTER.read(folder), "Pod")[0]["status"]["containerStatuses"][0]["lastState"]

    assert last == ({"terminated": end} if end else {})


def test_what_a_component_complains_of_is_its_workloads_trouble(tmp_path: Path) -> None:
    lines = [
        {"message": "OOM-killed container of carts-6d5f8c9b77-abcde", "status": "error", "service": "kubelet"},
        {"message": "all is well with carts", "status": "info", "service": "kubelet"},
    ]
    frozen = IMPORTER.read(write(tmp_path / "a", alert=ALERT, datadog_logs={"logs": lines}))

    assert [one.service for one in frozen.lines] == ["carts", "kubelet"]


def test_a_container_that_was_restarted_in_the_window_is_trouble_and_one_long_ago_is_none(tmp_path: Path) -> None:
    def verdict(name: str, started: str) -> Verdict:
        one = pod("carts-6d5f8c9b77-abcde", running=True, started_at=started)
        one["containers"][0]["restart_count"] = 6
        told = {
            "reason": "BackOff",
            "involved_object": "Pod/carts-6d5f8c9b77-abcde",
            "last_time": "2026-05-04T09:00:00Z",
        }
        folder = write(tmp_path / name, alert=ALERT, eks_pods={"pods": [one]}, eks_events={"warning_events": [told]})
        return fuse(brief_of(IMPORTER.read(folder))).verdict

    assert verdict("a", "2026-05-04T08:58:00Z") is not Verdict.HEALTHY
    assert verdict("b", "2026-05-01T08:58:00Z") is Verdict.HEALTHY
