"""The ids of everything a person can press, used where it is drawn and where it is served (`handlers/routes.py`).

A button's value is the id of an approval, an incident or an answer (with the row it is about) and nothing else: what
is decided is looked up, never carried by the button.
"""

from enum import StrEnum


class ActionId(StrEnum):
    APPROVE = "approve"
    APPROVE_TYPED = "approve_typed"
    BREAK_GLASS = "break_glass"
    DENY = "deny"
    REQUEST_CHANGES = "request_changes"
    PLAN_AGAIN = "plan_again"
    UNDO = "undo"
    LEASE = "lease"
    REVOKE_LEASE = "revoke_lease"
    ESTABLISH_DONE = "establish_done"
    ESTABLISH_NOT_DONE = "establish_not_done"
    TAKE = "take"
    SEVERITY = "severity"
    COMMANDER = "commander"
    RESOLVE = "resolve"
    OPEN_INCIDENT = "open_incident"
    PROBE = "probe"


class FormId(StrEnum):
    """The modals, as Slack hands them back when somebody submits one."""

    DENY = "form_deny"
    BREAK_GLASS = "form_break_glass"
    TYPED = "form_typed"
    REQUEST_CHANGES = "form_request_changes"
    INCIDENT = "form_incident"
