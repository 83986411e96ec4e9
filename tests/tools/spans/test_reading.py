"""Spans are read from Jaeger's API, OTLP and plain lists alike; what is none is left out and nothing raises."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tools.read.spans.reading import read_spans

AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
MICROS = int(AT.timestamp() * 1e6)

JAEGER = {
    "data": [
        {
            "traceID": "t1",
            "processes": {"p1": {"serviceName": "web", "tags": [{"key": "host", "type": "string", "value": "n1"}]}},
            "spans": [
                {
                    "traceID": "t1",
                    "spanID": "s2",
                    "operationName": "GET /cart",
                    "references": [{"refType": "CHILD_OF", "traceID": "t1", "spanID": "s1"}],
                    "startTime": MICROS,
                    "duration": 900_000,
                    "processID": "p1",
                    "tags": [
                        {"key": "error", "type": "bool", "value": True},
                        {"key": "span.kind", "type": "string", "value": "client"},
                    ],
                    "logs": [{"timestamp": MICROS, "fields": [{"key": "message", "value": "no route to host"}]}],
                }
            ],
        }
    ]
}
OTLP = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "web"}}]},
            "scopeSpans": [
                {
                    "spans": [
                        {
                            "traceId": "t1",
                            "spanId": "s2",
                            "parentSpanId": "s1",
                            "name": "GET /cart",
                            "kind": 3,
                            "startTimeUnixNano": str(MICROS * 1000),
                            "endTimeUnixNano": str(MICROS * 1000 + 900_000_000),
                            "status": {"code": 2, "message": "no route to host"},
                        }
                    ]
                }
            ],
        }
    ]
}
PLAIN = [
    {
        "trace_id": "t1",
        "span_id": "s2",
        "parent_id": "s1",
        "service": "web",
        "name": "GET /cart",
        "kind": "client",
        "start": "2026-03-01T02:00:00Z",
        "duration_ms": 900,
        "status": "ERROR",
        "error": "no route to host",
    }
]


def test_one_span_reads_the_same_in_every_shape():
    read = [read_spans(document)[0] for document in (JAEGER, OTLP, PLAIN, {"spans": PLAIN}, {"traces": [PLAIN]})]
    for one in read:
        assert (one.trace, one.id, one.parent, one.service, one.operation) == ("t1", "s2", "s1", "web", "GET /cart")
        assert (one.began, one.took, one.failed, one.kind) == (AT, 0.9, True, "client")
        assert one.says == "no route to host"


def test_a_span_that_did_not_fail_says_nothing():
    assert read_spans([{**PLAIN[0], "status": "OK"}])[0].says == ""


def test_an_end_instead_of_a_duration_is_understood():
    row = {name: value for name, value in PLAIN[0].items() if name != "duration_ms"}
    assert read_spans([{**row, "end": "2026-03-01T02:00:01.5Z"}])[0].took == 1.5


def test_what_is_no_span_is_left_out():
    assert read_spans([{"service": "web"}, 3, None, {"start": "yesterday", "service": "x", "duration": 1}]) == ()


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANY = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["data", "spans", "processes", "processID", "startTime", "duration", "tags", "key", "value", "service", "start",
         "status", "references", "logs", "fields", "resourceSpans", "scopeSpans", "resource", "attributes", "traceID"]
    ), inner, max_size=6),
    max_leaves=30,
)  # fmt: skip


@given(ANY)
def test_no_document_makes_it_raise(document: Any):
    read_spans(document)
