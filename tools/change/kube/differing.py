"""The unified diff of an object before and after a dry run, and the changes in words. Pure.

Noise nobody decides by (status, managed fields, versions) is left out; values of environment variables and arguments
are shown where their shape is harmless. A hidden value that differs says so, because "the password changes" must not
look like "nothing changes". What is sent, pinned and compared is the object itself, never what is shown of it.
"""

import copy
import difflib
import re
from collections.abc import Iterator
from typing import Any

import yaml

from bot.core.canonical import Json
from bot.core.harmless import CHANGED_HIDDEN, VALUE_HIDDEN, without_values
from bot.core.redact import HIDDEN, redact, redact_json
from bot.core.tool import MARK, Change

NOISE = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")
NOISY_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration", MARK)
CONTEXT_LINES = 4
MOST_LINES = 1500
MOST_CHANGES = 40
LONGEST = 300
ABSENT = "not set"
DIFFERENT = f"{HIDDEN} (a different value)"
NOT_DECIDED_BY = re.compile(
    r"(?:^|\.)metadata\.annotations\.(?:kubernetes\.io/change-cause|deployment\.kubernetes\.io/.*)$"
)
PLAIN = (
    (re.compile(r"^(?:initC|c)ontainers\[([^\]]+)\]\.image$"), r"image \1"),
    (re.compile(r"^(?:initC|c)ontainers\[([^\]]+)\]\.env\[([^\]]+)\]\.value$"), r"env \2 of \1"),
    (re.compile(r"^(?:initC|c)ontainers\[([^\]]+)\]\.(.+)$"), r"\2 of \1"),
    (re.compile(r"^metadata\.annotations\.(.+)$"), r"annotation \1"),
    (re.compile(r"^metadata\.labels\.(.+)$"), r"label \1"),
)


def unified_diff(before: Json, after: Json, name: str, was: str = "live") -> str:
    """What a person reads; bounded, and it says when it was cut. ``was`` says what ``before`` is."""
    shown_before, shown_after = _shown(before, after)
    lines = list(
        difflib.unified_diff(
            _yaml(shown_before),
            _yaml(shown_after),
            f"{name} ({was})",
            f"{name} (dry run)",
            n=CONTEXT_LINES,
            lineterm="",
        )
    )
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"… {len(lines) - MOST_LINES} more lines"]
    return redact("\n".join(lines))


def changes(before: Json, after: Json) -> tuple[Change, ...]:
    """Every field that will differ, images first, in words; what nobody decides by is in the diff alone."""
    shown_before, shown_after = _shown(before, after)
    old, new = dict(_leaves(shown_before, "")), dict(_leaves(shown_after, ""))
    differing = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    paths = [path for path in differing if not _is_noise(path, old.get(path), new.get(path))] or differing
    paths.sort(key=lambda path: (not path.endswith(".image"), path))
    told = [Change(what=_words(p), before=_text(old.get(p)), after=_text(new.get(p))) for p in paths[:MOST_CHANGES]]
    if len(paths) > MOST_CHANGES:
        told.append(
            Change(what=f"{len(paths) - MOST_CHANGES} more fields", before="see the diff", after="see the diff")
        )
    return tuple(told)


def _is_noise(path: str, before: Any, after: Any) -> bool:
    """Not set and an empty list are the same to Kubernetes; an empty mapping is not (`emptyDir: {}`)."""
    return bool(NOT_DECIDED_BY.search(path)) or (before in (None, []) and after in (None, []))


def without_noise(item: Json) -> Json:
    kept = {key: copy.deepcopy(value) for key, value in item.items() if key != "status"}
    metadata = kept.get("metadata") or {}
    for key in NOISE:
        metadata.pop(key, None)
    marks = metadata.get("annotations") or {}
    for key in NOISY_ANNOTATIONS:
        marks.pop(key, None)
    return kept


def _shown(before: Json, after: Json) -> tuple[Json, Json]:
    one, other = without_noise(before), without_noise(after)
    hidden_one, hidden_other = redact_json(without_values(one)), redact_json(without_values(other))
    return hidden_one, _mark_hidden(one, other, hidden_one, hidden_other)


def _mark_hidden(one: Any, other: Any, hidden_one: Any, hidden_other: Any) -> Any:
    """``hidden_other`` with a word where a value differs although hiding made both look alike."""
    if one != other and hidden_one == hidden_other and not isinstance(hidden_other, dict | list):
        return f"{hidden_other} (a different value)" if HIDDEN in str(hidden_other) else hidden_other
    if isinstance(hidden_other, dict) and isinstance(one, dict) and isinstance(other, dict):
        return {
            key: _mark_hidden(one.get(key), other.get(key), hidden_one.get(key), value)
            for key, value in hidden_other.items()
        }
    if isinstance(hidden_other, list) and isinstance(one, list) and isinstance(other, list):
        before, shown = _named(one), _named(hidden_one)
        return [
            _mark_hidden(before.get(name), raw, shown.get(name), hidden)
            for (name, raw), hidden in zip(_named(other).items(), hidden_other, strict=True)
        ]
    return hidden_other


def _named(items: list[Any]) -> dict[Any, Any]:
    """The items of a list by their names, as Kubernetes merges them, or by their places where they have none."""
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        return dict(enumerate(items))
    return dict(zip(names, items, strict=True))


def _yaml(item: Json) -> list[str]:
    return yaml.safe_dump(item, sort_keys=True, allow_unicode=True, width=10_000).splitlines()


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every scalar with its path; items of a list go by their name where they have one, as a person names them."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for name, inner in _named(value).items():
            rest = {key: part for key, part in inner.items() if key != "name"} if isinstance(inner, dict) else inner
            yield from _leaves(rest or inner, f"{path}[{name}]")
    else:
        yield path, value


def _words(path: str) -> str:
    """`spec.template.spec.containers[web].env[MODE].value` is told as "env MODE of web"."""
    short = path.removeprefix("spec.template.spec.").removeprefix("spec.template.").removeprefix("spec.")
    for shape, words in PLAIN:
        short = shape.sub(words, short)
    return redact(short)[:LONGEST]


def _text(value: Any) -> str:
    if value is None:
        return ABSENT
    return {HIDDEN: VALUE_HIDDEN, DIFFERENT: CHANGED_HIDDEN}.get(str(value)) or redact(str(value))[:LONGEST]
