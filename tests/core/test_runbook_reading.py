"""Reading runbooks: whatever is wrong is named with its file, its key and what is known instead."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.adapters.cel import compile_cel
from bot.adapters.looks import discover
from bot.adapters.runbook_files import change_specs, load
from bot.core.errors import SettingsWrong
from bot.core.runbook import Corpus, Problem
from bot.core.runbook_reading import Known, Page, read_pages, sections_of
from bot.core.three_valued import Truth
from tests.reasoning import builders as b

KNOWN = Known(
    {tool.spec.name: tool.spec for tool in discover()}, {spec.name: spec for spec in change_specs()}, compile_cel
)
PAGE = """
id: mine
title: Mine
include: []
checks:
  - {id: pods, tool: list_pods, arguments: {namespace: "{namespace}", service: "{service}"}}
  - {id: now, tool: query_instant, arguments: {expression: "{expression}"}}
causes:
  - id: sick
    name: sick pods
    cause: "Sick: {pods}"
    supports: [unready(pods)]
"""


def read(*pages: Any) -> tuple[Corpus, list[Problem]]:
    return read_pages([Page(f"page{n}.md", front) for n, front in enumerate(pages)], KNOWN)


def page(**changes: Any) -> Any:
    return {**yaml.safe_load(PAGE), **changes}


def cause(**changes: Any) -> Any:
    return page(causes=[{**yaml.safe_load(PAGE)["causes"][0], **changes}])


def problem(front: Any) -> str:
    _, problems = read(front)
    assert len(problems) == 1, [str(one) for one in problems]
    return str(problems[0])


def test_a_page_without_mistakes_has_none() -> None:
    corpus, problems = read(page())

    assert problems == []
    assert corpus.runbooks["mine"].causes[0].page == "mine"


@pytest.mark.parametrize(
    ("front", "key", "says"),
    [
        (cause(supports=["unwell(pods)"]), "causes.sick.supports[0]", "there is no predicate 'unwell'"),
        (
            cause(supports=["unready(nodes)"]),
            "causes.sick.supports[0]",
            "there is no check 'nodes'; there are now, pods",
        ),
        (
            cause(supports=["unready(now)"]),
            "causes.sick.supports[0]",
            "looks with query_instant, but pods needs list_pods",
        ),
        (cause(supports=["unready(pods, 1)"]), "causes.sick.supports[0]", "1 is too much: unready(pods)"),
        (cause(supports=["unready()"]), "causes.sick.supports[0]", "pods is missing"),
        (cause(supports=["unready(pods"]), "causes.sick.supports[0]", "cannot be read"),
        (cause(supports=["__import__('os')"]), "causes.sick.supports[0]", "there is no predicate '__import__'"),
        (cause(supports=["pods.pods"]), "causes.sick.supports[0]", "is no condition"),
        (cause(supports=["below(now, 'x')"]), "causes.sick.supports[0]", "is not a number"),
        (cause(supports=["waiting_for(pods, 3)"]), "causes.sick.supports[0]", "must be a text in quotes"),
        (cause(supports=["size(pods) > 3"]), "causes.sick.supports[0]", "there is no measure 'size'"),
        (cause(supports=[{"cel": "pods.total >"}]), "causes.sick.supports[0]", "CEL cannot be read"),
        (cause(supports=[{"cel": "nodes.total > 1"}]), "causes.sick.supports[0]", "CEL speaks of nodes"),
        (cause(supports=[{"cel": "shell(pods)"}]), "causes.sick.supports[0]", "CEL has no function shell"),
        (cause(supports=[{"weight": 0.5}]), "causes.sick.supports[0]", "exactly one of if and cel"),
        (cause(cause="Sick: {pod}"), "causes.sick.cause", "there is no placeholder {pod}; there are alertname"),
        (cause(cause="Sick: {pods"), "causes.sick.cause", "braces cannot be read"),
        (cause(supports=[]), "causes.sick", "nothing speaks for this cause"),
        (cause(wieght=1), "causes[0].wieght", "not known here"),
        (cause(prior=1.5), "causes[0].prior", "less than 1"),
        (cause(propose={"tool": "delete_all"}), "causes.sick.propose.tool", "there is no changing tool 'delete_all'"),
        (
            cause(propose={"tool": "restart_deployment", "arguments": {"namespace": "{namespace}"}}),
            "causes.sick.propose.arguments",
            "needs name",
        ),
        (page(include=["nobody"]), "include", "there is no runbook 'nobody'; there are mine"),
        (page(healthy_when=["all_ready(pods)"]), "healthy_when", "must ask quiet("),
        (page(checks=[]), "causes.sick.supports[0]", "there is no check 'pods'; there are none"),
        ({"title": "No id"}, "id", "is missing"),
        ("only text", "front matter", "valid dictionary"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_what_is_known(front: Any, key: str, says: str) -> None:
    told = problem(front)

    assert told.startswith(f"page0.md: {key}: "), told
    assert says in told


def test_a_check_with_a_tool_argument_that_is_not_there_is_named() -> None:
    told = problem(page(checks=[*page()["checks"], {"id": "n", "tool": "list_nodes", "arguments": {"all": True}}]))

    assert "checks.n.arguments.all: list_nodes has no such argument" in told


def test_two_pages_of_one_id_in_one_folder_are_a_mistake_but_a_later_folder_replaces() -> None:
    _, problems = read(page(), page())
    corpus, fine = read_pages([Page("a.md", page(), 0), Page("b.md", page(title="Ours"), 1)], KNOWN)

    assert "is also the id of page0.md" in str(problems[0])
    assert (fine, corpus.runbooks["mine"].title) == ([], "Ours")


def test_a_page_without_front_matter_is_for_people_alone() -> None:
    corpus, problems = read(None)

    assert (dict(corpus.runbooks), problems) == ({}, [])


def test_includes_bring_checks_and_causes_and_the_pages_own_come_first() -> None:
    general = page(id="general", title="General", healthy_when=["quiet(now)"])
    own = {"id": "own", "title": "Own", "causes": [{**general["causes"][0], "cause": "Ours: {pods}"}]}

    corpus, problems = read(general, own)

    assert problems == []
    assert [one.cause for one in corpus.runbooks["own"].causes] == ["Ours: {pods}"]
    assert len(corpus.runbooks["own"].healthy_when) == 1


def test_cel_answers_true_false_or_unknown_and_never_guesses() -> None:
    corpus, _ = read(
        cause(supports=[{"cel": t} for t in ("pods.total > 3", "pods.total > 9", "pods.nothing > 1", "pods.total")])
    )
    conditions = [one.condition for one in corpus.runbooks["mine"].causes[0].supports]

    seen = [one.judge(b.context()).truth for one in conditions]

    assert seen == [Truth.TRUE, Truth.FALSE, Truth.UNKNOWN, Truth.UNKNOWN]


def test_cel_over_what_could_not_be_read_is_unknown() -> None:
    corpus, _ = read(cause(supports=[{"cel": "pods.total > 3"}]))
    condition = corpus.runbooks["mine"].causes[0].supports[0].condition

    assert condition.judge(b.context(b.outage(pods=b.unread(b.pods())))).truth is Truth.UNKNOWN


def test_the_page_that_names_an_alert_most_closely_wins() -> None:
    broad = page(id="broad", when={"alerts": ["*Failing*"]})
    close = page(id="close", when={"alerts": ["Till*Failing"]})
    labelled = page(id="labelled", when={"alerts": ["TillFailing"], "labels": {"severity": "warning"}})

    corpus, problems = read(broad, close, labelled)
    found = corpus.for_alert(b.case())

    assert problems == []
    assert found is not None
    assert found.id == "close"  # the third asks for a label this alert does not have


def test_sections_are_found_by_their_headings() -> None:
    assert sections_of("# T\n\n## Symptoms\n\nIt hurts.\n\n## How to fix\nRest.\n") == {
        "symptoms": "It hurts.",
        "how to fix": "Rest.",
    }


def test_a_page_may_ask_for_a_tool_that_is_not_offered_here(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text(f"---\n{PAGE}---\n# Mine\n")

    corpus = load([tmp_path], reading=())

    assert corpus.runbooks["mine"].checks[0].tool == "list_pods"


def test_a_broken_page_stops_the_process_that_would_reason_with_it(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text(f"---\n{PAGE.replace('unready', 'unwell')}---\n")
    (tmp_path / "worse.md").write_text("---\nid: [\n---\n")
    (tmp_path / "endless.md").write_text("---\nid: x\n")

    with pytest.raises(SettingsWrong) as wrong:
        load([tmp_path, tmp_path / "nowhere"])

    told = str(wrong.value)
    assert [name in told for name in ("mine.md", "worse.md", "endless.md", "nowhere")] == [True] * 4


SCALE = {"tool": "scale_deployment", "arguments": {"namespace": "{namespace}", "name": "{workload}", "replicas": 6}}
RESTART = {"tool": "restart_deployment", "arguments": {"namespace": "{namespace}", "name": "{workload}"}}


def test_a_remedy_may_have_steps_in_order() -> None:
    corpus, problems = read(cause(propose={**SCALE, "then": [{**RESTART, "if": ["unready(pods)"]}]}))

    assert problems == []
    propose = corpus.runbooks["mine"].causes[0].propose
    assert propose is not None
    assert [one.tool for one in (propose, *propose.then)] == ["scale_deployment", "restart_deployment"]
    assert len(propose.then[0].conditions) == 1


@pytest.mark.parametrize(
    ("then", "says"),
    [
        ([{"tool": "reboot", "arguments": {}}], "causes.sick.propose.then[0].tool: there is no changing tool 'reboot'"),
        ([RESTART, {"tool": "restart_deployment"}], "causes.sick.propose.then[1].arguments: restart_deployment needs"),
        ([RESTART] * 3, "propose.then: "),
        ([{**RESTART, "then": [RESTART]}], "then"),
    ],
)
def test_what_is_wrong_with_a_step_is_named(then: list[Any], says: str) -> None:
    _, problems = read(cause(propose={**SCALE, "then": then}))

    assert says in "\n".join(str(one) for one in problems)
