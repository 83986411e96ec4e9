"""Every refusal, in words that say why, what happened (nothing), and who can. Shown to one person alone.

`click` must have words for every named reason a press can be refused with (`test_refusals.py` walks them all).
"""

from collections.abc import Callable, Mapping

from bot.core.approval import Approval, State
from bot.core.commands import USAGE
from bot.core.errors import MidwatchError
from bot.core.incident import Incident
from bot.core.stepping import made_in_part
from bot.views import text as t
from bot.views.blocks import Message, context, message, section
from bot.views.freezing import press_refused
from bot.views.house import House
from bot.views.ids import FormId
from bot.views.lease_words import PRESS

Words = Callable[[Approval | None, House], str]


def click(why: str, approval: Approval | None, house: House, incident: Incident | None = None) -> Message:
    """Why this press did nothing."""
    if why == "incident_resolved" and incident is not None:
        return _alone(over(incident))
    if why == "frozen":
        return _alone(press_refused(incident.freeze if incident is not None else None))
    if why == "not_theirs_to_end":
        return _alone(f"{ON_CARD[why]} {_enders(incident, house)}")
    if why in ON_CARD:
        return _alone(ON_CARD[why])
    if why.startswith("already_") and approval is not None:
        return _alone(already(approval))
    words = WORDS.get(why)
    if words is None:
        return _alone(f"That press did nothing ({t.said(why, 60)}). {who_can(house, approval)}")
    return _alone(words(approval, house))


def over(incident: Incident) -> str:
    """What a press on a card is told after the incident ended."""
    by = f" by {t.person(incident.resolved_by)}" if incident.resolved_by else ""
    at = f" at {t.clock(incident.resolved_at)}" if incident.resolved_at else ""
    return f"This incident is over: resolved{by}{at}. That press changed nothing."


ON_CARD: Mapping[str, str] = {
    **PRESS,
    "incident_resolved": "This incident is over. That press changed nothing.",
    "no_incident": "This incident is not known any more. That press changed nothing.",
    "guest": "Guests of this workspace cannot do this. A full member can press it. That press changed nothing.",
    "not_member": "Only full members of this workspace can do this. That press changed nothing.",
    "cannot_command": "A bot, a guest or somebody from outside cannot be commander. Choose a full member.",
    "has_it_already": "They have it already. Nothing changed.",
    "same_severity": "It has that severity already. Nothing changed.",
    "no_choice": "Nothing was chosen. Nothing changed.",
    "not_theirs_to_end": "Not resolved: alerts still fire, or a request waits for a decision. Nothing changed.",
    "enders_not_checked": (
        "Slack did not say in time whether you are in a group that may end what still fires. Nothing changed. "
        "Press again in a few seconds, or take the incident first."
    ),
    "change_running": "A change is running. Resolve when its outcome is known; the card says so in a moment.",
    "outcome_unknown": (
        "The outcome of a change is not known. Look, say on the request's own message what you found, then resolve."
    ),
    "undo_asked": "The way back was asked for already: that request is in the channel. Nothing more was asked.",
    "no_way_back": "There is no way back that one call could take: the card says why. Nothing was asked.",
    "is_an_undo": "This took another change back; that is not taken back again. Ask for what you want by `/ops do`.",
    "nothing_to_undo": "This did not take effect, so there is nothing to take back. Nothing was asked.",
    "changed_since": (
        "The same target was changed again since, so what was captured before this change is not the way back any "
        "more. Nothing was asked."
    ),
    "planned_again": "This was planned again already: the new request is in the channel. Nothing more was asked.",
    "target_asked": "There is an open request for the same target already. Decide on that one first.",
}


def _enders(incident: Incident | None, house: House) -> str:
    """Who may end what still fires, and how somebody else comes to be one of them."""
    led = (incident.commander,) if incident and incident.commander else ()
    people = tuple(dict.fromkeys((*led, *house.oncall, *house.approvers)))
    named = f"{t.people(people)} can resolve it" if people else "Its commander can resolve it"
    return f"{named}. If it is yours now, press I Have It first."


