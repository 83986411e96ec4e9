"""Conditions of a runbook: parsed once when it is loaded, judged in three values when evidence is there. Pure.

    began_within(alert, rollouts, "10m")        a named predicate over checks
    not restarted(pods) and count(pods, "unready") == 0
    only_on(logs, rollouts.current)
    cel: "size(pods.pods.filter(p, p.restarts > 3)) > 1"      the escape hatch, over the checks' facts

What a check could not read makes its predicate unknown; an empty answer each predicate judges by itself.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.core.case import Seen
from bot.core.predicates import MEASURES, PREDICATES
from bot.core.predicates.shape import Context, Judged, Measure, Parameter, Predicate, duration_of, unknown
from bot.core.three_valued import Truth, all_of, any_of, negate, truth

CURRENT = "current"
COMPARE: Mapping[type[ast.cmpop], tuple[str, Callable[[float, float], bool]]] = {
    ast.Gt: (">", lambda a, b: a > b),
    ast.GtE: (">=", lambda a, b: a >= b),
    ast.Lt: ("<", lambda a, b: a < b),
    ast.LtE: ("<=", lambda a, b: a <= b),
    ast.Eq: ("==", lambda a, b: a == b),
    ast.NotEq: ("!=", lambda a, b: a != b),
}


class Wrong(ValueError):
    """A condition that cannot mean anything; the text says what is known instead."""


class Condition(Protocol):
    def judge(self, context: Context) -> Judged: ...

    @property
    def checks(self) -> tuple[str, ...]:
        """The check ids it speaks of."""


@dataclass(frozen=True)
class Named:
    """A predicate with its arguments; check arguments are kept as ids in ``refers``."""

    predicate: Predicate
    arguments: tuple[Any, ...]
    refers: tuple[str, ...]

    @property
    def checks(self) -> tuple[str, ...]:
        return self.refers

    def judge(self, context: Context) -> Judged:
        return _called(self.predicate.judge, self.predicate.takes, self.arguments, context)


@dataclass(frozen=True)
class Compared:
    """A measure against a number. Of a look that was read in part, what grows with it is at least what was read."""

    measure: Measure
    arguments: tuple[Any, ...]
    refers: tuple[str, ...]
    sign: type[ast.cmpop]
    level: float

    @property
    def checks(self) -> tuple[str, ...]:
        return self.refers

    def judge(self, context: Context) -> Judged:
        looks, missing = _looks(self.measure.takes, self.arguments, context)
        if missing is not None:
            return missing
        value = self.measure.read(context, *looks)
        word, holds = COMPARE[self.sign]
        seen = [one for one in looks if isinstance(one, Seen)]
        ids = tuple(id_ for one in seen for id_ in one.ids)
        what = f"{self.measure.name} of {seen[0].name}" if seen else self.measure.name
        if value is None:
            return Judged(Truth.UNKNOWN, f"{what} cannot be told", ids)
        if any(one.thinned for one in seen):
            says = f"{what} is at least {value:g}, with a part unread (asked: {word} {self.level:g})"
            return Judged(self._of_part(value, holds(value, self.level)), says, ids)
        return Judged(truth(holds(value, self.level)), f"{what} is {value:g} (asked: {word} {self.level:g})", ids)

    def _of_part(self, least: float, held: bool) -> Truth:
        """What may be said of a number that is ``least`` or more."""
        passed = least >= self.level if self.sign in (ast.GtE, ast.Lt) else least > self.level
        return truth(held) if passed and self.measure.grows else Truth.UNKNOWN


@dataclass(frozen=True)
class Not:
    inner: Condition

    @property
    def checks(self) -> tuple[str, ...]:
        return self.inner.checks

    def judge(self, context: Context) -> Judged:
        seen = self.inner.judge(context)
        return Judged(negate(seen.truth), seen.says, seen.evidence, seen.quotes)


@dataclass(frozen=True)
class Joined:
    """``and``/``or`` of several; what is said are the parts that decided it."""

    parts: tuple[Condition, ...]
    every: bool

    @property
    def checks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(id_ for part in self.parts for id_ in part.checks))

    def judge(self, context: Context) -> Judged:
        seen = [part.judge(context) for part in self.parts]
        value = (all_of if self.every else any_of)(one.truth for one in seen)
        telling = [one for one in seen if one.truth is value] or seen
        return Judged(
            value,
            "; ".join(dict.fromkeys(one.says for one in telling)),
            tuple(dict.fromkeys(id_ for one in telling for id_ in one.evidence)),
            tuple(dict.fromkeys(quote for one in telling for quote in one.quotes)),
        )


@dataclass(frozen=True)
class Cel:
    """A compiled CEL expression over the facts of ``refers``; what it cannot evaluate is unknown."""

    text: str
    says: str
    refers: tuple[str, ...]
    evaluate: Callable[[Mapping[str, Any]], bool | None]

    @property
    def checks(self) -> tuple[str, ...]:
        return self.refers

    def judge(self, context: Context) -> Judged:
        looks = [context.seen.get(id_) for id_ in self.refers]
        ids = tuple(id_ for one in looks if one for id_ in one.ids)
        for name, one in zip(self.refers, looks, strict=True):
            if one is None or not one.readable:
                return Judged(Truth.UNKNOWN, f"{one.name if one else name} could not be read", ids)
            if one.thinned:  # nobody knows which way the rows that are missing would turn it
                return Judged(Truth.UNKNOWN, f"{one.name} was read in part ({one.incomplete or 'rows left out'})", ids)
        value = self.evaluate({name: one.facts for name, one in zip(self.refers, looks, strict=True) if one})
        says = self.says or f"`{self.text}`"
        verdict = {True: "holds", False: "does not hold", None: "cannot be told"}[value]
        return Judged(truth(value), says if value else f"{says}: {verdict}", ids)


def _called(
    judge: Callable[..., Judged], takes: tuple[Parameter, ...], arguments: tuple[Any, ...], context: Context
) -> Judged:
    looks, missing = _looks(takes, arguments, context)
    return missing if missing is not None else judge(context, *looks)


def _looks(
    takes: tuple[Parameter, ...], arguments: tuple[Any, ...], context: Context
) -> tuple[list[Any], Judged | None]:
    """The arguments with every check id replaced by what it saw, or the unknown that comes of one not readable."""
    found: list[Any] = []
    for parameter, argument in zip(takes, arguments, strict=False):
        if parameter.kind not in ("check", "rollout"):
            found.append(argument)
            continue
        one = context.seen.get(argument)
        if (one is None or not one.readable) and not parameter.optional:
            name = one.name if one else str(argument).replace("_", " ")
            return [], unknown(f"{name} could not be read", *([one] if one else []))
        found.append(one)
    return found, None


# --- parsing ----------------------------------------------------------------------------------------------------------


def parse(text: str, tools: Mapping[str, str]) -> Condition:
    """The condition ``text`` spells; ``tools`` is check id -> tool. Raises `Wrong` saying what is known."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise Wrong(f"cannot be read: {error.msg}") from error
    return _condition(tree.body, tools)


