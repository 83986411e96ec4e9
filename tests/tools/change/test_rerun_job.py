"""A re-run as it is proposed: only what the owner declared, exactly what differs, nothing made while preparing."""

import shlex
from typing import Any

import pytest

from bot.core.errors import BadInput
from bot.core.tool import NotReversible, Preparing, Starts
from tests.tools.change.rerunning import NOW, a_run, books, prepared, refused, tools, with_books
from tests.tools.change.stage import READ, WEB, Stage
from tools.change.kube.cron.body import override, plain_run
from tools.change.kube.cron.planning import why_inexact
from tools.specs.rerun_job import command


def test_the_plan_says_what_differs_what_it_touches_and_that_there_is_no_way_back(stage: Stage) -> None:
    with_books(stage)
    plan = prepared(stage, SOURCE_HOST="replica-b")

    assert plan.title == "Re-run CronJob books in web with SOURCE_HOST=replica-b"
    assert plan.target.id == "CronJob/web/books"
    [change] = plan.changes
    assert (change.what, change.before, change.after) == ("env SOURCE_HOST of load", "replica-a", "replica-b")
    assert "-          value: replica-a" in plan.diff
    assert "+          value: replica-b" in plan.diff
    assert isinstance(plan.blast, Starts)
    assert (plan.blast.pods, plan.blast.running) == (1, 0)
    assert plan.blast.touches == ("volume claim warehouse", "SOURCE_HOST replica-b")
    assert isinstance(plan.inverse, NotReversible)
    assert plan.expects == {
        "expression": "late > 1",
        "job": {"namespace": "web", "cron_job": "books", "within_seconds": 3600},
    }
    assert plan.runs_as == "system:serviceaccount:midwatch:midwatch-act"
    assert "hunter2" not in plan.model_dump_json()
    assert stage.cluster.list("Job", WEB) == []
    assert stage.cluster.writes == []


def test_without_overrides_it_is_the_schedules_own_run(stage: Stage) -> None:
    with_books(stage)
    plan = prepared(stage)

    assert plan.title == "Re-run CronJob books in web"
    assert [change.what for change in plan.changes] == ["a new run"]
    assert plan.diff == "Nothing differs from the Job that the schedule would start."


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"OTHER": "x"}, "OTHER is not among the variables its owner lets be overridden: SOURCE_HOST"),
        ({"SOURCE_HOST": "evil.example"}, "lets SOURCE_HOST be replica-a or replica-b, and not evil.example"),
        ({"SOURCE_HOST": "replica-b", "PATH": "/x"}, "PATH is not among"),
        ({"NOT_SET": "x"}, "no container of it sets a variable NOT_SET"),
        ({"FROM": "y"}, "the value of FROM comes from elsewhere"),
    ],
)
def test_what_the_owner_did_not_declare_is_refused_in_a_sentence(stage: Stage, overrides: Any, words: str) -> None:
    with_books(stage)
    refusal = refused(stage, **overrides)

    assert refusal.why in ("not_declared", "no_such_variable")
    assert words in str(refusal)


@pytest.mark.parametrize("declaration", [None, "not json", '{"SOURCE_HOST": "replica-b"}'])
def test_without_a_declaration_that_can_be_read_nothing_is_overridden(stage: Stage, declaration: str | None) -> None:
    made = books()
    made["metadata"]["annotations"] = {} if declaration is None else {"midwatch.dev/overridable": declaration}
    stage.cluster.create(made)

    assert refused(stage, SOURCE_HOST="replica-b").why == "not_declared"
    assert prepared(stage).title == "Re-run CronJob books in web"


@pytest.mark.parametrize(
    "overrides",
    [
        {"SOURCE HOST": "a"},
        {"SOURCE_HOST": "a\nb"},
        {"SOURCE_HOST": ""},
        {"SOURCE_HOST": 1},
        [{"name": "SOURCE_HOST", "value": "replica-a"}, {"name": "SOURCE_HOST", "value": "replica-b"}],
        {f"N{n}": "x" for n in range(11)},
    ],
)
def test_overrides_are_typed(stage: Stage, overrides: Any) -> None:
    asked = {"namespace": WEB, "cron_job": "books", "overrides": overrides}
    with pytest.raises(BadInput):
        tools(stage).prepare("rerun_job", asked, Preparing(now=NOW, runs_as=""))


