"""Draining a node: which pods leave, one by one and once each, the budget's word, and where it stops and says so."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.adapters.looks import ToolLooks
from bot.core.errors import Refused, Stopped, Unreachable
from bot.core.tool import MARK, BlastRadius, Inverse, NotReversible, Plan
from bot.core.verifying import about, judge, mark_of
from bot.playground.world.kube.controllers.kubelet import Run
from bot.playground.world.kube.kinds import POD
from bot.services.changing import storable
from tests.safety.rows import replaced
from tests.tools.change.protocol import X, Y, cordoned, prepared, refused, tools
from tests.tools.change.stage import NODES, READ, WEB, Stage
from tests.tools.change.test_evict_pod import AT_ONCE, budget
from tests.tools.read.answering import a_look
from tools.change.drain_node import TOOL
from tools.change.node import moving
from tools.read.sources.cluster import ClusterSettings

LOOSE = {"containers": [{"name": "main", "image": "busybox"}]}
AGENTS = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "agent", "namespace": WEB},
    "spec": {
        "selector": {"matchLabels": {"app": "agent"}},
        "template": {"metadata": {"labels": {"app": "agent"}}, "spec": LOOSE},
    },
}


def on(stage: Stage, node: str) -> dict[str, str]:
    """Uid by name of the pods there that are not ending."""
    return {
        str(one["metadata"]["name"]): str(one["metadata"]["uid"])
        for one in stage.cluster.list("Pod", WEB)
        if one["spec"].get("nodeName") == node and not one["metadata"].get("deletionTimestamp")
    }


def whole(stage: Stage) -> bool:
    return bool(stage.deployment()["status"].get("readyReplicas") == 4)


@pytest.fixture
def node(stage: Stage) -> Iterator[str]:
    """One that carries at least two pods of the shop; the two others take what leaves it."""
    stage.settle(lambda: whole(stage) and len(stage.cluster.list("Pod", WEB)) == 4)
    with replaced(moving, "LOOK_SECONDS", 0.05):
        yield max(("node-0", "node-1", "node-2"), key=lambda one: len(on(stage, one)))


def plan_of(stage: Stage, node: str) -> Plan:
    return prepared(stage, TOOL, {"name": node})


def runs(stage: Stage, plan: Plan, go_on: Callable[[], None] = lambda: None, execution: str = X) -> Any:
    return tools(stage, TOOL).execute(plan, execution, go_on)


def closed(stage: Stage, node: str) -> bool:
    found = next(one for one in stage.cluster.list("Node") if one["metadata"]["name"] == node)
    return bool((found.get("spec") or {}).get("unschedulable"))


def placed(stage: Stage, node: str, name: str, kind: str, **metadata: Any) -> None:
    version = {"Job": "batch/v1", "DaemonSet": "apps/v1"}.get(kind, "example.com/v1")
    owner = {"apiVersion": version, "kind": kind, "name": "of", "uid": "u-1", "controller": True}
    owned = {"ownerReferences": [owner]} if kind else {}
    stage.cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": WEB, **owned, **metadata},
            "spec": {**LOOSE, "nodeName": node},
        }
    )


def test_the_server_tries_it_all_and_nothing_is_changed(stage: Stage, node: str) -> None:
    before = on(stage, node)
    assert len(before) >= 2
    plan = plan_of(stage, node)

    assert plan.title == f"Drain node {node}"
    assert plan.target.id == f"Node//{node}"
    assert [pod["uid"] for pod in plan.request["evicts"]] == [before[name] for name in sorted(before)]
    share = -(-100 * len(before) // 4)
    assert plan.blast == BlastRadius(pods=4, ready=4, unavailable_at_most=len(before), share_percent=share)
    assert isinstance(plan.inverse, Inverse)
    assert plan.inverse.tool == "uncordon_node"
    assert plan.dry_run == "server"
    assert storable(plan) == plan
    assert (on(stage, node), closed(stage, node), stage.written()) == (before, False, [])


def test_it_closes_the_node_and_moves_each_pod_once(stage: Stage, node: str) -> None:
    before = on(stage, node)
    plan = plan_of(stage, node)
    asked: list[int] = []

    done = runs(stage, plan, lambda: asked.append(len(stage.written())))
    assert not done.already
    assert f"{len(before)} of {len(before)} pods are gone from it" in done.says
    assert stage.written() == [X] * (1 + len(before))
    assert closed(stage, node)
    assert on(stage, node) == {}
    assert asked == [0, *range(1, 1 + len(before))]  # before the node, and before each pod
    for write in stage.cluster.writes[1:]:
        assert write.body["deleteOptions"]["preconditions"]["uid"] in before.values()
        assert write.body["metadata"]["annotations"] == {MARK: X}
    stage.settle(lambda: whole(stage))

    again = runs(stage, plan)
    assert again.already
    assert stage.written() == [X] * (1 + len(before))


def test_frozen_before_the_next_pod_it_stops_and_says_what_was_done(stage: Stage, node: str) -> None:
    before = sorted(on(stage, node))
    plan = plan_of(stage, node)

    def frozen_after_one() -> None:
        if len(stage.written()) == 2:
            raise Refused("everything is frozen since 02:10 UTC", why="frozen")

    with pytest.raises(Stopped) as end:
        runs(stage, plan, frozen_after_one)
    assert end.value.why == "stopped_frozen"
    assert f"{node} is closed for new pods, and 1 of {len(before)} pods are gone from it" in str(end.value)
    assert f"web/{before[1]}" in str(end.value)
    assert "frozen since 02:10" in str(end.value)
    assert before[0] not in on(stage, node)
    assert before[1] in on(stage, node)
    assert stage.written() == [X, X]

    done = runs(stage, plan)  # the same execution goes on with what is still there
    assert "1 of them not by this run" in done.says
    assert stage.written() == [X] * (1 + len(before))


def test_frozen_before_it_begins_nothing_is_changed(stage: Stage, node: str) -> None:
    def frozen() -> None:
        raise Refused("frozen", why="frozen")

    with pytest.raises(Refused):
        runs(stage, plan_of(stage, node), frozen)
    with pytest.raises(Refused):
        tools(stage, TOOL).execute(plan_of(stage, node), X)  # and where nobody can be asked
    assert stage.written() == []


def test_a_second_run_that_may_not_go_on_does_not_say_that_nothing_changed(stage: Stage, node: str) -> None:
    """The record of the first run was lost (a failover), and somebody froze: the node's own mark tells."""
    plan = plan_of(stage, node)

    def frozen() -> None:
        raise Refused("everything is frozen", why="frozen")

    asked: list[None] = []

    def once() -> None:
        asked.append(None)
        if len(asked) > 2:
            frozen()

    with pytest.raises(Stopped):
        runs(stage, plan, once)
    left = set(on(stage, node))

    with pytest.raises(Stopped) as end:
        runs(stage, plan, frozen)

    assert end.value.why == "stopped_frozen"
    assert "closed by an earlier run of this, which may have evicted pods" in str(end.value)
    assert set(on(stage, node)) == left


