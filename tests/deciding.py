"""Who may decide, in tests: people by name, and the members of one group as Slack said; None: it did not say."""

from collections.abc import Iterable

from bot.core.approvers import Approvers, Deciders

GROUP = "S0DECIDERS"


def deciding(named: Iterable[str], grouped: frozenset[str] | None = frozenset()) -> Approvers:
    return Approvers(Deciders((*sorted(named), GROUP)), {GROUP: grouped})
