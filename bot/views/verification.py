"""What was checked after a change: a line for the card, and a message of its own for the thread or, when it did not
help, for the channel with one mention of who must know.
"""

from collections.abc import Mapping

from bot.core.incident import Check
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


def check_line(story: Story, check: Check) -> str:
    """“First check at 02:26: recovered. …”."""
    return (
        f"{_name(check)} at {t.clock(check.at)}: {_result(story, check)}. {story.said_by(check.seen.ref, 400)}".rstrip()
    )


def check_message(story: Story, execution_id: str, number: int) -> Message:
    """One check as a message; it calls the on-call only when the change did not help or nobody can tell."""
    execution = story.incident.executions[execution_id]
    check = next(each for each in execution.checks if each.number == number)
    plan = story.plans.get(execution.approval)
    title = t.said(plan.title if plan else execution.target, 150)
    lines = [f"*{_name(check)}: {_result(story, check)}*", title, story.said_by(check.seen.ref, 1500)]
    if needs_people(check) and story.house.oncall:
        lines.append(f"{t.people(story.house.oncall, 'and')}: please look. Nothing more is done by itself.")
    bare = _result(story, check).replace("*", "")
    asked = " On call: look, please." if needs_people(check) else ""
    text = f"{_name(check)} after the change: {bare}. {title}. {situation(story)}.{asked}"
    return message(text, [section(*lines), context(f"seen {t.moment(check.at)}")])


def needs_people(check: Check) -> bool:
    return check.result != "passed"


def _name(check: Check) -> str:
    return ORDINAL.get(check.number, f"Check {check.number}")


def _result(story: Story, check: Check) -> str:
    """Where nothing was broken nothing can recover."""
    if story.incident.by_request and check.result in WITHOUT_ALERT:
        return WITHOUT_ALERT[check.result]
    return RESULT.get(check.result, t.said(check.result, 40))
