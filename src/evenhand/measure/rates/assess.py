"""The front door of rates: everything about the tables of a page, from counts.

The verdict of a cell makes two statements (``VERDICTS``): whether it is below four-fifths, in exact
integers, and whether its z against the benchmark is unlikely by chance over everything on the page
(``resample.together``). Its interval is the score interval with the same reach, so it leaves 1 out
exactly where the verdict says "unlikely" (measured: ``bench/lab/false_alarms.py``). Undefined
numbers are NaN (``null`` in JSON) and ``state`` says why; nothing is masked here.

Not a statement about the law: Local Law 144 sets no threshold, and 29 CFR 1607.4(D) calls a ratio
below 4/5 evidence, no more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from evenhand.measure.counts import UNKNOWN
from evenhand.measure.figure import NO_INTERVAL, fields_as_json
from evenhand.measure.rates.counts import (
    LEAST_PEOPLE,
    TWO_PERCENT,
    Counts,
    below_four_fifths,
    find_benchmark,
    impact_ratios,
    shortfall,
    smoothed_edf,
    turns_on_one_person,
    unknown_bounds,
    unknown_bounds_repicked,
)
from evenhand.measure.rates.tests import (
    AGAINST_BENCHMARK,
    MinimumRatio,
    Null,
    Prepared,
    detectable_ratio,
    fisher,
    joint_of_counts,
    koopman,
    minimum_ratio,
    needed_people,
    nulls,
)
from evenhand.measure.resample import LEVEL, Together, together

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
    """One cell against the benchmark."""

    name: str  # The cell
    assessed: int  # People
    positive: int  # Selected, or scored above the median
    rate: float = math.nan  # ``positive / assessed``
    ratio: float = math.nan  # Rate by the benchmark's rate; 1 for the benchmark
    ratio_of_not: float = math.nan  # Of *not* being selected, by the benchmark's; above 1 is worse
    ratio_to_rest: float = math.nan  # Rate by the rate of everybody else of known cell
    expected: float = math.nan  # Positives if everybody had the pooled rate
    is_benchmark: bool = False  # Whether it is the cell with the highest rate
    below_two_percent: bool = False  # Whether it holds less than 2 % of the people
    below_four_fifths: bool = False  # Whether the ratio is below 4/5, in exact integers
    shortfall: int = 0  # People missing to reach 4/5 of the benchmark's rate
    z_difference: float = math.nan  # Pooled z of the difference to the benchmark
    z_ratio: float = math.nan  # Morris-Lobsenz z of the ratio
    fisher: float = math.nan  # Two-sided p against the benchmark as if named before
    familywise: float = math.nan  # p-value over all cells of the page; benchmarks picked again
    z_to_rest: float = math.nan  # Pooled z of the difference to everybody else of known cell
    familywise_to_rest: float = math.nan  # The same p-value for it; it shares the error of the page
    unlikely_to_rest: bool = False  # Whether it is unlikely by chance over everything on the page
    koopman: tuple[float, float] = NO_INTERVAL  # Score interval, 95 % for all cells of the page
    unknown_bounds: tuple[float, float] = NO_INTERVAL  # Over every allocation of the unknown
    unknown_bounds_repicked: tuple[float, float] = NO_INTERVAL  # Benchmark picked again
    one_person: bool = False  # Moving one selection reverses the order: too small to call
    detectable: float = math.nan  # Nearest ratio below 1 found with 80 % power; NaN for none
    needed_for_four_fifths: int | None = None  # People of the cell to find a true .8
    is_hidden: bool = False  # Whether the report suppresses the cell
    verdict: str | None = None  # ``VERDICTS`` or ``BENCHMARK``; None where undefined
    state: str = ""  # Why there is no verdict, or what to mind; empty otherwise

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
    """The people whose cell isn't known: outside the ratios, inside the bounds."""

    assessed: int  # People
    positive: int  # Positives among them
    rate: float  # Their rate; NaN for none
    share: float  # Of everybody; NaN where there is nobody at all


