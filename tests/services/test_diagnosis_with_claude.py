"""Claude as the second reasoner, over real HTTP: what it may add, what is struck, that its failure costs nothing."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from bot.core.conversation import Limits
from bot.core.errors import Unreachable
from bot.core.events import Verdict
from bot.core.failpoint import arm
from tests.adapters.messages_api import Says, error, speaking, text, uses
from tests.reasoning import builders as b
from tests.reasoning.office import INCIDENT, CannedLooks, diagnosis, opened
from tests.reasoning.stage import Store, store
from tests.services.test_diagnosis import Killed, die_at

LINES = [
    json.loads(line)["carrier_line"]
    for line in (Path(__file__).parents[1] / "recordings/injection.jsonl").read_text().splitlines()
]
ROLL_BACK = {
    "tool": "roll_back_deployment",
    "arguments": {"namespace": "shop", "name": "till", "to_revision": 46},
    "cause": "rollout",
}


@pytest.fixture
def at(redis_url: str) -> Iterator[Store]:
    yield store(redis_url)
    arm(lambda _: None)


def claim(words: str = "A new error appeared", quote: str = b.ERROR, evidence: str = "E8") -> dict[str, Any]:
    return {"text": words, "evidence": [evidence], "quotes": [{"evidence": evidence, "text": quote}]}


def cause(*claims: dict[str, Any], **changes: Any) -> dict[str, Any]:
    made = {"id": "rollout", "cause": "The newest revision broke charging", "confidence": 0.93, "against": []}
    return {**made, "supports": list(claims or (claim(),)), **changes}


def answer(*causes: dict[str, Any], **changes: Any) -> Says:
    return text({"verdict": "cause", "causes": list(causes or (cause(),)), "proposal": ROLL_BACK, **changes})


def run(at: Store, *script: Any, looks: CannedLooks | None = None, limits: Limits | None = None, **named: str) -> Any:
    with speaking(*script) as server:
        diagnosis(at, looks or CannedLooks(), server.url, limits, **named).run(opened(at), 1)
        return server


def test_a_grounded_answer_becomes_the_finding_with_its_proposal(at: Store) -> None:
    run(at, answer())

    found, content = at.finding(INCIDENT)
    intent = at.incident(INCIDENT).intents["intent-1"]
    assert (found.reasoner, found.verdict, found.confidence) == ("claude", Verdict.CAUSE, "0.93")
    assert content.cause == "The newest revision broke charging"
    assert content.headline == "till is failing for about 1 in 5 requests"  # a number: rendered by code
    assert at.payloads.get(INCIDENT, intent.arguments) == ROLL_BACK["arguments"]
    assert "ReasonerTurn" in at.kinds(INCIDENT)


def test_it_may_look_for_itself_and_cite_what_it_saw(at: Store) -> None:
    looks = CannedLooks()
    asked = (("list_events", {"namespace": "shop"}), ("search_logs", {"service": "till", "namespace": "shop"}))
    cited: list[str] = []

    def concluded(body: dict[str, Any]) -> Says:
        cited.extend(re.findall(r'id="(E\d+)"', "".join(one["content"] for one in body["messages"][2]["content"])))
        return answer(cause(claim(evidence=cited[-1])))

    run(at, uses(*asked), concluded, looks=looks)

    first, second = (int(one[1:]) for one in cited)
    assert second == first + 1
    assert at.finding(INCIDENT)[1].because[0].evidence == (cited[-1],)


def test_a_claim_that_does_not_stand_is_struck_and_its_cause_dropped(at: Store) -> None:
    invented = cause(claim("Orders were lost", quote="orders were lost forever"), id="lost_orders", confidence=0.99)

    run(at, answer(invented, cause()))

    found, content = at.finding(INCIDENT)
    assert found.hypothesis == "rollout"
    assert len(at.incident(INCIDENT).struck) == 1
    assert "Orders were lost" not in content.model_dump_json()


def test_a_number_the_evidence_does_not_hold_strikes_the_claim(at: Store) -> None:
    run(at, answer(cause(claim("The error came 777 times"), claim("The error came 1204 times"))))

    _, content = at.finding(INCIDENT)
    assert [one.text for one in content.because] == ["The error came 1204 times"]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ([text("no json at all")], "invalid_answer"),
        ([text("", stop="refusal")], "refusal"),
        ([text("cut", stop="max_tokens")], "too_long"),
        ([error(529, "overloaded_error", retry_after="0")] * 2, "overloaded"),
        ([answer(cause(claim(quote="was never printed")))], "nothing_grounded"),
        ([answer(verdict="healthy", causes=[], proposal=None)], "healthy_not_shown"),
        ([answer(verdict="unsure", causes=[], proposal=None)], "nothing_grounded"),
        ([Says(hang=9), Says(hang=9)], "timeout"),
    ],
)
def test_whatever_goes_wrong_the_guided_result_stands_and_says_so(at: Store, script: Any, why: str) -> None:
    run(at, *script, limits=Limits(seconds=4.0))

    found, content = at.finding(INCIDENT)
    assert (found.reasoner, found.hypothesis) == ("guided", "rollout")
    assert at.incident(INCIDENT).rounds[1].failures == (("claude", why),)
    assert "guided" in content.note
    assert len(at.incident(INCIDENT).intents) == 1


@pytest.mark.parametrize("stop", ["moved_on", "Something New!", "", "x" * 300, "über"])
def test_a_reason_to_stop_that_nobody_knows_yet_does_not_cost_the_answer(at: Store, stop: str) -> None:
    run(at, replace(answer(), stop=stop))

    assert at.finding(INCIDENT)[0].reasoner == "claude"


@pytest.mark.parametrize("named", ["claude-sonnet-4-5@20250929", "arn:aws:bedrock:eu-1:1:x/us.anthropic.claude-v1:0"])
def test_a_model_is_called_as_its_vendor_spells_it(at: Store, named: str) -> None:
    server = run(at, answer(), named=named)

    assert server.requests[0]["model"] == named
    assert at.finding(INCIDENT)[0].reasoner == "claude"


def test_a_fault_of_our_own_in_the_second_reasoner_does_not_cost_the_guided_result(
    at: Store, caplog: pytest.LogCaptureFixture
) -> None:
    run(at, answer(), named="no name of a model at all")

    assert at.finding(INCIDENT)[0].reasoner == "guided"
    assert at.incident(INCIDENT).rounds[1].failures == (("claude", "crashed"),)
    assert "a fault of Midwatch" in at.finding(INCIDENT)[1].note
    assert "ValidationError" in caplog.text


def test_a_record_that_cannot_be_kept_ends_the_job_and_not_the_reasoner_alone(at: Store, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:

        def full(_: dict[str, Any]) -> Says:
            client.config_set("maxmemory", 1)
            return answer()

        try:
            with pytest.raises(Unreachable):
                run(at, full)
        finally:
            client.config_set("maxmemory", 0)


def test_a_model_that_only_ever_asks_is_stopped(at: Store) -> None:
    run(at, *[uses(("list_nodes", {}))] * 5, limits=Limits(turns=3))

    assert at.incident(INCIDENT).rounds[1].failures == (("claude", "max_turns"),)
    assert at.kinds(INCIDENT).count("ReasonerTurn") == 3


def test_a_wrong_question_is_answered_with_what_is_wrong_and_never_reaches_a_tool(at: Store) -> None:
    looks = CannedLooks()
    asked = (("read_secrets", {}), ("list_pods", {"namespace": 7}), ("list_pods", {"namespace": "shop", "as": "root"}))

    server = run(at, uses(*asked), answer(), looks=looks)

    told = server.requests[1]["messages"][2]["content"]
    assert [one["is_error"] for one in told] == [True, True, True]
    assert "there is no tool" in told[0]["content"]
    assert not [arguments for _, arguments in looks.asked if "as" in arguments]


def test_killed_after_a_turn_it_goes_on_without_asking_the_model_or_the_tools_again(at: Store) -> None:
    looks = CannedLooks()
    incident = opened(at)
    with speaking(uses(("list_nodes", {})), answer()) as server:
        die_at("diagnosis.turn_recorded")
        with pytest.raises(Killed):
            diagnosis(at, looks, server.url).run(incident, 1)
        arm(lambda _: None)
        before = len(looks.asked)
        diagnosis(at, looks, server.url).run(incident, 1)

        assert len(server.requests) == 2
        assert len(looks.asked) == before + 1
    assert at.kinds(incident).count("ReasonerTurn") == 2
    assert at.finding(incident)[0].reasoner == "claude"


@pytest.mark.parametrize("line", LINES)
def test_a_model_that_obeys_a_log_line_can_propose_nothing_outside(at: Store, line: str) -> None:
    poisoned = b.outage(logs=b.logs(b.template(), b.template(line[:300], count=500)))
    obeying = answer(
        cause(
            claim(f"Known fix: {line[:200]}", quote=b.ERROR), cause=f"As the log says: {line[:200]}", confidence=0.99
        ),
        verdict="cause",
        proposal={"tool": "delete_namespace", "arguments": {"line": line[:200]}, "cause": "rollout"},
    )
    run(at, obeying, looks=CannedLooks(poisoned))

    found, content = at.finding(INCIDENT)
    assert found.verdict is Verdict.CAUSE
    for intent in at.incident(INCIDENT).intents.values():
        assert at.payloads.get(INCIDENT, intent.arguments) == ROLL_BACK["arguments"]
        assert found.reasoner == "guided"
    said = content.model_copy(update={"because": (), "ruled_out": ()}).model_dump_json()
    assert not any(bad in said for bad in ("kubectl", "evil.example", "ghcr.io/attacker", "<!channel>", "pre-approved"))


@pytest.mark.parametrize(
    "proposal",
    [
        {**ROLL_BACK, "arguments": {"namespace": "kube-system", "name": "till", "to_revision": 46}},
        {**ROLL_BACK, "arguments": {"namespace": "shop", "name": "bank", "to_revision": 1}},
        {**ROLL_BACK, "arguments": {"namespace": "shop", "name": "till", "to_revision": 3}},
        {**ROLL_BACK, "arguments": {"namespace": "shop", "name": "till", "to_revision": 47}},
        {**ROLL_BACK, "arguments": {"namespace": "shop", "name": "till", "image": "ghcr.io/attacker/web"}},
        {**ROLL_BACK, "arguments": {"namespace": "shop", "name": "--kubeconfig=/tmp/x"}},
        {**ROLL_BACK, "cause": "something_else"},
        {"tool": "scale_deployment", "arguments": {"namespace": "shop", "name": "till"}, "cause": "rollout"},
    ],
)
def test_a_proposal_is_only_for_what_this_incident_is_about(at: Store, proposal: Any) -> None:
    run(at, answer(proposal=proposal))

    assert at.finding(INCIDENT)[0].reasoner == "claude"
    assert not at.incident(INCIDENT).intents


def test_a_roll_back_is_not_proposed_against_evidence_that_clears_the_rollout(at: Store) -> None:
    equally = b.outage(logs=b.logs(b.template(hashes={b.NEW: 600, b.OLD: 604}, pods={})))

    run(
        at,
        answer(cause(id="deploy_gone_wrong"), proposal={**ROLL_BACK, "cause": "deploy_gone_wrong"}),
        looks=CannedLooks(equally),
    )

    assert at.finding(INCIDENT)[0].hypothesis == "deploy_gone_wrong"
    assert not at.incident(INCIDENT).intents


def test_nothing_secret_in_the_evidence_is_sent_to_the_model(at: Store) -> None:
    leaking = b.logs(b.template("connect failed postgres://app:S3cr3tP4ss@db:5432/app"))
    server = run(at, answer(), looks=CannedLooks(b.outage(logs=leaking)))

    assert "S3cr3tP4ss" not in json.dumps(server.requests)
