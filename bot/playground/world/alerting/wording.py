"""The part of Prometheus's templates that alert rules use: labels, the value, and the usual ways to print a number."""

import math
import re
from collections.abc import Callable, Mapping

_ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\$?[\w.]+|\|')
Given = str | float


class TemplateMistake(Exception):
    """A template this world cannot fill; the text names the part."""


def fill(template: str, labels: Mapping[str, str], value: float) -> str:
    """Return the text with every {{ action }} replaced; an unknown action raises `TemplateMistake`."""
    return _ACTION.sub(lambda found: _shown(_pipeline(found[1], labels, value)), template)


def check(template: str) -> None:
    """Raise `TemplateMistake` where filling would."""
    fill(template, {}, 1.0)


def _pipeline(action: str, labels: Mapping[str, str], value: float) -> Given:
    passed: list[Given] = []
    for command in _commands(action):
        passed = [_call(command, passed, labels, value)]
    return passed[0]


def _commands(action: str) -> list[list[str]]:
    commands: list[list[str]] = [[]]
    for token in _TOKEN.findall(action):
        if token == "|":
            commands.append([])
        else:
            commands[-1].append(token)
    if not all(commands) or "".join(_TOKEN.findall(action)) != re.sub(
        r"\s+(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", "", action
    ):
        raise TemplateMistake(f"{{{{ {action} }}}} is not a template this world can fill")
    return commands


def _call(command: list[str], passed: list[Given], labels: Mapping[str, str], value: float) -> Given:
    head, *rest = command
    arguments = [*(_operand(token, labels, value) for token in rest), *passed]
    if head in _FUNCTIONS:
        try:
            return _FUNCTIONS[head](*arguments)
        except (TypeError, ValueError) as error:
            raise TemplateMistake(f"{{{{ {' '.join(command)} }}}} cannot be filled: {error}") from error
    if arguments:
        raise TemplateMistake(f"{head} is not a function this world has ({', '.join(sorted(_FUNCTIONS))})")
    return _operand(head, labels, value)


def _operand(token: str, labels: Mapping[str, str], value: float) -> Given:
    if token == "$value":
        return value
    if token.startswith("$labels."):
        return labels.get(token.removeprefix("$labels."), "")
    if token.startswith('"'):
        return token[1:-1].replace('\\"', '"')
    if re.fullmatch(r"\d+(\.\d+)?", token):
        return float(token)
    raise TemplateMistake(
        f"{token} is nothing this world knows in a template ($value, $labels.NAME, a text or a number)"
    )


def _shown(given: Given) -> str:
    return given if isinstance(given, str) else go_float(given)


def go_float(value: float) -> str:
    """Return a float as Go prints it by default."""
    if math.isnan(value) or math.isinf(value):
        return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, "NaN")
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    return re.sub(r"e([+-])(\d)$", r"e\g<1>0\2", repr(value))


def go_exponent(value: float) -> str:
    """Return a float as Prometheus's alerts API does: 2.1e-01."""
    if math.isnan(value) or math.isinf(value):
        return go_float(value)
    digits = len(repr(value).replace("-", "").replace(".", "").split("e")[0].strip("0")) or 1
    return f"{value:.{digits - 1}e}"


def _printf(form: str, *given: Given) -> str:
    verbs = re.findall(r"%[-+ 0#]*\d*(?:\.\d+)?([a-zA-Z])", form)
    shown = [_shown(one) if verb in "vs" else one for verb, one in zip(verbs, given, strict=True)]
    return form.replace("%v", "%s") % tuple(shown)


def _humanize(value: float) -> str:
    if value == 0 or math.isnan(value) or math.isinf(value):
        return f"{value:.4g}"
    prefix = ""
    if abs(value) >= 1:
        for one in ("k", "M", "G", "T", "P", "E", "Z", "Y"):
            if abs(value) < 1000:
                break
            prefix, value = one, value / 1000
    else:
        for one in ("m", "u", "n", "p", "f", "a", "z", "y"):
            if abs(value) >= 1:
                break
            prefix, value = one, value * 1000
    return f"{value:.4g}{prefix}"


def _humanize_duration(value: float) -> str:
    if abs(value) < 1:
        return _humanize(value) + "s"
    sign, whole = ("-" if value < 0 else ""), int(abs(value))
    days, hours, minutes, rest = whole // 86400, whole // 3600 % 24, whole // 60 % 60, whole % 60
    if days:
        return f"{sign}{days}d {hours}h {minutes}m {rest}s"
    if hours:
        return f"{sign}{hours}h {minutes}m {rest}s"
    return f"{sign}{minutes}m {rest}s" if minutes else f"{sign}{abs(value):.4g}s"


_FUNCTIONS: Mapping[str, Callable[..., Given]] = {
    "humanize": lambda value: _humanize(float(value)),
    "humanizePercentage": lambda value: f"{float(value) * 100:.4g}%",
    "humanizeDuration": lambda value: _humanize_duration(float(value)),
    "printf": _printf,
    "title": lambda text: str(text).title(),
    "toLower": lambda text: str(text).lower(),
    "toUpper": lambda text: str(text).upper(),
}
