"""What a Prometheus does badly is an outcome with its own words, in time, and never an empty result."""

import time
from typing import Any

import pytest

from bot.adapters.looks import ToolLooks
from bot.core.events import Outcome
from bot.core.tool import Observation
from tests.tools.read.answering import ALERT_AT, Answering, Reply, a_look, answering
from tools.read.sources.prometheus import PrometheusSettings


def matrix(*series: dict[str, Any], **more: Any) -> Reply:
    return Reply({"status": "success", "data": {"resultType": "matrix", "result": list(series)}, **more})


def vector(*series: dict[str, Any], **more: Any) -> Reply:
    return Reply({"status": "success", "data": {"resultType": "vector", "result": list(series)}, **more})


def refusal(status: int, kind: str, words: str) -> Reply:
    return Reply({"status": "error", "errorType": kind, "error": words}, status)


def ask(
    replies: Reply | list[Reply], expression: str = "up", tool: str = "query_metrics", seconds: float = 5.0
) -> tuple[Observation, Answering]:
    with answering({"/api/v1/": replies}) as server:
        looks = ToolLooks(given=[PrometheusSettings(url=server.url, token="tok-123")])  # type: ignore[arg-type]
        return looks.look(tool, {"expression": expression}, a_look(seconds)), server


@pytest.mark.parametrize(
    ("reply", "outcome", "words"),
    [
        (
            refusal(400, "bad_data", "parse error at char 3"),
            Outcome.FAILED,
            "understand the query: parse error",
        ),
        (refusal(422, "execution", "many-to-many"), Outcome.FAILED, "answered 422: many-to-many"),
        (refusal(503, "timeout", "query timed out"), Outcome.TIMED_OUT, "gave up: query timed out"),
        (refusal(403, "forbidden", "no tenant"), Outcome.DENIED, "refused: 403 no tenant"),
        (Reply(b"<html>Sign in</html>", 401), Outcome.DENIED, "refused: 401 <html>Sign in"),
        (Reply(b"upstream connect error", 500), Outcome.FAILED, "answered 500: upstream connect error"),
        (Reply(b"<html>Welcome</html>"), Outcome.FAILED, "answered 200, but not with JSON: <html>Welcome"),
        (Reply([1, 2]), Outcome.FAILED, "not with JSON"),
        (Reply({"status": "success"}), Outcome.FAILED, "in a shape that is not its API's"),
        (matrix(*[]), Outcome.NO_DATA, "nothing matches up"),
        (Reply({"status": "success", "data": {"result": "x"}}), Outcome.FAILED, "in a shape that is not its API's"),
        (matrix({"metric": {}, "values": [["x"]]}), Outcome.FAILED, "sent a sample that is none"),
    ],
)
def test_every_failure_has_its_outcome_and_words(reply: Reply, outcome: Outcome, words: str) -> None:
    found, _ = ask(reply)

    assert found.outcome is outcome, found.digest
    assert words in found.digest


def test_a_server_that_hangs_times_out_in_the_time_given() -> None:
    began = time.monotonic()
    found, server = ask(Reply({}, after=5), seconds=0.6)

    assert time.monotonic() - began < 4.5  # it answers after 5
    assert found.outcome is Outcome.TIMED_OUT
    assert len(server.seen) == 1


def test_a_server_that_drips_times_out_too() -> None:
    found, _ = ask(Reply({"status": "success", "pad": "x" * 300}, drip=0.05), seconds=0.6)

    assert found.outcome is Outcome.TIMED_OUT


def test_a_server_that_is_not_there_is_not_reachable() -> None:
    looks = ToolLooks(given=[PrometheusSettings(url="http://127.0.0.1:9")])  # type: ignore[arg-type]
    found = looks.look("query_metrics", {"expression": "up"}, a_look())

    assert found.outcome is Outcome.FAILED
    assert "not reachable" in found.digest


