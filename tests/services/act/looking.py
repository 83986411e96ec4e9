"""Reading tools that say what they are told to, and a verification around them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from bot.core.events import Outcome
from bot.core.outcomes import Checked
from bot.core.tool import Effect, Look, Observation, Spec
from bot.services.verification import Verification, Waiting
from tests.services.act.stage import EXPRESSION, INC, Act


def quiet() -> Observation:
    return Observation(Outcome.OK, EXPRESSION, "no series", {"expression": EXPRESSION, "series": [], "series_total": 0})


def firing() -> Observation:
    return Observation(
        Outcome.OK, EXPRESSION, "1 series: 3.2", {"series": [{"labels": {}, "value": 3.2}], "series_total": 1}
    )


def workload(**changes: Any) -> Observation:
    facts = {
        "kind": "Deployment",
        "namespace": "web",
        "name": "shop",
        "generation": 3,
        "observed_generation": 3,
        "desired": 4,
        "ready": 4,
        "updated": 4,
        "template_hash": "h1",
        "revision": "3",
        "healthy": True,
        "why": "",
        "execution": None,
        **changes,
    }
    return Observation(Outcome.OK, "GET deployment shop", "4 of 4 ready", {"workload": facts})


def unread(outcome: Outcome) -> Observation:
    return Observation(outcome, "GET", "Kubernetes refused: 403")


def alerts(*firing: Mapping[str, Any], **more: Any) -> Observation:
    """What `read_alerts` gives."""
    facts = {"alerts": list(firing), "total": len(firing), "elsewhere": 0, **more}
    return Observation(Outcome.OK, "/api/v1/alerts", f"{len(firing)} alerts pending or firing", facts)


@dataclass
class PretendLooks:
    """`ports.Looks` that says what it is told to, and notes what it was asked."""

    alert: Callable[[], Observation] = quiet
    workload: Callable[[], Observation] = workload
    others: Callable[[], Observation] = quiet
    offered: tuple[str, ...] = ("query_instant", "read_workload")
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def specs(self) -> tuple[Spec, ...]:
        return tuple(Spec(name, Effect.READ, BaseModel, "Look.") for name in self.offered)

    def not_offered(self) -> Mapping[str, str]:
        return {"query_instant": "PROMETHEUS_URL is not set"}

    def look(self, tool: str, arguments: Mapping[str, Any], look: Look) -> Observation:
        self.asked.append((tool, arguments))
        if tool == "read_alerts":
            return self.others()
        return self.alert() if tool == "query_instant" else self.workload()


@dataclass
class Checking:
    act: Act
    looks: PretendLooks
    waits: int = 0

    def pause(self, seconds: float) -> None:
        self.waits += 1
        self.act.ledgers.pass_time(seconds=seconds)

    def service(self, hold: float = 1000) -> Verification:
        waiting = Waiting(self.pause, settle=timedelta(seconds=60), hold=timedelta(seconds=hold))
        return Verification(self.act.ledgers, self.act.payloads, self.looks, self.act.bell, waiting)

    def check(self, number: int = 1, hold: float = 1000) -> None:
        self.service(hold).check(INC, self.execution, number)

    @property
    def execution(self) -> str:
        return self.act.only().execution

    def seen(self) -> tuple[str, Checked]:
        (check,) = self.act.incident().executions[self.execution].checks
        return check.result, Checked.model_validate(self.act.said(check.seen))
