"""A request that waits when the alerts are over: whether somebody else changed what it is about, and who says so."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.core.approval import State
from bot.core.by_others import WITHIN
from bot.core.due import Pacing, due
from bot.core.events import AlertResolved, ExecutionSucceeded, Outcome
from bot.core.ledger import stamp
from bot.core.tool import Observation
from bot.services.approvals import Approvals
from bot.services.doors import People
from tests.deciding import deciding
from tests.services.act.looking import Checking, PretendLooks, unread, workload
from tests.services.act.stage import INC, Act

SAME = {"uid": "u-1", "generation": 2}
WITH = {"manager": "kubectl-rollout", "operation": "Update", "at": "2026-03-01T02:04:00.000Z", "cause": "<!here> undo"}


@pytest.fixture
def waits(act: Act) -> Checking:
    """Proposed, undecided, and the alert is over."""
    act.proposed()
    over = AlertResolved(fingerprint="f1", ends_at=stamp(act.ledgers.now()), alert=act.payloads.put(INC, {}))
    act.ledgers.record(INC, [over], "process:serve")
    return Checking(act, PretendLooks(workload=lambda: workload(**SAME)))


def jobs(waits: Checking, later: timedelta = timedelta()) -> list[str]:
    return [item.job for item in due(waits.act.incident(), waits.act.ledgers.now() + later, Pacing(), None)]


def looked(waits: Checking, seen: Callable[[], Observation]) -> tuple[str | None, str]:
    waits.looks.workload = seen
    waits.service().look_again(INC, waits.act.only().id)
    approval = waits.act.only()
    return approval.looked, waits.act.said(approval.seen)["says"]


def resolved(waits: Checking) -> tuple[State, str | None]:
    people = People(lambda: "T1", lambda: deciding(frozenset({"U1"})))
    act = waits.act
    desk = Approvals(act.ledgers, act.signer, people, lambda _: True, lambda user, channel: None)
    desk.resolve(INC, lambda _: True)
    return act.only().state, act.only().why


def test_the_end_waits_a_little_for_the_look_and_no_longer(waits: Checking) -> None:
    assert "look_again" in jobs(waits)
    assert "resolve" not in jobs(waits)
    assert "resolve" in jobs(waits, WITHIN + timedelta(seconds=1))  # nobody looked: it is not kept open for it


def test_changed_by_somebody_else_it_is_closed_with_what_and_when(waits: Checking) -> None:
    changed, says = looked(
        waits, lambda: workload(**{**SAME, "generation": 4}, changed_by=WITH, images={"shop": "shop:1"})
    )

    assert changed == "yes"
    assert "changed at 2026-03-01 02:04 UTC with kubectl-rollout (“<!here> undo”), not by Midwatch" in says
    assert "it runs shop:1; 4 of 4 pods ready" in says
    assert "look_again" not in jobs(waits)
    assert "resolve" in jobs(waits)
    assert resolved(waits) == (State.SUPERSEDED, "mended_by_hand")


@pytest.mark.parametrize(
    ("seen", "changed", "says"),
    [
        (lambda: workload(**SAME), "no", "Nobody changed shop"),
        (lambda: workload(**{**SAME, "uid": "u-2"}), "yes", "deleted and made again"),
        (lambda: workload(**{**SAME, "generation": 4}), "yes", "Kubernetes does not say with what"),
        (
            lambda: workload(**{**SAME, "generation": 4}, changed_by={**WITH, "manager": "kube-controller-manager"}),
            "no",
            "a controller",
        ),
        (lambda: workload(uid="u-1", generation=None), "unknown", "cannot be told"),
        (
            lambda: Observation(Outcome.NO_DATA, "GET", "There is none.", {"workload": None}),
            "yes",
            "not there any more",
        ),
        (lambda: Observation(Outcome.NO_DATA, "GET", "", {}), "unknown", "could not be read"),
        (lambda: unread(Outcome.DENIED), "unknown", "could not be read"),
        (lambda: unread(Outcome.TIMED_OUT), "unknown", "could not be read"),
    ],
)
def test_what_is_not_known_is_not_guessed(
    waits: Checking, seen: Callable[[], Observation], changed: str, says: str
) -> None:
    assert looked(waits, seen)[0] == changed
    assert says in waits.act.said(waits.act.only().seen)["says"]
    assert resolved(waits)[1] == ("mended_by_hand" if changed == "yes" else "alerts_over")


def test_it_is_looked_at_once(waits: Checking) -> None:
    looked(waits, lambda: workload(**SAME))
    waits.service().look_again(INC, waits.act.only().id)

    assert waits.act.kinds().count("TargetLooked") == 1


def test_while_it_fires_or_once_it_was_decided_nobody_looks(act: Act) -> None:
    act.proposed()
    assert "look_again" not in jobs(Checking(act, PretendLooks()))
    act.approve(act.only())
    over = AlertResolved(fingerprint="f1", ends_at=stamp(act.ledgers.now()), alert=act.payloads.put(INC, {}))
    act.ledgers.record(INC, [over], "process:serve")
    assert "look_again" not in jobs(Checking(act, PretendLooks()))
    Checking(act, PretendLooks()).service().look_again(INC, act.only().id)
    assert act.only().looked is None
    assert not [kind for kind in act.kinds() if kind == ExecutionSucceeded.__name__]
