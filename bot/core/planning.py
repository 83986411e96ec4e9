"""Which looks a runbook wants in this case: its checks filled in, and those that cannot be asked, with why. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from bot.core import slots
from bot.core.canonical import Json
from bot.core.case import NOT_ASKED, NOT_NEEDED, NOT_OFFERED, Case, Seen
from bot.core.runbook import Check
from bot.core.tool import Spec

PAGES = Check("pages", "find_runbooks", {"query": "{summary}", "alertname": "{alertname}"}, "runbooks")


@dataclass(frozen=True)
class Call:
    """One look to take: the check it is for, and its filled arguments."""

    check: str
    tool: str
    arguments: Json
    noun: str = ""


@dataclass(frozen=True)
class Offer:
    """The reading tools of this process, and why the others are not offered."""

    specs: Mapping[str, Spec]
    missing: Mapping[str, str]


def plan(checks: Sequence[Check], case: Case, offer: Offer) -> tuple[list[Call], list[Seen]]:
    """The calls in order, and what cannot be asked at all; the same looks are taken once."""
    values = slots.placeholders(case)
    calls: list[Call] = []
    unasked: list[Seen] = []
    for check in checks:
        arguments, lacking = _arguments(check, values)
        why = _why_not(check, arguments, lacking, offer, by_alert=bool(case.alertname or case.labels))
        if why is None:
            calls.append(Call(check.id, check.tool, arguments, check.noun))
        else:
            unasked.append(Seen(check.id, check.tool, why[0], digest=why[1], noun=check.noun, arguments=arguments))
    return calls, unasked


def _arguments(check: Check, values: Mapping[str, str]) -> tuple[Json, list[str]]:
    arguments: Json = {}
    lacking: list[str] = []
    for name, template in check.arguments.items():
        text = slots.filled(template, values) if isinstance(template, str) else template
        if text is None:
            lacking += [field for field in slots.fields_of(str(template)) if not values.get(field)]
        else:
            arguments[name] = text
    return arguments, lacking


def _why_not(
    check: Check, arguments: Json, lacking: Sequence[str], offer: Offer, *, by_alert: bool
) -> tuple[str, str] | None:
    if check.tool not in offer.specs:
        return (
            NOT_OFFERED,
            f"{check.tool} is not offered: {offer.missing.get(check.tool, 'there is no such tool here')}",
        )
    # what the tool can do without is left out; what it needs and the alert does not say makes the look impossible
    fields = offer.specs[check.tool].arguments.model_fields
    needed = [name for name, field in fields.items() if field.is_required() and name not in arguments]
    if needed and set(lacking) == {"recent_expression"}:
        return NOT_NEEDED, "the rule looks back no further than its newest quarter would"
    if needed and lacking:
        return NOT_ASKED, _lacks(lacking, by_alert)
    try:
        offer.specs[check.tool].arguments.model_validate(arguments)
    except ValidationError as error:
        return NOT_ASKED, f"{check.tool} does not take {error.errors()[0]['loc']}: {error.errors()[0]['msg']}"
    return None


def _lacks(lacking: Sequence[str], by_alert: bool) -> str:
    """Whoever opened the incident without an alert gave it no more than they typed."""
    names = " and no ".join(dict.fromkeys(lacking)).replace("_", " ")
    return f"the alert names no {names}" if by_alert else f"no {names} was given"
