"""CEL, the escape hatch of a runbook's conditions: compiled when the runbook is loaded, evaluated over facts.

Which names an expression may use is checked at load; what only shows at evaluation (a missing key, a wrong type) makes
the answer unknown, never false. cel-python takes about 100 ms for the first compilation.
"""

from collections.abc import Callable, Mapping
from typing import Any

from celpy import Environment
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.celtypes import BoolType
from celpy.evaluation import CELEvalError

from bot.core.condition import Wrong

# what cel-python knows by itself, and macros that bring variables of their own
FUNCTIONS = frozenset(
    {"size", "has", "contains", "startsWith", "endsWith", "matches", "type", "dyn", "duration", "timestamp"}
    | {"int", "uint", "double", "string", "bool", "bytes"}
    | {"all", "exists", "exists_one", "map", "filter"}
    | {"getHours", "getMinutes", "getSeconds", "getDayOfWeek", "getDayOfMonth", "getMonth", "getFullYear"}
)
BINDING = frozenset({"all", "exists", "exists_one", "map", "filter"})
Evaluate = Callable[[Mapping[str, Any]], bool | None]


def compile_cel(text: str, checks: frozenset[str]) -> tuple[Evaluate, tuple[str, ...]]:
    """The compiled expression and the checks it reads. Raises `Wrong` naming what it does not know."""
    environment = Environment()
    try:
        tree = environment.compile(text)
    except CELParseError as error:
        raise Wrong(f"CEL cannot be read: {' '.join(str(error).split())[:200]}") from error
    names, functions = _names(tree)
    if strange := sorted(functions - FUNCTIONS):
        raise Wrong(f"CEL has no function {', '.join(strange)}; it has {', '.join(sorted(FUNCTIONS))}")
    if strange := sorted(names - checks):
        raise Wrong(f"CEL speaks of {', '.join(strange)}, but the checks are {', '.join(sorted(checks)) or 'none'}")
    if not names:
        raise Wrong("CEL speaks of no check")
    program = environment.program(tree)

    def evaluate(facts: Mapping[str, Any]) -> bool | None:
        try:
            value = program.evaluate({name: json_to_cel(_plain(facts[name])) for name in names})
        except (CELEvalError, KeyError, TypeError, ValueError):
            return None
        return bool(value) if isinstance(value, BoolType | bool) else None

    return evaluate, tuple(sorted(names))


def _plain(value: Any) -> Any:
    """JSON as CEL takes it: plain dicts and lists, numbers as they are."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _names(tree: Any) -> tuple[set[str], set[str]]:
    """Free names and functions of a parsed expression; a macro's own variable is not free inside it."""
    names: set[str] = set()
    functions: set[str] = set()
    _walk(tree, frozenset(), names, functions)
    return names, functions


def _walk(node: Any, bound: frozenset[str], names: set[str], functions: set[str]) -> None:
    if not hasattr(node, "data"):
        return
    inner = bound
    match str(node.data):
        case "ident" | "dot_ident":
            names |= {str(node.children[0])} - bound
        case "ident_arg" | "dot_ident_arg":
            functions.add(str(node.children[0]))
        case "member_dot_arg":
            method = str(node.children[1])
            functions.add(method)
            if method in BINDING and len(node.children) > 2:
                inner = bound | {_first_name(node.children[2])}
    for position, child in enumerate(node.children):
        _walk(child, inner if position else bound, names, functions)


def _first_name(node: Any) -> str:
    """The variable a macro binds: the first name of its arguments."""
    while hasattr(node, "children") and node.children:
        node = node.children[0]
    return str(node)
