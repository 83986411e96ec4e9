"""What an `opensre` case wants, as checks on the answer's words; opened only after the answer was written."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.evaluation.frozen import Expected

HEALTHY = "healthy"


def expected_of(path: Path) -> Expected | None:
    """None where the expectation was taken away."""
    if not path.is_file():
        return None
    read = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    healthy = read.get("root_cause_category") == HEALTHY
    return Expected(
        all_of=tuple(re.escape(one) for one in _texts(read, "required_keywords")),
        ruled_out=tuple(re.escape(one) for one in _texts(read, "ruling_out_keywords")),
        none_of=tuple(re.escape(one) for one in _texts(read, "forbidden_keywords")),
        healthy=healthy,
        category=str(read.get("root_cause_category") or ""),
    )


def _texts(read: Mapping[str, Any], key: str) -> Iterator[str]:
    return (str(one) for one in read.get(key) or ())
