"""Label and field selectors: parsing what a query says, and matching objects against it.

Decides syntax and matching as the real server does; a selector that cannot be parsed raises `Unreadable`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_KEY = r"(?:[A-Za-z0-9](?:[-A-Za-z0-9.]{0,251}[A-Za-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_VALUE = r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?"
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")
_EQUAL = re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})")
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")
_COMPARED = re.compile(rf"({_KEY})\s*([<>])\s*(\d+)")
LABEL_KEY, LABEL_VALUE = re.compile(_KEY), re.compile(_VALUE)


class Unreadable(ValueError):
    """A selector nobody can parse; the text says why."""


@dataclass(frozen=True)
class Requirement:
    key: str
    operator: str
    values: tuple[str, ...] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        present, value = self.key in labels, labels.get(self.key, "")
        match self.operator:
            case "In":
                return present and value in self.values
            case "NotIn":
                return not present or value not in self.values
            case "Exists":
                return present
            case "DoesNotExist":
                return not present
            case "Gt" | "Lt":
                return present and self._compares(value)
            case _:
                return False

    def _compares(self, value: str) -> bool:
        if not value.lstrip("-").isdigit():
            return False
        bound = int(self.values[0])
        return int(value) > bound if self.operator == "Gt" else int(value) < bound


Selector = tuple[Requirement, ...]


def matches(selector: Selector, labels: Mapping[str, str] | None) -> bool:
    return all(one.holds(labels or {}) for one in selector)


def parse_labels(text: str) -> Selector:
    """Parse `app=x,tier in (a,b),!old`; raises Unreadable."""
    return tuple(_requirement(part.strip()) for part in _split(text) if part.strip() or text.strip())


def of_query(selector: Mapping[str, Any] | None) -> Selector:
    """Turn a `metav1.LabelSelector` into requirements. None selects nothing; callers ask `selects_nothing` first."""
    chosen = selector or {}
    plain = [Requirement(key, "In", (value,)) for key, value in (chosen.get("matchLabels") or {}).items()]
    rest = [
        Requirement(one.get("key", ""), one.get("operator", ""), tuple(one.get("values") or ()))
        for one in chosen.get("matchExpressions") or ()
    ]
    return (*plain, *rest)


def written(selector: Mapping[str, Any] | None) -> str:
    """Write a `metav1.LabelSelector` the way `status.selector` of a Scale shows it."""
    shown = []
    for one in sorted(of_query(selector), key=lambda requirement: requirement.key):
        values = ",".join(sorted(one.values))
        forms = {"NotIn": f"{one.key} notin ({values})", "Exists": one.key, "DoesNotExist": f"!{one.key}"}
        equal = f"{one.key}={values}" if len(one.values) == 1 else f"{one.key} in ({values})"
        shown.append(forms.get(one.operator, equal))
    return ",".join(shown)


def parse_fields(text: str, known: Mapping[str, Callable[[Mapping[str, Any]], str]]) -> "FieldSelector":
    """Parse `status.phase=Running,metadata.name!=x`; raises Unreadable, also for a field the kind does not index."""
    terms = []
    for part in (one for one in text.split(",") if one):
        found = re.fullmatch(r"([^=!]+)(==|=|!=)(.*)", part.strip())
        if not found:
            raise Unreadable(f"invalid selector: '{text}'; can't understand '{part}'")
        if found[1] not in known:
            raise Unreadable(f"field label not supported: {found[1]}")
        terms.append((known[found[1]], found[2] != "!=", found[3]))
    return FieldSelector(tuple(terms))


@dataclass(frozen=True)
class FieldSelector:
    terms: tuple[tuple[Callable[[Mapping[str, Any]], str], bool, str], ...] = ()

    def holds(self, thing: Mapping[str, Any]) -> bool:
        return all((look(thing) == value) is equal for look, equal, value in self.terms)


def _split(text: str) -> list[str]:
    """Split at the commas outside parentheses."""
    return re.split(r",(?![^()]*\))", text) if text.strip() else []


def _requirement(part: str) -> Requirement:
    if found := _SET.fullmatch(part):
        values = tuple(sorted(one.strip() for one in found[3].split(",")))
        return Requirement(found[1], "In" if found[2] == "in" else "NotIn", values)
    if found := _EQUAL.fullmatch(part):
        return Requirement(found[1], "NotIn" if found[2] == "!=" else "In", (found[3],))
    if found := _COMPARED.fullmatch(part):
        return Requirement(found[1], "Gt" if found[2] == ">" else "Lt", (found[3],))
    if found := _EXISTS.fullmatch(part):
        return Requirement(found[2], "DoesNotExist" if found[1] else "Exists")
    raise Unreadable(f"unable to parse requirement: found '{part}', expected: a label selector")
