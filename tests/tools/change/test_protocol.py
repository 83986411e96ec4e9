"""Every tool that patches an object: dry run, one write, once, marked, never of something else than was approved."""

import shlex
from typing import Any

import pytest

from bot.adapters.cedar import SCHEMA, CedarPolicy
from bot.adapters.looks import ToolLooks
from bot.core.errors import BadInput, Refused, Unreachable
from bot.core.policy import Rules, Tier
from bot.core.tool import MARK, Inverse, Observation, Preparing
from bot.core.verifying import about, judge, mark_of
from bot.core.weighing import Circumstances
from bot.core.workspace import Workspace
from bot.services.changing import Judging, draw_up, storable
from bot.settings_forms import shipped_policy
from tests.tools.change.protocol import ALL, NOW, Told, X, Y, prepared, refused, tools
from tests.tools.change.stage import READ, WEB, Stage
from tests.tools.read.answering import a_look
from tools.read.sources.cluster import ClusterSettings

pytestmark = pytest.mark.parametrize("told", ALL.values(), ids=list(ALL))


@pytest.fixture(autouse=True)
def _set(stage: Stage, told: Told) -> None:
    told.before(stage)


def test_the_dry_run_is_shown_and_changes_nothing(stage: Stage, told: Told) -> None:
    before = told.spec(stage)
    plan = prepared(stage, told.tool, told.arguments)

    assert plan.tool == told.tool.spec.name
    assert plan.dry_run == "server"
    assert plan.changes
    for words in told.shown:
        assert words in plan.diff
    assert plan.command == told.line
    assert shlex.split(plan.command)[0] == "kubectl"
    identity = "act" if told.place else "nodes"
    assert plan.runs_as == f"system:serviceaccount:midwatch:midwatch-{identity}"
    assert (plan.target.kind, plan.target.name) == (told.kind, told.name)
    assert storable(plan) == plan
    assert told.spec(stage) == before
    assert stage.written() == []


def test_it_is_done_once_however_often_it_runs(stage: Stage, told: Told) -> None:
    plan = prepared(stage, told.tool, told.arguments)
    offered = tools(stage, told.tool)

    assert not offered.carries(plan, X)
    assert not offered.execute(plan, X).already
    after = told.spec(stage)
    assert offered.execute(plan, X).already
    assert offered.carries(plan, X)
    assert not offered.carries(plan, Y)
    assert told.spec(stage) == after
    assert stage.written() == [X]


def test_what_is_written_is_conditional_and_marked(stage: Stage, told: Told) -> None:
    plan = prepared(stage, told.tool, told.arguments)
    tools(stage, told.tool).execute(plan, X)

    sent = stage.cluster.writes[0].body["metadata"]
    assert sent["uid"] == plan.target.uid
    assert sent["resourceVersion"].isdigit()
    assert sent["annotations"] == {MARK: X}


def test_the_way_back_leads_back_exactly(stage: Stage, told: Told) -> None:
    before = told.spec(stage)
    plan = prepared(stage, told.tool, told.arguments)
    tools(stage, told.tool).execute(plan, X)
    assert told.spec(stage) != before
    assert isinstance(plan.inverse, Inverse)
    undoing = next(one.tool for one in ALL.values() if one.tool.spec.name == plan.inverse.tool)

    back = prepared(stage, undoing, plan.inverse.arguments)
    tools(stage, undoing).execute(back, Y)

    assert told.spec(stage) == before
    assert stage.written() == [X, Y]


def test_what_somebody_changed_in_between_is_left_alone(stage: Stage, told: Told) -> None:
    plan = prepared(stage, told.tool, told.arguments)
    stage.cluster.patch(told.kind, told.place, told.name, told.meddling)
    before = told.spec(stage)

    with pytest.raises(Refused) as refusal:
        tools(stage, told.tool).execute(plan, X)

    assert refusal.value.why == "changed"
    assert told.spec(stage) == before
    assert stage.written() == []


def test_somebody_who_is_faster_than_the_write_is_noticed_by_the_server(stage: Stage, told: Told) -> None:
    plan = prepared(stage, told.tool, told.arguments)
    came: list[int] = []

    def meddle_first(verb: str, _: str, query: str) -> bool:
        if verb == "PATCH" and "dryRun" not in query and not came:
            came.append(1)
            stage.cluster.patch(told.kind, told.place, told.name, told.meddling)
        return False

    stage.faulty.picks = meddle_first
    with pytest.raises(Refused) as refusal:
        tools(stage, told.tool).execute(plan, X)

    assert (came, refusal.value.why) == ([1], "changed")
    assert stage.written() == []


