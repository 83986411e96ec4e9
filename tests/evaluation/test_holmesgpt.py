"""A recorded investigation: outputs of kubectl become objects and logs, refusals stay refusals, the rest is data."""

import json
from pathlib import Path

from bot.core.events import Verdict
from bot.evaluation.importers.holmesgpt import IMPORTER
from bot.evaluation.running import answered
from tests.evaluation.kubectl.test_describe import POD, TABLE


def recorded(folder: Path, name: str, tool: str, body: str, status: str = "success", **asked: str) -> None:
    head = {"tool_name": tool, "match_params": asked}
    state = {"status": status, "error": body if status == "error" else None, "params": asked}
    (folder / name).write_text(f"{json.dumps(head)}\n{json.dumps(state)}\n{body}")


def case(folder: Path, title: str = "Pod is crash looping", name: str = "basket-7d9f8b6c5d-x7gr9") -> Path:
    subject = {"name": name, "subject_type": "pod", "namespace": "shop"}
    (folder / "investigate_request.json").write_text(json.dumps({"title": title, "subject": subject}))
    return folder


def test_a_recorded_description_gives_the_cause(tmp_path: Path) -> None:
    recorded(case(tmp_path), "describe.txt", "kubectl_describe", f"stdout:\n{POD}", kind="pod", namespace="shop")
    answer = answered(IMPORTER.read(tmp_path))
    assert answer.verdict is Verdict.CAUSE
    assert "OOMKilled" in answer.body["causes"][0]["cause"]
    assert "basket" in answer.body["causes"][0]["object"]


def test_the_log_of_a_pod_says_why_where_nothing_else_does(tmp_path: Path) -> None:
    body = "starting\nKeyError: 'VOUCHER_URL'\n"
    recorded(case(tmp_path), "logs.txt", "kubectl_logs", body, pod_name="basket-7d9f8b6c5d-x7gr9", namespace="shop")
    assert "VOUCHER_URL" in answered(IMPORTER.read(tmp_path)).body["causes"][0]["cause"]


def test_a_refusal_and_a_failure_are_told_as_what_they_are(tmp_path: Path) -> None:
    case(tmp_path)
    recorded(tmp_path, "a.txt", "kubectl_logs", "Error from server (Forbidden): pods is forbidden", status="error")
    recorded(tmp_path, "b.txt", "kubectl_top_pods", "error: Metrics API not available", status="error")
    assert [one.outcome for one in IMPORTER.read(tmp_path).unlooked] == ["denied", "failed"]


def test_a_refusal_in_a_successful_output_is_one_and_what_is_not_there_is_an_answer(tmp_path: Path) -> None:
    case(tmp_path)
    recorded(tmp_path, "a.txt", "kubectl_describe", "Error from server (Forbidden): pods is forbidden", kind="pod")
    recorded(tmp_path, "b.txt", "kubectl_describe", 'Error from server (NotFound): pods "x" not found', kind="pod")
    recorded(tmp_path, "c.txt", "kubectl_get", "Unable to connect to the server: dial tcp: i/o timeout", kind="pod")
    assert [one.outcome for one in IMPORTER.read(tmp_path).unlooked] == ["denied", "failed"]


def test_an_object_that_was_printed_twice_is_one(tmp_path: Path) -> None:
    case(tmp_path)
    recorded(tmp_path, "a.txt", "kubectl_describe", POD, kind="pod", namespace="shop")
    recorded(tmp_path, "b.txt", "kubectl_get_by_kind_in_namespace", TABLE, kind="pod", namespace="shop")
    pods = [one for one in IMPORTER.read(tmp_path).objects if one["kind"] == "Pod"]
    assert len(pods) == 2
    assert pods[0]["spec"]["containers"][0]["name"] == "web"


def test_a_fetched_runbook_is_no_evidence(tmp_path: Path) -> None:
    recorded(case(tmp_path), "page.txt", "fetch_webpage", "If you see OOMKilled: out of memory, raise the limit.")
    frozen = IMPORTER.read(tmp_path)
    assert (frozen.objects, frozen.lines, frozen.container_logs) == ((), (), {})


def test_an_alert_that_always_fires_means_that_nothing_is_wrong(tmp_path: Path) -> None:
    case(tmp_path, "This is an alert meant to ensure that the entire alerting pipeline is functional.", "")
    answer = answered(IMPORTER.read(tmp_path))
    assert answer.body["healthy"]
    assert "always firing by design" in answer.whole


def test_what_is_expected_is_not_opened_to_answer(tmp_path: Path) -> None:
    recorded(case(tmp_path), "describe.txt", "kubectl_describe", POD, kind="pod", namespace="shop")
    (tmp_path / "facts.json").write_text("{this is no JSON")
    (tmp_path / "test_case.yaml").write_text("expected_output: [secret words]")
    assert "secret words" not in answered(IMPORTER.read(tmp_path)).whole
