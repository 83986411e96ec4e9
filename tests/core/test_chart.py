"""What the picture shows is read from recorded looks, and its words say the same as the picture."""

from typing import Any

from bot.core.axes import hours, ticks
from bot.core.case import Seen
from bot.core.chart import Chart, chart_of
from bot.core.measures import Unit
from tests.reasoning import builders as b

T = b.TWO.timestamp()


def series(labels: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    points = [[T + minute * 60, 0.001 if minute < 1 else 0.21] for minute in range(-40, 9)]
    known = {
        "labels": labels or {}, "points": points, "baseline": {"median": 0.001, "mad": 0.0, "n": 80}, "now": 0.21,
        "peak": 0.24, "peak_at": b.at(3), "began_at": b.at(0.5), "ended_at": None, "direction": "up",
    }  # fmt: skip
    return {**known, **changes}


def look(*curves: dict[str, Any], expression: str = b.RULE, **facts: Any) -> Seen:
    known = {"expression": expression, "threshold": {"op": ">", "value": 0.05}, "step_s": 60, "series": list(curves)}
    return Seen("any_name", "query_metrics", "ok", "E1", {"expression": expression}, facts={**known, **facts})


def rollouts(*at: tuple[int, float, str]) -> Seen:
    rows = [{"workload": name, "revision": revision, "at": b.at(minute)} for revision, minute, name in at]
    return Seen("rollouts", "rollout_history", "ok", "E2", facts={"rollouts": rows})


def drawn(*looks: Seen, **case: Any) -> Chart:
    chart = chart_of(b.case(**case), looks)
    assert chart is not None
    return chart


def test_the_alert_the_rollouts_and_the_rule_are_marked():
    chart = drawn(look(series()), rollouts((47, -2, "till"), (12, -5, "ledger"), (40, -300, "till")))
    assert chart.evidence == "E1"
    assert chart.title == "TillFailing · till"
    assert [mark.words for mark in chart.rollouts] == ["ledger 12 01:55", "revision 47 01:58"]
    assert chart.alert.words == "alert 02:08"
    assert chart.rule is not None
    assert (chart.rule.words, chart.rule.value) == ("rule: above 5 %", 0.05)
    assert chart.says == "21 % at 02:08, usually 0.1 %, higher since 02:00"
    assert chart.since == T + 30


def test_the_alt_text_says_the_conclusion_in_words():
    chart = drawn(look(series()), rollouts((47, -2, "till")))
    assert chart.alt == (
        "Chart of TillFailing for till, 01:13 to 02:08 UTC: 21 % at 02:08, usually 0.1 %, higher since 02:00. "
        "Its peak is 24 % at 02:03. The alert began at 02:08; rule: above 5 %. "
        "Revision 47 was rolled out at 01:58, 2 min before it began."
    )


def test_the_alt_text_has_an_end():
    many = rollouts(*((number, -number / 10, "w" * 400) for number in range(40)))
    assert len(drawn(look(series()), many).alt) <= 1000


def test_the_alerts_own_expression_is_drawn_before_any_other():
    other = look(series(now=5.0), expression="up == 0")
    assert drawn(other, look(series())).says.startswith("21 %")
    assert drawn(other).says.startswith("5")


def test_without_a_curve_there_is_no_picture():
    denied = Seen("alert", "query_metrics", "denied", "E1", {"expression": b.RULE}, facts={})
    assert chart_of(b.case(), [denied, rollouts((47, -2, "till"))]) is None
    assert chart_of(b.case(), [look(series(points=[]))]) is None
    assert chart_of(b.case(), [look(series(points="erased"))]) is None
    assert chart_of(b.case(), []) is None


def test_series_are_told_apart_by_what_differs():
    curves = [series({"job": "till", "pod": f"till-{name}"}) for name in ("7b8-x", "5c9-a")]
    assert [line.name for line in drawn(look(*curves)).lines] == ["7b8-x", "5c9-a"]
    assert [line.name for line in drawn(look(series({"job": "till"}))).lines] == [""]


def test_a_rule_is_said_in_words():
    said = [drawn(look(series(), threshold={"op": op, "value": 0.05})).rule for op in (">", ">=", "<", "<=", "==", "?")]
    assert [level.words for level in said if level] == [
        "rule: above 5 %", "rule: 5 % or more", "rule: below 5 %", "rule: 5 % or less", "rule: exactly 5 %",
        "rule: near 5 %",
    ]  # fmt: skip


def test_a_rule_far_above_everything_is_said_and_not_drawn():
    chart = drawn(look(series(), threshold={"op": ">", "value": 30.0}, expression="queue_depth"))
    assert chart.rule is None
    assert "rule: above 30" in chart.alt


def test_what_is_over_is_said_to_be_over():
    assert (
        drawn(look(series(ended_at=b.at(6), now=0.001))).says == "0.1 % at 02:08, usually 0.1 %, higher 02:00 to 02:06"
    )


def test_levels_are_round_and_hold_every_value():
    assert ticks(0.0, 0.24, Unit.RATIO) == (0.0, 0.1, 0.2, 0.30000000000000004)
    assert ticks(0.0, 1.2e9, Unit.BYTES) == (0.0, 2.0**29, 2.0**30, 3 * 2.0**29)
    assert ticks(-0.1, 1440.0, Unit.PLAIN)[0] == 0.0
    for low, high in ((0, 1e-9), (0, 1), (-5, 5), (3, 3), (0, 7e15), (0, 1.0000001)):
        levels = ticks(float(low), float(high), Unit.PLAIN)
        assert levels[0] <= low
        assert levels[-1] >= high
        assert 2 <= len(levels) <= 7


def test_times_on_the_axis_are_round():
    assert [words for _, words in hours(T - 47 * 60, T + 8 * 60)] == ["01:15", "01:30", "01:45", "02:00"]
