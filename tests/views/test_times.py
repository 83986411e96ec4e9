"""One card, one clock: every time is shown in the reader's own zone."""

from datetime import UTC, datetime

import pytest

from bot.views import text as t
from bot.views.blocks import texts_of
from bot.views.incident_card import incident_card
from tests.scene import FINDING, Paper, Scene

BY = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
AT_2_11 = "<!date^1795140660^{time}|02:11 UTC>"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("rolled out at 02:11:03 UTC", f"rolled out at {AT_2_11}"),
        ("from 02:11 UTC on, and 02:11:59 UTC", f"from {AT_2_11} on, and {AT_2_11}"),
        ("began at 23:59:01 UTC", "began at <!date^1795132740^{time}|23:59 UTC>"),
        ("it logs “gave up at 02:11:03 UTC”", "it logs “gave up at 02:11:03 UTC”"),
        ("ran `date -d 02:11 UTC`", "ran `date -d 02:11 UTC`"),
        ("last on 18 November 02:11 UTC", "last on 18 November 02:11 UTC"),
        ("32:11 UTC, 02:71 UTC, 02:11", "32:11 UTC, 02:71 UTC, 02:11"),
    ],
)
def test_a_time_in_utc_becomes_the_readers_own(said: str, shown: str):
    assert t.local(said, BY) == shown


def test_a_cause_and_what_it_stands_on_are_told_in_the_zone_of_the_header():
    content = {
        **FINDING,
        "cause": "Revision 47, rolled out at 02:11:03 UTC.",
        "because": [{"text": "Errors rose to 21 % from 02:14:00 UTC on", "evidence": ["E1"]}],
    }
    scene = Scene(Paper()).opened().alert().looks().found(content=content)
    assert isinstance(scene.book, Paper)
    words = "\n".join(texts_of(incident_card(scene.book.story())["blocks"]))
    assert f"rolled out at {AT_2_11.replace('^1795140660', '^1795140660')}" in words
    assert ":03 UTC" not in words
    assert ":00 UTC" not in words
