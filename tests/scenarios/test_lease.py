"""A routine change is allowed again by a press, runs once more without one, and is revoked: real processes."""

from pathlib import Path

import pytest

from bot.core.approval import Approval, State
from bot.core.ledger import WORKSPACE
from bot.core.workspace import fold_workspace
from bot.playground.outfit import APPROVER, HOME, RESPONDER, VISITOR
from tests.playing import Stage, check_record, stage

STILL = Path(__file__).parent / "still-water"
pytestmark = pytest.mark.timeout(300)


def approvals(story: Stage) -> list[Approval]:
    return [one for incident in story.incidents() for one in incident.approvals.values()]


def asked(story: Stage, replicas: int) -> Approval:
    """RESPONDER asks for so many pods; the new request, with its message."""
    before = {one.id for one in approvals(story)}
    assert story.people.command(RESPONDER, HOME, f"/ops do scale yarn in weaving to {replicas}")["ok"]
    story.until(lambda: {one.id for one in approvals(story)} > before, 60, f"a request for {replicas} pods")
    return next(one for one in approvals(story) if one.id not in before)


def stands(story: Stage, approval: Approval) -> tuple[str, str]:
    """Channel and timestamp of the request's message."""

    def posted() -> list[tuple[str, str]]:
        steps = [one.steps.get(f"approval:{approval.id}") for one in story.incidents()]
        return [(str(s.channel), str(s.ts)) for s in steps if s is not None and s.state == "done"]

    story.until(lambda: bool(posted()), 60, "its message")
    return posted()[0]


def ended(story: Stage, approval: Approval) -> Approval:
    def now() -> Approval:
        return next(one for one in approvals(story) if one.id == approval.id)

    story.until(lambda: now().state is State.SUCCEEDED, 60, f"the end of {approval.id}")
    return now()


def pressed(story: Stage, approval: Approval) -> Approval:
    assert story.people.click(APPROVER, *stands(story, approval), "approve")["ok"]
    return ended(story, approval)


def test_what_was_allowed_again_runs_without_a_press_until_it_is_revoked(tmp_path: Path) -> None:
    with stage(tmp_path, scenario=STILL, presses={}) as story:
        first = pressed(story, asked(story, 3))
        at = stands(story, first)
        story.until(lambda: "Allow Again" in str(story.people.messages(at[0])), 60, "the offer")
        refused = story.people.select(VISITOR, *at, "lease", "2-30")
        assert refused["ok"], refused
        assert story.people.select(APPROVER, *at, "lease", "2-30")["ok"]

        def leases() -> list[object]:
            return list(fold_workspace(story.ledgers.read(WORKSPACE)).leases.values())

        story.until(lambda: bool(leases()), 60, "the lease")
        pressed(story, asked(story, 2))  # another call: a press, as ever
        again = ended(story, asked(story, 3))

        assert (again.lease is not None, again.voters) == (True, (APPROVER,))
        clicked = [
            click.user for one in story.incidents() for click in one.clicks.values() if click.approval == again.id
        ]
        assert clicked == []
        assert len(story.writes()) == 3

        story.until(lambda: "revoke_lease" in str(story.people.messages(at[0])), 60, "the way to revoke it")
        assert story.people.click(VISITOR, *at, "revoke_lease")["ok"]  # stopping takes no leave
        story.until(lambda: "Revoked by" in str(story.people.messages(at[0])), 60, "that it is revoked")
        [lease] = fold_workspace(story.ledgers.read(WORKSPACE)).leases.values()
        assert (lease.revoked_by, lease.grant.user, len(lease.used)) == (VISITOR, APPROVER, 1)
        assert any(click.why == "not_approver" for one in story.incidents() for click in one.clicks.values())
        check_record(story)
        assert story.people.violations() == []