def _condition(node: ast.expr, tools: Mapping[str, str]) -> Condition:
    match node:
        case ast.BoolOp(op=op, values=values):
            return Joined(tuple(_condition(value, tools) for value in values), isinstance(op, ast.And))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Not(_condition(operand, tools))
        case ast.Compare(left=ast.Call() as left, ops=[op], comparators=[level]):
            return _compared(left, type(op), level, tools)
        case ast.Call(func=ast.Name(id=name)):
            predicate = PREDICATES.get(name)
            if predicate is None:
                raise Wrong(f"there is no predicate {name!r}; there are {', '.join(sorted(PREDICATES))}")
            arguments, refers = _arguments(node, predicate.takes, predicate.usage, tools)
            return Named(predicate, arguments, refers)
    raise Wrong(f"{ast.unparse(node)!r} is no condition; write predicate(check, …), joined by and, or, not")


def _compared(left: ast.Call, sign: type[ast.cmpop], level: ast.expr, tools: Mapping[str, str]) -> Condition:
    name = left.func.id if isinstance(left.func, ast.Name) else ast.unparse(left.func)
    measure = MEASURES.get(name)
    if measure is None:
        raise Wrong(f"there is no measure {name!r} to compare; there are {', '.join(sorted(MEASURES))}")
    if sign not in COMPARE:
        raise Wrong("compare with >, >=, <, <=, == or !=")
    usage = f"{name}({', '.join(parameter.name for parameter in measure.takes)})"
    arguments, refers = _arguments(left, measure.takes, usage, tools)
    return Compared(measure, arguments, refers, sign, _number(level))


def _arguments(
    node: ast.Call, takes: tuple[Parameter, ...], usage: str, tools: Mapping[str, str]
) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    given = list(node.args)
    by_name = {keyword.arg: keyword.value for keyword in node.keywords}
    arguments: list[Any] = []
    refers: list[str] = []
    for parameter in takes:
        value = given.pop(0) if given else by_name.pop(parameter.name, None)
        if value is None and parameter.optional:
            break
        if value is None:
            raise Wrong(f"{parameter.name} is missing: {usage}")
        arguments.append(_argument(value, parameter, usage, tools))
        if parameter.kind in ("check", "rollout"):
            refers.append(arguments[-1])
    if given or by_name:
        extra = [ast.unparse(one) for one in given] + [str(name) for name in by_name]
        raise Wrong(f"{', '.join(extra)} is too much: {usage}")
    return tuple(arguments), tuple(refers)


def _argument(node: ast.expr, parameter: Parameter, usage: str, tools: Mapping[str, str]) -> Any:
    match parameter.kind:
        case "check":
            return _check(node, parameter, usage, tools)
        case "rollout":
            match node:
                case ast.Attribute(value=ast.Name() as base, attr="current"):
                    return _check(base, parameter, usage, tools)
            raise Wrong(f"{ast.unparse(node)!r} does not say which rollout; write <check>.{CURRENT}: {usage}")
        case "number":
            return _number(node)
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
    if text is None or not text.strip():
        raise Wrong(f"{parameter.name} must be a text in quotes, not {ast.unparse(node)}: {usage}")
    if parameter.kind == "text":
        return text
    span = duration_of(text)
    if span is None:
        raise Wrong(f'{parameter.name} must be a duration like "90s", "10m" or "2h", not {text!r}: {usage}')
    return span


def _check(node: ast.expr, parameter: Parameter, usage: str, tools: Mapping[str, str]) -> str:
    if not isinstance(node, ast.Name):
        raise Wrong(f"{parameter.name} must be the id of a check, not {ast.unparse(node)}: {usage}")
    tool = tools.get(node.id)
    if tool is None:
        raise Wrong(f"there is no check {node.id!r}; there are {', '.join(sorted(tools)) or 'none'}")
    if parameter.tools and tool not in parameter.tools:
        fitting = " or ".join(sorted(parameter.tools))
        raise Wrong(f"check {node.id!r} looks with {tool}, but {parameter.name} needs {fitting}: {usage}")
    return node.id


def _number(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -float(value)
    raise Wrong(f"{ast.unparse(node)!r} is not a number")
