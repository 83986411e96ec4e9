"""What people read of a freeze: the answer to who asked, the message at home, the line on a card, why a press fails."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.core.bulletin import Bulletin
from bot.core.events import Frozen, Unfrozen
from bot.core.ledger import parse_stamp
from bot.core.workspace import Freeze
from bot.views import text as t
from bot.views.blocks import Message, context, message, section

Answer = Mapping[str, Any]
LIFT = "`/ops unfreeze`"
MEANS = "Nothing is carried out, whoever approves it; looking, planning and denying go on."
OFFERS = f"An approver or whoever froze lifts it: {LIFT}, or mention me with `unfreeze`."


def frozen_line(freeze: Freeze, who: str) -> str:
    """“Frozen by alex until 02:40: nothing is carried out”; ``who`` is made fit already."""
    return f"*Frozen* by {who} {lasting(freeze.until)}: nothing is carried out"


def lasting(until: datetime | None) -> str:
    return f"until {t.moment(until)}" if until is not None else "until somebody lifts it"


def press_refused(freeze: Freeze | None) -> str:
    """Why an Approve did not count. Whoever lifts a freeze starts nothing by it."""
    by = f" by {t.person(freeze.user)} {lasting(freeze.until)}" if freeze is not None else ""
    return (
        f"Changes are frozen{by}, so this approval was not counted. Nothing ran, and nothing runs by itself when the "
        f"freeze ends: press again then. An approver or whoever froze lifts it: {LIFT}."
    )


# --- the answer


def froze_message(answer: Answer) -> Message:
    until = _time(answer.get("until"))
    lines = [f"*Frozen* {lasting(until)}. {MEANS}"]
    if replaced := answer.get("replaced"):
        who = t.person(str(replaced.get("user", "")))
        lines.append(f"It replaces the freeze by {who} {lasting(_time(replaced.get('until')))}.")
    lines.append("What is being carried out at this moment is not interrupted; its card says how it went.")
    plain = f"Frozen {f'until {t.bare_clock(until)}' if until else 'until somebody lifts it'}: nothing is carried out."
    return message(plain, [section(*lines), context(f"The home channel is told. {OFFERS}")])


def lifted_message(answer: Answer) -> Message:
    by = f" by {t.person(str(answer.get('user', '')))}"
    lines = [
        f"*Lifted:* the freeze{by}. Changes can be approved again.",
        "Nothing runs by itself now: what was approved before needs Plan Again, what waits needs a press.",
    ]
    return message("The freeze is lifted. Nothing runs by itself now.", [section(*lines)])


def not_frozen_message(answer: Answer) -> Message:
    """Why nothing was frozen, or nothing lifted."""
    words = WHY.get(str(answer.get("why")), _unknown)(answer)
    return message(words, [section(words)])


def _unknown(answer: Answer) -> str:
    return f"Nothing was changed ({t.said(str(answer.get('why')), 60)})."


def _by(answer: Answer) -> str:
    since = _time(answer.get("since"))
    at = f" at {t.clock(since)}" if since is not None else ""
    return f"{t.person(str(answer.get('user', '')))}{at}"


def _outsider(answer: Answer) -> str:
    lifts = answer.get("asked") == "unfreeze"
    does, done = ("lift a freeze", "Nothing was lifted") if lifts else ("freeze changes", "Nothing was frozen")
    return f"Only full members of this workspace may {does}, guests and bots may not. {done}. Ask one of them."


WHY: Mapping[str, Callable[[Answer], str]] = {
    "not_frozen": lambda _: "Nothing is frozen, so there is nothing to lift.",
    "frozen_since": lambda answer: f"Not lifted: it was frozen anew by {_by(answer)}, after you asked. Ask again.",
    "not_theirs_to_lift": lambda answer: (
        f"Not lifted: changes were frozen by {_by(answer)}. They can lift it, or an approver (MIDWATCH_APPROVERS)."
    ),
    "not_checked": lambda answer: (
        "Not lifted: Slack did not say in time whether you may, so it could not be checked. The freeze by "
        f"{_by(answer)} goes on. Ask again in a few seconds."
    ),
    "not_member": _outsider,
}


# --- at home


def freeze_notice(bulletin: Bulletin, reason: str) -> Message:
    """Who froze, until when, why, how it is lifted; once it was lifted or replaced, by whom."""
    frozen = bulletin.frozen
    assert frozen is not None
    assert bulletin.opened_at is not None
    until = parse_stamp(frozen.until) if frozen.until is not None else None
    who, since = t.person(frozen.user), t.clock(bulletin.opened_at)
    why = f"*Why:* “{t.said(reason, 400)}”" if reason else ""
    if bulletin.ended is not None and bulletin.ended_at is not None:
        end = _end(bulletin.ended, bulletin.ended_at)
        lines = [f"*Changes were frozen* by {who} at {since}. {end}", why]
        return message("A freeze of all changes has ended.", [section(*lines)])
    lines = [f"*Changes are frozen* by {who} since {since}, {lasting(until)}.", why, MEANS]
    ends = "It ends by itself then. " if until is not None else ""
    plain = f"Changes are frozen {f'until {t.bare_clock(until)}' if until else 'until somebody lifts it'}."
    return message(plain, [section(*lines), context(f"{ends}{OFFERS}")])


def _end(fact: Frozen | Unfrozen, at: datetime) -> str:
    by = f"by {t.person(fact.user)} at {t.clock(at)}"
    return f"*Lifted* {by}." if isinstance(fact, Unfrozen) else f"*Replaced* by another freeze, {by}."


def _time(stored: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(stored)) if stored else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo else None
