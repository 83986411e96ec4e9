"""The way back after a failed check, over real services: offered, planned, and only then somebody decides."""

import pytest

from bot.core.approval import State
from bot.core.due import Pacing, due
from bot.core.events import VerificationFailed, WayBack
from bot.core.pressing import facts_of
from bot.core.tool import NotReversible, Plan, Preparing
from bot.services.approvals import Approvals
from bot.services.doors import People
from tests.deciding import deciding
from tests.services.act.stage import INC, Act, PretendChanges, carry_out


class NoWayBack(PretendChanges):
    def plan(self, context: Preparing) -> Plan:
        return super().plan(context).model_copy(update={"inverse": NotReversible(reason="it is gone")})


def desk(act: Act) -> Approvals:
    people = People(lambda: "T1", lambda: deciding(frozenset({"U1"})))
    return Approvals(act.ledgers, act.signer, people, lambda _: True, lambda user, channel: None)


def failed(act: Act) -> str:
    """Carried out, and the check after it failed; the approval's id."""
    approval = act.approved()
    carry_out(act)
    seen = act.payloads.put(INC, "still failing")
    check = VerificationFailed(execution=approval.execution, check=1, seen=seen)
    act.ledgers.record(INC, [check], "process:diagnose")
    return approval.id


def jobs(act: Act) -> list[str]:
    return [item.job for item in due(act.incident(), act.ledgers.now(), Pacing(), None)]


def test_the_captured_inverse_becomes_a_request_of_its_own_once_and_nobody_has_asked_for_it(act: Act) -> None:
    first = failed(act)
    way_back = act.incident().approvals[first].way_back
    assert isinstance(way_back, WayBack)
    assert act.said(way_back.arguments) == {"namespace": "web", "name": "shop", "to_revision": 2}
    assert "offer_undo" in jobs(act)

    for _ in range(2):  # two serve processes, or one that died after the append
        desk(act).offer_undo(INC, first)
    [intent] = [one for one in act.incident().intents.values() if one.undoes]
    assert (intent.tool, intent.requester, intent.undoes) == ("roll_back_deployment", None, first)
    assert "offer_undo" not in jobs(act)
    assert "prepare" in jobs(act)

    act.preparation().run(INC, intent.id)
    [undo] = [one for one in act.incident().approvals.values() if one.undoes]
    assert (undo.state, undo.undoes) == (State.PROPOSED, first)
    assert len(act.changes.effects) == 1  # nothing is taken back before somebody approves


def test_where_the_plan_has_no_way_back_nothing_is_offered(act: Act) -> None:
    act.changes = NoWayBack()
    first = failed(act)

    assert act.incident().approvals[first].way_back is None
    assert "offer_undo" not in jobs(act)
    desk(act).offer_undo(INC, first)
    assert len(act.incident().intents) == 1


@pytest.mark.parametrize("who", ["U1", "U2"])
def test_whoever_asked_for_the_undo_does_not_approve_it(act: Act, who: str) -> None:
    first = failed(act)
    click = act.clicked(act.incident().approvals[first], "undo", "U1")
    act.ledgers.record(INC, facts_of(act.incident(), act.incident().clicks[click]), "process:serve")
    [intent] = [one for one in act.incident().intents.values() if one.undoes]
    act.preparation().run(INC, intent.id)
    [undo] = [one for one in act.incident().approvals.values() if one.undoes]
    people = People(lambda: "T1", lambda: deciding(frozenset({"U1", "U2"})))
    judge = Approvals(act.ledgers, act.signer, people, lambda _: True, lambda user, channel: None)
    judge.judge(INC, act.clicked(undo, "approve", who))

    state = act.incident().approvals[undo.id].state
    assert state is (State.PROPOSED if who == "U1" else State.APPROVED)


def test_an_offer_is_withdrawn_with_its_own_reason(act: Act) -> None:
    first = failed(act)
    desk(act).offer_undo(INC, first)
    [intent] = [one for one in act.incident().intents.values() if one.undoes]
    act.preparation().run(INC, intent.id)
    [undo] = [one for one in act.incident().approvals.values() if one.undoes]
    desk(act).supersede(INC, undo.id)

    assert act.incident().approvals[undo.id].why == "helped_after_all"
