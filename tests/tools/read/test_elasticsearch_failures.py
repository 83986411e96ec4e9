"""What an Elasticsearch does badly is an outcome with its own words; what it leaves out is said."""

from typing import Any

import pytest

from bot.adapters.looks import ToolLooks
from bot.core.case import seen
from bot.core.condition import parse
from bot.core.errors import BadInput
from bot.core.events import Outcome
from bot.core.three_valued import Truth
from bot.core.tool import Observation
from tests.reasoning import builders as b
from tests.tools.read.answering import ALERT_AT, Answering, Reply, a_look, answering
from tools.read.sources.elastic import ElasticSettings

PRODUCT = {
    "X-Elastic-Product": "Elasticsearch",
    "content-type": "application/vnd.elasticsearch+json;compatible-with=8",
}
EMPTY = {"buckets": []}


def elastic(body: Any, status: int = 200, **more: Any) -> Reply:
    return Reply(body, status, PRODUCT, **more)


def refusal(status: int, kind: str, words: str) -> Reply:
    cause = {"type": kind, "reason": words}
    return elastic({"error": {"root_cause": [cause], **cause}, "status": status}, status)


def part(lines: list[dict[str, Any]] | None, stands_for: int = 0) -> dict[str, Any]:
    hits = [{"_source": line} for line in lines or []]
    count = stands_for or len(hits)
    piece = {"key": ALERT_AT.timestamp() * 1000, "doc_count": count, "lines": {"hits": {"hits": hits}}}
    rest = {"doc_count": 0, "slices": EMPTY}
    severe = {"doc_count": count, "slices": {"buckets": [piece] if hits else []}}
    return {"doc_count": count, "severe": severe, "rest": rest}


def answer(
    lines: list[dict[str, Any]] | None = None,
    stands_for: int = 0,
    before: list[dict[str, Any]] | None = None,
    **more: Any,
) -> Reply:
    during = part(lines, stands_for)
    count = during["doc_count"]
    matching = {
        "doc_count": count,
        "bars": {"buckets": [{"key": ALERT_AT.timestamp() * 1000, "doc_count": count}]},
        "during": during,
        "before": part(before),
    }
    shards = {"total": 2, "successful": 2, "failed": 0}
    body = {"took": 1, "timed_out": False, "_shards": shards, "hits": {"total": {"value": count}}}
    return elastic({**body, "aggregations": {"matching": matching}, **more})


def ask(reply: Reply, seconds: float = 5.0, **arguments: Any) -> tuple[Observation, Answering]:
    with answering({"/": reply}) as server:
        settings = ElasticSettings(url=server.url, api_key="a2V5OnNlY3JldA==")  # type: ignore[arg-type]
        asked = {"service": "api", "namespace": "shop", **arguments}
        return ToolLooks(given=[settings]).look("search_logs", asked, a_look(seconds)), server


@pytest.mark.parametrize(
    ("reply", "outcome", "words"),
    [
        (
            refusal(403, "security_exception", "unauthorized for user [x]"),
            Outcome.DENIED,
            "403 security_exception: unauth",
        ),
        (refusal(401, "security_exception", "missing credentials"), Outcome.DENIED, "refused: 401"),
        (refusal(404, "index_not_found_exception", "no such index [logs-*]"), Outcome.FAILED, "no such index"),
        (
            refusal(500, "search_phase_execution_exception", "all shards failed"),
            Outcome.FAILED,
            "answered 500: search_",
        ),
        (refusal(429, "circuit_breaking_exception", "too large"), Outcome.FAILED, "answered 429: circuit"),
        (Reply(b"<html>hi</html>", 200, {"content-type": "text/html"}), Outcome.FAILED, "OpenSearch is not supported"),
        (elastic(b"{garbage"), Outcome.FAILED, "not readable"),
        (elastic({"hello": 1}), Outcome.FAILED, "in a shape that is not its API's"),
        (elastic({"hits": {"total": {"value": 1}}}), Outcome.FAILED, "in a shape that is not its API's"),
        (answer(), Outcome.NO_DATA, "No log line at all of service api, namespace shop"),
    ],
)
def test_every_failure_has_its_outcome_and_words(reply: Reply, outcome: Outcome, words: str) -> None:
    found, _ = ask(reply)

    assert found.outcome is outcome, found.digest
    assert words in found.digest


def test_a_server_that_hangs_times_out() -> None:
    found, server = ask(elastic({}, after=5), seconds=0.7)

    assert found.outcome is Outcome.TIMED_OUT
    assert len(server.seen) == 1


def test_a_server_that_is_not_there_is_not_reachable() -> None:
    settings = ElasticSettings(url="http://127.0.0.1:9")  # type: ignore[arg-type]
    found = ToolLooks(given=[settings]).look("search_logs", {"service": "a", "namespace": "b"}, a_look())

    assert found.outcome is Outcome.FAILED
    assert "not reachable" in found.digest


def test_shards_that_failed_and_time_that_ran_out_are_said() -> None:
    shards = {"total": 5, "successful": 3, "failed": 2}
    found, _ = ask(answer([{"message": "boom"}], timed_out=True, _shards=shards))

    assert "INCOMPLETE: the search ran out of time and 2 of 5 shards failed, 3 answered" in found.digest
    assert found.facts["partial"]


SOME = {"total": 5, "successful": 1, "failed": 4}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"_shards": SOME}, "4 of 5 shards failed, 1 answered"),
        ({"timed_out": True}, "the search ran out of time"),
        ({"_clusters": {"total": 3, "successful": 2, "skipped": 1}}, "1 of 3 clusters did not answer in full"),
    ],
)
def test_no_line_in_a_part_of_the_store_is_a_look_that_failed_and_never_no_data(more: Any, words: str) -> None:
    found, _ = ask(answer(**more))

    assert found.outcome is Outcome.FAILED
    assert f"cannot be said: {words}" in found.digest


