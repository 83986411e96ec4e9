"""What the shipped runbooks conclude from small, whole worlds: the right cause, silence, and proposal."""

from typing import Any

import pytest

from bot.core.case import Seen
from bot.core.events import Standing, Verdict
from bot.core.guided_finding import not_read
from bot.core.ranking import Vote, confidence_of
from bot.services.guided import Guess
from tests.reasoning import builders as b

LONG_AGO = b.rollouts(b.rollout(47, -600, b.NEW, True), b.rollout(46, -4320, b.OLD, False))
ONE = f"till-{b.NEW}-aaaa0"
EVEN = b.pods(
    *(b.pod(f"till-{b.NEW}-aaaa{n}") for n in range(2)),
    *(b.pod(f"till-{b.OLD}-bbbb{n}", template_hash=b.OLD) for n in range(2)),
)
ONE_RESTARTED = b.pods(
    b.pod(ONE, restarts=1, restarted_at=b.at(7.7)), *(b.pod(f"till-{b.NEW}-aaaa{n}") for n in range(1, 4))
)
BRIEF = b.logs(b.template(hashes={b.NEW: 60}, pods={ONE: 60}, first_seen=b.at(7), last_seen=b.at(7.8), count=60))
OVER: dict[str, Seen | None] = {
    "recent": b.rule("recent", quiet=True),
    "rollouts": LONG_AGO,
    "logs": BRIEF,
    "pods": ONE_RESTARTED,
}
BACK = {"now": b.rule(quiet=True), "alert": b.curve(now=0.001, breaching_now=False, ended_at=b.at(8.1))}
OOM = {"reason": "OOMKilled", "exit_code": 137, "at": b.at(7)}


def guess(**changes: Any) -> Guess:
    return b.guess(b.outage(**changes))


def named(found: Guess) -> str | None:
    return found.conclusion.named.cause.id if found.conclusion.named else None


def standing(found: Guess, cause: str) -> Standing:
    return next(one.standing for one in found.conclusion.ranked if one.cause.id == cause)


def test_a_bad_rollout_is_named_and_its_roll_back_proposed() -> None:
    found = guess()

    assert (found.conclusion.verdict, named(found)) == (Verdict.CAUSE, "rollout")
    assert found.proposal is not None
    assert found.proposal.arguments == {"namespace": "shop", "name": "till", "to_revision": 46}
    assert set(found.proposal.evidence) == {"E1", "E4", "E8"}


def test_what_one_fact_rules_out_is_told_once_and_by_its_broadest_name() -> None:
    found = guess()

    assert {standing(found, one) for one in ("memory", "leak", "leak_since_rollout")} == {Standing.RULED_OUT}
    told = [one.cause for one in found.content.ruled_out]
    assert "containers killed for memory" in told
    assert not [one for one in told if "leak" in one]
    assert len({(one.because, one.evidence) for one in found.content.ruled_out}) == len(told)


def test_a_rollout_whose_old_pods_fail_equally_is_cleared() -> None:
    found = guess(logs=b.logs(b.template(hashes={b.NEW: 600, b.OLD: 604}, pods={})), pods=EVEN)

    assert standing(found, "rollout") is Standing.RULED_OUT
    assert (found.conclusion.verdict, found.proposal) == (Verdict.UNSURE, None)


def test_what_began_before_the_rollout_is_not_blamed_on_it() -> None:
    found = guess(alert=b.curve(began_at=b.at(-5)))

    assert standing(found, "rollout") is Standing.RULED_OUT
    assert found.proposal is None


def test_the_last_deploy_alone_is_no_cause() -> None:
    silent = b.logs(b.template(level="info"))
    found = guess(logs=silent, alert=b.curve(began_at=None, direction=None))

    assert standing(found, "rollout") is not Standing.SUPPORTED
    assert found.proposal is None


def test_logs_that_name_no_pod_still_convict_a_rollout_by_their_time() -> None:
    found = guess(logs=b.logs(b.template(hashes={}, pods={})))

    assert named(found) == "rollout"
    assert found.conclusion.ranked[0].confidence < guess().conclusion.ranked[0].confidence


