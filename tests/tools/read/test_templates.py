"""Lines that say the same become one template; lines that do not stay apart; hostile ones cost nothing."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.read.shapes.lines import Line, templates_of
from tools.read.shapes.templates import message_and_level, plain_level, template_of

SAME = [
    ("order 12345 failed after 31 ms", "order 9 failed after 1,204 ms"),
    ("pod api-7c9d8b6f5d-x2x9z died", "pod api-5d5b9c7c44-abcde died"),
    ("dial tcp 10.0.4.17:5432: refused", "dial tcp 192.168.0.1:5432: refused"),
    ("user 'bob' unknown", "user 'eve o\\'neil' unknown"),
    ("request 5f0a9c52-8f4c-4f09-9f0a-0123456789ab", "request 00000000-0000-4000-8000-000000000000"),
    ("at 2026-11-20T02:14:31.123Z it broke", "at 2026-11-20 02:15:00 it broke"),
    ("commit deadbeef01 bad", "commit 0123abcd bad"),
    ("used 12.5MiB of 2GiB (95%)", "used 3MiB of 16GiB (7%)"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_varies_is_masked(one: str, other: str) -> None:
    assert template_of(one) == template_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NoSuchColumn: a.b", "NoSuchTable: a.b"),
        ("can't open", "can't close"),
        ("E1234 bad", "E9999 bad"),
        ("http2", "http3"),
    ],
)
def test_what_means_something_else_stays_apart(one: str, other: str) -> None:
    assert template_of(one) != template_of(other)


@given(st.text(max_size=300))
def test_any_line_has_a_short_template(text: str) -> None:
    assert len(template_of(text)) <= 300
    message_and_level(text)


@pytest.mark.parametrize("unit", ["a-", "1", "abcdef0-", '"', "a1", "0", "a@", "1.", "'x", "{", '{"a":', "[", "\\"])
def test_a_line_made_to_be_slow_is_not(unit: str) -> None:
    began = time.process_time()
    template_of(unit * 500_000)
    message_and_level(unit * 500_000)

    assert time.process_time() - began < 3


def test_levels_and_messages_are_read_from_the_usual_formats() -> None:
    assert message_and_level('{"level":"ERROR","msg":"boom"}') == ("boom", "error")
    assert message_and_level('{"log":{"level":"warn"},"message":"slow"}') == ("slow", "warning")
    assert message_and_level("level=warn msg=slow") == ("level=warn msg=slow", "warning")
    assert message_and_level("E1120 02:03:04.1 main.go:1] bad")[1] == "error"
    assert message_and_level("2026-11-20 02:00:00 FATAL out of memory")[1] == "fatal"
    assert message_and_level("all is well")[1] == ""
    assert plain_level("Emergency") == "critical"


def test_new_and_rising_are_said_only_against_a_baseline() -> None:
    during = [Line(float(at), "column missing", "error", "pod-a", "h2") for at in range(5)]
    during += [Line(float(at), "retry 1", "warning", "pod-b", "h1") for at in range(30)]
    before = [Line(0.0, "retry 2", "warning", "pod-b", "h1")]

    first, second = templates_of(during, before, 600, 1200)
    bare = templates_of(during, None, 600, 0)

    assert (first["template"], first["new"], first["count"], first["hashes"]) == ("column missing", True, 5, {"h2": 5})
    assert (second["new"], second["rising"], second["baseline_count"]) == (False, True, 1)
    assert not any(one["new"] or one["rising"] for one in bare)
    assert bare[0]["baseline_count"] is None


def test_a_sample_calls_nothing_new_or_rising_that_chance_explains() -> None:
    def found(lines: int, lines_before: int, weight: float) -> dict[str, object]:
        during = [Line(1.0, "option x is deprecated", "warning", weight=weight)] * lines
        before = [Line(0.0, "option x is deprecated", "warning", weight=weight)] * lines_before
        others = [Line(0.0, "something else", "warning", weight=weight)] * 5
        return next(one for one in templates_of(during, before + others, 900, 2400) if "option" in one["template"])

    assert not found(8, 6, 10.0)["rising"]
    assert found(80, 6, 10.0)["rising"]
    assert not templates_of([Line(1.0, "rare", "info")], [Line(0.0, "chatter", "info", weight=50.0)], 900, 2400)[0][
        "new"
    ]
    assert found(1, 0, 1.0)["new"]


def test_a_sampled_line_stands_for_its_slice() -> None:
    [found] = templates_of([Line(1.0, "x", "error", "pod-a", "", "", 7.5)] * 4, [], 60, 60)

    assert (found["count"], found["pods"]) == (30, {"pod-a": 30})


def test_secrets_and_long_lines_do_not_get_through() -> None:
    [found] = templates_of([Line(1.0, "password=hunter2 " + "x" * 9000, "error")], [], 60, 60)

    assert "hunter2" not in str(found)
    assert len(found["example"]) <= 600
