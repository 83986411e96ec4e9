"""The world as a process, seen through the clients the bot uses: a roll back cures, a wrong change does not."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from elasticsearch import Elasticsearch
from kubernetes import client as kube
from prometheus_api_client import PrometheusConnect

from .running import SCENARIOS, Inbox, Running, launch, other_names, running, until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, serve: Any) -> Iterator[tuple[Running, Inbox]]:
    """A scenario with names of its own, and the webhook it tells; the first two posts are answered 503."""
    inbox = Inbox(statuses=[503, 503])
    with serve(inbox.app()) as base:
        hook = ("--webhook", f"{base}/hook", "--webhook-token", "sesame")
        with running(other_names(), tmp_path_factory.mktemp("world"), *hook) as world:
            yield world, inbox


def _vector(world: Running, query: str) -> list[dict[str, Any]]:
    client = PrometheusConnect(url=f"{world.url}/prometheus", disable_ssl=True)
    found: list[dict[str, Any]] = client.custom_query(query)
    return found


def test_alerts_are_posted_until_they_are_taken(broken: tuple[Running, Inbox]) -> None:
    world, inbox = broken
    until(lambda: bool(inbox.bodies), 10, "a post that was taken")

    assert inbox.tokens[:3] == ["Bearer sesame"] * 3
    body = inbox.bodies[0]
    recorded = json.loads((ROOT / "tests/recordings/alertmanager_firing.json").read_text())
    assert list(body) == list(recorded)
    assert list(body["alerts"][0]) == list(recorded["alerts"][0])
    assert body["groupLabels"] == {"alertname": "KilnCracks", "namespace": "workshop", "service": "kiln"}
    assert body["alerts"][0]["generatorURL"].startswith(f"{world.url}/prometheus/graph?g0.expr=sum+by+%28app%29")
    statuses = [one["status"] for one in world.get("deliveries")["deliveries"][:3]]
    assert statuses == [503, 503, 200]


def test_metrics_show_when_it_began_and_where(broken: tuple[Running, Inbox]) -> None:
    world, _ = broken
    bad, every = 'pottery_calls_total{app="kiln",status=~"5.."}[30s]', 'pottery_calls_total{app="kiln"}[30s]'
    ratio = f"sum(rate({bad})) / sum(rate({every}))"
    now = _vector(world, ratio)[0]["value"][1]
    before = _vector(world, ratio.replace("[30s]", "[30s] offset 4m"))[0]["value"][1]

    assert float(now) > 0.4
    assert float(before) < 0.02
    by_pod = _vector(world, 'sum by (pod) (rate(pottery_calls_total{app="kiln"}[20s])) > 0')
    assert {row["metric"]["pod"] for row in by_pod} == {pod["name"] for pod in world.service("kiln")["pods"]}
    caller = _vector(world, ratio.replace("kiln", "shelf"))[0]["value"][1]
    assert 0.02 < float(caller) < 0.3
    assert float(_vector(world, 'kube_deployment_status_replicas_available{deployment="kiln"}')[0]["value"][1]) == 3


def test_prometheus_api_shows_the_rule_and_its_alert(broken: tuple[Running, Inbox]) -> None:
    world, inbox = broken
    until(lambda: bool(inbox.bodies), 10, "firing")
    alerts = requests.get(f"{world.url}/prometheus/api/v1/alerts", timeout=30).json()["data"]["alerts"]
    rules = requests.get(f"{world.url}/prometheus/api/v1/rules", timeout=30).json()["data"]["groups"][0]["rules"]

    assert [(alert["labels"]["alertname"], alert["state"]) for alert in alerts] == [("KilnCracks", "firing")]
    assert (rules[0]["name"], rules[0]["state"], rules[0]["duration"]) == ("KilnCracks", "firing", 1)


def test_the_search_finds_the_fault_only_on_the_new_image_and_only_since_the_rollout(
    broken: tuple[Running, Inbox],
) -> None:
    world, _ = broken
    with Elasticsearch(f"{world.url}/elasticsearch") as client:
        answer = client.search(
            index="logs-*",
            query={"match_phrase": {"message": "cracked at"}},
            sort=["@timestamp"],
            size=1,
            aggs={"images": {"terms": {"field": "container.image.name"}}},
            track_total_hits=True,
        )

    assert answer["hits"]["total"]["value"] > 300
    assert [row["key"] for row in answer["aggregations"]["images"]["buckets"]] == ["r.example/kiln:9"]
    first = answer["hits"]["hits"][0]["_source"]["@timestamp"]
    started = world.get("state")["started"]
    assert time.strptime(first[:19], "%Y-%m-%dT%H:%M:%S") >= time.gmtime(started - 182)


def test_the_cluster_shows_the_rollout_and_prints_the_same_lines(broken: tuple[Running, Inbox]) -> None:
    world, _ = broken
    sets = world.apps().list_namespaced_replica_set("workshop", label_selector="app=kiln").items
    revisions = {one.metadata.annotations["deployment.kubernetes.io/revision"]: one for one in sets}
    pod = world.service("kiln")["pods"][0]["name"]
    printed = world.core().read_namespaced_pod_log(pod, "workshop", tail_lines=200)

    assert sorted(revisions) == ["1", "2"]
    assert revisions["2"].spec.template.spec.containers[0].image == "r.example/kiln:9"
    assert revisions["1"].status.replicas == 0
    assert "cracked at" in printed


def test_a_dry_run_changes_nothing_and_a_foreign_token_is_refused(broken: tuple[Running, Inbox]) -> None:
    world, _ = broken
    body = {"spec": {"template": {"spec": {"containers": [{"name": "kiln", "image": "r.example/kiln:8"}]}}}}
    world.apps().patch_namespaced_deployment("kiln", "workshop", body, dry_run="All")

    assert world.service("kiln")["image"] == "r.example/kiln:9"
    assert world.get("writes")["writes"] == []
    answer = requests.get(f"{world.url}/kubernetes/api/v1/pods", headers={"Authorization": "Bearer x"}, timeout=30)
    assert (answer.status_code, answer.json()["kind"]) == (401, "Status")


def test_an_outage_of_an_api_comes_and_goes(broken: tuple[Running, Inbox]) -> None:
    world, _ = broken
    world.post("outage", api="prometheus", status=500)
    assert requests.get(f"{world.url}/prometheus/api/v1/query?query=up", timeout=30).status_code == 500
    assert world.get("state")["outages"]["prometheus"]["status"] == 500
    world.post("outage", api="prometheus", clear=True)
    assert requests.get(f"{world.url}/prometheus/api/v1/query?query=up", timeout=30).status_code == 200
    world.post("outage", api="kubernetes", status=403)
    with pytest.raises(kube.ApiException) as denied:
        world.apps().list_namespaced_deployment("workshop")
    world.post("outage", api="kubernetes", status=None, delay_ms=0)
    assert denied.value.status == 403
    assert world.apps().list_namespaced_deployment("workshop").items


def test_a_wrong_order_to_the_side_door_names_the_field(broken: tuple[Running, Inbox]) -> None:
    world, _ = broken
    assert world.post("outage", api="loki")["error"].startswith("api: ")
    assert "cracks" in world.post("fault", name="nope", on=False)["error"]
    assert world.post("roll_out", service="nope", image="x")["error"] == "no service nope"
    assert world.post("roll_out", service="kiln")["error"].endswith("an image or an env that changes")


def test_the_wrong_cure_does_not_cure_and_the_right_one_does(broken: tuple[Running, Inbox]) -> None:
    """Runs last in this file's order: it repairs the world the tests above look at broken."""
    world, inbox = broken
    restart = {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}
    world.apps().patch_namespaced_deployment(
        "kiln", "workshop", {"spec": {"template": {"metadata": {"annotations": restart}}}}
    )
    before = {pod["name"] for pod in world.service("kiln")["pods"]}
    until(lambda: not before & {pod["name"] for pod in world.service("kiln")["pods"]}, 30, "pods replaced")
    time.sleep(2)
    assert world.service("kiln")["error_ratio"] > 0.3
    assert not world.get("verdict")["holds"]

    sets = world.apps().list_namespaced_replica_set("workshop", label_selector="app=kiln").items
    old = next(one for one in sets if one.metadata.annotations["deployment.kubernetes.io/revision"] == "1")
    template = kube.ApiClient().sanitize_for_serialization(old.spec.template)
    template["metadata"]["labels"].pop("pod-template-hash")
    patch = [{"op": "replace", "path": "/spec/template", "value": template}]
    world.apps().patch_namespaced_deployment("kiln", "workshop", patch)
    until(lambda: world.get("state")["alerts"] == [], 40, "the alert is quiet")
    until(lambda: inbox.bodies[-1]["status"] == "resolved", 10, "resolved is told")
    assert inbox.bodies[-1]["alerts"][0]["endsAt"] > inbox.bodies[-1]["alerts"][0]["startsAt"]
    checks = {one["check"]: one for one in world.get("verdict")["checks"]}
    assert checks["KilnCracks is quiet"]["holds"]
    assert checks["deployment kiln runs r.example/kiln:8"]["holds"], checks
    assert checks["1 change"] == {
        "check": "1 change",
        "holds": False,
        "seen": "2: patch Deployment kiln, patch Deployment kiln",
    }
    stale = 'count(pottery_calls_total{app="kiln",status="200"})'
    until(lambda: _vector(world, stale)[0]["value"][1] == "3", 10, "series of the old pods are gone")


