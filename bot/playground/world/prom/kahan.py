"""Compensated sums over many windows side by side, as Prometheus sums (Neumaier's variant of Kahan)."""

import numpy as np

from bot.playground.world.prom.grid import Bools, Floats


def add(term: Floats, total: Floats, lost: Floats, where: Bools) -> tuple[Floats, Floats]:
    """Add `term` where told; return the new total and what rounding has lost so far."""
    grown = total + term
    behind = np.where(np.abs(total) >= np.abs(term), (total - grown) + term, (term - grown) + total)
    return np.where(where, grown, total), np.where(where, lost + behind, lost)


def add_up(terms: Floats, held: Bools) -> tuple[Floats, Floats]:
    """Sum along the first axis; return totals and what rounding lost."""
    total, lost = np.zeros(terms.shape[1]), np.zeros(terms.shape[1])
    for term, where in zip(terms, held, strict=True):
        total, lost = add(term, total, lost, where)
    return total, lost
