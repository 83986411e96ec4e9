"""What traces say: where they break, what takes the time, and that a quiet system is told as one."""

from datetime import UTC, datetime, timedelta

from bot.core.records import Span
from bot.core.signs import Role
from bot.core.window import window_of
from tools.read.spans.study import study

ALERT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
WINDOW = window_of(ALERT, ALERT + timedelta(minutes=10))
BEFORE = ALERT - timedelta(minutes=30)


def step(trace: str, id_: str, service: str, took: float, **more: object) -> Span:
    given = {"operation": f"{service}.call", "began": ALERT, **more}
    return Span(trace=trace, id=id_, service=service, took=took, **given)  # type: ignore[arg-type]


def chain(trace: str, began: datetime, leaf: float, *, failed: bool = False) -> list[Span]:
    says = "statement timeout" if failed else ""
    return [
        step(trace, "a", "web", leaf + 0.02, began=began, failed=failed, says="upstream failed" if failed else ""),
        step(trace, "b", "shop", leaf + 0.01, began=began, parent="a", failed=failed),
        step(trace, "c", "db", leaf, began=began, parent="b", failed=failed, says=says, operation="SELECT items"),
    ]


def test_the_error_is_told_where_it_began_and_how_it_went_on():
    studied = study([*chain("t1", ALERT, 0.5, failed=True), *chain("t2", ALERT, 0.5, failed=True)], WINDOW)
    first = studied.signs[0]
    assert (first.service, first.role) == ("db", Role.SYMPTOM)
    assert "2 of 2 traces fail first in db: SELECT items breaks: statement timeout" in first.says
    assert "goes on to shop, web" in first.says
    assert first.facts["path"] == ["web", "shop", "db"]


def test_the_services_above_are_victims_that_name_the_place_where_it_began():
    studied = study(chain("t1", ALERT, 0.5, failed=True), WINDOW)
    victims = {sign.service: sign for sign in studied.signs if sign.kind == "trace_fails_through"}
    assert set(victims) == {"web", "shop"}
    assert all(sign.blames == ("db",) and sign.weight < studied.signs[0].weight for sign in victims.values())


def test_the_edges_go_from_the_caller_to_what_it_calls():
    studied = study(chain("t1", BEFORE, 0.1), WINDOW)
    assert {(edge.caller, edge.callee) for edge in studied.edges} == {("web", "shop"), ("shop", "db")}


def test_a_call_that_gave_up_waiting_points_at_the_slow_one_beneath_it():
    spans = [
        step("t", "a", "web", 5.0, failed=True, says="deadline exceeded"),
        step("t", "b", "ledger", 4.9, parent="a", operation="Post"),
    ]
    first = study(spans, WINDOW).signs[0]
    assert first.service == "ledger"
    assert "takes 4.90 s and its callers give up" in first.says


def test_a_failed_call_without_a_span_beyond_it_names_its_peer():
    spans = [
        step("t", "a", "web", 0.2, failed=True, says="connection refused", kind="client", tags={"peer.service": "mail"})
    ]
    studied = study(spans, WINDOW)
    assert studied.signs[0].blames == ("mail",)
    assert [(edge.caller, edge.callee) for edge in studied.edges] == [("web", "mail")]


def test_the_step_that_grew_is_told_against_the_baseline_and_its_callers_are_not():
    spans = [one for n in range(5) for one in chain(f"old{n}", BEFORE, 0.1)]
    spans += [one for n in range(5) for one in chain(f"new{n}", ALERT, 1.4)]
    slow = [sign for sign in study(spans, WINDOW).signs if sign.kind == "span_slow"]
    assert [sign.service for sign in slow] == ["db"]
    assert "1.40 s in SELECT items itself, 100 ms before" in slow[0].says


def test_what_was_slow_before_as_well_is_not_told():
    spans = [one for n in range(5) for one in chain(f"old{n}", BEFORE, 1.4)]
    spans += [one for n in range(5) for one in chain(f"new{n}", ALERT, 1.5)]
    studied = study(spans, WINDOW)
    assert [sign.role for sign in studied.signs] == [Role.WELL]
    assert "None of 5 traces failed" in studied.signs[0].says


def test_with_nothing_to_compare_the_step_that_takes_most_of_a_long_trace_is_told():
    slow = [sign for sign in study(chain("t", ALERT, 3.0), WINDOW).signs if sign.kind == "span_slow"]
    assert [sign.service for sign in slow] == ["db"]


def test_a_query_in_a_loop_is_told_unless_it_always_was_one():
    def loop(trace: str, began: datetime) -> list[Span]:
        calls = [step(trace, f"q{n}", "db", 0.01, began=began, parent="a", operation="SELECT one") for n in range(40)]
        return [step(trace, "a", "web", 0.5, began=began), *calls]

    told = [sign.kind for sign in study(loop("t", ALERT), WINDOW).signs]
    assert "call_repeated" in told
    assert "call_repeated" not in [sign.kind for sign in study([*loop("o", BEFORE), *loop("t", ALERT)], WINDOW).signs]


def test_no_trace_in_the_window_is_not_told_as_well():
    studied = study(chain("t", BEFORE, 0.1), WINDOW)
    assert (studied.signs, studied.traces, studied.before) == ((), 0, 1)


def test_spans_in_a_circle_and_without_parents_end():
    spans = [
        step("t", "a", "x", 1.0, parent="b", failed=True),
        step("t", "b", "y", 1.0, parent="a", failed=True),
        step("t", "c", "z", 1.0, parent="gone", failed=True, says="boom"),
        step("", "", "w", 1.0),
    ]
    assert any("boom" in sign.says for sign in study(spans, WINDOW).signs)
