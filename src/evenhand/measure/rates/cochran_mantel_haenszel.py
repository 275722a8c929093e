"""Cochran-Mantel-Haenszel: one cell against another, or all others, across periods (or jobs).

Formula, over strata i with both sides present: common ratio ``(Σ x_g n_b / N) / (Σ x_b n_g / N)``
with the Greenland-Robins interval of its log; statistic ``(Σ x_g - E)^2 / Σ Var`` with
hypergeometric mean and variance, chi-square with 1 degree of freedom; Breslow and Day's statistic
``Σ (x_g - e_i)^2 / v_i`` at the common odds ratio, chi-square with strata - 1.
Range: ratio 0 to infinity, 1 is parity in every stratum; p-values 0 to 1. A small Breslow-Day
p-value says that the odds ratio isn't the same in all strata, so one common figure hides something.
Undefined: NaN with a reason where no stratum has both sides and both outcomes.
Source: Mantel and Haenszel 1959; Greenland and Robins 1985; Breslow and Day 1980. statsmodels
``StratifiedTable`` is the oracle of the tests.

Not the pooled ratio, which mixes strata of different rates (Simpson). People who come back in
several strata are treated as different people.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray
from evenhand.measure.figure import NO_INTERVAL
from evenhand.measure.rates.chi_square import chi_square_tail
from evenhand.measure.rates.counts import Counts


@dataclass(frozen=True)
class CochranMantelHaenszel:
    """One cell against another over strata.

    Attributes:
        cell: The cell.
        benchmark: The other.
        strata: Strata that have both sides and both outcomes.
        ratio: Common ratio of rates.
        interval: Its interval.
        odds_ratio: Common odds ratio.
        statistic: Chi-square of the test, without continuity correction.
        p_value: Of the test that there is no difference in any stratum.
        breslow_day: Statistic of homogeneity of the odds ratios.
        breslow_day_p: Its p-value; NaN with fewer than two strata or an odds ratio that is 0 or
            infinite.
        reason: Why there is no result; empty otherwise.
    """

    cell: str
    benchmark: str
    strata: int = 0
    ratio: float = math.nan
    interval: tuple[float, float] = NO_INTERVAL
    odds_ratio: float = math.nan
    statistic: float = math.nan
    p_value: float = math.nan
    breslow_day: float = math.nan
    breslow_day_p: float = math.nan
    reason: str = ""


@dataclass(frozen=True, eq=False)
class _Tables:
    """Positives and sizes of both sides, each of shape ``(strata,)``."""

    chosen: FloatArray
    people: FloatArray
    best: FloatArray
    among: FloatArray

    @property
    def total(self) -> FloatArray:
        return self.people + self.among

    @property
    def positive(self) -> FloatArray:
        return self.chosen + self.best


def cochran_mantel_haenszel(
    strata: Sequence[Counts], cell: str, benchmark: str, level: float = 0.95
) -> CochranMantelHaenszel:
    """Compare one cell with another across strata.

    Args:
        strata: One table per period or job; a stratum that lacks a cell is left out.
        cell: The cell.
        benchmark: The other, the same in every stratum.
        level: Coverage of the interval.

    Raises:
        MeasureError: If a cell is compared with itself.
    """
    if cell == benchmark:
        raise MeasureError(f"the cell {cell!r} is compared with itself; name two cells")
    tables = _informative(strata, cell, benchmark)
    if not len(tables.chosen):
        why = "no period has people of both groups with both outcomes"
        return CochranMantelHaenszel(cell, benchmark, reason=why)
    odds = _odds_ratio(tables)
    statistic = _statistic(tables)
    ratio, interval = _common_ratio(tables, level)
    breslow, breslow_p = _breslow_day(tables, odds)
    p_value = chi_square_tail(statistic, 1)
    strata_used = len(tables.chosen)
    return CochranMantelHaenszel(
        cell, benchmark, strata_used, ratio, interval, odds, statistic, p_value, breslow, breslow_p
    )


def _informative(strata: Sequence[Counts], cell: str, benchmark: str) -> _Tables:
    """The strata that have both sides and both outcomes."""
    rows: list[tuple[int, int, int, int]] = []
    for counts in strata:
        if {cell, benchmark} <= set(counts.cells):
            one, other = counts.cells.index(cell), counts.cells.index(benchmark)
            sides = (counts.positive[one], counts.assessed[one])
            rows.append((*sides, counts.positive[other], counts.assessed[other]))
    chosen, people, best, among = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    positive, total = chosen + best, people + among
    keep = (people > 0) & (among > 0) & (positive > 0) & (positive < total)
    return _Tables(chosen[keep], people[keep], best[keep], among[keep])


def _common_ratio(tables: _Tables, level: float) -> tuple[float, tuple[float, float]]:
    total = tables.total
    upper = float((tables.chosen * tables.among / total).sum())
    lower = float((tables.best * tables.people / total).sum())
    if upper == 0 or lower == 0:
        return _over(upper, lower), NO_INTERVAL
    spread = tables.people * tables.among * tables.positive - tables.chosen * tables.best * total
    deviation = math.sqrt(float((spread / total**2).sum()) / (upper * lower))
    reach = NormalDist().inv_cdf(0.5 + level / 2) * deviation
    middle = math.log(upper / lower)
    return upper / lower, (math.exp(middle - reach), math.exp(middle + reach))


def _over(upper: float, lower: float) -> float:
    if lower == 0:
        return math.inf if upper else math.nan
    return upper / lower


def _odds_ratio(tables: _Tables) -> float:
    upper = (tables.chosen * (tables.among - tables.best) / tables.total).sum()
    lower = (tables.best * (tables.people - tables.chosen) / tables.total).sum()
    return _over(float(upper), float(lower))


def _statistic(tables: _Tables) -> float:
    total, positive = tables.total, tables.positive
    gap = float((tables.chosen - positive * tables.people / total).sum())
    spread = tables.people * tables.among * positive * (total - positive)
    return gap**2 / float((spread / (total**2 * (total - 1))).sum())


def _breslow_day(tables: _Tables, odds: float) -> tuple[float, float]:
    if len(tables.chosen) < 2 or not 0 < odds < math.inf:
        return math.nan, math.nan
    expected = _expected(tables, odds)
    parts = (
        1 / expected
        + 1 / (tables.positive - expected)
        + 1 / (tables.people - expected)
        + 1 / (tables.among - tables.positive + expected)
    )
    statistic = float(((tables.chosen - expected) ** 2 * parts).sum())
    return statistic, chi_square_tail(statistic, len(tables.chosen) - 1)


def _expected(tables: _Tables, odds: float) -> FloatArray:
    """Positives of the cell at the common odds ratio: the root between the margins."""
    square = odds - 1
    linear = tables.among - tables.positive + odds * (tables.people + tables.positive)
    constant = odds * tables.people * tables.positive
    root = np.sqrt(np.maximum(linear**2 - 4 * square * constant, 0.0))
    return 2 * constant / (linear + root)
