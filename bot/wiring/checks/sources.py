"""Checks what diagnosis reads, with the tools' own clients: Prometheus and its rules, Alertmanager, Elasticsearch."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import requests
from elasticsearch import ApiError

from bot.core.checkup import Checkup, proven, unproven, wrong
from bot.core.errors import Denied, LookFailed
from tools.read.sources.elastic import REACH, ElasticSettings, connected, no_index
from tools.read.sources.prometheus import Prometheus, PrometheusSettings, asking

SECONDS = 8.0
SUPPORTED = ("8", "9")
READING = ("read", "view_index_metadata")
WRITING = ("write", "delete", "create_index")
KEY = 'POST /_security/api_key {"name": "midwatch", "role_descriptors": {"read": {"indices": [{"names": ["logs-*"], "privileges": ["read", "view_index_metadata"]}]}}}'  # noqa: E501


# --- Prometheus ---------------------------------------------------------------------------------------------------


def check_prometheus(settings: PrometheusSettings, watchdog: str) -> Iterator[Checkup]:
    """``watchdog`` is the alert that should always fire."""
    part = "prometheus"
    try:
        with Prometheus(settings, SECONDS) as prometheus, asking():
            build = _got(prometheus, "status/buildinfo")
            yield proven(part, f"version {build.get('version', 'unknown')} answers at {settings.url}")
            yield _data(prometheus)
            yield _rules(prometheus, watchdog)
    except Denied as error:
        yield wrong(part, str(error), "set PROMETHEUS_TOKEN to a token that may read")
    except LookFailed as error:
        yield wrong(
            part, str(error), "set PROMETHEUS_URL to the address before /api/v1 (open it: /api/v1/status/buildinfo)"
        )


def _got(prometheus: Prometheus, path: str) -> Any:
    answer = prometheus.answers.request("GET", f"{prometheus.url}/api/v1/{path}", headers=prometheus.headers)
    return answer.json()["data"]


def _data(prometheus: Prometheus) -> Checkup:
    found = prometheus.instant("count(up)", datetime.now(UTC))
    if not found:
        return unproven(
            "prometheus data", "`up` has no series: nothing is scraped here", "is this the right Prometheus?"
        )
    return proven("prometheus data", f"{found[0]['value'][1]} targets in `up`")


def _rules(prometheus: Prometheus, watchdog: str) -> Checkup:
    part = "prometheus rules"
    try:
        groups = _got(prometheus, "rules?type=alert")["groups"]
    except LookFailed as error:
        return unproven(
            part, f"the alert rules cannot be read: {error}", "diagnosis then reads rules from alerts alone"
        )
    names = [str(rule.get("name")) for group in groups for rule in group.get("rules", ())]
    if not names:
        return unproven(part, "there is no alert rule: nothing will ever fire", "load alert rules (rule_files)")
    dog = "" if watchdog in names else f"; none is called {watchdog}, so a dead Alertmanager goes unnoticed"
    return proven(part, f"{len(names)} {'alert rule' if len(names) == 1 else 'alert rules'}{dog}")


# --- Alertmanager -------------------------------------------------------------------------------------------------


def check_alertmanager(url: str | None) -> Iterator[Checkup]:
    """Does it send here? Diagnosis asks it too what was missed while serve could not be reached."""
    part = "alertmanager"
    if url is None:
        says = "ALERTMANAGER_URL is not set: what was missed while serve was away cannot be asked for"
        yield unproven(part, says, "set ALERTMANAGER_URL, for example http://alertmanager:9093")
        return
    base = url.rstrip("/")
    try:
        answer = requests.get(f"{base}/api/v2/status", timeout=SECONDS)
        status = answer.json()
        version, config = status["versionInfo"]["version"], str(status["config"]["original"])
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        yield wrong(
            part, f"{base} does not answer as an Alertmanager: {error}", "set ALERTMANAGER_URL, or leave it out"
        )
        return
    if "/webhooks/alertmanager" in config:
        yield proven(part, f"version {version}; a receiver sends to /webhooks/alertmanager")
    else:
        yield wrong(
            part,
            f"version {version} has no receiver for /webhooks/alertmanager",
            "add the receiver and routes of the alertmanager.yml that `midwatch init` wrote",
        )


# --- Elasticsearch ------------------------------------------------------------------------------------------------


def check_elasticsearch(settings: ElasticSettings) -> Iterator[Checkup]:
    part = "elasticsearch"
    try:
        with connected(settings, SECONDS) as client:
            number = str(client.info().body["version"]["number"])
            if number.partition(".")[0] not in SUPPORTED:
                yield wrong(part, f"version {number}", "use Elasticsearch 8 or 9")
                return
            yield proven(part, f"version {number} answers at {settings.url}")
            fields = [settings.time_field, settings.message_field]
            caps = client.field_caps(index=settings.index, fields=fields, **REACH).body
            yield _indices(settings, caps)
            yield _privileges(client, settings)
    except Denied as error:
        yield wrong(part, str(error), f"set ELASTICSEARCH_API_KEY to a key that may read: {KEY}")
    except LookFailed as error:
        yield wrong(part, str(error), "set ELASTICSEARCH_URL to the address of Elasticsearch 8 or 9")


def _indices(settings: ElasticSettings, caps: Any) -> Checkup:
    part, indices = "elasticsearch indices", caps.get("indices") or []
    if not indices:
        return wrong(part, f"there is {no_index(settings)}", "set ELASTICSEARCH_INDEX to where the logs are")
    lacking = [name for name in (settings.time_field, settings.message_field) if name not in caps.get("fields", {})]
    if lacking:
        mend = "set ELASTICSEARCH_TIME_FIELD and ELASTICSEARCH_MESSAGE_FIELD to what the logs call them"
        return wrong(part, f"{len(indices)} indices have no field {', '.join(lacking)}", mend)
    return proven(part, f"{len(indices)} readable as {settings.index}")


def _privileges(client: Any, settings: ElasticSettings) -> Checkup:
    part = "elasticsearch rights"
    names = settings.index.split(",")
    try:
        asked = [{"names": names, "privileges": [*READING, *WRITING]}]
        found = client.security.has_privileges(index=asked).body["index"]
    except ApiError as error:
        if error.meta.status in (401, 403):
            return unproven(part, "this key may not ask what it may", f"better one that only reads: {KEY}")
        return unproven(part, "security is not on here: anybody may write", "keep it away from strangers")
    may = {privilege for name in names for privilege, yes in found.get(name, {}).items() if yes}
    if writes := sorted(may & set(WRITING)):
        return wrong(
            part, f"the key may {', '.join(writes)}; reading needs none of it", f"make one that only reads: {KEY}"
        )
    lacking = sorted(set(READING) - may)
    if lacking:
        return wrong(part, f"the key may not {', '.join(lacking)}", KEY)
    return proven(part, "the key may read, and write nothing")
