"""What an alert rule measures, and with which constant it compares."""

import pytest

from tools.read.shapes.promql import Threshold, compares, same, sources_of, take_apart

RATIO = 'sum(rate(a{code=~"5..", x="b > c"}[30s]))\n/ sum(rate(a[30s]))'


@pytest.mark.parametrize(
    ("expression", "measured", "threshold"),
    [
        (f"{RATIO} > 0.05", RATIO, Threshold(">", 0.05)),
        (f"0.05 < ({RATIO})", RATIO, Threshold(">", 0.05)),
        ("(up == 0)", "up", Threshold("==", 0)),
        ("up != bool 1", "up", Threshold("!=", 1)),
        ("a >= -1", "a", Threshold(">=", -1)),
        ("a < 2 * 1e3", "a", Threshold("<", 2000)),
        ("a > b", "a > b", None),
        ("rate(a[5m])", "rate(a[5m])", None),
        ("1 > 2", "1 > 2", None),
        ("a >", "a >", None),
        ("", "", None),
    ],
)
def test_the_left_side_is_measured(expression: str, measured: str, threshold: Threshold | None) -> None:
    rule = take_apart(expression)

    assert (rule.measured, rule.threshold) == (measured, threshold)


def test_of_two_conditions_the_first_is_measured_and_the_second_told() -> None:
    rule = take_apart("rate(a[5m]) > 3 and on(job) b > 1 unless c")

    assert (rule.measured, rule.threshold) == ("rate(a[5m])", Threshold(">", 3))
    assert rule.beside == "and on(job) b > 1 unless c"


def test_what_proves_that_a_silent_rule_is_quiet() -> None:
    assert take_apart("a > b").probe == "a"
    assert take_apart("a > 1 and b").probe == "a"
    assert take_apart('absent(up{job="x"})').probe == "vector(1)"
    assert take_apart("a > bool 1").probe == ""
    assert take_apart("a").probe == ""


BURNS = 'slow_burn{s="a"} > 14 and fast_burn > 14 or sum(rate(errors_total{code=~"5.."}[5m])) > 6'


def test_a_rule_reads_each_of_its_selectors_without_their_ranges() -> None:
    assert sources_of(BURNS) == ('slow_burn{s="a"}', "fast_burn{}", 'errors_total{code=~"5.."}')
    assert sources_of("count(up == 0) > 1") == ("up{}",)
    assert sources_of('max_over_time(waits{reason="C"}[5m:1m]) >= 1') == ('waits{reason="C"}',)
    assert sources_of("a >") == ()


def test_only_what_compares_may_be_silent() -> None:
    assert compares(BURNS)
    assert compares("count(up == 0)")
    assert not compares("sum(rate(a[5m])) / b")
    assert not compares("a > bool 1")


def test_spelling_makes_no_other_rule() -> None:
    assert same("sum(rate(a[5m]))>1", "sum( rate(a{}[5m]) ) > 1")
    assert not same("a > 1", "a > 2")
    assert not same("a >", "a >")


@pytest.mark.parametrize(("op", "broken"), [(">", 6), ("<", 4), (">=", 5), ("<=", 5), ("==", 5), ("!=", 4)])
def test_a_threshold_knows_what_breaks_it(op: str, broken: float) -> None:
    assert Threshold(op, 5.0).broken_by(broken)
    assert not Threshold(op, 5.0).broken_by({">": 5, "<": 5, ">=": 4, "<=": 6, "==": 4, "!=": 5}[op])
