"""The smallest impact ratio of a table, and what chance alone makes of it.

Formula: ``min_g IR_g`` over the cells that may be the benchmark. Under no bias every set of people
is as likely to be the positives as any other: positives per cell are drawn (multivariate
hypergeometric, cell sizes and the number of positives fixed) and the benchmark is picked again in
every draw. ``p = (1 + #{min* <= min}) / (B + 1)``; ``chance_below_four_fifths`` is the share of
draws in which some ratio is below 4/5 (in exact integers): how often 0.8 is missed by luck.
Range: 0 to 1; 1 means that all rates are the same. p is above 0, at most 1.
Undefined: NaN with a reason where fewer than two cells can be compared or none of their people
was selected.
Source: the permutation principle (Good 2005; Phipson and Smyth 2010 for the +1), with the pick of
the benchmark inside.

Not a verdict on one cell: that is ``familywise``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray
from evenhand.measure.figure import NO_INTERVAL
from evenhand.measure.rates.benchmark import Benchmarked, highest_of_draws
from evenhand.measure.rates.counts import Counts
from evenhand.measure.rates.four_fifths import below_four_fifths
from evenhand.measure.selection import divide

_TIE = 1e-12


@dataclass(frozen=True)
class MinimumRatio:
    """The smallest ratio of a table.

    Attributes:
        value: The ratio; NaN where undefined.
        cell: Whose it is.
        p_value: How often chance alone gives one as small.
        chance: 2.5 % and 97.5 % quantiles of the smallest ratio under no bias.
        chance_median: Its median under no bias.
        chance_below_four_fifths: How often some ratio is below 4/5 under no bias.
        permutations: Draws of the null.
        reason: Why it is undefined; empty otherwise.
    """

    value: float = math.nan
    cell: str = ""
    p_value: float = math.nan
    chance: tuple[float, float] = NO_INTERVAL
    chance_median: float = math.nan
    chance_below_four_fifths: float = math.nan
    permutations: int = 0
    reason: str = ""


def null_positives(counts: Counts, permutations: int, seed: int) -> IntArray:
    """Positives per cell when chance alone decides, shape ``(permutations, cells)``.

    Raises:
        MeasureError: If fewer than one permutation is asked for.
    """
    if permutations < 1:
        raise MeasureError(f"{permutations} permutations can't give a null; use 1 or more")
    rng = np.random.default_rng([seed, 41])
    if not counts.cells:
        return np.zeros((permutations, 0), dtype=np.int64)
    return rng.multivariate_hypergeometric(
        counts.assessed, counts.total_positive, size=permutations, method="marginals"
    )


def minimum_ratio(counts: Counts, picked: Benchmarked, draws: IntArray) -> MinimumRatio:
    """The smallest ratio with its null.

    Args:
        counts: The table.
        picked: Who may be the benchmark and who is.
        draws: What ``null_positives`` gave.
    """
    eligible = picked.eligible
    if picked.index is None or eligible.sum() < 2:
        return MinimumRatio(reason="fewer than two groups are large enough to be compared")
    if counts.positive[picked.index] == 0:
        return MinimumRatio(reason="nobody was selected")
    rates = np.where(eligible, counts.rates, np.inf)
    place = int(np.argmin(rates))
    value = float(rates[place] / counts.rates[picked.index])
    smallest, below = _null(draws, counts.assessed, eligible)
    defined = smallest[~np.isnan(smallest)]
    low, middle, high = (
        np.quantile(defined, (0.025, 0.5, 0.975)) if len(defined) else [math.nan] * 3
    )
    p_value = (1 + int((defined <= value + _TIE).sum())) / (len(defined) + 1)
    return MinimumRatio(
        value,
        counts.cells[place],
        p_value,
        (float(low), float(high)),
        float(middle),
        float(below.mean()),
        len(draws),
    )


def _null(draws: IntArray, sizes: IntArray, eligible: BoolArray) -> tuple[FloatArray, BoolArray]:
    """The smallest ratio of every draw (NaN where undefined), and whether it is below 4/5."""
    best = highest_of_draws(draws, sizes, eligible)
    top = np.take_along_axis(draws, best[:, None], axis=1)
    rates = draws[:, eligible] / sizes[eligible]
    below = below_four_fifths(draws[:, eligible], sizes[eligible], top, sizes[best][:, None])
    some = np.asarray(below.any(axis=1), dtype=np.bool_)
    return divide(rates.min(axis=1), top[:, 0] / sizes[best]), some
