"""Our own format of a case: each kind of record is read, the answer goes out before anything expected is opened."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.events import Verdict
from bot.evaluation.choosing import cases_under
from bot.evaluation.importers.case import IMPORTER
from bot.evaluation.running import Run, answered
from tests.tools.faults.cluster import NOW, SINCE, deployment, event, pod, replica_set, stamp, waiting

OOM = waiting("CrashLoopBackOff", restarts=7, ended={"reason": "OOMKilled", "exitCode": 137})


def written(folder: Path, **files: Any) -> Path:
    """Names with `__` for `/` and `_DOT_` for `.`."""
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def sick(folder: Path, **more: Any) -> Path:
    alert = {"labels": {"alertname": "PodCrashing", "service": "shop", "namespace": "store"}, "startsAt": stamp(5)}
    objects = [pod("shop-7d9f8b6c5d-x7gr9", OOM), replica_set(), deployment(0, 1)]
    return written(folder, alert_DOT_json=alert, objects__all_DOT_json=objects, **more)


def test_objects_give_the_cause(tmp_path: Path) -> None:
    answer = answered(IMPORTER.read(sick(tmp_path)))
    assert answer.verdict is Verdict.CAUSE
    assert "OOMKilled" in answer.body["causes"][0]["cause"]
    assert answer.citations


def test_a_healthy_cluster_with_an_old_scary_event_is_healthy(tmp_path: Path) -> None:
    objects = [pod(), replica_set(), deployment(1, 1), event("BackOff", "Back-off restarting failed container", ago=55)]
    folder = written(
        tmp_path,
        alert_DOT_json={"title": "Pods restart", "service": "shop", "namespace": "store"},
        objects_DOT_json=objects,
    )
    answer = answered(IMPORTER.read(folder))
    assert answer.body["healthy"], answer.whole
    assert "is over" in answer.whole


def test_logs_of_containers_and_lines_with_an_envelope_are_read(tmp_path: Path) -> None:
    lines = "\n".join(
        json.dumps({"timestamp": stamp(3), "level": "error", "service": "mail", "msg": "no space left on device"})
        for _ in range(3)
    )
    folder = written(
        tmp_path,
        alert_DOT_json={"title": "shop fails", "service": "shop", "namespace": "store", "at": stamp(5)},
        logs__store__shop_0__app_DOT_log="boom\nKeyError: 'PRICE_URL'\n",
        logs__all_DOT_ndjson=lines,
    )
    frozen = IMPORTER.read(folder)
    assert frozen.container_logs[("store", "shop_0", "app")] == ("boom", "KeyError: 'PRICE_URL'")
    whole = answered(frozen).whole
    assert "PRICE_URL" in whole
    assert "no space left on device" in whole


def test_the_run_before_is_read_before_the_run_now(tmp_path: Path) -> None:
    folder = written(tmp_path, logs__a__b__c_DOT_log="now", logs__a__b__c_DOT_previous_DOT_log="before")
    assert IMPORTER.read(folder).container_logs[("a", "b", "c")] == ("before", "now")


def test_metrics_alone_rank_the_services(tmp_path: Path) -> None:
    broken = int(NOW.timestamp())
    rows = ["time,cart_cpu,cart_mem,mail_cpu,mail_mem"]
    for n in range(-60, 60):
        far = 9.0 if n >= 0 else 1.0
        rows.append(
            f"{broken + n * 10},{(1 + n % 3 * 0.01) * far},{2 + n % 2 * 0.01},{3 + n % 4 * 0.01},{4 + n % 5 * 0.01}"
        )
    folder = written(tmp_path, data_DOT_csv="\n".join(rows), inject_time_DOT_txt=str(broken))
    answer = answered(IMPORTER.read(folder))
    assert answer.body["causes"][0]["object"] == "cart"


def test_changes_are_judged(tmp_path: Path) -> None:
    change = {
        "sha": "abc123def",
        "at": stamp(8),
        "service": "shop",
        "files": ["shop/main.go"],
        "diff": "-\tc.mu.Lock()\n \tc.n[k]++",
    }
    late = {"sha": "fff", "at": stamp(-2), "service": "shop", "diff": "-a\n+b"}
    lines = "\n".join(
        json.dumps(
            {"timestamp": stamp(4), "level": "fatal", "service": "shop", "msg": "fatal error: concurrent map writes"}
        )
        for _ in range(3)
    )
    folder = written(
        tmp_path,
        alert_DOT_json={"title": "shop crashes", "service": "shop", "at": stamp(4)},
        changes__all_DOT_json=[change, late],
        logs__a_DOT_ndjson=lines,
    )
    assert answered(IMPORTER.read(folder)).body["change"] == "abc123def"


def test_a_refused_reply_is_told_as_not_looked_at(tmp_path: Path) -> None:
    reply = {"tool": "list_events", "arguments": {}, "outcome": "denied", "digest": "events is forbidden"}
    answer = answered(IMPORTER.read(sick(tmp_path, replies__a_DOT_json=reply)))
    assert answer.body["not_looked"] == ["list_events: denied, events is forbidden"]


def test_the_answer_is_written_before_anything_expected_is_opened(tmp_path: Path) -> None:
    sick(tmp_path)
    wrote: list[Any] = []

    class Watching(type(IMPORTER)):  # type: ignore[misc]
        def expected(self, folder: Path) -> None:
            assert [one for one in wrote if "answer" in one], "an expectation was opened before the answer was written"

    Run(wrote.append).one(Watching(), tmp_path)
    assert ["answer" in one for one in wrote] == [True, False]


def test_an_expectation_that_cannot_be_read_costs_no_answer(tmp_path: Path) -> None:
    sick(tmp_path, expected_DOT_json="{broken")
    wrote: list[Any] = []
    Run(wrote.append).one(IMPORTER, tmp_path)
    assert wrote[0]["answer"]["causes"]
    assert "cannot be read" in wrote[1]["score"]["why"]


@pytest.mark.parametrize(
    ("expected", "passed"),
    [
        ({"facts": ["oomkilled", "128Mi|shop"]}, True),
        ({"facts": ["disk full"]}, False),
        ({"forbidden": ["oomkilled"]}, False),
        ({"healthy": True}, False),
        ({"object": "shop"}, True),
        ({"proposal": "scale_deployment"}, False),
    ],
)
def test_scores(tmp_path: Path, expected: dict[str, Any], passed: bool) -> None:
    sick(tmp_path, expected_DOT_json=expected)
    wrote: list[Any] = []
    Run(wrote.append).one(IMPORTER, tmp_path)
    assert wrote[1]["score"]["passed"] is passed, wrote[1]


def test_the_command_tells_a_broken_case_and_still_answers_the_others(tmp_path: Path) -> None:
    sick(tmp_path / "good")
    written(tmp_path / "bad", alert_DOT_json="{no json")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "eval", str(tmp_path), "--json"], capture_output=True, text=True, timeout=60
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [line["id"] for line in lines if "error" in line] == ["bad"]
    assert [line["id"] for line in lines if "answer" in line] == ["good"]
    assert lines[-1]["summary"]["broken"] == 1


def test_one_case_and_a_folder_of_cases_are_both_found(tmp_path: Path) -> None:
    sick(tmp_path / "suite" / "one")
    sick(tmp_path / "suite" / "two")
    assert [folder.name for _, folder in cases_under(tmp_path)] == ["one", "two"]
    assert [folder.name for _, folder in cases_under(tmp_path / "suite" / "one")] == ["one"]


def test_the_cases_present_is_the_newest_moment_recorded(tmp_path: Path) -> None:
    frozen = IMPORTER.read(sick(tmp_path))
    assert NOW - timedelta(minutes=10) < frozen.case.now <= NOW
    assert frozen.case.now > SINCE.astimezone(UTC) > datetime(2026, 1, 1, tzinfo=UTC)


def test_what_lies_in_a_case_of_another_format_is_no_case_of_ours(tmp_path: Path) -> None:
    data = tmp_path / "one" / "environment" / "data"
    written(data, alert_DOT_json={"service": "shop", "fired_at": stamp(5)}, context__commits_DOT_json=[])
    written(data, metrics_DOT_csv="timestamp,service,metric,value\n")
    assert [(importer.name, folder.name) for importer, folder in cases_under(tmp_path)] == [("rootcausebench", "one")]


def test_a_file_that_cannot_be_read_is_told_and_costs_nothing_of_the_others(tmp_path: Path) -> None:
    sick(tmp_path, objects__bad_DOT_yaml="not: [yaml", changes__a_DOT_json=[{"id": "x"}], traces__t_DOT_json="{")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "m.csv").write_bytes(b"\xff\xfe\x00")
    answer = answered(IMPORTER.read(tmp_path))
    assert "OOMKilled" in answer.body["causes"][0]["cause"]
    told = " ".join(answer.body["not_looked"])
    assert [
        name for name in ("objects/bad.yaml", "a change", "traces/t.json", "metrics/m.csv") if name not in told
    ] == []
