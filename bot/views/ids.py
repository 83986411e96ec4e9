"""The ids of everything a person can press, used where it is drawn and where it is served (`handlers/routes.py`).

A button's value is an approval's id and nothing else: what is decided is looked up, never carried by the button.
"""

from enum import StrEnum


class ActionId(StrEnum):
    APPROVE = "approve"
    DENY = "deny"
    ESTABLISH_DONE = "establish_done"
    ESTABLISH_NOT_DONE = "establish_not_done"
