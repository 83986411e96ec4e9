"""Whose turn it is with the narrator: people at once, home always, of the others a few at a time and all in the end."""

from datetime import UTC, datetime, timedelta

from bot.core import events as e
from bot.core.due import Due
from bot.core.events import Fact, Ref, Severity
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.lanes import MOST, Lane, lane_of
from bot.core.ledger import Head, open_line, seal
from bot.services.crowd import Crowd

AT = datetime(2026, 11, 20, 2, 14, tzinfo=UTC)
REF = Ref(ref="0" * 64, bytes=1)
HOME = e.ChannelStep(step="home", state="done", channel="C1", ts="1.5", upto=1)


def incident(number: int, *facts: Fact, severity: Severity = Severity.SEV2) -> Incident:
    name = f"inc-{number:03}"
    opened = e.IncidentOpened(severity=severity, key="0" * 32, title=REF, why="first_alert", place="incident")
    at = AT + timedelta(seconds=number)
    return fold(name, [open_line(line) for line in seal(name, [opened, *facts], "p", at, Head())])


def narrate(story: Incident) -> Due:
    return Due("talk", "narrate", (story.id,))


def test_the_lane_is_what_is_most_pressing() -> None:
    refused = e.ClickRefused(click="1" * 32, approval="a-1", user="U1", why="not_approver")
    click = e.ClickReceived(
        click="1" * 32, approval="a-1", action="approve", user="U1", team="T1", channel="C1", message_ts="1.5",
        action_ts="2.5",
    )  # fmt: skip

    assert lane_of(incident(1), AT) is Lane.HOME
    assert lane_of(incident(1, click, refused), AT) is Lane.PEOPLE
    assert lane_of(incident(1, HOME), AT) is Lane.ROOM


def test_channels_come_a_few_at_a_time_the_worst_and_oldest_first() -> None:
    crowd, later = Crowd(), AT + timedelta(minutes=1)
    waiting = [incident(n, HOME) for n in range(9)] + [incident(50, HOME, severity=Severity.SEV1)]

    assert all(crowd.wait(story, later, narrate(story)) for story in waiting)
    chosen = [item.args[0] for item in crowd.chosen()]

    assert chosen == ["inc-050", "inc-000"]
    assert not crowd.open_to(waiting[5], later)
    assert crowd.open_to(incident(99), later)


def test_channels_come_before_all_else_once_every_incident_is_heard_of() -> None:
    crowd, later = Crowd(), AT + timedelta(minutes=1)
    waits, unheard = incident(1, HOME), incident(2)

    for story in (waits, unheard):
        crowd.wait(story, later, narrate(story))
    assert crowd.chosen() == []
    crowd.wait(waits, later, narrate(waits))

    assert [(item.args[0], item.front) for item in crowd.chosen()] == [("inc-001", True)]


def test_everybody_has_a_turn_in_the_end() -> None:
    crowd, later = Crowd(), AT + timedelta(minutes=1)
    card = e.ChannelStep(step="card", state="done", channel="C2", ts="1.6", upto=9)
    room = e.ChannelStep(step="channel", state="done", channel="C2")
    waiting = [incident(n, HOME, room, card) for n in range(3 * MOST[Lane.REST])]
    assert {lane_of(story, later) for story in waiting} == {Lane.REST}

    had = set()
    for _ in range(3):
        for story in waiting:
            crowd.wait(story, later, narrate(story))
        had |= {item.args[0] for item in crowd.chosen()}

    assert had == {story.id for story in waiting}


def test_a_few_incidents_never_wait_for_a_sweep() -> None:
    crowd, later = Crowd(), AT + timedelta(minutes=1)
    crowd.wait(incident(1, HOME), later, narrate(incident(1)))
    crowd.chosen()

    assert crowd.open_to(incident(1, HOME), later)
    assert not crowd.wait(incident(2), later, narrate(incident(2)))
