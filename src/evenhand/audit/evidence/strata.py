"""Ratios across periods and across jobs: one table a period or job, compared within each.

A pooled table can say the opposite of every table that it is made of. Where outcomes name the
period or the job of every person, each cell is compared with everybody else of known cell within
them (Cochran-Mantel-Haenszel): not with the benchmark, which was picked for being high. p-values
and intervals hold for all rows of the page together (Bonferroni). Single periods or jobs are not
given; and where small cells are hidden, cells of few people are left out and numbers have three
digits, for those of a few people over a few periods would say who of them was selected when.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, cast

import numpy as np

from evenhand.audit.evidence.rates import RateEvidence, RateTable, shown_column
from evenhand.measure.bootstrap import LEVEL
from evenhand.measure.mantel_haenszel import REST
from evenhand.measure.rates.cochran_mantel_haenszel import (
    CochranMantelHaenszel,
    cochran_mantel_haenszel,
)
from evenhand.measure.rates.counts import Counts
from evenhand.measure.together import share_of
from evenhand.records.outcomes import Coded, Outcomes

_REST = "\x00rest"
"""No value of a column is called so."""
FEWEST_STRATIFIED = 30
"""People of a cell that is compared within periods or jobs."""


@dataclass(frozen=True)
class StratifiedRatio:
    """One cell against everybody else, within strata.

    Attributes:
        measure: ``selection`` or ``scoring``.
        attribute: The attribute.
        within: ``period`` or ``job``.
        result: Common ratio, test and homogeneity.
    """

    measure: str
    attribute: str
    within: str
    result: CochranMantelHaenszel


def stratified_ratios(
    outcomes: Outcomes, rates: Sequence[RateEvidence], present: frozenset[str] = frozenset()
) -> tuple[StratifiedRatio, ...]:
    """Every cell that may be shown but the benchmark, within periods and within jobs.

    Args:
        outcomes: Where periods and jobs stand.
        rates: What was made of them.
        present: What else the page has, of ``together.SHARES``.
    """
    columns = {"period": outcomes.period, "job": outcomes.job}
    asked = [
        (evidence, table, within, cell, strata)
        for evidence in rates
        for within, column in columns.items()
        if column is not None and len(column.values) > 1
        for table in evidence.tables.values()
        for cell, strata in _of_table(outcomes, evidence, table, within, column)
    ]
    # Two p-values a row: of the ratio, and of whether it is the same everywhere.
    tests = 2 * len(asked) / share_of("strata", present)
    return tuple(
        StratifiedRatio(
            evidence.measure,
            table.attribute,
            within,
            _told(strata, cell, tests, rounded=table.least > 1),
        )
        for evidence, table, within, cell, strata in asked
    )


def _told(
    strata: Sequence[Counts], cell: str, tests: float, *, rounded: bool
) -> CochranMantelHaenszel:
    """One row, its p-values and interval for so many tests."""
    found = cochran_mantel_haenszel(strata, cell, _REST, 1 - (1 - LEVEL) / tests)
    adjusted = replace(
        found,
        benchmark=REST,
        p_value=float(np.minimum(1.0, found.p_value * tests)),
        breslow_day_p=float(np.minimum(1.0, found.breslow_day_p * tests)),
    )
    return _rounded(adjusted) if rounded else adjusted


def _of_table(
    outcomes: Outcomes, evidence: RateEvidence, table: RateTable, within: str, column: Coded
) -> Iterator[tuple[str, list[Counts]]]:
    """Each cell but the benchmark, with the strata of it and of everybody else."""
    benchmark, counts = table.assessment.benchmark, table.counts
    if benchmark is None:
        return
    strata = _counts(outcomes, evidence, table, column)
    people = dict(zip(counts.cells, counts.assessed.tolist(), strict=True))
    fewest = FEWEST_STRATIFIED if table.least > 1 else 1
    for at, cell in enumerate(counts.cells):
        if cell != benchmark and fewest <= people[cell] <= counts.total_assessed - fewest:
            yield cell, [_against_rest(one, at) for one in strata]


def _against_rest(counts: Counts, at: int) -> Counts:
    """One cell and everybody else of known cell."""
    assessed, positive = int(counts.assessed[at]), int(counts.positive[at])
    return Counts(
        (counts.cells[at], _REST),
        np.array([assessed, counts.total_assessed - assessed]),
        np.array([positive, counts.total_positive - positive]),
    )


def _rounded(found: CochranMantelHaenszel) -> CochranMantelHaenszel:
    """The same with three digits."""
    values = {each.name: getattr(found, each.name) for each in fields(found)}
    told = {name: _digits(value) for name, value in values.items()}
    return replace(found, **told)


def _digits(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_digits, cast("tuple[object, ...]", value)))
    return float(f"{value:.3g}") if isinstance(value, float) else value


def _counts(
    outcomes: Outcomes, evidence: RateEvidence, table: RateTable, column: Coded
) -> list[Counts]:
    """The table of every stratum; rows of unknown stratum are left out."""
    given = evidence.coarse.get(table.attribute)
    groups = shown_column(outcomes.crossed(table.attribute), given)
    cells, strata = len(groups.values), len(column.values)
    kept = evidence.known & (column.codes < strata) & (groups.codes < cells)
    place = column.codes[kept].astype(np.int64) * cells + groups.codes[kept]
    weight = outcomes.weight[kept]
    shape = (strata, cells)
    assessed = np.bincount(place, weight, minlength=strata * cells).reshape(shape)
    chosen = np.bincount(place, weight * evidence.positive[kept], minlength=strata * cells)
    return [
        Counts(groups.values, row.astype(np.int64), of_row.astype(np.int64))
        for row, of_row in zip(assessed, chosen.reshape(shape), strict=True)
    ]