def test_a_list_of_pairs_is_taken_as_the_mapping_it_is(stage: Stage) -> None:
    with_books(stage)
    asked = {
        "namespace": WEB,
        "cron_job": "books",
        "overrides": [{"name": "SOURCE_HOST", "value": "replica-b"}],
    }
    plan = tools(stage).prepare("rerun_job", asked, Preparing(now=NOW, runs_as=""))

    assert plan.arguments["overrides"] == {"SOURCE_HOST": "replica-b"}


@pytest.mark.parametrize("policy", ["Forbid", "Replace"])
def test_a_run_that_is_under_way_holds_back_another(stage: Stage, policy: str) -> None:
    with_books(stage, concurrencyPolicy=policy)
    a_run(stage)

    refusal = refused(stage)
    assert refusal.why == "already_running"
    assert "books-1 is still running" in str(refusal)


def test_where_runs_may_go_side_by_side_it_is_said(stage: Stage) -> None:
    with_books(stage, concurrencyPolicy="Allow")
    a_run(stage)
    plan = prepared(stage)

    assert isinstance(plan.blast, Starts)
    assert plan.blast.running == 1
    assert any("books-1 is running now" in caution for caution in plan.cautions)


def test_a_run_that_has_ended_holds_nothing_back_and_tells_how_long_one_takes(stage: Stage) -> None:
    with_books(stage)
    a_run(stage, seconds=50)

    assert prepared(stage).expects["job"]["within_seconds"] == 300


def test_a_job_of_another_cron_job_does_not_count(stage: Stage) -> None:
    with_books(stage)
    a_run(stage)
    stage.cluster.patch("Job", WEB, "books-1", {"metadata": {"ownerReferences": [{"uid": "x", "$patch": "delete"}]}})
    owner = stage.cluster.list("Job", WEB)[0]["metadata"]["ownerReferences"][0]["uid"]
    stage.cluster.patch("Job", WEB, "books-1", {"metadata": {"ownerReferences": [{"uid": owner, "$patch": "delete"}]}})

    assert prepared(stage).blast.running == 0  # type: ignore[union-attr]


def test_a_suspended_template_is_refused_and_a_suspended_schedule_is_said(stage: Stage) -> None:
    with_books(stage, suspend=True)
    assert any("suspended" in caution for caution in prepared(stage).cautions)

    stage.cluster.patch("CronJob", WEB, "books", {"spec": {"jobTemplate": {"spec": {"suspend": True}}}})
    assert refused(stage).why == "suspended"


def test_what_is_not_there_or_not_permitted_is_refused(stage: Stage) -> None:
    assert refused(stage).why == "not_found"
    with_books(stage)
    assert refused(stage, READ).why == "not_permitted"


def test_a_secret_that_changes_is_not_shown(stage: Stage) -> None:
    with_books(stage)
    plan = prepared(stage, DB_PASSWORD="hunter3")

    assert "hunter" not in f"{plan.title}{plan.diff}{plan.changes}"
    assert plan.changes[0].after == "changed, value hidden"


def test_a_cluster_that_alters_more_than_the_overrides_is_not_trusted() -> None:
    usual = {"metadata": {}, "spec": books()["spec"]["jobTemplate"]["spec"]}
    after = plain_run(usual)
    override(after, {"SOURCE_HOST": "replica-b"})
    why_inexact(usual, after, {"SOURCE_HOST": "replica-b"})

    after["spec"]["template"]["spec"]["containers"].append({"name": "sidecar"})
    with pytest.raises(Exception, match="something in the cluster alters it"):
        why_inexact(usual, after, {"SOURCE_HOST": "replica-b"})


def test_the_line_for_a_persons_own_shell_quotes_every_value() -> None:
    line = command("web", "books", {"SOURCE_HOST": "a'; rm -rf / #"})

    assert "SOURCE_HOST=a'; rm -rf / #" in shlex.split(line.replace("|", " "))
    assert line.startswith("kubectl --namespace web create job books-mw-")
