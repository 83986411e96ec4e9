"""PromQL as the engine sees it: frozen nodes, durations and times in milliseconds, parentheses gone."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bot.playground.world.prom.matching import Matcher

Kind = Literal["vector", "scalar", "matrix", "string"]


class Edge(StrEnum):
    """`@ start()` and `@ end()`: the first and the last time of the whole query."""

    START = "start"
    END = "end"


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Text:
    value: str


@dataclass(frozen=True)
class Selector:
    matchers: tuple[Matcher, ...]
    offset: int = 0
    at: int | Edge | None = None


@dataclass(frozen=True)
class RangeSelector:
    selector: Selector
    length: int


@dataclass(frozen=True)
class Subquery:
    inner: "Node"
    length: int
    step: int | None
    offset: int = 0
    at: int | Edge | None = None


@dataclass(frozen=True)
class Negation:
    inner: "Node"


@dataclass(frozen=True)
class Grouping:
    labels: frozenset[str]
    without: bool


@dataclass(frozen=True)
class Aggregation:
    operator: str
    inner: "Node"
    parameter: "Node | None"
    grouping: Grouping


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple["Node", ...]
    kind: Kind


@dataclass(frozen=True)
class Matching:
    """How rows of two vectors find each other; `many` is the side `group_left` or `group_right` names."""

    labels: frozenset[str] = frozenset()
    on: bool = False
    many: Literal["left", "right"] | None = None
    include: tuple[str, ...] = ()


@dataclass(frozen=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"
    matching: Matching
    as_bool: bool = False


Node = Number | Text | Selector | RangeSelector | Subquery | Negation | Aggregation | Call | Binary


def kind_of(node: Node) -> Kind:
    """The type Prometheus gives an expression."""
    match node:
        case Number():
            return "scalar"
        case Text():
            return "string"
        case RangeSelector() | Subquery():
            return "matrix"
        case Negation(inner=inner):
            return kind_of(inner)
        case Call(kind=kind):
            return kind
        case Binary(left=left, right=right):
            return "scalar" if kind_of(left) == kind_of(right) == "scalar" else "vector"
    return "vector"
