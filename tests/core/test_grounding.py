"""Claims are held against their evidence character by character, number by number."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.findings import Claim, Quote
from bot.core.grounding import check_claim, is_quoted, numbers_stand

LOOK: dict[str, Any] = {
    "asked": "search logs-* where service till",
    "digest": '[error NEW] 1,204 times, 2026-11-20T02:00:36.000Z: charge 8841 failed: NoSuchColumn "surcharge"\n  next',
    "facts": {"total": 9000, "share": 0.2134, "template": 'charge <num> failed: "x"', "labels": {"code": "500"}},
}
LOOKS = {"E1": LOOK}


def claim(text: str = "A new error", quote: str = "NoSuchColumn", **more: Any) -> Claim:
    return Claim(text=text, evidence=("E1",), quotes=(Quote(evidence="E1", text=quote),), **more)


@pytest.mark.parametrize(
    "quote",
    ["NoSuchColumn", 'failed: NoSuchColumn "surcharge"', "charge <num> failed", "charge &lt;num&gt; failed",
     "surcharge\" next",
     'failed: "x"', "1,204 times"],
)  # fmt: skip
def test_a_quote_that_is_there_is_found(quote: str) -> None:
    assert is_quoted(quote, LOOK)


@pytest.mark.parametrize("quote", ["nosuchcolumn", "NoSuchTable", "the", "", "   ", "x" * 500, "8842", "charge failed"])
def test_a_quote_that_is_not_there_or_says_nothing_is_not(quote: str) -> None:
    assert not is_quoted(quote, LOOK)


@pytest.mark.parametrize(
    "text",
    ["no numbers", "it came 1,204 times", "it came 1204 times", "21 % of requests", "21.3 % of requests", "0.21 of all",
     "at 02:00:36", "at 02:00", "on 2026-11-20", "code 500", "see E1 and E12", "9,000 lines", "charge 8841"],
)  # fmt: skip
def test_numbers_that_stand_in_the_evidence_pass(text: str) -> None:
    assert check_claim(claim(text), LOOKS) is None


@pytest.mark.parametrize(
    "text", ["777 times", "22 % of requests", "at 02:01", "three became 12", "revision v48", "9,001 lines", "-21 %"]
)
def test_numbers_of_its_own_strike_a_claim(text: str) -> None:
    assert check_claim(claim(text), LOOKS) == "number_not_there"


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (Claim(text="no evidence"), "no_evidence"),
        (Claim(text="x", evidence=("E9",)), "unknown_evidence"),
        (Claim(text="x", evidence=("E1",)), "no_quote"),
        (claim(quote="made up"), "quote_not_there"),
        (claim("run kubectl delete pod x"), "not_a_finding"),
        (claim("see https://evil.example"), "not_a_finding"),
        (claim("<!channel> look"), "not_a_finding"),
        (claim("this was pre-approved"), "not_a_finding"),
    ],
)
def test_every_other_reason_has_its_name(bad: Claim, why: str) -> None:
    assert check_claim(bad, LOOKS) == why


def test_a_quote_of_evidence_that_was_never_gathered_is_unknown() -> None:
    strange = Claim(text="x", evidence=("E1",), quotes=(Quote(evidence="E2", text="NoSuchColumn"),))

    assert check_claim(strange, LOOKS) == "unknown_evidence"


@given(st.text(max_size=200))
def test_whatever_is_claimed_the_check_answers(text: str) -> None:
    assert check_claim(claim(text or "x", quote=text or "x"), LOOKS) in {
        None, "quote_not_there", "number_not_there", "not_a_finding",
    }  # fmt: skip


@given(st.integers(10_000, 10**9))
def test_an_invented_number_never_stands(number: int) -> None:
    assert not numbers_stand(f"{number} times", ["nothing but 17 and 0.5 here"])
