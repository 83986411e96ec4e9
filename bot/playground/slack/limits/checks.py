"""The small checks every Block Kit limit is made of.

A check looks at a value found at a JSON pointer and yields what is wrong with it. It raises nothing and decides no
error code. Wording follows Slack's, so that what a developer reads here is what Slack would say.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Check = Callable[[Any, str], Iterator["Problem"]]
HTTP_URL = re.compile(r"https?://[^\s<>\"]+\Z")


@dataclass(frozen=True)
class Problem:
    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.what} [json-pointer:{self.where}]"


def string(most: int, least: int = 1) -> Check:
    """A string of ``least`` to ``most`` characters."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem("must be a string", at)
        elif len(value) < least:
            yield Problem(f"must be more than {least - 1} characters", at)
        elif len(value) > most:
            yield Problem(f"must be less than {most + 1} characters", at)

    return check


def matching(pattern: str, what: str) -> Check:
    compiled = re.compile(pattern)

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            yield Problem(what, at)

    return check


def url(most: int = 3000) -> Check:
    length = string(most)

    def check(value: Any, at: str) -> Iterator[Problem]:
        yield from length(value, at)
        if isinstance(value, str) and value and not HTTP_URL.match(value):
            yield Problem("must be a valid URL", at)

    return check


def one_of(*allowed: Any) -> Check:
    names = ", ".join(str(item) for item in allowed)

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not any(value is item or (value == item and type(value) is type(item)) for item in allowed):
            yield Problem(f"failed to match one of the allowed values: {names}", at)

    return check


def boolean(value: Any, at: str) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield Problem("must be a boolean", at)


def integer(least: int, most: int) -> Check:
    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Problem("must be an integer", at)
        elif not least <= value <= most:
            yield Problem(f"must be between {least} and {most}", at)

    return check


def anything(_value: Any, _at: str) -> Iterator[Problem]:
    return iter(())


def array(item: Check, most: int, least: int = 1) -> Check:
    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem("must be an array", at)
            return
        if len(value) < least:
            yield Problem(f"no less than {least} items required", at)
        if len(value) > most:
            yield Problem(f"no more than {most} items allowed", at)
        for index, element in enumerate(value):
            yield from item(element, f"{at}/{index}")

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these fields and no others; ``type`` is always allowed, whoever chose the shape has read it."""
    known = {"type": anything, **(optional or {}), **required}

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem("must provide an object", at)
            return
        yield from (Problem(f"missing required field: {name}", at) for name in required if value.get(name) is None)
        for name, found in value.items():
            if name not in known:
                yield Problem(f"invalid additional property: {name}", at)
            elif found is not None:
                yield from known[name](found, f"{at}/{name}")

    return check


def tagged(table: Mapping[str, Check]) -> Check:
    """An object whose ``type`` chooses its shape."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem("must provide an object", at)
        elif not isinstance(value.get("type"), str):
            yield Problem("missing required field: type", at)
        elif value["type"] not in table:
            yield Problem(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            yield from table[value["type"]](value, at)

    return check


def exactly_one(*names: str) -> Check:
    def check(value: Any, at: str) -> Iterator[Problem]:
        if isinstance(value, dict) and sum(name in value for name in names) != 1:
            yield Problem(f"must have exactly one of: {', '.join(names)}", at)

    return check


def unique(field: str) -> Check:
    """No two objects of an array share ``field``."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        seen: set[str] = set()
        for index, item in enumerate(value if isinstance(value, list) else []):
            name = item.get(field) if isinstance(item, dict) else None
            if isinstance(name, str) and name in seen:
                yield Problem(f"`{field}` already exists: {name}", f"{at}/{index}/{field}")
            elif isinstance(name, str):
                seen.add(name)

    return check


def both(*checks: Check) -> Check:
    def check(value: Any, at: str) -> Iterator[Problem]:
        for each in checks:
            yield from each(value, at)

    return check