def test_a_proxys_hiccup_is_tried_once_more() -> None:
    found, server = ask([Reply(b"bad gateway", 502), matrix({"metric": {}, "values": [[ALERT_AT.timestamp(), "1"]]})])

    assert found.outcome is Outcome.OK
    assert len(server.seen) == 2


def test_what_is_asked_is_bounded_and_signed() -> None:
    _, server = ask(matrix())
    seen = server.seen[0]

    assert seen.headers["Authorization"] == "Bearer tok-123"
    assert float(seen.query["timeout"][0]) == 4.5
    assert int(seen.query["limit"][0]) == 1000
    start, end, step = (float(seen.query[name][0].removesuffix("s")) for name in ("start", "end", "step"))
    assert (end - start) / step <= 300
    assert start <= (ALERT_AT.timestamp() - 55 * 60) + 1


def test_only_the_left_side_of_a_rule_is_asked() -> None:
    _, server = ask(matrix(), expression="sum(rate(x[5m])) > 3")

    assert server.seen[0].query["query"] == ["sum(rate(x[5m]))"]


def test_warnings_are_kept_and_told() -> None:
    at = ALERT_AT.timestamp()
    found, _ = ask(matrix({"metric": {}, "values": [[at, "1"]]}, warnings=["results truncated due to limit"]))

    assert found.facts["warnings"] == ["results truncated due to limit"]
    assert "Prometheus warns: results truncated" in found.digest


def test_of_many_series_those_that_moved_are_shown_and_all_are_counted() -> None:
    start = ALERT_AT.timestamp() - 55 * 60
    series = []
    for number in range(40):
        level = 9.0 if number == 25 else 1.0
        values = [[start + 12 * step, str(1.0 if step < 220 else level)] for step in range(280)]
        series.append({"metric": {"pod": f"p{number}", "evil": "x" * 9000}, "values": values})
    found, _ = ask(matrix(*series))

    assert found.facts["series_total"] == 40
    assert [bool(one["points"]) for one in found.facts["series"]] == [True] * 10 + [False] * 30
    assert "incomplete" not in found.facts  # of each it is known what it is now, and usually
    assert found.facts["series"][0]["labels"]["pod"] == "p25"
    assert len(found.facts["series"][0]["labels"]["evil"]) <= 200
    assert "40 series, the 10 that moved most" in found.digest


def test_samples_that_are_no_numbers_are_left_out() -> None:
    at = ALERT_AT.timestamp()
    found, _ = ask(matrix({"metric": {}, "values": [[at, "NaN"], [at + 12, "+Inf"], [at + 24, "2"]]}))

    assert found.facts["series"][0]["points"] == [[at + 24, 2.0]]


HISTOGRAM = {"count": "5", "sum": "1", "buckets": []}


@pytest.mark.parametrize(
    ("series", "why"),
    [
        ({"values": [[1, "NaN"], [2, "NaN"]]}, "NaN or infinite at every step"),
        ({"values": [[1, "+Inf"]]}, "NaN or infinite at every step"),
        ({"histograms": [[1, HISTOGRAM]]}, "native histograms, or NaN or infinite"),
    ],
)
def test_samples_without_a_finite_number_are_not_called_no_samples(series: dict[str, Any], why: str) -> None:
    found, _ = ask(matrix({"metric": {"service": "a"}, **series}))

    assert (found.outcome, found.digest) == (Outcome.OK, f"1 series without a finite number: {why}")
    assert (found.facts["series"], found.facts["series_total"]) == ([], 1)


def test_a_native_histogram_now_is_a_value_that_is_no_number() -> None:
    found, _ = ask(vector({"metric": {}, "histogram": [1, HISTOGRAM]}), "x", "query_instant")

    assert (found.outcome, found.facts["series"][0]["value"]) == (Outcome.OK, None)
    assert "a native histogram, which has no single value" in found.digest


def test_series_beyond_the_limit_may_be_what_is_asked_about() -> None:
    at = ALERT_AT.timestamp()
    many = [{"metric": {"pod": str(n)}, "value": [at, "1"], "values": [[at, "1"]]} for n in range(1000)]
    curves, _ = ask(matrix(*many))
    now, _ = ask(vector(*many), "up", "query_instant")

    for found in (curves, now):
        assert found.digest.splitlines()[1].startswith("INCOMPLETE: only the first 1,000 series were given")
        assert len(found.facts["series"]) == 200


