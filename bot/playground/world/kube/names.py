"""Spelling rules of names, labels, annotations, quantities and percentages, each returning why a value is wrong."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.playground.world.kube.kinds import Kind
from bot.playground.world.kube.refusal import Cause, invalid_value, required
from bot.playground.world.kube.selectors import LABEL_KEY, LABEL_VALUE

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_QUANTITY = re.compile(r"([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)")
_PERCENT = re.compile(r"[0-9]+%")
_UNITS = {"": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60}
_MOST_ANNOTATIONS = 256 * 1024
_SUBDOMAIN_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_LABEL_WORDS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)


def why_not_label(name: str) -> str | None:
    if len(name) > 63:
        return "must be no more than 63 characters"
    return None if _LABEL.fullmatch(name) else _LABEL_WORDS


def why_not_name(kind: str, name: str) -> str | None:
    """Return what is wrong with an object's name, by its kind."""
    if kind in ("Namespace", "StatefulSet"):
        return why_not_label(name)
    if kind == "Service":
        return None if _SERVICE.fullmatch(name) and len(name) <= 63 else _LABEL_WORDS.replace("1123", "1035")
    if len(name) > 253:
        return "must be no more than 253 characters"
    return None if _SUBDOMAIN.fullmatch(name) else _SUBDOMAIN_WORDS


def metadata_causes(kind: Kind, meta: Mapping[str, Any]) -> Iterator[Cause]:
    """Yield what is wrong with an object's metadata."""
    name = meta.get("name", "")
    if not name:
        yield required("metadata.name", "name or generateName is required")
    elif why := why_not_name(kind.name, name):
        yield invalid_value("metadata.name", name, why)
    yield from label_causes(meta.get("labels") or {}, "metadata.labels")
    yield from _annotation_causes(meta.get("annotations") or {})


def label_causes(labels: Mapping[str, str], path: str) -> Iterator[Cause]:
    for key, value in labels.items():
        if not LABEL_KEY.fullmatch(key):
            yield invalid_value(path, key, "name part must consist of alphanumeric characters, '-', '_' or '.'")
        if len(value) > 63:
            yield invalid_value(path, value, "must be no more than 63 characters")
        elif not LABEL_VALUE.fullmatch(value):
            why = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and "
            yield invalid_value(path, value, why + "must start and end with an alphanumeric character")


def _annotation_causes(annotations: Mapping[str, str]) -> Iterator[Cause]:
    for key in annotations:
        if not LABEL_KEY.fullmatch(key):
            why = "name part must consist of alphanumeric characters, '-', '_' or '.'"
            yield invalid_value("metadata.annotations", key, why)
    size = sum(len(key) + len(value.encode()) for key, value in annotations.items())
    if size > _MOST_ANNOTATIONS:
        words = f"Too long: may not be more than {_MOST_ANNOTATIONS} bytes"
        yield Cause("FieldValueTooLong", words, "metadata.annotations")


def quantity(text: str) -> float:
    """Return the size of `500m`, `1Gi`, `2`; raises ValueError in the real server's words."""
    found = _QUANTITY.fullmatch(text)
    factor = {**_UNITS, **_BINARY}.get(found[2]) if found else None
    try:
        if found and factor is not None:
            return float(found[1]) * factor
        return float(text)
    except ValueError:
        rule = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
        raise ValueError(f"quantities must match the regular expression '{rule}'") from None


def amount_causes(value: Any, path: str) -> Iterator[Cause]:
    """Yield what is wrong with a whole number or percentage."""
    if isinstance(value, str) and not _PERCENT.fullmatch(value):
        why = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', "
        yield invalid_value(path, value, why + "regex used for validation is '[0-9]+%')")
    elif isinstance(value, int) and value < 0:
        yield invalid_value(path, value, "must be greater than or equal to 0")


def amount(value: int | str, whole: int, *, up: bool) -> int:
    """Return a whole number, or the percentage of `whole` rounded up or down."""
    if isinstance(value, int):
        return value
    percent = int(value.rstrip("%")) * whole
    return -(-percent // 100) if up else percent // 100
