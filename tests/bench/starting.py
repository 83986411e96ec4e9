"""How long after a click its execution starts: real serve and act, stand-in Slack; beside RQ's own enqueue-to-start.

Each approval has an incident and a target of its own, and is clicked when the one before has ended: nothing waits
behind another. Both moments are the ledger's; RQ's are those it notes on the very same jobs.
"""

import statistics

import redis
from rq.job import Job
from rq.serializers import JSONSerializer

from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core import events as e
from bot.core.due import Due
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.redact import redact_json
from bot.playground.outfit import APPROVER, Outfit
from bot.playground.people import People
from bot.playground.rendering import buttons_of
from bot.views.ids import ActionId
from bot.wiring.demo import playground
from tests.bench.rows import Row
from tests.bench.stage import NAMESPACE, SERVICES, memory, outfitted, until
from tests.scene import FINDING

BY = "process:bench"


def rows() -> list[Row]:
    with outfitted() as outfit, playground(outfit) as crew:
        waits, rq_waits = clicked(outfit)
        found = memory(crew, f"after {len(waits)} changes")
    median, rq_median = statistics.median(waits), statistics.median(rq_waits)
    title = f"click to execution started, median of {len(waits)}"
    return [
        Row(title, median, "ms", "aim", 300.0, "under 300 ms"),
        Row(title, median, "ms", "RQ's enqueue-to-start of the same jobs", rq_median, ""),
        Row("the same, slowest", max(waits), "ms", "RQ's slowest", max(rq_waits), ""),
        *found,
    ]


def clicked(outfit: Outfit) -> tuple[list[float], list[float]]:
    """Milliseconds from ClickReceived to ExecutionStarted, and from RQ's enqueue to its start."""
    waits, rq_waits = [], []
    with People(outfit.slack) as people, patient(outfit.redis_url("serve")) as client:
        bench = Bench(client, people)
        incidents = [bench.propose(service) for service in SERVICES]
        for incident in incidents:
            wait, rq_wait = bench.click(incident)
            waits.append(wait)
            rq_waits.append(rq_wait)
    return waits, rq_waits


class Bench:
    """Asks for restarts as a diagnosis would, and presses Approve as a person would."""

    def __init__(self, client: "redis.Redis", people: People) -> None:
        self._client = client
        self._people = people
        self._ledgers = RedisLedgers(client)
        self._payloads = RedisPayloads(client, redact_json, 1)

    def propose(self, service: str) -> str:
        """An incident whose diagnosis has ended in the intent to restart ``service``."""
        incident = f"inc-bench-{service}"

        def put(content: object) -> e.Ref:
            return self._payloads.put(incident, content)

        opened = e.IncidentOpened(
            severity=e.Severity.SEV2,
            service=service,
            namespace=NAMESPACE,
            key=f"{SERVICES.index(service):032x}",
            title=put(f"{service} is slow"),
            why="first_alert",
            place="incident",
        )
        finding = e.FindingMade(
            round=1,
            verdict=e.Verdict.CAUSE,
            confidence="0.95",  # as sure as a finding must be for one person to decide
            reasoner="guided",
            finding=put({**FINDING, "because": []}),
            looks=0,
            milliseconds=1,
        )
        arguments = put({"namespace": NAMESPACE, "name": service})
        intent = e.IntentMade(intent="intent-1", round=1, tool="restart_deployment", arguments=arguments)
        facts = [opened, e.DiagnosisStarted(round=1, reasoner="guided"), finding, intent]
        self._ledgers.record(incident, facts, BY)
        self._client.zadd("mw:bell", {incident: 0})
        return incident

    def click(self, incident: str) -> tuple[float, float]:
        """Approve it once its message stands in Slack; wait until it has been carried out."""
        channel, ts = until(lambda: self._request(incident), 90, f"{incident} has a message to approve")
        self._people.order("join", {"user": APPROVER, "channel": channel})
        self._people.click(APPROVER, channel, ts, ActionId.APPROVE.value)
        until(lambda: self._ended(incident), 30, f"{incident} was carried out")
        events = {event.fact.kind: event for event in self._ledgers.read(incident)}
        wait = events["ExecutionStarted"].at - events["ClickReceived"].at
        approval = next(iter(self._fold(incident).approvals))
        job = Job.fetch(Due("act", "execute", (incident, approval)).id, self._client, serializer=JSONSerializer)
        assert job.started_at is not None
        assert job.enqueued_at is not None
        return wait.total_seconds() * 1000, (job.started_at - job.enqueued_at).total_seconds() * 1000

    def _fold(self, incident: str) -> Incident:
        return fold(incident, self._ledgers.read(incident))

    def _request(self, incident: str) -> tuple[str, str] | None:
        """Channel and timestamp of the message with this incident's Approve button."""
        approvals = set(self._fold(incident).approvals)
        for channel in self._people.channels():
            for message in self._people.messages(channel["id"]) if approvals else ():
                pressed = {str(b.get("value")) for b in buttons_of(message) if b.get("action_id") == ActionId.APPROVE}
                if pressed & approvals:
                    return str(channel["id"]), str(message["ts"])
        return None

    def _ended(self, incident: str) -> bool | None:
        ended = [x for x in self._fold(incident).executions.values() if x.ended_at is not None]
        return True if ended else None