def judged(text: str, found: Observation) -> Truth:
    looks = {"logs": seen("logs", "search_logs", "E1", {}, found, "the logs")}
    return parse(text, {"logs": "search_logs"}).judge(b.context(looks)).truth


def test_harmless_lines_from_one_shard_of_five_say_nothing_about_errors() -> None:
    calm = {"message": "hello world", "log.level": "info", "@timestamp": "2026-11-20T02:19:00Z"}
    whole, _ = ask(answer([calm], before=[calm]))
    part, _ = ask(answer([calm], before=[calm], _shards=SOME))

    for text in ("new(logs)", "rising(logs)", "mentions(logs, 'disk')"):
        assert judged(text, whole) is Truth.FALSE
        assert judged(text, part) is Truth.UNKNOWN


def test_an_error_of_a_part_is_new_only_where_it_would_have_been_seen_before() -> None:
    calm = {"message": "hello world", "log.level": "info", "@timestamp": "2026-11-20T02:19:00Z"}
    error = {"message": "disk is full", "log.level": "error", "@timestamp": "2026-11-20T02:19:00Z"}
    once, _ = ask(answer([error], before=[calm], _shards=SOME))
    often, _ = ask(answer([error] * 9, before=[calm], _shards=SOME))

    assert (judged("new(logs)", once), judged("new(logs)", often)) == (Truth.UNKNOWN, Truth.TRUE)


def test_where_time_ran_out_before_and_now_are_not_compared() -> None:
    calm = {"message": "hello world", "log.level": "info", "@timestamp": "2026-11-20T02:19:00Z"}
    error = {"message": "disk is full", "log.level": "error", "@timestamp": "2026-11-20T02:19:00Z"}
    found, _ = ask(answer([error] * 9, before=[calm], timed_out=True))

    assert found.facts["baseline_total"] is None
    assert (judged("new(logs)", found), judged("mentions(logs, 'disk')", found)) == (Truth.UNKNOWN, Truth.TRUE)
    assert "before: not known" in found.digest


def test_no_index_at_all_is_a_look_that_failed_naming_the_pattern_and_its_setting() -> None:
    nobody = {"_shards": {"total": 0, "successful": 0, "skipped": 0, "failed": 0}, "hits": {"total": {"value": 0}}}
    found, _ = ask(elastic(nobody))

    assert found.outcome is Outcome.FAILED
    assert "no index called logs-*,filebeat-*, or none that this key may read: set ELASTICSEARCH_INDEX" in found.digest


def test_without_a_namespace_lines_of_all_are_asked_for() -> None:
    with answering({"/": answer()}) as server:
        settings = ElasticSettings(url=server.url)  # type: ignore[arg-type]
        found = ToolLooks(given=[settings]).look("search_logs", {"service": "api"}, a_look())

    assert found.digest.startswith("No log line at all of service api between")
    assert b"kubernetes.namespace" not in server.seen[0].body


def test_every_shard_failing_is_a_failed_look() -> None:
    failure = {"reason": {"reason": "field is not aggregatable"}}
    found, _ = ask(answer(_shards={"total": 2, "failed": 2, "failures": [failure]}))

    assert found.outcome is Outcome.FAILED
    assert "field is not aggregatable" in found.digest


def test_version_eight_is_spoken_and_the_key_sent() -> None:
    _, server = ask(answer())
    asked = server.seen[0]
    headers = {name.lower(): value for name, value in asked.headers.items()}

    assert "compatible-with=8" in headers["accept"]
    assert headers["authorization"] == "ApiKey a2V5OnNlY3JldA=="
    assert (asked.query["allow_no_indices"], asked.query["ignore_unavailable"]) == (["true"], ["true"])


def test_flat_and_nested_documents_read_alike() -> None:
    nested = {"@timestamp": "2026-11-20T02:19:00Z", "message": "boom", "log": {"level": "ERROR"},
              "kubernetes": {"pod": {"name": "p1"}, "labels": {"pod-template-hash": "h1"}}}  # fmt: skip
    flat = {"@timestamp": "2026-11-20T02:19:01Z", "message": ["boom"], "log.level": "err", "kubernetes.pod.name": "p2",
            "kubernetes.labels": {"pod-template-hash": "h1"}}  # fmt: skip
    found, _ = ask(answer([nested, flat]))
    [template] = found.facts["templates"]

    assert (template["count"], template["level"], template["new"]) == (2, "error", True)
    assert (template["pods"], template["hashes"]) == ({"p1": 1, "p2": 1}, {"h1": 2})
    assert template["first_seen"] == "2026-11-20T02:19:00.000Z"
    assert not found.facts["estimated"]


def test_a_sample_is_called_an_estimate() -> None:
    found, _ = ask(answer([{"message": "boom"}] * 3, stands_for=300))

    assert (found.facts["templates"][0]["count"], found.facts["estimated"]) == (300, True)
    assert "estimates from 3 lines" in found.digest
    assert "about 300 times" in found.digest


def test_a_level_is_known_or_named_as_wrong() -> None:
    with pytest.raises(BadInput, match=r"search_logs: level: one of trace, debug"):
        ask(answer(), level="loud")


def test_a_hostile_query_is_only_words() -> None:
    _, server = ask(answer(), query='") OR *:* {"match_all": {}} \\')

    assert b"simple_query_string" in server.seen[0].body
