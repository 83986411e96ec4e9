"""Words that a diff and the trouble have in common: the strongest sign that one made the other. Pure.

A name counts by how rare it is among all the changes; what nearly every change or any program has counts nothing.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}(?:-[A-Za-z0-9_]+)*")
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
LEAST = 4
COMMON = frozenset(
    [
        "error",
        "errors",
        "failed",
        "failure",
        "failing",
        "service",
        "services",
        "server",
        "request",
        "requests",
        "response",
        "client",
        "handler",
        "handle",
        "handled",
        "return",
        "returns",
        "func",
        "function",
        "const",
        "class",
        "import",
        "export",
        "from",
        "self",
        "this",
        "that",
        "true",
        "false",
        "null",
        "none",
        "string",
        "int",
        "float",
        "value",
        "values",
        "type",
        "types",
        "name",
        "names",
        "data",
        "info",
        "warn",
        "debug",
        "level",
        "message",
        "default",
        "config",
        "configuration",
        "settings",
        "get",
        "set",
        "add",
        "remove",
        "update",
        "create",
        "delete",
        "list",
        "item",
        "items",
        "count",
        "total",
        "number",
        "time",
        "date",
        "start",
        "end",
        "run",
        "main",
        "test",
        "tests",
        "file",
        "path",
        "code",
        "status",
        "http",
        "https",
        "json",
        "yaml",
        "html",
        "text",
        "body",
        "header",
        "api",
        "route",
        "user",
        "users",
        "with",
        "when",
        "then",
        "into",
        "over",
        "have",
        "been",
        "http_5xx_ratio",
        "error_rate",
        "ratio",
        "rate",
        "percent",
        "above",
        "below",
        "rising",
        "rose",
        "fell",
        "window",
        "before",
        "after",
        "times",
        "once",
        "last",
        "first",
        "more",
        "than",
        "same",
        "new",
        "old",
        "and",
        "the",
        "for",
        "not",
        "was",
        "were",
        "are",
        "has",
        "had",
        "its",
        "it",
        "by",
        "of",
        "in",
        "on",
        "at",
        "to",
        "is",
        "be",
        "as",
        "or",
        "an",
        "a",
        "if",
        "else",
        "try",
        "public",
        "private",
        "static",
        "void",
        "async",
        "await",
        "let",
        "var",
        "def",
        "print",
        "log",
        "logger",
        "logs",
        "line",
        "lines",
        "trace",
        "traces",
        "span",
        "spans",
        "monitor",
        "alert",
        "critical",
        "high",
        "severity",
        "minute",
        "minutes",
        "second",
        "seconds",
        "call",
        "calls",
        "called",
        "caller",
        "callers",
        "breaks",
        "goes",
        "says",
        "median",
        "itself",
        "spends",
        "takes",
        "gives",
        "because",
        "each",
        "fails",
        "fail",
        "fire",
        "fired",
        "query",
        "queries",
    ]
)
HALF = 1.6  # of the weights together: from here on it is more likely than not


@dataclass(frozen=True)
class Shared:
    """``score`` 0 to 1; ``names`` the most telling ones first."""

    score: float
    names: tuple[str, ...] = ()


def names_in(text: str) -> set[str]:
    """Names as written, in lower case, and the parts of compound ones."""
    found: set[str] = set()
    for name in _NAME.findall(text):
        found.add(name.lower())
        parts = [part.lower() for part in _PARTS.findall(name)]
        found |= {part for part in parts if len(part) >= LEAST} if len(parts) > 1 else set()
    return {name for name in found if len(name) >= LEAST and name not in COMMON}


def commonness(diffs: Sequence[set[str]]) -> Counter[str]:
    return Counter(name for names in diffs for name in names)


def shared(mine: set[str], trouble: set[str], common: Counter[str], of: int, ignored: Iterable[str] = ()) -> Shared:
    """``ignored``: names of services, which stand everywhere."""
    both = (mine & trouble) - set(ignored)
    weights = {name: _weight(name, common[name], of) for name in both}
    total = sum(sorted(weights.values(), reverse=True)[:6])
    best = sorted((name for name in both if weights[name] > 0.2), key=lambda name: (-weights[name], name))
    return Shared(1 - exp(-total / HALF), tuple(best[:4]))


def _weight(name: str, seen: int, of: int) -> float:
    rare = 1.0 if of < 2 else max(0.0, 1 - log(max(seen, 1)) / log(of + 1))
    compound = "_" in name or "-" in name or len(name) >= 12
    return rare * (1.0 if compound else 0.45)
