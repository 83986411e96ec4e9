"""Every tool against a running world: real clients, real HTTP, a rollout that broke a service three minutes ago."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import yaml

from bot.adapters.looks import ToolLooks
from bot.core.events import Outcome
from bot.core.ledger import parse_stamp
from bot.core.tool import Look, Observation
from bot.core.window import Window
from tests.world.running import TOKEN, Running, other_names, running, until
from tools.read.sources.cluster import ClusterSettings
from tools.read.sources.elastic import ElasticSettings
from tools.read.sources.prometheus import PrometheusSettings

NAMESPACE, SERVICE = "workshop", "kiln"
RULE = other_names()["alerts"][0]["expr"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(other_names(), tmp_path_factory.mktemp("world")) as world:
        until(lambda: bool(fires(world)), 30, "the alert fires")
        yield world


def fires(world: Running) -> list[object]:
    alerts = requests.get(f"{world.url}/prometheus/api/v1/alerts", timeout=10).json()["data"]["alerts"]
    return [alert for alert in alerts if alert["state"] == "firing"]


@pytest.fixture(scope="module")
def looks(world: Running, tmp_path_factory: pytest.TempPathFactory) -> ToolLooks:
    path = tmp_path_factory.mktemp("kube") / "config"
    path.write_text(yaml.safe_dump(kubeconfig(world.url + "/kubernetes")))
    return ToolLooks(
        given=[
            PrometheusSettings(url=world.url + "/prometheus"),  # type: ignore[arg-type]
            ElasticSettings(url=world.url + "/elasticsearch"),  # type: ignore[arg-type]
            ClusterSettings(kubeconfig=str(path)),
        ]
    )


def kubeconfig(server: str) -> dict[str, Any]:
    return {
        "current-context": "it",
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "clusters": [{"name": "it", "cluster": {"server": server}}],
        "users": [{"name": "it", "user": {"token": TOKEN}}],
    }


def a_look() -> Look:
    """The world has ten minutes of past: the baseline is its first five."""
    now = datetime.now(UTC)
    start = now - timedelta(minutes=4)
    return Look(Window(now - timedelta(minutes=9), start, now - timedelta(seconds=30), now), 20.0, now)


def seen(looks: ToolLooks, tool: str, **arguments: Any) -> Observation:
    found = looks.look(tool, arguments, a_look())
    assert found.outcome is Outcome.OK, found.digest
    return found


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def test_the_curve_of_the_alerts_rule_has_its_onset_and_breaks_the_rule(looks: ToolLooks) -> None:
    found = seen(looks, "query_metrics", expression=RULE)
    [series] = found.facts["series"]

    assert found.facts["threshold"] == {"op": ">", "value": 0.1}
    assert series["labels"] == {"app": "kiln"}
    assert series["baseline"]["median"] < 0.05
    assert abs((parse_stamp(series["began_at"]) - ago(180)).total_seconds()) < 45
    assert (series["direction"], series["ended_at"], series["breaching_now"]) == ("up", None, True)
    assert series["now"] > 0.3
    assert len(series["points"]) <= 300
    assert "breaks the rule" in found.digest


def test_a_rule_has_a_value_now_or_is_quiet_or_blind(looks: ToolLooks) -> None:
    burning = seen(looks, "query_instant", expression=RULE)
    quiet = seen(looks, "query_instant", expression=RULE.replace('"kiln"', '"shelf"').replace("> 0.1", "> 0.999"))
    blind = looks.look("query_instant", {"expression": 'rate(pottery_calls_total{app="nobody"}[1m]) > 1'}, a_look())

    assert (burning.facts["quiet"], burning.facts["series"][0]["value"] > 0.3) == (False, True)
    assert (quiet.facts["quiet"], quiet.facts["series"]) == (True, [])
    assert "quiet" in quiet.digest
    assert (blind.outcome, blind.facts["quiet"], blind.facts["rule"]) == (Outcome.NO_DATA, None, None)


def test_the_alert_fires_and_others_are_told_apart(looks: ToolLooks) -> None:
    mine = seen(looks, "read_alerts", alertname="KilnCracks", service="kiln")
    other = seen(looks, "read_alerts", service="shelf")

    assert [(one["labels"]["alertname"], one["state"]) for one in mine.facts["alerts"]] == [("KilnCracks", "firing")]
    assert mine.facts["alerts"][0]["value"] > 0.1
    assert (other.facts["alerts"], other.facts["elsewhere"]) == ([], 1)


def test_an_expression_the_server_cannot_read_fails_in_the_servers_words(looks: ToolLooks) -> None:
    found = looks.look("query_metrics", {"expression": "sum(rate(pottery_calls_total["}, a_look())

    assert found.outcome is Outcome.FAILED
    assert "does not understand the query" in found.digest
    assert "timeout" not in found.digest


def test_logs_say_what_is_new_and_on_which_template(looks: ToolLooks) -> None:
    found = seen(looks, "search_logs", service=SERVICE, namespace=NAMESPACE, level="error")
    first = found.facts["templates"][0]
    rollout = seen(looks, "rollout_history", namespace=NAMESPACE, service=SERVICE).facts["rollouts"][0]

    assert first["template"] == "pot <num> cracked at <num> degrees"
    assert (first["level"], first["new"], first["baseline_count"]) == ("error", True, 0)
    assert set(first["hashes"]) == {rollout["template_hash"]}
    assert abs((parse_stamp(first["first_seen"]) - ago(180)).total_seconds()) < 45
    assert 200 < first["count"] < 2000
    assert sum(count for _, count in found.facts["histogram"]) == found.facts["total"] + found.facts["baseline_total"]


def test_words_narrow_a_log_search_and_no_match_is_told_from_no_lines(looks: ToolLooks) -> None:
    matching = seen(looks, "search_logs", service=SERVICE, namespace=NAMESPACE, query="cracked")
    nothing = seen(looks, "search_logs", service=SERVICE, namespace=NAMESPACE, query="zzzz")
    nobody = looks.look("search_logs", {"service": "nobody", "namespace": NAMESPACE}, a_look())

    assert matching.facts["total"] > 0
    assert all("crack" in one["example"] for one in matching.facts["templates"])
    assert nothing.facts["total"] == 0
    assert nothing.facts["lines_total"] > 0
    assert nobody.outcome is Outcome.NO_DATA


def test_the_default_index_finds_lines_where_only_one_of_its_patterns_has_an_index(looks: ToolLooks) -> None:
    look = a_look()
    # the world writes on, and what it wrote a moment ago is not there at once: both ask for what is over
    look = replace(look, window=replace(look.window, end=look.window.end - timedelta(seconds=20)))
    every, one = (
        looks.look("search_logs", {"service": SERVICE, **where}, look).facts["total"]
        for where in ({}, {"namespace": NAMESPACE})
    )

    assert ElasticSettings.model_fields["index"].default.count("*") == 2
    assert every == one > 0


def test_a_workload_is_read_with_image_revision_and_health(looks: ToolLooks) -> None:
    workload = seen(looks, "read_workload", namespace=NAMESPACE, name=SERVICE).facts["workload"]

    assert (workload["desired"], workload["ready"], workload["healthy"]) == (3, 3, True)
    assert (workload["images"], workload["revision"]) == ({"kiln": "r.example/kiln:9"}, 2)
    assert workload["template_hash"]
    assert workload["uid"]


def test_workloads_are_listed_by_service_or_all(looks: ToolLooks) -> None:
    every = seen(looks, "list_workloads", namespace=NAMESPACE).facts
    one = seen(looks, "list_workloads", namespace=NAMESPACE, service="shelf").facts

    assert sorted(found["name"] for found in every["workloads"]) == ["kiln", "shelf"]
    assert [found["name"] for found in one["workloads"]] == ["shelf"]


def test_a_rollout_says_when_and_what_it_changed(looks: ToolLooks) -> None:
    newest, first = seen(looks, "rollout_history", namespace=NAMESPACE, service=SERVICE).facts["rollouts"]

    assert (newest["revision"], newest["current"], first["current"]) == (2, True, False)
    assert abs(newest["seconds_before_alert"] - 150) < 45
    assert newest["changes"] == [
        {"what": "image of kiln", "before": "r.example/kiln:8", "after": "r.example/kiln:9"},
        {"what": "env GLAZE of kiln", "before": "", "after": "blue"},
    ]


def test_pods_carry_their_revision(looks: ToolLooks) -> None:
    facts = seen(looks, "list_pods", namespace=NAMESPACE, service=SERVICE).facts

    assert (facts["total"], facts["unready"]) == (3, 0)
    assert {pod["revision"] for pod in facts["pods"]} == {2}
    assert all(pod["ready"] and pod["node"] for pod in facts["pods"])


def test_events_are_about_the_service_and_say_whether_the_object_is_still_in_trouble(looks: ToolLooks) -> None:
    facts = seen(looks, "list_events", namespace=NAMESPACE, service=SERVICE).facts

    assert facts["events"]
    assert all("kiln" in event["object"] for event in facts["events"])
    assert {event["object_unhealthy"] for event in facts["events"] if event["object"].startswith("Deployment/")} <= {
        False
    }


def test_container_logs_are_the_pods_own(looks: ToolLooks) -> None:
    facts = seen(looks, "read_container_logs", namespace=NAMESPACE, service=SERVICE).facts

    assert len(facts["pods_read"]) == 3
    assert facts["templates"][0]["template"].count("pot <num> cracked at <num> degrees")
    assert (facts["baseline_total"], facts["templates"][0]["new"]) == (None, False)


def test_nodes_are_listed_with_their_pods(looks: ToolLooks) -> None:
    facts = seen(looks, "list_nodes").facts

    assert facts["total"] == len(facts["nodes"]) > 0
    assert sum(node["pods"] for node in facts["nodes"]) == 5


@pytest.mark.parametrize("tool", ["list_pods", "list_workloads", "rollout_history", "list_events"])
def test_a_service_that_does_not_exist_is_no_data_and_says_so(looks: ToolLooks, tool: str) -> None:
    found = looks.look(tool, {"namespace": NAMESPACE, "service": "nobody"}, a_look())

    assert found.outcome is Outcome.NO_DATA
    assert "nobody" in found.digest


def test_a_workload_that_does_not_exist_is_no_data(looks: ToolLooks) -> None:
    found = looks.look("read_workload", {"namespace": NAMESPACE, "name": "nobody"}, a_look())

    assert (found.outcome, found.facts) == (Outcome.NO_DATA, {"workload": None})


def test_the_rule_itself_is_read_by_its_name_in_any_case_and_by_its_metric(looks: ToolLooks) -> None:
    name = other_names()["alerts"][0]["alert"]

    [by_name] = seen(looks, "read_alert_rules", alertname=name.lower()).facts["rules"]
    assert (by_name["name"], by_name["expression"], by_name["state"]) == (name, RULE, "firing")
    assert "is more than 0.1" in by_name["words"]
    by_metric = seen(looks, "read_alert_rules", metric=by_name["metrics"][0]).facts["rules"]
    assert name in [rule["name"] for rule in by_metric]


def test_a_rule_nobody_has_is_no_data_and_not_a_failure(looks: ToolLooks) -> None:
    found = looks.look("read_alert_rules", {"alertname": "NoSuchRule"}, a_look())

    assert found.outcome is Outcome.NO_DATA
    assert found.facts["read"] > 0
