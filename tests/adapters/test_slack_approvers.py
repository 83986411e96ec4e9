"""Who may decide by a user group: as Slack says at the time, over the real client; silence entitles nobody."""

from collections.abc import Callable

import pytest

from bot.adapters.slack_approvers import AGAIN_SECONDS, FRESH_SECONDS, SlackApprovers
from bot.core.approvers import Deciders
from bot.core.errors import Busy
from tests.adapters.conftest import Unpaced
from tests.standin.stage import Slack

METHOD = "usergroups.users.list"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def named(slack: Slack, clock: Clock) -> Callable[..., SlackApprovers]:
    slack.people.do("reset")
    return lambda *names: SlackApprovers(Deciders(names), slack.client(timeout=20), Unpaced(), clock)


def fail(slack: Slack, times: int = 1, **how: object) -> None:
    slack.people.do("faults", method=METHOD, times=times, **{"fault": "server_error", "status": 503, **how})


def test_a_groups_members_may_decide_beside_whoever_is_named(named: Callable[..., SlackApprovers]) -> None:
    approvers = named("U0DORA", "S0ONCALL", "S0ONCALL")()

    assert [approvers.may(user) for user in ("U0DORA", "U0ALICE", "U0BOB", "U0GUEST", "S0ONCALL")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_without_a_group_slack_is_never_asked(named: Callable[..., SlackApprovers], slack: Slack) -> None:
    fail(slack)

    assert named("U0DORA")().may("U0ALICE") is False
    assert named("S0ONCALL")().may("U0ALICE") is None  # the fault still stood


@pytest.mark.parametrize("how", [{}, {"fault": "hang", "hang_ms": 6000}])
def test_where_slack_does_not_say_nobody_is_entitled_by_a_group(
    named: Callable[..., SlackApprovers],
    slack: Slack,
    clock: Clock,
    how: dict[str, object],
) -> None:
    fail(slack, **how)
    asking = named("U0DORA", "S0ONCALL")

    assert [asking().may(user) for user in ("U0DORA", "U0ALICE")] == [True, None]
    clock.now += AGAIN_SECONDS / 2
    assert asking().may("U0ALICE") is None  # not asked again at once: presses behind it do not wait
    clock.now += AGAIN_SECONDS
    assert asking().may("U0ALICE") is True


def test_an_answer_is_good_for_half_a_minute_and_not_longer(
    named: Callable[..., SlackApprovers],
    slack: Slack,
    clock: Clock,
) -> None:
    asking = named("S0ONCALL")
    assert asking().may("U0ALICE") is True

    fail(slack)
    clock.now += FRESH_SECONDS - 1
    assert asking().may("U0ALICE") is True
    clock.now += 1
    assert asking().may("U0ALICE") is None


def test_a_group_that_is_gone_entitles_nobody_and_takes_nothing_from_the_others(
    named: Callable[..., SlackApprovers],
) -> None:
    approvers = named("S0NONE", "S0ONCALL")()

    assert [approvers.may(user) for user in ("U0ALICE", "U0GUEST")] == [True, False]


def test_being_paced_is_a_silence_too(slack: Slack) -> None:
    class Full(Unpaced):
        def wait(self, key: str, per_second: float, burst: int) -> float:
            raise Busy(f"{key} waits", 9.0)

    assert SlackApprovers(Deciders(("S0ONCALL",)), slack.client(), Full())().may("U0ALICE") is None
