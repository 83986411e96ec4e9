"""Rules, groups and bodies: when an alert fires, when it is told, and that Alertmanager would have said the same."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.playground.world.alerting.groups import Groups, Notice, fingerprint
from bot.playground.world.alerting.rules import Rules, generator_url, stamp
from bot.playground.world.alerting.wording import TemplateMistake, fill, go_exponent
from bot.playground.world.scenario import Alert, Notify
from bot.playground.world.tempo import Tempo

T = 1_790_000_000.0
LABELS = {"alertname": "HighErrorRate", "cluster": "test", "namespace": "prod", "service": "checkout"}
LABELS |= {"severity": "critical", "team": "payments"}


class Dial:
    """An expression whose value the test sets: label sets to numbers."""

    def __init__(self) -> None:
        self.vector: list[tuple[Mapping[str, str], float]] = []

    def __call__(self, _expr: str, _at: float) -> Sequence[tuple[Mapping[str, str], float]]:
        return self.vector


def _rules(dial: Dial, hold: str = "4s", **labels: str) -> Rules:
    written = {"alert": "Bad", "expr": "x > 1", "for": hold, "labels": labels, "annotations": {"v": "{{ $value }}"}}
    return Rules([Alert.model_validate(written)], dial, "x.yaml")


def test_an_alert_is_pending_for_its_time_then_fires_then_resolves() -> None:
    dial = Dial()
    rules = _rules(dial)
    dial.vector = [({"__name__": "x", "pod": "p1"}, 2.0)]

    assert rules.evaluate(T) == ([], [])
    assert rules.alerts()[0]["state"] == "pending"
    assert rules.evaluate(T + 3.9) == ([], [])
    firing, _ = rules.evaluate(T + 4)
    assert [active.labels for _, active in firing] == [{"alertname": "Bad", "pod": "p1"}]
    assert rules.groups()[0]["rules"][0]["state"] == "firing"
    dial.vector = []
    firing, resolved = rules.evaluate(T + 9)
    assert firing == []
    assert [active.resolved_at for _, active in resolved] == [T + 9]
    assert rules.named("Bad")[0].state == "inactive"
    assert rules.named("Bad")[0].ever_fired


def test_an_alert_that_goes_away_while_pending_starts_again_from_nothing() -> None:
    dial = Dial()
    rules = _rules(dial)
    dial.vector = [({}, 2.0)]
    rules.evaluate(T)
    dial.vector = []
    assert rules.evaluate(T + 3) == ([], [])
    dial.vector = [({}, 2.0)]
    rules.evaluate(T + 5)

    assert rules.evaluate(T + 8) == ([], [])
    assert not rules.named("Bad")[0].ever_fired


def test_a_rule_that_cannot_be_evaluated_keeps_its_alerts_and_says_why() -> None:
    dial = Dial()
    broken = [False]

    def evaluate(expr: str, at: float) -> Sequence[tuple[Mapping[str, str], float]]:
        if broken[0]:
            raise ValueError("no such function")
        return dial(expr, at)

    rules = Rules([_rules(dial, "0s").rules[0].written], evaluate, "x")
    dial.vector = [({}, 2.0)]
    rules.evaluate(T)
    broken[0] = True
    firing, resolved = rules.evaluate(T + 1)

    assert len(firing) == 1
    assert resolved == []
    body = rules.groups()[0]["rules"][0]
    assert (body["health"], body["lastError"]) == ("err", "no such function")


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{{ $labels.pod }} at {{ $value }}", "p1 at 0.2143"),
        ("{{ $value | humanizePercentage }}", "21.43%"),
        ('{{ printf "%.1f" $value }}/s', "0.2/s"),
        ('{{ $value | printf "%.3f" }}', "0.214"),
        ("{{ humanize 1234567 }}", "1.235M"),
        ("{{ humanizeDuration 4000 }}", "1h 6m 40s"),
        ("{{ $labels.absent }}none", "none"),
        ("{{$labels.pod | toUpper}}", "P1"),
        ("no action", "no action"),
    ],
)
def test_a_template_is_filled_as_prometheus_does(template: str, filled: str) -> None:
    assert fill(template, {"pod": "p1"}, 0.2143) == filled


@pytest.mark.parametrize(
    "template", ["{{ range query }}", "{{ $value | nosuch }}", "{{ .Labels }}", "{{ }}", "{{ 1 + 1 }}"]
)
def test_a_template_beyond_this_world_is_refused_and_never_left_unfilled(template: str) -> None:
    with pytest.raises(TemplateMistake):
        fill(template, {}, 1.0)


@pytest.mark.parametrize(
    ("value", "shown"), [(0.21, "2.1e-01"), (5.0, "5e+00"), (1234.5, "1.2345e+03"), (-0.5, "-5e-01")]
)
def test_values_look_as_in_the_alerts_api(value: float, shown: str) -> None:
    assert go_exponent(value) == shown


def test_the_fingerprint_is_the_recorded_one() -> None:
    assert fingerprint(LABELS) == "e0da465db7585c9d"


def test_the_generator_link_is_the_recorded_one() -> None:
    expr = 'sum by (service, namespace) (rate(http_requests_total{code="500"}[10s])) > 0.5'

    assert generator_url("http://vm:19090", expr) == (
        "http://vm:19090/graph?g0.expr=sum+by+%28service%2C+namespace%29+%28rate%28http_requests_total%7Bcode%3D%22500"
        "%22%7D%5B10s%5D%29%29+%3E+0.5&g0.tab=1"
    )


def test_moments_are_written_as_go_writes_them() -> None:
    assert stamp(1_790_000_000.568) == "2026-09-21T14:13:20.568Z"
    assert stamp(1_790_000_000.5) == "2026-09-21T14:13:20.5Z"
    assert stamp(1_790_000_000.0) == "2026-09-21T14:13:20Z"


def _groups(**notify: Any) -> Groups:
    return Groups(Notify.model_validate(notify), "http://p", "http://a")


def _told(groups: Groups, now: float) -> dict[str, Any] | None:
    notices = groups.due(now)
    for notice in notices:
        groups.delivered(notice, now)
    return json.loads(notices[0].body) if notices else None


def _firing(dial: Dial, rules: Rules, groups: Groups, at: float, *pods: str) -> None:
    dial.vector = [({"pod": pod, "service": "s", "namespace": "n"}, 0.5) for pod in pods]
    groups.update(*rules.evaluate(at), at)


def test_a_group_waits_is_told_once_repeats_and_resolves() -> None:
    dial = Dial()
    rules, groups = _rules(dial, "0s"), _groups(group_wait="2s", group_interval="5s", repeat_interval="60s")
    _firing(dial, rules, groups, T, "p1")

    assert _told(groups, T + 1.9) is None
    first = _told(groups, T + 2)
    assert first is not None
    assert first["status"] == "firing"
    assert first["alerts"][0]["endsAt"] == "0001-01-01T00:00:00Z"
    assert first["groupKey"] == '{}:{alertname="Bad", namespace="n", service="s"}'
    assert _told(groups, T + 20) is None
    assert _told(groups, T + 61.9) is None
    assert (_told(groups, T + 67) or {})["status"] == "firing"
    _firing(dial, rules, groups, T + 70)
    resolved = _told(groups, T + 72)
    assert resolved is not None
    assert resolved["status"] == "resolved"
    assert resolved["alerts"][0]["endsAt"] == stamp(T + 70)
    assert resolved["alerts"][0]["startsAt"] == stamp(T)
    assert groups.groups == {}


def test_a_late_alert_joins_its_group_and_a_resolved_one_is_told_with_the_rest() -> None:
    dial = Dial()
    rules, groups = _rules(dial, "0s"), _groups(group_wait="0s", group_interval="5s")
    _firing(dial, rules, groups, T, "p1")
    _told(groups, T)
    _firing(dial, rules, groups, T + 1, "p1", "p2")

    assert _told(groups, T + 4) is None
    both = _told(groups, T + 5)
    assert both is not None
    assert [alert["labels"]["pod"] for alert in both["alerts"]] == ["p1", "p2"]
    assert both["commonLabels"] == {"alertname": "Bad", "namespace": "n", "service": "s"}
    _firing(dial, rules, groups, T + 6, "p2")
    half = _told(groups, T + 10)
    assert half is not None
    assert half["status"] == "firing"
    assert [alert["status"] for alert in half["alerts"]] == ["resolved", "firing"]
    assert (_told(groups, T + 80) or {"alerts": []})["alerts"][0]["labels"]["pod"] == "p2"


def test_a_notice_nobody_took_is_sent_again_later_and_later() -> None:
    dial = Dial()
    rules, groups = _rules(dial, "0s"), _groups(group_wait="0s")
    _firing(dial, rules, groups, T, "p1")
    now, gaps = T, []
    for _ in range(8):
        notices: list[Notice] = []
        asked = now
        while not notices:
            now += 0.05
            notices = groups.due(now)
        groups.failed(notices[0], now)
        gaps.append(now - asked)

    assert gaps == sorted(gaps)
    assert gaps[-1] == pytest.approx(5.0, abs=0.1)
    assert _told(groups, now + 5.1) is not None


def test_nothing_is_sent_twice_while_it_is_on_its_way() -> None:
    dial = Dial()
    rules, groups = _rules(dial, "0s"), _groups(group_wait="0s")
    _firing(dial, rules, groups, T, "p1")
    notices = groups.due(T)

    assert len(notices) == 1
    assert groups.due(T + 100) == []


def test_an_alert_that_ended_before_it_was_told_is_never_told() -> None:
    dial = Dial()
    rules, groups = _rules(dial, "0s"), _groups(group_wait="5s")
    _firing(dial, rules, groups, T, "p1")
    _firing(dial, rules, groups, T + 2)

    assert _told(groups, T + 6) is None
    assert groups.groups == {}


def test_more_alerts_than_allowed_are_counted_as_truncated() -> None:
    dial = Dial()
    rules, groups = _rules(dial, "0s"), _groups(group_wait="0s", max_alerts=2)
    _firing(dial, rules, groups, T, "p1", "p2", "p3")
    body = _told(groups, T)

    assert body is not None
    assert (len(body["alerts"]), body["truncatedAlerts"]) == (2, 1)


def test_the_body_has_the_keys_of_alertmanager_in_its_order() -> None:
    dial = Dial()
    rules, groups = _rules(dial, "0s", severity="critical"), _groups(group_wait="0s")
    _firing(dial, rules, groups, T, "p1")
    raw = groups.due(T)[0].body

    assert raw.startswith(
        b'{"receiver":"midwatch","status":"firing","alerts":[{"status":"firing","labels":{"alertname":'
    )
    assert raw.endswith(b'"truncatedAlerts":0}\n')
    assert b"%3E" in raw
    assert b"\\u0026g0.tab=1" in raw
    body = json.loads(raw)
    assert list(body) == [
        *("receiver", "status", "alerts", "groupLabels", "commonLabels", "commonAnnotations", "externalURL"),
        *("version", "groupKey", "truncatedAlerts"),
    ]
    assert list(body["alerts"][0]) == [
        *("status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"),
    ]


def test_a_faster_story_waits_less_for_a_group_and_repeats_as_before() -> None:
    dial, tempo = Dial(), Tempo()
    tempo.set(10, T - 100)
    notify = Notify.model_validate({"group_wait": "20s", "group_interval": "50s", "repeat_interval": "60s"})
    rules, groups = _rules(dial, "0s"), Groups(notify, "http://p", "http://a", tempo)
    _firing(dial, rules, groups, T, "p1")

    assert _told(groups, T + 1.9) is None
    assert _told(groups, T + 2) is not None
    _firing(dial, rules, groups, T + 3, "p1", "p2")
    assert _told(groups, T + 6.9) is None
    assert len((_told(groups, T + 7) or {"alerts": []})["alerts"]) == 2
    assert [at for at in range(8, 80) if _told(groups, T + at)] == [67], "sixty real seconds after it was told"


def test_a_notice_nobody_took_is_tried_again_in_real_time() -> None:
    dial, tempo = Dial(), Tempo()
    tempo.set(10, T - 100)
    notify = Notify.model_validate({"group_wait": "0s"})
    rules, groups = _rules(dial, "0s"), Groups(notify, "http://p", "http://a", tempo)
    _firing(dial, rules, groups, T, "p1")
    (notice,) = groups.due(T)
    groups.failed(notice, T)

    assert groups.due(T + 0.2) == []
    assert len(groups.due(T + 0.25)) == 1
