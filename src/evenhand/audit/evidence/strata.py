"""Ratios across periods and across jobs: one table a period or job, compared within each.

A pooled table can say the opposite of every table that it is made of. Where outcomes name the
period or the job of every person, each cell is compared with its benchmark within them
(Cochran-Mantel-Haenszel). Single periods or jobs are not given; and where small cells are hidden,
cells of few people are left out and numbers have three digits, for those of a few people over a
few periods would say who of them was selected when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, cast

import numpy as np

from evenhand.audit.evidence.rates import RateEvidence, RateTable
from evenhand.measure.rates.cochran_mantel_haenszel import (
    CochranMantelHaenszel,
    cochran_mantel_haenszel,
)
from evenhand.measure.rates.counts import Counts
from evenhand.records.outcomes import Coded, Outcomes

FEWEST_STRATIFIED = 30
"""People of a cell that is compared within periods or jobs."""


@dataclass(frozen=True)
class StratifiedRatio:
    """One cell against the benchmark of its pooled table, within strata.

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
    outcomes: Outcomes, rates: Sequence[RateEvidence]
) -> tuple[StratifiedRatio, ...]:
    """Every cell that may be shown, against the benchmark, within periods and within jobs.

    Args:
        outcomes: Where periods and jobs stand.
        rates: What was made of them.
    """
    columns = {"period": outcomes.period, "job": outcomes.job}
    return tuple(
        found
        for evidence in rates
        for within, column in columns.items()
        if column is not None and len(column.values) > 1
        for table in evidence.tables.values()
        for found in _of_table(outcomes, evidence, table, within, column)
    )


def _of_table(
    outcomes: Outcomes, evidence: RateEvidence, table: RateTable, within: str, column: Coded
) -> list[StratifiedRatio]:
    benchmark = table.assessment.benchmark
    if benchmark is None:
        return []
    strata = _counts(outcomes, evidence, table.attribute, column)
    people = dict(zip(table.counts.cells, table.counts.assessed.tolist(), strict=True))
    fewest = FEWEST_STRATIFIED if table.least > 1 else 1
    others = [cell for cell in table.counts.cells if cell != benchmark and people[cell] >= fewest]
    found = [cochran_mantel_haenszel(strata, cell, benchmark) for cell in others]
    if table.least > 1:
        found = [_rounded(one) for one in found] if people[benchmark] >= fewest else []
    return [StratifiedRatio(evidence.measure, table.attribute, within, one) for one in found]


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
    outcomes: Outcomes, evidence: RateEvidence, attribute: str, column: Coded
) -> list[Counts]:
    """The table of every stratum; rows of unknown stratum are left out."""
    groups = outcomes.crossed(attribute)
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
