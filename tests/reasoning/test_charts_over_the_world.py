"""The chart of a whole diagnosis through the real clients: drawn from what was recorded, rollout and rule marked."""

import os
import re
from pathlib import Path

from bot.adapters.picture import draw
from bot.core.chart import ChartKept
from bot.services.charting import Charting
from tests.reasoning.stage import Bell, Store, alerted, diagnosis, environment, store
from tests.world.running import SCENARIOS

PICTURES = os.environ.get("MIDWATCH_PICTURES")  # a folder: the README's chart is kept there


def kept(at: Store, incident: str) -> ChartKept:
    ref = at.incident(incident).rounds[1].chart
    assert ref is not None
    return ChartKept.model_validate(at.payloads.get(incident, ref))


def test_a_bad_rollout_is_seen_at_a_glance(redis_url: str, tmp_path: Path) -> None:
    at = store(redis_url)
    with alerted(SCENARIOS / "bad-rollout", tmp_path) as (world, body):
        incident = at.receive(body)
        diagnosis(at, environment(world, tmp_path)).run(incident, 1)

    Charting(at.ledgers, at.payloads, Bell(), draw).run(incident, 1)  # the world is gone: nothing is asked any more

    chart = kept(at, incident)
    assert chart.title == "CoinboxFailing · coinbox"
    assert re.search(r"usually (under )?0\.[12] %", chart.says)  # a few of a thousand requests fail on any day
    assert "Revision 2 was rolled out at " in chart.alt
    assert "before it began." in chart.alt
    assert "rule: above 5 %" in chart.alt
    assert chart.png.startswith(b"\x89PNG")
    assert len(chart.png) < 100_000
    if PICTURES:
        (Path(PICTURES) / "chart.png").write_bytes(chart.png)
