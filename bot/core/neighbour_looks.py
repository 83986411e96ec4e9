"""What to look at once the errors name another service: the alert's own measure, asked of it, and its lines. Pure.

Which neighbours are named is only known after the first looks, and whom *their* errors name only after the next; with
the same looks it always asks the same.
"""

import re

from bot.core.predicates.neighbours import beyond
from bot.core.predicates.neighbours_shape import CURVE, LINES, named, own_logs
from bot.core.predicates.shape import Context
from bot.core.runbook import Check

MOST = 3  # neighbours looked at of each hop; what is named beyond them counts as not read
HOPS = 3  # how far the errors are followed from service to service


def neighbour_checks(context: Context) -> list[Check]:
    """The looks at every named neighbour, in the order the errors name them, then at whom a failing one blames."""
    first = list(dict.fromkeys(name for logs in own_logs(context) for name in named(context, logs)))[:MOST]
    further = [name for name in dict.fromkeys(beyond(context)) if name not in first][: MOST * (HOPS - 1)]
    return [check for name in (*first, *further) for check in _checks(context, name)]


def _checks(context: Context, name: str) -> list[Check]:
    lines = {"service": name, "namespace": "{namespace}"}
    found = [Check(f"{LINES}{name}", "search_logs", lines, f"the logs of {name}")]
    expression = asked_of(context.case.expression, context.case.service, name)
    if expression:
        braced = expression.replace("{", "{{").replace("}", "}}")
        found.append(Check(f"{CURVE}{name}", "query_metrics", {"expression": braced}, f"the same measure of {name}"))
    return found


def asked_of(expression: str, service: str, name: str) -> str:
    """The rule with every label of ``service`` made one of ``name``; "" where it names the service elsewhere too."""
    if not service:
        return ""
    label = re.compile(rf'(?<=")(\^?){re.escape(service)}(?=["$-])')
    changed, count = label.subn(lambda found: f"{found[1]}{name}", expression)
    rest = re.search(rf"(?<![A-Za-z0-9]){re.escape(service)}(?![A-Za-z0-9])", label.sub("", expression))
    return changed if count and not rest else ""
