"""The chart of a round: from recorded evidence alone, once, however often it is killed; a failure is on record."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.adapters.picture import draw
from bot.core.chart import Chart, ChartKept
from bot.core.due import Pacing, due
from bot.core.failpoint import Point, arm
from bot.jobs.desk import put
from bot.jobs.diagnose import chart
from bot.services.charting import Charting
from tests.reasoning import builders as b
from tests.reasoning.office import INCIDENT, CannedLooks, diagnosis, opened
from tests.reasoning.stage import Bell, Store, store


class Killed(BaseException):
    """As a worker dies: nothing catches it."""


@pytest.fixture
def at(redis_url: str) -> Iterator[Store]:
    """An incident whose first round has come to a finding over a curve."""
    made = store(redis_url)
    looks = CannedLooks()
    alert = looks.looks["alert"]
    curve = [[b.TWO.timestamp() + 30 * n, 0.21 if n > 1 else 0.001] for n in range(-100, 16)]
    facts = {**alert.facts, "series": [{**one, "points": curve} for one in alert.facts["series"]]}
    looks.looks = {**looks.looks, "alert": replace(alert, facts=facts)}
    opened(made)
    diagnosis(made, looks).run(INCIDENT, 1)
    put("charting", charting(made))
    yield made
    arm(lambda _: None)


def charting(at: Store, draws=draw) -> Charting:  # type: ignore[no-untyped-def]
    return Charting(at.ledgers, at.payloads, Bell(), draws)


def is_due(at: Store) -> bool:
    return "chart" in [item.job for item in due(at.incident(INCIDENT), at.ledgers.now(), Pacing(), None)]


def kept(at: Store) -> ChartKept:
    ref = at.incident(INCIDENT).rounds[1].chart
    assert ref is not None
    return ChartKept.model_validate(at.payloads.get(INCIDENT, ref))


def test_a_round_is_drawn_from_what_it_recorded(at: Store) -> None:
    assert is_due(at)
    chart(INCIDENT, 1)

    assert not is_due(at)
    found = kept(at)
    assert found.png.startswith(b"\x89PNG")
    assert found.title == "TillFailing · till"
    assert "21 % at 02:07" in found.alt
    assert found.evidence in at.incident(INCIDENT).evidence()


def test_drawn_twice_it_is_recorded_once(at: Store) -> None:
    chart(INCIDENT, 1)
    chart(INCIDENT, 1)
    charting(at).failed(INCIDENT, 1)
    assert at.kinds(INCIDENT).count("ChartDrawn") == 1


@pytest.mark.parametrize("point", [Point.CHART_STORED, Point.CHART_RECORDED])
def test_killed_in_between_it_is_drawn_again_or_not_needed(at: Store, point: Point) -> None:
    def die(reached: str) -> None:
        if reached == point:
            arm(lambda _: None)
            raise Killed

    arm(die)
    with pytest.raises(Killed):
        chart(INCIDENT, 1)

    assert is_due(at) is (point is Point.CHART_STORED)
    chart(INCIDENT, 1)
    assert at.kinds(INCIDENT).count("ChartDrawn") == 1
    assert kept(at).png


def test_a_fault_in_drawing_is_on_record_and_not_tried_again(at: Store) -> None:
    def broken(_: Chart) -> bytes:
        raise ZeroDivisionError("a bug of ours")

    put("charting", charting(at, broken))
    with pytest.raises(ZeroDivisionError):
        chart(INCIDENT, 1)

    assert at.incident(INCIDENT).rounds[1].charted
    assert at.incident(INCIDENT).rounds[1].chart is None
    assert not is_due(at)


def test_evidence_that_was_erased_gives_no_picture_and_no_error(at: Store) -> None:
    at.payloads.erase(INCIDENT)
    chart(INCIDENT, 1)
    assert at.incident(INCIDENT).rounds[1].chart is None
    assert not is_due(at)