def who_can(house: House, approval: Approval | None = None) -> str:
    names = house.deciders.of(approval)
    if not names:
        return "Nobody is named as an approver yet: set MIDWATCH_APPROVERS."
    return f"{t.people(names)} can decide."


def _others_can(approval: Approval | None, house: House) -> str:
    """Who is left to decide when the one who asked, or has approved already, does not count."""
    done = {approval.requester, *approval.voters} if approval else set()
    others = tuple(who for who in house.deciders.of(approval) if who not in done)
    return f"{t.people(others)} can." if others else "Nobody else is named as an approver yet: set MIDWATCH_APPROVERS."


def already(approval: Approval) -> str:
    """What a late press is told: how this request ended, by whom, when."""
    return ALREADY[approval.state](approval, f"{_by(approval)}{_at(approval)}")


def _settled(approval: Approval, who: str) -> str:
    return f"Already settled{who}: it {'took effect' if approval.established == 'done' else 'did not take effect'}."


ALREADY: Mapping[State, Callable[[Approval, str], str]] = {
    State.PROPOSED: lambda _, __: "This is still waiting for a decision; that press did nothing.",
    State.APPROVED: lambda _, who: f"Already approved{who}; it starts in a moment.",
    State.RUNNING: lambda _, who: f"Already approved{who}; it is running.",
    State.SUCCEEDED: lambda _, who: f"Already approved{who}, and done. The card says how it went.",
    State.FAILED: lambda one, who: (
        f"Already approved{who}. It {'stopped midway' if made_in_part(one) else 'was tried and did not work'}; "
        "the card says why."
    ),
    State.UNKNOWN: lambda _, who: (
        f"Already approved{who}. Whether it took effect is not known: look before anything else."
    ),
    State.ESTABLISHED: _settled,
    State.DENIED: lambda _, who: f"Already denied{who}. Nothing ran.",
    State.CHANGES_REQUESTED: lambda _, who: f"Changes were already requested{who}. Nothing ran.",
    State.EXPIRED: lambda approval, _: f"This request expired at {t.clock(approval.expires_at)}. Nothing ran.",
    State.STALE: lambda _, __: "The world changed before this could run, so it was withdrawn. Nothing ran.",
    State.SUPERSEDED: lambda _, __: "This request was withdrawn because it is no longer needed. Nothing ran.",
}


def _by(approval: Approval) -> str:
    return f" by {t.person(approval.decided_by)}" if approval.decided_by else ""


def _at(approval: Approval) -> str:
    return f" at {t.clock(approval.decided_at)}" if approval.decided_at else ""


def _expired(approval: Approval | None, _: House) -> str:
    when = f" at {t.clock(approval.expires_at)}" if approval else ""
    return f"This request expired{when}. Nothing ran."


def _voted(approval: Approval | None, house: House) -> str:
    missing = approval.needed - len(approval.voters) if approval else 1
    must = f"{t.counted(missing, 'more person', 'more people')} must"
    return f"You have already approved this. {must}: {_others_can(approval, house)}"


