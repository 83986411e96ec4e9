"""The boundary of a diagnosing job: an error of our own is counted, so that nothing is tried for ever in silence."""

from collections.abc import Iterator

import pytest

from bot.core.due import Pacing, due
from bot.core.errors import Unreachable
from bot.core.failpoint import arm
from bot.jobs.desk import put
from bot.jobs.diagnose import diagnose
from tests.reasoning.office import INCIDENT, CannedLooks, diagnosis, opened
from tests.reasoning.stage import Store, store


@pytest.fixture
def at(redis_url: str) -> Iterator[Store]:
    yield store(redis_url)
    arm(lambda _: None)


def broken(error: Exception) -> None:
    def hook(point: str) -> None:
        if point == "diagnosis.evidence_recorded":
            raise error

    arm(hook)


def jobs(at: Store) -> list[str]:
    return [item.job for item in due(at.incident(INCIDENT), at.ledgers.now(), Pacing(), None)]


def test_three_crashes_end_the_trying_and_are_on_record(at: Store) -> None:
    put("diagnosis", diagnosis(at, CannedLooks()))
    opened(at)
    broken(ZeroDivisionError("a bug of ours"))
    for crashes in range(3):
        assert "diagnose" in jobs(at), f"given up after {crashes}"
        with pytest.raises(ZeroDivisionError):
            diagnose(INCIDENT, 1)

    assert "diagnose" not in jobs(at)
    assert at.incident(INCIDENT).rounds[1].failures == (("guided", "crashed"),) * 3


def test_a_world_that_does_not_answer_is_tried_again_and_not_counted(at: Store) -> None:
    put("diagnosis", diagnosis(at, CannedLooks()))
    opened(at)
    broken(Unreachable("Redis was away"))

    with pytest.raises(Unreachable):
        diagnose(INCIDENT, 1)

    assert at.incident(INCIDENT).rounds[1].failures == ()
    assert "diagnose" in jobs(at)
