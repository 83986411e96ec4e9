"""Each predicate by what it says of a small, whole world; what cannot be read is unknown for every one of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from bot.core.case import Seen
from bot.core.condition import parse
from bot.core.predicates import MEASURES, PREDICATES
from bot.core.predicates.shape import Parameter
from bot.core.three_valued import Truth
from tests.reasoning import builders as b

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
TOOLS = {name: one.tool for name, one in b.outage().items()} | {"last_words": "read_container_logs"}


def judge(text: str, minutes: float = 8.2, **changes: Seen | None) -> Truth:
    return parse(text, TOOLS).judge(b.context(b.outage(**changes), now=minutes)).truth


def words(text: str, **changes: Seen | None) -> str:
    return parse(text, TOOLS).judge(b.context(b.outage(**changes))).says


SICK = {"ready": False, "phase": "Pending"}
OLD_POD = {"template_hash": b.OLD}
DIED = {"restarts": 4, "restarted_at": b.at(7)}
PERCENT = b.pod(f"till-{b.NEW}-aaaa9", **DIED, ready=False)
MIXED = b.pods(
    b.pod(f"till-{b.NEW}-aaaa0", **SICK, reason="ImagePullBackOff"),
    b.pod(f"till-{b.OLD}-bbbb1", **OLD_POD),
    b.pod(f"till-{b.OLD}-bbbb2", **OLD_POD),
)
ENDED = b.curve(now=0.001, breaching_now=False, ended_at=b.at(7))
ELSEWHERE = b.alerts(b.firing("BankDown", "bank"))
CALM = b.logs(b.template(new=False, baseline_count=900))
TWO_SERVICES = b.workload("neighbours", {"name": "till", "healthy": True}, {"name": "bank", "healthy": True})
SICK_BANK = b.workload("neighbours", {"name": "till", "healthy": True}, {"name": "bank", "healthy": False})
NAMES_BANK = b.logs(b.template("call to bank failed: connection refused"))
FAILED = b.run("till-2", "failed", reason="BackoffLimitExceeded")
GOING = b.run("till-3", "running", ended_at=None)
LATE = b.jobs(b.cron_job("till", FAILED, behind=True, last_success_age_s=90_000))


def drawn(*minutes: tuple[float, float]) -> Any:
    """A curve of these (minute, value), usually at 0.5, which left that at minute 0."""
    points = [[datetime.fromisoformat(b.at(minute)).timestamp(), value] for minute, value in minutes]
    return b.curve(points=points, baseline={"median": 0.5, "mad": 0.01, "n": 80}, began_at=b.at(0))


SLOPE = drawn(*((n / 2, 0.5 + 0.03 * n) for n in range(16)))
SAW = drawn(*((n / 2, 0.5 + 0.06 * (n % 8)) for n in range(24)))
STEP = drawn((-1, 0.5), (0, 0.97), *((n / 2, 0.98 + 0.001 * (n % 2)) for n in range(1, 20)))

TABLE: list[tuple[str, Truth, Mapping[str, Any]]] = [
    # curves
    ("rose(alert)", T, {}),
    ("rose(alert)", F, {"alert": b.calm_curve()}),
    ("rose(alert)", U, {"alert": b.calm_curve(baseline=None)}),
    ("rose(alert)", U, {"alert": b.seen("alert", "query_metrics", {"series": []}, "no_data")}),
    ("fell(alert)", F, {}),
    ("fell(alert)", T, {"alert": b.curve(direction="down")}),
    ("above(alert, 0.2)", T, {}),
    ("above(alert, 0.3)", F, {}),
    ("above(alert, 0.2)", U, {"alert": b.curve(now=None)}),
    ("below(now, 0.5)", T, {}),
    ("breaching(alert)", T, {}),
    ("breaching(now)", T, {}),
    ("breaching(now)", F, {"now": b.rule(quiet=True)}),
    ("quiet(now)", T, {"now": b.rule(quiet=True)}),
    ("quiet(now)", U, {"now": b.rule(quiet=None)}),
    ("quiet(alert)", F, {}),
    ("at_usual_level(alert)", F, {}),
    ("at_usual_level(alert)", T, {"alert": ENDED}),
    ("at_usual_level(alert)", U, {"alert": b.curve(baseline=None)}),
    ("recovered(alert)", T, {"alert": ENDED}),
    ("recovered(alert)", F, {}),
    ("recovered(alert)", F, {"alert": b.calm_curve()}),
    ("falling(alert)", F, {}),
    ("falling(alert)", T, {"alert": b.curve(now=0.06)}),
    # logs
    ("new(logs)", T, {}),
    ("new(logs)", F, {"logs": b.logs(b.template(new=False, baseline_count=900))}),
    ("new(logs)", F, {"logs": b.logs(b.template(level="warning"))}),
    ("new(logs)", U, {"logs": b.logs(baseline_total=0)}),
    ("new(logs)", U, {"logs": b.seen("logs", "search_logs", {"total": 0, "templates": []}, "no_data")}),
    ("rising(logs)", T, {"logs": b.logs(b.template(new=False, rising=True))}),
    ("rising(logs)", F, {}),
    ("stopped(logs)", F, {}),
    ("stopped(logs)", T, {"logs": b.logs(b.template(last_seen=b.at(7)))}),
    ("mentions(logs, 'NoSuchColumn|other')", T, {}),
    ("mentions(logs, 'connection refused')", F, {}),
    ("only_on(logs, rollouts.current)", T, {}),
    ("only_on(logs, rollouts.current)", F, {"logs": b.logs(b.template(hashes={b.NEW: 10, b.OLD: 1}))}),
    ("mostly_on(logs, rollouts.current)", T, {"logs": b.logs(b.template(hashes={b.NEW: 10, b.OLD: 1}))}),
    ("only_on(logs, rollouts.current)", T, {"logs": b.logs(b.template(hashes={}))}),  # by the pods' names
    ("only_on(logs, rollouts.current)", U, {"logs": b.logs(b.template(hashes={}, pods={"till-1": 5}))}),
    ("only_on(pods, rollouts.current)", F, {}),
    ("only_on(pods, rollouts.current)", T, {"pods": MIXED}),
    ("also_on_others(logs, rollouts.current)", T, {"logs": b.logs(b.template(hashes={b.NEW: 5, b.OLD: 5}))}),
    ("also_on_others(logs, rollouts.current)", F, {}),
    ("also_on_others(pods, rollouts.current)", F, {}),
    ("only_some_pods(logs, pods)", F, {}),
    ("only_some_pods(logs, pods)", T, {"logs": b.logs(b.template(pods={f"till-{b.NEW}-aaaa0": 9}))}),
    ("on_one_node(logs, pods)", F, {}),
    # pods and nodes
    ("restarted(pods)", F, {}),
    ("restarted(pods)", T, {"pods": b.pods(PERCENT)}),
    ("restarted(pods)", F, {"pods": b.pods(b.pod("x-0", restarts=9, restarted_at=b.at(-600)))}),
    ("restarted(pods)", U, {"pods": b.seen("pods", "list_pods", {"pods": [], "total": 0}, "no_data")}),
    ("unready(pods)", T, {"pods": MIXED}),
    ("unready(pods)", F, {"pods": b.pods(b.pod("x-0", ready=False, age_s=9))}),  # only just starting
    ("all_ready(pods)", T, {}),
    ("all_ready(pods)", F, {"pods": MIXED}),
    ("climbing(alert)", T, {"alert": SLOPE}),
    ("climbing(alert)", T, {"alert": SAW}),
    ("climbing(alert)", F, {"alert": STEP}),
    ("climbing(alert)", F, {"alert": b.calm_curve()}),
    ("climbing(alert)", U, {"alert": b.curve(baseline=None)}),
    ("oom_killed(pods)", F, {"pods": b.pods(PERCENT)}),
    (
        "oom_killed(pods)",
        T,
        {"pods": b.pods(b.pod("x-0", last_state={"reason": "OOMKilled", "exit_code": 137, "at": b.at(6)}))},
    ),
    (
        "oom_killed(pods)",
        F,
        {"pods": b.pods(b.pod("x-0", last_state={"reason": "OOMKilled", "exit_code": 137, "at": b.at(-900)}))},
    ),
    ("crash_looping(pods)", T, {"pods": b.pods(PERCENT)}),
    ("crash_looping(pods)", F, {}),
    ("image_pull_failing(pods)", T, {"pods": MIXED}),
    ("image_pull_failing(pods)", F, {}),
    ("waiting_for(pods, 'Image*')", T, {"pods": MIXED}),
    ("node_pressure(nodes)", F, {}),
    ("node_pressure(nodes)", T, {"nodes": b.nodes({"name": "node-9", "ready": False, "pressures": []})}),
    ("node_pressure(nodes, pods)", F, {"nodes": b.nodes({"name": "node-9", "ready": False, "pressures": []})}),
    # changes
    ("rolled_out(rollouts, within='60m')", T, {}),
    ("rolled_out(rollouts, within='5m')", F, {}),
    ("rolled_out(rollouts, within='60m')", U, {"rollouts": b.seen("rollouts", "rollout_history", {}, "no_data")}),
    ("has_previous(rollouts)", T, {}),
    ("has_previous(rollouts)", F, {"rollouts": b.rollouts(b.rollout(1, 0, b.NEW, True))}),
    ("began_within(alert, rollouts, '10m')", T, {}),
    ("began_within(alert, rollouts, '10m')", F, {"alert": b.curve(began_at=b.at(11))}),
    ("began_within(alert, rollouts, '10m')", F, {"alert": b.curve(began_at=b.at(-5))}),
    ("began_within(alert, rollouts, '10m')", U, {"alert": b.calm_curve()}),
    ("began_before(alert, rollouts)", T, {"alert": b.curve(began_at=b.at(-5))}),
    ("began_before(alert, rollouts)", F, {}),
    ("workload_unhealthy(workload)", F, {}),
    ("workload_healthy(workload)", T, {}),
    ("workload_healthy(workload)", U, {"workload": b.seen("workload", "list_workloads", {}, "no_data")}),
    ("event(events, 'FailedScheduling')", F, {}),  # an empty list of events is an answer
    ("event(events, 'FailedScheduling')", T, {"events": b.events(b.event("FailedScheduling"))}),
    ("event(events, 'Failed*')", F, {"events": b.events(b.event("FailedMount", object_unhealthy=False))}),
    ("event(events, 'Failed*')", F, {"events": b.events(b.event("FailedMount", recent=False))}),
    ("event(events, 'Failed*')", U, {"events": b.events(b.event("FailedMount", object_unhealthy=None))}),
    ("firing_elsewhere(alerts)", F, {}),
    ("firing_elsewhere(alerts)", T, {"alerts": ELSEWHERE}),
    ("firing_more(alerts)", T, {"alerts": b.alerts(b.firing("TillSlow", "till"))}),
    ("names_troubled(logs, alerts)", T, {"logs": NAMES_BANK, "alerts": ELSEWHERE}),
    ("names_troubled(logs, alerts)", F, {"alerts": ELSEWHERE}),
    ("names_troubled(logs, alerts)", F, {"logs": b.logs(b.template("embankment failed")), "alerts": ELSEWHERE}),
    ("neighbour_failing(logs)", F, {}),
    ("neighbour_failing(logs)", U, {"logs": NAMES_BANK, "neighbours": TWO_SERVICES}),
    ("neighbour_failing(logs)", T, {"logs": NAMES_BANK, "neighbours": TWO_SERVICES, **b.of_bank(b.curve())}),
    ("neighbour_failing(logs)", F, {"logs": NAMES_BANK, "neighbours": TWO_SERVICES, **b.of_bank(b.calm_curve())}),
    ("neighbour_failing(logs)", T, {"logs": NAMES_BANK, "neighbours": TWO_SERVICES, **b.of_bank(None, b.logs())}),
    ("neighbour_failing(logs)", F, {"logs": NAMES_BANK, "neighbours": TWO_SERVICES, **b.of_bank(None, CALM)}),
    (
        "neighbour_failing(logs)",
        U,
        {"logs": NAMES_BANK, "neighbours": TWO_SERVICES, **b.of_bank(b.unread(b.curve()), CALM)},
    ),
    (
        "neighbour_failing(logs)",
        F,
        {"logs": NAMES_BANK, "neighbours": TWO_SERVICES, **b.of_bank(b.curve(began_at=b.at(6)))},
    ),
    ("neighbour_failing(logs)", T, {"logs": NAMES_BANK, "neighbours": SICK_BANK, **b.of_bank(b.calm_curve())}),
    # Jobs
    ("job_failed(jobs)", F, {}),
    ("job_failed(jobs)", T, {"jobs": b.jobs(b.cron_job("till", FAILED, b.run("till-1")))}),
    ("job_failed(jobs)", T, {"jobs": b.jobs(b.cron_job("till", GOING, FAILED))}),
    ("job_failed(jobs)", F, {"jobs": b.jobs(b.cron_job("till", b.run("till-3"), FAILED))}),
    ("job_failed(jobs)", T, {"jobs": b.jobs(loose=(FAILED,))}),
    ("job_failed(jobs)", U, {"jobs": b.jobs(b.cron_job("till", GOING))}),
    ("job_failed(jobs)", U, {"jobs": b.jobs()}),
    ("behind_schedule(jobs)", F, {}),
    ("behind_schedule(jobs)", T, {"jobs": LATE}),
    ("behind_schedule(jobs)", U, {"jobs": b.jobs(b.cron_job(behind=None))}),
    ("behind_schedule(jobs)", U, {"jobs": b.jobs()}),
    ("job_running(jobs)", F, {}),
    ("job_running(jobs)", T, {"jobs": b.jobs(b.cron_job("till", GOING))}),
    ("job_running(jobs)", U, {"jobs": b.jobs()}),
    ("suspended(jobs)", F, {}),
    ("suspended(jobs)", T, {"jobs": b.jobs(b.cron_job(suspended=True))}),
    ("failed_runs(jobs) >= 2", T, {"jobs": b.jobs(b.cron_job("till", FAILED, FAILED))}),
    # numbers
    ("count(pods, 'unready') == 0", T, {}),
    ("count(pods, 'pods') > 4", F, {}),
    ("count(pods, 'nothing') > 4", U, {}),
    ("peak(alert) > 0.2 and usual(alert) < 0.01", T, {}),
    ("restarts(pods) >= 4", T, {"pods": b.pods(PERCENT)}),
    ("lines(logs) > 100", T, {}),
    ("firing(alerts) != 1", F, {}),
    ("now(alert) <= -1", F, {}),
    # three values
    ("rose(alert) and new(logs)", U, {"logs": b.unread(b.logs())}),
    ("rose(alert) or new(logs)", T, {"logs": b.unread(b.logs())}),
    ("not new(logs)", U, {"logs": b.unread(b.logs())}),
    ("crash_looping(pods) and new(logs)", F, {"logs": b.unread(b.logs())}),
]


@pytest.mark.parametrize(("text", "expected", "changes"), TABLE, ids=[f"{n}: {row[0]}" for n, row in enumerate(TABLE)])
def test_a_predicate_says_what_the_looks_say(text: str, expected: Truth, changes: Mapping[str, Any]) -> None:
    assert judge(text, **changes) is expected


def test_every_predicate_and_measure_is_in_the_table() -> None:
    told = " ".join(text for text, _, _ in TABLE)

    assert [name for name in (*PREDICATES, *MEASURES) if f"{name}(" not in told] == []


def test_a_late_cron_job_is_told_with_its_last_success() -> None:
    assert words("behind_schedule(jobs)", jobs=LATE) == (
        "CronJob till is behind its schedule (0 2 * * *): its last success was 25 h ago"
    )
    assert words("job_failed(jobs)", jobs=LATE) == "Job till-2 failed: BackoffLimitExceeded"


@pytest.mark.parametrize("outcome", ["denied", "failed", "timed_out", "not_offered", "not_asked"])
@pytest.mark.parametrize("name", sorted(PREDICATES))
def test_what_could_not_be_read_makes_every_predicate_unknown(name: str, outcome: str) -> None:
    predicate = PREDICATES[name]
    text = f"{name}({', '.join(_any_argument(p) for p in predicate.takes)})"
    blind = {check: b.unread(one, outcome) for check, one in b.outage().items()}

    judged = parse(text, TOOLS).judge(b.context(blind))

    assert judged.truth is U, judged.says


def _any_argument(parameter: Parameter) -> str:
    match parameter.kind:
        case "number":
            return "1"
        case "text":
            return "'x'"
        case "duration":
            return "'10m'"
        case "rollout":
            return "rollouts.current"
    return next(check for check, tool in TOOLS.items() if not parameter.tools or tool in parameter.tools)


def test_a_rollout_whose_pods_alone_ever_ran_cannot_be_compared() -> None:
    long_ago = b.rollouts(b.rollout(47, -600, b.NEW, True), b.rollout(46, -4320, b.OLD, False))

    assert judge("only_on(logs, rollouts.current)", rollouts=long_ago) is U


def test_an_old_revision_that_runs_beside_counts_once_it_is_heard_without_the_errors() -> None:
    beside = b.rollouts(b.rollout(47, -600, b.NEW, True), b.rollout(46, -4320, b.OLD, False, replicas=2))
    heard = b.logs(b.template(), b.template("GET <num> 200", level="info", new=False, hashes={b.OLD: 5, b.NEW: 9}))

    assert judge("only_on(logs, rollouts.current)", rollouts=beside) is U
    assert judge("only_on(logs, rollouts.current)", rollouts=beside, logs=heard) is T


def test_a_full_rollout_is_not_blamed_for_errors_that_began_later() -> None:
    later = b.logs(b.template(first_seen=b.at(2.5)))

    assert judge("only_on(logs, rollouts.current)", logs=later) is U
    assert judge("also_on_others(logs, rollouts.current)", logs=later) is U


@pytest.mark.parametrize(
    "text", ["loan <num> refused by bank", "call to ledger failed: <num>", "upstream answered <num>", "read: timed out"]
)
def test_errors_about_another_service_are_no_errors_of_the_revision_however_soon(text: str) -> None:
    judged = {"logs": b.logs(b.template(text)), "neighbours": TWO_SERVICES}

    assert judge("only_on(logs, rollouts.current)", **judged) is U


def test_errors_that_came_at_once_are_the_revisions_only_where_the_neighbours_names_are_known() -> None:
    assert judge("only_on(logs, rollouts.current)", neighbours=b.unread(TWO_SERVICES)) is U
    assert judge("only_on(logs, rollouts.current)", neighbours=TWO_SERVICES) is T
    assert words("only_on(logs, rollouts.current)").endswith("from 36 s after it came on")


def test_a_rare_error_of_earlier_neither_dates_the_trouble_nor_clears_the_revision() -> None:
    rare = {"count": 7, "first_seen": b.at(-9), "hashes": {b.OLD: 3, b.NEW: 4}, "pods": {f"till-{b.OLD}-aaaa0": 3}}
    noisy = {
        "logs": b.logs(b.template(count=45, hashes={b.NEW: 45}), b.template("GET <num> 500", **rare)),
        "neighbours": TWO_SERVICES,
    }

    assert judge("began_within(logs, rollouts, '10m')", **noisy) is T
    assert judge("only_on(logs, rollouts.current)", **noisy) is T


def test_two_beginnings_in_one_moment_are_called_one() -> None:
    at_once = {"logs": b.logs(b.template(first_seen=b.at(0))), "neighbours": TWO_SERVICES}

    assert words("only_on(logs, rollouts.current)", **at_once).endswith("from the moment it came on")
    assert words("began_within(logs, rollouts, '10m')", **at_once) == "logs began with revision 47 (02:00:00 UTC)"


def test_numbers_are_said_with_units_and_times() -> None:
    assert words("rose(alert)") == "alert rose from 0.1 % to 24 % from 02:00:30 UTC on"
    assert "30 s after revision 47" in words("began_within(alert, rollouts, '10m')")
    assert words("only_on(logs, rollouts.current)").startswith("only pods of revision 47 log “charge <num> failed")


def test_a_value_of_a_window_that_ended_long_ago_is_not_called_now() -> None:
    assert judge("breaching(alert)", minutes=40.0) is U


def test_every_predicate_says_what_it_means_in_one_sentence() -> None:
    assert all(one.says.endswith(".") for one in (*PREDICATES.values(), *MEASURES.values()))


def test_without_a_baseline_an_error_is_new_when_the_window_itself_began_without_it() -> None:
    calm = b.template("GET <num> 200", level="info", new=True, first_seen=b.at(-6), hashes={b.OLD: 50, b.NEW: 90})
    short = b.logs(b.template(), calm, baseline_total=0)
    silent = b.logs(b.template(), baseline_total=0)

    assert judge("new(logs)", logs=short) is T
    assert judge("only_on(logs, rollouts.current)", logs=short) is T
    assert judge("new(logs)", logs=silent) is U


def test_lines_of_an_old_revision_count_only_when_written_after_the_errors_began() -> None:
    long_ago = b.rollouts(b.rollout(47, -600, b.NEW, True), b.rollout(46, -4320, b.OLD, False))
    calm = {"level": "info", "new": False}
    both = b.logs(b.template(), b.template("GET <num> 200", hashes={b.OLD: 5, b.NEW: 9}, **calm))
    after = b.logs(b.template(), b.template("PUT <num> 200", hashes={b.OLD: 5}, last_seen=b.at(3), **calm))
    before = b.logs(b.template(), b.template("PUT <num> 200", hashes={b.OLD: 5}, last_seen=b.at(0.2), **calm))

    assert judge("only_on(logs, rollouts.current)", logs=both, rollouts=long_ago) is U
    assert judge("only_on(logs, rollouts.current)", logs=after, rollouts=long_ago) is T
    assert judge("only_on(logs, rollouts.current)", logs=before, rollouts=long_ago) is U


def test_what_is_over_is_said_with_its_time_and_its_span() -> None:
    assert words("quiet(recent)", recent=b.rule("recent", quiet=True)) == "in the last 30 s the rule was quiet"
    assert words("quiet(recent)", recent=b.rule("recent", quiet=False)) == "in the last 30 s the rule held (21 %)"
    assert words("quiet(now)", now=b.rule("now", quiet=True)).endswith("is quiet now")
    assert words("stopped(logs)", logs=b.logs(b.template(last_seen=b.at(7)))).endswith(", last at 02:07:00 UTC")
