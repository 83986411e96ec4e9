"""The body of the job `chart(incident, round)`: a picture of what a round saw, from its recorded evidence alone.

Nothing waits for it: the finding was made before. It may run twice or be killed anywhere; the picture is recorded once
under its own name. A round without a curve, or one that cannot be drawn, is recorded too, so that nobody tries again.
"""

from collections.abc import Callable

from bot.core.case import Seen, seen_of
from bot.core.case_reading import case_of, leading_alert
from bot.core.chart import Chart, chart_of
from bot.core.errors import NotFound
from bot.core.events import ChartDrawn, Ref
from bot.core.failpoint import Point, reach
from bot.core.folding import fold
from bot.core.incident import Incident, Round
from bot.core.ports import Doorbell, Ledgers, Payloads

BY = "process:diagnose/chart"
MOST_BYTES = 100_000
Draw = Callable[[Chart], bytes]


class Charting:
    """``draw`` makes a PNG of a chart."""

    def __init__(self, ledgers: Ledgers, payloads: Payloads, bell: Doorbell, draw: Draw) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._bell = bell
        self._draw = draw

    def run(self, incident_id: str, number: int) -> None:
        """Draw round ``number``, unless that was done."""
        incident = fold(incident_id, self._ledgers.read(incident_id))
        round_ = incident.rounds.get(number)
        if round_ is None or round_.charted:
            return
        chart = self.chart(incident, round_)
        if chart is None:
            self._record(incident_id, ChartDrawn(round=number, why="no_curve"))
            return
        png = self._draw(chart)
        if len(png) > MOST_BYTES:
            self._record(incident_id, ChartDrawn(round=number, why="too_large"))
            return
        # bytes, not text: redaction reads texts only, and base64 may look like anything
        kept = {"title": chart.title, "says": chart.says, "alt": chart.alt, "evidence": chart.evidence, "png": png}
        ref = self._payloads.put(incident_id, kept)
        reach(Point.CHART_STORED)
        self._record(incident_id, ChartDrawn(round=number, chart=ref, evidence=chart.evidence or None))

    def failed(self, incident_id: str, number: int) -> None:
        """An error of our own while drawing: said once, not tried again."""
        self._record(incident_id, ChartDrawn(round=number, why="crashed"))

    def chart(self, incident: Incident, round_: Round) -> Chart | None:
        """What there is to draw of this round."""
        alert = leading_alert(incident)
        content = self._read(incident.id, alert.content) if alert else None
        title = self._read(incident.id, incident.title)
        said = title if isinstance(title, str) else ""
        case = case_of(incident, content, said, round_.started_at, self._ledgers.now())
        return chart_of(
            case, [self._seen(incident.id, item.observation, item.id, item.tool) for item in round_.evidence]
        )

    def _seen(self, scope: str, ref: Ref, evidence: str, tool: str) -> Seen:
        return seen_of(self._read(scope, ref), evidence, tool)

    def _read(self, scope: str, ref: Ref | None) -> object:
        if ref is None:
            return None
        try:
            return self._payloads.get(scope, ref)
        except NotFound:
            return None

    def _record(self, incident_id: str, fact: ChartDrawn) -> None:
        self._ledgers.record(incident_id, [fact], BY, once=f"chart:{fact.round}")
        reach(Point.CHART_RECORDED)
        self._bell.ring(incident_id)