WORDS: Mapping[str, Words] = {
    "not_approver": lambda a, house: f"You may not decide this. {who_can(house, a)} Nothing ran.",
    "foreign_team": lambda a, house: f"Only people of this workspace may decide. {who_can(house, a)} Nothing ran.",
    "not_heard": lambda a, house: (
        "A press in your name stands in the record, but it did not come through Slack, so it does not count. Nothing "
        f"ran. Somebody who can write to Redis put it there: that needs looking into. {who_can(house, a)}"
    ),
    "forged_vote": lambda _, __: (
        "The record holds a vote on this request that nobody cast, so it cannot be decided any more except by denying "
        "it. Nothing ran. Somebody who can write to Redis put it there: that needs looking into."
    ),
    "not_ready": lambda _, __: (
        "Midwatch has just started and could not check who you are. Nothing ran. Press again in a few seconds."
    ),
    "not_checked": lambda a, house: (
        "Slack did not say in time whether you are in a group that may decide, so your press could not be checked. "
        f"Nothing ran. Press again in a few seconds. {who_can(house, a)}"
    ),
    "voter_left": lambda a, house: (
        "Somebody who approved this may not any more, or Slack did not say; so it cannot be approved now. Nothing "
        f"ran. Deny it and plan again, or press again in a minute. {who_can(house, a)}"
    ),
    "door_not_checked": lambda _, __: (
        "Slack did not say in time who you are, or whether this channel is shared with another organisation, so your "
        "press could not be checked. Nothing ran. Press again in a few seconds; if it stays so, `midwatch doctor` says "
        "which scope the app lacks."
    ),
    "shared_channel": lambda _, __: (
        "This channel is shared with another organisation, so nothing is decided here. Nothing ran. Set "
        "MIDWATCH_HOME_CHANNEL to a channel of your own, or decide in the incident's own channel."
    ),
    "not_known": lambda _, __: "This request is not known any more. Nothing ran. Ask for a new one in the incident.",
    "wrong_message": lambda _, __: (
        "That button was not in the message this request was posted in, so it does not count. Nothing ran. "
        "Decide on the request's own message."
    ),
    "unknown_action": lambda a, house: f"That button does nothing here. Nothing ran. {who_can(house, a)}",
    "expired": _expired,
    "voted": _voted,
    "requester": lambda approval, house: (
        f"You proposed this, so someone else must approve it. {_others_can(approval, house)} Nothing ran."
    ),
    "digest": lambda a, house: (
        f"What you pressed is not what was proposed, so it does not count. Nothing ran. {who_can(house, a)}"
    ),
    "quorum": lambda approval, house: (
        f"Not enough people have approved this: {len(approval.voters) if approval else 0} of "
        f"{approval.needed if approval else 1}. {who_can(house, approval)}"
    ),
    "not_typed": lambda _, __: (
        "This is approved by typing the name of what it changes: press Approve on the request's message. Nothing ran."
    ),
    "no_glass": lambda _, __: "One approval is enough here: press Approve. Nothing ran.",
    "no_reason": lambda _, __: "Breaking the glass takes a reason. Nothing ran.",
    "not_yet": lambda a, house: f"This request has not expired yet. {who_can(house, a)}",
    "target": lambda a, house: f"The target is not the one that was proposed. Nothing ran. {who_can(house, a)}",
    "execution": lambda a, house: f"This does not belong to this request. Nothing ran. {who_can(house, a)}",
    "frozen": lambda _, __: press_refused(None),
    "refused": lambda a, house: f"That press did nothing. {who_can(house, a)}",
}


def not_written(error: MidwatchError) -> Message:
    """A click or command that could not be written down: nothing was done, and trying again is right."""
    return message(
        "Not taken: Midwatch could not write this down. Nothing was done; try again in a few seconds.",
        [
            section("*Not taken.* Midwatch could not write this down, so nothing was done. Try again in seconds."),
            context(f"What went wrong: {t.said(str(error), 200)}"),
        ],
    )


def form_not_opened(form: FormId) -> Message:
    """Slack did not show a form in time: nothing was decided, and there is another way."""
    other = {
        FormId.DENY: "Your denial stands all the same; say why in the thread.",
        FormId.REQUEST_CHANGES: "Press Request Changes again. Nothing was decided; the request still waits.",
        FormId.INCIDENT: "Type it in one line instead: `/ops incident &lt;title&gt;`. Nothing was opened.",
    }
    return _alone(f"Slack did not open the form in time. {other[form]}")


def bad_command(error: MidwatchError) -> Message:
    """Words after `/ops` that cannot be understood."""
    words = t.said(str(error), 500)
    takes = [] if USAGE in str(error) else [f"`/ops` takes: {t.said(USAGE, 300)}"]
    return message(words, [section(words), context(*takes, "`/ops help` says more.")])


def _alone(words: str) -> Message:
    return message(words, [section(words)])
