"""Why a lease was not given, not revoked, or did not let a change start, in words."""

from collections.abc import Mapping

NOT_STARTED: Mapping[str, str] = {
    "lease_unknown": "the lease it was approved under is not on record",
    "lease_signature": "the signature of the lease does not check",
    "lease_other": "the lease is for another action",
    "lease_revoked": "the lease was revoked",
    "lease_over": "the lease is over",
    "lease_used_up": "the lease was used up",
}

PRESS: Mapping[str, str] = {
    "not_routine": "Only a routine change that one person approves can be allowed again. Nothing was allowed.",
    "undo": "Taking something back is decided each time. Nothing was allowed.",
    "not_decided_in_person": "Only what somebody approved by a press can be allowed again. Nothing was allowed.",
    "did_not_help": "It did not help, or it is being taken back, so it is not allowed again.",
    "leased_already": "It was allowed again already, once for each request. Nothing changed.",
    "revoked_already": "It was revoked already. Nothing changed.",
}
