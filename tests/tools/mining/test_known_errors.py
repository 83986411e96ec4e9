"""Error lines as runtimes, drivers and databases write them: what they mean, and whom they blame."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.records import LogLine
from bot.core.signs import Role
from bot.core.window import window_of
from tools.read.mining.errors_table import table
from tools.read.mining.known_errors import errors_in, read_error, signs_of_errors
from tools.read.mining.template_signs import signs_of_templates

ALERT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
WINDOW = window_of(ALERT, ALERT + timedelta(minutes=10))

LINES = [
    ("dial tcp: lookup orders-db on 10.96.0.10:53: no such host", "dns_failure", ("orders-db",)),
    ('could not translate host name "pg.prod.svc" to address: Name not known', "dns_failure", ("pg.prod.svc",)),
    ("getaddrinfo EAI_AGAIN redis-cart", "dns_failure", ("redis-cart",)),
    ("java.net.UnknownHostException: billing.internal", "dns_failure", ("billing.internal",)),
    ("dial tcp 10.1.2.3:5432: connect: connection refused", "connection_refused", ()),
    ("Error: connect ECONNREFUSED orders:8080", "connection_refused", ("orders:8080",)),
    ('could not connect: Connection refused Is the server running on host "db-1"', "connection_refused", ("db-1",)),
    ("x509: certificate has expired or is not yet valid: current time", "certificate_expired", ()),
    ('pods is forbidden: User "system:serviceaccount:a:b" cannot list resource "pods"', "rbac_denied", ()),
    ('FATAL: password authentication failed for user "shop"', "auth_failed", ()),
    ("write /var/log/agent.log: no space left on device", "disk_full", ()),
    ("java.lang.OutOfMemoryError: Java heap space", "out_of_memory", ()),
    ("sh: 1: wge: not found", "command_not_found", ()),
    ("ModuleNotFoundError: No module named 'requests'", "module_missing", ()),
    ("KeyError: 'DATABASE_URL'", "config_missing", ()),
    ("DATABASE_URL environment variable is not set", "config_missing", ()),
    ('nginx: [emerg] unknown directive "sever_name"', "config_invalid", ()),
    ("open /etc/app/config.yaml: no such file or directory", "file_missing", ()),
    ("listen tcp :8080: bind: address already in use", "port_in_use", ()),
    ('ERROR: relation "favourites" does not exist at character 15', "schema_mismatch", ()),
    ("HikariPool-1 - Connection is not available, request timed out after 30000ms", "pool_exhausted", ()),
    ("FATAL: remaining connection slots are reserved", "connections_exhausted", ()),
    ("ERROR: deadlock detected", "deadlock", ()),
    ("canceling statement due to statement timeout", "statement_timeout", ()),
    ("ERROR: cannot execute INSERT in a read-only transaction", "database_read_only", ()),
    ("OOM command not allowed when used memory > 'maxmemory'", "store_out_of_memory", ()),
    ("upstream payments timed out after 5s", "upstream_timeout", ("payments",)),
    ("rpc error: code = DeadlineExceeded desc = context deadline exceeded", "upstream_timeout", ()),
    ("HTTP 429 Too Many Requests", "rate_limited", ()),
    ("read tcp 10.0.0.1:4->10.0.0.2:5: read: connection reset by peer", "connection_reset", ()),
    ("panic: runtime error: invalid memory address or nil pointer dereference", "null_dereference", ()),
    ("TypeError: Cannot read properties of undefined (reading 'id')", "null_dereference", ()),
    ("fatal error: concurrent map writes", "data_race", ()),
    ("panic: runtime error: index out of range [3] with length 3", "index_out_of_range", ()),
    ("standard_init_linux.go:228: exec user process caused: exec format error", "image_wrong_arch", ()),
    ("Segmentation fault (core dumped)", "process_crashed", ()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "blames"), LINES)
def test_a_known_error_is_read_with_whom_it_blames(text: str, kind: str, blames: tuple[str, ...]) -> None:
    found = read_error(text)
    assert found is not None
    assert (found.kind, found.blames) == (kind, blames)


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/v1/items 200 12ms",
        "reconciled 14 objects, 0 errors",
        "error rate 0",
        "server listening on :8080",
        "connection to orders-db established",
        "",
    ],
)
def test_an_ordinary_line_is_none(text: str) -> None:
    assert read_error(text) is None


def test_of_a_crashed_containers_log_the_cause_goes_before_what_followed_from_it() -> None:
    lines = ["starting", "Error: Cannot find module 'express'", "retrying", "request timed out", "exiting with code 1"]
    assert errors_in(lines)[0].kind == "module_missing"


def line(text: str, minutes: float, level: str = "error") -> LogLine:
    return LogLine(text, ALERT + timedelta(minutes=minutes), level, "shop", "shop-1")


def test_new_errors_of_a_service_are_told_with_how_often_and_since_when() -> None:
    lines = [line("dial tcp: lookup orders-db: no such host", n / 10) for n in range(30)]
    found = signs_of_errors(lines, WINDOW)
    assert len(found) == 1
    assert "30 times (not before)" in found[0].says
    assert (found[0].began, found[0].blames, found[0].role) == (ALERT, ("orders-db",), Role.CAUSE)


def test_what_stopped_while_its_service_went_on_is_over() -> None:
    refused = [line("connect ECONNREFUSED orders-db:5432", at) for at in (1, 2)]
    after = [line("POST /charge 200", at, "info") for at in (3, 9)]

    assert [one.role for one in signs_of_errors([*refused, *after], WINDOW)] == [Role.PAST]
    assert [one.role for one in signs_of_errors([*refused, *after[:1]], WINDOW)] == [Role.SYMPTOM]
    assert [one.role for one in signs_of_errors(refused, WINDOW)] == [Role.SYMPTOM]


def test_what_was_always_there_is_no_news() -> None:
    lines = [line("request timed out", n) for n in range(-50, 10)]
    assert signs_of_errors(lines, WINDOW) == ()


def test_an_informational_line_with_an_errors_words_does_not_count() -> None:
    assert signs_of_errors([line("handled: connection refused by policy", 1, "info")], WINDOW) == ()


def test_secrets_in_a_line_are_not_quoted() -> None:
    found = read_error("connect to postgres://shop:hunter2secret@db failed: connection refused")
    assert found is not None
    assert "hunter2secret" not in found.quote


@given(st.text(max_size=3000))
def test_no_text_makes_it_raise(text: str) -> None:
    read_error(text)


def test_every_kind_of_the_table_says_what_it_means() -> None:
    assert all(entry.means and 0 < entry.weight <= 1 and entry.patterns for entry in table())


def test_templates_of_a_search_are_told_where_they_are_new_errors() -> None:
    def row(**more: object) -> dict[str, object]:
        given = {"template": "t", "example": "dial tcp: lookup db: no such host", "level": "error", "count": 9}
        return given | {"new": True, "baseline_count": 0, "first_seen": "2026-03-01T02:00:00+00:00"} | more

    facts = {"window_s": 1800.0, "baseline_s": 2400.0}
    [sign] = signs_of_templates([row()], facts, "shop")
    assert (sign.kind, sign.service, sign.blames) == ("log_dns_failure", "shop", ("db",))
    assert "9 times (not before)" in sign.says
    assert signs_of_templates([row(level="info")], facts, "shop") == []
    assert signs_of_templates([row(new=False, baseline_count=10)], facts, "shop") == []
    assert signs_of_templates([row(new=False, baseline_count=None)], facts, "shop") == []
    assert len(signs_of_templates([row(new=False, baseline_count=1)], facts, "shop")) == 1