def test_a_budget_that_has_no_more_room_stops_it(stage: Stage, node: str) -> None:
    plan = plan_of(stage, node)
    asked: list[int] = []

    def tightened() -> None:
        asked.append(1)
        if len(asked) == 3:
            budget(stage, maxUnavailable=0)

    with replaced(moving, "BUDGET_SECONDS", 0.3), pytest.raises(Stopped) as end:
        runs(stage, plan, tightened)
    assert end.value.why == "stopped_budget"
    assert "disruption budget" in str(end.value)
    assert stage.written() == [X, X]
    assert len(asked) > 3  # asked before every further try, too


def test_a_budget_is_waited_for(stage: Stage, node: str) -> None:
    budget(stage, maxUnavailable=1)
    plan = plan_of(stage, node)
    assert isinstance(plan.blast, BlastRadius)
    assert (plan.blast.unavailable_at_most, plan.blast.budget_room) == (1, 1)

    runs(stage, plan)
    assert on(stage, node) == {}


def test_a_budget_without_room_now_refuses_it(stage: Stage, node: str) -> None:
    budget(stage, maxUnavailable=0)
    refusal = refused(stage, TOOL, {"name": node})
    assert (refusal.why, "disruption budget shop" in str(refusal)) == ("budget", True)

    budget(stage, "other", maxUnavailable=1)
    assert "more than one" in str(refused(stage, TOOL, {"name": node}))


def test_a_jobs_work_refuses_it(stage: Stage, node: str) -> None:
    stage.cluster.runs(lambda _: Run(3600.0))
    template = {"spec": {**LOOSE, "nodeName": node, "restartPolicy": "Never"}}
    metadata = {"name": "books", "namespace": WEB}
    stage.cluster.create(
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"template": template}}
    )
    stage.settle(lambda: any(name.startswith("books-") for name in on(stage, node)))

    refusal = refused(stage, TOOL, {"name": node})
    assert (refusal.why, "web/books-" in str(refusal)) == ("job_pod", True)


@pytest.mark.parametrize(("kind", "why"), [("", "bare_pod"), ("Oddity", "bare_pod")])
def test_what_would_be_lost_refuses_it(stage: Stage, node: str, kind: str, why: str) -> None:
    placed(stage, node, "loose", kind)
    refusal = refused(stage, TOOL, {"name": node})
    assert (refusal.why, "web/loose" in str(refusal)) == (why, True)


def test_what_belongs_to_the_node_stays(stage: Stage, node: str) -> None:
    stage.cluster.create(AGENTS)
    stage.settle(lambda: any(name.startswith("agent") for name in on(stage, node)))
    placed(stage, node, "static", "", annotations={"kubernetes.io/config.mirror": "abc"})
    plan = plan_of(stage, node)

    assert "1 pod of DaemonSets; 1 pod static" in " ".join(plan.cautions)
    runs(stage, plan)
    assert [name.partition("-")[0] for name in sorted(on(stage, node))] == ["agent", "static"]