@dataclass(frozen=True)
class RateAssessment:
    """Everything about one table."""

    cells: tuple[CellAssessment, ...]  # One entry a cell, in the order of the counts
    benchmark: str | None  # The cell with the highest rate of those that may be it; None for none
    rule: str  # How it was chosen, to follow "the highest rate": ``of a group with …``
    reach: float  # How large |z| may be by chance, over everything on the page
    minimum_ratio: MinimumRatio  # The smallest ratio and what chance alone makes of it
    unknown: UnknownPeople  # The people of unknown cell
    smoothed_edf: float  # Differential fairness, smoothed
    pooled_rate: float  # Rate of everybody of known cell
    notes: tuple[str, ...]  # What was left out or is unusual, one sentence each

    def cell(self, name: str) -> CellAssessment:
        """The row of one cell."""
        return {one.name: one for one in self.cells}[name]

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON-able data."""
        return fields_as_json(self)


Unit = TypeVar("Unit")
NOBODY_ASSESSED = "nobody was assessed"
ONE_GROUP = "only one group"
NOBODY_SELECTED = "nobody was selected"
NO_BENCHMARK = "no group is large enough to be the benchmark"
EMPTY_BENCHMARK = "nobody of the benchmark was selected"
EVERYBODY_SELECTED = "everybody was selected"
FEW_EXPECTED = "few expected"
FEW = 5


def assess(
    counts: Counts,
    *,
    seed: int = 0,
    permutations: int = 4000,
    least: int = LEAST_PEOPLE,
    two_percent: float = TWO_PERCENT,
    level: float = LEVEL,
    hidden: frozenset[str] = frozenset(),
) -> RateAssessment:
    """Assess a table that is alone on its page.

    A benchmark has at least ``least`` people and ``two_percent`` of everybody. ``hidden`` cells
    (``""`` stands for the unknown) keep their row but can't be the benchmark nor the minimum ratio,
    and are in no family of tests.
    """
    tables = {"": prepare(counts, least=least, two_percent=two_percent, hidden=hidden)}
    null = nulls(joint_of_counts(counts, ""), tables, permutations, seed)
    return assess_together(tables, null, held_together(tables, null, level=level))[""]


def prepare(
    counts: Counts,
    *,
    least: int = LEAST_PEOPLE,
    two_percent: float = TWO_PERCENT,
    hidden: frozenset[str] = frozenset(),
) -> Prepared:
    """A table and its benchmark; arguments as those of ``assess``."""
    picked = find_benchmark(counts, least=least, two_percent=two_percent, hidden=hidden)
    if (counts.assessed > 0).sum() < 2:
        picked = replace(picked, index=None)
    return Prepared(counts, picked, hidden)


def held_together(
    tables: Mapping[Unit, Prepared],
    null: Mapping[Unit, Null],
    *,
    share: float = 1.0,
    level: float = LEVEL,
) -> Together[Unit]:
    """The tables of a page under one error."""
    observed = {unit: tables[unit].furthest for unit in null}
    return together(observed, {unit: one.furthest for unit, one in null.items()}, share, level)


def assess_together(
    tables: Mapping[Unit, Prepared], null: Mapping[Unit, Null], page: Together[Unit]
) -> dict[Unit, RateAssessment]:
    """Assess the tables of one page."""
    return {unit: _assessed(one, null.get(unit), page, unit) for unit, one in tables.items()}


def _assessed(
    table: Prepared, null: Null | None, page: Together[Unit], unit: Unit
) -> RateAssessment:
    counts, picked, shown = table.counts, table.picked, table.shown
    reach = math.nan if picked.index is None else page.reach(unit)
    cells = _compared(table, page, unit, reach)
    everybody, missing = counts.everybody, counts.unknown_assessed
    kept = tuple(cell for cell, keep in zip(counts.cells, shown, strict=True) if keep)
    return RateAssessment(
        tuple(_judge(table, cell, reach) for cell in cells),
        None if picked.index is None else counts.cells[picked.index],
        picked.rule,
        reach,
        minimum_ratio(counts, picked, null),
        UnknownPeople(
            missing,
            counts.unknown_positive,
            counts.unknown_rate,
            missing / everybody if everybody else math.nan,
        ),
        smoothed_edf(Counts(kept, counts.assessed[shown], counts.positive[shown])),
        counts.pooled_rate,
        _notes(table),
    )


def _compared(
    table: Prepared, page: Together[Unit], unit: Unit, reach: float
) -> Iterator[CellAssessment]:
    """Every cell with what can be said of it, with a benchmark or without."""
    counts, picked = table.counts, table.picked
    ratios = impact_ratios(counts, picked.index)
    against = {} if picked.index is None else _against_benchmark(table, picked.index, reach)
    for i, name in enumerate(counts.cells):
        cell = CellAssessment(
            name,
            int(counts.assessed[i]),
            int(counts.positive[i]),
            rate=float(counts.rates[i]),
            ratio=float(ratios.selected[i]),
            ratio_of_not=float(ratios.not_selected[i]),
            ratio_to_rest=float(ratios.rest[i]),
            expected=counts.pooled_rate * int(counts.assessed[i]),
            is_benchmark=i == picked.index,
            below_two_percent=bool(picked.below_two_percent[i]),
            is_hidden=not bool(table.shown[i]),
            **against.get(i, {}),
        )
        if picked.index is not None:
            z, rest = float(table.statistics[i]), float(table.to_rest[i])
            cell = replace(
                cell,
                familywise=page.p_value(unit, abs(z)) if i in against else math.nan,
                z_to_rest=rest,
                familywise_to_rest=page.p_value(unit, abs(rest)),
            )
        yield cell


def _against_benchmark(table: Prepared, best: int, reach: float) -> dict[int, dict[str, Any]]:
    """By cell: exact comparison, tests and the interval."""
    counts = table.counts
    sides = (counts.positive, counts.assessed, counts.positive[best], counts.assessed[best])
    below, missing = below_four_fifths(*sides), shortfall(*sides)
    tested = {name: test(*sides) for name, test in AGAINST_BENCHMARK.items()}
    score, rate = koopman(*sides, reach), float(counts.rates[best])
    found: dict[int, dict[str, Any]] = {}
    for i in np.flatnonzero(counts.assessed).tolist():
        if i == best:
            continue
        pair = tuple(int(side) for side in (sides[0][i], sides[1][i], sides[2], sides[3]))
        found[i] = {
            "below_four_fifths": bool(below[i]),
            "shortfall": int(missing[i]),
            **{name: float(values[i]) for name, values in tested.items()},
            "fisher": fisher(*pair),
            "koopman": tuple(score[i].tolist()),
            "unknown_bounds": unknown_bounds(counts, i, best),
            "unknown_bounds_repicked": unknown_bounds_repicked(counts, i, table.picked.eligible),
            "one_person": turns_on_one_person(*pair),
            "detectable": detectable_ratio(pair[1], pair[3], rate, reach),
            "needed_for_four_fifths": needed_people(rate, pair[3] / pair[1], reach=reach),
        }
    return found


def _judge(table: Prepared, cell: CellAssessment, reach: float) -> CellAssessment:
    """Add verdict and state."""
    if math.isnan(cell.ratio):
        return replace(cell, state=_why_undefined(table, cell))
    counts, state = table.counts, ""
    if counts.total_positive == counts.total_assessed:
        state = EVERYBODY_SELECTED
    elif cell.assessed < FEW or cell.expected < FEW:
        state = FEW_EXPECTED
    verdict = verdict_of(cell.below_four_fifths, abs(cell.z_difference) > reach)
    return replace(
        cell,
        verdict=BENCHMARK if cell.is_benchmark else verdict,
        unlikely_to_rest=abs(cell.z_to_rest) > reach,
        state=state,
    )


def _why_undefined(table: Prepared, cell: CellAssessment) -> str:
    counts = table.counts
    if not cell.assessed:
        return NOBODY_ASSESSED
    if int((counts.assessed > 0).sum()) < 2:
        return ONE_GROUP
    if counts.total_positive == 0:
        return NOBODY_SELECTED
    return NO_BENCHMARK if table.picked.index is None else EMPTY_BENCHMARK


def _notes(table: Prepared) -> tuple[str, ...]:
    """What was left out or is unusual, without naming a cell that is hidden."""
    counts, picked = table.counts, table.picked
    small = [counts.cells[at] for at in np.flatnonzero(picked.below_two_percent & table.shown)]
    left_out = not bool((picked.eligible | ~picked.below_two_percent).all())
    found: list[str] = []
    if not counts.total_assessed:
        found.append("nobody of known group was assessed, so there is nothing to compare")
    if small and counts.total_assessed:
        what = "shown, but neither can be the benchmark nor set the minimum ratio"
        found.append(
            f"{', '.join(small)}: less than 2 % of the people each; "
            f"{what if left_out else 'counted like all others'}"
        )
    if counts.unknown_assessed and UNKNOWN not in table.hidden:
        found.append(
            f"{counts.unknown_assessed:,} people of unknown group are outside the ratios; the "
            "bounds say how far they could move them"
        )
    if not table.shown.all():
        found.append("suppressed groups can't be the benchmark nor set the minimum ratio")
    return tuple(found)
