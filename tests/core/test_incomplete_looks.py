"""A look read in part never says what the rest could overturn: over every case that predicates are tested with."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.core.case import Seen
from bot.core.condition import parse
from bot.core.guided_finding import not_read
from bot.core.live import unread
from bot.core.predicates import PREDICATES
from bot.core.three_valued import Truth
from tests.core.test_predicates import TABLE, TOOLS
from tests.reasoning import builders as b

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
CUT = "only 500 of about 9,000 were read"
# true only of the whole, false as soon as one row says so
UNIVERSAL = {"below", "quiet", "at_usual_level", "recovered", "all_ready", "workload_healthy", "stopped"}
WEIGHED = {"began_within", "began_before", "only_on", "mostly_on", "also_on_others", "only_some_pods", "on_one_node"}
WEIGHED |= {"job_failed", "behind_schedule"}
ROWS = [(text, truth, changes) for text, truth, changes in TABLE if text.partition("(")[0] in PREDICATES and " and " not in text and " or " not in text]  # fmt: skip  # noqa: E501


def cut(one: Seen, says: str = CUT) -> Seen:
    return replace(one, facts={**one.facts, "incomplete": says})


def judged_of_parts(text: str, changes: Mapping[str, Any]) -> Truth:
    looks = {name: cut(one) if one.readable else one for name, one in b.outage(**changes).items()}
    return parse(text, TOOLS).judge(b.context(looks)).truth


@pytest.mark.parametrize(("text", "whole", "changes"), ROWS, ids=[f"{n}: {row[0]}" for n, row in enumerate(ROWS)])
def test_a_part_says_the_same_as_the_whole_or_nothing(text: str, whole: Truth, changes: Mapping[str, Any]) -> None:
    name, found = text.partition("(")[0], judged_of_parts(text, changes)

    assert found in (whole, U)
    if name in WEIGHED or (name in UNIVERSAL and whole is T) or (name not in UNIVERSAL and whole is F):
        assert found is U


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("event(events, 'FailedMount')", {"events": b.events(b.event("FailedMount"))}),
        ("new(logs)", {}),
        ("unready(pods)", {"pods": b.pods(b.pod("x-0", ready=False))}),
        ("rolled_out(rollouts, within='60m')", {}),
        ("workload_unhealthy(workload)", {"workload": b.workload("workload", {"name": "till", "healthy": False})}),
        ("not workload_healthy(workload)", {"workload": b.workload("workload", {"name": "till", "healthy": False})}),
        ("not all_ready(pods)", {"pods": b.pods(b.pod("x-0", ready=False))}),
        ("not stopped(logs)", {}),
    ],
)
def test_what_one_row_shows_a_part_shows_too(text: str, changes: Mapping[str, Any]) -> None:
    assert judged_of_parts(text, changes) is T


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(pods, 'total') > 3", T), ("count(pods, 'total') > 4", U), ("count(pods, 'total') >= 4", T),
        ("count(pods, 'total') < 4", F), ("count(pods, 'total') < 5", U), ("count(pods, 'total') <= 3", F),
        ("count(pods, 'total') <= 4", U), ("count(pods, 'total') == 3", F), ("count(pods, 'total') == 4", U),
        ("count(pods, 'total') != 3", T), ("count(pods, 'total') != 4", U), ("count(pods, 'unready') == 0", U),
        ("peak(alert) > 0.01", U), ("usual(alert) < 1", U),
    ],
)  # fmt: skip
def test_a_count_over_a_part_is_the_least_it_can_be(text: str, expected: Truth) -> None:
    assert judged_of_parts(text, {}) is expected


def test_rows_left_out_of_the_facts_are_not_counted_as_if_they_were_not_there() -> None:
    thinned = {"events": replace(b.events(b.event("BackOff")), facts={"events": [b.event("BackOff")], "dropped": 70})}

    def judge(text: str) -> Truth:
        return parse(text, TOOLS).judge(b.context(b.outage(**thinned))).truth

    assert judge("count(events, 'events') == 1") is U
    assert judge("event(events, 'FailedMount')") is F  # the tool kept one of each reason


def test_an_answer_from_a_part_says_that_it_is_one_and_of_what() -> None:
    found = parse("event(events, 'FailedMount')", TOOLS).judge(b.context(b.outage(events=cut(b.events()))))

    assert found.says == f"no event FailedMount, in what was read ({CUT})"


def test_no_neighbour_named_is_unknown_while_the_list_of_neighbours_was_not_or_only_partly_read() -> None:
    others = b.workload("neighbours", {"name": "till", "healthy": True}, {"name": "bank", "healthy": True})

    def judge(neighbours: Seen) -> Truth:
        looks = b.outage(neighbours=neighbours, workload=b.unread(b.workload()))
        return parse("neighbour_failing(logs)", TOOLS).judge(b.context(looks)).truth

    assert judge(others) is F
    assert judge(cut(others)) is U
    assert judge(b.unread(others)) is U


def test_looks_stored_before_this_was_said_in_one_way_are_understood() -> None:
    assert replace(b.logs(), facts={"partial": "4 of 5 shards failed"}).incomplete == "4 of 5 shards failed"
    assert replace(b.pods(), facts={"left_out": -1}).incomplete == "not everything was read"
    assert replace(b.pods(), facts={"left_out": 0, "partial": ""}).incomplete == ""


def test_a_finding_and_an_explanation_list_what_was_read_in_part_beside_what_was_not_read() -> None:
    looks = b.outage(logs=cut(b.logs(), "4 of 5 shards failed"), nodes=b.unread(b.nodes()))

    assert [(one.what, one.outcome, one.why) for one in not_read(b.context(looks))] == [
        ("nodes", "denied", "denied: 403"),
        ("all of logs", "partial", "4 of 5 shards failed"),
    ]
    assert [(one.what, one.why) for one in unread(looks.values())] == [
        ("nodes", "denied: 403"),
        ("all of logs", "4 of 5 shards failed"),
    ]


def test_a_cause_is_not_ruled_out_by_a_list_that_was_cut() -> None:
    def standing(events: Seen) -> str:
        found = b.guess(b.outage(events=events, pods=b.pods(b.pod("x-0", ready=False, phase="Pending"))))
        return next(one.standing.value for one in found.conclusion.ranked if one.cause.id == "not_scheduled")

    assert standing(b.events()) == "ruled_out"
    assert standing(cut(b.events())) != "ruled_out"
