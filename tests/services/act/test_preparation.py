"""Preparing: an intent becomes one proposal or one refusal, however often it is tried and wherever it dies."""

from typing import Any

import pytest

from bot.core.approval import State
from bot.core.errors import NotFound, Refused, Unreachable
from bot.core.events import IncidentResolved, IntentMade
from bot.core.failpoint import arm
from bot.core.policy import Rules
from bot.core.tool import Plan
from tests.fakes_ledger import BEGINNING
from tests.services.act.stage import EXPRESSION, INC, Act


@pytest.fixture
def act() -> Act:
    return Act()


def refused(act: Act) -> tuple[str | None, str]:
    intent = act.incident().intents["i-1"]
    assert intent.state == "refused"
    assert not act.incident().approvals
    return intent.why, act.said(intent.detail)["says"]


def test_an_intent_becomes_a_plan_and_a_proposal_in_one_append(act: Act) -> None:
    approval = act.proposed()

    assert act.kinds()[-2:] == ["ActionPrepared", "ActionProposed"]
    assert approval.state is State.PROPOSED
    assert (approval.needed, approval.target) == (1, "Deployment/web/shop")
    assert (approval.expires_at - BEGINNING).total_seconds() == 15 * 60
    plan = Plan.model_validate(act.said(approval.plan))
    assert plan.digest() == approval.digest
    assert act.bell.rung == [INC]


def test_its_id_cannot_be_guessed_and_leads_to_its_incident(act: Act) -> None:
    approval = act.proposed()

    assert approval.id.startswith("a-")
    assert len(approval.id) == 2 + 32
    assert act.index.known == {approval.id: INC}


def test_the_alerts_own_expression_is_what_will_be_verified(act: Act) -> None:
    assert act.said(act.proposed().plan)["expects"]["expression"] == EXPRESSION


def test_a_second_run_proposes_nothing_more(act: Act) -> None:
    act.proposed()
    act.preparation().run(INC, "i-1")

    assert act.kinds().count("ActionProposed") == 1
    assert act.changes.prepared == 1


@pytest.mark.parametrize("point", ["preparation.stored", "preparation.indexed", "preparation.proposed"])
def test_a_run_that_dies_anywhere_is_finished_by_the_next(act: Act, point: str) -> None:
    act.open()

    def die(reached: str) -> None:
        if reached == point:
            arm(lambda _: None)
            raise KeyboardInterrupt

    arm(die)
    with pytest.raises(KeyboardInterrupt):
        act.preparation().run(INC, "i-1")
    act.preparation().run(INC, "i-1")

    assert act.kinds().count("ActionProposed") == 1
    assert act.index.known[act.only().id] == INC


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"namespace": "kube-system", "name": "dns"}, "protected_namespace"),
        ({"namespace": "other", "name": "shop"}, "namespace_not_listed"),
        ({"name": "shop"}, "missing_fact"),
        ({"namespace": "web", "name": "shop", "force": True}, "bad_arguments"),
    ],
)
def test_what_may_not_be_is_refused_by_name_before_the_cluster_is_asked(
    act: Act, arguments: dict[str, Any], why: str
) -> None:
    act.open(arguments=arguments)
    act.preparation().run(INC, "i-1")

    assert refused(act)[0] == why
    assert act.bell.rung == [INC]


def test_a_tool_that_is_not_there_is_refused(act: Act) -> None:
    act.open(tool="delete_everything")
    act.preparation().run(INC, "i-1")

    assert refused(act) == ("unknown_tool", "there is no tool delete_everything here")


def test_a_blast_radius_beyond_the_policy_is_refused(act: Act) -> None:
    act.changes.taken = 3
    act.open()
    act.preparation().run(INC, "i-1")

    assert refused(act)[0] == "blast_radius"


def test_nothing_is_proposed_where_no_namespace_is_listed(act: Act) -> None:
    act.rules = Rules()
    act.open()
    act.preparation().run(INC, "i-1")

    assert refused(act)[0] == "namespace_not_listed"
    assert act.changes.prepared == 0


def test_a_refusal_of_the_tool_is_told_in_its_own_words(act: Act) -> None:
    def say_no() -> None:
        raise Refused("its rollout is paused; resume it first", why="paused")

    act.changes.preparing = say_no
    act.open()
    act.preparation().run(INC, "i-1")
    act.preparation().run(INC, "i-1")

    assert refused(act) == ("paused", "its rollout is paused; resume it first")
    assert act.kinds().count("ActionRefused") == 1


def test_a_cluster_that_does_not_answer_is_tried_again_and_in_the_end_said(act: Act) -> None:
    def gone() -> None:
        raise Unreachable("Kubernetes did not answer in time")

    act.changes.preparing = gone
    act.open()
    with pytest.raises(Unreachable):
        act.preparation().run(INC, "i-1")
    assert act.incident().intents["i-1"].state == "open"

    act.ledgers.pass_time(minutes=3)
    act.preparation().run(INC, "i-1")
    assert refused(act) == ("unreachable", "Kubernetes did not answer in time")


def test_a_plan_that_would_come_back_altered_is_not_proposed(act: Act) -> None:
    act.changes.image = "x" * 10
    original = act.changes.plan

    def with_secret(context: Any) -> Plan:
        plan: Plan = original(context)
        return plan.model_copy(update={"arguments": {**plan.arguments, "api_key": "abcdef1234567890"}})

    act.changes.plan = with_secret
    act.open()
    act.preparation().run(INC, "i-1")

    assert refused(act)[0] == "unstorable"