def test_other_pods_on_it_than_were_approved_are_noticed(stage: Stage, node: str) -> None:
    plan = plan_of(stage, node)
    placed(stage, node, "newcomer", "")

    with pytest.raises(Refused, match="other pods run on it"):
        runs(stage, plan)
    assert stage.written() == []


def test_a_pod_that_came_in_anothers_place_is_never_ended(stage: Stage, node: str) -> None:
    """As after a worker that was killed: the name is there again, and it is another pod."""
    plan = plan_of(stage, node)
    moved: list[str] = []

    def replaced() -> None:
        if len(stage.written()) == 1 and not moved:
            moved.append(sorted(on(stage, node))[0])
            stage.cluster.deletion.delete(POD, WEB, moved[0], AT_ONCE)
            placed(stage, node, moved[0], "")

    done = runs(stage, plan, replaced)
    assert moved[0] in on(stage, node)
    assert "came meanwhile and was left" in done.says
    assert moved[0] in done.says


def test_local_data_is_said_and_is_no_way_back(stage: Stage, node: str) -> None:
    scratch = {"template": {"spec": {"volumes": [{"name": "scratch", "emptyDir": {}}]}}}
    old = {one["metadata"]["uid"] for one in stage.cluster.list("Pod", WEB)}
    stage.cluster.patch("Deployment", WEB, "shop", {"spec": scratch})
    stage.settle(lambda: whole(stage) and not old & {one["metadata"]["uid"] for one in stage.cluster.list("Pod", WEB)})
    node = next(one for one in ("node-0", "node-1", "node-2") if on(stage, one))
    plan = plan_of(stage, node)

    assert isinstance(plan.inverse, NotReversible)
    assert f"emptyDir volume is lost: web/{min(on(stage, node))}" in " ".join(plan.cautions)


def test_one_closed_before_is_drained_and_stays_closed(stage: Stage) -> None:
    cordoned(stage)
    stage.settle(lambda: whole(stage) and bool(on(stage, "node-0")))
    plan = plan_of(stage, "node-0")
    assert isinstance(plan.inverse, NotReversible)
    assert not any(change.what == "new pods" for change in plan.changes)


def test_a_lost_answer_leaves_it_open_and_a_look_tells_what_is_left(stage: Stage, node: str) -> None:
    before = sorted(on(stage, node))
    plan = plan_of(stage, node)
    stage.faulty.picks = lambda verb, path, query: _evicts(verb, path, query) and before[1] in path
    stage.faulty.how = "500"

    with pytest.raises(Unreachable):
        runs(stage, plan)
    assert stage.written() == [X, X]
    stage.faulty.picks = lambda *_: False
    mark, words = mark_of(plan.expects, seen(stage, plan), X)
    assert mark == "present"
    assert f"{len(before) - 1} of {len(before)} pods still there" in words
    assert f"web/{before[1]}" in words
    assert mark_of(plan.expects, seen(stage, plan), Y)[0] == "absent"


def test_an_answer_that_was_lost_after_the_fact_is_looked_after(stage: Stage, node: str) -> None:
    plan = plan_of(stage, node)
    stage.faulty.picks, stage.faulty.how = _evicts, "lose_answer"

    assert "pods are gone from it" in runs(stage, plan).says
    assert stage.written() == [X] * (1 + len(plan.request["evicts"]))


def test_what_came_of_it_is_read_and_judged(stage: Stage, node: str) -> None:
    plan = plan_of(stage, node)
    assert judge(plan.expects, None, seen(stage, plan)).verdict == "failed"
    runs(stage, plan)
    stage.settle(lambda: judge(plan.expects, None, seen(stage, plan)).verdict == "passed")

    blind = seen(stage, plan)
    blind.facts["drained"]["controllers"][0]["wanted"] = None
    assert judge(plan.expects, None, blind).verdict == "inconclusive"


def test_without_the_rights_nothing_is_prepared_and_nothing_done(stage: Stage, node: str) -> None:
    assert refused(stage, TOOL, {"name": node}, READ).why == "not_permitted"
    plan = plan_of(stage, node)
    with pytest.raises(Refused):
        tools(stage, TOOL, READ).execute(plan, X, lambda: None)
    assert stage.written() == []


def test_a_node_without_pods_is_nothing_to_do(stage: Stage, node: str) -> None:
    runs(stage, plan_of(stage, node))
    with pytest.raises(Refused) as refusal:
        plan_of(stage, node)
    assert refusal.value.why == "nothing_to_do"


def seen(stage: Stage, plan: Plan) -> Any:
    what = about(plan.expects)
    assert what is not None
    looks = ToolLooks(given=[ClusterSettings(kubeconfig=stage.settings(READ).kubeconfig)])
    return looks.look(what.subject.tool, what.look(X) or {}, a_look())


def _evicts(verb: str, path: str, query: str) -> bool:
    return verb == "POST" and path.endswith("/eviction") and "dryRun" not in query


def test_the_identity_is_the_nodes_own(stage: Stage, node: str) -> None:
    assert plan_of(stage, node).runs_as == "system:serviceaccount:midwatch:midwatch-nodes"
    assert NODES in str(stage.settings(NODES).kubeconfig)