def test_a_silent_rule_whose_metric_is_gone_is_not_called_quiet() -> None:
    quiet, _ = ask([vector(), vector({"metric": {}, "value": [1, "0.5"]})], "x > 1", "query_instant")
    blind, _ = ask([vector(), vector()], "x > 1", "query_instant")

    assert (quiet.outcome, quiet.facts["quiet"], quiet.facts["measured"][0]["value"]) == (Outcome.OK, True, 0.5)
    assert (blind.outcome, blind.facts["quiet"]) == (Outcome.NO_DATA, None)


def test_a_scalar_is_a_value_too() -> None:
    reply = Reply({"status": "success", "data": {"resultType": "scalar", "result": [1, "42"]}})
    found, _ = ask(reply, "42", "query_instant")

    assert found.facts["series"] == [{"labels": {}, "value": 42.0, "text": "42"}]


def test_the_link_leads_to_the_address_people_can_open() -> None:
    with answering({"/": matrix({"metric": {}, "values": [[ALERT_AT.timestamp(), "1"]]})}) as server:
        settings = PrometheusSettings(url=server.url, external_url="https://prom.example/x")  # type: ignore[arg-type]
        found = ToolLooks(given=[settings]).look("query_metrics", {"expression": 'up{a="b"}'}, a_look())

    assert found.link.startswith("https://prom.example/x/graph?g0.expr=up%7Ba%3D%22b%22%7D&")


def test_without_an_outside_address_the_page_is_recorded_and_never_the_bots_own_address() -> None:
    with answering({"/": matrix({"metric": {}, "values": [[ALERT_AT.timestamp(), "1"]]})}) as server:
        settings = PrometheusSettings(url=server.url)  # type: ignore[arg-type]
        found = ToolLooks(given=[settings]).look("query_metrics", {"expression": "up"}, a_look())

    assert found.link.startswith("prometheus:/graph?g0.expr=up&g0.tab=0&g0.range_input=")


WAITS = 'max_over_time(waits{reason="CrashLoopBackOff"}[5m]) >= 1'


@pytest.mark.parametrize(
    ("rules", "state"),
    [
        ([{"type": "alerting", "query": WAITS.replace(" ", ""), "state": "inactive", "health": "ok"}], "inactive"),
        ([{"type": "alerting", "query": WAITS, "state": "firing", "health": "ok"}], "firing"),
        ([{"type": "alerting", "query": WAITS, "state": "inactive", "health": "err"}], None),
        ([{"type": "alerting", "query": "up == 0", "state": "inactive", "health": "ok"}], None),
        ([], None),
    ],
)
def test_of_a_rule_that_can_be_seen_in_trouble_alone_its_owner_says_how_it_is(
    rules: list[dict[str, str]], state: str | None
) -> None:
    listed = Reply({"status": "success", "data": {"groups": [{"name": "pods", "rules": rules}]}})
    with answering({"/api/v1/query": vector(), "/api/v1/rules": listed}) as server:
        looks = ToolLooks(given=[PrometheusSettings(url=server.url)])  # type: ignore[arg-type]
        found = looks.look("query_instant", {"expression": WAITS}, a_look())

    assert (found.outcome, found.facts["quiet"], found.facts["rule"]) == (Outcome.NO_DATA, None, state)


def test_a_server_without_rules_leaves_it_untold() -> None:
    with answering({"/api/v1/query": vector(), "/api/v1/rules": Reply(b"no such page", 404)}) as server:
        looks = ToolLooks(given=[PrometheusSettings(url=server.url)])  # type: ignore[arg-type]
        found = looks.look("query_instant", {"expression": WAITS}, a_look())

    assert (found.outcome, found.facts["rule"]) == (Outcome.NO_DATA, None)
