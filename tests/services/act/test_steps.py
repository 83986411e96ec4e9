"""Two steps over real services: each is planned in its turn, decided by itself, and pressed on the one message."""

import pytest

from bot.core.approval import Approval, State
from bot.core.due import Pacing, due
from bot.core.events import ChannelStep, ClickReceived, IntentMade, VerificationFailed, VerificationPassed
from bot.services.approvals import Approvals
from bot.services.doors import People
from bot.services.plans import read_plan
from tests.deciding import deciding
from tests.services.act.stage import INC, Act, carry_out


def desk(act: Act) -> Approvals:
    people = People(lambda: "T1", lambda: deciding(frozenset({"U1"})))
    return Approvals(act.ledgers, act.signer, people, lambda _: True, lambda user, channel: None)


def two(act: Act) -> Approval:
    """The first is proposed, the second waits."""
    act.open()
    arguments = act.payloads.put(INC, {"namespace": "web", "name": "shop"})
    later = IntentMade(intent="i-2", round=1, tool="roll_back_deployment", arguments=arguments, after="i-1")
    act.ledgers.record(INC, [later], "process:diagnose")
    for intent in ("i-2", "i-1"):  # a job for the second that came too early does nothing
        act.preparation().run(INC, intent)
    return act.only()


def jobs(act: Act) -> list[tuple[str, object]]:
    return [(item.job, item.args[-1]) for item in due(act.incident(), act.ledgers.now(), Pacing(), None)]


def first_made(act: Act, kind: type[VerificationPassed | VerificationFailed] = VerificationPassed) -> Approval:
    first = two(act)
    act.approve(first)
    carry_out(act)
    act.preparation().run(INC, "i-2")
    assert len(act.incident().approvals) == 1  # made, and not yet looked at
    check = kind(execution=first.execution, check=1, seen=act.payloads.put(INC, "seen"))
    act.ledgers.record(INC, [check], "process:diagnose")
    assert ("prepare", "i-2") in jobs(act)
    act.preparation().run(INC, "i-2")
    return first


def second(act: Act) -> Approval:
    return next(one for one in act.incident().approvals.values() if one.intent == "i-2")


def press(act: Act, approval: Approval, message: str, number: int) -> str | None:
    click = f"{number:032x}"
    where = {"channel": "C1", "message_ts": message, "action_ts": "2.5"}
    received = ClickReceived(click=click, approval=approval.id, action="approve", user="U1", team="T1", **where)
    act.ledgers.record(INC, [received], "slack:T1/U1")
    desk(act).judge(INC, click)
    return act.incident().clicks[click].why


def test_the_second_has_a_plan_an_id_and_votes_of_its_own(act: Act) -> None:
    first = first_made(act)
    later = second(act)

    assert later.id != first.id
    assert (later.state, later.voters) == (State.PROPOSED, ())
    assert len(act.changes.effects) == 1
    assert act.incident().approvals[first.id].state is State.SUCCEEDED


def test_only_the_last_step_is_to_quiet_the_alert(act: Act) -> None:
    first = first_made(act)

    assert read_plan(act.payloads, INC, first.plan).expects["mends_alert"] is False
    assert "mends_alert" not in read_plan(act.payloads, INC, second(act).plan).expects


def test_a_first_that_did_not_do_what_it_should_ends_the_second_by_name(act: Act) -> None:
    first_made(act, VerificationFailed)
    incident = act.incident()

    assert (incident.intents["i-2"].state, incident.intents["i-2"].why) == ("refused", "step_before")
    assert len(incident.approvals) == 1
    assert "offer_undo" in [job for job, _ in jobs(act)]


@pytest.mark.parametrize("recorded", [False, True])
def test_the_second_is_decided_on_the_firsts_message_and_nowhere_else(act: Act, recorded: bool) -> None:
    first = first_made(act)
    later = second(act)
    steps = [first.id, later.id] if recorded else [first.id]
    told = [ChannelStep(step=f"approval:{one}", state="done", channel="C1", ts="1.5") for one in steps]
    act.ledgers.record(INC, told, "process:talk")

    assert press(act, later, "9.9", 1) == "wrong_message"
    assert act.incident().approvals[later.id].state is State.PROPOSED
    assert press(act, first, "1.5", 2) is not None  # an old button of the first decides nothing any more
    assert act.incident().approvals[later.id].state is State.PROPOSED
    assert press(act, later, "1.5", 3) is None
    assert act.incident().approvals[later.id].state is State.APPROVED


def test_when_the_first_is_taken_back_the_second_is_withdrawn_by_name(act: Act) -> None:
    first = first_made(act)
    later = second(act)
    arguments = act.payloads.put(INC, {})
    undo = IntentMade(intent="u-1", round=1, tool="roll_back_deployment", arguments=arguments, undoes=first.id)
    act.ledgers.record(INC, [undo], "process:serve")
    assert ("supersede", later.id) in jobs(act)
    desk(act).supersede(INC, later.id)

    ended = act.incident().approvals[later.id]
    assert (ended.state, ended.why) == (State.SUPERSEDED, "step_before")


def test_an_approved_second_does_not_start_once_the_first_did_not_help_after_all(act: Act) -> None:
    first = first_made(act)
    later = second(act)
    act.approve(later)
    failed = VerificationFailed(execution=first.execution, check=2, seen=act.payloads.put(INC, "seen"))
    act.ledgers.record(INC, [failed], "process:diagnose")
    before = list(act.changes.effects)

    act.execution().run(INC, later.id)

    assert (second(act).state, second(act).why) == (State.STALE, "step_before")
    assert act.changes.effects == before
