"""The front door: everything about the rates of the tables of a page, from counts.

The verdict of a cell makes two statements (``assessment.VERDICTS``): whether it is below
four-fifths, in exact integers, and whether its z against the benchmark is unlikely by chance over
everything on the page (``together``). Its interval is the score interval with the same reach, so
it leaves 1 out exactly where the verdict says "unlikely" (measured: ``bench/lab/false_alarms.py``).

Source: the definitions of each measure stand in its own file.
Not a statement about the law: Local Law 144 sets no threshold, and 29 CFR 1607.4(D) calls a ratio
below 4/5 evidence, no more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.bootstrap import LEVEL
from evenhand.measure.labels import UNKNOWN
from evenhand.measure.rates.assessment import (
    BENCHMARK,
    CellAssessment,
    RateAssessment,
    UnknownPeople,
    verdict_of,
)
from evenhand.measure.rates.benchmark import LEAST_PEOPLE, TWO_PERCENT, find_benchmark
from evenhand.measure.rates.counts import Counts
from evenhand.measure.rates.fisher import fisher
from evenhand.measure.rates.four_fifths import below_four_fifths, shortfall
from evenhand.measure.rates.impact_ratio import impact_ratios
from evenhand.measure.rates.koopman import koopman
from evenhand.measure.rates.minimum_ratio import minimum_ratio
from evenhand.measure.rates.null import Null, Prepared, joint_of_counts, nulls
from evenhand.measure.rates.one_person import turns_on_one_person
from evenhand.measure.rates.power import detectable_ratio, needed_people
from evenhand.measure.rates.smoothed_edf import smoothed_edf
from evenhand.measure.rates.unknown_bounds import unknown_bounds, unknown_bounds_repicked
from evenhand.measure.rates.z_test import z_difference, z_ratio
from evenhand.measure.together import Together, together

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

    Args:
        counts: People and positives per cell.
        seed: Of the null; same seed, same assessment.
        permutations: Draws of the null.
        least: Fewest people that a benchmark may have.
        two_percent: Least share of everybody that it may have.
        level: Coverage of intervals; verdicts use 1 - level.
        hidden: Cells that the report suppresses (``""`` stands for the unknown): they keep their
            row here but can't be the benchmark nor the minimum ratio, and are in no family of
            tests.

    Raises:
        MeasureError: If fewer than one permutation is asked for.
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
    """The tables of a page under one error.

    Args:
        tables: The tables.
        null: Of those that have a benchmark, in the same draws.
        share: Of the error that is theirs.
        level: Coverage.
    """
    observed = {unit: tables[unit].furthest for unit in null}
    return together(observed, {unit: one.furthest for unit, one in null.items()}, share, level)


def assess_together(
    tables: Mapping[Unit, Prepared], null: Mapping[Unit, Null], page: Together[Unit]
) -> dict[Unit, RateAssessment]:
    """Assess the tables of one page.

    Args:
        tables: The tables.
        null: Of those that have a benchmark.
        page: What is unlikely over all of them, and over whatever else the page has.
    """
    return {unit: _assessed(one, null.get(unit), page, unit) for unit, one in tables.items()}


def _assessed(
    table: Prepared, null: Null | None, page: Together[Unit], unit: Unit
) -> RateAssessment:
    counts, picked = table.counts, table.picked
    cells, reach = _against_nobody(table), math.nan
    if picked.index is not None:
        reach = page.reach(unit)
        z = table.statistics
        p_values = [page.p_value(unit, abs(float(each))) for each in z]
        cells = _against_benchmark(table, cells, p_values, reach)
        cells = [
            replace(cell, z_to_rest=float(z), familywise_to_rest=page.p_value(unit, abs(float(z))))
            for cell, z in zip(cells, table.to_rest, strict=True)
        ]
    return RateAssessment(
        tuple(_judge(table, cell, reach) for cell in cells),
        None if picked.index is None else counts.cells[picked.index],
        picked.rule,
        reach,
        minimum_ratio(counts, picked, null),
        _unknown(counts),
        smoothed_edf(_only(counts, table)),
        counts.pooled_rate,
        _notes(table),
    )


def _only(counts: Counts, table: Prepared) -> Counts:
    shown = table.shown
    cells = tuple(cell for cell, keep in zip(counts.cells, shown, strict=True) if keep)
    return Counts(cells, counts.assessed[shown], counts.positive[shown])


def _unknown(counts: Counts) -> UnknownPeople:
    everybody = counts.everybody
    share = counts.unknown_assessed / everybody if everybody else math.nan
    return UnknownPeople(
        counts.unknown_assessed, counts.unknown_positive, counts.unknown_rate, share
    )


def _against_nobody(table: Prepared) -> list[CellAssessment]:
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
    table: Prepared, cells: Sequence[CellAssessment], p_values: Sequence[float], reach: float
) -> list[CellAssessment]:
    """Add exact comparison, tests and the interval."""
    counts, best = table.counts, table.picked.index
    assert best is not None
    sides = (counts.positive, counts.assessed, counts.positive[best], counts.assessed[best])
    below, missing = below_four_fifths(*sides), shortfall(*sides)
    by_difference, by_ratio = z_difference(*sides), z_ratio(*sides)
    score, rate = koopman(*sides, reach), float(counts.rates[best])
    rows = list(cells)
    for i in np.flatnonzero(counts.assessed).tolist():
        if i == best:
            continue
        pair = tuple(int(side) for side in (sides[0][i], sides[1][i], sides[2], sides[3]))
        rows[i] = replace(
            rows[i],
            below_four_fifths=bool(below[i]),
            shortfall=int(missing[i]),
            z_difference=float(by_difference[i]),
            z_ratio=float(by_ratio[i]),
            fisher=fisher(*pair),
            familywise=p_values[i],
            koopman=_pair(score[i]),
            unknown_bounds=unknown_bounds(counts, i, best),
            unknown_bounds_repicked=unknown_bounds_repicked(counts, i, table.picked.eligible),
            one_person=turns_on_one_person(*pair),
            detectable=detectable_ratio(pair[1], pair[3], rate, reach),
            needed_for_four_fifths=needed_people(rate, pair[3] / pair[1], reach=reach),
        )
    return rows


def _pair(ends: FloatArray) -> tuple[float, float]:
    return float(ends[0]), float(ends[1])


def _judge(table: Prepared, cell: CellAssessment, reach: float) -> CellAssessment:
    """Add verdict and state."""
    if math.isnan(cell.ratio):
        return replace(cell, state=_why_undefined(table, cell))
    verdict = verdict_of(cell.below_four_fifths, abs(cell.z_difference) > reach)
    return replace(
        cell,
        verdict=BENCHMARK if cell.is_benchmark else verdict,
        unlikely_to_rest=abs(cell.z_to_rest) > reach,
        state=_state(table, cell),
    )


def _why_undefined(table: Prepared, cell: CellAssessment) -> str:
    counts = table.counts
    reasons: tuple[tuple[Callable[[], bool], str], ...] = (
        (lambda: not cell.assessed, NOBODY_ASSESSED),
        (lambda: int((counts.assessed > 0).sum()) < 2, ONE_GROUP),
        (lambda: counts.total_positive == 0, NOBODY_SELECTED),
        (lambda: table.picked.index is None, NO_BENCHMARK),
    )
    return next((text for holds, text in reasons if holds()), EMPTY_BENCHMARK)


def _state(table: Prepared, cell: CellAssessment) -> str:
    if table.counts.total_positive == table.counts.total_assessed:
        return EVERYBODY_SELECTED
    return FEW_EXPECTED if cell.assessed < FEW or cell.expected < FEW else ""


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
