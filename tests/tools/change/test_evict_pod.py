"""Evicting a pod: whose pods, once and no other, the budget's word, and what may be said of a pod that is gone."""

import shlex
from typing import Any

import pytest

from bot.adapters.looks import ToolLooks
from bot.core.errors import Refused, Unreachable
from bot.core.tool import MARK, BlastRadius, NotReversible, Plan
from bot.core.verifying import about, judge, mark_of
from bot.playground.world.kube.kinds import POD
from bot.playground.world.kube.options import DeleteOptions
from bot.services.changing import storable
from tests.tools.change.protocol import X, Y, prepared, refused, tools
from tests.tools.change.stage import READ, WEB, Stage
from tests.tools.read.answering import a_look
from tools.change.evict_pod import TOOL
from tools.change.kube.cluster import Cluster
from tools.change.kube.evicting import tried
from tools.read.sources.cluster import ClusterSettings

AT_ONCE = DeleteOptions(grace=0)
LOOSE = {"containers": [{"name": "main", "image": "busybox"}]}


def pods(stage: Stage) -> dict[str, str]:
    """Uid by name of those that are not ending."""
    listed = stage.cluster.list("Pod", WEB)
    return {
        str(one["metadata"]["name"]): str(one["metadata"]["uid"])
        for one in listed
        if not one["metadata"].get("deletionTimestamp")
    }


def ready(stage: Stage) -> bool:
    return bool(stage.deployment()["status"].get("readyReplicas") == 4)


@pytest.fixture
def pod(stage: Stage) -> str:
    stage.settle(lambda: ready(stage))
    return min(pods(stage))


def plan_of(stage: Stage, pod: str) -> Plan:
    return prepared(stage, TOOL, {"name": pod})


def budget(stage: Stage, name: str = "shop", **spec: Any) -> None:
    stage.cluster.create(
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": name, "namespace": WEB},
            "spec": {"selector": {"matchLabels": {"app": "shop"}}, **spec},
        }
    )
    stage.cluster.tick()


def owned_by(stage: Stage, kind: str, name: str = "loose", annotations: dict[str, str] | None = None) -> None:
    version = {"Job": "batch/v1", "DaemonSet": "apps/v1"}.get(kind, "example.com/v1")
    owner = {"apiVersion": version, "kind": kind, "name": "of", "uid": "u-1", "controller": True}
    metadata = {"name": name, "namespace": WEB, "annotations": annotations or {}}
    stage.cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**metadata, "ownerReferences": [owner]} if kind else metadata,
            "spec": LOOSE,
        }
    )


def test_the_server_tries_it_and_nothing_is_changed(stage: Stage, pod: str) -> None:
    before = pods(stage)
    plan = plan_of(stage, pod)

    assert plan.title == f"Evict pod {pod} in web"
    assert (plan.target.kind, plan.target.name, plan.target.uid) == ("Pod", pod, before[pod])
    assert plan.dry_run == "server"
    assert plan.blast == BlastRadius(pods=1, ready=1, unavailable_at_most=1, share_percent=100)
    assert isinstance(plan.inverse, NotReversible)
    assert [one.after.startswith("ended; ReplicaSet shop-") for one in plan.changes] == [True]
    assert shlex.split(plan.command)[:3] == ["kubectl", "create", "--raw"]
    assert storable(plan) == plan
    assert pods(stage) == before
    assert stage.written() == []


def test_it_is_done_once_however_often_it_runs_and_another_comes(stage: Stage, pod: str) -> None:
    plan = plan_of(stage, pod)
    offered = tools(stage, TOOL)

    assert not offered.carries(plan, X)
    assert not offered.execute(plan, X).already
    again = offered.execute(plan, X)
    assert again.already
    assert "cannot be told" in again.says
    assert offered.carries(plan, X)
    assert stage.written() == [X]
    sent = stage.cluster.writes[0].body
    assert sent["deleteOptions"]["preconditions"] == {"uid": plan.target.uid}
    assert sent["metadata"]["annotations"] == {MARK: X}
    stage.settle(lambda: ready(stage) and pod not in pods(stage))


