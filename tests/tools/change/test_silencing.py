"""Silencing an alert and ending that, on a real Alertmanager: once, marked, never too much, never somebody else's."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.looks import ToolLooks
from bot.core.errors import Refused
from bot.core.hands import why_by_hand
from bot.core.tool import Inverse, Observation
from bot.core.verifying import about, judge, mark_of
from bot.services.changing import storable, why_another
from tests.tools.change.alerting import ASKED, X, Y, alertmanager, by_a_person, fire, prepared, silences, tools
from tests.tools.read.answering import a_look
from tools.read.silences import SilenceSettings

pytestmark = pytest.mark.needs("alertmanager")
TILL = {"alertname": "TillFailing", "namespace": "shop", "service": "till"}


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with alertmanager(tmp_path) as running:
        yield running


def refused(url: str, tool: str = "silence_alert", **arguments: Any) -> Refused:
    with pytest.raises(Refused) as refusal:
        prepared(url, tool, **arguments)
    return refusal.value


def seen(url: str, expects: dict[str, Any], execution: str) -> Observation:
    looks = ToolLooks(given=[SilenceSettings(url=url)])  # type: ignore[arg-type]
    what = about(expects)
    assert what is not None
    return looks.look(what.subject.tool, what.look(execution) or {}, a_look())


def test_what_it_would_mute_is_shown_and_nothing_is_made(url: str) -> None:
    fire(url, TILL, {**TILL, "namespace": "other"}, {**TILL, "alertname": "Else"})
    plan = prepared(url)

    assert plan.title == "Silence alert TillFailing in shop for 30 min"
    assert plan.diff.splitlines()[1:] == ["  mutes now: alertname=TillFailing, service=till"]
    assert plan.dry_run == "computed"
    assert shlex.split(plan.command)[0] == "amtool"
    assert plan.target.id == "Silence/shop/TillFailing"
    assert storable(plan) == plan
    assert why_by_hand(plan) is None
    assert silences(url) == []


def test_it_is_made_once_however_often_it_runs_and_always_ends(url: str) -> None:
    plan, offered = prepared(url), tools(url)

    assert not offered.carries(plan, X)
    assert not offered.execute(plan, X).already
    assert offered.execute(plan, X).already
    assert offered.carries(plan, X)
    assert not offered.carries(plan, Y)
    (made,) = silences(url)
    assert (made["createdBy"], made["comment"]) == ("midwatch", f"midwatch {X}")
    verdict = judge(plan.expects, None, seen(url, plan.expects, X))
    assert verdict.verdict == "passed"
    assert "TillFailing is silenced until" in verdict.says
    assert "it mends no alert" in verdict.says


def test_alerts_that_come_and_go_meanwhile_make_no_other_plan_of_it(url: str) -> None:
    first = prepared(url)
    fire(url, TILL)

    assert why_another(first, prepared(url)) is None


def test_its_mark_is_seen(url: str) -> None:
    plan = prepared(url)

    assert mark_of(plan.expects, seen(url, plan.expects, X), X)[0] == "absent"
    tools(url).execute(plan, X)
    mark, says = mark_of(plan.expects, seen(url, plan.expects, X), X)
    assert mark == "present"
    assert "Silence TillFailing in shop carries this execution's mark" in says


def test_the_way_back_ends_that_very_silence_and_itself_has_one(url: str) -> None:
    by_a_person(url, alertname="TillFailing", namespace="shop", pod="till-1")
    plan = prepared(url, matchers={"service": "till"})
    tools(url).execute(plan, X)
    assert isinstance(plan.inverse, Inverse)

    back = prepared(url, plan.inverse.tool, **plan.inverse.arguments)
    assert why_by_hand(back) is None
    assert storable(back) == back
    assert not tools(url).carries(back, Y)
    assert judge(back.expects, None, seen(url, back.expects, Y)).verdict == "failed"
    assert not tools(url).execute(back, Y).already
    assert tools(url).execute(back, Y).already
    assert tools(url).carries(back, Y)

    assert judge(back.expects, None, seen(url, back.expects, Y)).verdict == "passed"
    assert judge(plan.expects, None, seen(url, plan.expects, X)).verdict == "failed"
    states = {one["createdBy"]: one["status"]["state"] for one in silences(url)}
    assert states == {"midwatch": "expired", "alice": "active"}
    assert isinstance(back.inverse, Inverse)
    again = prepared(url, **back.inverse.arguments)
    assert (again.arguments["minutes"], again.arguments["matchers"]) == (30, {"service": "till"})


def test_a_second_run_after_it_ended_makes_no_new_one(url: str) -> None:
    plan = prepared(url)
    tools(url).execute(plan, X)
    tools(url).execute(prepared(url, "expire_silence", namespace="shop", alertname="TillFailing"), Y)

    assert tools(url).execute(plan, X).already
    assert len(silences(url)) == 1


def test_what_is_silenced_already_is_left_alone(url: str) -> None:
    plan = prepared(url)
    by_a_person(url, alertname="TillFailing", namespace="shop")

    assert refused(url).why == "nothing_to_do"
    with pytest.raises(Refused, match="silenced meanwhile") as refusal:
        tools(url).execute(plan, X)
    assert refusal.value.why == "changed"
    assert len(silences(url)) == 1


def test_too_much_is_not_muted(url: str) -> None:
    fire(url, *({**TILL, "pod": f"till-{number}"} for number in range(21)))

    assert refused(url).why == "too_broad"
    assert "name further labels" in str(refused(url))
    assert prepared(url, matchers={"pod": "till-3"}).cautions == ()


def test_people_end_their_own_silences_and_say_which_where_there_are_several(url: str) -> None:
    asked = {"namespace": "shop", "alertname": "TillFailing"}
    by_a_person(url, **asked)
    assert refused(url, "expire_silence", **asked).why == "not_found"

    for execution, pod in ((X, "till-1"), (Y, "till-2")):
        tools(url).execute(prepared(url, matchers={"pod": pod}), execution)
    assert refused(url, "expire_silence", **asked).why == "several"
    assert prepared(url, "expire_silence", **asked, matchers={"pod": "till-2"}).diff.startswith("- silence ")


def test_a_silence_that_is_not_the_approved_one_is_not_made(url: str) -> None:
    plan = prepared(url)
    longer = plan.model_copy(update={"arguments": {**ASKED, "minutes": 480, "matchers": {}, "comment": ""}})

    with pytest.raises(Refused, match="not be the one that was approved"):
        tools(url).execute(longer, X)
    assert silences(url) == []
