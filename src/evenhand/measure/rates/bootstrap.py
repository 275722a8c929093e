"""Bootstrap of all ratios of a table: people drawn with replacement, by counts alone.

Formula: which (cell, outcome) a drawn person belongs to is multinomial with the observed shares,
so one resample of any number of people is one multinomial draw of ``2 cells`` counts. This is the
ordinary bootstrap over rows, exactly, without touching rows. Percentile intervals.
Range: 0 to infinity; an interval that holds 1 is compatible with parity.
Undefined: NaN where a cell is empty, or the benchmark is never drawn with a positive. Where nobody
of a cell was selected every resample says 0, which is an artefact: read Koopman's interval.
Source: Efron and Tibshirani 1993.

People must be independent: rows of the same people in many lists are not (see the measures of
lists), and an interval that ignores it is far too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray
from evenhand.measure.bootstrap import LEVEL, percentile_interval
from evenhand.measure.rates.counts import Counts
from evenhand.measure.selection import divide


@dataclass(frozen=True, eq=False)
class RatioBootstrap:
    """Resampled ratios.

    Attributes:
        ratios: Shape ``(resamples, cells)``: to the benchmark's rate.
        intervals: Shape ``(cells, 2)``.
        minimum: Interval of the smallest rate by the highest, both looked for in every resample.
    """

    ratios: FloatArray
    intervals: FloatArray
    minimum: tuple[float, float]


def bootstrap_ratios(
    counts: Counts,
    resamples: int = 2000,
    seed: int = 0,
    *,
    benchmark: int | None = None,
    eligible: BoolArray | None = None,
    level: float = LEVEL,
) -> RatioBootstrap:
    """Resample the ratios of a table.

    Args:
        counts: The table; the people of unknown cell are drawn too and left out of the ratios.
        resamples: How many.
        seed: Same seed, same intervals.
        benchmark: Place of the cell to divide by; by default the highest of every resample.
        eligible: Shape ``(cells,)``: cells among which highest and lowest are looked for; all by
            default.
        level: Coverage.

    Raises:
        MeasureError: If fewer than one resample is asked for.
    """
    if resamples < 1:
        raise MeasureError(f"{resamples} resamples can't give an interval; use 1 or more")
    rates = _resampled_rates(counts, resamples, seed)
    among = rates if eligible is None else rates[:, eligible]
    lowest, highest = _extremes(among)
    ratios = divide(rates, (highest if benchmark is None else rates[:, benchmark])[:, None])
    ends = np.stack(percentile_interval(ratios, level), axis=-1)
    low, high = percentile_interval(divide(lowest, highest), level)
    return RatioBootstrap(ratios, ends, (float(low), float(high)))


def _resampled_rates(counts: Counts, resamples: int, seed: int) -> FloatArray:
    """Rates of every resample, shape ``(resamples, cells)``; NaN where nobody was drawn."""
    cells = len(counts.cells)
    if not counts.everybody:
        return np.full((resamples, cells), np.nan)
    outcomes = np.concatenate((counts.positive, counts.assessed - counts.positive))
    shares = np.append(outcomes, counts.unknown_assessed) / counts.everybody
    rng = np.random.default_rng([seed, 43])
    drawn = rng.multinomial(counts.everybody, shares, size=resamples)
    positive = drawn[:, :cells]
    return divide(positive, positive + drawn[:, cells : 2 * cells])


def _extremes(rates: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest rate of every resample; NaN where no cell has one."""
    none = np.isnan(rates).all(axis=1)
    low = np.where(np.isnan(rates), np.inf, rates).min(axis=1, initial=np.inf)
    high = np.where(np.isnan(rates), -np.inf, rates).max(axis=1, initial=-np.inf)
    return np.where(none, np.nan, low), np.where(none, np.nan, high)
