"""When a story that is played by itself has ended, and why its processes did not even begin. Reads, changes nothing."""

import time
from collections.abc import Callable, Iterator

from bot.adapters.redis_ledger import RedisLedgers
from bot.core.approval import State
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.narration import tasks
from bot.core.undoing import took_effect
from bot.playground.crew import Crew, Member

QUIET_SECONDS = 3.0
REST_SECONDS = 30.0  # an alert that is about to be over has time to say so
REFUSED = 2  # the exit code of what is said on purpose
MOST_DEATHS = 3
MOST_WORDS = 1500
UNDECIDED = frozenset({State.PROPOSED, State.APPROVED, State.RUNNING, State.UNKNOWN})


class Ending:
    """Whether the story has ended: every incident is over and told, or rests while the world says it is well.

    A story whose right answer is to change nothing may have an alert that goes on: then its incident is never resolved.
    """

    def __init__(self, ledgers: RedisLedgers, holds: Callable[[], bool]) -> None:
        self._ledgers, self._holds = ledgers, holds
        self._over: float | None = None
        self._resting: float | None = None

    def __call__(self) -> bool:
        names = [name for name in self._ledgers.names() if name.startswith("inc-")]
        incidents = [fold(name, self._ledgers.read(name)) for name in names]
        now = time.monotonic()
        over = bool(incidents) and not self._ledgers.open_ledgers() and all(one.resolved_at for one in incidents)
        self._over = (self._over or now) if over else None
        resting = bool(incidents) and all(one.resolved_at or rests(one) for one in incidents) and self._holds()
        self._resting = (self._resting or now) if resting else None
        return _lasts(self._over, now, QUIET_SECONDS) or _lasts(self._resting, now, REST_SECONDS)


def _lasts(since: float | None, now: float, seconds: float) -> bool:
    return since is not None and now - since > seconds


def rests(incident: Incident) -> bool:
    """Whether nothing of it is still to come but the end of its alert: found, decided, checked twice, told."""
    if incident.finding is None or tasks(incident):
        return False
    if any(click.state == "received" for click in incident.clicks.values()):
        return False
    if any(step.state == "begun" for step in incident.steps.values()):
        return False
    if any(intent.state == "open" for intent in incident.intents.values()):
        return False
    if any(approval.state in UNDECIDED for approval in incident.approvals.values()):
        return False
    made = [one for one in incident.executions.values() if took_effect(incident.approvals[one.approval])]
    return all(len(one.checks) >= 2 for one in made)


# --- why it does not begin


def why_not_up(crew: Crew) -> str | None:
    """The own words of a process that will not start, or ends again and again; None while there is none."""
    return next((why for member in list(crew.members.values()) if (why := _ended(member))), None)


def _ended(member: Member) -> str | None:
    if REFUSED not in member.deaths and len(member.deaths) < MOST_DEATHS:
        return None
    words = "\n".join(_words(member))
    return f"{member.name} does not start: {words or f'it ended {len(member.deaths)} times, without a word'}"


def _words(member: Member) -> Iterator[str]:
    """What it said on purpose the last time, else the end of what it wrote."""
    lines = member.log.read_text(encoding="utf-8", errors="replace")[-MOST_WORDS:].splitlines()
    told = [number for number, line in enumerate(lines) if line.startswith("midwatch: ")]
    yield from ([lines[told[-1]].removeprefix("midwatch: "), *lines[told[-1] + 1 :]] if told else lines[-5:])
