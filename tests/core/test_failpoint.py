"""No durable step without its kills: the points the kill tests arm are all the points there are."""

from collections import Counter

from bot.core.failpoint import Point
from tests.kills import (
    test_absence_killed,
    test_asking_killed,
    test_freeze_killed,
    test_presses_killed,
    test_reasoner_killed,
    test_serve_killed,
    test_surroundings_killed,
    test_unknown_outcomes,
    test_workers_killed,
)

STORIES = (
    test_absence_killed,
    test_asking_killed,
    test_freeze_killed,
    test_presses_killed,
    test_reasoner_killed,
    test_serve_killed,
    test_surroundings_killed,
    test_unknown_outcomes,
    test_workers_killed,
)


def test_every_point_is_killed_at_by_one_story() -> None:
    killed = Counter(point for story in STORIES for point in story.POINTS)

    assert killed == Counter(Point)