def test_a_secret_in_what_is_only_shown_is_hidden_and_the_digest_is_of_what_is_shown(act: Act) -> None:
    act.changes.image = "registry/shop password=hunter2secret"
    approval = act.proposed()

    assert "hunter2" not in str(act.payloads.kept.values())
    assert Plan.model_validate(act.said(approval.plan)).digest() == approval.digest


def test_nothing_is_proposed_in_a_resolved_incident_or_one_this_version_cannot_read(act: Act) -> None:
    act.open()
    act.ledgers.record(INC, [IncidentResolved(why="alerts_over")], "process:serve")
    act.preparation().run(INC, "i-1")
    assert act.incident().intents["i-1"].state == "open"

    other = Act()
    other.open()
    other.ledgers.record(INC, [IncidentResolved(why="alerts_over")], "process:serve")
    other.ledgers.lines[INC][-1]["kind"] = "SomethingNewer"
    other.preparation().run(INC, "i-1")
    assert refused(other)[0] == "unknown_kind"


def test_arguments_that_were_erased_are_a_refusal(act: Act) -> None:
    act.open()
    intent = act.incident().intents["i-1"]
    del act.payloads.kept[INC, intent.arguments.ref]
    act.preparation().run(INC, "i-1")

    assert refused(act)[0] == "arguments_missing"


def test_an_undoing_intent_makes_an_undoing_proposal(act: Act) -> None:
    act.open()
    asked = act.payloads.put(INC, {"namespace": "web", "name": "shop"})
    undoing = IntentMade(intent="i-2", round=1, tool="roll_back_deployment", arguments=asked, undoes="a-0")
    act.ledgers.record(INC, [undoing], "process:serve")
    act.preparation().run(INC, "i-2")

    assert act.only().undoes == "a-0"


def test_an_intent_nobody_made_is_not_found(act: Act) -> None:
    act.open()

    with pytest.raises(NotFound):
        act.preparation().run(INC, "i-9")


def test_a_second_request_for_one_target_is_refused_and_points_to_the_first(act: Act) -> None:
    act.proposed()
    act.open("inc-2")

    act.preparation().run("inc-2", "i-1")

    other = act.incident("inc-2")
    assert other.intents["i-1"].why == "target_asked"
    assert "open in inc-1 already (roll back deployment)" in act.said(other.intents["i-1"].detail, "inc-2")["says"]
    assert not other.approvals


def asked_too(act: Act, intent: str, requester: str | None = None, **more: object) -> None:
    ref = act.payloads.put(INC, {"namespace": "web", "name": "shop", **more})
    round_ = 0 if requester else 1
    made = IntentMade(intent=intent, round=round_, tool="roll_back_deployment", arguments=ref, requester=requester)
    act.ledgers.record(INC, [made], "process:serve")


def test_the_very_same_change_is_joined_to_the_card_that_waits(act: Act) -> None:
    approval = act.proposed()
    asked_too(act, "i-2", "U0OTHER")
    asked_too(act, "i-3")
    for intent in ("i-2", "i-3"):
        act.preparation().run(INC, intent)

    stands = act.incident().intents["i-1"]
    assert (stands.also, stands.twins) == (("U0OTHER",), ("i-2", "i-3"))
    assert [act.incident().intents[i].why for i in ("i-2", "i-3")] == ["joined", "joined"]
    assert (act.only().digest, act.only().requester, act.only().state) == (approval.digest, None, State.PROPOSED)


def test_what_is_approved_already_is_not_joined(act: Act) -> None:
    act.approved()
    asked_too(act, "i-2", "U0OTHER")

    act.preparation().run(INC, "i-2")

    assert act.incident().intents["i-2"].why == "target_asked"
    assert act.incident().intents["i-1"].also == ()


def test_a_plan_that_would_do_something_else_is_not_joined(act: Act) -> None:
    act.proposed()
    act.changes.back_to = 1 if act.changes.back_to != 1 else 3
    asked_too(act, "i-2", "U0OTHER")

    act.preparation().run(INC, "i-2")

    assert act.incident().intents["i-2"].why == "target_asked"


def rolled_back(act: Act) -> None:
    """Revision 2 is left for revision 1, and that incident is over."""
    act.approved()
    act.execution().run(INC, act.only().id)
    assert act.state() is State.SUCCEEDED


def test_rolling_back_again_does_not_return_to_what_was_rolled_back_from(act: Act) -> None:
    rolled_back(act)
    act.changes.back_to = 2
    act.open("inc-2")

    act.preparation().run("inc-2", "i-1")

    intent = act.incident("inc-2").intents["i-1"]
    assert intent.why == "left_before"
    told = act.said(intent.detail, "inc-2")["says"]
    assert told.startswith("Revision 2 (shop:1) is what Midwatch rolled back from at ")
    assert "in inc-1" in told


def test_who_names_that_revision_is_warned(act: Act) -> None:
    rolled_back(act)
    act.changes.back_to = 2
    act.open("inc-2", {"namespace": "web", "name": "shop", "to_revision": 2})
    arguments = act.payloads.put("inc-2", {"namespace": "web", "name": "shop", "to_revision": 2})
    asked = IntentMade(intent="i-2", round=0, tool="roll_back_deployment", arguments=arguments, requester="U1")
    act.ledgers.record("inc-2", [asked], "process:serve")

    act.preparation().run("inc-2", "i-2")

    plan = Plan.model_validate(act.said(act.only("inc-2").plan, "inc-2"))
    assert "is what Midwatch rolled back from at" in plan.cautions[0]
