"""`decide`: fold, decide, append by compare-and-set. The other verb, `record`, is the ledger port's own.

A guard is a pure function of the incident and the ledger's time. It returns the facts to append (none: nothing to
do) or raises `Refused`. When another writer came between, the incident is folded again and the guard asked again.
"""

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.core.errors import Contended
from bot.core.events import Fact
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ports import Entry, Ledgers

TRIES = 12
NAP_SECONDS = 0.004

Guard = Callable[[Incident, datetime], Sequence[Fact]]


def decide(ledgers: Ledgers, ledger: str, guard: Guard, by: str, known: Incident | None = None) -> Incident:
    """The incident as it is after what ``guard`` decided was written. Raises `Refused`, `Contended`, `Unreachable`.

    ``known`` is an earlier fold of the same ledger, where the caller has one: only what came since is read.
    """
    incident = fold(ledger, ledgers.read(ledger, known.length if known else 0), known)
    for attempt in range(TRIES):
        facts = tuple(guard(incident, ledgers.now()))
        if not facts:
            return incident
        written = ledgers.append([Entry(ledger, incident.length, facts)], by)
        incident = fold(ledger, ledgers.read(ledger, incident.length), incident)
        if written:
            return incident
        time.sleep(random.uniform(0, NAP_SECONDS * 2 ** min(attempt, 6)))  # so that racers do not meet again
    raise Contended(f"{ledger} moved {TRIES} times while deciding; nothing was written, try again")
