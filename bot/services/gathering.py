"""Takes looks in parallel and writes each down once, in call order: evidence E1, E2 … of one round.

Killed anywhere and run again, it does not look again for what is recorded. What is reasoned over is always read back
from the ledger, so that two runs of one job reason over the same evidence.
"""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from bot.core.case import Case, Seen, seen, seen_of
from bot.core.errors import BadInput, NotFound
from bot.core.events import EvidenceGathered, Outcome
from bot.core.failpoint import Point, reach
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.planning import Call
from bot.core.ports import Ledgers, Looks, Payloads
from bot.core.tool import Look, Observation

AT_ONCE = 16


@dataclass(frozen=True)
class Taken:
    observation: Observation
    milliseconds: int


class Gathering:
    def __init__(self, ledgers: Ledgers, payloads: Payloads, looks: Looks, seconds: float) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._looks = looks
        self._seconds = seconds

    def gather(self, incident_id: str, number: int, case: Case, calls: Sequence[Call], by: str) -> dict[str, Seen]:
        """Look at whatever of ``calls`` is not recorded yet; everything this round has seen, by check id."""
        incident = fold(incident_id, self._ledgers.read(incident_id))
        known = self.recorded(incident, number)
        used = set(incident.evidence())
        missing = [call for call in calls if call.check not in known]
        self._take(incident_id, number, case, list(zip(_ids(used, len(missing)), missing, strict=True)), by)
        return self.recorded(fold(incident_id, self._ledgers.read(incident_id)), number)

    def recorded(self, incident: Incident, number: int) -> dict[str, Seen]:
        """What the ledger says this round has seen."""
        found: dict[str, Seen] = {}
        round_ = incident.rounds.get(number)
        for item in round_.evidence if round_ else ():
            try:
                content = self._payloads.get(incident.id, item.observation)
            except NotFound:
                content = None
            one = seen_of(content, item.id, item.tool)
            found[one.check] = one
        return found

    def _take(self, incident_id: str, number: int, case: Case, calls: list[tuple[str, Call]], by: str) -> None:
        if not calls:
            return
        look = Look(case.window, self._seconds, case.now)
        with ThreadPoolExecutor(min(AT_ONCE, len(calls)), "look") as pool:
            running = [(evidence, call, pool.submit(self._look, call, look)) for evidence, call in calls]
            for evidence, call, future in running:
                self._record(incident_id, number, evidence, call, future, by)

    def _look(self, call: Call, look: Look) -> Taken:
        began = time.monotonic()
        try:
            observation = self._looks.look(call.tool, call.arguments, look)
        except BadInput as error:  # a tool may refuse what its schema allows; that is a look that failed, not a crash
            observation = Observation(Outcome.FAILED, f"{call.tool}({call.arguments})", str(error))
        return Taken(observation, round((time.monotonic() - began) * 1000))

    def _record(
        self, incident_id: str, number: int, evidence: str, call: Call, future: "Future[Taken]", by: str
    ) -> None:
        taken = future.result()
        one = seen(call.check, call.tool, evidence, call.arguments, taken.observation, call.noun)
        fact = EvidenceGathered(
            round=number,
            evidence=evidence,
            tool=call.tool,
            outcome=taken.observation.outcome,
            observation=self._payloads.put(incident_id, one.payload()),
            milliseconds=taken.milliseconds,
        )
        self._ledgers.record(incident_id, [fact], by, once=f"evidence:{number}:{evidence}")
        reach(Point.DIAGNOSIS_EVIDENCE)


def _ids(used: set[str], count: int) -> list[str]:
    """The next ``count`` of E1, E2 … that are free."""
    numbers = (f"E{number}" for number in range(1, len(used) + count + 1))
    free = [name for name in numbers if name not in used]
    return free[:count]
