"""The front door: everything about the rates of one table, from counts.

The verdict of a cell is "below four-fifths" in exact integers, and "unlikely by chance" iff its
*familywise* p-value is at most 1 - level. Holm-adjusted Fisher p-values are printed beside it and
don't decide, because they take the picked benchmark as given. Share of tables without any bias in
which some cell is called "unlikely by chance" at 5 % (5,000 tables each, standard error .003):

    cells           people  rate  below 4/5  Fisher  Holm  familywise
    7 (race)           200    .1      1.000    .111  .019        .049
    7 (race)           200    .3       .994    .147  .028        .050
    7 (race)         1,000    .1       .992    .163  .030        .050
    7 (race)         1,000    .3       .935    .203  .036        .045
    7 (race)         5,000    .1       .899    .226  .044        .050
    7 (race)         5,000    .3       .580    .162  .044        .041
    14 (sex*race)      200    .1      1.000    .205  .017        .049
    14 (sex*race)      200    .3      1.000    .294  .036        .049
    14 (sex*race)    1,000    .1      1.000    .364  .037        .048
    14 (sex*race)    1,000    .3       .999    .405  .042        .048
    14 (sex*race)    5,000    .1       .999    .447  .056        .052
    14 (sex*race)    5,000    .3       .955    .461  .066        .046

Holm drifts above 5 % with many cells and many people and is timid with few people; the familywise
rule stays at 5 % within the error of the simulation and finds true gaps at least as often (a group
of 13 % at half the rate, 1,000 people, rate .1: 27 % against 21 %). Race shares .58, .13, .18,
.07, .02, .01, .01; sexes half and half.

Source: the definitions of each measure stand in its own file.
Not a statement about the law: Local Law 144 sets no threshold, and 29 CFR 1607.4(D) calls a ratio
below 4/5 evidence, no more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evenhand.match.protocol import BoolArray, FloatArray
from evenhand.measure.bootstrap import LEVEL
from evenhand.measure.holm import holm
from evenhand.measure.labels import UNKNOWN
from evenhand.measure.rates.assessment import (
    BY_CHANCE_POSSIBLE,
    BY_CHANCE_UNLIKELY,
    NOT_BELOW,
    CellAssessment,
    RateAssessment,
    UnknownPeople,
)
from evenhand.measure.rates.benchmark import (
    LEAST_PEOPLE,
    TWO_PERCENT,
    Benchmarked,
    find_benchmark,
)
from evenhand.measure.rates.bootstrap import bootstrap_ratios
from evenhand.measure.rates.boschloo import boschloo
from evenhand.measure.rates.counts import Counts
from evenhand.measure.rates.familywise import familywise
from evenhand.measure.rates.fisher import fisher
from evenhand.measure.rates.four_fifths import below_four_fifths, shortfall
from evenhand.measure.rates.impact_ratio import impact_ratios
from evenhand.measure.rates.katz import katz
from evenhand.measure.rates.koopman import koopman
from evenhand.measure.rates.miettinen_nurminen import miettinen_nurminen
from evenhand.measure.rates.minimum_ratio import minimum_ratio, null_positives
from evenhand.measure.rates.one_person import turns_on_one_person
from evenhand.measure.rates.power import detectable_ratio, needed_people
from evenhand.measure.rates.smoothed_edf import smoothed_edf
from evenhand.measure.rates.unknown_bounds import unknown_bounds, unknown_bounds_repicked
from evenhand.measure.rates.z_test import z_difference, z_ratio

NOBODY_ASSESSED = "nobody was assessed"
ONE_GROUP = "only one group"
NOBODY_SELECTED = "nobody was selected"
NO_BENCHMARK = "no group is large enough to be the benchmark"
EMPTY_BENCHMARK = "nobody of the benchmark was selected"
EVERYBODY_SELECTED = "everybody was selected"
FEW_EXPECTED = "few expected"
FEW = 5


@dataclass(frozen=True, eq=False)
class _Table:
    """What every part of an assessment looks at."""

    counts: Counts
    picked: Benchmarked
    shown: BoolArray
    level: float

    @property
    def others(self) -> list[int]:
        """Places of the cells that are set against the benchmark."""
        sizes = self.counts.assessed
        return [i for i in range(len(sizes)) if sizes[i] and i != self.picked.index]


def assess(
    counts: Counts,
    *,
    seed: int = 0,
    permutations: int = 4000,
    resamples: int = 2000,
    least: int = LEAST_PEOPLE,
    two_percent: float = TWO_PERCENT,
    level: float = LEVEL,
    hidden: frozenset[str] = frozenset(),
) -> RateAssessment:
    """Assess one table.

    Args:
        counts: People and positives per cell.
        seed: Of the null and the bootstrap; same seed, same assessment.
        permutations: Draws of the null.
        resamples: Of the bootstrap.
        least: Fewest people that a benchmark may have.
        two_percent: Least share of everybody that it may have.
        level: Coverage of intervals; verdicts use 1 - level.
        hidden: Cells that the report suppresses (``""`` stands for the unknown): they keep their
            row here but can't be the benchmark nor the minimum ratio, and are in no family of
            tests.

    Raises:
        MeasureError: If fewer than one permutation or resample is asked for.
    """
    picked = find_benchmark(counts, least=least, two_percent=two_percent, hidden=hidden)
    if (counts.assessed > 0).sum() < 2:
        picked = replace(picked, index=None)
    shown = np.array([cell not in hidden for cell in counts.cells], dtype=np.bool_)
    table = _Table(counts, picked, shown, level)
    draws = null_positives(counts, permutations, seed)
    cells = _against_nobody(table)
    notes: list[str] = []
    if picked.index is not None:
        cells = _against_benchmark(table, cells, notes)
        cells = _with_chance(table, cells, familywise(counts, picked, draws, shown))
        cells = _with_bootstrap(table, cells, resamples, seed)
    judged = tuple(_judge(table, cell) for cell in cells)
    return RateAssessment(
        judged,
        None if picked.index is None else counts.cells[picked.index],
        minimum_ratio(counts, picked, draws),
        _unknown(counts),
        smoothed_edf(_only(counts, shown)),
        counts.pooled_rate,
        (*_notes(table, UNKNOWN in hidden), *notes),
    )


def _only(counts: Counts, shown: BoolArray) -> Counts:
    cells = tuple(cell for cell, keep in zip(counts.cells, shown, strict=True) if keep)
    return Counts(cells, counts.assessed[shown], counts.positive[shown])


def _unknown(counts: Counts) -> UnknownPeople:
    everybody = counts.everybody
    share = counts.unknown_assessed / everybody if everybody else math.nan
    return UnknownPeople(
        counts.unknown_assessed, counts.unknown_positive, counts.unknown_rate, share
    )


def _against_nobody(table: _Table) -> list[CellAssessment]:
    """What can be said of a cell without a benchmark."""
    counts, picked = table.counts, table.picked
    ratios = impact_ratios(counts, picked.index)
    return [
        CellAssessment(
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
        )
        for i, name in enumerate(counts.cells)
    ]


def _against_benchmark(
    table: _Table, cells: Sequence[CellAssessment], notes: list[str]
) -> list[CellAssessment]:
    """Add exact comparison, tests and intervals."""
    counts, best = table.counts, table.picked.index
    assert best is not None
    sides = (counts.positive, counts.assessed, counts.positive[best], counts.assessed[best])
    below, missing = below_four_fifths(*sides), shortfall(*sides)
    by_difference, by_ratio = z_difference(*sides), z_ratio(*sides)
    log, score, corrected = (f(*sides, table.level) for f in (katz, koopman, miettinen_nurminen))
    rows, left_out = list(cells), dict[str, int]()
    for i in table.others:
        pair = tuple(int(side) for side in (sides[0][i], sides[1][i], sides[2], sides[3]))
        exact, reason = boschloo(*pair)
        left_out[reason] = left_out.get(reason, 0) + 1
        rows[i] = replace(
            rows[i],
            below_four_fifths=bool(below[i]),
            shortfall=int(missing[i]),
            z_difference=float(by_difference[i]),
            z_ratio=float(by_ratio[i]),
            fisher=fisher(*pair),
            boschloo=exact,
            katz=_pair(log[i]),
            koopman=_pair(score[i]),
            miettinen_nurminen=_pair(corrected[i]),
            unknown_bounds=unknown_bounds(counts, i, best),
            unknown_bounds_repicked=unknown_bounds_repicked(counts, i, table.picked.eligible),
            one_person=turns_on_one_person(*pair),
            detectable=detectable_ratio(pair[1], pair[3], float(counts.rates[best])),
            needed_for_four_fifths=needed_people(float(counts.rates[best]), pair[3] / pair[1]),
        )
    notes += [f"groups without Boschloo's test ({n}): {why}" for why, n in left_out.items() if why]
    return rows


def _pair(ends: FloatArray) -> tuple[float, float]:
    return float(ends[0]), float(ends[1])


def _with_chance(
    table: _Table, cells: Sequence[CellAssessment], p_values: FloatArray
) -> list[CellAssessment]:
    """Add the p-values over all cells; Holm's family are the shown cells."""
    raw = [cell.fisher if keep else math.nan for cell, keep in zip(cells, table.shown, strict=True)]
    adjusted = holm(raw)
    return [
        replace(cell, fisher_holm=float(adjusted[i]), familywise=float(p_values[i]))
        for i, cell in enumerate(cells)
    ]


