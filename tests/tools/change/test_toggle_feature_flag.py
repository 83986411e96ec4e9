"""Setting a feature flag: conditional, once, marked, and open where nobody can tell."""

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from bot.adapters.changes import ChangeTools
from bot.adapters.looks import ToolLooks
from bot.core.errors import BadInput, Refused, Unreachable
from bot.core.hands import why_by_hand
from bot.core.tool import Inverse, Observation, Plan, Preparing
from bot.core.verifying import about, judge, mark_of
from bot.services.changing import storable
from tests.tools.change.flagging import READING, TOKEN, Endpoint, endpoint
from tests.tools.read.answering import Reply, a_look, answering
from tools.change import toggle_feature_flag
from tools.read import flags as reading

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
X, Y = "x-a-1", "x-a-2"
ASKED = {"namespace": "shop", "flag": "newTill", "to": "on"}


@pytest.fixture
def server() -> Iterator[Endpoint]:
    with endpoint(newTill={"namespace": "shop", "description": "the new till"}, loose={}) as running:
        yield running


def tools(url: str, token: str = TOKEN) -> ChangeTools:
    settings = toggle_feature_flag.FlagSettings(url=url, token=SecretStr(token))  # type: ignore[arg-type]
    return ChangeTools([(toggle_feature_flag.TOOL, settings)])


def prepared(url: str, token: str = TOKEN, **arguments: Any) -> Plan:
    context = Preparing(now=NOW, runs_as="", expression="errors > 1")
    return tools(url, token).prepare("toggle_feature_flag", {**ASKED, **arguments}, context)


def refused(url: str, **arguments: Any) -> str:
    with pytest.raises(Refused) as refusal:
        prepared(url, **arguments)
    return refusal.value.why


def seen(server: Endpoint, plan: Plan) -> Observation:
    given = reading.FlagSettings(url=server.url, read_token=SecretStr(READING))  # type: ignore[arg-type]
    what = about(plan.expects)
    assert what is not None
    return ToolLooks(given=[given]).look(what.subject.tool, what.look(X) or {}, a_look())


def test_what_would_change_is_shown_and_nothing_is_changed(server: Endpoint) -> None:
    plan = prepared(server.url)

    assert plan.title == "Set flag newTill in shop from off to on"
    assert plan.diff == "- newTill: off  # the new till\n+ newTill: on"
    assert plan.cautions == ()
    assert shlex.split(plan.command)[0] == "curl"
    assert storable(plan) == plan
    assert why_by_hand(plan) is None
    assert TOKEN not in plan.model_dump_json()
    assert server.writes == []


def test_it_is_done_once_however_often_it_runs_and_its_mark_is_seen(server: Endpoint) -> None:
    plan, offered = prepared(server.url), tools(server.url)

    assert mark_of(plan.expects, seen(server, plan), X)[0] == "absent"
    assert not offered.carries(plan, X)
    assert not offered.execute(plan, X).already
    assert offered.execute(plan, X).already
    assert offered.carries(plan, X)
    assert not offered.carries(plan, Y)
    assert server.writes == [("newTill", X)]
    assert mark_of(plan.expects, seen(server, plan), X)[0] == "present"
    assert judge(plan.expects, None, seen(server, plan)).verdict == "passed"


def test_the_way_back_is_the_other_value(server: Endpoint) -> None:
    plan = prepared(server.url)
    tools(server.url).execute(plan, X)
    assert isinstance(plan.inverse, Inverse)
    tools(server.url).execute(prepared(server.url, **plan.inverse.arguments), Y)

    assert server.flags["newTill"]["enabled"] is False
    assert judge(plan.expects, None, seen(server, plan)).verdict == "failed"


def test_what_somebody_changed_in_between_is_left_alone(server: Endpoint) -> None:
    plan = prepared(server.url)
    server.flags["newTill"]["version"] = 8

    with pytest.raises(Refused) as refusal:
        tools(server.url).execute(plan, X)
    assert refusal.value.why == "changed"
    assert server.writes == []


def test_somebody_who_is_faster_than_the_write_is_noticed_by_the_endpoint(server: Endpoint) -> None:
    plan = prepared(server.url)
    server.fault = "meddle"

    with pytest.raises(Refused) as refusal:
        tools(server.url).execute(plan, X)
    assert refusal.value.why == "changed"
    assert server.writes == []


def test_a_lost_answer_is_looked_after(server: Endpoint) -> None:
    plan = prepared(server.url)
    server.fault = "lose_answer"

    assert tools(server.url).execute(plan, X).facts["execution"] == X
    assert server.writes == [("newTill", X)]


def test_without_who_changed_it_an_outcome_that_was_lost_stays_open(server: Endpoint) -> None:
    server.tells = False
    plan = prepared(server.url)
    server.fault = "lose_answer"

    for _ in range(2):
        with pytest.raises(Unreachable):
            tools(server.url).execute(plan, X)
    with pytest.raises(Unreachable, match="who changed"):
        tools(server.url).carries(plan, X)
    assert server.writes == [("newTill", X)]
    assert mark_of(plan.expects, seen(server, plan), X)[0] == "unknown"


def test_a_failure_leaves_it_open_and_a_refusal_does_not(server: Endpoint) -> None:
    plan = prepared(server.url)
    server.fault = "500_before"
    with pytest.raises(Unreachable):
        tools(server.url).execute(plan, X)
    server.fault = "400"
    with pytest.raises(Refused) as refusal:
        tools(server.url).execute(plan, X)
    assert refusal.value.why == "rejected"
    assert server.writes == []


def test_a_token_that_only_reads_changes_nothing_and_is_never_shown(server: Endpoint) -> None:
    plan = prepared(server.url, READING)
    with pytest.raises(Refused) as refusal:
        tools(server.url, READING).execute(plan, X)
    assert refusal.value.why == "not_permitted"
    assert READING not in str(refusal.value)
    with pytest.raises(Refused, match="refused: 403"):
        prepared(server.url, "another")


def test_what_makes_no_sense_is_said(server: Endpoint) -> None:
    assert refused(server.url, flag="nowhere") == "not_found"
    assert refused(server.url, to="off") == "nothing_to_do"
    assert refused(server.url, namespace="other") == "another_namespace"
    assert "nobody checked" in prepared(server.url, flag="loose").cautions[0]
    for wrong in ({"flag": "../admin"}, {"flag": ""}, {"to": True}, {"to": "maybe"}, {"force": True}):
        with pytest.raises(BadInput, match=next(iter(wrong))):
            prepared(server.url, **wrong)


@pytest.mark.parametrize("body", [[], {"key": "newTill"}, {"key": "other", "enabled": False, "version": 1}, b"<html>"])
def test_another_shape_is_not_read(body: Any) -> None:
    with answering({"/flags": Reply(body)}) as server, pytest.raises(Unreachable):
        prepared(server.url)
