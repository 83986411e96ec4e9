"""The scenario for real servers: rule file and configuration for Prometheus and Alertmanager, targets to scrape."""

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from bot.playground.world.durations import written
from bot.playground.world.scenario import Scenario
from bot.playground.world.sim.lives import PodLife

_STATE = "/targets/kube-system/kube-state-metrics/metrics"


def rules_yaml(scenario: Scenario) -> str:
    rules = [
        {
            "alert": one.alert,
            "expr": one.expr,
            **({"for": written(one.hold)} if one.hold else {}),
            "labels": dict(one.labels),
            "annotations": dict(one.annotations),
        }
        for one in scenario.alerts
    ]
    return _dumped({"groups": [{"name": scenario.name, "interval": "1s", "rules": rules}]})


def scrape_yaml(scenario: Scenario, base: str, rule_file: str, alertmanager: str | None) -> str:
    """Return a prometheus.yml that scrapes this world's pods and evaluates its rules each second."""
    interval = written(scenario.scrape_interval)
    job = {
        "job_name": "world",
        "honor_labels": True,
        "http_sd_configs": [{"url": f"{base}/sd", "refresh_interval": "1s"}],
    }
    found: dict[str, Any] = {
        "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": "1s"},
        "rule_files": [rule_file],
        "scrape_configs": [job],
    }
    if alertmanager:
        found["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]}
    return _dumped(found)


def alertmanager_yaml(scenario: Scenario, webhook: str, token: str | None) -> str:
    notify = scenario.notify
    receiver: dict[str, Any] = {"url": webhook, "send_resolved": True, "max_alerts": notify.max_alerts}
    if token:
        receiver["http_config"] = {"authorization": {"type": "Bearer", "credentials": token}}
    route = {
        "receiver": notify.receiver,
        "group_by": list(notify.group_by),
        "group_wait": written(notify.group_wait),
        "group_interval": written(notify.group_interval),
        "repeat_interval": written(notify.repeat_interval),
    }
    return _dumped({"route": route, "receivers": [{"name": notify.receiver, "webhook_configs": [receiver]}]})


def _dumped(body: object) -> str:
    return yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=200)


def discovery(scenario: Scenario, lives: Iterable[PodLife], address: str) -> list[dict[str, Any]]:
    """Return Prometheus's http_sd form: one target a pod, and one for the cluster's state."""
    return [
        *_pod_targets(scenario, lives, address),
        _target(address, _STATE, "kube-state-metrics", _STATE_INSTANCE, {}),
    ]


_STATE_INSTANCE = "kube-state-metrics:8080"


def _pod_targets(scenario: Scenario, lives: Iterable[PodLife], address: str) -> Iterator[dict[str, Any]]:
    names = scenario.metrics
    for life in lives:
        if life.address:
            own = {
                names.label("namespace"): life.namespace,
                names.label("pod"): life.name,
                names.label("service"): life.service,
            }
            path = f"/targets/{life.namespace}/{life.name}/metrics"
            port = scenario.service(life.service).port
            yield _target(address, path, life.service, f"{life.address}:{port}", own)


def _target(address: str, path: str, job: str, instance: str, own: dict[str, str]) -> dict[str, Any]:
    return {"targets": [address], "labels": {"__metrics_path__": path, "job": job, "instance": instance, **own}}
