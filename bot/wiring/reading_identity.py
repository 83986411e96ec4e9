"""Whether the diagnose worker's cluster identity is proven to change nothing.

One that may change something stops the start: the boundary is the credential. One that could not be asked about does
not, because the night on which the cluster does not answer is a night for metrics and logs. Then the boundary is
proven later or the cluster is not read: the first look of every job asks again, and until there is an answer each
look at the cluster fails with the reason, which the card shows.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from bot.adapters.kube_rights import Rights, rights_of
from bot.core.errors import Denied, LookFailed, SettingsWrong
from bot.wiring.common import own_namespace

log = logging.getLogger("midwatch.rights")
TRIES = 3
PAUSE_SECONDS = 2.0
AGAIN_SECONDS = 10.0
WITHHELD = "not read: nothing proves that this identity may change nothing"


def gate_of(
    kubeconfig: str | None,
    namespaces: Sequence[str],
    pause: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Callable[[], None] | None:
    """What stands before each look at the cluster; None where it is proven now, or there is no cluster.

    Raises `SettingsWrong` where the identity may change something.
    """
    ask = partial(rights_of, kubeconfig, namespaces, own_namespace())
    found = _asked_patiently(ask, pause)
    if found is None:
        return None
    if found.may:
        raise SettingsWrong(
            f"the diagnose process must not be able to change the cluster, but its identity may {', '.join(found.may)}"
        )
    if found.unproven:
        log.error("UNPROVEN: the cluster is %s: %s. Each job asks again", WITHHELD, found.unproven)
        return Gate(ask, clock)
    _say_beyond(found)
    return None


def _asked_patiently(ask: Callable[[], Rights | None], pause: Callable[[float], object]) -> Rights | None:
    """A few tries, so that one lost answer leaves nothing unproven; not more, so that other sources are read soon."""
    for _ in range(TRIES - 1):
        found = ask()
        if found is None or not found.unproven:
            return found
        pause(PAUSE_SECONDS)
    return ask()


def _say_beyond(found: Rights) -> None:
    if found.beyond:
        log.warning("UNPROVEN elsewhere: this identity may change nothing where it was asked, but %s", found.beyond)


class Gate:
    """Asks at a job's first look, and lets looks pass or fail. Made before the fork: each job has its own answer."""

    def __init__(self, ask: Callable[[], Rights | None], clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._one = threading.Lock()
        self._found: Rights | None = None
        self._stale = 0.0

    def __call__(self) -> None:
        """Raise `LookFailed` while nothing is known, `Denied` where it may change something."""
        with self._one:  # the looks of a job begin together
            found = self._known()
        if found.may:
            raise Denied(f"not read: this identity may {', '.join(found.may)}, which a reading one must not")
        if found.unproven:
            raise LookFailed(f"{WITHHELD} ({found.unproven})")

    def _known(self) -> Rights:
        """The answer; one that says nothing is good for seconds, because a verification looks for minutes."""
        if self._found is None or (self._found.unproven and self._clock() >= self._stale):
            self._found = self._ask() or Rights()
            self._stale = self._clock() + AGAIN_SECONDS
            _say_beyond(self._found)
        return self._found
