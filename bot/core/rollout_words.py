"""What a rollout changed, in the few words a card has room for: image tags, not whole references. Pure.

A tag alone is told only where it is all that differs; another registry or repository is never hidden behind it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.harmless import CHANGED_HIDDEN
from bot.core.measures import clip

MOST_NAMED = 2
LONGEST = 90
IMAGE = re.compile(r"image(?: of)? (.+)")
REFERENCE = re.compile(r"(?P<name>[^@]*?)(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>sha256:[0-9a-f]{6,}))?")


def changes_in_words(rows: Sequence[Mapping[str, Any]], workload: str) -> str:
    """“image 2.30.4 to 2.31.0, env TAX_V2 off to on and 3 more”."""
    named = ", ".join(clip(_change(row, workload), LONGEST) for row in rows[:MOST_NAMED])
    more = len(rows) - MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named


def _change(row: Mapping[str, Any], workload: str) -> str:
    what, before, after = (str(row.get(key) or "") for key in ("what", "before", "after"))
    if found := IMAGE.fullmatch(what):
        container = "" if found[1] == workload else f" of {found[1]}"
        before, after = tags(before, after)
        return f"image{container} {before or '(none)'} to {after or '(removed)'}"
    what = what.removesuffix(f" of {workload}")
    if after == CHANGED_HIDDEN:
        return f"{what} ({CHANGED_HIDDEN})"
    return f"{what} {before or '(none)'} to {after or '(removed)'}"


def tags(before: str, after: str) -> tuple[str, str]:
    """Two references of images by what differs: their tags, else their digests, else as they are."""
    old, new = REFERENCE.fullmatch(before), REFERENCE.fullmatch(after)
    if not old or not new:
        return before, after
    if not before or not after or old["name"] != new["name"]:
        return (before, _tag(new)) if not before else (_tag(old), after) if not after else (before, after)
    if old["tag"] != new["tag"]:
        return _tag(old), _tag(new)
    return _digest(old) or _tag(old), _digest(new) or _tag(new)


def _tag(reference: re.Match[str]) -> str:
    return reference["tag"] or _digest(reference) or "(no tag)"


def _digest(reference: re.Match[str]) -> str:
    return (reference["digest"] or "")[: len("sha256:") + 12]
