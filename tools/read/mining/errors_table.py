"""Reads `known_errors.yaml`, the table of what the words of errors mean; a mistake in it stops the process."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from bot.core.signs import Role

HOST = r"(?P<host>[A-Za-z0-9_](?:[\w.-]*\w)?(?::\d{2,5})?)"


@dataclass(frozen=True)
class Entry:
    """``patterns`` are tried in their order; one may name a `host`."""

    kind: str
    means: str
    role: Role
    weight: float
    patterns: tuple[re.Pattern[str], ...]
    any: re.Pattern[str]


@cache
def table() -> tuple[Entry, ...]:
    read = yaml.safe_load(files("tools.read.mining").joinpath("known_errors.yaml").read_text(encoding="utf-8"))
    means = {one["kind"]: one["means"] for one in read if "means" in one}
    return tuple(_entry(one, means) for one in read)


def _entry(one: dict[str, object], means: dict[str, str]) -> Entry:
    kind, written = str(one["kind"]), one["patterns"]
    assert isinstance(written, list)
    texts = [str(text).replace("{HOST}", HOST) for text in written]
    quick = "|".join(text.replace("(?P<host>", "(?:") for text in texts)
    weight = float(str(one["weight"]))
    patterns = tuple(re.compile(text, re.I) for text in texts)
    return Entry(kind, means[kind], Role(str(one["role"])), weight, patterns, re.compile(quick, re.I))
