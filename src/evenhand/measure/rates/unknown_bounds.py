"""How far the people of unknown cell could move a ratio, whoever they are.

Formula: least and greatest ``((x_g + a)/(n_g + t)) / ((x_b + u_x - a)/(n_b + u_n - t))`` over
every allocation of ``u_n`` unknown people (``u_x`` of them positive), ``t`` to the cell with ``a``
positives and the others to the benchmark. A rate grows with every positive and falls with every
other person it is given, so the extremes are the two that split positives from the others;
leaving people out or giving them to a third cell goes no further.
With the benchmark picked again: least with all positives to the cell that reaches the highest rate
and the others to g; greatest with all positives to g and the others spread so that the highest
rate elsewhere is as low as it can be.
Range: 0 to infinity; holds the known ratio. Picked again, at most 1.
Undefined: NaN where a side is empty and stays so, or for the benchmark itself; an end is infinite
where the benchmark may have no positives left.
Source: worst-case bounds of Manski 1990, for LL144-style tables with missing demographics.

Not a confidence interval: nothing is random here, and nobody claims that the ends are likely.
"""

from __future__ import annotations

import math

import numpy as np

from evenhand.match.protocol import BoolArray, IntArray
from evenhand.measure.figure import NO_INTERVAL
from evenhand.measure.rates.counts import Counts

Bounds = tuple[float, float]
_HALVINGS = 60


def unknown_bounds(counts: Counts, cell: int, benchmark: int) -> Bounds:
    """Bounds of one ratio while the benchmark stays what it is.

    Args:
        counts: The table.
        cell: Place of the cell.
        benchmark: Place of the benchmark.
    """
    people, other = int(counts.assessed[cell]), int(counts.assessed[benchmark])
    if cell == benchmark or not people or not other:
        return NO_INTERVAL
    chosen, best = int(counts.positive[cell]), int(counts.positive[benchmark])
    gain = counts.unknown_positive
    rest = counts.unknown_assessed - gain
    low = _ratio(chosen, people + rest, best + gain, other + gain)
    return low, _ratio(chosen + gain, people + gain, best, other + rest)


def _ratio(chosen: int, people: int, best: int, other: int) -> float:
    if best == 0:
        return math.inf if chosen else math.nan
    return chosen * other / (people * best)


def unknown_bounds_repicked(counts: Counts, cell: int, eligible: BoolArray) -> Bounds:
    """Bounds of one ratio when the highest rate is looked for again after every allocation.

    Args:
        counts: The table.
        cell: Place of the cell.
        eligible: Shape ``(cells,)``: who may be the benchmark.
    """
    others = eligible & (np.arange(len(eligible)) != cell)
    if not counts.assessed[cell] or not others.any():
        return NO_INTERVAL
    positive, sizes = counts.positive[others], counts.assessed[others]
    chosen, people = int(counts.positive[cell]), int(counts.assessed[cell])
    gain = counts.unknown_positive
    rest = counts.unknown_assessed - gain
    highest = float(((positive + gain) / (sizes + gain)).max())
    lowest = _lowest_top(positive, sizes, rest)
    least = chosen / (people + rest)
    return _to_top(least, highest), _to_top((chosen + gain) / (people + gain), lowest)


def _to_top(rate: float, top: float) -> float:
    """Rate by the highest rate, which is the cell's own where it is above the others'."""
    return math.nan if max(rate, top) == 0 else min(1.0, rate / top if top else 1.0)


def _lowest_top(positive: IntArray, sizes: IntArray, people: int) -> float:
    """The lowest that the highest rate can get by adding people without positives."""
    low, high = 0.0, float((positive / sizes).max())
    for _ in range(_HALVINGS if high else 0):
        middle = (low + high) / 2
        enough = _added(positive, sizes, middle).sum() <= people
        low, high = (low, middle) if enough else (middle, high)
    return float((positive / (sizes + _added(positive, sizes, high))).max()) if high else 0.0


def _added(positive: IntArray, sizes: IntArray, top: float) -> IntArray:
    """People to add to each cell so that no rate is above ``top``."""
    wanted = np.ceil(np.minimum(positive / top, 1e15) - sizes - 1e-9)
    return np.maximum(wanted, 0).astype(np.int64)
