"""The guided reasoner over the playground's world, through the real clients: what it says of each scenario."""

from pathlib import Path

from bot.adapters.looks import ToolLooks
from bot.core.case import Case
from bot.core.events import Outcome, Verdict
from bot.core.grounding import check_claim
from bot.core.window import window_of
from bot.services.explaining import Explaining, Sources
from bot.services.remembering import Remembering
from tests.reasoning.stage import Store, alerted, corpus, diagnosis, environment, store
from tests.world.running import SCENARIOS, Running, other_names
from tools.read.shapes.promql_words import PromqlReader


def test_a_bad_rollout_is_named_with_the_roll_back_that_mends_it(redis_url: str, tmp_path: Path) -> None:
    at = store(redis_url)
    with alerted(SCENARIOS / "bad-rollout", tmp_path) as (world, body):
        incident = at.receive(body)
        diagnosis(at, environment(world, tmp_path)).run(incident, 1)

    found, content = at.finding(incident)
    intent = at.incident(incident).intents["intent-1"]
    assert (found.verdict, found.hypothesis, found.runbook) == (Verdict.CAUSE, "rollout", "bad-rollout")
    assert content.headline.startswith("coinbox is failing for about 1 in ")
    assert "Revision 2 of coinbox" in content.cause
    assert any("Only pods of revision 2" in claim.text and "NoSuchColumn" in claim.text for claim in content.because)
    assert intent.tool == "roll_back_deployment"
    expected = {"namespace": "bookstall", "name": "coinbox", "to_revision": 1}
    assert at.payloads.get(incident, intent.arguments) == expected
    assert content.not_read == ()
    _every_claim_stands(at, incident)


def test_an_alert_without_a_namespace_comes_to_the_same_and_its_error_can_be_asked_about(
    redis_url: str, tmp_path: Path
) -> None:
    """As from a rule that sums by service; then somebody pastes the line that the card quotes."""
    at = store(redis_url)
    with alerted(SCENARIOS / "bad-rollout", tmp_path) as (world, body):
        for alert in body["alerts"]:
            alert["labels"].pop("namespace", None)
        for labels in ("groupLabels", "commonLabels"):
            body.get(labels, {}).pop("namespace", None)
        incident = at.receive(body)
        env = environment(world, tmp_path)
        diagnosis(at, env, namespaces=("bookstall",)).run(incident, 1)
        sources = Sources(corpus(), Remembering(at.ledgers, at.payloads), PromqlReader(), ("bookstall",))
        now = at.ledgers.now()
        line = 'NoSuchColumn: column "surcharge_minor" does not exist'
        told = Explaining(ToolLooks(env_file=env), sources, 30.0).answer(line, Case("", window_of(now, now), now))

    assert at.incident(incident).namespace is None
    found, content = at.finding(incident)
    assert (found.verdict, found.hypothesis) == (Verdict.CAUSE, "rollout")
    assert content.place is not None
    assert content.place.text.startswith("Namespace found: bookstall")
    arguments = at.payloads.get(incident, at.incident(incident).intents["intent-1"].arguments)
    assert arguments == {"namespace": "bookstall", "name": "coinbox", "to_revision": 1}
    assert [one.incident for one in told.open] == [incident]
    assert any("NoSuchColumn" in passage.text and "by coinbox" in passage.text for passage in told.now), told.now


def test_a_false_alarm_proposes_nothing_and_says_that_it_is_over(redis_url: str, tmp_path: Path) -> None:
    at = store(redis_url)
    with alerted(SCENARIOS / "false-alarm", tmp_path) as (world, body):
        incident = at.receive(body)
        diagnosis(at, environment(world, tmp_path)).run(incident, 1)

    found, content = at.finding(incident)
    assert not at.incident(incident).intents
    assert (found.hypothesis, found.runbook) == ("restart_over", "over-by-itself")
    assert content.headline.endswith("and no longer does")
    assert content.next_step.startswith("Nothing to change")
    _every_claim_stands(at, incident)


def test_with_every_source_down_it_says_so_and_names_nothing(redis_url: str, tmp_path: Path) -> None:
    at = store(redis_url)
    with alerted(SCENARIOS / "bad-rollout", tmp_path) as (world, body):
        incident = at.receive(body)
        _break(world, prometheus=500, elasticsearch=500, kubernetes=403)
        diagnosis(at, environment(world, tmp_path)).run(incident, 1)

    found, content = at.finding(incident)
    assert found.verdict is Verdict.UNSURE
    assert not at.incident(incident).intents
    outcomes = {item.outcome for item in at.incident(incident).evidence().values()}
    assert outcomes <= {Outcome.DENIED, Outcome.FAILED, Outcome.TIMED_OUT}
    assert {one.what for one in content.not_read} >= {"the alert's value", "the logs", "pods", "rollouts"}
    assert content.ruled_out == ()


def _break(world: Running, **statuses: int) -> None:
    for api, status in statuses.items():
        world.post("outage", api=api, status=status)


def _every_claim_stands(at: Store, incident: str) -> None:
    """What code says is held to the same literal check as what a model says."""
    _, content = at.finding(incident)
    texts = {item.id: at.payloads.get(incident, item.observation) for item in at.incident(incident).evidence().values()}
    for claim in content.because:
        assert claim.evidence, claim.text
        assert check_claim(claim, texts, numbers=False) is None, claim


def test_a_scenario_in_other_words_with_little_history_is_understood_as_well(redis_url: str, tmp_path: Path) -> None:
    at = store(redis_url)
    with alerted(other_names(), tmp_path) as (world, body):
        incident = at.receive(body)
        diagnosis(at, environment(world, tmp_path)).run(incident, 1)

    found, content = at.finding(incident)
    assert (found.verdict, found.hypothesis) == (Verdict.CAUSE, "rollout")
    assert content.headline.startswith("kiln is failing for about ")
    arguments = at.payloads.get(incident, at.incident(incident).intents["intent-1"].arguments)
    assert arguments == {"namespace": "workshop", "name": "kiln", "to_revision": 1}
