"""What is looked at in every diagnosis beside the runbook's own checks: the analyzers. Pure.

A tool that is not set up here is left out without a word (`doctor` and `/ops status` say so), and so is one that needs
what the alert does not name (the runbook's own checks say that); one that was asked and did not answer is told.
"""

from collections.abc import Sequence

from bot.core.case import Case
from bot.core.planning import Call, Offer, plan
from bot.core.runbook import Check

SWEEP = (
    Check(
        "faults", "find_kubernetes_faults", {"namespace": "{namespace}", "service": "{service}"}, "the cluster's faults"
    ),
    Check("breakdown", "break_down_alert", {"expression": "{expression}"}, "the alert by its labels"),
    Check("traces", "find_traces", {"service": "{service}"}, "traces"),
    Check("map", "map_services", {"service": "{service}", "namespace": "{namespace}"}, "the service map"),
    Check("changes", "what_changed", {"namespace": "{namespace}", "service": "{service}"}, "what changed"),
)


def sweep(checks: Sequence[Check], case: Case, offer: Offer) -> list[Call]:
    """The analyzers' calls that none of ``checks`` makes already."""
    asked = {check.tool for check in checks} | {check.id for check in checks}
    return plan([check for check in SWEEP if check.tool not in asked and check.id not in asked], case, offer)[0]
