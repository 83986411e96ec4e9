"""`/ops status`: what needs attention now, what changed, and what could not be read. Never “all quiet” when blind."""

from collections.abc import Iterator
from datetime import datetime

from bot.core.answers import Attention, FreezeSeen, LeaseSeen, NotReadable, RolloutSeen, StatusAnswer, WellSeen
from bot.views import text as t
from bot.views.blocks import Block, Message, actions, button, context, message, section
from bot.views.ids import ActionId

MOST_ATTENTION = 15
MOST_ROLLOUTS = 6
MOST_UNREAD = 8
MOST_THERE = 12
MOST_BUTTONS = 5
MOST_LEASES = 8


def status_message(answer: StatusAnswer, ask: str = "") -> Message:
    """``ask`` is the question's id: with it, what has no incident yet can be given one by a press."""
    blocks: list[Block] = [section(f"*{_opening(answer)}* · as of {_clock(answer.as_of)}")]
    if answer.frozen is not None:
        blocks.append(section(_frozen(answer.frozen)))
    if answer.leases:
        blocks.append(section(*(_lease(lease) for lease in answer.leases[:MOST_LEASES])))
    if answer.attention:
        shown = [_attention(item) for item in answer.attention[:MOST_ATTENTION]]
        more = max(answer.attention_total, len(answer.attention)) - len(shown)
        blocks.append(section(*shown, f"and {more} more" if more > 0 else ""))
    if answer.well:
        blocks.append(section(*(_well(one) for one in answer.well)))
    if ask and (presses := list(_openings(answer, ask))):
        blocks.append(actions(f"{ask}:open", *presses[:MOST_BUTTONS]))
    if not answer.unheard_of:
        blocks.append(section(*_changed(answer)))
    if answer.not_readable:
        blocks.append(section(not_readable(answer.not_readable)))
    if answer.watchdog:
        blocks.append(section(_deaf(answer)))
    blocks.append(context(_bot(answer)))
    return message(_text(answer), blocks)


def _frozen(freeze: FreezeSeen) -> str:
    until = f"until {_clock(freeze.until)}" if freeze.until else "until somebody lifts it"
    who = t.person(freeze.user)
    return f"*Frozen* by {who} since {_clock(freeze.since)}, {until}: nothing is carried out. Lift it: `/ops unfreeze`"


def _lease(lease: LeaseSeen) -> str:
    what = f"{t.said(lease.tool.replace('_', ' '), 60)}, {t.said(lease.target, 120)}"
    left = f"{lease.left} of {lease.uses} uses left until {_clock(lease.until)}"
    return f"*Lease* by {t.person(lease.user)}: {what}; {left}. Revoke it on the request's card"


def _openings(answer: StatusAnswer, ask: str) -> Iterator[Block]:
    """A button for each shown alert that no incident tells of."""
    for row, item in enumerate(answer.attention[:MOST_ATTENTION]):
        if item.kind == "alert" and item.incident is None and item.title:
            words = t.label(f"Open Incident: {item.service or item.title}", 70)
            yield button(words, ActionId.OPEN_INCIDENT, f"{ask}:{row}", reads=f"Open an incident for {item.title}")


def _opening(answer: StatusAnswer) -> str:
    about = f" for {t.said(answer.service, 80)}" if answer.service else ""
    total = max(answer.attention_total, len(answer.attention))
    if answer.unheard_of and not total:
        return _unheard_of(answer)
    if total:
        return f"{t.counted(total, 'thing needs', 'things need')} attention{about}"
    if answer.watchdog == "late" and not answer.not_readable:
        return f"Nothing found that needs attention{about}, but alerts may not reach me"
    if answer.not_readable:
        return f"Nothing found that needs attention{about}, but not everything could be read"
    return f"Nothing needs attention{about}"


def _unheard_of(answer: StatusAnswer) -> str:
    name = t.said(answer.service or "", 80)
    shown = ", ".join(t.said(each, 60) for each in answer.there[:MOST_THERE])
    more = f" and {len(answer.there) - MOST_THERE} more" if len(answer.there) > MOST_THERE else ""
    there = f"there are {shown}{more}" if shown else "no other was seen either"
    if answer.not_readable:
        return f"No service {name} was seen, but not everything could be read; {there}"
    return f"There is no service {name}; {there}"


