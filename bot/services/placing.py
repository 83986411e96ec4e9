"""Finds the namespace of a case that came without one, by looks that are recorded like any other. Only reads."""

from collections.abc import Sequence

from bot.core import placing as core
from bot.core.case import Case, Seen
from bot.core.folding import fold
from bot.core.placing import Placed
from bot.core.planning import Call, Offer
from bot.core.ports import Ledgers
from bot.services.gathering import Gathering

MOST_INCIDENTS = 50


class Placing:
    """``listed`` are the namespaces this process was told of."""

    def __init__(self, ledgers: Ledgers, gathering: Gathering, offer: Offer, listed: Sequence[str] = ()) -> None:
        self._ledgers = ledgers
        self._gathering = gathering
        self._offer = offer
        self._listed = listed

    def place(self, incident_id: str, number: int, case: Case, by: str) -> Placed:
        """The case with its namespace, or with why it has none; as it is, where nothing is missing or nameable."""
        if case.namespace or not case.service:
            return Placed(case)
        alerts = self._taken(incident_id, number, case, [core.ALERTS], by)
        where = core.places(self._listed, self._open(incident_id), next(iter(alerts), None))
        looks = self._taken(incident_id, number, case, core.calls(case.service, where), by)
        return core.placed(case, where, looks)

    def _taken(self, incident_id: str, number: int, case: Case, calls: Sequence[Call], by: str) -> list[Seen]:
        offered = [call for call in calls if call.tool in self._offer.specs]
        seen = self._gathering.gather(incident_id, number, case, offered, by) if offered else {}
        return [seen[call.check] for call in offered if call.check in seen]

    def _open(self, but: str) -> list[str]:
        """The namespaces of the other incidents that are open."""
        names = [name for name in self._ledgers.open_ledgers() if name.startswith("inc-") and name != but]
        folded = [fold(name, self._ledgers.read(name)) for name in names[-MOST_INCIDENTS:]]
        return [one.namespace for one in folded if one.namespace and one.resolved_at is None]
