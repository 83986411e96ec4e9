"""What a query answers: labels as dictionaries, times in unix seconds."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.playground.world.prom.grid import Floats
from bot.playground.world.prom.nodes import Kind


@dataclass(frozen=True)
class Sample:
    labels: Mapping[str, str]
    at: float
    value: float


@dataclass(frozen=True)
class Curve:
    labels: Mapping[str, str]
    times: Floats
    values: Floats


@dataclass(frozen=True)
class Result:
    """`kind` says which field holds the answer; `at` is the time of an instant query, else the end of the range."""

    kind: Kind
    at: float
    vector: tuple[Sample, ...] = ()
    matrix: tuple[Curve, ...] = ()
    scalar: float = 0.0
    string: str = ""
