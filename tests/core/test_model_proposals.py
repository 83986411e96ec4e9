"""What a model may propose: only what was seen of this incident's own, and only values that were seen to be allowed."""

from typing import Any

import pytest

from bot.adapters.runbook_files import change_specs
from bot.core.model_answer import SaidProposal
from bot.core.model_judging import Believed, Brief, why_not_proposed
from tests.reasoning import builders as b

OWN = {"namespace": "shop", "service": "till"}
ALLOWED = {"SOURCE_HOST": ["replica-a", "replica-b"]}


def why(tool: str = "rerun_job", seen: Any = None, **arguments: Any) -> str | None:
    jobs = seen or b.jobs(b.cron_job("till", overridable=ALLOWED))
    own = type(jobs)(jobs.check, jobs.tool, jobs.outcome, jobs.evidence, OWN, facts=jobs.facts)
    guess = b.guess(b.outage(jobs=own))
    offered = {spec.name: spec for spec in change_specs()}
    brief = Brief(guess.context, guess.conclusion, guess.content, offered)
    said = SaidProposal(tool=tool, arguments={"namespace": "shop", **arguments}, cause="late")
    return why_not_proposed(said, Believed("late", "It is late", 0.9, (), ()), brief)


def pairs(**values: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def test_a_run_of_the_incidents_own_cron_job_may_be_proposed() -> None:
    assert why(cron_job="till") is None
    assert why(cron_job="till", overrides=pairs(SOURCE_HOST="replica-b")) is None
    assert why(cron_job="till", overrides={"SOURCE_HOST": "replica-b"}) is None


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"cron_job": "other"}, "another_workload"),
        ({"cron_job": "till", "overrides": pairs(SOURCE_HOST="evil")}, "override_not_allowed"),
        ({"cron_job": "till", "overrides": pairs(PATH="/x")}, "override_not_allowed"),
        ({"cron_job": "till", "overrides": "SOURCE_HOST=replica-b"}, "arguments_not_valid"),
        ({"cron_job": "till", "name": "till"}, "arguments_not_valid"),
        ({}, "arguments_not_valid"),
    ],
)
def test_anything_else_is_not(arguments: Any, reason: str) -> None:
    assert why(**arguments) == reason


def test_what_could_not_be_read_was_not_seen() -> None:
    assert why(seen=b.unread(b.jobs(b.cron_job("till"))), cron_job="till") == "another_workload"


def test_what_is_named_is_looked_for_among_its_own_kind() -> None:
    assert why(tool="suspend_cronjob", name="till") is None
    assert why(tool="suspend_cronjob", name="other") == "another_workload"
    assert why(tool="set_autoscaler_bounds", name="till", max_replicas=9) == "another_workload"


def test_what_a_model_leaves_open_is_left_out() -> None:
    arguments = {"namespace": "shop", "name": "till", "container": None, "memory_limit": "1Gi", "cpu_limit": None}
    said = SaidProposal(tool="set_resources", arguments=arguments, cause="small")

    assert said.arguments == {"namespace": "shop", "name": "till", "memory_limit": "1Gi"}


def of_kind(kind: str) -> Any:
    """Some pods of one revision log the errors and the others do not: wedged, so a restart would help."""
    row = {"kind": kind, "name": "till", "namespace": "shop", "healthy": True, "ready": 4, "desired": 4}
    sick = {"pods": {f"till-{b.NEW}-aaaa0": 600}, "hashes": {b.NEW: 600}}
    long_ago = b.rollouts(b.rollout(47, -600, b.NEW, True), b.rollout(46, -4320, b.OLD, False))
    looks = {name: b.workload(name, row) for name in ("workload", "neighbours")}
    return b.guess(b.outage(**looks, rollouts=long_ago, logs=b.logs(b.template(**sick))))


@pytest.mark.parametrize(("kind", "proposed"), [("Deployment", True), ("StatefulSet", False)])
def test_only_a_deployment_is_proposed_to_be_changed(kind: str, proposed: bool) -> None:
    guess = of_kind(kind)

    assert guess.conclusion.named.cause.id == "wedged"
    assert (guess.proposal is not None) is proposed


@pytest.mark.parametrize(("kind", "reason"), [("Deployment", None), ("StatefulSet", "another_workload")])
def test_a_model_may_propose_to_change_only_what_was_seen_as_a_deployment(kind: str, reason: str | None) -> None:
    guess = of_kind(kind)
    brief = Brief(guess.context, guess.conclusion, guess.content, {spec.name: spec for spec in change_specs()})
    said = SaidProposal(tool="restart_deployment", arguments={"namespace": "shop", "name": "till"}, cause="stuck")

    assert why_not_proposed(said, Believed("stuck", "It is stuck", 0.9, (), ()), brief) == reason
