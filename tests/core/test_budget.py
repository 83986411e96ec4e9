"""Together they fit, the long ones give first, each keeps its beginning, and a cut is always said."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import LEAST, cut, fit

TEXTS = st.lists(st.text(alphabet="ab \n", max_size=3000), max_size=12)


@given(TEXTS, st.integers(0, 20_000))
def test_they_fit_but_for_what_says_that_something_was_cut(texts: list[str], most: int) -> None:
    found = fit(texts, most)
    assert len(found) == len(texts)
    note = 80
    assert sum(len(one) for one in found) <= max(most, LEAST * len(texts)) + note * len(texts)
    for before, after in zip(texts, found, strict=True):
        assert after == before or "(cut: " in after
        assert after[: min(len(before), LEAST) // 2] == before[: min(len(before), LEAST) // 2]


def test_the_short_ones_are_left_whole() -> None:
    found = fit(["short", "x" * 10_000, "y" * 10_000], 5_000)
    assert found[0] == "short"
    assert {one[:1] for one in found[1:]} == {"x", "y"}
    assert all(2_400 < len(one) < 2_700 for one in found[1:])


def test_it_is_cut_at_the_end_of_a_line() -> None:
    lines = "\n".join(f"line {number}" for number in range(100))
    kept, _, said = cut(lines, 400).rpartition("\n")
    assert lines.startswith(kept + "\n")
    assert said == f"(cut: {len(lines) - len(kept)} more characters, kept with the evidence)"


def test_what_fits_is_unchanged() -> None:
    assert fit([], 100) == []
    assert fit(["a" * 500, "b"], 501) == ["a" * 500, "b"]
