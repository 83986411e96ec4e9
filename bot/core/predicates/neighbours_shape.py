"""Which other services of the namespace the errors of this incident name, and how their own looks are called. Pure.

A name counts only as a word of its own: "rates" is not in "generates", and "ledger" not in "ledger-db".
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.core.case import Seen
from bot.core.predicates.logs_shape import LOGS, suspects, wording
from bot.core.predicates.shape import Context
from bot.core.predicates.workloads_shape import WORKLOADS, workloads

SHORTEST_NAME = 3
CURVE, LINES = "errors_of:", "logs_of:"
PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")  # what Kubernetes allows; anything else is never asked with
# words of an error about somebody else's answer, whoever that is: its time says nothing about the revision that logs it
OF_A_CALL = re.compile(
    r"upstream|bad gateway|service unavailable|gateway timeout|connection (?:refused|reset)|no route to host|"
    r"no such host|name resolution|unreachable|timed out|deadline exceeded|broken pipe|\bcall to\b|\banswered 5\d\d\b",
    re.I,
)


def names_in(text: str, names: Iterable[str]) -> list[str]:
    """Those of ``names`` that stand in ``text`` as a word of their own."""
    long_enough = (name for name in names if len(name) >= SHORTEST_NAME)
    return sorted(name for name in long_enough if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.I))


def text_of(template: Mapping[str, Any]) -> str:
    return f"{wording(template)} {template.get('example') or ''}"


def speaks_of_a_call(logs: Seen) -> bool:
    """Whether an error of this incident is about the answer of something else."""
    return any(OF_A_CALL.search(text_of(template)) for template in suspects(logs))


def neighbours(context: Context) -> frozenset[str] | None:
    """The other workloads of the namespace; None where they could not be read."""
    looks = [one for one in context.seen.values() if one.tool == WORKLOADS]
    mine = {context.case.service}
    mine |= {str(row.get("name")) for one in looks if one.arguments.get("service") for row in workloads(one)}
    whole = [one for one in looks if one.readable and not one.arguments.get("service")]
    if not whole:
        return None
    every = {str(row.get("name") or "") for one in whole for row in workloads(one)}
    return frozenset(name for name in every - mine if PLAIN.fullmatch(name))


def named(context: Context, logs: Seen) -> list[str]:
    """The neighbours these errors name, those of the most frequent error first."""
    known = neighbours(context) or frozenset()
    found = [name for template in suspects(logs) for name in names_in(text_of(template), known)]
    return list(dict.fromkeys(found))


def own_logs(context: Context) -> list[Seen]:
    """Every readable look at the service's own lines."""
    looks = (one for one in context.seen.values() if one.tool in LOGS and one.readable)
    return [one for one in looks if not one.check.startswith(LINES)]
