"""What a PromQL expression asks for, in words: read off the parser's own tree. General knowledge of PromQL, pure."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import promql_parser as promql

_COMPARED = {
    ">": "is more than",
    "<": "is less than",
    ">=": "is at least",
    "<=": "is at most",
    "==": "is",
    "!=": "is not",
}
_CALLS = {
    "rate": "the per-second rate of {}",
    "irate": "the newest per-second rate of {}",
    "increase": "the increase of {}",
    "delta": "the change of {}",
    "deriv": "the slope of {}",
    "absent": "absence of {}",
    "absent_over_time": "absence of {}",
    "changes": "how often {} changed",
    "resets": "how often {} started anew",
    "time": "the time now",
}
_OVER_TIME = {"avg": "average", "max": "highest", "min": "lowest", "sum": "sum", "count": "number of samples"}
_SUMS = {"sum": "the sum", "avg": "the average", "max": "the highest", "min": "the lowest", "count": "the number"}
_MATCHES = {"Equal": "=", "NotEqual": "≠", "Re": "matching", "NotRe": "not matching"}
_JOINED = {"and": "and at the same time", "or": "or else", "unless": "unless there is"}
_DEEPEST = 40


@dataclass(frozen=True)
class Expression:
    """``metrics`` are the names it selects, in order; ``bare`` when it is a name alone, as a word of prose is."""

    words: str
    metrics: tuple[str, ...]
    bare: bool = False


def in_words(text: str) -> Expression | None:
    """None where the parser refuses it. Raises nothing."""
    try:
        tree = promql.parse(text)
    except ValueError:
        return None
    metrics: list[str] = []
    words = _said(tree, metrics, 0)
    bare = isinstance(tree, promql.VectorSelector) and not _matchers(tree) and tree.offset is None
    return Expression(words, tuple(dict.fromkeys(metrics)), bare)


def why_not_promql(text: str) -> str:
    """The parser's own complaint; "" where it has none."""
    try:
        promql.parse(text)
    except ValueError as error:
        return str(error).strip().splitlines()[-1][:200] if str(error).strip() else "it does not parse"
    return ""


class PromqlReader:
    """`bot.core.subject.Promql`."""

    def read(self, text: str) -> Expression | None:
        return in_words(text)

    def complaint(self, text: str) -> str:
        return why_not_promql(text)


def _said(node: Any, metrics: list[str], depth: int) -> str:
    if depth > _DEEPEST:
        return "…"
    match node:
        case promql.ParenExpr():
            return _said(node.expr, metrics, depth + 1)
        case promql.NumberLiteral():
            return f"{node.val:g}"
        case promql.UnaryExpr():
            return f"minus {_said(node.expr, metrics, depth + 1)}"
        case promql.VectorSelector():
            return _selected(node, metrics)
        case promql.MatrixSelector():
            return f"{_selected(node.vector_selector, metrics)} over {_span(node.range)}"
        case promql.SubqueryExpr():
            return f"{_said(node.expr, metrics, depth + 1)}, looked at over {_span(node.range)}"
        case promql.AggregateExpr():
            return _aggregated(node, metrics, depth + 1)
        case promql.BinaryExpr():
            return _combined(node, metrics, depth + 1)
        case promql.Call():
            return _called(node, metrics, depth + 1)
    return str(node)


def _selected(node: Any, metrics: list[str]) -> str:
    if node.name:
        metrics.append(node.name)
    where = ", ".join(_matchers(node))
    ago = f" {_span(node.offset)} ago" if isinstance(node.offset, timedelta) else ""
    return f"{node.name or 'any metric'}{f' with {where}' if where else ''}{ago}"


def _matchers(node: Any) -> list[str]:
    found = getattr(node.matchers, "matchers", ()) or ()
    return [f"{one.name} {_MATCHES.get(str(one.op).rpartition('.')[2], str(one.op))} “{one.value}”" for one in found]


def _aggregated(node: Any, metrics: list[str], depth: int) -> str:
    inner = _said(node.expr, metrics, depth)
    kind = str(node.op)
    labels = ", ".join(getattr(node.modifier, "labels", None) or ())
    how = "except by" if "Without" in str(getattr(node.modifier, "type", "")) else "by"
    by = f" ({how} {labels})" if labels else ""
    param = f" {_said(node.param, metrics, depth)}" if node.param is not None else ""
    return f"{_SUMS.get(kind, kind)}{param}{by} of {inner}"


def _combined(node: Any, metrics: list[str], depth: int) -> str:
    left, right, op = _said(node.lhs, metrics, depth), _said(node.rhs, metrics, depth), str(node.op)
    if op == "/":
        return f"{left}, divided by {right}"
    if op in _COMPARED:
        return f"{left} {_COMPARED[op]} {right}"
    return f"{left} {_JOINED.get(op, op)} {right}"


def _called(node: Any, metrics: list[str], depth: int) -> str:
    name, args = node.func.name, list(node.args)
    if name == "histogram_quantile" and len(args) == 2:
        share = _said(args[0], metrics, depth)
        return f"the value that {_percent(share)} stay below, of {_said(args[1], metrics, depth)}"
    inner = ", ".join(_said(arg, metrics, depth) for arg in args)
    if name.endswith("_over_time") and name.removesuffix("_over_time") in _OVER_TIME:
        return f"the {_OVER_TIME[name.removesuffix('_over_time')]} of {inner}"
    return _CALLS[name].format(inner) if name in _CALLS else f"{name} of {inner}"


def _percent(share: str) -> str:
    try:
        return f"{float(share) * 100:g} %"
    except ValueError:
        return share


def _span(span: Any) -> str:
    seconds = int(span.total_seconds()) if isinstance(span, timedelta) else 0
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
