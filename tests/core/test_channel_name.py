"""Names of incident channels: Slack's rules, a name for every case, and nobody's channel taken over."""

import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.core.channel_name import following, names, slug

DAY = datetime(2026, 11, 20, tzinfo=UTC)
ALLOWED = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


def test_a_name_says_the_day_the_service_and_the_alert_each_word_once():
    assert names("inc-20261120-3f2a9c41", DAY, ["checkout", "CheckoutErrorRateHigh"])[0] == (
        "inc-20261120-checkout-error-rate-high"
    )


def test_names_are_tried_in_order_and_end_with_the_incidents_own_number():
    tried = names("inc-20261120-3f2a9c41", DAY, ["db"])
    assert [name.removeprefix("inc-20261120-") for name in tried] == [
        "db",
        "db-2",
        "db-3",
        "db-4",
        "db-5",
        "db-3f2a9c41",
    ]


def test_after_each_taken_name_comes_the_next_and_then_none():
    tried = names("inc-20261120-3f2a9c41", DAY, ["db"])
    assert following(tried, None) == tried[0]
    assert [following(tried, name) for name in tried] == [*tried[1:], None]


@given(words=st.lists(st.text(max_size=200), max_size=5))
def test_any_words_make_a_name_slack_takes(words: list[str]):
    for name in names("inc-20261120-3f2a9c41", DAY, words):
        assert ALLOWED.fullmatch(name), name


@given(words=st.lists(st.text(alphabet="abcAB -_/ä", max_size=80), max_size=4))
def test_a_slug_is_short_and_never_empty(words: list[str]):
    assert 0 < len(slug(words)) <= 50
    assert "--" not in slug(words)
