"""From the text of a query to nodes: the only file that knows `promql-parser`.

Decides what counts as PromQL of Prometheus 2.42; later syntax the parser also takes is refused as 2.42 would.
"""

import functools
import re
from datetime import timedelta
from typing import Any

import promql_parser

from bot.playground.world.prom.errors import BadData
from bot.playground.world.prom.labels import NAME
from bot.playground.world.prom.matching import Comparison, Matcher
from bot.playground.world.prom.nodes import (
    Aggregation,
    Binary,
    Call,
    Edge,
    Grouping,
    Kind,
    Matching,
    Negation,
    Node,
    Number,
    RangeSelector,
    Selector,
    Subquery,
    Text,
    kind_of,
)
from bot.playground.world.prom.regex import anchored
from bot.playground.world.prom.source import prepared

_HIGHEST = 200  # nodes above one another: counted, because how deep the interpreter may go is not ours to say
_LONGEST = 2**63 // 10**6  # milliseconds in the nanoseconds Go counts, about 292 years
TOO_DEEP = "parse error: the expression is nested too deeply for this engine"
AGGREGATORS = frozenset(
    {"sum", "avg", "count", "min", "max", "group", "stddev", "stdvar"} | {"topk", "bottomk", "count_values", "quantile"}
)
_COMPARISONS = {
    "MatchOp.Equal": Comparison.EQUAL,
    "MatchOp.NotEqual": Comparison.NOT_EQUAL,
    "MatchOp.Re": Comparison.MATCHES,
    "MatchOp.NotRe": Comparison.MATCHES_NOT,
}
_KINDS: dict[str, Kind] = {
    "ValueType.Vector": "vector",
    "ValueType.Scalar": "scalar",
    "ValueType.Matrix": "matrix",
    "ValueType.String": "string",
}
_SINCE_RENAMED = promql_parser.Function(
    "holt_winters",
    [promql_parser.ValueType.Matrix, promql_parser.ValueType.Scalar, promql_parser.ValueType.Scalar],
    promql_parser.ValueType.Vector,
)
promql_parser.register_extra_functions([_SINCE_RENAMED])


def parse(query: str) -> Node:
    """Parse a query, or raise `BadData` with the parser's words."""
    try:
        return _parse(query)
    except RecursionError as error:
        raise BadData(TOO_DEEP) from error


@functools.lru_cache(maxsize=512)
def _parse(query: str) -> Node:
    try:
        return _node(promql_parser.parse(prepared(query)), _HIGHEST)
    except OverflowError as error:
        raise BadData("parse error: duration out of range") from error
    except ValueError as error:
        raise BadData(f"parse error: {_in_prometheus_words(str(error))}") from error


def _in_prometheus_words(message: str) -> str:
    return re.sub(r"'(\w+)'", r'"\1"', message).replace("allowed between vectors", "allowed between instant vectors")


def parse_selector(query: str) -> Selector:
    """Parse what ``match[]`` takes: an instant vector selector and nothing else."""
    node = parse(query)
    if not isinstance(node, Selector) or node.offset or node.at is not None:
        raise BadData("parse error: expected a series selector")
    return node


def _node(tree: Any, room: int) -> Node:
    if room == 0:
        raise BadData(TOO_DEEP)
    room -= 1
    match tree:
        case promql_parser.NumberLiteral():
            return Number(tree.val)
        case promql_parser.StringLiteral():
            return Text(tree.val)
        case promql_parser.ParenExpr():
            return _node(tree.expr, room)
        case promql_parser.UnaryExpr():
            return Negation(_node(tree.expr, room))
        case promql_parser.VectorSelector():
            return _selector(tree)
        case promql_parser.MatrixSelector():
            return RangeSelector(_selector(tree.vector_selector), _milliseconds(tree.range))
        case promql_parser.SubqueryExpr():
            step = _milliseconds(tree.step) if tree.step is not None else None
            return Subquery(
                _node(tree.expr, room), _milliseconds(tree.range), step, _milliseconds(tree.offset), _at(tree.at)
            )
        case promql_parser.AggregateExpr():
            return _aggregation(tree, room)
        case promql_parser.Call():
            return Call(
                tree.func.name,
                tuple(_node(argument, room) for argument in tree.args),
                _KINDS[str(tree.func.return_type)],
            )
        case promql_parser.BinaryExpr():
            return _binary(tree, room)
    raise BadData(f"parse error: this engine does not know {type(tree).__name__}")


def _selector(tree: Any) -> Selector:
    if tree.matchers.or_matchers:
        raise BadData('parse error: unexpected "or" in label matching, expected "," or "}"')
    named = [Matcher(NAME, Comparison.EQUAL, tree.name)] if tree.name else []
    matchers = tuple(named + [_matcher(found) for found in tree.matchers.matchers])
    return Selector(matchers, _milliseconds(tree.offset), _at(tree.at))


def _matcher(found: Any) -> Matcher:
    comparison = _COMPARISONS[str(found.op)]
    if comparison in (Comparison.MATCHES, Comparison.MATCHES_NOT):
        anchored(found.value)
    return Matcher(found.name, comparison, found.value)


def _milliseconds(duration: timedelta | None) -> int:
    length = 0 if duration is None else round(duration / timedelta(milliseconds=1))
    if abs(length) > _LONGEST:
        raise BadData("parse error: duration out of range")
    return length


def _at(modifier: Any) -> int | Edge | None:
    if modifier is None:
        return None
    kind = str(modifier.type).rsplit(".", 1)[-1]
    if kind == "At":
        try:
            stamp: float = modifier.at.timestamp()
            return round(stamp * 1000)
        except (ValueError, OverflowError) as error:
            raise BadData("parse error: timestamp out of bounds for @ modifier") from error
    return Edge.START if kind == "Start" else Edge.END


def _aggregation(tree: Any, room: int) -> Aggregation:
    operator = str(tree.op)
    if operator not in AGGREGATORS:
        raise BadData(f'parse error: unknown function with name "{operator}"')
    labels: frozenset[str] = frozenset(tree.modifier.labels) if tree.modifier else frozenset()
    removes = tree.modifier is not None and str(tree.modifier.type).endswith("Without")
    parameter = _node(tree.param, room) if tree.param is not None else None
    return Aggregation(operator, _node(tree.expr, room), parameter, Grouping(labels, removes))


def _binary(tree: Any, room: int) -> Binary:
    left, right = _node(tree.lhs, room), _node(tree.rhs, room)
    modifier = tree.modifier
    if modifier is None:
        return Binary(str(tree.op), left, right, Matching())
    if modifier.fill_values.lhs is not None or modifier.fill_values.rhs is not None:
        raise BadData('parse error: unexpected identifier "fill"')
    if modifier.matching is not None and modifier.matching.labels and "scalar" in (kind_of(left), kind_of(right)):
        raise BadData("parse error: vector matching only allowed between instant vectors")
    return Binary(str(tree.op), left, right, _matching(modifier), modifier.return_bool)


def _matching(modifier: Any) -> Matching:
    listed = modifier.matching
    labels: frozenset[str] = frozenset(listed.labels) if listed else frozenset()
    on = listed is not None and str(listed.type).endswith("Include")
    card = str(modifier.card).rsplit(".", 1)[-1]
    include = tuple(modifier.group_labels or ())
    return Matching(labels, on, "left" if card == "ManyToOne" else "right" if card == "OneToMany" else None, include)