def test_an_object_of_the_same_name_made_anew_is_left_alone(stage: Stage, told: Told) -> None:
    plan = prepared(stage, told.tool, told.arguments)
    changed = tuple(
        one.model_copy(update={"expected": "another"}) if one.what == "uid" else one for one in plan.preconditions
    )

    with pytest.raises(Refused, match="deleted and made again"):
        tools(stage, told.tool).execute(plan.model_copy(update={"preconditions": changed}), X)
    assert stage.written() == []


def test_a_write_that_is_not_the_approved_one_is_not_made(stage: Stage, told: Told) -> None:
    plan = prepared(stage, told.tool, told.arguments)
    forged = plan.model_copy(update={"request": {**plan.request, "sha256": "0" * 64}})

    with pytest.raises(Refused, match="not be the one that was approved"):
        tools(stage, told.tool).execute(forged, X)
    assert stage.written() == []


def test_without_the_right_nothing_is_prepared_and_nothing_done(stage: Stage, told: Told) -> None:
    assert refused(stage, told.tool, told.arguments, READ).why == "not_permitted"

    plan = prepared(stage, told.tool, told.arguments)
    with pytest.raises(Refused) as refusal:
        tools(stage, told.tool, READ).execute(plan, X)
    assert refusal.value.why == "not_permitted"
    assert stage.written() == []


def test_a_server_that_fails_after_sending_leaves_the_outcome_open(stage: Stage, told: Told) -> None:
    plan = prepared(stage, told.tool, told.arguments)
    stage.faulty.picks, stage.faulty.how = _write, "500"

    with pytest.raises(Unreachable):
        tools(stage, told.tool).execute(plan, X)


def test_a_lost_answer_is_looked_after_and_the_effect_is_found(stage: Stage, told: Told) -> None:
    plan = prepared(stage, told.tool, told.arguments)
    stage.faulty.picks, stage.faulty.how = _write, "lose_answer"

    assert tools(stage, told.tool).execute(plan, X).facts["execution"] == X
    assert stage.written() == [X]


def test_a_server_that_is_gone_before_the_write_changed_nothing(stage: Stage, told: Told) -> None:
    plan = prepared(stage, told.tool, told.arguments)
    stage.faulty.picks, stage.faulty.how = lambda verb, *_: verb == "GET", "500"

    with pytest.raises(Refused) as refusal:
        tools(stage, told.tool).execute(plan, X)
    assert refusal.value.why == "unreachable"


def test_what_is_not_there_is_said(stage: Stage, told: Told) -> None:
    assert refused(stage, told.tool, {**told.arguments, "name": "nowhere"}).why == "not_found"


def test_arguments_that_are_not_right_are_named_in_words(stage: Stage, told: Told) -> None:
    for wrong, words in told.wrong:
        with pytest.raises(BadInput, match=words):
            prepared(stage, told.tool, {**told.arguments, **wrong})
    assert stage.written() == []


def test_done_already_is_nothing_to_do(stage: Stage, told: Told) -> None:
    tools(stage, told.tool).execute(prepared(stage, told.tool, told.arguments), X)

    with pytest.raises(Refused) as refusal:
        prepared(stage, told.tool, told.arguments)
    assert refusal.value.why == "nothing_to_do"


def test_what_came_of_it_is_read_and_judged_and_its_mark_is_seen(stage: Stage, told: Told) -> None:
    plan = prepared(stage, told.tool, told.arguments)
    looks = ToolLooks(given=[ClusterSettings(kubeconfig=stage.settings(READ).kubeconfig)])
    what = about(plan.expects)
    assert what is not None

    def seen() -> Observation:
        return looks.look(what.subject.tool, what.look(X) or {}, a_look())

    assert mark_of(plan.expects, seen(), X)[0] == "absent"
    tools(stage, told.tool).execute(plan, X)
    stage.settle(lambda: judge(plan.expects, None, seen()).verdict == "passed")

    mark, says = mark_of(plan.expects, seen(), X)
    assert mark == "present"
    assert f"{told.kind} {told.name}{' in web' if told.place else ''} carries this execution's mark" in says


def test_policy_lets_it_pass_where_it_is_small_enough_and_a_node_takes_two(stage: Stage, told: Told) -> None:
    judging = Judging(CedarPolicy(shipped_policy(), shipped_policy() / SCHEMA), Rules(namespaces=frozenset({WEB})))
    arguments = {**({"namespace": WEB} if told.place else {}), **told.arguments}
    context, around = (
        Preparing(now=NOW, runs_as="act"),
        Circumstances("sev3", True, True, False, None, None, 0, Workspace(), NOW),
    )

    drawn = draw_up(tools(stage, told.tool), judging, told.tool.spec.name, arguments, context, around)
    assert drawn.allowed.needed == (1 if told.place else 2)
    assert drawn.allowed.tier == (Tier.ROUTINE if told.place else Tier.CRITICAL)


def _write(verb: str, _: str, query: Any) -> bool:
    return verb == "PATCH" and "dryRun" not in str(query)