def test_a_fault_can_be_switched_and_somebody_else_can_deploy(tmp_path: Path) -> None:
    scenario = other_names()
    with running(scenario, tmp_path) as world:
        world.post("fault", name="cracks", on=False)
        until(lambda: world.service("kiln")["error_ratio"] < 0.05, 25, "errors gone")
        world.post("roll_out", service="shelf", image="r.example/shelf:2", env={"WOOD": "oak"})
        until(lambda: world.service("shelf")["image"] == "r.example/shelf:2", 20, "rolled out")
        until(lambda: len(world.service("shelf")["pods"]) == 2, 20, "rollout finished")
        world.post("fault", name="cracks", on=True)
        until(lambda: world.service("kiln")["error_ratio"] > 0.2, 25, "errors back")
        assert world.service("kiln")["broken"] == ["cracks"]
        assert world.get("writes")["writes"] == []


def test_it_ends_cleanly_on_sigterm_and_when_its_parent_is_gone(tmp_path: Path) -> None:
    process = launch(other_names(), tmp_path)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0

    script = (
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-m', 'bot.playground.world', '--scenario',"
        f" {str(tmp_path)!r}], stdout=subprocess.PIPE, text=True); print(p.stdout.readline(), flush=True)"
    )
    orphan = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=30)
    url = json.loads(orphan.stdout)["url"]
    until(lambda: not _answers(url), 8, "the orphan ends")


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=2).ok
    except requests.ConnectionError:
        return False


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"history": "soon"}, "history: expected a length of time"),
        ({"alerts": [{"alert": "A", "expr": "sum(rate("}]}, "alerts[0].expr: expected PromQL this world can evaluate"),
        (
            {"alerts": [{"alert": "A", "expr": "up", "annotations": {"s": "{{ oops }}"}}]},
            "alerts[0].annotations.s: oops",
        ),
    ],
)
def test_a_scenario_it_cannot_play_ends_it_with_the_reason(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    process = launch({**other_names(), "end_state": [], **change}, tmp_path)
    _, errors = process.communicate(timeout=20)

    assert process.returncode == 2
    assert said in errors
    assert str(tmp_path) in errors


def test_the_shipped_scenarios_fire_soon_and_end_as_they_should(tmp_path: Path, serve: Any) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "false").mkdir()
    inbox = Inbox()
    with serve(inbox.app()) as base:
        hook = ("--webhook", f"{base}/hook")
        with (
            running(SCENARIOS / "bad-rollout", tmp_path / "bad", *hook) as bad,
            running(SCENARIOS / "false-alarm", tmp_path / "false", *hook) as false,
        ):
            names = {"CoinboxFailing", "TidetableErrors"}
            fired = until(
                lambda: names <= {body["groupLabels"]["alertname"] for body in inbox.bodies}, 10, "both fired"
            )
            assert fired < 8
            body = {"spec": {"template": {"spec": {"containers": [dict(OLD)]}}}}
            bad.apps().patch_namespaced_deployment("coinbox", "bookstall", body)
            until(lambda: bad.get("verdict")["holds"], 60, f"bad rollout ends well: {bad.get('verdict')}")
            until(lambda: false.get("verdict")["holds"], 60, f"false alarm ends well: {false.get('verdict')}")


OLD = {
    "name": "coinbox",
    "image": "registry.example/bookstall/coinbox:2.30.4",
    "env": [{"name": "SURCHARGE_V2", "value": "off"}],
}


def test_the_world_lives_on_whatever_is_done_to_its_cluster(tmp_path: Path) -> None:
    with running(other_names(), tmp_path) as world:
        apps, core = world.apps(), world.core()
        for pod in core.list_namespaced_pod("workshop").items:
            core.delete_namespaced_pod(pod.metadata.name, "workshop", grace_period_seconds=0)
        apps.patch_namespaced_deployment_scale("kiln", "workshop", {"spec": {"replicas": 0}})
        apps.delete_namespaced_deployment("shelf", "workshop")
        until(lambda: not world.service("kiln")["pods"] and not world.service("shelf")["pods"], 20, "all pods gone")
        until(lambda: world.get("state")["alerts"] == [], 30, "nothing left to fail")
        verdict = world.get("verdict")

        assert not verdict["holds"]
        assert world.process.poll() is None
        writes = world.get("writes")["writes"]
        assert {one["verb"] for one in writes} == {"delete", "patch"}
        assert {one["user"] for one in writes} == {"system:serviceaccount:tests:writer"}
