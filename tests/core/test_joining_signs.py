"""What the analyzers' signs add to a runbook's conclusion: never over a cause it named, and by the same bar."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.case import NOT_OFFERED, Case, Seen
from bot.core.events import Standing, Verdict
from bot.core.findings import Claim, Quote
from bot.core.fusion.briefing import brief_of, change_of, changes_in
from bot.core.fusion.fusing import fuse
from bot.core.fusion.joining import joined
from bot.core.grounding import check_claim
from bot.core.guided_finding import Proposal, proposal_of
from bot.core.planning import Offer
from bot.core.predicates.shape import Context
from bot.core.ranking import Bar, Conclusion, Ranked
from bot.core.runbook import Cause, Check
from bot.core.signs import Role, Sign, Source
from bot.core.slots import text_of
from bot.core.sweeping import SWEEP, sweep
from bot.core.window import window_of
from tools.specs.uncordon_node import SPEC

NOW = datetime(2026, 3, 1, 2, 15, tzinfo=UTC)
CASE = Case("inc-1", window_of(NOW - timedelta(minutes=15), NOW), NOW, service="checkout", namespace="shop")
MISSING = Sign(
    "config_missing",
    Role.CAUSE,
    Source.KUBERNETES,
    "3 of 3 pods of checkout wait for the ConfigMap {settings}, which does not exist",
    object="Deployment/shop/checkout",
    service="checkout",
    namespace="shop",
    weight=0.9,
    quotes=('configmap "{settings}" not found',),
    mends="Create the ConfigMap {settings} again",
)


def look(check: str, *signs: Sign, outcome: str = "ok", evidence: str = "E1", **facts: object) -> Seen:
    return Seen(
        check, "find_kubernetes_faults", outcome, evidence, facts={"signs": [s.payload() for s in signs], **facts}
    )


def context(*looks: Seen) -> Context:
    return Context(CASE, {one.check: one for one in looks})


def conclusion(verdict: Verdict, *ranked: Ranked) -> Conclusion:
    return Conclusion(verdict, ranked, ranked[0] if verdict is Verdict.CAUSE else None)


def runbook_cause(confidence: float) -> Ranked:
    cause = Cause("rollout", "bad-rollout", "the last rollout", "Revision 7 of checkout", 0.2)
    return Ranked(cause, Standing.CANDIDATE, confidence)


def after(before: Conclusion, *looks: Seen) -> tuple[Conclusion, Context]:
    around = context(*looks)
    return joined(before, fuse(brief_of(around)), Bar()), around


def test_where_the_runbook_names_nothing_a_clear_fault_is_named() -> None:
    found, around = after(conclusion(Verdict.UNSURE), look("faults", MISSING))
    assert found.verdict is Verdict.CAUSE
    assert found.named is not None
    assert found.named.standing is Standing.SUPPORTED
    assert text_of(found.named.cause.cause, around) == MISSING.says
    assert text_of(found.named.cause.next_step, around) == MISSING.mends
    assert found.named.why().startswith(f"{found.named.confidence:.2f}, weighed from 0.90 for: 3 of 3 pods")


def test_its_quote_stands_in_the_evidence_it_cites() -> None:
    found, around = after(conclusion(Verdict.UNSURE), look("faults", MISSING))
    assert found.named is not None
    judged = found.named.supports[0].judged
    claim = Claim(text=judged.says, evidence=judged.evidence, quotes=judged.quotes)
    assert claim.quotes == (Quote(evidence="E1", text='configmap "{settings}" not found'),)
    assert check_claim(claim, {"E1": around.seen["faults"].payload()}) is None


@pytest.mark.parametrize("verdict", [Verdict.HEALTHY, Verdict.CAUSE])
def test_what_the_runbook_said_stays_said(verdict: Verdict) -> None:
    before = conclusion(verdict, runbook_cause(0.8))
    assert after(before, look("faults", MISSING))[0] == before


def test_two_that_come_near_each_other_are_candidates_both() -> None:
    rival = Ranked(runbook_cause(0.9).cause, Standing.CANDIDATE, 0.9, supports=(vote(),))
    found, _ = after(conclusion(Verdict.CANDIDATES, rival), look("faults", MISSING))
    assert found.verdict is Verdict.CANDIDATES
    assert found.named is None
    assert {one.standing for one in found.ranked} == {Standing.CANDIDATE}


def vote() -> "object":
    found, _ = after(conclusion(Verdict.UNSURE), look("logs", MISSING, evidence="E9"))
    assert found.named is not None
    return found.named.supports[0]


def test_a_weak_sign_is_a_candidate_and_no_more() -> None:
    weak = Sign("errors_rose", Role.SYMPTOM, Source.LOGS, "errors rose", service="checkout", weight=0.6)
    found, _ = after(conclusion(Verdict.UNSURE), look("logs", weak))
    assert found.verdict is Verdict.CANDIDATES
    assert [one.cause.id for one in found.ranked] == ["seen.errors_rose"]


def test_a_sign_without_evidence_is_no_hypothesis() -> None:
    seen = Seen("faults", "find_kubernetes_faults", "ok", None, facts={"signs": [MISSING.payload()]})
    assert after(conclusion(Verdict.UNSURE), seen)[0].ranked == ()


def test_two_of_one_kind_have_two_names() -> None:
    other = Sign("config_missing", Role.CAUSE, Source.KUBERNETES, "cart waits, too", service="cart", weight=0.8)
    found, _ = after(conclusion(Verdict.UNSURE), look("faults", MISSING, other))
    assert [one.cause.id for one in found.ranked] == ["seen.config_missing", "seen.config_missing.2"]


def test_a_look_that_failed_says_nothing_and_is_told() -> None:
    denied = look("faults", MISSING, outcome="denied")
    missing = Seen("traces", "find_traces", NOT_OFFERED)
    brief = brief_of(context(denied, missing))
    assert brief.signs == ()
    assert [one.what for one in brief.unlooked] == ["faults"]


def test_the_map_and_the_changes_are_read_back() -> None:
    change = {"id": "abc", "kind": "commit", "at": "2026-03-01T01:50:00+00:00", "says": "commit abc", "files": ["a.go"]}
    edges = [{"caller": "web", "callee": "checkout", "told_by": "traces"}, {"caller": "", "callee": "x"}, {"caller": 3}]
    one = look("map", edges=edges, changes=[change, change, {"id": "no time"}, {"at": "2026-03-01T01:50:00+00:00"}])
    assert brief_of(context(one)).map.dependents_of("checkout") == ("web",)
    assert [(c.id, c.files, c.evidence) for c in changes_in([one])] == [("abc", ("a.go",), ("E1",))]
    assert change_of({"id": "x", "at": "yesterday"}) is None
    assert change_of({"id": "x", "at": "2026-03-01T01:50:00"}) is None  # of no time zone


def test_the_sweep_asks_what_is_offered_and_not_asked_already() -> None:
    offer = Offer({}, {})
    assert sweep((), CASE, offer) == []
    assert len({check.id for check in SWEEP}) == len(SWEEP)
    assert sweep((Check("faults", "other", {}),), CASE, offer) == []


def proposed(remedy: object) -> Proposal | None:
    specs = {spec.name: spec for spec in (SPEC,)}
    sign = replace(MISSING, facts={"remedy": remedy})
    found, around = after(conclusion(Verdict.UNSURE), look("faults", sign))
    return proposal_of(found, around, specs)


def test_a_remedy_that_was_read_whole_is_proposed_as_it_is() -> None:
    found = proposed({"tool": "uncordon_node", "arguments": {"name": "worker-2"}})
    assert found == Proposal("uncordon_node", {"name": "worker-2"}, "seen.config_missing", ("E1",))


@pytest.mark.parametrize(
    "remedy",
    [
        None,
        "restart it",
        {"tool": "uncordon_node"},
        {"tool": "uncordon_node", "arguments": {"name": ["worker-2"]}},
        {"tool": "uncordon_node", "arguments": {"name": "{service}; reboot"}},
        {"tool": "uncordon_node", "arguments": {"name": "worker-2", "force": True}},
        {"tool": "delete_node", "arguments": {"name": "worker-2"}},
    ],
)
def test_what_is_no_call_of_a_tool_here_is_not_proposed(remedy: object) -> None:
    assert proposed(remedy) is None
