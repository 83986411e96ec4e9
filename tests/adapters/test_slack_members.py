"""Who is a full member, by Slack's own words over the real client; and a form that Slack does not open."""

from typing import Any

import pytest

from bot.adapters.remembered import SECONDS
from bot.adapters.slack_channels import SlackChannels
from bot.adapters.slack_forms import SlackForms
from bot.adapters.slack_members import SlackMembers, why_no_member
from bot.core.commands import AskForIncident
from bot.core.errors import Refused, Unreachable
from bot.views.forms import incident_form
from tests.adapters.conftest import Unpaced
from tests.standin.stage import Slack


@pytest.fixture
def members(slack: Slack) -> SlackMembers:
    slack.people.do("reset")
    return SlackMembers(slack.client(timeout=2), Unpaced(), lambda: "T0HARBOUR")


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("U0ALICE", None),
        ("U0GUEST", "guest"),
        ("U0ONEROOM", "guest"),
        ("U0FOREIGN", "not_member"),
        ("U0GONE", "not_member"),
        ("U0MIDWATCH", "not_member"),
        ("U0NOBODY", "not_member"),
    ],
)
def test_slack_says_who_is_a_member(members: SlackMembers, user: str, why: str | None) -> None:
    assert members.why_not(user) == why


def test_an_answer_is_remembered_and_silence_is_not(slack: Slack, members: SlackMembers) -> None:
    slack.people.do("faults", fault="server_error", method="users.info", status=503)
    with pytest.raises(Unreachable):
        members.why_not("U0ALICE")
    assert members.why_not("U0ALICE") is None

    slack.people.do("faults", fault="server_error", method="users.info", status=503, times=5)
    assert members.why_not("U0ALICE") is None


def test_who_was_deactivated_or_made_a_guest_counts_a_minute_longer_at_most(slack: Slack) -> None:
    slack.people.do("reset")
    clock = [0.0]
    members = SlackMembers(slack.client(timeout=2), Unpaced(), lambda: "T0HARBOUR", lambda: clock[0])
    assert members.why_not("U0ALICE") is None
    slack.people.do("faults", fault="server_error", method="users.info", status=503, times=5)
    clock[0] = SECONDS - 0.1
    assert members.why_not("U0ALICE") is None

    clock[0] = SECONDS
    with pytest.raises(Unreachable):
        members.why_not("U0ALICE")
    assert SECONDS <= 60


@pytest.mark.parametrize(("channel", "why"), [("C0OPS", "shared_channel"), ("C0LOBBY", None), ("C0ROOM", None)])
def test_slack_says_which_channel_is_shared_with_others(slack: Slack, channel: str, why: str | None) -> None:
    slack.people.do("reset")
    channels = SlackChannels(slack.client(timeout=2), Unpaced())
    assert channels.why_not(channel) == why

    slack.people.do("faults", fault="server_error", method="conversations.info", status=503)
    assert channels.why_not(channel) == why  # remembered


def test_a_channel_slack_does_not_tell_of_is_not_taken_for_our_own(slack: Slack) -> None:
    slack.people.do("reset")
    channels = SlackChannels(slack.client(timeout=2), Unpaced())
    with pytest.raises(Refused):
        channels.why_not("C0VAULT")  # private, and the bot is not in it
    slack.people.do("faults", fault="server_error", method="conversations.info", status=503)
    with pytest.raises(Unreachable):
        channels.why_not("C0LOBBY")
    assert channels.why_not("C0LOBBY") is None  # silence was not remembered

    with pytest.raises(Refused) as refusal:
        SlackChannels(slack.client("xoxb-narrow", timeout=2), Unpaced()).why_not("C0LOBBY")
    assert refusal.value.why == "missing_scope"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"team_id": "T9", "enterprise_user": {"teams": ["T1"]}}, None),
        ({"team_id": "T9", "enterprise_user": {"teams": ["T8"]}}, "not_member"),
        ({"team_id": "T1", "is_ultra_restricted": True}, "guest"),
        ({}, "not_member"),
    ],
)
def test_a_grid_has_people_of_several_teams(told: dict[str, Any], why: str | None) -> None:
    assert why_no_member(told, "T1") == why


def test_a_trigger_that_is_none_opens_no_form_and_says_so(slack: Slack) -> None:
    forms = SlackForms(slack.client(timeout=2), Unpaced())
    with pytest.raises(Refused) as refusal:
        forms.open("1.2.nothing", incident_form(AskForIncident(), "[]"))
    assert "trigger" in refusal.value.why


def test_a_slow_slack_is_given_up_before_the_trigger_expires(slack: Slack) -> None:
    slack.people.do("faults", fault="hang", method="views.open", hang_ms=6000)
    with pytest.raises(Unreachable):
        SlackForms(slack.client(timeout=20), Unpaced()).open("1.2.nothing", incident_form(AskForIncident(), "[]"))
