"""What `GET /metrics` says, read from Redis when asked: depth of the queues, open ledgers, waiting deliveries."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.adapters.inbox import RedisInbox
from bot.adapters.presence import RedisWatchdog
from bot.adapters.redis_ledger import RedisLedgers
from bot.adapters.rq_jobs import RqQueues
from bot.core.errors import Unreachable


class QueueMetrics(Collector):
    """``checks`` are those of `GET /readyz`: None when a part is ready."""

    def __init__(
        self,
        ledgers: RedisLedgers,
        queues: RqQueues,
        inbox: RedisInbox,
        watchdog: RedisWatchdog,
        checks: Mapping[str, Callable[[], str | None]],
    ) -> None:
        self._watchdog = watchdog
        self._checks = checks
        self._ledgers = ledgers
        self._queues = queues
        self._inbox = inbox

    def describe(self) -> list[GaugeMetricFamily]:
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Gauges; with Redis down `midwatch_redis_up 0` and nothing that is read there."""
        ready = GaugeMetricFamily("midwatch_part_ready", "1 while a part of serve is ready", labels=["part"])
        for name, check in self._checks.items():
            ready.add_metric([name], 0 if check() else 1)
        yield ready
        up = GaugeMetricFamily("midwatch_redis_up", "1 while Redis answers")
        try:
            depths = self._queues.depth()
            open_ledgers = self._ledgers.open_ledgers()
            waiting = len(self._inbox)
            parked = self._inbox.parked()
            now, heard = self._ledgers.now(), self._watchdog.last()
        except Unreachable:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        depth = GaugeMetricFamily("midwatch_queue_jobs", "Jobs waiting", labels=["queue"])
        for name, jobs in depths.items():
            depth.add_metric([name], jobs)
        yield depth
        yield GaugeMetricFamily(
            "midwatch_open_incidents", "Incidents not closed", sum(1 for n in open_ledgers if n.startswith("inc-"))
        )
        yield GaugeMetricFamily("midwatch_inbox_deliveries", "Webhook deliveries not yet sorted", waiting)
        yield GaugeMetricFamily("midwatch_parked_deliveries", "Webhook deliveries that could not be sorted", parked)
        if heard is not None:
            silent = (now - heard).total_seconds()
            yield GaugeMetricFamily("midwatch_watchdog_seconds", "Since the Watchdog was last heard", silent)
