"""One thing broken at a time; the doctor names that and nothing else, with how to mend it."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis

from bot.adapters.ed25519 import generate
from bot.core.checkup import State
from bot.playground.outfit import free_port
from bot.wiring.checks.cluster import check_actor, check_reader
from bot.wiring.checks.store import check_redis
from tests.doctor.conftest import POOR, SHY, House, Told
from tests.tools.change.stage import READ, WEB, playing

pytestmark = pytest.mark.xdist_group("doctor")
CANNOT_LIST = {"tokens": {READ: {"user": "somebody", "rules": []}}}


def only(told: Told, part: str) -> dict[str, str]:
    """The one thing that is wrong, which has a way to mend it."""
    assert told.wrong() == [part], told.text
    assert told.code == 1
    assert told.of(part)["mend"]
    return told.of(part)


# --- Slack


def test_a_missing_scope(house: House) -> None:
    house.set("talk", SLACK_BOT_TOKEN=POOR)

    assert only(house.doctor("--as", "talk"), "slack scopes")["says"] == "missing: files:write, pins:write"


def test_a_wrong_token(house: House) -> None:
    house.set("talk", SLACK_BOT_TOKEN="xoxb-of-another-app")

    assert "invalid_auth" in only(house.doctor("--as", "talk"), "slack token")["says"]


def test_a_bot_that_is_not_in_the_home_channel(house: House) -> None:
    house.set("talk", SLACK_BOT_TOKEN=SHY)

    assert "/invite" in only(house.doctor("--as", "talk"), "slack home channel")["mend"]


def test_an_app_token_that_opens_no_socket(house: House) -> None:
    house.set("serve", SLACK_APP_TOKEN="xapp-revoked")

    assert "connections:write" in only(house.doctor("--as", "serve"), "slack socket")["mend"]


def test_an_approver_nobody_knows(house: House) -> None:
    house.set("serve", MIDWATCH_APPROVERS="U0LEFTLONG")

    assert "U0LEFTLONG: user_not_found" in only(house.doctor("--as", "serve"), "MIDWATCH_APPROVERS")["says"]


# --- Redis


@contextmanager
def configured(admin: "redis.Redis", **changes: str) -> Iterator[None]:
    names = {name.replace("_", "-"): value for name, value in changes.items()}
    before = {name: admin.config_get(name)[name] for name in names}  # type: ignore[index]
    for name, value in names.items():
        admin.config_set(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            admin.config_set(name, value)


def test_a_redis_that_forgets(house: House) -> None:
    with configured(house.admin, appendonly="no"):
        found = only(house.doctor("--as", "act"), "redis persistence")

    assert "appendonly yes" in found["mend"]


def test_a_redis_that_throws_away(house: House) -> None:
    with configured(house.admin, maxmemory="100mb", maxmemory_policy="allkeys-lru"):
        found = only(house.doctor("--as", "act"), "redis memory")

    assert "allkeys-lru" in found["says"]


def test_the_redis_user_of_another_process(house: House) -> None:
    house.set("talk", REDIS_URL=house.outfit.redis_url("act"))

    told = house.doctor("--as", "talk")

    assert told.code == 1
    assert told.wrong() == ["redis user", "redis user"]
    assert "midwatch-act, not midwatch-talk" in told.text


def test_a_redis_user_that_may_too_much(house: House) -> None:
    rules = house.admin.execute_command("ACL", "LIST")
    before = next(rule for rule in rules if rule.startswith("user midwatch-talk "))  # type: ignore[union-attr]
    house.admin.execute_command("ACL", "SETUSER", "midwatch-talk", "allkeys", "+@all")
    try:
        found = only(house.doctor("--as", "talk"), "redis rights")
    finally:
        house.admin.execute_command("ACL", "LOAD")

    assert "remove a ledger" in found["says"]
    assert before in house.admin.execute_command("ACL", "LIST")  # type: ignore[operator]


def test_a_redis_whose_door_is_open(house: House) -> None:
    house.admin.execute_command("ACL", "SETUSER", "default", "on", "nopass", "allkeys", "+@all")
    try:
        found = only(house.doctor("--as", "talk"), "redis door")
    finally:
        house.admin.execute_command("ACL", "LOAD")

    assert "without a password" in found["says"]


def test_clocks_that_disagree(house: House) -> None:
    seconds, _ = house.admin.time()  # type: ignore[misc]

    found = list(check_redis(house.outfit.redis_url("serve"), "serve", now=lambda: seconds + 120.0))

    [only_one] = [one for one in found if one.state is State.WRONG]
    assert only_one.part == "clock"
    assert only_one.says in ("Redis is 120 s behind this machine", "Redis is 119 s behind this machine")


def test_a_redis_that_is_not_there(house: House) -> None:
    house.set("act", REDIS_URL=f"redis://midwatch-act:secret@127.0.0.1:{free_port()}/0")

    assert "does not answer" in only(house.doctor("--as", "act"), "redis")["says"]


def test_a_wrong_password(house: House) -> None:
    house.set("act", REDIS_URL=f"redis://midwatch-act:wrong@127.0.0.1:{house.outfit.redis_port}/0")

    told = only(house.doctor("--as", "act"), "redis")

    assert "password is not taken" in told["says"]


# --- what diagnosis reads


class Answers(ThreadingHTTPServer):
    """Answers every request alike."""

    def __init__(self, status: int, kind: str, body: bytes) -> None:
        self.status, self.kind, self.body = status, kind, body
        super().__init__(("127.0.0.1", 0), _Answer)


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Answers)
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(server.status)
        self.send_header("content-type", server.kind)
        self.send_header("content-length", str(len(server.body)))
        self.end_headers()
        self.wfile.write(server.body)

    do_POST = do_GET  # noqa: N815 - http.server spells it so

    def log_message(self, *_: Any) -> None: ...


@contextmanager
def answering(status: int, kind: str, body: bytes) -> Iterator[str]:
    server = Answers(status, kind, body)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_prometheus_that_is_down(house: House) -> None:
    house.set("diagnose", PROMETHEUS_URL=f"http://127.0.0.1:{free_port()}")

    assert "not reachable" in only(house.doctor("--as", "diagnose"), "prometheus")["says"]


def test_an_address_that_shows_a_page(house: House) -> None:
    with answering(200, "text/html", b"<html>Grafana</html>") as url:
        house.set("diagnose", PROMETHEUS_URL=url)
        found = only(house.doctor("--as", "diagnose"), "prometheus")

    assert "not with JSON" in found["says"]
    assert "PROMETHEUS_URL" in found["mend"]


def test_an_elasticsearch_that_takes_no_key(house: House) -> None:
    house.break_world("elasticsearch", 401)
    try:
        found = only(house.doctor("--as", "diagnose"), "elasticsearch")
    finally:
        house.mend_world("elasticsearch")

    assert "401" in found["says"]
    assert "ELASTICSEARCH_API_KEY" in found["mend"]


def test_indices_that_are_not_there(house: House) -> None:
    house.set("diagnose", ELASTICSEARCH_INDEX="nothing-*")

    assert "nothing-*" in only(house.doctor("--as", "diagnose"), "elasticsearch indices")["says"]


def test_logs_whose_fields_are_called_otherwise(house: House) -> None:
    house.set("diagnose", ELASTICSEARCH_SERVICE_FIELD="app", ELASTICSEARCH_MORE_SERVICE_FIELDS="[]")

    found = only(house.doctor("--as", "diagnose"), "elasticsearch fields")

    assert "no index has a field app: no line of any service will be found; there are " in found["says"]
    assert "service.name" in found["says"]
    assert "set ELASTICSEARCH_SERVICE_FIELD to what the logs call it, for example" in found["mend"]


def test_nothing_to_look_at_at_all(house: House) -> None:
    house.set("diagnose", PROMETHEUS_URL=None, ELASTICSEARCH_URL=None, KUBECONFIG=None)

    assert "no metrics, no logs, no cluster" in only(house.doctor("--as", "diagnose"), "sources")["says"]


def test_a_bad_runbook(house: House, tmp_path: Path) -> None:
    page = tmp_path / "pages" / "bad.md"
    page.parent.mkdir()
    page.write_text("---\nid: bad\ntitle: Bad\nchecks:\n  - tool: no_such_tool\n---\n# Bad\n")
    house.set("diagnose", MIDWATCH_RUNBOOKS=f"{house.envs['diagnose']['MIDWATCH_RUNBOOKS']}:{page.parent}")

    assert "bad.md" in only(house.doctor("--as", "diagnose"), "runbooks")["says"]


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [(401, "authentication_error", "ANTHROPIC_API_KEY is not taken"), (404, "not_found_error", "there is no model")],
)
def test_a_model_that_is_not_there_or_a_key_that_is_wrong(house: House, status: int, kind: str, says: str) -> None:
    body = json.dumps({"type": "error", "error": {"type": kind, "message": "no"}}).encode()
    with answering(status, "application/json", body) as url:
        house.set("diagnose", ANTHROPIC_API_KEY="sk-ant-something", ANTHROPIC_BASE_URL=url)
        found = only(house.doctor("--as", "diagnose"), "model")

    assert says in found["says"]


# --- the cluster


def test_a_reading_identity_that_may_write(house: House) -> None:
    house.set("diagnose", KUBECONFIG=house.envs["act"]["KUBECONFIG"])

    told = house.doctor("--as", "diagnose")
    found = told.of("kubernetes changing")

    assert told.wrong() == ["kubernetes reading", "kubernetes changing"]  # it may not even read all that is to be read
    assert "it is that account (system:serviceaccount:midwatch:midwatch-act)" in found["says"]
    assert "midwatch-read" in found["mend"]
    assert told.of("kubernetes faults")["state"] == "unproven"
    assert "list endpointslices" in told.of("kubernetes faults")["says"]


def test_an_acting_identity_that_may_not_patch(house: House) -> None:
    house.set("act", KUBECONFIG=house.envs["diagnose"]["KUBECONFIG"])

    assert "patch deployments in" in only(house.doctor("--as", "act"), "kubernetes changing")["says"]


def test_an_acting_identity_bound_elsewhere(house: House) -> None:
    house.set("act", MIDWATCH_NAMESPACES="elsewhere")

    told = house.doctor("--as", "act")

    assert told.wrong() == ["kubernetes changing"]
    assert told.of("kubernetes elsewhere")["state"] == "unproven"  # the shipped account cannot list namespaces


def test_an_acting_identity_that_may_more_than_its_list(tmp_path: Path) -> None:
    with playing(tmp_path) as cluster:  # this one can
        found = check_actor(cluster.settings().kubeconfig, ["elsewhere"], "act")
        [elsewhere] = [one for one in found if one.part == "kubernetes elsewhere"]

    assert elsewhere.state is State.WRONG
    assert WEB in elsewhere.says


def test_a_reading_identity_of_a_cluster_that_does_not_say_is_unproven(tmp_path: Path) -> None:
    with playing(tmp_path, access=CANNOT_LIST) as cluster:
        found = check_reader(cluster.settings(READ).kubeconfig, [])
        [changing] = [one for one in found if one.part == "kubernetes changing"]

    assert changing.state is State.UNPROVEN
    assert "will not read the cluster" in changing.says


def test_an_act_process_without_a_cluster_is_wrong_in_mode_act_alone(house: House) -> None:
    house.set("act", KUBECONFIG=None)
    assert "nothing can be changed" in only(house.doctor("--as", "act"), "kubernetes")["says"]

    house.set("act", MIDWATCH_MODE="propose")
    assert house.doctor("--as", "act").code == 0


# --- keys and settings


def test_keys_that_are_no_pair(house: House) -> None:
    other = generate()
    house.set("act", MIDWATCH_VERIFY_KEY=other.public)

    found = only(house.doctor(), "signing pair")

    assert other.key in found["says"]
    assert "MIDWATCH_VERIFY_KEY=" in found["mend"]


def test_processes_that_disagree_about_the_mode(house: House) -> None:
    house.set("talk", MIDWATCH_MODE="propose")

    assert "talk propose" in only(house.doctor(), "modes")["says"]


def test_a_missing_and_a_malformed_setting(house: House) -> None:
    house.set("serve", SLACK_BOT_TOKEN=None, MIDWATCH_HOME_CHANNEL="#ops")

    told = house.doctor("--as", "serve")

    assert told.wrong() == ["settings", "settings"]
    assert "for example SLACK_BOT_TOKEN=xoxb-…" in told.text
    assert "a channel's id is needed" in told.text
    assert told.of("redis")["state"] == "proven"


def test_a_credential_of_another_process(house: House) -> None:
    house.set("diagnose", SLACK_BOT_TOKEN="xoxb-playground")

    assert "SLACK_BOT_TOKEN" in only(house.doctor("--as", "diagnose"), "credentials")["says"]


class Mocking(socketserver.BaseRequestHandler):
    """Something at Redis's port that has words for a terminal, and a secret among them."""

    def handle(self) -> None:
        while self.request.recv(4096):
            self.request.sendall(b"-ERR \x1b[2J\x1b[31mall is well; password=hunter2secret\r\n")


def test_what_a_server_says_is_data_also_where_settings_are_missing(house: House) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mocking) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        house.set("serve", SLACK_BOT_TOKEN=None, REDIS_URL=f"redis://127.0.0.1:{server.server_address[1]}/0")

        told = house.doctor("--as", "serve")
        server.shutdown()

    says = told.of("redis")["says"]
    assert "all is well" in says
    assert "hunter2secret" not in says
    assert "\x1b" not in says
