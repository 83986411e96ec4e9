"""Invented incidents: which change is blamed among decoys near the onset, and when none is."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.causality.diffs import read_diff
from bot.core.causality.judging import judge_changes
from bot.core.changed import Change
from bot.core.service_map import Edge, ServiceMap
from bot.core.signs import Role, Sign, Source
from bot.core.window import window_of

ONSET = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
WINDOW = window_of(ONSET, ONSET + timedelta(minutes=20))
MAP = ServiceMap((Edge("web", "basket"), Edge("basket", "ledger"), Edge("web", "mail")))


def trouble(says: str, service: str = "basket", weight: float = 0.7, quote: str = "") -> Sign:
    return Sign(
        "log_error", Role.SYMPTOM, Source.LOGS, says, service, service, "", weight, ONSET, ONSET, (quote or says,)
    )


def change(id_: str, service: str, diff: str, files: str = "", minutes: float = 5, **more: object) -> Change:
    path = files or f"services/{service}/main.go"
    return Change(
        id_, "deploy", ONSET - timedelta(minutes=minutes), f"Commit {id_}", service, files=tuple(path.split()),
        diff=diff, facts={"deployed": True, **more},
    )  # fmt: skip


TIDY = change("tidy", "basket", "-\treturn a+b\n+\treturn sum(a, b)", minutes=1)
STYLE = change("style", "basket", "-.card { color: red }\n+.card { color: blue }", "services/basket/card.css", 1)
LOGS = change("logs", "basket", '-\tlog.Debug("in")\n+\tlog.Info("in", id)', minutes=1)
DECOYS = [TIDY, STYLE, LOGS]


def guilty(diff: str, files: str = "", minutes: float = 5) -> Change:
    return change("guilty", "basket", diff, files, minutes)


# (what is seen, the guilty change)
GUILTY = [
    ("fatal error: concurrent map writes",
     guilty("-\tc.mu.Lock()\n-\tdefer c.mu.Unlock()\n \tc.n[k]++")),
    ('relation "vouchers" does not exist',
     guilty('+\tdb.Query("SELECT id FROM vouchers WHERE used = 0")')),
    ("handler invoice not found in registry",
     guilty("-\tregisterInvoiceHandlers(registry)")),
    ("retry budget exhausted after conflicts",
     guilty("-  max_attempts: 9\n+  max_attempts: 1")),
    ("database cpu at 97 %, slow queries, cache hit ratio fell",
     guilty("-  cache_ttl: 10m\n+  cache_ttl: 1s", minutes=150)),
    ("write /var/log: no space left on device",
     guilty("-  level: warn\n+  level: debug", minutes=200)),
    ("connection pool exhausted: timeout waiting for a connection",
     guilty("-  pool_size: 50\n+  pool_size: 2")),
    ("upstream call timed out: deadline exceeded",
     guilty("-  timeout: 5s\n+  timeout: 50ms")),
    ("OOMKilled: container basket used more memory than it may have",
     guilty("-    memory: 512Mi\n+    memory: 64Mi")),
    ("too many open files",
     guilty("-\tdefer body.Close()", minutes=170)),
    ("dial tcp: lookup ledgerr: no such host",
     guilty("-  ledger_host: ledger\n+  ledger_host: ledgerr")),
    ("TypeError: Cannot read properties of undefined (reading 'voucher')",
     guilty("-  if (!order.voucher) return;\n   apply(order.voucher.code)")),
    ("KeyError: 'VOUCHER_URL'",
     guilty("+url = os.environ['VOUCHER_URL']")),
    ("panic: duplicate registration: incompatible runtime",
     guilty("-\texample.org/codec v1.2.0\n+\texample.org/codec v2.0.0", "services/basket/go.mod")),
    ("401 unauthorized: invalid token audience",
     guilty("-  audience: basket\n+  audience: shop")),
]  # fmt: skip


@pytest.mark.parametrize(("says", "guilty_one"), GUILTY, ids=[says[:40] for says, _ in GUILTY])
def test_the_change_that_can_make_it_is_blamed_not_the_latest(says: str, guilty_one: Change) -> None:
    verdict = judge_changes([*DECOYS, guilty_one], [trouble(says)], MAP, ONSET, WINDOW, ["basket"])
    assert verdict.blamed is not None, [(one.change.id, one.score) for one in verdict.suspects]
    assert verdict.blamed.change.id == "guilty"
    assert verdict.blamed.speaks_for


OUTSIDE = [
    ("x509: certificate has expired or is not yet valid", "certificate"),
    ("payment provider outage: provider answered 503 unavailable", "provider"),
    ("traffic surge: requests_per_sec rose from 200 to 4,000, latency rose", "traffic"),
    ("node worker-3 is not ready, pods evicted", "machine"),
    ("malformed input record: cannot parse row 17", "input data"),
]


@pytest.mark.parametrize(("says", "told"), OUTSIDE)
def test_nobody_is_convicted_where_something_outside_explains_it(says: str, told: str) -> None:
    verdict = judge_changes(DECOYS, [trouble(says)], MAP, ONSET, WINDOW, ["basket"])
    assert verdict.blamed is None
    assert "No change explains this" in verdict.says
    assert told in verdict.says


@pytest.mark.parametrize("says", [says for says, _ in GUILTY])
def test_harmless_changes_alone_are_never_blamed(says: str) -> None:
    assert judge_changes(DECOYS, [trouble(says)], MAP, ONSET, WINDOW, ["basket"]).blamed is None


def test_a_change_after_the_trouble_began_is_ruled_out_with_the_minutes() -> None:
    late = change("late", "basket", "-\tc.mu.Lock()", minutes=-9)
    verdict = judge_changes([late], [trouble("concurrent map writes")], MAP, ONSET, WINDOW, ["basket"])
    assert verdict.blamed is None
    assert "9 min after the trouble began" in verdict.suspects[0].speaks_against[0]


def test_a_change_of_what_the_failing_service_stands_on_is_blamed() -> None:
    beneath = change("beneath", "ledger", "-  pool_size: 50\n+  pool_size: 2")
    verdict = judge_changes(
        [TIDY, beneath], [trouble("pool exhausted: no available connection", "basket")], MAP, ONSET, WINDOW, ["basket"]
    )
    assert verdict.blamed is not None
    assert verdict.blamed.change.id == "beneath"


def test_the_same_diff_in_a_service_beside_it_is_not() -> None:
    beside = change("beside", "mail", "-  pool_size: 50\n+  pool_size: 2")
    verdict = judge_changes([beside], [trouble("pool exhausted", "basket")], MAP, ONSET, WINDOW, ["basket"])
    assert verdict.blamed is None


def test_without_changes_nothing_is_said() -> None:
    assert judge_changes([], [trouble("pool exhausted")], MAP, ONSET, WINDOW, ["basket"]).says == ""


def test_moved_and_commented_lines_are_no_change() -> None:
    assert read_diff("-\tfoo()\n+\t\tfoo()\n+// a word\n-# old").is_empty


@pytest.mark.parametrize(
    ("diff", "shown", "ratio"),
    [
        ("-\tTTL: 15 * time.Minute,\n+\tTTL: 15 * time.Second,", "TTL", 1 / 60),
        ("-  timeout: 30s\n+  timeout: 500ms", "timeout", 1 / 60),
        ("-MAX_POOL = 20\n+MAX_POOL = 5", "MAX_POOL", 0.25),
        ("-  level: info\n+  level: debug", "level", None),
        ('-  "left": "^1.2.0",\n+  "left": "^2.0.1",', "left", None),
    ],
)
def test_changed_values_are_read_with_their_units(diff: str, shown: str, ratio: float | None) -> None:
    [value] = read_diff(diff).values
    assert value.key == shown
    assert value.ratio == pytest.approx(ratio)


def test_a_value_that_hardly_moved_convicts_less_than_one_that_moved_far() -> None:
    def score(diff: str) -> float:
        found = judge_changes([guilty(diff)], [trouble("deadline exceeded")], MAP, ONSET, WINDOW, ["basket"])
        return found.suspects[0].score

    assert score("-  timeout: 5s\n+  timeout: 4s") < 0.7 * score("-  timeout: 5s\n+  timeout: 50ms")


def test_what_was_never_deployed_is_never_blamed() -> None:
    one = change("guilty", "basket", "-\tc.mu.Lock()\n-\tc.counts_by_client[k]++", deployed=False)
    seen = [trouble("fatal error: concurrent map writes in counts_by_client")]
    assert judge_changes([one], seen, MAP, ONSET, WINDOW, ["basket"]).blamed is None
