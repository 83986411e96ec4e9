"""Numbers as people read them: units told from the expression, ratios in words."""

import pytest

from bot.core.measures import Unit, ago, percent, seconds, share_words, show, unit_of
from bot.core.slots import narrowed, why_wrong
from bot.core.symptom import headline
from tests.reasoning import builders as b

P99 = "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        (b.RULE, Unit.RATIO),
        ("sum(rate(e_total[5m])) / ignoring(code) sum(rate(r_total[5m])) > 0.01", Unit.RATIO),
        ("100 * sum(rate(e_total[5m])) / sum(rate(r_total[5m])) > 5", Unit.PERCENT),
        (P99, Unit.SECONDS),
        ("histogram_quantile(0.5, rate(latency_ms_bucket[5m]))", Unit.MILLISECONDS),
        ("sum(rate(x_seconds_sum[5m])) / sum(rate(x_seconds_count[5m]))", Unit.SECONDS),
        ("container_memory_working_set_bytes", Unit.BYTES),
        ("queue_depth", Unit.PLAIN),
        ('time() - max by (cronjob) (kube_cronjob_status_last_successful_time{cronjob="x"}) > 86400', Unit.AGE),
        ("lifetime() - 5", Unit.PLAIN),
        ("rate(requests_total[5m])", Unit.PLAIN),
    ],
)
def test_the_unit_is_told_from_the_expression(expression: str, unit: Unit) -> None:
    assert unit_of(expression) is unit


def test_a_division_whose_values_are_above_one_is_no_ratio() -> None:
    assert unit_of("used / limit", 7.0) is Unit.PLAIN


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.21, "21 %"), (0.001, "0.1 %"), (0.0734, "7.3 %"), (0, "0 %"), (1, "100 %"), (0.00002, "under 0.1 %")],
)
def test_ratios_are_said_in_percent(value: float, said: str) -> None:
    assert percent(value) == said


def test_times_are_said_as_people_say_them() -> None:
    assert [ago(s) for s in (5, 90, 480, 7200, 400_000)] == ["5 s", "90 s", "8 min", "2 h", "5 d"]
    assert [seconds(s) for s in (0.34, 2.41, 180)] == ["340 ms", "2.4 s", "3.0 min"]
    assert [show(s, Unit.AGE) for s in (30, 3000, 86_808, 200_000)] == ["30.0 s", "50.0 min", "24.1 h", "2.3 d"]
    assert show(1536, Unit.BYTES) == "1.5 KiB"
    assert show(1204, Unit.PLAIN) == "1,204"


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.21, "about 1 in 5"), (0.5, "about half of all"), (0.7, "about 7 in 10"), (0.98, "nearly all"),
     (0.012, "1.2 % of all"), (0.33, "about 1 in 3")],
)  # fmt: skip
def test_a_share_is_said_in_words(share: float, said: str) -> None:
    assert share_words(share) == said


def test_the_headline_says_what_people_feel() -> None:
    slow = {"expression": P99, "arguments": {"expression": P99}}
    curve = b.curve(now=2.4, peak=2.6, baseline={"median": 0.4, "mad": 0.01, "n": 80})
    latency = b.seen("alert", "query_metrics", {**curve.facts, "expression": P99}, arguments=slow["arguments"])

    assert headline(b.context()) == "till is failing for about 1 in 5 requests"
    assert headline(b.context({"alert": latency}, expression=P99)) == "till is slow: p99 2.4 s, usually 400 ms"
    assert headline(b.context({})) == "21 % of till requests fail"
    assert headline(b.context({}, summary="", alertname="", service="")) == "An alert for no named service"


def test_a_ratio_that_should_be_high_is_not_called_failing() -> None:
    rule = "sum(rate(ok_total[5m])) / sum(rate(all_total[5m])) < 0.95"
    curve = b.curve(now=0.7)
    facts = {**curve.facts, "expression": rule.removesuffix(" < 0.95"), "threshold": {"op": "<", "value": 0.95}}
    look = b.seen("alert", "query_metrics", facts, arguments={"expression": rule})

    said = headline(b.context({"alert": look}, expression=rule, alertname="TillSuccessLow", summary="x"))

    assert said == "TillSuccessLow: till is at 70 %, usually 0.1 %"


@pytest.mark.parametrize(
    ("rule", "short"),
    [
        ("rate(x[5m]) > 1", "rate(x[75s]) > 1"),
        ("rate(x[90s]) / rate(y[1h])", "rate(x[22s]) / rate(y[120s])"),
        ("rate(x[30s]) > 1", ""),
        ("up == 0", ""),
        ("max_over_time(rate(x[5m])[1h:1m])", "max_over_time(rate(x[75s])[1h:1m])"),
    ],
)
def test_a_rule_is_narrowed_to_its_newest_quarter(rule: str, short: str) -> None:
    assert narrowed(rule) == short


def test_braces_that_mean_nothing_are_told() -> None:
    known = frozenset({"service"})

    assert why_wrong("{service} {{literal}}", known) is None
    assert why_wrong("{servce}", known) == "there is no placeholder {servce}; there are service"
    assert "braces" in str(why_wrong("{service", known))
