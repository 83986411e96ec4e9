"""What comes in a request's query or form: times, durations, selectors, each refused in Prometheus's words."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import promql_parser

from bot.playground.world.prom.catalogue import ALL_TIME
from bot.playground.world.prom.errors import BadData
from bot.playground.world.prom.labels import quote
from bot.playground.world.prom.matching import Matcher
from bot.playground.world.prom.nodes import Selector
from bot.playground.world.prom.numbers import read
from bot.playground.world.prom.syntax import parse_selector

Parameters = Mapping[str, Sequence[str]]
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_NO_MATCHER = "match[] must contain at least one non-empty matcher"
_MOST_SECONDS = 2.0**63 / 1e9


def first(parameters: Parameters, name: str) -> str:
    return next(iter(parameters.get(name, ())), "")


def moment(parameters: Parameters, name: str, default: float | None = None) -> float:
    """A time in unix seconds, written as a float or as RFC 3339."""
    text = first(parameters, name)
    if not text and default is not None:
        return default
    number = read(text)
    if number is not None and math.isfinite(number):
        return min(max(number, ALL_TIME[0]), ALL_TIME[1])
    if _RFC3339.fullmatch(text):
        try:
            return datetime.fromisoformat(text).timestamp()
        except ValueError:
            pass
    optional = f"Invalid time value for '{name}': " if default is not None else ""
    raise _invalid(name, f"{optional}cannot parse {quote(text)} to a valid timestamp")


def span(parameters: Parameters) -> tuple[float, float]:
    """Start and end of a metadata request; without them, all time."""
    return moment(parameters, "start", ALL_TIME[0]), moment(parameters, "end", ALL_TIME[1])


def duration(parameters: Parameters, name: str) -> float:
    """Seconds, written as a float or as a Prometheus duration such as 1h30m."""
    text = first(parameters, name)
    number = read(text)
    if number is not None:
        if not abs(number) <= _MOST_SECONDS:
            raise _invalid(name, f"cannot parse {quote(text)} to a valid duration. It overflows int64")
        return number
    try:
        return float(promql_parser.parse_duration(text).total_seconds())
    except ValueError as error:
        raise _invalid(name, f"cannot parse {quote(text)} to a valid duration") from error


def query(parameters: Parameters) -> str:
    return first(parameters, "query")


def selectors(parameters: Parameters, required: bool = False) -> list[Selector]:
    texts = parameters.get("match[]", ())
    if required and not texts:
        raise BadData("no match[] parameter provided")
    try:
        return [parse_selector(text) for text in texts]
    except BadData as error:
        raise _invalid("match[]", _NO_MATCHER if "at least one" in str(error) else str(error)) from error


def target_selector(parameters: Parameters) -> Sequence[Matcher]:
    text = first(parameters, "match_target")
    try:
        return parse_selector(text).matchers if text else ()
    except BadData as error:
        raise _invalid("match_target", str(error)) from error


def limit(parameters: Parameters, name: str) -> int:
    """A count, -1 where it is not given."""
    text = first(parameters, name)
    if text and not re.fullmatch(r"-?\d+", text):
        raise BadData("limit must be a number")
    return int(text) if text else -1


def _invalid(name: str, why: str) -> BadData:
    return BadData(f"invalid parameter {quote(name)}: {why}")


def as_invalid_query(error: BadData) -> BadData:
    """What cannot be parsed is the fault of the parameter `query`; what cannot be executed is not."""
    return error if error.error_type != "bad_data" else _invalid("query", str(error))
