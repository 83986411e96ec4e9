"""Did it help? Runs in the process that only reads: the alert's own expression, and what the change was about.

A check passes only if all could be read, the expression is quiet, what was changed is as the plan wanted it (as many
pods ready as there were, the Job complete), and nothing critical began near it since. What could not be read makes it
inconclusive, never passed. The first check goes on looking until the change and the alert have settled or its time is
up, but never for long at once: it gives the queue back and is rung again, so that `/ops status` does not wait behind a
slow rollout. Its deadline counts from the ledger, not from a job.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.core.approval import Approval, State
from bot.core.by_others import SeenAgain, seen_again
from bot.core.canonical import Json
from bot.core.errors import NotFound, Refused
from bot.core.events import (
    Fact,
    Outcome,
    OutcomeObserved,
    TargetLooked,
    VerificationFailed,
    VerificationInconclusive,
    VerificationPassed,
)
from bot.core.failpoint import Point, reach
from bot.core.folding import fold
from bot.core.incident import Execution, Incident
from bot.core.newly_critical import NOT_SET_UP, Others, near, others_in
from bot.core.outcomes import Checked, Observed, Read
from bot.core.ports import Doorbell, Ledgers, Looks, Payloads
from bot.core.tool import Look, Observation
from bot.core.verifying import About, Judgement, about, judge, mark_of, mends_alert
from bot.core.window import window_of
from bot.services.deciding import decide
from bot.services.plans import read_plan

BY = "process:diagnose"
LONGEST_DIGEST = 1500
ALERTS = "read_alerts"
FACTS: Mapping[str, type[VerificationPassed | VerificationFailed | VerificationInconclusive]] = {
    "passed": VerificationPassed,
    "failed": VerificationFailed,
    "inconclusive": VerificationInconclusive,
}


@dataclass(frozen=True)
class Waiting:
    """``settle``: how long after an execution the first check may wait; ``hold``: how long one job may wait."""

    pause: Callable[[float], None]
    settle: timedelta = timedelta(minutes=4)
    hold: timedelta = timedelta(seconds=8)
    every: float = 2.0
    look_seconds: float = 10.0


class Verification:
    def __init__(self, ledgers: Ledgers, payloads: Payloads, looks: Looks, bell: Doorbell, waiting: Waiting) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._looks = looks
        self._bell = bell
        self._waiting = waiting

    def check(self, incident_id: str, execution_id: str, number: int) -> None:
        """Make check ``number`` once; returns without writing anything while it is too early to tell."""
        incident, execution, approval = self._find(incident_id, execution_id)
        if any(check.number == number for check in execution.checks):
            return
        ended = _ended(execution, approval)
        now = self._ledgers.now()
        expects, plan_gone = self._expects(incident, approval)
        what = about(expects)
        settle = max(self._waiting.settle, what.settle) if what else self._waiting.settle
        deadline = ended + settle if number == 1 else now
        leave = now + self._waiting.hold
        while True:
            judged, reads = self._look(incident, approval, expects, plan_gone)
            now = self._ledgers.now()
            if judged.verdict == "passed" or judged.final or now >= deadline:
                break
            if now >= leave:
                return  # rung again by the reconciler, because the ledger still lacks this check
            self._waiting.pause(self._waiting.every)
        seen = Checked(
            number=number,
            says=judged.says,
            alert=judged.alert,
            workload=judged.workload,
            why=judged.why,
            reads=reads,
            seconds=int((now - ended).total_seconds()),
            value=judged.value,
            fine=judged.fine,
            unlooked=judged.unlooked,
        )
        ref = self._payloads.put(incident_id, seen.model_dump(mode="json"))
        fact = FACTS[judged.verdict](execution=execution_id, check=number, seen=ref)
        self._write(incident_id, fact, lambda now: all(c.number != number for c in now.executions[execution_id].checks))
        reach(Point.VERIFICATION_RECORDED)

    def observe(self, incident_id: str, execution_id: str) -> None:
        """One look after an unknown outcome: what is there, and whether it carries the execution's mark."""
        incident, execution, approval = self._find(incident_id, execution_id)
        if execution.observed is not None or approval.state is not State.UNKNOWN:
            return
        expects, plan_gone = self._expects(incident, approval)
        observation = plan_gone or self._subject(incident, about(expects), execution_id)
        mark, says = mark_of(expects, observation, execution_id)
        seen = Observed(says=says, mark=mark, reads=(_read(_tool(about(expects)), observation),))
        ref = self._payloads.put(incident_id, seen.model_dump(mode="json"))
        fact = OutcomeObserved(execution=execution_id, outcome=observation.outcome, seen=ref)
        self._write(incident_id, fact, lambda now: now.executions[execution_id].observed is None)
        reach(Point.OUTCOME_OBSERVED)

    def look_again(self, incident_id: str, approval_id: str) -> None:
        """One look at what a request is about, once its alerts are over: whether somebody else changed it."""
        incident = fold(incident_id, self._ledgers.read(incident_id))
        approval = incident.approvals.get(approval_id)
        if approval is None:
            raise NotFound(f"{incident_id} has no approval {approval_id}")
        if approval.looked is not None or approval.state is not State.PROPOSED:
            return
        try:
            plan = read_plan(self._payloads, incident.id, approval.plan)
            seen = seen_again(incident, approval, plan, self._subject(incident, about(plan.expects), ""))
        except Refused as refusal:
            seen = SeenAgain("unknown", str(refusal))
        ref = self._payloads.put(incident_id, {"says": seen.says})
        fact = TargetLooked(approval=approval_id, changed=seen.changed, seen=ref)
        self._write(incident_id, fact, lambda now: now.approvals[approval_id].looked is None)

    def _write(self, ledger: str, fact: Fact, still_missing: Callable[[Incident], bool]) -> None:
        decide(self._ledgers, ledger, lambda incident, _: (fact,) if still_missing(incident) else (), BY)
        self._bell.ring(ledger)

    def _find(self, incident_id: str, execution_id: str) -> tuple[Incident, Execution, Approval]:
        incident = fold(incident_id, self._ledgers.read(incident_id))
        execution = incident.executions.get(execution_id)
        if execution is None:
            raise NotFound(f"{incident_id} has no execution {execution_id}")
        return incident, execution, incident.approvals[execution.approval]

    # --- looking

    def _expects(self, incident: Incident, approval: Approval) -> tuple[Json, Observation | None]:
        """What the plan expects; nothing, and a look that failed, where the plan is gone."""
        try:
            return read_plan(self._payloads, incident.id, approval.plan).expects, None
        except Refused as refusal:
            return {}, Observation(Outcome.FAILED, "the plan", str(refusal))

    def _look(
        self, incident: Incident, approval: Approval, expects: Json, plan_gone: Observation | None
    ) -> tuple[Judgement, tuple[Read, ...]]:
        if plan_gone is not None:
            return judge(expects, plan_gone, plan_gone), (_read("plan", plan_gone),)
        what = about(expects)
        alert = self._alert(incident, str(expects.get("expression") or "")) if mends_alert(expects) else None
        seen = self._subject(incident, what, approval.execution)
        reads = (*((_read("query_instant", alert),) if alert else ()), _read(_tool(what), seen))
        others, read = self._others(incident, approval)
        return judge(expects, alert, seen, others), (*reads, *read)

    def _others(self, incident: Incident, approval: Approval) -> tuple[Others, tuple[Read, ...]]:
        """Whether something critical began near it since, which is none of the incident's own."""
        if ALERTS not in {spec.name for spec in self._looks.specs()}:
            return Others(unlooked=NOT_SET_UP), ()
        seen = self._ask(ALERTS, {}, incident)
        around = near(incident, approval.target, incident.executions[approval.execution].started_at)
        return others_in(seen, incident, around), (_read(ALERTS, seen),)

    def _alert(self, incident: Incident, expression: str) -> Observation | None:
        """None where there was never an alert to be quiet again."""
        if not expression and not incident.alerts:
            return None
        if not expression:
            text = "The alert did not say by which expression it fires, so nobody can tell whether it is quiet."
            return Observation(Outcome.FAILED, "the alert's expression", text)
        return self._ask("query_instant", {"expression": expression}, incident)

    def _subject(self, incident: Incident, what: About | None, execution: str) -> Observation:
        where = what.look(execution) if what else None
        if what is None or where is None:
            return Observation(Outcome.FAILED, "the target", "The plan does not say what it is about.")
        return self._ask(what.subject.tool, where, incident)

    def _ask(self, tool: str, arguments: Mapping[str, Any], incident: Incident) -> Observation:
        if tool not in {spec.name for spec in self._looks.specs()}:
            why = self._looks.not_offered().get(tool, "it is not set up")
            return Observation(Outcome.FAILED, tool, f"{tool} is not available: {why}")
        now = self._ledgers.now()
        window = window_of(incident.began_at or now, now)
        return self._looks.look(tool, arguments, Look(window, self._waiting.look_seconds, now))


def _ended(execution: Execution, approval: Approval) -> datetime:
    """Since when the change is known to be in force: a person's word counts from when it was given."""
    if approval.state is State.ESTABLISHED and approval.decided_at is not None:
        return approval.decided_at
    return execution.ended_at or execution.started_at


def _tool(what: About | None) -> str:
    return what.subject.tool if what else "plan"


def _read(what: str, observation: Observation) -> Read:
    return Read(
        what=what, outcome=observation.outcome, asked=observation.asked, says=observation.digest[:LONGEST_DIGEST]
    )
