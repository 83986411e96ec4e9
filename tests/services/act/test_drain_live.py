"""A drain on real joints: Redis, signatures, a live API server. A freeze or a death between two pods ends it there."""

import multiprocessing
import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.changes import ChangeTools
from bot.adapters.looks import ToolLooks
from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.approval import State
from bot.core.catalogue import Catalogue, Service
from bot.core.errors import Unreachable
from bot.core.events import ExecutionUnknown, Frozen
from bot.core.failpoint import arm
from bot.core.ledger import WORKSPACE
from bot.core.outcomes import Observed
from bot.core.policy import Rules
from bot.core.redact import redact_json
from bot.core.undoing import undo, why_not_undone
from bot.services.verification import Verification, Waiting
from tests.safety.rows import replaced
from tests.services.act.stage import INC, Act, carry_out, detail
from tests.services.act.test_rerun_live import Reading
from tests.tools.change.stage import NODES, READ, WEB, Stage, playing
from tests.tools.change.test_drain_node import on, whole
from tools.change import drain_node
from tools.change.node import moving
from tools.change.node.settings import NodeSettings
from tools.read.sources.cluster import ClusterSettings as ReadSettings


@dataclass
class Draining:
    act: Act
    stage: Stage
    node: str
    url: str

    def proposed(self) -> None:
        self.act.open(arguments={"name": self.node}, tool="drain_node")
        self.act.preparation().run(INC, "i-1")

    def approved(self) -> None:
        self.proposed()
        self.act.approve(self.act.only())

    def looks(self) -> Verification:
        settings = ReadSettings(kubeconfig=self.stage.settings(READ).kubeconfig)
        return Verification(
            self.act.ledgers,
            self.act.payloads,
            Reading(ToolLooks(given=[settings])),
            self.act.bell,
            Waiting(pause=lambda _: None),
        )

    def at_eviction(self, number: int, does: Any) -> None:
        """``does`` happens as the API server hears of the eviction of this number."""
        heard: list[str] = []

        def picks(verb: str, path: str, query: str) -> bool:
            if verb == "POST" and path.endswith("/eviction") and "dryRun" not in query:
                heard.append(path)
                if len(heard) == number:
                    does()
            return False

        self.stage.faulty.picks = picks

    def evicted(self) -> list[str]:
        writes = [one for one in self.stage.cluster.writes if one.body and "deleteOptions" in one.body]
        return [str(one.body["deleteOptions"]["preconditions"]["uid"]) for one in writes]


@pytest.fixture
def draining(tmp_path: Path, redis_url: str) -> Iterator[Draining]:
    arm(lambda _: None)
    with playing(tmp_path) as stage, patient(redis_url) as client, replaced(moving, "LOOK_SECONDS", 0.05):
        stage.settle(lambda: whole(stage) and len(stage.cluster.list("Pod", WEB)) == 4)
        node = max(("node-0", "node-1", "node-2"), key=lambda one: len(on(stage, one)))
        changes = ChangeTools([(drain_node.TOOL, NodeSettings(MIDWATCH_NODES_KUBECONFIG=_kubeconfig(stage)))])
        ledgers, payloads = RedisLedgers(client, random.Random(1)), RedisPayloads(client, redact_json)
        act = Act(ledgers=ledgers, payloads=payloads, changes=changes, users=("U1", "U2"))
        yield Draining(act, stage, node, redis_url)


def _kubeconfig(stage: Stage) -> str:
    return str(stage.settings(NODES, seconds=20).kubeconfig)


def test_it_takes_two_people_and_is_carried_out_once(draining: Draining) -> None:
    before = on(draining.stage, draining.node)
    draining.approved()
    assert (draining.act.only().needed, str(draining.act.only().tier)) == (2, "critical")
    carry_out(draining.act)
    carry_out(draining.act)

    assert draining.act.state() is State.SUCCEEDED
    assert sorted(draining.evicted()) == sorted(before.values())
    assert on(draining.stage, draining.node) == {}