def _text(answer: StatusAnswer) -> str:
    first = f" {_bare(answer.attention[0])}." if answer.attention else ""
    unread = f" Not readable: {', '.join(t.said(n.what, 40) for n in answer.not_readable[:4])}."
    frozen = " Changes are frozen." if answer.frozen is not None else ""
    return f"{_opening(answer)}.{frozen}{first}{unread if answer.not_readable else ''}"


def _bare(item: Attention) -> str:
    return f"{t.said(item.service or item.kind, 60)}: {t.said(item.says, 120)}"


def _attention(item: Attention) -> str:
    where = f" ({t.said(item.namespace, 60)})" if item.namespace else ""
    since = f" since {_clock(item.since)}" if item.since else ""
    level = item.level.upper() if item.level.startswith("sev") else item.level
    name = f"{t.said(item.service, 80)}{where}: " if item.service else ""
    parts = [f"*{level}*  {name}{t.said(item.says, 250)}{since}"]
    if item.state:
        parts.append(t.said(item.state, 100))
    if item.incident:
        parts.append(t.channel(item.channel) if item.channel else t.said(item.incident, 60))
    elif item.kind == "alert":
        parts.append(_untold(item))
    return " · ".join(part for part in parts if part)


def _untold(item: Attention) -> str:
    """That no open incident tells of an alert; who ended the one that did, while it went on firing."""
    if item.closed is None:
        return "no incident yet"
    by = f" by {t.person(item.closed_by)}" if item.closed_by else ""
    return f"its incident was resolved{by} at {_clock(item.closed_at)}, and it still fires"


def _well(seen: WellSeen) -> str:
    where = f" ({t.said(seen.namespace, 60)})" if seen.namespace else ""
    revision = f" · revision {t.said(seen.revision, 12)}" if seen.revision else ""
    since = f" since {_clock(seen.since)}" if revision and seen.since else ""
    return f"{t.said(seen.workload, 80)}{where}: {t.said(seen.ready, 20)} pods ready{revision}{since}"


def _changed(answer: StatusAnswer) -> list[str]:
    if not answer.rollouts:
        seen = "no rollouts seen"
        return [f"*Changed in 24 h:* {seen}{', but not everything could be read' if answer.not_readable else ''}"]
    shown = ", ".join(_rollout(seen) for seen in answer.rollouts[:MOST_ROLLOUTS])
    total = max(answer.rollouts_total, len(answer.rollouts))
    more = "" if total <= MOST_ROLLOUTS else ", …"
    return [f"*Changed in 24 h:* {t.counted(total, 'rollout')} ({shown}{more})"]


def _rollout(seen: RolloutSeen) -> str:
    return f"{t.said(seen.workload, 80)} to revision {t.said(seen.revision, 12)} {_clock(seen.at)}"


def not_readable(unread: tuple[NotReadable, ...]) -> str:
    """“Not readable: Argo CD (403 for midwatch-read: list applications)”, everything named."""
    shown = " · ".join(f"{t.said(n.what, 80)} ({t.said(n.why, 200)})" for n in unread[:MOST_UNREAD])
    more = len(unread) - MOST_UNREAD
    return f"*Not readable:* {shown}{f' · and {more} more' if more > 0 else ''}"


def _deaf(answer: StatusAnswer) -> str:
    """What it means that the alert that always fires is not heard."""
    if answer.watchdog == "late":
        return f"*No Watchdog heard since {_clock(answer.heard_at)}:* alerts may not reach me"
    return "*No Watchdog was ever heard:* I cannot tell whether alerts reach me"


def _bot(answer: StatusAnswer) -> str:
    read = f" · read: {', '.join(t.said(name, 120) for name in answer.read[:8])}" if answer.read else ""
    model = f"diagnoses with {t.said(answer.model, 40)}" if answer.model else "diagnoses by runbook, no model"
    return f"Bot: {answer.diagnosing} diagnosing, {answer.waiting} waiting for a decision · {model}{read}"


def _clock(stamp: str) -> str:
    """A stored time as Slack's date; the text itself when it is none."""
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return t.said(stamp, 40)
    return t.moment(at) if at.tzinfo else t.said(stamp, 40)
