"""The services of the world over time: first their history at once, then the present second by second.

Decides when things happen; what happens is `town.py`, `mishaps.py` and the cluster. Steps lie on a fixed grid from
the start, so the same seed and the same changes give the same numbers.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.playground.world.scenario import Rollout, Scenario
from bot.playground.world.search.documents import Indices
from bot.playground.world.sim.ancestry import ancestors
from bot.playground.world.sim.batch import Batch
from bot.playground.world.sim.batch_metrics import backfill_batch, cron_job_rows, job_rows
from bot.playground.world.sim.census import Census
from bot.playground.world.sim.chatter import Span, lifecycle
from bot.playground.world.sim.counters import Drawn, served_well
from bot.playground.world.sim.gauges import Gauges
from bot.playground.world.sim.journal import Journal
from bot.playground.world.sim.lives import PAUSE, PodLife, Trouble, matches, troubles_of
from bot.playground.world.sim.meters import Samples
from bot.playground.world.sim.mishaps import Mishaps
from bot.playground.world.sim.nodes import Nodes
from bot.playground.world.sim.stage import Cluster, cause_of, raise_the_curtain, template_patch
from bot.playground.world.sim.state_metrics import (
    LAST_END,
    StateMeter,
    backfill_restarts,
    backfill_states,
    deployment_rows,
    past_rows,
    pod_rows,
)
from bot.playground.world.sim.town import Town
from bot.playground.world.tempo import Tempo

_RECENT = 15
_MOST_GONE = 500
_MOST_STEPS = 90
"""After a longer sleep of the machine the lost time is skipped, not lived through."""
Tally = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Measured:
    """A service over the last seconds."""

    rps: float
    error_ratio: float


class Simulation:
    def __init__(
        self,
        scenario: Scenario,
        cluster: Cluster,
        samples: Samples,
        indices: Indices,
        start: float,
        seed: int = 0,
        tempo: Tempo | None = None,
    ) -> None:
        self.scenario, self.start, self._cluster, self._samples = scenario, start, cluster, samples
        self._tempo = tempo = tempo or Tempo()
        self.troubles: list[Trouble] = troubles_of(scenario.faults, start, tempo)
        self._journal = Journal(scenario, indices, start)
        self.town = Town(scenario, start, seed, self.troubles, self._journal, tempo)
        self.census = Census(scenario, cluster)
        self._mishaps = Mishaps(cluster, start, self.troubles, tempo)
        self._nodes = Nodes(cluster, self.troubles)
        self.batch = Batch(scenario, cluster, start, self.troubles, self._journal, tempo)
        self.gauges = Gauges(scenario.gauges, self.troubles, seed)
        self.states = StateMeter()
        self._step = min(1.0, scenario.scrape_interval)
        self._scrape_every = max(1, round(scenario.scrape_interval / self._step))
        self._steps = 0
        self._waiting = sorted((one for one in scenario.rollouts if one.at >= 0), key=lambda one: one.at)
        self._recent: deque[Tally] = deque(maxlen=max(1, round(_RECENT / self._step)))
        self._greeted: set[tuple[str, str]] = set()
        self._gone: deque[PodLife] = deque(maxlen=_MOST_GONE)
        self.logs = self._journal.logs

    def prepare(self) -> None:
        """Build the cluster as it stood and live through the history at once."""
        raise_the_curtain(self._cluster, self.scenario, self.start)
        self._cluster.runs(self.batch.outcome)
        self.batch.raise_the_curtain()
        self.census.take(self.start)
        self._mishaps.happen(self.census.running(), self.start)
        self.census.take(self.start)
        lives = [*ancestors(self.scenario, self._cluster, self.start), *self.census.running()]
        self._greeted = {life.key for life in lives}
        self._gone.extend(life for life in lives if life.ended is not None)
        interval = self.scenario.scrape_interval
        count = int(self.scenario.history / interval)
        times = self.start - interval * np.arange(count, -1, -1.0)
        drawn, lines = self.town.live(self.census.by_service(lives), Span(times, interval))
        self._journal.publish([*lines, *self.batch.speak(self.start)])
        for life in lives:
            self._backfill(life, times, drawn[life.key])
        for row in range(max(-len(times), -round(_RECENT / interval)), 0):
            self._recent.append(_tally(lives, drawn, row, self._step / interval))
        for deployment in self._cluster.list("Deployment"):
            backfill_states(self._samples, times, list(deployment_rows(deployment)))
        every = {one.name: one.every for one in self.scenario.cron_jobs}
        backfill_batch(self._samples, times, self._cluster.list("CronJob"), self._cluster.list("Job"), every)
        self.gauges.scrape(self._samples, times)

    def _backfill(self, life: PodLife, times: np.ndarray[tuple[int, ...], np.dtype[np.float64]], drawn: Drawn) -> None:
        self.town.meter(life).backfill(self._samples, times, drawn, life)
        living = times[(times >= life.began) & (times < (np.inf if life.ended is None else life.ended))]
        if not len(living):
            return
        rows = list(past_rows(life))
        backfill_states(self._samples, living, rows)
        backfill_restarts(self._samples, living, life)
        if life.restarts and (pod := self.census.objects.get(life.uid)):
            ends = [row for row in pod_rows(pod, life) if row[0].name == LAST_END]
            backfill_states(self._samples, living[living >= min(life.restarts)], ends)
        if life.ended is not None:
            self.town.forget(life)
            for line, _ in rows:
                self._samples.mark_stale(line.full(), life.ended)

    def advance(self, now: float) -> None:
        """Live through the steps that are due."""
        due = int((now - self.start) / self._step) - self._steps
        if due > _MOST_STEPS:
            self._steps += due - _MOST_STEPS
            due = _MOST_STEPS
        for _ in range(due):
            self._steps += 1
            self._live(self.start + self._steps * self._step)

    def _live(self, at: float) -> None:
        self._roll_out_due(at)
        _, went = self.census.take(at)
        self._gone.extend(went)
        living = self.census.running()
        self._mishaps.happen(living, at)
        self._nodes.happen(living, at)
        span = Span(np.array([at]), self._step)
        for life in living:
            if span.begin < max(life.restarts, default=0.0) <= at:
                self.town.meter(life).restart()
        drawn, lines = self.town.live(self.census.by_service(living), span)
        for life in went:
            lines += self._journal.write(life, lifecycle(life, span.begin - 1, at + 1, self._tempo))
            self._greeted.discard(life.key)
        for life in living:
            if life.key not in self._greeted:
                # its first words fell into the moments before anybody looked
                lines += self._journal.write(life, lifecycle(life, 0, span.begin, self._tempo))
                self._greeted.add(life.key)
        self._journal.publish([*lines, *self.batch.speak(at)])
        self._count(living, drawn, at)
        for life in went:
            if (meter := self.town.forget(life)) is not None:
                meter.end(self._samples, at)
        if self._steps % self._scrape_every == 0:
            self._scrape(living, at)

    def _count(self, living: Sequence[PodLife], drawn: Mapping[tuple[str, str], Drawn], at: float) -> None:
        for life in living:
            up = not any(restart <= at < self._tempo.reached(restart, PAUSE) for restart in life.restarts)
            self.town.meter(life).add(drawn[life.key], up)
        self._recent.append(_tally(living, drawn, -1))

    def _scrape(self, living: Sequence[PodLife], at: float) -> None:
        for life in living:
            self.town.meter(life).scrape(self._samples, at)
        rows = [row for deployment in self._cluster.list("Deployment") for row in deployment_rows(deployment)]
        for life in living:
            rows += pod_rows(self.census.objects[life.uid], life)
        rows += [row for cron_job in self._cluster.list("CronJob") for row in cron_job_rows(cron_job)]
        rows += [row for job in self._cluster.list("Job") for row in job_rows(job)]
        self.states.look([*rows, *self.gauges.rows(at)])
        self.states.scrape(self._samples, at)

    def _roll_out_due(self, at: float) -> None:
        while self._waiting and self._tempo.reached(self.start, self._waiting[0].at) <= at:
            self.roll_out(self._waiting.pop(0))

    def roll_out(self, rollout: Rollout) -> None:
        """Somebody else deploys: the cluster rolls the change out from now on."""
        service = self.scenario.service(rollout.service)
        annotations = {"kubernetes.io/change-cause": cause_of(rollout)}
        patch = {"metadata": {"annotations": annotations}, "spec": {"template": template_patch(service, rollout)}}
        self._cluster.patch("Deployment", self.scenario.namespace_of(service), service.name, patch)

    def switch(self, name: str, on: bool, at: float) -> Trouble | None:
        """Switch a fault on or off from `at`; return it, or None when there is none of that name."""
        trouble = next((one for one in self.troubles if one.name == name), None)
        if trouble is not None and on and not trouble.holds_at(at):
            trouble.hold(at, float("inf"))
        elif trouble is not None and not on and trouble.end > at:
            trouble.hold(min(trouble.begin, at), at)
        return trouble

    def struck_by(self, trouble: Trouble) -> list[PodLife]:
        """Return the living pods a fault is about."""
        lives = [life for life in self.census.living() if life.service == trouble.fault.service]
        return [life for life in lives if matches(trouble.fault.when, life, self.start)]

    def everybody(self) -> list[PodLife]:
        """Return the pods that live and those that went, as far back as is remembered."""
        return [*self._gone, *self.census.running()]

    def measured(self, service: str) -> Measured:
        tallies = list(self._recent)
        requests = sum(tally.get(service, (0.0, 0.0))[0] for tally in tallies)
        errors = sum(tally.get(service, (0.0, 0.0))[1] for tally in tallies)
        seconds = max(1e-9, len(tallies) * self._step)
        return Measured(requests / seconds, errors / requests if requests else 0.0)


def _tally(
    lives: Sequence[PodLife], drawn: Mapping[tuple[str, str], Drawn], row: int, part: float = 1.0
) -> dict[str, tuple[float, float]]:
    """Return requests and failures of each service in one row of what was drawn."""
    tally: dict[str, tuple[float, float]] = {}
    for life in lives:
        codes = drawn[life.key].codes[row] * part
        total = float(codes.sum())
        requests, errors = tally.get(life.service, (0.0, 0.0))
        tally[life.service] = (requests + total, errors + total - served_well(codes))
    return tally
