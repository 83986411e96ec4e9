"""Takes an alert rule apart: what is measured, and the constant it is compared with. Pure; sends nothing.

`sum(rate(x[5m])) > 0.05` measures the left side, so that a range query shows the whole curve instead of only the
points that break the rule. What this parser does not understand is left as written: the server has the last word.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import promql_parser as promql

_FLIPPED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
_CLOSES = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Threshold:
    op: str
    value: float

    def broken_by(self, value: float) -> bool:
        """Whether a sample of this value makes the rule's comparison true."""
        return {
            ">": value > self.value,
            "<": value < self.value,
            ">=": value >= self.value,
            "<=": value <= self.value,
            "==": value == self.value,
            "!=": value != self.value,
        }[self.op]


@dataclass(frozen=True)
class Rule:
    """``measured`` is what to draw; ``beside`` what else the rule asks for (`and …`), in words of PromQL.

    ``probe`` is set when the expression gives nothing while all is well: if it has data then, the rule is quiet, and
    not blind.
    """

    measured: str
    threshold: Threshold | None = None
    beside: str = ""
    probe: str = ""


def take_apart(expression: str) -> Rule:
    """The measured side and the threshold of an alert expression; the expression itself when it is no comparison."""
    text = _without_parentheses(expression.strip())
    tree = _parsed(text)
    if isinstance(tree, promql.Call) and tree.func.name in ("absent", "absent_over_time"):
        return Rule(text, probe="vector(1)")  # it answers whenever its argument does not, so silence is an answer
    if not isinstance(tree, promql.BinaryExpr):
        return Rule(text)
    op = str(tree.op)
    if op in ("and", "unless"):
        return _first_of(text, tree, op)
    return _comparison(text, tree, op) if op in _FLIPPED else Rule(text)


def sources_of(expression: str) -> tuple[str, ...]:
    """Every selector the expression reads, each once, without its range; none where it cannot be parsed.

    A rule over what exists only while something is wrong (a count of errors, of pods that wait) gives nothing when
    all is well. Where something it reads is there, it sees, and its silence is an answer.
    """
    found = (str(one) for one in _parts(_parsed(expression)) if isinstance(one, promql.VectorSelector))
    return tuple(dict.fromkeys(found))


def compares(expression: str) -> bool:
    """Whether it leaves out what does not meet a comparison, at whatever depth, and so may give nothing."""
    return any(_filters(one) for one in _parts(_parsed(expression)))


def _filters(tree: object) -> bool:
    return isinstance(tree, promql.BinaryExpr) and str(tree.op) in _FLIPPED and "bool" not in str(tree.modifier)


def same(one: str, other: str) -> bool:
    """Whether two expressions are one, however they are spelled."""
    left, right = _parsed(one), _parsed(other)
    return left is not None and right is not None and str(left) == str(right)


def _parts(tree: object) -> Iterator[object]:
    """The expression and every expression in it."""
    yield tree
    match tree:
        case promql.MatrixSelector():
            yield tree.vector_selector
        case promql.BinaryExpr():
            yield from (*_parts(tree.lhs), *_parts(tree.rhs))
        case promql.Call():
            yield from (part for argument in tree.args for part in _parts(argument))
        case promql.AggregateExpr() | promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            yield from _parts(tree.expr)


def _comparison(text: str, tree: promql.BinaryExpr, op: str) -> Rule:
    left, right = _constant(tree.lhs), _constant(tree.rhs)
    side, value = (0, right) if right is not None else (1, left)
    if left is not None and right is not None:
        return Rule(text)
    measured = _written(text, tree, op, side)
    if value is None:
        return Rule(text, probe=_written(text, tree, op, 0))
    threshold = Threshold(op if side == 0 else _FLIPPED[op], value)
    # With `bool` the rule answers 0 or 1 and never nothing, so silence there would be no answer.
    return Rule(measured, threshold, probe="" if "bool" in str(tree.modifier) else measured)


def _first_of(text: str, tree: promql.BinaryExpr, op: str) -> Rule:
    """Of `a > 1 and b > 2` the first condition is what the rule is about; the second is said beside it."""
    left = _written(text, tree, op, 0)
    inner = take_apart(left)
    beside = text[len(left) :].strip() if text.startswith(left) else f"{op} {tree.rhs}"
    return Rule(
        inner.measured, inner.threshold, " ".join(filter(None, (inner.beside, beside))), inner.probe or inner.measured
    )


def _parsed(text: str) -> object:
    try:
        return promql.parse(text)
    except ValueError:
        return None


def _constant(tree: object) -> float | None:
    """The value of an expression of numbers only, folded; None for anything that needs data."""
    if isinstance(tree, promql.NumberLiteral):
        return float(tree.val)
    if isinstance(tree, promql.ParenExpr):
        return _constant(tree.expr)
    if isinstance(tree, promql.UnaryExpr):
        inner = _constant(tree.expr)
        return None if inner is None else -inner
    if isinstance(tree, promql.BinaryExpr):
        return _folded(str(tree.op), _constant(tree.lhs), _constant(tree.rhs))
    return None


def _folded(op: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    if op == "/" and right == 0:
        return None
    sums = {"+": left + right, "-": left - right, "*": left * right, "/": left / right if right else 0.0}
    return sums.get(op)


def _written(text: str, tree: promql.BinaryExpr, op: str, side: int) -> str:
    """The side as it was written, found by trying each top-level operator; the parser's own spelling failing that."""
    wanted = str((tree.lhs, tree.rhs)[side])
    for start, end in _operators(text, op):
        piece = (text[:start], text[end:])[side].strip()
        if side == 1 and piece.startswith("bool "):
            piece = piece[5:].strip()
        if (parsed := _parsed(piece)) is not None and str(parsed) == wanted:
            return _without_parentheses(piece)
    return wanted


def _operators(text: str, op: str) -> list[tuple[int, int]]:
    """Where ``op`` stands outside brackets and quotes, last first (the top level of a chain is the last one)."""
    found = []
    depth, quote, position = 0, "", 0
    while position < len(text):
        sign = text[position]
        if quote:
            position += 1 if sign == "\\" and quote != "`" else 0
            quote = "" if sign == quote else quote
        elif sign in "\"'`":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif depth == 0 and text[position : position + len(op)].lower() == op:
            found.append((position, position + len(op)))
        position += 1
    return found[::-1]


def _without_parentheses(text: str) -> str:
    tree = _parsed(text)
    while isinstance(tree, promql.ParenExpr) and text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
        tree = _parsed(text)
    return text