def test_a_freeze_in_the_middle_stops_before_the_next_pod(draining: Draining) -> None:
    before = sorted(on(draining.stage, draining.node))
    draining.approved()
    frozen = Frozen(user="U9")
    draining.at_eviction(1, lambda: draining.act.ledgers.record(WORKSPACE, [frozen], "process:serve"))
    carry_out(draining.act)

    assert draining.act.state() is State.FAILED
    told = detail(draining.act)
    assert told["why"] == "stopped_frozen"
    assert f"1 of {len(before)} pods are gone" in told["says"]
    assert len(draining.evicted()) == 1  # the call that was under way was not interrupted, the next one never made
    assert before[1] in on(draining.stage, draining.node)
    assert draining.act.workspace().locks == {}
    approval = draining.act.only()
    assert why_not_undone(draining.act.incident(), approval) is None
    assert undo(draining.act.incident(), approval, user="U1").tool == "uncordon_node"

    carry_out(draining.act)  # nothing goes on by itself when the freeze is over
    assert len(draining.evicted()) == 1


def test_a_record_that_cannot_be_read_stops_it_too(draining: Draining) -> None:
    draining.approved()
    execution = draining.act.execution()

    class Deaf(RedisLedgers):
        def read(self, *told: Any, **named: Any) -> Any:
            if draining.evicted() and not over:
                over.append(1)
                raise Unreachable("Redis does not answer")
            return super().read(*told, **named)

    over: list[int] = []
    execution._ledgers.__class__ = Deaf
    execution.run(INC, draining.act.only().id)
    assert detail(draining.act)["why"] == "stopped_no_record"
    assert len(draining.evicted()) == 1


def test_killed_in_the_middle_it_is_unknown_and_a_look_says_what_is_left(draining: Draining) -> None:
    """And a second run of the same execution ends no pod twice, nor one that came in a pod's place."""
    before = on(draining.stage, draining.node)
    draining.approved()
    approval = draining.act.only()
    worker = multiprocessing.get_context("fork").Process(target=_worker, args=(draining, approval.id))
    draining.at_eviction(2, lambda: os.kill(worker.pid or 0, signal.SIGKILL))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL
    assert draining.act.state() is State.RUNNING
    carry_out(draining.act)  # the job again: it never acts
    assert draining.act.state() is State.RUNNING

    lost = ExecutionUnknown(approval=approval.id, execution=approval.execution, why="worker_died")
    draining.act.ledgers.record(INC, [lost], "process:serve")
    draining.looks().observe(INC, approval.execution)
    observed = draining.act.incident().executions[approval.execution].observed
    seen = Observed.model_validate(draining.act.said(observed))
    assert seen.mark == "present"
    assert f"of {len(before)} pods still there" in seen.says

    draining.stage.faulty.picks = lambda *_: False
    plan = draining.act.said(approval.plan)
    again = draining.act.changes.execute(drain_node.Plan.model_validate(plan), approval.execution, lambda: None)
    assert "not by this run" in again.says
    assert sorted(draining.evicted()) == sorted(set(draining.evicted()))
    assert set(draining.evicted()) <= set(before.values())


def _worker(draining: Draining, approval: str) -> None:
    with patient(draining.url) as client:
        ledgers, payloads = RedisLedgers(client, random.Random(2)), RedisPayloads(client, redact_json)
        replace(draining.act, ledgers=ledgers, payloads=payloads).execution().run(INC, approval)


def refusal(draining: Draining) -> str:
    [intent] = draining.act.incident().intents.values()
    assert draining.act.incident().approvals == {}
    return str(intent.why)


def test_a_node_with_pods_of_a_namespace_that_is_not_listed_is_left(draining: Draining) -> None:
    draining.act.rules = Rules(namespaces=frozenset({"other"}))
    draining.proposed()
    assert refusal(draining) == "namespace_not_listed"


def test_a_node_with_pods_of_a_service_left_to_people_is_left(draining: Draining) -> None:
    shop = Service(name="shop", namespace=WEB, hands_only=("payment",))
    draining.act.catalogue = Catalogue((shop,))
    draining.proposed()
    assert refusal(draining) == "by_hand_only"


def test_a_node_with_pods_whose_deployment_is_marked_is_left(draining: Draining) -> None:
    mark = {"metadata": {"annotations": {"midwatch.dev/hands-only": "database"}}}
    draining.stage.cluster.patch("Deployment", WEB, "shop", mark)
    draining.proposed()
    assert refusal(draining) == "by_hand_only"