def test_a_dependency_in_trouble_wins_over_the_rollout_just_before_it() -> None:
    errors = b.logs(b.template("call to bank failed: connection refused"))
    found = guess(logs=errors, alerts=b.alerts(b.firing("BankDown", "bank")))

    assert (found.conclusion.verdict, named(found)) == (Verdict.CAUSE, "dependency")
    assert found.proposal is None


def test_a_single_sick_pod_of_the_new_revision_does_not_convict_the_rollout() -> None:
    found = guess(logs=b.logs(b.template(hashes={b.NEW: 600}, pods={ONE: 600})))

    assert found.conclusion.verdict is Verdict.CANDIDATES
    assert found.proposal is None


def test_sick_pods_without_a_rollout_are_restarted() -> None:
    found = guess(rollouts=LONG_AGO, logs=b.logs(b.template(hashes={b.NEW: 600}, pods={ONE: 600})))

    assert named(found) == "wedged"
    assert found.proposal is not None
    assert found.proposal.tool == "restart_deployment"


def test_memory_explains_the_crash_loop_it_makes() -> None:
    dying = [
        b.pod(f"till-{b.NEW}-aaaa{n}", restarts=3, restarted_at=b.at(7), last_state=OOM, ready=n > 1) for n in range(4)
    ]
    found = guess(rollouts=LONG_AGO, pods=b.pods(*dying))

    assert named(found) == "memory"
    assert found.content.runbook is not None
    assert found.content.runbook.id == "out-of-memory"
    assert found.proposal is None


def test_pods_of_the_new_revision_alone_that_die_convict_the_rollout() -> None:
    dying = [b.pod(f"till-{b.NEW}-aaaa{n}", restarts=5, restarted_at=b.at(7), ready=False) for n in range(2)]
    old = [b.pod(f"till-{b.OLD}-bbbb{n}", template_hash=b.OLD) for n in range(3)]
    found = guess(pods=b.pods(*dying, *old))

    assert named(found) == "rollout"


def test_an_image_that_cannot_be_pulled_is_named_and_rolled_back() -> None:
    waiting = b.pod(ONE, ready=False, reason="ImagePullBackOff", phase="Pending")
    old = [b.pod(f"till-{b.OLD}-bbbb{n}", template_hash=b.OLD) for n in range(3)]
    found = guess(logs=b.logs(b.template(new=False, level="info")), pods=b.pods(waiting, *old))

    assert named(found) == "image_pull"
    assert found.proposal is not None
    assert found.proposal.tool == "roll_back_deployment"


def test_a_node_under_pressure_is_named_when_only_its_pods_fail() -> None:
    pods = [b.pod(f"till-{b.NEW}-aaaa{n}", node="node-9" if n < 2 else "node-1") for n in range(6)]
    errors = b.template("timeout reading", pods={ONE: 10, f"till-{b.NEW}-aaaa1": 12}, hashes={b.NEW: 22})
    pressure = b.nodes({"name": "node-9", "ready": True, "pressures": ["MemoryPressure"]})
    found = guess(rollouts=LONG_AGO, nodes=pressure, logs=b.logs(errors), pods=b.pods(*pods))

    assert named(found) == "node"


def test_what_is_over_but_still_fires_is_told_as_over_and_nothing_is_proposed() -> None:
    found = guess(**OVER)

    assert (found.conclusion.verdict, named(found), found.proposal) == (Verdict.CAUSE, "restart_over", None)
    assert found.content.headline == "till failed for about 1 in 4 requests, and no longer does"


def test_healthy_is_said_only_when_everything_was_read_and_is_well() -> None:
    found = guess(**OVER, **BACK)

    assert found.conclusion.verdict is Verdict.HEALTHY
    assert found.content.headline == "Nothing is wrong now with till"
    assert (found.proposal, found.content.ruled_out) == (None, ())


