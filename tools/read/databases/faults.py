"""A fault of a database before it is settled what explains what, and the words that all of them share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.core.measures import clip
from tools.read.databases.meter import Meter
from tools.read.databases.naming import amount, clock
from tools.read.databases.values import Database, Statement

LONGEST_STATEMENT = 110
MOST_WAITS = 2
ALIKE = 0.05


@dataclass(frozen=True)
class Fault:
    """``says`` as the root of the trouble; ``aside`` where another fault explains it, and this is its consequence."""

    kind: str
    says: str
    aside: str
    weight: float
    began: datetime | None = None
    last: datetime | None = None
    object: str = ""
    quotes: tuple[str, ...] = ()
    category: str = "resource_exhaustion"


Analyzer = Callable[[Database], Iterator[Fault]]


def way(name: str, meter: Meter, of: str = "") -> str:
    """From where to where a meter went and when: “WriteIOPS rose from 410/s at 07:00 to 19,062/s at 07:19”."""
    if abs(meter.last - meter.first) <= ALIKE * abs(meter.first):
        at = clock(meter.points[0][0])
        return f"{meter.name} stands at {amount(name, meter.last)}{of} ({amount(name, meter.first)} at {at})"
    verb = "rose" if meter.last > meter.first else "fell"
    start, end = meter.points[0][0], meter.points[-1][0]
    to = f"{amount(name, meter.last)}{of} at {clock(end)}"
    return f"{meter.name} {verb} from {amount(name, meter.first)} at {clock(start)} to {to}"


def level(name: str, meter: Meter) -> str:
    """Where it stands, beside where it stood: “CPUUtilization 41.3 % (18.2 % before)”."""
    return f"{meter.name} {amount(name, meter.now)} ({amount(name, meter.first)} before)"


def steady(name: str, meter: Meter) -> str:
    """For what did not leave its level: “CPUUtilization 14.4 % (9.9 % to 19 %)”."""
    low, high = amount(name, meter.low), amount(name, meter.high)
    return f"{meter.name} {amount(name, meter.now)}" + (f" ({low} to {high})" if low != high else "")


def statement(db: Database, one: Statement) -> str:
    """A statement's text, its load and what it waits for, as Performance Insights has it."""
    insights = db.insights
    waits = sorted(one.waits, key=lambda wait: -wait.load)[:MOST_WAITS]
    told = [insights.in_words(one.load), *(f"{wait.name} {wait.load:.3g}" for wait in waits)]
    if one.calls is not None:
        told.append(f"{one.calls:.3g} calls/s")
    return f"“{clip(' '.join(one.text.split()), LONGEST_STATEMENT)}” ({', '.join(told)})"


def by_whom(db: Database) -> str:
    """Who runs the heaviest load, where it is told."""
    user = db.insights.users[0].name if db.insights.users else ""
    host = db.insights.hosts[0].name if db.insights.hosts else ""
    return (f", user {user}" if user else "") + (f" from {host}" if host else "")


def reported(db: Database, *words: str) -> bool:
    """Whether the alert or a recent notice says one of these."""
    told = [db.said.lower(), *(one.says.lower() for one in db.notices if one.at >= db.since)]
    return any(word in text for text in told for word in words)
