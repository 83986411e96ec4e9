"""Why a change did not begin, or ended between two of its steps, in words."""

from collections.abc import Mapping

from bot.views.lease_words import NOT_STARTED

STOPPED_WORDS: Mapping[str, str] = {
    **NOT_STARTED,
    "given_up": "this run had been given up, and somebody was asked",
    "no_record": "whether it may go on could not be read",
    "slow": "it took too long",
    "stopped_frozen": "somebody froze all changes",
    "stopped_resolved": "the incident was resolved",
    "stopped_given_up": "this run had been given up, and somebody was asked",
    "stopped_no_record": "whether it may go on could not be read",
    "stopped_budget": "a disruption budget lets no further pod go",
    "stopped_slow": "it took too long",
    "stopped_unreachable": "the cluster did not answer",
    "stopped_refused": "Kubernetes refused the next step",
}
