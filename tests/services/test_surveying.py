"""`/ops status` and `/ops explain` as the diagnose worker answers: once, never quiet about what it cannot see."""

from typing import Any

import pytest

from bot.core.answers import ExplainAnswer, StatusAnswer
from bot.core.case import Seen
from bot.core.events import CommandReceived, DiagnosisFailed, DiagnosisStarted
from bot.core.question import fold_question
from bot.services.explaining import Explaining
from bot.services.surveying import Surroundings, Surveying
from tests.reasoning import builders as b
from tests.reasoning.office import CannedLooks, diagnosis, opened
from tests.reasoning.stage import Bell, Store, store

ASK = "ask-0123456789abcdef"
SICK = {"name": "bank", "namespace": "shop", "healthy": False, "why": "1 of 3 ready", "selector": {"app": "bank"}}
FINE = {"name": "till", "namespace": "shop", "healthy": True, "why": "", "selector": {"app": "till"}}
PAGES = {
    "pages": [
        {"id": "crash-looping-pods", "title": "Pods that crash", "score": 0.91, "why": "alert name", "excerpt": "…"},
        {
            "id": "ours",
            "title": "Ours",
            "score": 0.6,
            "why": "words",
            "excerpt": "Call the till team.",
            "url": "http://x",
        },
    ]
}


@pytest.fixture
def at(redis_url: str) -> Store:
    return store(redis_url)


def looks(**changes: Any) -> CannedLooks:
    world: dict[str, Seen] = {
        "alerts": b.alerts(b.firing("BankDown", "bank")),
        "neighbours": b.workload("neighbours", SICK, FINE),
        "rollouts": b.rollouts(b.rollout(47, 0, b.NEW, True), b.rollout(46, -4320, b.OLD, False)),
    }
    return CannedLooks({**world, **changes})


def surveying(at: Store, seen: CannedLooks) -> Surveying:
    explaining = Explaining(seen, b.corpus(), 5.0)
    return Surveying(at.ledgers, at.payloads, Bell(), seen, explaining, Surroundings(("shop",), 5.0))


def ask(at: Store, text: str, seen: CannedLooks) -> Any:
    command = text.split()[0]
    fact = CommandReceived(command=command, user="U1", team="T1", channel="C1", text=at.payloads.put(ASK, text))
    at.ledgers.record(ASK, [fact], "slack:T1/U1", once=ASK)
    surveying(at, seen).run(ASK)
    answer = fold_question(ASK, at.ledgers.read(ASK)).answer
    assert answer is not None
    return at.payloads.get(ASK, answer)


def status(at: Store, text: str, seen: CannedLooks) -> StatusAnswer:
    return StatusAnswer.model_validate(ask(at, text, seen))


def test_it_names_what_needs_attention_worst_first(at: Store) -> None:
    found = status(at, "status", looks())

    kinds = [(item.level, item.kind, item.service) for item in found.attention]
    assert kinds == [("sev3", "alert", "bank"), ("sev3", "alert", "till"), ("warn", "workload", "bank")]
    assert found.workloads_seen == 2
    assert found.not_readable == ()
    assert not found.quiet


def test_an_alert_that_an_open_incident_tells_of_is_told_once(at: Store) -> None:
    diagnosis(at, CannedLooks()).run(opened(at), 1)

    found = status(at, "status", looks())

    incident = next(item for item in found.attention if item.kind == "incident")
    assert (incident.says, incident.state) == ("till is failing for about 1 in 5 requests", "cause named")
    assert [item.service for item in found.attention if item.kind == "alert"] == ["bank"]


def test_about_one_service_it_speaks_of_that_one_alone(at: Store) -> None:
    found = status(at, "status bank", looks())

    assert {item.service for item in found.attention} == {"bank"}


def test_a_service_nobody_has_seen_is_said_to_be_one(at: Store) -> None:
    found = status(at, "status nosuch", looks())

    assert found.unheard_of
    assert found.there == ("bank", "till")
    assert not found.quiet


def test_an_incident_whose_diagnosis_was_given_up_is_not_said_to_be_diagnosed(at: Store) -> None:
    incident = opened(at)
    failed = DiagnosisFailed(round=1, reasoner="guided", why="crashed")
    at.ledgers.record(incident, [DiagnosisStarted(round=1, reasoner="guided"), failed, failed, failed], "process:test")
    found = status(at, "status", looks())

    assert found.diagnosing == 0
    assert [item.state for item in found.attention if item.kind == "incident"] == [
        "could not be diagnosed, look yourself"
    ]


def test_what_could_not_be_read_is_part_of_the_answer(at: Store) -> None:
    blind = looks(alerts=b.unread(b.alerts(), "timed_out"), neighbours=b.unread(b.workload("neighbours")))
    blind.missing = {"rollout_history": "KUBECONFIG is not set"}

    found = status(at, "status", blind)

    assert {(one.what, one.outcome) for one in found.not_readable} == {
        ("other alerts", "timed_out"),
        ("workloads in shop", "denied"),
        ("rollouts in shop", "not_offered"),
    }
    assert not found.quiet


def test_a_question_is_answered_once(at: Store) -> None:
    first = looks()
    ask(at, "status", first)
    again = looks()

    surveying(at, again).run(ASK)

    assert again.asked == []
    assert at.kinds(ASK) == ["CommandReceived", "AnswerMade"]


def test_explain_answers_from_the_runbooks_with_their_sources(at: Store) -> None:
    pages = b.seen("pages", "find_runbooks", PAGES, evidence="E1")

    found = ExplainAnswer.model_validate(ask(at, "explain KubePodCrashLooping", looks(pages=pages)))

    assert found.from_runbooks
    assert "CrashLoopBackOff" in found.meaning[0].text
    assert found.causes[0].text == "A crash loop"
    assert found.look_at[0].text.startswith("`kubectl -n <namespace> get pods`")
    assert [source.id for source in found.sources] == ["crash-looping-pods", "ours"]


def test_explain_says_so_when_no_page_speaks_of_it(at: Store) -> None:
    none = Seen("pages", "find_runbooks", "no_data", "E1")

    found = ExplainAnswer.model_validate(ask(at, "explain the weather", looks(pages=none)))

    assert (found.from_runbooks, found.sources, found.not_readable) == (False, (), ())


def test_explain_does_not_call_a_broken_index_no_page(at: Store) -> None:
    broken = b.unread(b.seen("pages", "find_runbooks", PAGES, evidence="E1"), "failed")

    found = ExplainAnswer.model_validate(ask(at, "explain CrashLoop", looks(pages=broken)))

    assert [(one.what, one.outcome) for one in found.not_readable] == [("runbooks", "failed")]
