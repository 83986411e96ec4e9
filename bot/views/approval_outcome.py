"""What came of a request, in words for the top of its card: one function for each state, `OUTCOME` is their table."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from bot.core.approval import Approval, State
from bot.core.incident import Execution
from bot.core.stepping import made_in_part
from bot.views import text as t
from bot.views import wording as w
from bot.views.approval_undo import no_way_back
from bot.views.lead import was
from bot.views.plan_words import under_way
from bot.views.story import Story
from bot.views.verification import check_line

Lines = Callable[[Story, Approval], Iterator[str]]


def _by(approval: Approval) -> str:
    who = t.person(approval.decided_by) if approval.decided_by else "somebody"
    return f"{who} at {t.clock(approval.decided_at)}" if approval.decided_at else who


def _approved_words(story: Story, approval: Approval) -> str:
    """Who approved, and that it was one person alone where it takes others."""
    if approval.lease is not None:
        at = f" at {t.clock(approval.decided_at)}" if approval.decided_at else ""
        return f"Approved{at} under the lease {_approved_by(approval)} gave; nobody pressed for this one"
    if approval.broken_by is None:
        return f"Approved by {_by(approval)}"
    reason = f": “{story.said_by(approval.reason.ref, 200)}”" if approval.reason else ""
    return f"Glass broken and approved alone by {_by(approval)}{reason}"


def _approved_by(approval: Approval) -> str:
    """Who approved; after an outcome was established, `decided_by` is who established it."""
    return ", ".join(t.person(voter) for voter in approval.voters) or "nobody"


def _execution(story: Story, approval: Approval) -> Execution | None:
    return story.incident.executions.get(approval.execution)


def _proposed(_: Story, approval: Approval) -> Iterator[str]:
    yield f"*{len(approval.voters)} of {approval.needed} approved*"


def _approved(story: Story, approval: Approval) -> Iterator[str]:
    if approval.lease is not None:
        yield f"*{_approved_words(story, approval)}*, starting."
        return
    done = "Approved" if approval.broken_by is None else "Glass broken and approved alone"
    yield f"*{done}* by {_by(approval)}, starting."


def _running(story: Story, approval: Approval) -> Iterator[str]:
    execution = _execution(story, approval)
    yield f"*Running*{f' since {t.clock(execution.started_at)}' if execution else ''}."
    yield f"{_approved_words(story, approval)}."


def _succeeded(story: Story, approval: Approval) -> Iterator[str]:
    execution = _execution(story, approval)
    if execution is None or execution.ended_at is None:
        yield "*Sent*; whether it helps is not known yet."
        return
    going = under_way(story.plans.get(approval.id))
    yield f"{_so_far(execution, execution.ended_at, going)} {_result(story, approval, execution)}".rstrip()
    yield from _checks(story, execution)
    yield from no_way_back(story, approval)
    yield f"{_approved_words(story, approval)}."


def _so_far(execution: Execution, sent: datetime, going: str) -> str:
    """Done means that a check has passed, and none has failed since; before that it is only sent."""
    passed = next((check.at for check in execution.checks if check.result == "passed"), None)
    if passed is not None and execution.checks[-1].result != "failed":
        return f"*Done* at {t.clock(passed)}, {t.lasted(passed - execution.started_at)}."
    if not execution.checks:
        return f"*Sent* at {t.clock(sent)}; {going}, checking whether it helps."
    held = "it helped at first and does no longer" if passed is not None else "not known to have helped"
    return f"*Sent* at {t.clock(sent)}; {held}."


def _checks(story: Story, execution: Execution) -> Iterator[str]:
    if not story.incident.by_request and any(check.result == "passed" for check in execution.checks):
        yield f"Before: {t.said(was(story), 200)}"
    for check in execution.checks:
        yield check_line(story, execution, check)
    if following := w.next_check(story, execution):
        yield following


def _failed(story: Story, approval: Approval) -> Iterator[str]:
    execution = _execution(story, approval)
    detail = _ref(story, execution.detail) if execution else ""
    head = "Stopped midway" if made_in_part(approval) else "Did not work"
    yield f"*{head}:* {w.why(approval.why)}. {t.sentence(detail)}".rstrip()
    stays = " What was done stays." if made_in_part(approval) else ""
    yield f"{_approved_words(story, approval)}.{stays} Nothing more will be tried from this request."


def _unknown(story: Story, approval: Approval) -> Iterator[str]:
    execution = _execution(story, approval)
    at = f" at {t.clock(execution.ended_at)}" if execution and execution.ended_at else ""
    yield f"*Outcome unknown:* {w.why(approval.why)}{at}. It may have changed something, or nothing."
    yield from _looked(story, execution)
    yield f"Look before anything else, then say what you found. Who can say: {w.deciders(story.house, approval)}."


def _looked(story: Story, execution: Execution | None) -> Iterator[str]:
    if execution is not None and execution.observed is not None:
        yield f"The bot looked: {_ref(story, execution.observed)}"
    else:
        yield "The bot has not been able to look yet."


def _established(story: Story, approval: Approval) -> Iterator[str]:
    outcome = "it took effect" if approval.established == "done" else "it did not take effect"
    yield f"*Settled:* {outcome}, says {_by(approval)}."
    execution = _execution(story, approval)
    if execution is not None:
        yield from _looked(story, execution)
        if approval.established == "done":
            yield from _checks(story, execution)
            if not execution.checks:
                yield "Checking now whether it helped."
            yield from no_way_back(story, approval)
    yield f"Approved by {_approved_by(approval)}; the worker was lost before it could say."


def _denied(story: Story, approval: Approval) -> Iterator[str]:
    yield f"*Denied* by {_by(approval)}. Nothing ran."
    yield from _reason(story, approval, "Reason")


def _changes_requested(story: Story, approval: Approval) -> Iterator[str]:
    yield f"*Changes requested* by {_by(approval)}. Nothing ran."
    yield from _reason(story, approval, "Asked for")


def _reason(story: Story, approval: Approval, word: str) -> Iterator[str]:
    """What somebody wrote, as text and nothing else."""
    if approval.reason is not None:
        yield f"*{word}:* “{story.said_by(approval.reason.ref, 600)}”"


def _expired(_: Story, approval: Approval) -> Iterator[str]:
    votes = f" with {len(approval.voters)} of {approval.needed} approved" if approval.voters else ""
    yield f"*Expired* at {t.clock(approval.expires_at)}{votes}. Nothing ran."


def _superseded(story: Story, approval: Approval) -> Iterator[str]:
    word = "Closed without acting" if approval.why in {"alerts_over", "mended_by_hand"} else "Withdrawn"
    yield f"*{word}:* {w.why(approval.why)}. Nothing ran."
    if approval.seen is not None and (seen := story.said_by(approval.seen.ref, 500)):
        yield seen


def _stale(story: Story, approval: Approval) -> Iterator[str]:
    detail = t.said(story.why_stale.get(approval.id, ""), 400)
    yield f"*Not run:* {w.why(approval.why)}. {t.sentence(detail)}".rstrip()
    if approval.voters:
        yield f"It had been approved by {_approved_by(approval)}."


def _result(story: Story, approval: Approval, execution: Execution) -> str:
    """What the tool says of it, without the card's own heading and the word before it."""
    plan = story.plans.get(approval.id)
    says = story.words.get(execution.result.ref, "") if execution.result else ""
    own = says.removeprefix(plan.title).lstrip(": ") if plan else says
    return "" if own.rstrip(".").lower() == "done" else t.sentence(t.said(own, 600))


def _ref(story: Story, ref: object) -> str:
    return story.said_by(getattr(ref, "ref", None), 600)


OUTCOME: Mapping[State, Lines] = {
    State.PROPOSED: _proposed,
    State.APPROVED: _approved,
    State.RUNNING: _running,
    State.SUCCEEDED: _succeeded,
    State.FAILED: _failed,
    State.UNKNOWN: _unknown,
    State.ESTABLISHED: _established,
    State.DENIED: _denied,
    State.CHANGES_REQUESTED: _changes_requested,
    State.EXPIRED: _expired,
    State.SUPERSEDED: _superseded,
    State.STALE: _stale,
}
