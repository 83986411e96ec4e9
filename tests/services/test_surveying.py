"""`/ops status` and `/ops explain` as the diagnose worker answers: once, never quiet about what it cannot see."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.answers import ExplainAnswer, StatusAnswer
from bot.core.case import Seen
from bot.core.events import (
    ClickReceived,
    CommandReceived,
    DiagnosisFailed,
    DiagnosisStarted,
    FindingMade,
    IncidentListed,
    IncidentOpened,
    IncidentResolved,
    Severity,
)
from bot.core.ledger import WORKSPACE, stamp
from bot.core.question import fold_question
from bot.services.explaining import Explaining, Sources
from bot.services.remembering import Remembering
from bot.services.surveying import Surroundings, Surveying
from bot.views.explain import explain_message
from bot.views.status import status_message
from tests.reasoning import builders as b
from tests.reasoning.office import CannedLooks, diagnosis, opened
from tests.reasoning.stage import Bell, Store, store
from tools.read.shapes.promql_words import PromqlReader

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
    sources = Sources(b.corpus(), Remembering(at.ledgers, at.payloads), PromqlReader(), ("shop",))
    explaining = Explaining(seen, sources, 5.0)
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


@pytest.mark.parametrize(("silent", "wrong"), [(None, "never"), (599, ""), (601, "late")])
def test_it_says_when_the_watchdog_is_late_or_was_never_heard(at: Store, silent: int | None, wrong: str) -> None:
    now = at.ledgers.now()
    heard = None if silent is None else now - timedelta(seconds=silent)
    around = Surroundings(("shop",), 5.0, watchdog=lambda: heard, patience=timedelta(seconds=600))
    sources = Sources(b.corpus(), Remembering(at.ledgers, at.payloads), PromqlReader(), ("shop",))
    survey = Surveying(at.ledgers, at.payloads, Bell(), looks(), Explaining(looks(), sources, 5.0), around)

    found = survey.status(None, now)

    assert found.watchdog == wrong
    assert found.heard_at == (stamp(heard) if heard and wrong else "")
    words = str(status_message(found)["blocks"])
    assert ("alerts may not reach me" in words) == (wrong == "late")
    assert ("No Watchdog was ever heard" in words) == (wrong == "never")


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
    nothing = b.seen("rollouts", "rollout_history", {"rollouts": []}, "no_data")

    found = status(at, "status nosuch", looks(rollouts=nothing))

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


def text_of(found: ExplainAnswer) -> str:
    return "\n".join(passage.text for passage in found.now)


def explained(at: Store, words: str, seen: CannedLooks) -> ExplainAnswer:
    sources = Sources(b.corpus(), Remembering(at.ledgers, at.payloads), PromqlReader(), ("shop",))
    return Explaining(seen, sources, 5.0).answer(words, b.case())


def recorded(at: Store) -> str:
    """An incident of service till in shop, listed as intake lists it."""
    incident = opened(at)
    listed = IncidentListed(incident=incident, key="0" * 32, service="till", namespace="shop", severity=Severity.SEV2)
    at.ledgers.record(WORKSPACE, [listed], "process:serve")
    return incident


def test_explain_tells_of_the_rule_and_of_what_its_expression_gives_now(at: Store) -> None:
    rule = {
        "name": "TillFailing", "expression": b.RULE, "words": "errors are more than 5 %", "for_s": 60.0,
        "state": "inactive", "summary": "till fails",
    }  # fmt: skip
    quiet = {"series": [], "series_total": 0, "quiet": True, "measured": [{"labels": {}, "text": "0.001"}]}
    world = looks(
        rule=Seen("rule", "read_alert_rules", "ok", facts={"rules": [rule]}),
        alerts=b.alerts(),
        value=Seen("value", "query_instant", "ok", facts=quiet, arguments={"expression": b.RULE}),
    )

    found = explained(at, "TillFailing", world)

    assert found.subject == "looked up as the name of an alert"
    assert "inactive now. It fires when errors are more than 5 %, for 60 s" in text_of(found)
    assert "Now: quiet, its comparison holds for nothing; what it measures is 0.001" in text_of(found)


def test_explain_says_numbers_with_their_unit_and_times_as_people_do(at: Store) -> None:
    rule = {
        "name": "TillFailing", "expression": b.RULE, "words": "errors are more than 5 %", "for_s": 60.0,
        "state": "firing", "summary": "{{ $value | humanizePercentage }} of requests fail",
    }  # fmt: skip
    firing = {**b.firing("TillFailing", "till"), "active_at": "2026-11-21T05:25:18.673Z", "value": 0.2352}
    value = {"expression": b.RULE, "series": [{"labels": {}, "value": 0.2352, "text": "0.2352"}], "series_total": 1}
    world = looks(
        rule=Seen("rule", "read_alert_rules", "ok", facts={"rules": [rule]}),
        alerts=b.alerts(firing),
        value=Seen("value", "query_instant", "ok", facts=value, arguments={"expression": b.RULE}),
    )

    said = text_of(explained(at, "TillFailing", world))

    assert "It says: “… of requests fail”" in said
    assert "TillFailing (till) is firing since 21 Nov 05:25 UTC, value 24 %." in said
    assert "Now: 24 %." in said


def test_explain_remembers_what_an_earlier_incident_of_this_alert_came_to(at: Store) -> None:
    incident = recorded(at)
    diagnosis(at, CannedLooks()).run(incident, 1)

    assert [one.incident for one in explained(at, "TillFailing", looks()).open] == [incident]
    over(at, incident)

    found = explained(at, "TillFailing", looks())

    [past] = found.history
    assert (past.incident, past.over, past.fixed_by) == (incident, True, ())
    assert past.cause.startswith("Revision 47")
    assert (found.open, found.history_read) == ((), 1)


def over(at: Store, incident: str) -> None:
    at.ledgers.record(incident, [IncidentResolved(why="alerts_over")], "process:serve")


@pytest.mark.parametrize(("words", "kept"), [("till", 1), ("deployment/till in shop", 1), ("bank", 0), ("Other", 0)])
def test_explain_remembers_incidents_of_what_was_asked_about_and_no_others(at: Store, words: str, kept: int) -> None:
    over(at, recorded(at))

    found = explained(at, words, looks())

    assert (len(found.history), found.history_read) == (kept, 1)


def test_explain_reads_promql_and_says_what_of_it_is_general(at: Store) -> None:
    value = {"series": [{"labels": {"service": "till"}, "text": "3.1"}], "series_total": 1, "quiet": None}
    expression = "rate(http_requests_total[5m]) > 2"
    world = looks(value=Seen("value", "query_instant", "ok", facts=value, arguments={"expression": expression}))

    found = explained(at, expression, world)

    assert found.general == "the per-second rate of http_requests_total over 5 min is more than 2"
    assert "Now: 3.1 (service till)" in text_of(found)


def test_explain_does_not_take_a_failed_look_for_nothing_there(at: Store) -> None:
    world = looks(neighbours=b.unread(b.workload("neighbours")), workload=b.unread(b.workload("workload")))

    found = explained(at, "deployment/bank in shop", world)

    assert {passage.source.id for passage in found.now} <= {"read_alerts", "read_alert_rules"}
    assert [(one.what, one.outcome) for one in found.not_readable] == [("workloads in shop", "denied")]


def test_explain_says_what_is_wrong_with_promql_that_does_not_parse(at: Store) -> None:
    told = ask(at, "explain sum(rate(x[5m])", looks())

    assert told["kind"] == "misread"
    assert "does not parse" in told["says"]


def test_explain_finds_the_page_whose_own_cause_looks_for_the_error(at: Store) -> None:
    nothing_near = Seen("pages", "find_runbooks", "no_data")

    found = explained(at, "java.lang.OutOfMemoryError: heap space", looks(pages=nothing_near))

    assert [source.id for source in found.sources] == ["out-of-memory"]
    assert found.from_runbooks
    assert found.causes


def test_cronjobs_whose_newest_run_failed_or_that_are_late_need_attention(at: Store) -> None:
    runs = [{"state": "failed", "reason": "BackoffLimitExceeded", "ended_at": "2026-11-20T02:00:00.000Z"}]
    jobs = [
        {"name": "nightly", "behind": False, "runs": runs},
        {"name": "late", "behind": True, "runs": [{"state": "complete"}]},
        {"name": "fine", "behind": False, "runs": [{"state": "complete"}, runs[0]]},
    ]
    found = status(at, "status", looks(jobs=Seen("jobs", "list_jobs", "ok", facts={"cron_jobs": jobs})))

    told = {item.service: item.says for item in found.attention if item.kind == "job"}
    assert told == {
        "nightly": "CronJob: its newest run failed (BackoffLimitExceeded)",
        "late": "CronJob: it is behind its schedule",
    }
    assert found.read == ("alerts", "workloads (shop)", "rollouts (shop)", "CronJobs (shop)")


def test_one_service_is_asked_for_by_its_name_where_the_list_of_all_is_cut(at: Store) -> None:
    svc = {**FINE, "name": "svc-57", "selector": {}, "ready": 1, "desired": 1, "revision": 3}
    seen = looks(workload=b.workload("workload", svc), neighbours=b.workload("neighbours", FINE))

    found = status(at, "status svc-57", seen)

    assert ("list_workloads", {"namespace": "shop", "service": "svc-57"}) in seen.asked
    assert not found.unheard_of
    assert [(one.workload, one.ready, one.revision) for one in found.well] == [("svc-57", "1 of 1", "3")]
    assert "svc-57 (shop): 1 of 1 pods ready · revision 3" in str(status_message(found)["blocks"])


def test_a_list_that_was_cut_is_never_called_quiet(at: Store) -> None:
    cut = b.workload("neighbours", FINE)
    cut.facts["left_out"] = 201
    seen = looks(alerts=b.seen("alerts", "read_alerts", {"alerts": [], "total": 0}), neighbours=cut)

    found = status(at, "status", seen)

    assert [(one.what, one.outcome) for one in found.not_readable] == [("workloads in shop", "partial")]
    assert not found.quiet
    assert "not everything could be read" in status_message(found)["text"]


def test_an_unhealthy_stateful_set_needs_attention_and_is_called_one(at: Store) -> None:
    sick = {**SICK, "kind": "StatefulSet", "name": "db"}
    found = status(at, "status", looks(neighbours=b.workload("neighbours", FINE, sick)))

    assert [one.says.partition(":")[0] for one in found.attention if one.service == "db"] == [
        "StatefulSet is not healthy"
    ]


def test_a_kind_that_may_not_be_read_is_never_called_quiet(at: Store) -> None:
    part = b.workload("neighbours", FINE)
    part.facts["incomplete"] = "StatefulSets could not be read (403)"
    found = status(at, "status", looks(alerts=b.seen("alerts", "read_alerts", {"alerts": []}), neighbours=part))

    assert [(one.what, one.why) for one in found.not_readable] == [
        ("workloads in shop", "StatefulSets could not be read (403)")
    ]
    assert not found.quiet


@pytest.mark.parametrize(("row", "unread"), [(SICK, 1), (FINE, 0)])
def test_a_long_list_is_whole_enough_once_its_healthy_end_is_shown(at: Store, row: dict[str, Any], unread: int) -> None:
    long = b.workload("neighbours", row)
    long.facts["total"] = 60

    assert len(status(at, "status", looks(neighbours=long)).not_readable) == unread


def test_a_service_that_another_incident_blames_is_not_said_to_be_well(at: Store) -> None:
    diagnosis(at, CannedLooks()).run(opened(at), 1)
    _, content = at.finding("inc-20261120-0a1b2c3d")
    blamed = content.model_copy(update={"cause": "bank is in trouble, and its callers suffer"})
    made = next(e.fact for e in at.ledgers.read("inc-20261120-0a1b2c3d") if isinstance(e.fact, FindingMade))
    ref = at.payloads.put("inc-20261120-0a1b2c3d", blamed.model_dump(mode="json"))
    again = made.model_copy(update={"round": 2, "finding": ref})
    at.ledgers.record("inc-20261120-0a1b2c3d", [DiagnosisStarted(round=2, reasoner="guided"), again], "process:test")

    found = status(at, "status bank", looks(alerts=b.alerts()))

    said = [item.says for item in found.attention if item.incident]
    assert said == ["named as the likely cause of SEV2 till: bank is in trouble, and its callers suffer"]


def test_an_alert_whose_incident_somebody_resolved_is_not_said_to_have_had_none(at: Store) -> None:
    incident = opened(at)
    listed = IncidentListed(incident=incident, key="0" * 32, service="till", namespace="shop", severity=Severity.SEV2)
    at.ledgers.record(WORKSPACE, [listed], "process:serve")
    press = {"approval": incident, "action": "resolve", "user": "U0WHO7", "team": "T1", "channel": "C1"}
    clicked = ClickReceived(click="c" * 32, message_ts="1.5", action_ts="1.6", **press)
    over = IncidentResolved(why="person_said", click="c" * 32, user="U0WHO7")
    at.ledgers.record(incident, [clicked, over], "process:serve")

    found = status(at, "status till", looks())

    alert = next(item for item in found.attention if item.kind == "alert")
    assert (alert.closed, alert.closed_by) == (incident, "U0WHO7")
    assert "its incident was resolved by <@U0WHO7> at" in str(status_message(found)["blocks"])


LINE = {"services": {"till": 1204}, "example": 'charge 81 failed: NoSuchColumn: column "surcharge_minor"', "new": True}


@pytest.mark.parametrize("lead", ["", "ERROR charge 8841 failed: "])
def test_explain_of_an_error_says_how_often_it_comes_and_which_incident_cites_it(at: Store, lead: str) -> None:
    incident = recorded(at)
    said = "charge <num> failed: NoSuchColumn: column surcharge_minor"
    diagnosis(at, CannedLooks({**b.outage(), "logs": b.logs(b.template(said))})).run(incident, 1)
    seen = looks(logs=b.logs(b.template(said, **LINE), window_s=3600))

    found = explained(at, f'{lead}NoSuchColumn: column "surcharge_minor" of relation', seen)

    asked = next(arguments for tool, arguments in seen.asked if tool == "search_logs")
    assert (asked["service"], asked["namespace"]) == ("", "shop")
    assert '"NoSuchColumn" "column" "surcharge_minor"' in asked["query"]
    assert found.subject == "read as an error text"
    assert "in the last 60 min by till" in text_of(found)
    assert "not seen in the hour before" in text_of(found)
    assert [one.incident for one in found.open] == [incident]
    assert "Open now: SEV2 till" in str(explain_message(found)["blocks"])


def test_explain_finds_the_service_among_plain_words_and_looks_it_up(at: Store) -> None:
    incident = recorded(at)
    seen = looks(pages=Seen("pages", "find_runbooks", "no_data"))

    found = explained(at, "why is till failing?", seen)

    assert ("read_alerts", {"service": "till"}) in seen.asked
    assert ("list_workloads", {"namespace": "shop", "service": "till"}) in seen.asked
    assert [one.incident for one in found.open] == [incident]


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("5xx errors after deploy", "bad-rollout"),
        ("till is slow", "high-latency"),
        ("too many restarts", "crash-looping-pods"),
        ("pods keep restarting", "crash-looping-pods"),
        ("disk full", "node-pressure"),
    ],
)
def test_explain_of_a_symptom_finds_the_page_that_names_it(at: Store, words: str, page: str) -> None:
    found = explained(at, words, looks(pages=Seen("pages", "find_runbooks", "no_data")))

    assert found.sources[0].id == page


def test_explain_shows_the_nearest_pages_as_no_match(at: Store) -> None:
    nearest = {"pages": [], "nearest": PAGES["pages"]}
    found = explained(at, "the weather", looks(pages=Seen("pages", "find_runbooks", "no_data", facts=nearest)))

    assert not found.from_runbooks
    assert "Nearest pages (not a match): Pods that crash" in str(explain_message(found)["blocks"])


def test_explain_of_a_deployment_tells_of_its_alerts_and_of_a_pod_of_its_services_pods(at: Store) -> None:
    seen = looks(pods=b.pods(b.pod("till-7b8d66-aaaa0", ready=False), b.pod("bank-1-b")))

    assert "TillFailing (till) is firing" in text_of(explained(at, "deployment/till", seen))
    assert "Pod till-7b8d66-aaaa0: Running, not ready" in text_of(explained(at, "pod/till", seen))
    assert text_of(explained(at, "pod/nosuch", seen)) == "No pod nosuch was seen."


def test_explain_leaves_requests_out_of_what_usually_causes_it(at: Store) -> None:
    incident = "inc-20261120-0a1b2c3e"
    listed = IncidentListed(incident=incident, key="2" * 32, service="till", namespace="shop", severity=Severity.INFO)
    facts = {"severity": Severity.INFO, "service": "till", "namespace": "shop", "key": "2" * 32, "place": "home"}
    title = at.payloads.put(incident, "Asked for: Roll Back till")
    at.ledgers.record(WORKSPACE, [listed], "process:serve")
    at.ledgers.record(incident, [IncidentOpened(title=title, why="change_requested", **facts)], "process:serve")

    found = explained(at, "till", looks())

    assert (found.open, found.history) == ((), ())


def test_explain_says_marks_and_links_as_people_read_them(at: Store) -> None:
    found = explained(at, "<!channel|channel> is <https://x.example|slow>", looks())

    assert found.asked == "@channel is slow"
    assert explained(at, "cronjob/nightly", looks()).subject == "looked up as CronJob nightly"
    assert not any("](" in passage.text for passage in explained(at, "till is slow", looks()).look_at)
