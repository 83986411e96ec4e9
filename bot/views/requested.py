"""What `/ops do …` came to: asked for and where, or why not and what to type instead. Nothing ran in either case."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.views import text as t
from bot.views.blocks import Message, context, message, section

Answer = Mapping[str, Any]
Words = Callable[[Answer], list[str]]


def requested_message(answer: Answer) -> Message:
    """The request stands in an incident; the card there follows."""
    title = t.said(str(answer.get("title", "")), 250)
    if answer.get("beside"):
        return _beside(title, answer)
    joined = "It is part of an incident that is open" if answer.get("joined") else "It has a card of its own"
    lines = [
        f"*Asked for:* {title}",
        f"{joined}: {_place(answer)}. A plan with its dry run follows there, for somebody else to approve, "
        "or why it cannot be done.",
    ]
    small = context("Nothing has run. Whoever asks does not approve.")
    return message(f"Asked for: {title}. Nothing has run; somebody else must approve it.", [section(*lines), small])


def _beside(title: str, answer: Answer) -> Message:
    """The same change waits already: one card stands for both."""
    who = "You have asked for this already" if answer.get("mine") else "The same change waits already"
    lines = [f"*{who}:* {title}", f"Its card is in {_place(answer)}; it says who else wants it."]
    small = context("Nothing has run. One decision on that card is enough.")
    return message(f"{who}: {title}. Nothing has run.", [section(*lines), small])


def not_requested_message(answer: Answer) -> Message:
    """Why nothing was asked for, and what can be done about it."""
    words = WHY.get(str(answer.get("why")))
    lines = words(answer) if words else [f"Not asked for ({t.said(str(answer.get('why')), 60)})."]
    plain = t.clip_marked(" ".join(lines), 280)
    return message(plain, [section(*lines), context("Nothing has run.")])


def _place(answer: Answer) -> str:
    found = answer.get("channel") or answer.get("home")
    where = t.channel(str(found)) if found else "the home channel"
    return f"{where} (`{t.said(str(answer.get('incident', '')), 60)}`)"


def _listed(answer: Answer) -> str:
    known = [str(one) for one in answer.get("known") or ()]
    more = int(answer.get("known_total") or 0) - len(known)
    shown = ", ".join(t.said(one, 130) for one in known)
    return f"{shown}{f' and {more} more' if more > 0 else ''}"


def _name(answer: Answer) -> str:
    return f"{t.said(str(answer.get('object', 'Deployment')), 40)} {t.said(str(answer.get('wanted', '')), 120)}"


def _several(answer: Answer) -> list[str]:
    return [f"*More than one fits {_name(answer)}:* {_listed(answer)}.", "Say which: add `in &lt;namespace&gt;`."]


def _nothing(answer: Answer) -> list[str]:
    places = ", ".join(t.said(str(one), 70) for one in answer.get("places") or ()) or "where Midwatch looks"
    there = f"There are: {_listed(answer)}." if answer.get("known") else "Nothing of this kind was seen there."
    others = ", ".join(t.said(str(one), 130) for one in list(answer.get("others") or ())[:3])
    instead = [f"There is {others}, of a kind Midwatch reads and does not change."] if others else []
    return [f"*There is no {_name(answer)}* in {places}.", *instead, there]


def _unread(answer: Answer) -> list[str]:
    unread = "; ".join(t.said(str(one), 250) for one in list(answer.get("unread") or ())[:5])
    seen = f"Found: {_listed(answer)}. " if answer.get("known") else ""
    return [
        f"*It cannot be told which {_name(answer)} is meant.* {seen}Not readable: {unread}.",
        "Name the namespace to mean one: add `in &lt;namespace&gt;`.",
    ]


def _where(answer: Answer) -> list[str]:
    known = f" Known: {_listed(answer)}." if answer.get("known") else ""
    return [f"*In which namespace is {_name(answer)}?* Add `in &lt;namespace&gt;`.{known}"]


def _not_listed(answer: Answer) -> list[str]:
    return [f"*Midwatch may not change anything there.* MIDWATCH_NAMESPACES lists {_listed(answer)}."]


def _frozen(answer: Answer) -> list[str]:
    by = t.person(str(answer.get("user", "")))
    return [
        f"*Changes are frozen* since {_moment(answer)} by {by}. An approver or who froze lifts it: `/ops unfreeze`."
    ]


def _moment(answer: Answer) -> str:
    try:
        return t.moment(datetime.fromisoformat(str(answer.get("since"))))
    except ValueError:
        return t.said(str(answer.get("since")), 40)


def _already(answer: Answer) -> list[str]:
    return [
        f"*A change of the same target is already waiting* for a decision: {_place(answer)}.",
        "Decide on that one first; two plans for one target would contradict each other.",
    ]


def _only_proposing(answer: Answer) -> list[str]:
    line = str(answer.get("command") or "")
    by_hand = f"*By hand, not dry-run:* {t.quoted(line, 600)}" if line else "There is no single line for this change."
    return [
        "*Midwatch may not change anything here yet* (MIDWATCH_MODE=propose), so nobody could approve this.",
        by_hand,
        "To have an Approve button: MIDWATCH_MODE=act for every process, and an act worker.",
    ]


WHY: Mapping[str, Words] = {
    "several": _several,
    "nothing": _nothing,
    "unread": _unread,
    "where": _where,
    "namespace_not_listed": _not_listed,
    "frozen": _frozen,
    "already_asked": _already,
    "other_workspace": lambda _: ["*Only people of this workspace may ask for changes.*"],
    "foreign_team": lambda _: ["*Only people of this workspace may ask Midwatch.* Ask one of them."],
    "too_many_requests": lambda answer: [
        f"*You have {answer.get('most', 'several')} requests open already.* Have them decided, or resolve them, first."
    ],
    "not_member": lambda _: ["*Only full members of this workspace may ask for changes,* guests may not."],
    "mode_observe": lambda _: [
        "*Midwatch only observes here* (MIDWATCH_MODE=observe): it proposes no change, not even on request."
    ],
    "mode_propose": _only_proposing,
}
