"""Label sets as sorted tuples of pairs: hashable, ordered as Prometheus orders series. Knows nothing of samples."""

import re
from collections.abc import Collection, Mapping

Labels = tuple[tuple[str, str], ...]

NAME = "__name__"
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def freeze(labels: Mapping[str, str]) -> Labels:
    """Sort a label set; a label with an empty value is the same as no label."""
    return tuple(sorted((name, value) for name, value in labels.items() if value))


def drop_name(labels: Labels) -> Labels:
    return tuple(pair for pair in labels if pair[0] != NAME)


def keep(labels: Labels, names: Collection[str]) -> Labels:
    return tuple(pair for pair in labels if pair[0] in names)


def without(labels: Labels, names: Collection[str]) -> Labels:
    return tuple(pair for pair in labels if pair[0] not in names)


def get(labels: Labels, name: str) -> str:
    for own, value in labels:
        if own == name:
            return value
    return ""


def put(labels: Labels, name: str, value: str) -> Labels:
    """Set one label, or remove it when the value is empty."""
    return freeze({**dict(labels), name: value})


def is_label_name(name: str) -> bool:
    return _LABEL_NAME.fullmatch(name) is not None


def show(labels: Labels) -> str:
    """Write a label set as Prometheus writes it in messages: ``{__name__="name", a="b"}``."""
    return "{" + ", ".join(f"{name}={quote(value)}" for name, value in labels) + "}"


def quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
