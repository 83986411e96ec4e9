"""A value that evidence chooses: allowed by its owner, measured, within the bound, and the only one that is best."""

from typing import Any

import pytest
import yaml

from bot.adapters.cel import compile_cel
from bot.adapters.looks import discover
from bot.adapters.runbook_files import change_specs
from bot.core.case import Seen
from bot.core.choosing import Choice, choose
from bot.core.guided_finding import Proposal, proposal_of
from bot.core.ranking import Bar, conclude
from bot.core.runbook import Runbook
from bot.core.runbook_reading import Known, Page, read_pages
from tests.reasoning import builders as b

LOWEST = Choice("lag", "instance", "lowest", 30.0)
ALLOWED = {"SOURCE_HOST": ["replica-a", "replica-b", "replica-c"], "OTHER": ["x"]}


def lag(outcome: str = "ok", /, **levels: float | None) -> Seen:
    """Seconds behind, by instance; names with an underscore stand for those with a dash."""
    rows = [{"labels": {"instance": name.replace("_", "-")}, "value": value} for name, value in levels.items()]
    return Seen("lag", "query_instant", outcome, "E99", facts={"series": rows, "series_total": len(rows)})


def cron_job(**changes: Any) -> Seen:
    env = {"SOURCE_HOST": "replica-a"}
    failed = b.run("till-2", "failed")
    return b.jobs(b.cron_job("till", failed, **{"overridable": ALLOWED, "env": env, "behind": True, **changes}))


def chosen(measured: Seen, jobs: Seen | None = None, choice: Choice = LOWEST) -> str | None:
    looks = b.outage(jobs=jobs or cron_job(), lag=measured)
    found = choose(choice, "SOURCE_HOST", b.context(looks))
    assert found is None or [one.evidence for one in found.stands_on] == ["E99", looks["jobs"].evidence]
    return found.value if found else None


def test_the_one_that_is_best_and_within_the_bound_is_chosen() -> None:
    assert chosen(lag(replica_a=900, replica_b=2, replica_c=10)) == "replica-b"
    assert chosen(lag(replica_a=900, replica_b=2), choice=Choice("lag", "instance", "lowest", 30, ("replica-b",)))
    assert chosen(lag(replica_a=0, replica_b=1), choice=Choice("lag", "instance", "highest", 0.5)) == "replica-b"


def test_a_label_may_carry_a_port_that_the_setting_has_not() -> None:
    rows = [{"labels": {"instance": "replica-b:9187"}, "value": 1.0}]
    assert chosen(Seen("lag", "query_instant", "ok", "E99", facts={"series": rows})) == "replica-b"


NOTHING: dict[str, tuple[Any, ...]] = {
    "nothing is within the bound": (lag(replica_a=900, replica_b=30),),
    "the best is not allowed": (lag(replica_x=1, replica_b=400),),
    "two are as good": (lag(replica_b=1, replica_c=1),),
    "it ran with that one already": (lag(replica_a=1, replica_b=2),),
    "it has no value now": (lag(replica_b=None),),
    "the check could not be read": (lag("denied", replica_b=1),),
    "the check saw nothing": (lag("no_data"),),
    "the owner allows nothing": (lag(replica_b=1), cron_job(overridable={})),
    "the owner's list makes no sense": (lag(replica_b=1), cron_job(overridable={"SOURCE_HOST": "replica-b"})),
    "the CronJob could not be read": (lag(replica_b=1), b.unread(cron_job())),
    "there are two CronJobs": (lag(replica_b=1), b.jobs(b.cron_job("one"), b.cron_job("two"))),
    "the runbook does not list it": (lag(replica_b=1), None, Choice("lag", "instance", "lowest", 30, ("replica-c",))),
    "another label was measured": (lag(replica_b=1), None, Choice("lag", "pod", "lowest", 30)),
}


@pytest.mark.parametrize("why", NOTHING)
def test_where_nothing_speaks_for_a_value_for_certain_there_is_none(why: str) -> None:
    assert chosen(*NOTHING[why]) is None


def test_one_measured_twice_tells_nothing() -> None:
    rows = [{"labels": {"instance": "replica-b", "shard": str(n)}, "value": n} for n in range(2)]
    assert chosen(Seen("lag", "query_instant", "ok", "E99", facts={"series": rows})) is None


PAGE = """
id: late
title: Late
include: []
checks:
  - {id: jobs, tool: list_jobs, arguments: {namespace: "{namespace}", service: "{service}"}}
  - {id: lag, tool: query_instant, arguments: {expression: "lag"}}
causes:
  - id: source_lags
    name: a source that lags
    cause: "{cron_job} failed"
    prior: 0.5
    supports: [{if: "job_failed(jobs)", weight: 0.8}, {if: "behind_schedule(jobs)", weight: 0.8}]
    propose:
      tool: rerun_job
      arguments:
        namespace: "{namespace}"
        cron_job: "{cron_job}"
        overrides:
          SOURCE_HOST: {choose: lag, label: instance, lowest_below: 30}
"""
KNOWN = Known(
    {tool.spec.name: tool.spec for tool in discover()}, {spec.name: spec for spec in change_specs()}, compile_cel
)


def page(text: str = PAGE) -> tuple[Runbook | None, list[str]]:
    corpus, problems = read_pages([Page("late.md", yaml.safe_load(text))], KNOWN)
    return corpus.runbooks.get("late"), [str(one) for one in problems]


def proposed(measured: Seen) -> Proposal | None:
    runbook, problems = page()
    assert runbook is not None
    assert problems == []
    about = b.context({"jobs": cron_job(), "lag": measured})
    return proposal_of(conclude(runbook, about, Bar()), about, {spec.name: spec for spec in change_specs()})


def test_a_runbook_proposes_the_run_with_the_value_and_the_evidence_it_stands_on() -> None:
    proposal = proposed(lag(replica_a=900, replica_b=2))

    assert proposal is not None
    assert proposal.arguments == {
        "namespace": "shop",
        "cron_job": "till",
        "overrides": {"SOURCE_HOST": "replica-b"},
    }
    assert "E99" in proposal.evidence


def test_without_a_value_that_evidence_supports_nothing_is_proposed() -> None:
    assert proposed(lag(replica_a=900, replica_b=800)) is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "choose: lag",
            "choose: lagg",
            "propose.arguments.overrides.SOURCE_HOST.choose: there is no",
        ),
        ("choose: lag", "choose: jobs", "that measures; there are lag"),
        (", lowest_below: 30", "", "give exactly one of lowest_below and highest_above"),
        ("lowest_below: 30", "lowest_below: 30, highest_above: 1", "give exactly one of"),
        ("SOURCE_HOST:", "SOURCE HOST:", "String should match pattern"),
        ("{choose: lag, label: instance, lowest_below: 30}", '"{nobody}"', "there is no placeholder {nobody}"),
    ],
)
def test_a_mistake_in_a_choice_is_named_when_the_page_is_read(old: str, new: str, says: str) -> None:
    _, problems = page(PAGE.replace(old, new))

    assert any(says in one for one in problems), problems