@pytest.mark.parametrize("check", ["now", "alert", "workload", "pods", "logs", "alerts"])
def test_healthy_is_never_said_when_one_of_its_sources_could_not_be_read(check: str) -> None:
    looks = b.outage(**{**OVER, **BACK})
    looks[check] = b.unread(looks[check], "timed_out")

    found = b.guess(looks)

    assert found.conclusion.verdict is not Verdict.HEALTHY
    assert check in {one.what for one in found.content.not_read}
    assert found.proposal is None


@pytest.mark.parametrize(
    "sick",
    [
        {"pods": b.pods(b.pod(ONE, ready=False, age_s=500))},
        {"logs": b.logs()},
        {"alerts": b.alerts(b.firing("TillSlow", "till"))},
        {"now": b.rule()},
    ],
)
def test_healthy_is_not_said_while_something_burns(sick: Any) -> None:
    assert b.guess(b.outage(**{**OVER, **BACK, **sick})).conclusion.verdict is not Verdict.HEALTHY


def test_a_quiet_alert_gets_no_proposal_however_sure_the_cause() -> None:
    found = guess(now=b.rule(quiet=True))

    assert found.proposal is None


@pytest.mark.parametrize("outcome", ["denied", "failed", "timed_out"])
def test_when_nothing_could_be_read_nothing_is_named_or_ruled_out(outcome: str) -> None:
    found = b.guess({name: b.unread(one, outcome) for name, one in b.outage().items()})

    assert (found.conclusion.verdict, found.proposal) == (Verdict.UNSURE, None)
    assert {one.standing for one in found.conclusion.ranked} == {Standing.UNKNOWN}
    assert found.content.ruled_out == ()
    assert len(not_read(found.context)) == len(b.outage())


@pytest.mark.parametrize("check", sorted(b.outage()))
def test_losing_one_source_never_names_another_cause(check: str) -> None:
    looks = b.outage()
    looks[check] = b.unread(looks[check])

    found = b.guess(looks)

    assert named(found) in ("rollout", None)
    assert found.proposal in (guess().proposal, None) or found.proposal.arguments == guess().proposal.arguments
    assert looks[check].name in {one.what for one in found.content.not_read}


def test_two_equal_causes_are_both_candidates() -> None:
    looks = b.outage(
        pods=b.pods(
            b.pod(f"till-{b.NEW}-aaaa0", ready=False, reason="ImagePullBackOff"),
            b.pod(f"till-{b.NEW}-aaaa1", restarts=2, restarted_at=b.at(7), last_state=OOM),
        ),
        rollouts=LONG_AGO,
        events=b.events(b.event("OOMKilling"), b.event("ErrImagePull")),
        logs=b.logs(b.template(new=False, level="info")),
    )
    found = b.guess(looks)

    assert (found.conclusion.verdict, found.proposal) == (Verdict.CANDIDATES, None)
    assert {one.hypothesis for one in found.content.candidates} >= {"image_pull", "memory"}
    assert all(one.standing is not Standing.SUPPORTED for one in found.conclusion.ranked)


def test_the_confidence_is_the_sum_it_says_it_is() -> None:
    half = Vote(0.5, guess().conclusion.ranked[0].supports[0].judged)

    assert confidence_of(0.2, [half], []) == pytest.approx(0.6)
    assert confidence_of(0.2, [half], [half]) == pytest.approx(0.3)
    assert confidence_of(0.2, [half] * 20, []) == 0.97
    assert guess().content.confidence_why.startswith("0.93 = 0.20 to begin with; closes 50% of the doubt")


def test_with_nothing_of_the_service_readable_no_candidate_is_made_up() -> None:
    looks = {name: b.unread(one, "not_asked") for name, one in b.outage().items() if name != "nodes"}
    found = b.guess({**looks, "nodes": b.nodes()}, service="", namespace="", alertname="", expression="", labels={})

    assert (found.conclusion.verdict, found.content.candidates) == (Verdict.UNSURE, ())
    assert [claim.text for claim in found.content.because] == ["Nothing about this could be read: no service was named"]
