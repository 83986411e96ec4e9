"""What the change side stores as payloads, so that views need not guess: reasons, results, checks, observations.

Texts are whole sentences without a full stop where they are short; all are plain text, never markup.
"""

from typing import Any, Literal

from bot.core.events import Value


class Reason(Value):
    """`ActionRefused.detail`, `ActionWentStale.detail`, `ExecutionFailed.detail`."""

    why: str
    says: str


class Carried(Value):
    """`ExecutionSucceeded.result`. ``already``: the effect was there before this run began."""

    says: str
    facts: dict[str, Any]
    already: bool = False


class Read(Value):
    """One look: ``outcome`` as of an observation, ``says`` its digest, cut."""

    what: str
    outcome: str
    asked: str
    says: str


class Checked(Value):
    """`Verification*.seen`. ``alert`` and ``workload`` (what the change was about) are None where unread.

    Of a check that passed, ``value`` is what the quiet rule measured, with its unit, and ``fine`` the state of what
    was changed; "" where that is not known. ``unlooked`` names an invariant nobody could look at here.
    """

    number: int
    says: str
    alert: Literal["quiet", "firing"] | None
    workload: Literal["as_wanted", "not_as_wanted"] | None
    why: tuple[str, ...] = ()
    reads: tuple[Read, ...] = ()
    seconds: int = 0  # between the end of the execution and this check
    value: str = ""
    fine: str = ""
    unlooked: str = ""


class Observed(Value):
    """`OutcomeObserved.seen`: whether the object carries the execution's mark, as far as could be told."""

    says: str
    mark: Literal["present", "absent", "unknown"]
    reads: tuple[Read, ...] = ()


class Spoke(Value):
    """A rule of the policy that asked for a second person; ``setting`` is whose number it is, "" for none."""

    id: str
    says: str
    setting: str = ""


class Weighed(Value):
    """`ActionProposed.weighed`: the facts a change was judged by (`core.policy.Facts`), and the rules that spoke."""

    facts: dict[str, Any]
    because: tuple[Spoke, ...] = ()
