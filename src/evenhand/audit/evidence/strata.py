"""Ratios across periods and across jobs: one table a period or job, compared within each.

A pooled table can say the opposite of every table that it is made of. Where outcomes name the
period or the job of every person, each cell is compared with its benchmark within them
(Cochran-Mantel-Haenszel). Cells that a report hides are left out; single periods or jobs are not
given, so nothing small is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.audit.evidence.rates import RateEvidence, RateTable
from evenhand.measure.rates.cochran_mantel_haenszel import (
    CochranMantelHaenszel,
    cochran_mantel_haenszel,
)
from evenhand.measure.rates.counts import Counts
from evenhand.records.outcomes import Coded, Outcomes


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
    others = [cell for cell in table.counts.cells if cell != benchmark and cell not in table.hidden]
    return [
        StratifiedRatio(
            evidence.measure,
            table.attribute,
            within,
            cochran_mantel_haenszel(strata, cell, benchmark),
        )
        for cell in others
    ]


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
