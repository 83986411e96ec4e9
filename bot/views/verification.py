"""What was checked after a change: a line for the card, and a message of its own for the thread or, when it did not
help, for the channel with one mention of who must know.
"""

from collections.abc import Mapping

from bot.core.incident import Check, Execution
from bot.views import text as t
from bot.views.blocks import Message, context, message, section
from bot.views.lead import situation
from bot.views.story import Story

RESULT: Mapping[str, str] = {
    "passed": "recovered",
    "failed": "*not* recovered",
    "inconclusive": "could not be read, so nothing is known",
}
WITHOUT_ALERT: Mapping[str, str] = {"passed": "as it should be", "failed": "*not* as it should be"}
ORDINAL: Mapping[int, str] = {1: "First check", 2: "Second check"}


def check_line(story: Story, execution: Execution, check: Check) -> str:
    """“First check at 02:26: recovered. 21 % to 0.2 %; 6 of 6 pods are ready”; a later one only what is new."""
    before = _before(execution, check)
    result = f"{'still ' if before else ''}{_result(story, check)}"
    return f"{_name(check)} at {t.clock(check.at)}: {result}. {_seen(story, check, before)}".rstrip()


def _before(execution: Execution, check: Check) -> Check | None:
    """The check before this one, where both passed."""
    earlier = [one for one in execution.checks if one.number < check.number]
    return earlier[-1] if earlier and earlier[-1].result == check.result == "passed" else None


def _seen(story: Story, check: Check, before: Check | None) -> str:
    """What was seen, in figures where there are some; nothing that the check before has said already."""
    now, then = story.checks.get(check.seen.ref), story.checks.get(before.seen.ref) if before else None
    if now is None or not now.fine:
        said = story.said_by(check.seen.ref, 400)
        return "" if before and said == story.said_by(before.seen.ref, 400) else said
    worst = story.trouble.worst if before is None else ""
    value = f"{worst} to {now.value}" if worst and now.value else now.value
    fine = "" if then is not None and then.fine == now.fine else now.fine
    unlooked = now.unlooked if before is None else ""
    return t.sentence("; ".join(t.said(part, 300) for part in (value, fine, unlooked) if part))


def check_message(story: Story, execution_id: str, number: int) -> Message:
    """One check as a message; it calls the on-call only when the change did not help or nobody can tell."""
    execution = story.incident.executions[execution_id]
    check = next(each for each in execution.checks if each.number == number)
    plan = story.plans.get(execution.approval)
    title = t.said(plan.title if plan else execution.target, 150)
    lines = [f"*{_name(check)}: {_result(story, check)}*", title, _seen_in_full(story, check)]
    if needs_people(check) and story.house.oncall:
        lines.append(f"{t.people(story.house.oncall, 'and')}: please look. Nothing more is done by itself.")
    bare = _result(story, check).replace("*", "")
    asked = " On call: look, please." if needs_people(check) else ""
    text = f"{_name(check)} after the change: {bare}. {title}. {situation(story)}.{asked}"
    return message(text, [section(*lines), context(f"seen {t.moment(check.at)}")])


def _seen_in_full(story: Story, check: Check) -> str:
    """With the figures where the check has them; in its own words where it did not pass."""
    told = story.checks.get(check.seen.ref)
    return _seen(story, check, None) if told is not None and told.value else story.said_by(check.seen.ref, 1500)


def needs_people(check: Check) -> bool:
    return check.result != "passed"


def _name(check: Check) -> str:
    return ORDINAL.get(check.number, f"Check {check.number}")


def _result(story: Story, check: Check) -> str:
    """Where nothing was broken nothing can recover."""
    if story.incident.by_request and check.result in WITHOUT_ALERT:
        return WITHOUT_ALERT[check.result]
    return RESULT.get(check.result, t.said(check.result, 40))
