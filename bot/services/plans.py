"""Reads a stored plan back; apart from preparing one, so that what only checks loads nothing that prepares."""

from bot.core.errors import NotFound, Refused
from bot.core.events import Ref
from bot.core.ports import Payloads
from bot.core.tool import Plan


def read_plan(payloads: Payloads, ledger: str, ref: Ref) -> Plan:
    """The stored plan; raises `Refused` where it is gone or is no plan."""
    try:
        return Plan.model_validate(payloads.get(ledger, ref))
    except NotFound as error:
        raise Refused("the plan is not on record any more", why="plan_missing") from error
    except ValueError as error:
        raise Refused("what is on record is no plan", why="plan_changed") from error
