"""The policy's engine: what it cannot evaluate it refuses, and the schema knows exactly the facts the code measures."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.cedar import SCHEMA, CedarPolicy
from bot.core.policy import Allowed, Facts, Forbidden, Rules
from bot.settings_forms import shipped_policy
from bot.wiring.judging import policy_in

GOOD = Facts(
    tool="roll_back_deployment",
    tier="routine",
    kind="Deployment",
    namespace="web",
    name="shop",
    severity="sev2",
    firing=True,
    requested=False,
    undoes=False,
    confidence_percent=91,
    evidence_age_seconds=60,
    pods=8,
    ready=8,
    unavailable=2,
    share_percent=25,
    starts=0,
    replicas=8,
    reversible=True,
    idempotent=True,
    hour=2,
    weekday=1,
    frozen=False,
    actions_in_incident=0,
    actions_on_target=0,
)
RULES = Rules(namespaces=frozenset({"web"}))
SHIPPED = policy_in(None)
ALWAYS = "permit (principal, action, resource);"


def folder_with(tmp_path: Path, text: str) -> CedarPolicy:
    (tmp_path / "one.cedar").write_text(text)
    return CedarPolicy(tmp_path, shipped_policy() / SCHEMA)


def named(text: str, id_: str = "all") -> str:
    return f'@id("{id_}") @says("because {{name}}")\n{text}'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no rule of the policy allows it"),
        ("permit (", "cannot be read"),
        (ALWAYS, "every rule needs @id"),
        (named(ALWAYS) + named(ALWAYS), "two rules are called all"),
        ('@id("a")\nforbid (principal, action, resource);', "without saying why"),
        ('@id("a") @says("{nothing}")\nforbid (principal, action, resource);', "no such fact"),
        (named("permit (principal, action, resource) when { context.unavailble > 1 };"), "unavailble"),
        (named("permit (principal, action, resource) when { context.budget_room > 1 };"), "budget_room"),
        (named('permit (principal, action == Action::"launch", resource);'), "launch"),
        (named("permit (principal == ?principal, action, resource);"), "templates"),
    ],
)
def test_a_policy_that_is_missing_broken_or_mistyped_refuses_and_says_why(
    tmp_path: Path, text: str, words: str
) -> None:
    found = folder_with(tmp_path, text).decide(GOOD, RULES)
    assert isinstance(found, Forbidden)
    assert words in found.says


def test_no_folder_is_a_no(tmp_path: Path) -> None:
    found = CedarPolicy(tmp_path / "nowhere", shipped_policy() / SCHEMA).decide(GOOD, RULES)
    assert isinstance(found, Forbidden)
    assert found.why == "policy_broken"


def test_a_rule_that_fails_while_it_is_evaluated_refuses_although_another_permits(tmp_path: Path) -> None:
    overflow = named("forbid (principal, action, resource) when { context.pods * 9223372036854775807 > 1 };", "big")
    found = folder_with(tmp_path, named(ALWAYS) + "\n" + overflow).decide(GOOD, RULES)
    assert isinstance(found, Forbidden)
    assert found.why == "policy_error"


def test_an_edited_policy_counts_at_once_and_has_another_snapshot(tmp_path: Path) -> None:
    policy = folder_with(tmp_path, named(ALWAYS))
    before = policy.snapshot()
    assert policy.decide(GOOD, RULES) == Allowed(1, GOOD.tier)
    (tmp_path / "two.cedar").write_text(named("forbid (principal, action, resource);", "stop"))
    found = policy.decide(GOOD, RULES)
    assert isinstance(found, Forbidden)
    assert (found.why, found.says) == ("stop", "because shop")
    assert policy.snapshot() != before
    (tmp_path / "two.cedar").write_text("forbid (")
    assert isinstance(policy.decide(GOOD, RULES), Forbidden)
    (tmp_path / "two.cedar").unlink()
    assert policy.decide(GOOD, RULES) == Allowed(1, GOOD.tier)


def test_the_schema_knows_exactly_the_facts_and_settings_there_are() -> None:
    text = (shipped_policy() / SCHEMA).read_text()
    for name, model, beside in (("Facts", Facts, {"settings"}), ("Settings", Rules, set())):
        body = re.search(rf"type {name} = \{{(.*?)\}};", text, re.DOTALL)
        assert body is not None
        written = dict(re.findall(r"^\s+(\w+)(\??): ", body[1], re.MULTILINE))
        fields = {key: field for key, field in model.model_fields.items() if key != "own_namespace"}
        assert set(written) - beside == set(fields)
        for key, field in fields.items():
            assert (written[key] == "?") is (model is Facts and not field.is_required())


def test_a_copy_of_the_shipped_folder_works_anywhere(tmp_path: Path) -> None:
    shutil.copytree(shipped_policy(), tmp_path / "mine")
    assert policy_in(tmp_path / "mine").decide(GOOD, RULES) == Allowed(1, GOOD.tier)


counts = st.integers(0, 300)
strange = st.builds(
    Facts,
    tool=st.text(max_size=20),
    tier=st.sampled_from(["routine", "careful", "critical"]),
    kind=st.sampled_from(["Deployment", "Node", 'a"b\\', ""]),
    namespace=st.sampled_from(["web", "", "other", 'w"eb']),
    name=st.text(max_size=20),
    service=st.none() | st.text(max_size=10),
    service_tier=st.none() | counts,
    severity=st.sampled_from(["sev1", "sev2", "sev3", "warn", "info"]),
    firing=st.booleans(),
    requested=st.booleans(),
    undoes=st.booleans(),
    confidence_percent=st.none() | st.integers(0, 100),
    evidence_age_seconds=st.none() | st.integers(0, 10**6),
    pods=counts,
    ready=counts,
    unavailable=counts,
    share_percent=counts,
    starts=st.integers(0, 40),
    replicas=st.none() | counts,
    budget_room=st.none() | counts,
    reversible=st.booleans(),
    idempotent=st.booleans(),
    hour=st.integers(0, 23),
    weekday=st.integers(1, 7),
    frozen=st.booleans(),
    actions_in_incident=st.integers(0, 10),
    actions_on_target=st.integers(0, 10),
)


@given(strange)
def test_the_shipped_policy_never_fails_and_never_lets_one_person_do_what_takes_two(facts: Facts) -> None:
    found = SHIPPED.decide(facts, RULES)
    assert not (isinstance(found, Forbidden) and found.why in {"policy_error", "policy_broken", "no_policy"}), found
    big = facts.unavailable > 1 and facts.share_percent > 50
    if big or (facts.budget_room is not None and facts.unavailable > facts.budget_room):
        assert isinstance(found, Forbidden)
    if isinstance(found, Allowed) and found.needed == 1:
        assert facts.idempotent
        assert facts.tier != "critical"
        assert facts.unavailable <= 5
        assert facts.unavailable <= 1 or facts.share_percent <= 25
        assert facts.actions_in_incident < 3
        assert facts.actions_on_target < 4
        assert facts.requested or facts.undoes or (facts.confidence_percent or 0) >= 82
        assert facts.namespace == "web"


@given(strange, st.sampled_from(["unavailable", "share_percent", "starts", "actions_in_incident", "actions_on_target"]))
def test_more_of_anything_never_needs_fewer_people(facts: Facts, name: str) -> None:
    more = facts.model_copy(update={name: getattr(facts, name) + 1})
    assert people(more) >= people(facts)


def people(facts: Facts) -> int:
    found = SHIPPED.decide(facts, RULES)
    return found.needed if isinstance(found, Allowed) else 99
