"""What the owner of a CronJob lets be overridden, and the one name an execution's Job has."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.reruns import OVERRIDABLE, declared, job_name

LABEL = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


def test_what_is_declared_is_what_is_allowed() -> None:
    text = '{"SOURCE_HOST": ["replica-a", "replica-b"], "DAYS": ["1"]}'

    assert declared({OVERRIDABLE: text}) == {"SOURCE_HOST": ("replica-a", "replica-b"), "DAYS": ("1",)}
    assert declared({"other": text}) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SOURCE_HOST",
        "[]",
        '{"SOURCE_HOST": "replica-a"}',
        '{"SOURCE_HOST": []}',
        '{"SOURCE_HOST": [1]}',
        '{"SOURCE_HOST": ["two\\nlines"]}',
        '{"SOURCE_HOST": ["\\u202ereplica"]}',
        '{"SOURCE HOST": ["a"]}',
        '{"A": ["a"], "A": ["b"]}',
    ],
)
def test_a_declaration_that_cannot_be_understood_allows_nothing_and_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=OVERRIDABLE):
        declared({OVERRIDABLE: text})


@given(st.from_regex(LABEL, fullmatch=True).filter(lambda name: len(name) <= 52), st.text(min_size=1, max_size=40))
def test_the_name_is_one_a_job_may_have_and_always_the_same(cron_job: str, execution: str) -> None:
    name = job_name(cron_job, execution)

    assert len(name) <= 63
    assert LABEL.fullmatch(name)
    assert name == job_name(cron_job, execution)
    assert name != job_name(cron_job, f"{execution}x")
