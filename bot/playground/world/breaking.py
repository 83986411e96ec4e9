"""Breaking a world on purpose and mending it again, by the faults its scenario names; and keeping it calm until then.

A fault that a rollout brings is broken by rolling that rollout out, as it would come to somebody's production; one
that a CronJob meets, by letting it be due.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.playground.world.scenario import Fault, Rollout, Scenario
from bot.playground.world.sim.lives import Trouble
from bot.playground.world.sim.simulation import Simulation

SEEN_SECONDS = 150.0
"""What somebody needs to open the page, read the card and take the incident."""
_FIRST_ROLLOUT = 2  # a Deployment is created with revision 1


def calm(scenario: Scenario) -> Scenario:
    """The scenario before its trouble: the faults, and the rollouts that bring them, wait until somebody breaks it.

    A story that needs its past tells itself: a fault that is over already, builds up slowly, lets a scheduled job
    fail, or moves a gauge. Where that one ends by itself, it waits until people have seen it.
    """
    waiting = [fault for fault in scenario.faults if fault.on]
    if any(_needs_its_past(scenario, fault) for fault in waiting):
        return scenario.model_copy(update={"faults": [_to_be_seen(fault) for fault in scenario.faults]})
    faults = [fault.model_copy(update={"on": False}) if fault in waiting else fault for fault in scenario.faults]
    held = [rollout for fault in waiting for rollout in bringing(scenario.rollouts, fault)]
    rollouts = [rollout for rollout in scenario.rollouts if rollout not in held]
    return scenario.model_copy(update={"faults": faults, "rollouts": rollouts})


def _needs_its_past(scenario: Scenario, fault: Fault) -> bool:
    slow = bool(fault.memory_mb_per_minute or fault.restart_every)
    scheduled = fault.service in {job.name for job in scenario.cron_jobs}
    measured = fault.name in {shift.fault for gauge in scenario.gauges for shift in gauge.shifts}
    over = fault.end is not None and fault.end <= 0
    return over or slow or scheduled or measured


def _to_be_seen(fault: Fault) -> Fault:
    ends_unseen = fault.end is not None and 0 < fault.end < SEEN_SECONDS
    return fault.model_copy(update={"end": SEEN_SECONDS}) if ends_unseen else fault


def bringing(rollouts: Sequence[Rollout], fault: Fault) -> Iterator[Rollout]:
    """The rollouts that make pods the fault is about."""
    own = [rollout for rollout in rollouts if rollout.service == fault.service]
    for number, rollout in enumerate(sorted(own, key=lambda one: one.at)):
        when = fault.when
        image = when.image is not None and rollout.image == when.image
        env = any(rollout.env.get(name) == value for name, value in when.env.items())
        if image or env or when.revision == number + _FIRST_ROLLOUT:
            yield rollout


@dataclass
class Breaking:
    """``rollouts`` are all the scenario has, also those held back."""

    simulation: Simulation
    rollouts: Sequence[Rollout]

    def start(self, name: str, now: float) -> bool:
        """Break it from now on, for as long as the scenario says; False where the scenario has no such fault."""
        trouble = self.simulation.switch(name, True, now)
        if trouble is None:
            return False
        fault = trouble.fault
        if fault.end is not None:
            trouble.hold(trouble.begin, trouble.tempo.reached(now, fault.end - fault.begin))
        if not self.simulation.struck_by(trouble) and not self.simulation.batch.run_now(fault.service):
            for rollout in bringing(self.rollouts, fault):
                self.simulation.roll_out(rollout)
        return True

    def stop(self, name: str, now: float) -> bool:
        return self.simulation.switch(name, False, now) is not None

    def state(self, now: float) -> list[Mapping[str, Any]]:
        """Every fault; it bites when it is on and there are pods it is about."""
        return [self._state(trouble, now) for trouble in self.simulation.troubles]

    def _state(self, trouble: Trouble, now: float) -> Mapping[str, Any]:
        struck = len(self.simulation.struck_by(trouble))
        on = trouble.holds_at(now)
        scheduled = any(one.name == trouble.fault.service for one in self.simulation.scenario.cron_jobs)
        return {
            "name": trouble.name,
            "service": trouble.fault.service,
            "on": on,
            "pods": struck,
            "bites": on and (struck > 0 or scheduled),
            "breakable": struck > 0 or scheduled or any(bringing(self.rollouts, trouble.fault)),
            "by_rollout": [rollout.cause or rollout.image or "" for rollout in bringing(self.rollouts, trouble.fault)],
        }
