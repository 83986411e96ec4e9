"""Who is let in to decide, as the real client hears it from the stand-in Slack: named in the settings or not."""

import pytest

from bot.adapters.slack_channels import SlackChannels
from bot.adapters.slack_members import SlackMembers
from bot.core.approval import State
from bot.core.events import ChannelStep
from tests.deciding import deciding
from tests.services.newsroom import Newsroom, Unpaced
from tests.services.test_approvals import Desk, desk_with

EVERYBODY = deciding(frozenset({"U0ALICE", "U0GUEST", "U0ONEROOM", "U0GONE", "U0FOREIGN", "U0MIDWATCH", "U0NOBODY"}))


@pytest.fixture
def desk(newsroom: Newsroom) -> Desk:
    client = newsroom.slack.client(timeout=2)
    members, channels = SlackMembers(client, Unpaced(), lambda: "T0HARBOUR"), SlackChannels(client, Unpaced())
    return desk_with(
        newsroom.client,
        approvers=EVERYBODY,
        barred=lambda user, channel: members.why_not(user) or channels.why_not(channel),
    )


def press(desk: Desk, user: str, posted: str = "C0LOBBY", pressed: str = "") -> tuple[State, str | None]:
    """A press on the request's own message, which stands in this channel."""
    step = ChannelStep(step="approval:a-1", state="done", channel=posted, ts="1.5")
    desk.ledgers.record("inc-1", [step], "process:talk")
    desk.click(user=user, channel=pressed or posted)
    return desk.state(), desk.why()


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("U0GUEST", "guest"),
        ("U0ONEROOM", "guest"),
        ("U0GONE", "not_member"),
        ("U0FOREIGN", "not_member"),
        ("U0MIDWATCH", "not_member"),
        ("U0NOBODY", "not_member"),
    ],
)
def test_guests_bots_who_left_and_strangers_do_not_decide_though_they_are_named(
    desk: Desk, user: str, why: str
) -> None:
    assert press(desk, user) == (State.PROPOSED, why)


def test_a_full_member_in_a_channel_of_our_own_does(desk: Desk) -> None:
    assert press(desk, "U0ALICE") == (State.APPROVED, None)


def test_nothing_is_decided_in_a_channel_shared_with_others(desk: Desk) -> None:
    assert press(desk, "U0ALICE", "C0OPS") == (State.PROPOSED, "shared_channel")


def test_nothing_is_decided_from_another_channel_than_the_messages_own(desk: Desk) -> None:
    assert press(desk, "U0ALICE", pressed="C0ROOM") == (State.PROPOSED, "wrong_message")


@pytest.mark.parametrize("method", ["users.info", "conversations.info"])
def test_while_slack_is_silent_nobody_is_let_in_and_afterwards_a_fresh_press_is(
    newsroom: Newsroom, desk: Desk, method: str
) -> None:
    newsroom.fault(fault="server_error", method=method, status=503)
    assert press(desk, "U0ALICE") == (State.PROPOSED, "door_not_checked")

    desk.click(2, user="U0ALICE", channel="C0LOBBY")
    assert desk.state() is State.APPROVED
