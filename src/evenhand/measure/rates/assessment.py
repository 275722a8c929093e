"""What an assessment of rates says: plain frozen data, one row a cell, and the words of verdicts.

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

BENCHMARK = "the benchmark"
VERDICTS = (
    "below four-fifths and unlikely by chance",
    "below four-fifths, compatible with chance",
    "not below four-fifths, but unlikely by chance",
    "not below four-fifths, compatible with chance",
)
"""Two statements, each yes or no: below four-fifths in whole numbers, and unlikely by chance over
everything on the page. So no word can say the opposite of a p-value or an interval beside it."""

UNLIKELY = (VERDICTS[0], VERDICTS[2])
TO_REST = "unlikely by chance against everybody else"
"""Beside the verdict, which is against the benchmark, whose few people may leave it open."""


def verdict_of(below: bool, unlikely: bool) -> str:
    """The words of the two statements."""
    return VERDICTS[2 * (not below) + (not unlikely)]


_NAMES_IN_JSON = {
    "name": "cell",
    "z_difference": "z",
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
        fisher: Two-sided p-value against the benchmark, alone and as if it had been named before.
        familywise: p-value over all cells of all tables of the page, the benchmarks picked again
            in every draw.
        z_to_rest: Pooled z of the difference to everybody else of known cell.
        familywise_to_rest: The same p-value for it; it shares the error of the page.
        unlikely_to_rest: Whether it is unlikely by chance over everything on the page.
        koopman: Score interval of the ratio, as wide as ``familywise`` has it: 95 % for all cells
            of the page together. Open ends are 0 or infinity.
        unknown_bounds: Least and greatest ratio over every allocation of the unknown people.
        unknown_bounds_repicked: The same with the benchmark picked again.
        one_person: Moving one selection reverses the order: too small to call.
        detectable: Ratio below 1 and nearest to it that this page would find with 80 % power;
            NaN for none.
        needed_for_four_fifths: People of the cell needed to find a true ratio of .8; None where
            undefined.
        is_hidden: Whether the report suppresses the cell.
        verdict: One of ``VERDICTS``, or ``BENCHMARK``; None where the ratio is undefined.
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
    familywise: float = math.nan
    z_to_rest: float = math.nan
    familywise_to_rest: float = math.nan
    unlikely_to_rest: bool = False
    koopman: tuple[float, float] = NO_INTERVAL
    unknown_bounds: tuple[float, float] = NO_INTERVAL
    unknown_bounds_repicked: tuple[float, float] = NO_INTERVAL
    one_person: bool = False
    detectable: float = math.nan
    needed_for_four_fifths: int | None = None
    is_hidden: bool = False
    verdict: str | None = None
    state: str = ""

    @property
    def only_to_rest(self) -> bool:
        """Whether a gap shows against everybody else and not against the benchmark."""
        return self.unlikely_to_rest and self.verdict not in (*UNLIKELY, BENCHMARK, None)

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
        benchmark: The cell with the highest rate of those that may be it; None for none.
        rule: How it was chosen, to follow "the highest rate": ``of a group with …``.
        reach: How large |z| may be by chance, over everything on the page.
        minimum_ratio: The smallest ratio and what chance alone makes of it.
        unknown: The people of unknown cell.
        smoothed_edf: Differential fairness, smoothed.
        pooled_rate: Rate of everybody of known cell.
        notes: What was left out or is unusual, one sentence each.
    """

    cells: tuple[CellAssessment, ...]
    benchmark: str | None
    rule: str
    reach: float
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
