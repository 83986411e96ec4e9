"""The job body of a diagnosis over a real ledger: written once, whatever happens in between."""

from collections.abc import Iterator

import pytest

from bot.core.events import IncidentOpened, IntentMade, Outcome, Severity, Verdict
from bot.core.failpoint import arm
from tests.reasoning import builders as b
from tests.reasoning.office import INCIDENT, CannedLooks, diagnosis, opened
from tests.reasoning.stage import Store, store

ONCE = ("DiagnosisStarted", "HypothesesRanked", "FindingMade", "IntentMade")


class Killed(BaseException):
    """Stands for kill -9 at a failpoint: nothing catches it."""


@pytest.fixture
def at(redis_url: str) -> Iterator[Store]:
    yield store(redis_url)
    arm(lambda _: None)


def die_at(point: str, after: int = 1) -> None:
    left = [after]

    def hook(reached: str) -> None:
        if reached == point:
            left[0] -= 1
            if left[0] == 0:
                raise Killed(point)

    arm(hook)


def test_a_diagnosis_leaves_its_evidence_ranking_finding_and_one_intent(at: Store) -> None:
    diagnosis(at, CannedLooks()).run(opened(at), 1)

    kinds = at.kinds(INCIDENT)[2:]
    assert kinds[0] == "DiagnosisStarted"
    assert kinds[-3:] == ["HypothesesRanked", "FindingMade", "IntentMade"]
    assert set(kinds[1:-3]) == {"EvidenceGathered"}
    incident = at.incident(INCIDENT)
    assert list(incident.evidence()) == [f"E{n}" for n in range(1, len(incident.evidence()) + 1)]
    found, content = at.finding(INCIDENT)
    assert (found.verdict, found.hypothesis, found.confidence) == (Verdict.CAUSE, "rollout", "0.93")
    assert content.headline == "till is failing for about 1 in 5 requests"
    assert found.looks == len(incident.evidence())


def test_what_a_person_asked_for_is_not_joined_by_a_proposal_of_its_own(at: Store) -> None:
    incident = opened(at)
    arguments = at.payloads.put(incident, {})
    asked = IntentMade(intent="i-asked", round=0, tool="restart_deployment", arguments=arguments, requester="U1")
    at.ledgers.record(incident, [asked], "process:serve")

    diagnosis(at, CannedLooks()).run(incident, 1)

    assert list(at.incident(incident).intents) == ["i-asked"]
    assert at.finding(incident)[0].verdict is Verdict.CAUSE


def test_run_twice_it_writes_nothing_new(at: Store) -> None:
    looks = CannedLooks()
    diagnosis(at, looks).run(opened(at), 1)
    before, asked = at.kinds(INCIDENT), len(looks.asked)

    diagnosis(at, looks).run(INCIDENT, 1)

    assert at.kinds(INCIDENT) == before
    assert len(looks.asked) == asked


@pytest.mark.parametrize(
    ("point", "after"),
    [
        ("diagnosis.started", 1),
        ("diagnosis.evidence_recorded", 1),
        ("diagnosis.evidence_recorded", 7),
        ("diagnosis.found", 1),
    ],
)
def test_killed_anywhere_and_run_again_it_ends_the_same(at: Store, point: str, after: int) -> None:
    looks = CannedLooks()
    incident = opened(at)
    die_at(point, after)
    with pytest.raises(Killed):
        diagnosis(at, looks).run(incident, 1)
    arm(lambda _: None)

    diagnosis(at, looks).run(incident, 1)

    kinds = at.kinds(incident)
    assert [kinds.count(kind) for kind in ONCE] == [1, 1, 1, 1]
    assert at.incident(incident).ignored == 0
    assert at.finding(incident)[0].hypothesis == "rollout"


