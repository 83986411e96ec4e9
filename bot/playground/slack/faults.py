"""Faults a test arms: the next calls of a method, or the next deliveries of a kind, go wrong in a named way."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

CallFault = Literal["ratelimited", "server_error", "error", "hang", "lost_answer"]
DeliveryFault = Literal["lose_ack", "duplicate", "drop_socket", "delay"]


class Fault(BaseModel):
    """``calls`` of a method, or ``deliveries`` of a kind, skip the first ``skip`` and spoil the next ``times``."""

    model_config = ConfigDict(extra="forbid")

    fault: CallFault | DeliveryFault
    method: str = Field(default="*", description="Web API method, or 'response_url', or * for every one")
    delivery: Literal["*", "slash_commands", "interactive", "events_api"] = "*"
    name: str = Field(default="*", description="Only deliveries of this event type, command or action id")
    when: dict[str, Any] = Field(default_factory=dict, description="Only calls whose arguments have these values")
    times: int = Field(default=1, ge=1)
    skip: int = Field(default=0, ge=0)
    retry_after_s: int = Field(default=1, ge=0)
    error: str = "internal_error"
    status: int = Field(default=500, ge=400, le=599)
    hang_ms: int = Field(default=5000, ge=0)


CALL_FAULTS = {"ratelimited", "server_error", "error", "hang", "lost_answer"}


class Faults:
    def __init__(self) -> None:
        self.armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        self.armed.append(fault.model_copy())

    def for_call(self, method: str, given: dict[str, Any]) -> Fault | None:
        for fault in self.armed:
            fits = fault.fault in CALL_FAULTS and fault.method in ("*", method)
            if fits and all(str(given.get(name)) == str(value) for name, value in fault.when.items()):
                return self._spend(fault)
        return None

    def for_delivery(self, kind: str, name: str) -> Fault | None:
        for fault in self.armed:
            fits = fault.fault not in CALL_FAULTS and fault.delivery in ("*", kind)
            if fits and fault.name in ("*", name):
                return self._spend(fault)
        return None

    def _spend(self, fault: Fault) -> Fault | None:
        if fault.skip:
            fault.skip -= 1
            return None
        fault.times -= 1
        if not fault.times:
            self.armed.remove(fault)
        return fault
