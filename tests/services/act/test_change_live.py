"""The change side on real joints: Redis, signatures, the Kubernetes client, a live API server that counts writes."""

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from bot.adapters.changes import ChangeTools
from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.approval import State
from bot.core.errors import Contended
from bot.core.events import Frozen
from bot.core.failpoint import arm
from bot.core.ledger import WORKSPACE
from bot.core.redact import redact_json
from tests.services.act.stage import INC, STRANGER, Act
from tests.tools.change.stage import NEW, OLD, WEB, Stage, playing
from tools.change import restart_deployment, roll_back_deployment


@dataclass
class Whole:
    """``act`` over Redis and the cluster; ``client`` is an attacker's hand in Redis."""

    act: Act
    stage: Stage
    client: "redis.Redis"

    def run(self) -> None:
        self.act.execution().run(INC, self.act.only().id)


@pytest.fixture
def whole(tmp_path: Path, redis_url: str) -> Iterator[Whole]:
    arm(lambda _: None)
    with playing(tmp_path) as stage, patient(redis_url) as client:
        settings = stage.settings(seconds=20)
        changes = ChangeTools([(roll_back_deployment.TOOL, settings), (restart_deployment.TOOL, settings)])
        ledgers = RedisLedgers(client, random.Random(1))
        yield Whole(Act(ledgers=ledgers, payloads=RedisPayloads(client, redact_json), changes=changes), stage, client)


def test_an_approved_roll_back_really_rolls_back_once(whole: Whole) -> None:
    approval = whole.act.approved()
    assert whole.stage.image() == NEW
    assert whole.stage.written() == []
    whole.run()
    whole.run()

    assert whole.act.state() is State.SUCCEEDED
    assert whole.stage.image() == OLD
    assert whole.stage.written() == [approval.execution]
    (write,) = whole.stage.cluster.writes
    assert write.user == "system:serviceaccount:midwatch:midwatch-act"
    assert "uid" in write.body["metadata"]
    assert "resourceVersion" in write.body["metadata"]


def test_twenty_runs_in_parallel_write_once(whole: Whole) -> None:
    approval = whole.act.approved()
    contended: list[Contended] = []

    def once() -> None:
        try:
            whole.act.execution().run(INC, approval.id)
        except Contended as error:
            contended.append(error)

    threads = [threading.Thread(target=once) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert whole.stage.written() == [approval.execution]
    assert whole.act.kinds().count("ExecutionStarted") == 1
    assert whole.act.state() is State.SUCCEEDED


def forged(whole: Whole) -> None:
    whole.act.approve(whole.act.proposed(), signature="ab" * 64)


def wrong_key(whole: Whole) -> None:
    from_elsewhere = type(whole.act.signer).read(STRANGER.private)
    whole.act.approve(whole.act.proposed(), signer=from_elsewhere)


def edited_plan(whole: Whole) -> None:
    """Swap the stored plan for the sealed bytes of another payload of the same ledger."""
    approval = whole.act.approved()
    other = whole.act.payloads.put(INC, {"tool": "restart_deployment"})
    sealed = whole.client.get(f"mw:payload:{INC}:{other.ref}")
    assert sealed is not None
    whole.client.set(f"mw:payload:{INC}:{approval.plan.ref}", sealed)


def frozen(whole: Whole) -> None:
    whole.act.approved()
    whole.act.ledgers.record(WORKSPACE, [Frozen(user="U1")], "process:serve")


def new_rollout(whole: Whole) -> None:
    whole.act.approved()
    image: dict[str, Any] = {"spec": {"containers": [{"name": "shop", "image": "registry.example/shop:1.5.1"}]}}
    whole.stage.cluster.patch("Deployment", WEB, "shop", {"spec": {"template": image}})


def scaled_away(whole: Whole) -> None:
    whole.act.approved()
    whole.stage.cluster.patch("Deployment", WEB, "shop", {"spec": {"replicas": 0}})


@pytest.mark.parametrize(
    ("attack", "whys"),
    [
        (forged, {"signature"}),
        (wrong_key, {"signature"}),
        (edited_plan, {"plan_missing", "plan_changed"}),
        (frozen, {"frozen"}),
        (new_rollout, {"changed"}),
        (scaled_away, {"changed", "zero_replicas"}),
    ],
)
def test_nothing_reaches_the_cluster(whole: Whole, attack: Any, whys: set[str]) -> None:
    attack(whole)
    before = whole.stage.deployment()["spec"]
    whole.run()

    assert whole.act.stale_because() in whys
    assert whole.stage.written() == []
    assert whole.stage.deployment()["spec"] == before


def test_preparing_leaves_no_trace_in_the_cluster_and_no_secret_in_redis(whole: Whole) -> None:
    before = whole.stage.snapshot()
    plan = whole.act.said(whole.act.proposed().plan)

    assert whole.stage.snapshot() == before
    assert "hunter2" not in str(plan)


def test_a_restart_is_proposed_as_something_without_a_way_back(whole: Whole) -> None:
    whole.act.open(tool="restart_deployment")
    whole.act.preparation().run(INC, "i-1")
    plan = whole.act.said(whole.act.only().plan)
    assert "reason" in plan["inverse"]

    whole.act.approve(whole.act.only())
    whole.run()
    assert whole.act.state() is State.SUCCEEDED
    assert len(whole.stage.written()) == 1


def test_a_lost_answer_with_the_effect_in_place_is_a_success(whole: Whole) -> None:
    approval = whole.act.approved()
    whole.stage.faulty.picks = lambda verb, _, query: verb == "PATCH" and "dryRun" not in query
    whole.stage.faulty.how = "lose_answer"
    whole.run()

    assert whole.act.state() is State.SUCCEEDED
    assert whole.stage.written() == [approval.execution]


def test_a_cluster_that_fails_at_the_write_leaves_the_outcome_open(whole: Whole) -> None:
    approval = whole.act.approved()
    whole.stage.faulty.picks = lambda verb, _, query: verb == "PATCH" and "dryRun" not in query
    whole.stage.faulty.how = "500"
    whole.run()
    whole.run()

    assert whole.act.state() is State.UNKNOWN
    assert whole.act.workspace().locks == {approval.target: approval.execution}
    assert whole.stage.written() == []
