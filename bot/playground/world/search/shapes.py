"""What of a document is given back: `_source` filtering with wildcards, and the `fields` option."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from bot.playground.world.search.documents import Document, nested
from bot.playground.world.search.refusal import unparsable


def source_of(document: Document, asked: object) -> dict[str, Any] | None:
    """Return the `_source` by the `_source` option: true, false, a pattern, patterns, or includes and excludes."""
    if asked is False or asked == "false":
        return None
    if asked is None or asked is True or asked == "true":
        return document.source()
    wanted, unwanted = _patterns(asked)
    kept = {
        name: value
        for name, value in document.flat().items()
        if (not wanted or _fits(name, wanted)) and not _fits(name, unwanted)
    }
    return nested(kept)


def _patterns(asked: object) -> tuple[list[str], list[str]]:
    if isinstance(asked, Mapping):
        unknown = set(asked) - {"includes", "include", "excludes", "exclude"}
        if unknown:
            raise unparsable(f"Unknown key for a VALUE_STRING in [{min(unknown)}].")
        return _listed(asked.get("includes", asked.get("include"))), _listed(
            asked.get("excludes", asked.get("exclude"))
        )
    return _listed(asked), []


def _listed(given: object) -> list[str]:
    if given is None:
        return []
    return [str(one) for one in given] if isinstance(given, list) else str(given).split(",")


def _fits(name: str, patterns: list[str]) -> bool:
    """A pattern fits a field, or the object above it: `kubernetes` fits `kubernetes.pod.name`."""
    return any(fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*") for pattern in patterns)


def fields_of(document: Document, asked: object) -> dict[str, list[Any]]:
    """Return the `fields` option's answer: flat names, every value in a list."""
    if not isinstance(asked, list):
        raise unparsable("[fields] expected an array of fields")
    patterns = [str(one["field"]) if isinstance(one, Mapping) else str(one) for one in asked]
    flat = document.flat()
    return {name: [value] for name, value in flat.items() if any(fnmatchcase(name, pattern) for pattern in patterns)}