def test_another_pod_of_its_name_is_left_alone(stage: Stage) -> None:
    stage.settle(lambda: ready(stage))
    name = min(pods(stage))
    plan = plan_of(stage, name)
    stage.cluster.deletion.delete(POD, WEB, name, AT_ONCE)
    sets = stage.cluster.list("ReplicaSet", WEB)
    owner = next(one for one in sets if one["spec"]["replicas"])
    reference = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "controller": True}
    reference |= {"name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
    labels = owner["spec"]["template"]["metadata"]["labels"]
    metadata = {"name": name, "namespace": WEB, "ownerReferences": [reference], "labels": labels}
    stage.cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": LOOSE})

    assert tools(stage, TOOL).execute(plan, X).already
    assert stage.written() == []


def test_one_that_is_replaced_just_before_the_call_is_noticed_by_the_server(stage: Stage, pod: str) -> None:
    plan = plan_of(stage, pod)
    came: list[int] = []

    def faster(verb: str, path: str, query: str) -> bool:
        if verb == "POST" and path.endswith("/eviction") and "dryRun" not in query and not came:
            came.append(1)
            stage.cluster.deletion.delete(POD, WEB, pod, AT_ONCE)
        return False

    stage.faulty.picks = faster
    assert tools(stage, TOOL).execute(plan, X).already
    assert (came, stage.written()) == ([1], [])


def test_a_budget_without_room_is_asked_and_says_no(stage: Stage, pod: str) -> None:
    plan = plan_of(stage, pod)
    budget(stage, maxUnavailable=0)

    refusal = refused(stage, TOOL, {"name": pod})
    assert refusal.why == "budget"
    assert "disruption budget" in str(refusal)
    with pytest.raises(Refused) as late:
        tools(stage, TOOL).execute(plan, X)
    assert late.value.why == "budget"
    assert stage.written() == []


def test_a_budget_with_room_is_told(stage: Stage, pod: str) -> None:
    budget(stage, maxUnavailable=1)
    stage.cluster.tick()

    blast = plan_of(stage, pod).blast
    assert isinstance(blast, BlastRadius)
    assert blast.budget_room == 1


def test_two_budgets_are_one_too_many(stage: Stage, pod: str) -> None:
    budget(stage, maxUnavailable=1)
    budget(stage, "other", maxUnavailable=1)

    assert "more than one disruption budget" in str(refused(stage, TOOL, {"name": pod}))


@pytest.mark.parametrize(
    ("kind", "annotations", "why"),
    [
        ("", {}, "bare_pod"),
        ("Job", {}, "job_pod"),
        ("DaemonSet", {}, "static_pod"),
        ("Oddity", {}, "bare_pod"),
        ("", {"kubernetes.io/config.mirror": "abc"}, "static_pod"),
    ],
)
def test_what_nobody_would_bring_back_is_left(stage: Stage, kind: str, annotations: dict[str, str], why: str) -> None:
    owned_by(stage, kind, annotations=annotations)

    assert refused(stage, TOOL, {"name": "loose"}).why == why


def test_one_that_is_ending_already_is_nothing_to_do(stage: Stage, pod: str) -> None:
    tools(stage, TOOL).execute(plan_of(stage, pod), X)

    with pytest.raises(Refused) as refusal:
        plan_of(stage, pod)
    assert refusal.value.why in {"nothing_to_do", "not_found"}
    assert refused_name(stage, "nowhere") == "not_found"


def refused_name(stage: Stage, name: str) -> str:
    with pytest.raises(Refused) as refusal:
        plan_of(stage, name)
    return refusal.value.why


def test_without_the_right_nothing_is_prepared_and_nothing_done(stage: Stage, pod: str) -> None:
    assert refused(stage, TOOL, {"name": pod}, READ).why == "not_permitted"
    plan = plan_of(stage, pod)

    with pytest.raises(Refused) as refusal:
        tools(stage, TOOL, READ).execute(plan, X)
    assert refusal.value.why == "not_permitted"
    assert stage.written() == []


def test_a_call_that_is_not_the_approved_one_is_not_made(stage: Stage, pod: str) -> None:
    plan = plan_of(stage, pod)
    other = max(pods(stage))
    elsewhere = plan.target.model_copy(update={"name": other, "uid": pods(stage)[other]})

    for forged in (
        plan.model_copy(update={"request": {**plan.request, "sha256": "0" * 64}}),
        plan.model_copy(update={"target": elsewhere}),
    ):
        with pytest.raises(Refused, match="not be the one that was approved"):
            tools(stage, TOOL).execute(forged, X)
    assert stage.written() == []


def test_a_lost_answer_is_looked_after(stage: Stage, pod: str) -> None:
    plan = plan_of(stage, pod)
    stage.faulty.picks, stage.faulty.how = _write, "lose_answer"

    done = tools(stage, TOOL).execute(plan, X)
    assert "the answer to the eviction was lost" in done.says
    assert stage.written() == [X]


def test_a_server_that_fails_leaves_the_outcome_open(stage: Stage, pod: str) -> None:
    plan = plan_of(stage, pod)
    stage.faulty.picks, stage.faulty.how = _write, "500"

    with pytest.raises(Unreachable):
        tools(stage, TOOL).execute(plan, X)


def test_what_came_of_it_is_read_and_judged_and_who_did_it_is_not_guessed(stage: Stage, pod: str) -> None:
    plan = plan_of(stage, pod)
    looks = ToolLooks(given=[ClusterSettings(kubeconfig=stage.settings(READ).kubeconfig)])
    what = about(plan.expects)
    assert what is not None

    def seen() -> Any:
        return looks.look(what.subject.tool, what.look(X) or {}, a_look())

    assert judge(plan.expects, None, seen()).verdict == "failed"
    tools(stage, TOOL).execute(plan, X)
    stage.settle(lambda: judge(plan.expects, None, seen()).verdict == "passed")
    mark, words = mark_of(plan.expects, seen(), Y)
    assert mark == "unknown"
    assert "cannot be seen" in words
    assert "4 of 4 pods of its controller ready" in words


def test_the_gate_lets_the_servers_own_trial_through(stage: Stage, pod: str) -> None:
    before = pods(stage)
    with Cluster(stage.settings()) as cluster:
        tried(cluster, WEB, pod, before[pod])
    assert (pods(stage), stage.written()) == (before, [])


def _write(verb: str, path: str, query: str) -> bool:
    return verb == "POST" and path.endswith("/eviction") and "dryRun" not in query
