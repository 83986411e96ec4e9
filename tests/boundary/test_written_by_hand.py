"""Facts appended by hand with the diagnose worker's own Redis user: nothing runs, and people are told.

In this order: a press, then a vote with an approval that carries a copied signature and a made-up one.
"""

import time
from collections.abc import Sequence

import pytest

from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.approval import Approval, State
from bot.core.events import ActionApproved, ClickReceived, Fact, VoteCast
from bot.core.incident import Incident
from bot.core.ledger import stamp
from bot.playground.outfit import APPROVER, TEAM
from tests.playing import Stage, check_record, waiting


def forge(story: Stage, incident: str, facts: Sequence[Fact]) -> None:
    """Append as the diagnose worker could, claiming to be serve."""
    with patient(story.outfit.redis_url("diagnose")) as client:
        assert RedisLedgers(client).record(incident, facts, "process:serve")
        client.zadd("mw:bell", {incident: 0})


def press(incident: Incident, approval: Approval, click: str) -> ClickReceived:
    """A press of Approve by the approver on the right message, as true as a forger can make it."""
    message = incident.steps[f"approval:{approval.id}"]
    return ClickReceived(
        click=click,
        approval=approval.id,
        action="approve",
        user=APPROVER,
        team=TEAM,
        channel=str(message.channel),
        message_ts=str(message.ts),
        action_ts="1.1",
    )


def approved(incident: Incident, approval: Approval, key: str, signature: str, at: str) -> ActionApproved:
    return ActionApproved(
        approval=approval.id,
        incident=incident.id,
        digest=approval.digest,
        voters=(APPROVER,),
        approved_at=at,
        expires_at=stamp(approval.expires_at),
        key=key,
        signature=signature,
    )


def signature_of(story: Stage) -> ActionApproved:
    """The genuine one, of the other incident."""
    facts = [e.fact for i in story.incidents() for e in story.ledgers.read(i.id)]
    return next(fact for fact in facts if isinstance(fact, ActionApproved))


def now_of(story: Stage, incident: Incident) -> Incident:
    return next(i for i in story.incidents() if i.id == incident.id)


@pytest.mark.timeout(180)
def test_a_forged_press_is_refused_and_its_owner_is_told(story: Stage) -> None:
    incident = waiting(story)
    [approval] = incident.approvals.values()
    before = len(story.whispers(APPROVER))

    forge(story, incident.id, [press(incident, approval, "f" * 32)])
    story.until(lambda: len(story.whispers(APPROVER)) > before, 20, "a word to the approver")

    after = now_of(story, incident)
    assert (after.clicks["f" * 32].state, after.clicks["f" * 32].why) == ("refused", "not_heard")
    assert after.approvals[approval.id].state is State.PROPOSED
    assert "did not come through Slack" in story.whispers(APPROVER)[-1]
    assert len(story.writes()) == 1


@pytest.mark.timeout(180)
def test_a_forged_vote_and_approval_lead_to_nothing_and_the_card_says_so(story: Stage) -> None:
    incident = waiting(story)
    [approval] = incident.approvals.values()
    genuine = signature_of(story)
    vote = VoteCast(approval=approval.id, click="e" * 32, user=APPROVER, team=TEAM, digest=approval.digest)
    made_up = approved(incident, approval, genuine.key, "a" * len(genuine.signature), stamp(story.ledgers.now()))
    copied = approved(incident, approval, genuine.key, genuine.signature, genuine.approved_at)

    forge(story, incident.id, [press(incident, approval, "e" * 32), vote, made_up, copied])
    story.until(lambda: now_of(story, incident).approvals[approval.id].state is State.STALE, 20, "a refusal by act")
    story.until(story.told, 20, "the card")
    time.sleep(4)  # the card is edited three seconds after its last edit

    after = now_of(story, incident)
    assert after.approvals[approval.id].why == "signature"
    assert after.executions == {}
    assert len(story.writes()) == 1
    assert story.world("verdict")["holds"]
    assert any("signature" in line for line in story.seen()), story.story()
    check_record(story)
