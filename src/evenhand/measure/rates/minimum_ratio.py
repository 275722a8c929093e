"""The smallest impact ratio of a table, and what chance alone makes of it.

Formula: ``min_g IR_g`` over the cells that may be the benchmark. Under no bias (``null``) the
benchmark is picked again in every draw; ``chance_below_four_fifths`` is the share of draws in which
some ratio is below 4/5 (in exact integers): how often 0.8 is missed by luck.
Range: 0 to 1; 1 means that all rates are the same.
Undefined: NaN with a reason where fewer than two cells can be compared or none of their people
was selected.
Source: the permutation principle (Good 2005), with the pick of the benchmark inside.

Not a verdict, and no p-value: that of its cell over everything on the page is ``familywise``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.measure.figure import NO_INTERVAL
from evenhand.measure.rates.benchmark import Benchmarked
from evenhand.measure.rates.counts import Counts
from evenhand.measure.rates.null import Null


@dataclass(frozen=True)
class MinimumRatio:
    """The smallest ratio of a table.

    Attributes:
        value: The ratio; NaN where undefined.
        cell: Whose it is.
        chance: 2.5 % and 97.5 % quantiles of the smallest ratio under no bias.
        chance_median: Its median under no bias.
        chance_below_four_fifths: How often some ratio is below 4/5 under no bias.
        permutations: Draws of the null.
        reason: Why it is undefined; empty otherwise.
    """

    value: float = math.nan
    cell: str = ""
    chance: tuple[float, float] = NO_INTERVAL
    chance_median: float = math.nan
    chance_below_four_fifths: float = math.nan
    permutations: int = 0
    reason: str = ""


def minimum_ratio(counts: Counts, picked: Benchmarked, null: Null | None) -> MinimumRatio:
    """The smallest ratio with its null.

    Args:
        counts: The table.
        picked: Who may be the benchmark and who is.
        null: The same under no bias; None without a benchmark.
    """
    eligible = picked.eligible
    if picked.index is None or null is None or eligible.sum() < 2:
        return MinimumRatio(reason="fewer than two groups are large enough to be compared")
    if counts.positive[picked.index] == 0:
        return MinimumRatio(reason="nobody was selected")
    rates = np.where(eligible, counts.rates, np.inf)
    place = int(np.argmin(rates))
    defined = null.smallest[~np.isnan(null.smallest)]
    low, middle, high = _quantiles(defined) if len(defined) else (math.nan,) * 3
    return MinimumRatio(
        float(rates[place] / counts.rates[picked.index]),
        counts.cells[place],
        (low, high),
        middle,
        float(null.below.mean()),
        len(null.below),
    )


def _quantiles(draws: NDArray[np.float64]) -> tuple[float, float, float]:
    """Those at .025, .5 and .975, as ``np.quantile`` has them, which loads a library to ask."""
    ordered = np.sort(draws)
    at = (len(draws) - 1) * np.array([0.025, 0.5, 0.975])
    first = np.floor(at).astype(np.intp)
    share = at - first
    low, high = ordered[first], ordered[np.minimum(first + 1, len(draws) - 1)]
    between = high - low
    found = np.where(share < 0.5, low + between * share, high - between * (1 - share))
    return float(found[0]), float(found[1]), float(found[2])
