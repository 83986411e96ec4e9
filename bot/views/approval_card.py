"""The request for a decision, and what came of it: one message for each approval, edited until it is over.

Posted with one mention of who may decide (edits notify nobody). While somebody can decide there are buttons; after it
the same message says who decided, what happened and what was checked. Every state of the machine is drawn.
"""

from collections.abc import Iterator

from bot.core.approval import OPEN, Approval, State, takes_others
from bot.core.chain import on_card
from bot.core.harmless import CHANGED_HIDDEN
from bot.core.incident import Intent
from bot.core.policy import Tier
from bot.core.rollout_words import IMAGE, tags
from bot.core.tool import Change, NotReversible, Plan
from bot.views import text as t
from bot.views import wording as w
from bot.views.approval_again import again, planned_from
from bot.views.approval_lease import lease_offer
from bot.views.approval_outcome import OUTCOME
from bot.views.approval_undo import takes_back, undo_offer
from bot.views.blocks import Block, Message, actions, button, confirmation, context, header, message, section
from bot.views.freezing import frozen_line
from bot.views.ids import ActionId
from bot.views.lead import situation
from bot.views.plan_words import share_taken, then_words, touches_words
from bot.views.step_list import step_list
from bot.views.story import Story

NOT_SET = "not set"  # as the dry run's differences say it
RISKY_PERCENT = 25
NEVER_RAN = frozenset({State.DENIED, State.CHANGES_REQUESTED, State.EXPIRED, State.SUPERSEDED, State.STALE})


def approval_card(story: Story, approval_id: str) -> Message:
    """The card of one approval as the ledger stands; with several steps, of the one to decide, and a line on each."""
    *before, approval = on_card(story.incident, story.incident.approvals[approval_id])
    plan = story.plans.get(approval.id)
    open_ = approval.state is State.PROPOSED
    blocks: list[Block] = [header(plan.title if plan else approval.target), *step_list(story, approval)]
    if not open_:
        blocks.append(section(*OUTCOME[approval.state](story, approval)))
    blocks.append(section(*(_plan(story, approval, plan) if plan else _without_plan(approval))))
    if open_:
        blocks += _decision(story, approval, plan)
    if approval.state is State.UNKNOWN:
        blocks.append(_settling(approval, plan))
    if not open_:
        blocks += again(story, approval, plan)
        blocks += undo_offer(story, approval, plan)
        blocks += lease_offer(story, approval, plan)
    for earlier in before:
        blocks += undo_offer(story, earlier, story.plans.get(earlier.id))
    return message(summary(story, approval), blocks)


def summary(story: Story, approval: Approval) -> str:
    """The notification: what is asked, of what, until when."""
    plan = story.plans.get(approval.id)
    title = t.said(plan.title if plan else approval.target, 150)
    if approval.state is State.PROPOSED:
        asked = "Decide" if story.house.mode == "act" else "For you to carry out"
        needed = "One approver is" if approval.needed == 1 else f"{approval.needed} approvers are"
        return f"{asked}: {title}. {needed} needed by {t.bare_clock(approval.expires_at)}. {situation(story)}."
    return f"{title}: {w.came_of(story.incident, approval)}. {situation(story)}."


# --- what is proposed


def _plan(story: Story, approval: Approval, plan: Plan) -> Iterator[str]:
    yield from _why(story, approval)
    yield from _also(story, story.incident.intents.get(approval.intent))
    changes = [_change(change) for change in plan.changes[:6]]
    more = [f"and {len(plan.changes) - 6} more"] if len(plan.changes) > 6 else []
    dry_run = "dry run accepted by the server" if plan.dry_run == "server" else "computed, not tried on the server"
    yield f"*Changes:* {' · '.join([*changes, *more, dry_run, 'full diff in the thread'])}"
    if approval.state in NEVER_RAN:
        yield f"*Plan:* {t.quoted(approval.digest[:12])}"
        return
    yield f"*Touches:* {touches_words(plan, now=approval.state is State.PROPOSED)}"
    yield f"*Way back:* {_way_back(plan)}"
    if plan.cautions:
        yield f"*Careful:* {' · '.join(t.said(caution, 250) for caution in plan.cautions[:5])}"
    if approval.state in OPEN:
        yield f"*Then:* {then_words(story, plan)}"
    yield f"*Runs as:* {_runs_as(plan)} · plan {t.quoted(approval.digest[:12])}"
    if approval.state is State.PROPOSED and story.house.mode != "act":
        yield f"*By hand:* {t.quoted(plan.command, 600)}"


def _change(change: Change) -> str:
    if change.after == CHANGED_HIDDEN:
        return f"{t.said(change.what, 80)} ({CHANGED_HIDDEN})"
    before, after = change.before, change.after
    if before == NOT_SET:
        return f"adds {t.said(change.what, 80)} {t.quoted(after, 100)}"
    if after == NOT_SET:
        return f"removes {t.said(change.what, 80)}, which was {t.quoted(before, 100)}"
    if IMAGE.fullmatch(change.what) and before and after:
        before, after = tags(before, after)  # on a phone two whole references are four lines; the diff has them
    return f"{t.said(change.what, 80)} {t.quoted(before, 100)} to {t.quoted(after, 100)}"


def _without_plan(approval: Approval) -> Iterator[str]:
    yield "*The plan cannot be shown:* its text was erased or cannot be read. Do not approve what you cannot see."
    yield f"*Target:* {t.said(approval.target, 200)} · plan {t.quoted(approval.digest[:12])}"


