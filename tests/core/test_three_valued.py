"""Kleene's tables, walked whole."""

from itertools import product

import pytest

from bot.core.three_valued import Truth, all_of, any_of, negate, truth

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


@pytest.mark.parametrize(("a", "b"), list(product(Truth, Truth)))
def test_and_is_false_where_any_is_and_unknown_where_none_is_but_one_is_unknown(a: Truth, b: Truth) -> None:
    assert all_of([a, b]) is (F if F in (a, b) else U if U in (a, b) else T)


@pytest.mark.parametrize(("a", "b"), list(product(Truth, Truth)))
def test_or_follows_from_and_by_de_morgan(a: Truth, b: Truth) -> None:
    assert any_of([a, b]) is negate(all_of([negate(a), negate(b)]))


def test_not_leaves_unknown_alone() -> None:
    assert [negate(one) for one in (T, F, U)] == [F, T, U]


def test_nothing_is_all_true_and_none_true() -> None:
    assert (all_of([]), any_of([])) == (T, F)


def test_none_is_unknown() -> None:
    assert [truth(one) for one in (True, False, None)] == [T, F, U]


def test_a_truth_is_never_a_bool_by_accident() -> None:
    with pytest.raises(TypeError):
        bool(Truth.UNKNOWN)