def test_what_was_recorded_before_the_kill_is_not_looked_at_again(at: Store) -> None:
    incident = opened(at)
    die_at("diagnosis.evidence_recorded", 7)
    with pytest.raises(Killed):
        diagnosis(at, CannedLooks()).run(incident, 1)
    arm(lambda _: None)
    recorded = {(item.tool, item.id) for item in at.incident(incident).evidence().values()}
    again = CannedLooks()

    diagnosis(at, again).run(incident, 1)

    assert len(recorded) == 7
    assert len(again.asked) == len(at.incident(incident).evidence()) - 7


def test_observing_proposes_nothing_but_names_the_cause(at: Store) -> None:
    diagnosis(at, CannedLooks(), proposing=False).run(opened(at), 1)

    assert at.finding(INCIDENT)[0].verdict is Verdict.CAUSE
    assert not at.incident(INCIDENT).intents


def test_a_denied_source_is_evidence_and_is_said(at: Store) -> None:
    looks = CannedLooks(b.outage(logs=b.unread(b.logs())))

    diagnosis(at, looks).run(opened(at), 1)

    found, content = at.finding(INCIDENT)
    assert found.verdict is Verdict.CANDIDATES
    assert not at.incident(INCIDENT).intents
    assert [(one.what, one.outcome) for one in content.not_read] == [("the logs", "denied")]
    denied = [e for e in at.incident(INCIDENT).evidence().values() if e.outcome is Outcome.DENIED]
    assert [item.tool for item in denied] == ["search_logs"]


def test_a_tool_that_is_not_offered_is_said_with_why(at: Store) -> None:
    looks = CannedLooks(missing={"search_logs": "ELASTICSEARCH_URL is not set"})

    diagnosis(at, looks).run(opened(at), 1)

    _, content = at.finding(INCIDENT)
    assert any(one.what == "the logs" and "ELASTICSEARCH_URL is not set" in one.why for one in content.not_read)


def test_an_alert_without_an_expression_is_still_diagnosed_but_never_called_healthy(at: Store) -> None:
    looks = CannedLooks(b.outage(logs=b.logs(b.template(new=False, level="info")), now=b.rule(quiet=True)))

    diagnosis(at, looks).run(opened(at, rule=""), 1)

    found, content = at.finding(INCIDENT)
    assert found.verdict is not Verdict.HEALTHY
    assert any("names no expression" in one.why for one in content.not_read)


def test_a_finding_is_about_the_alerts_own_window_also_after_a_kill(at: Store) -> None:
    incident = opened(at)
    die_at("diagnosis.started")
    with pytest.raises(Killed):
        diagnosis(at, CannedLooks()).run(incident, 1)
    arm(lambda _: None)
    started = at.incident(incident).rounds[1].started_at

    diagnosis(at, CannedLooks()).run(incident, 1)

    assert at.incident(incident).rounds[1].started_at == started


def opened_by_hand(at: Store, service: str = "till") -> str:
    opening = IncidentOpened(
        severity=Severity.SEV2,
        service=service,
        key="1" * 32,
        title=at.payloads.put(INCIDENT, "people cannot pay"),
        why="person_said",
        place="incident",
    )
    at.ledgers.record(INCIDENT, [opening], "process:serve")
    return INCIDENT


def test_what_a_person_opened_is_diagnosed_in_the_namespace_that_has_the_service(at: Store) -> None:
    looks = CannedLooks()

    diagnosis(at, looks, namespaces=("shop",)).run(opened_by_hand(at), 1)

    assert ("list_pods", {"namespace": "shop", "service": "till"}) in looks.asked
    place = at.finding(INCIDENT)[1].place
    assert place is not None
    assert place.text.startswith("Namespace found: shop")
    assert set(place.evidence) <= set(at.incident(INCIDENT).evidence())


def test_a_service_nobody_knows_is_said_in_the_finding(at: Store) -> None:
    looks = CannedLooks({})

    diagnosis(at, looks, namespaces=("shop",)).run(opened_by_hand(at, "nosuch"), 1)

    found, content = at.finding(INCIDENT)
    assert (found.verdict, content.candidates) == (Verdict.UNSURE, ())
    assert content.place is not None
    assert content.place.text == "There is no service nosuch: no workload and no CronJob of it in shop."
