"""Binary operators between scalars and vectors: who matches whom, what labels remain, what is ambiguous."""

from collections.abc import Sequence

import numpy as np

from bot.playground.world.prom.errors import ExecutionFailed
from bot.playground.world.prom.grid import Bools, Floats, Grid, grouped, merged
from bot.playground.world.prom.labels import NAME, Labels, drop_name, freeze, get, keep, show, without
from bot.playground.world.prom.nodes import Matching
from bot.playground.world.prom.operators import ARITHMETIC, DROPS_NAME, operate
from bot.playground.world.prom.windows import Indices

_EXPLICIT = "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
_UNIQUE = "multiple matches for labels: grouping labels must ensure unique matches"


def between_scalars(operator: str, left: Floats, right: Floats) -> Floats:
    values, holds = operate(operator, left, right)
    return values if operator in ARITHMETIC else holds.astype(np.float64)


def with_scalar(operator: str, grid: Grid, scalar: Floats, as_bool: bool, scalar_left: bool = False) -> Grid:
    """A comparison filters the vector's own values, on whichever side it stands."""
    sides = (scalar[None, :], grid.values) if scalar_left else (grid.values, scalar[None, :])
    values, holds = operate(operator, *sides)
    drops_name = operator in DROPS_NAME or as_bool
    labels = [drop_name(row) for row in grid.labels] if drops_name else grid.labels
    if as_bool:
        return merged(Grid(labels, holds.astype(np.float64), grid.present))
    shown = values if operator in ARITHMETIC else grid.values
    return merged(Grid(labels, shown, grid.present & holds))


def between_vectors(operator: str, left: Grid, right: Grid, matching: Matching, as_bool: bool) -> Grid:
    """Pair the rows of two vectors and operate on each pair where both have a sample."""
    swapped = matching.many == "right"
    many, one = (right, left) if swapped else (left, right)
    _refuse_ambiguous_side(many, one, matching)
    row_of_many, row_of_one = _pairs(many, one, matching)
    sides = many.values[row_of_many], one.values[row_of_one]
    values, holds = operate(operator, *(reversed(sides) if swapped else sides))
    present = many.present[row_of_many] & one.present[row_of_one]
    if as_bool:
        values = holds.astype(np.float64)
    else:
        present = present & holds
    drops_name = operator in DROPS_NAME or as_bool
    labels = [
        _result_labels(many.labels[m], one.labels[o], matching, drops_name)
        for m, o in zip(row_of_many, row_of_one, strict=True)
    ]
    _refuse_repeated(many, row_of_many, labels, present, matching)
    return merged(Grid(labels, values, present))


def joined_by(operator: str, left: Grid, right: Grid, matching: Matching) -> Grid:
    """The set operators: only the presence of a match counts."""
    owner_left, owner_right, groups = _shared_groups(left, right, matching)
    if operator == "or":
        free = right.present & ~_seen(left, owner_left, groups)[owner_right]
        both = Grid(
            [*left.labels, *right.labels],
            np.concatenate([left.values, right.values]),
            np.concatenate([left.present, free]),
        )
        return merged(both)
    found = _seen(right, owner_right, groups)[owner_left]
    return merged(Grid(left.labels, left.values, left.present & (found if operator == "and" else ~found)))


def signature(labels: Labels, matching: Matching) -> Labels:
    return keep(labels, matching.labels) if matching.on else without(labels, matching.labels | {NAME})


def _seen(grid: Grid, owner: Indices, groups: int) -> Bools:
    seen = np.zeros((groups, grid.present.shape[1]), np.bool_)
    np.logical_or.at(seen, owner, grid.present)
    return seen


def _shared_groups(one: Grid, other: Grid, matching: Matching) -> tuple[Indices, Indices, int]:
    keys = [signature(labels, matching) for labels in [*one.labels, *other.labels]]
    distinct, owner = grouped(keys)
    return owner[: len(one.labels)], owner[len(one.labels) :], len(distinct)


def _pairs(many: Grid, one: Grid, matching: Matching) -> tuple[Indices, Indices]:
    by_key: dict[Labels, list[int]] = {}
    for row, labels in enumerate(one.labels):
        by_key.setdefault(signature(labels, matching), []).append(row)
    pairs = [
        (row, partner)
        for row, labels in enumerate(many.labels)
        for partner in by_key.get(signature(labels, matching), ())
    ]
    indices = np.array(pairs, np.intp).reshape(len(pairs), 2)
    return indices[:, 0], indices[:, 1]


def _refuse_ambiguous_side(many: Grid, one: Grid, matching: Matching) -> None:
    """Two samples of one match group on the "one" side, at a step where the other side has anything at all."""
    keys, owner = grouped([signature(labels, matching) for labels in one.labels])
    if len(keys) == len(one.labels):
        return
    count = np.zeros((len(keys), one.present.shape[1]), np.int64)
    np.add.at(count, owner, one.present & many.present.any(axis=0))
    for group, step in zip(*np.nonzero(count > 1), strict=True):
        rows = [one.labels[int(row)] for row in np.flatnonzero((owner == group) & one.present[:, step])]
        raise ExecutionFailed(_ambiguous(keys[group], rows, "left" if matching.many == "right" else "right"))


def _ambiguous(key: Labels, rows: Sequence[Labels], side: str) -> str:
    return (
        f"found duplicate series for the match group {show(key)} on the {side} hand-side of the operation: "
        f"[{show(rows[1])}, {show(rows[0])}];many-to-many matching not allowed: "
        "matching labels must be unique on one side"
    )


def _refuse_repeated(
    many: Grid, row_of_many: Indices, labels: Sequence[Labels], present: Bools, matching: Matching
) -> None:
    keys = [signature(many.labels[row], matching) for row in row_of_many]
    if matching.many is not None:
        keys = [(*key, ("", ""), *result) for key, result in zip(keys, labels, strict=True)]
    distinct, owner = grouped(keys)
    if len(distinct) == len(keys):
        return
    count = np.zeros((len(distinct), present.shape[1]), np.int64)
    np.add.at(count, owner, present)
    if (count > 1).any():
        raise ExecutionFailed(_EXPLICIT if matching.many is None else _UNIQUE)


def _result_labels(many: Labels, one: Labels, matching: Matching, drops_name: bool) -> Labels:
    labels = drop_name(many) if drops_name else many
    if matching.many is None:
        labels = keep(labels, matching.labels) if matching.on else without(labels, matching.labels)
    if matching.include:
        labels = freeze({**dict(labels), **{name: get(one, name) for name in matching.include}})
    return labels
