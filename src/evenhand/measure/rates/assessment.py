"""What an assessment of rates says: plain frozen data, one row a cell.

Undefined numbers are NaN (``null`` in JSON) and ``state`` says why. Nothing is computed here;
``assess`` does that. Nothing is masked here either: hiding small cells is the report's business.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from evenhand.measure.figure import NO_INTERVAL
from evenhand.measure.rates.minimum_ratio import MinimumRatio
from evenhand.measure.results import fields_as_json

BY_CHANCE_UNLIKELY = "below four-fifths and unlikely by chance"
BY_CHANCE_POSSIBLE = "below four-fifths, compatible with chance"
NOT_BELOW = "not below"
VERDICTS = (BY_CHANCE_UNLIKELY, BY_CHANCE_POSSIBLE, NOT_BELOW)

_NAMES_IN_JSON = {
    "name": "cell",
    "z_difference": "z",
    "fisher_holm": "holm",
    "unknown_bounds": "unknown",
    "unknown_bounds_repicked": "unknown_repicked",
}


@dataclass(frozen=True)
class CellAssessment:
    """One cell against the benchmark.

    Attributes:
        name: The cell.
        assessed: People.
        positive: Selected, or scored above the median.
        rate: ``positive / assessed``.
        ratio: Rate by the benchmark's rate; 1 for the benchmark.
        ratio_of_not: Rate of *not* being selected by the benchmark's; above 1 is worse.
        ratio_to_rest: Rate by the rate of everybody else of known cell.
        expected: Positives if everybody had the pooled rate.
        is_benchmark: Whether it is the cell with the highest rate.
        below_two_percent: Whether it holds less than 2 % of the people.
        below_four_fifths: Whether the ratio is below 4/5, in exact integers.
        shortfall: People missing to reach 4/5 of the benchmark's rate.
        z_difference: Pooled z of the difference to the benchmark.
        z_ratio: Morris-Lobsenz z of the ratio.
        fisher: Two-sided p-value against the benchmark.
        boschloo: The same of Boschloo's test; NaN where the table is too large.
        fisher_holm: Fisher's, Holm-adjusted over the cells; doesn't know that the benchmark was
            picked.
        familywise: p-value over all cells at once, the benchmark picked again in every draw.
        katz: 95 % log interval of the ratio; NaN with zero cells.
        koopman: 95 % score interval of the ratio; open ends are 0 or infinity.
        miettinen_nurminen: The same with the factor N/(N - 1).
        bootstrap: 95 % percentile interval over people drawn with replacement.
        unknown_bounds: Least and greatest ratio over every allocation of the unknown people.
        unknown_bounds_repicked: The same with the benchmark picked again.
        one_person: Moving one selection reverses the order: too small to call.
        detectable: Ratio below 1 and nearest to it that this sample would find with 80 % power;
            NaN for none.
        needed_for_four_fifths: People of the cell needed to find a true ratio of .8; None where
            undefined.
        is_hidden: Whether the report suppresses the cell.
        verdict: One of ``VERDICTS``; None where the ratio is undefined.
        state: Why there is no verdict, or what to mind; empty otherwise.
    """

    name: str
    assessed: int
    positive: int
    rate: float = math.nan
    ratio: float = math.nan
    ratio_of_not: float = math.nan
    ratio_to_rest: float = math.nan
    expected: float = math.nan
    is_benchmark: bool = False
    below_two_percent: bool = False
    below_four_fifths: bool = False
    shortfall: int = 0
    z_difference: float = math.nan
    z_ratio: float = math.nan
    fisher: float = math.nan
    boschloo: float = math.nan
    fisher_holm: float = math.nan
    familywise: float = math.nan
    katz: tuple[float, float] = NO_INTERVAL
    koopman: tuple[float, float] = NO_INTERVAL
    miettinen_nurminen: tuple[float, float] = NO_INTERVAL
    bootstrap: tuple[float, float] = NO_INTERVAL
    unknown_bounds: tuple[float, float] = NO_INTERVAL
    unknown_bounds_repicked: tuple[float, float] = NO_INTERVAL
    one_person: bool = False
    detectable: float = math.nan
    needed_for_four_fifths: int | None = None
    is_hidden: bool = False
    verdict: str | None = None
    state: str = ""

    def to_json(self) -> dict[str, Any]:
        """All fields under the names of their measures; numbers that aren't finite as None."""
        return {
            _NAMES_IN_JSON.get(name, name): value for name, value in fields_as_json(self).items()
        }


@dataclass(frozen=True)
class UnknownPeople:
    """The people whose cell isn't known: outside the ratios, inside the bounds.

    Attributes:
        assessed: People.
        positive: Positives among them.
        rate: Their rate; NaN for none.
        share: Of everybody; NaN where there is nobody at all.
    """

    assessed: int
    positive: int
    rate: float
    share: float


@dataclass(frozen=True)
class RateAssessment:
    """Everything about one table.

    Attributes:
        cells: One entry a cell, in the order of the counts.
        benchmark: The cell with the highest rate; None where no cell can be it.
        minimum_ratio: The smallest ratio and what chance alone makes of it.
        unknown: The people of unknown cell.
        smoothed_edf: Differential fairness, smoothed.
        pooled_rate: Rate of everybody of known cell.
        notes: What was left out or is unusual, one sentence each.
    """

    cells: tuple[CellAssessment, ...]
    benchmark: str | None
    minimum_ratio: MinimumRatio
    unknown: UnknownPeople
    smoothed_edf: float
    pooled_rate: float
    notes: tuple[str, ...]

    def cell(self, name: str) -> CellAssessment:
        """The row of one cell.

        Raises:
            KeyError: If there is no such cell.
        """
        return {one.name: one for one in self.cells}[name]

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON-able data."""
        return fields_as_json(self)
