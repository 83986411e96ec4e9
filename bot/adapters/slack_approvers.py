"""Who may decide now: the people of `MIDWATCH_APPROVERS`, and whoever is in its user groups, as Slack says.

Asked when a press is judged, never before an acknowledgement; within seconds, and remembered for half a minute. Where
Slack does not say, nobody is an approver by a group, and whoever is named still is.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from slack_sdk import WebClient

from bot.adapters.slack_calls import Pace, SlackCalls, quiet
from bot.core.approvers import Approvers, Deciders, groups_of, unasked
from bot.core.errors import Busy, Refused, Unreachable

ASK_SECONDS = 2
FRESH_SECONDS = 30.0  # so long may somebody who has left a group still decide
AGAIN_SECONDS = 3.0  # so that one silence of Slack does not hold up every press behind it
GONE = frozenset({"no_such_subteam", "subteam_not_found"})

log = logging.getLogger("midwatch.approvers")


class SlackApprovers:
    def __init__(
        self, deciders: Deciders, client: WebClient, pace: Pace, clock: Callable[[], float] = time.monotonic
    ) -> None:
        asked = quiet(client)
        asked.timeout = min(asked.timeout, ASK_SECONDS)
        self._calls = SlackCalls(asked, pace)
        self._clock = clock
        self._groups = groups_of(deciders.everybody())
        self._known = unasked(deciders)
        self._until: float | None = None
        self._one = threading.Lock()

    def __call__(self) -> Approvers:
        """Never raises: what Slack does not say is None in the answer."""
        if not self._groups:
            return self._known
        with self._one:
            if self._until is None or self._clock() >= self._until:
                members = self._asked()
                self._known = replace(self._known, members=members)
                self._until = self._clock() + (AGAIN_SECONDS if None in members.values() else FRESH_SECONDS)
            return self._known

    def _asked(self) -> Mapping[str, frozenset[str] | None]:
        """Every group's members. After one silence nothing more is asked now: a press waits behind it."""
        said: dict[str, frozenset[str] | None] = dict.fromkeys(self._groups)
        try:
            for group in self._groups:
                said[group] = frozenset(self._members(group))
        except (Busy, Unreachable, Refused) as error:
            log.warning("who may approve by a user group is not known now: %s", error)
        return said

    def _members(self, group: str) -> Sequence[str]:
        try:
            return tuple(self._calls.call("usergroups.users.list", usergroup=group).get("users") or ())
        except Refused as refusal:
            if refusal.why not in GONE:
                raise
            log.warning("among who may decide is the user group %s, which Slack does not know (any more)", group)
            return ()