def _why(story: Story, approval: Approval) -> Iterator[str]:
    intent = story.incident.intents.get(approval.intent)
    content = story.finding
    yield from planned_from(story, approval)
    if approval.undoes is not None:
        yield from takes_back(story, approval)
        return
    if intent is not None and intent.requester and intent.round and not approval.own:
        asked = "Asked for again" if intent.asked else "Because of what was asked for"
        yield f"*{asked}* by {story.called(intent.requester)}: somebody else must approve it."
    if intent is not None and intent.requester and not intent.round:
        theirs = ", whose service it is, and who may approve it" if approval.own else ""
        yield f"*Why:* asked for by {story.called(intent.requester)}{theirs}"
    elif content is not None and content.because:
        first = content.because[0]
        evidence = intent.evidence if intent is not None and intent.evidence else first.evidence
        yield f"*Why:* {story.timed(t.said(t.unmasked(first.text), 400))}  {story.cite(evidence)}".rstrip()
    elif content is not None:
        yield f"*Why:* {story.timed(t.said(t.unmasked(content.cause or content.headline), 400))}"


def _also(story: Story, intent: Intent | None) -> Iterator[str]:
    """Who wants the very same, beside whoever caused it."""
    if intent is None:
        return
    if intent.also:
        yield f"*Also asked for* by {', '.join(story.called(user) for user in intent.also[:5])}."
    twins = [story.incident.intents[one] for one in intent.twins]
    found = next((one for one in twins if one.requester is None), None)
    if found is not None:
        yield f"*The finding* proposes the same.  {story.cite(found.evidence)}".rstrip()


def _runs_as(plan: Plan) -> str:
    """The service account's own name; `system:serviceaccount:<namespace>:` says nothing to who decides."""
    return t.said(plan.runs_as.rpartition(":")[2] or plan.runs_as, 100)


def _way_back(plan: Plan) -> str:
    if isinstance(plan.inverse, NotReversible):
        return f"none. {t.sentence(t.said(plan.inverse.reason, 250))}"
    return f"{t.said(plan.inverse.says, 250)}, captured before anything is done"


# --- deciding


def _decision(story: Story, approval: Approval, plan: Plan | None) -> list[Block]:
    if story.house.mode != "act":
        return [context("This house lets Midwatch propose, not act: nothing runs from here.")]
    who = f"*Who:* {w.deciders(story.house, approval)} · expires {t.clock(approval.expires_at)}"
    freeze = story.incident.freeze
    frozen = (f"{frozen_line(freeze, story.called(freeze.user))}.",) if freeze is not None else ()
    drawn = [section(*frozen, *_more_than_one(story, approval), who)]
    if plan is not None:
        drawn.append(actions(f"{approval.id}:{approval.state}", *_buttons(story, approval, plan)))
    votes = f"{len(approval.voters)} of {approval.needed} approved"
    by = f" by {', '.join(t.person(voter) for voter in approval.voters)}" if approval.voters else ""
    drawn.append(context(f"{votes}{by}"))
    return drawn


def _more_than_one(story: Story, approval: Approval) -> Iterator[str]:
    """Why the policy asks for more than one person, in its own sentences."""
    if approval.needed < 2:
        return
    told = story.weighed.get(approval.id)
    because = "; ".join(one.says for one in told.because) if told else ""
    people = {2: "Two people"}.get(approval.needed, f"{approval.needed} people")
    yield f"*{people}:* {t.said(because, 600)}" if because else f"*{people}* must approve it"


def _buttons(story: Story, approval: Approval, plan: Plan) -> tuple[Block, ...]:
    reads = f"Request Changes: {plan.target.said} stays as it is for now"
    changes = button("Request Changes", ActionId.REQUEST_CHANGES, approval.id, reads=reads)
    glass = button(
        "Break Glass", ActionId.BREAK_GLASS, approval.id, reads=f"Break Glass: one person alone, {plan.target.name}"
    )
    others = (glass,) if takes_others(approval) else ()
    return (_approve(story, approval, plan), _deny(approval, plan), changes, *others)


def _approve(story: Story, approval: Approval, plan: Plan) -> Block:
    words = f"Approve {story.house.verb(plan.tool)}"
    reads = f"{words}: {plan.target.said}"
    if approval.tier == Tier.CRITICAL:  # a form asks for its name, so no dialog beside it
        return button(words, ActionId.APPROVE_TYPED, approval.id, reads=reads, style="danger")
    final = isinstance(plan.inverse, NotReversible)
    share = share_taken(plan.blast)
    if not final and not approval.own and share <= RISKY_PERCENT:
        return button(words, ActionId.APPROVE, approval.id, reads=reads, style="primary")
    warning = f"{share} % of its pods may be unavailable." if share > RISKY_PERCENT else "There is a way back."
    warning = "There is no way back." if final else warning
    dialog = confirmation(
        f"{story.house.verb(plan.tool)}?",
        f"{plan.title}. {warning}",
        story.house.verb(plan.tool),
        danger=True,
    )
    return button(words, ActionId.APPROVE, approval.id, reads=reads, style="danger", confirm=dialog)


def _deny(approval: Approval, plan: Plan) -> Block:
    reads = f"Deny: {plan.target.said} stays as it is"
    return button("Deny", ActionId.DENY, approval.id, reads=reads)


def _settling(approval: Approval, plan: Plan | None) -> Block:
    name = plan.target.name if plan else approval.target
    dialog = confirmation(
        "Have you looked?", f"Say this only after looking at {name} itself. It frees the target.", "Yes"
    )
    return actions(
        f"{approval.id}:{approval.state}",
        button(
            "It Took Effect",
            ActionId.ESTABLISH_DONE,
            approval.id,
            reads=f"It took effect on {name}",
            confirm=dialog,
        ),
        button(
            "It Did Not",
            ActionId.ESTABLISH_NOT_DONE,
            approval.id,
            reads=f"It did not take effect on {name}",
            confirm=dialog,
        ),
    )