def _with_bootstrap(
    table: _Table, cells: Sequence[CellAssessment], resamples: int, seed: int
) -> list[CellAssessment]:
    drawn = bootstrap_ratios(
        table.counts, resamples, seed, benchmark=table.picked.index, level=table.level
    )
    rows = list(cells)
    for i in table.others:
        rows[i] = replace(rows[i], bootstrap=_pair(drawn.intervals[i]))
    return rows


def _judge(table: _Table, cell: CellAssessment) -> CellAssessment:
    """Add verdict and state."""
    if math.isnan(cell.ratio):
        return replace(cell, state=_why_undefined(table, cell))
    verdict = NOT_BELOW
    if cell.below_four_fifths:
        unlikely = cell.familywise <= 1 - table.level + 1e-12
        verdict = BY_CHANCE_UNLIKELY if unlikely else BY_CHANCE_POSSIBLE
    return replace(cell, verdict=verdict, state=_state(table, cell))


def _why_undefined(table: _Table, cell: CellAssessment) -> str:
    counts = table.counts
    reasons: tuple[tuple[Callable[[], bool], str], ...] = (
        (lambda: not cell.assessed, NOBODY_ASSESSED),
        (lambda: int((counts.assessed > 0).sum()) < 2, ONE_GROUP),
        (lambda: counts.total_positive == 0, NOBODY_SELECTED),
        (lambda: table.picked.index is None, NO_BENCHMARK),
    )
    return next((text for holds, text in reasons if holds()), EMPTY_BENCHMARK)


def _state(table: _Table, cell: CellAssessment) -> str:
    if table.counts.total_positive == table.counts.total_assessed:
        return EVERYBODY_SELECTED
    return FEW_EXPECTED if cell.assessed < FEW or cell.expected < FEW else ""


def _notes(table: _Table, unknown_hidden: bool) -> list[str]:
    """What was left out or is unusual, without naming a cell that is hidden."""
    counts, picked = table.counts, table.picked
    small = [
        name
        for name, is_small, keep in zip(
            counts.cells, picked.below_two_percent, table.shown, strict=True
        )
        if is_small and keep
    ]
    found: list[str] = []
    if not counts.total_assessed:
        found.append("nobody of known group was assessed, so there is nothing to compare")
    if small and counts.total_assessed:
        found.append(
            f"{', '.join(small)}: less than 2 % of the people each; shown, but neither can be the "
            "benchmark nor set the minimum ratio"
        )
    if counts.unknown_assessed and not unknown_hidden:
        found.append(
            f"{counts.unknown_assessed:,} people of unknown group are outside the ratios; the "
            "bounds say how far they could move them"
        )
    if not table.shown.all():
        found.append("suppressed groups can't be the benchmark nor set the minimum ratio")
    return found
