"""What one table says in short: its weightiest verdict, its smallest ratio and what that is called.

Tile, headline, table and JSON all ask here, so that they name the same minimum by the same words.
Nothing is judged here (``measure.rates`` does that); words of verdicts are taken, not made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from evenhand.audit.evidence.rates import RateTable
from evenhand.audit.evidence.sentences import smallest_name
from evenhand.measure.rates.assessment import UNLIKELY, VERDICTS, CellAssessment


@dataclass(frozen=True)
class Smallest:
    """The smallest ratio of a table.

    Attributes:
        called: What it is, for it is the smallest of all only where every group is shown and may
            be compared.
        cell: Whose it is; None where none can be named.
        reason: Why none can.
    """

    called: str
    cell: CellAssessment | None
    reason: str = ""

    @property
    def value(self) -> float:
        """The ratio; NaN where there is none."""
        return self.cell.ratio if self.cell is not None else math.nan


def smallest_of(table: RateTable) -> Smallest:
    """The smallest ratio of a table, by the words that are true of it."""
    found = table.assessment.minimum_ratio
    cell = table.assessment.cell(found.cell) if found.cell else None
    return Smallest(smallest_name(table), cell, found.reason)


def unlikely(table: RateTable) -> dict[str, list[CellAssessment]]:
    """Groups with a verdict that chance hardly explains, by verdict, the smallest ratio first."""
    found = {verdict: _having(table, verdict) for verdict in VERDICTS if verdict in UNLIKELY}
    return {verdict: cells for verdict, cells in found.items() if cells}


def weightiest(table: RateTable) -> tuple[str | None, list[CellAssessment]]:
    """The weightiest verdict that a group of the table has, and the groups that have it.

    What chance hardly explains comes before what it may; below four-fifths before not below.
    """
    for verdict in sorted(VERDICTS, key=lambda each: each not in UNLIKELY):
        having = _having(table, verdict)
        if having:
            return verdict, having
    return None, []


def _having(table: RateTable, verdict: str) -> list[CellAssessment]:
    cells = [one for one in visible_cells(table) if one.verdict == verdict and not one.is_benchmark]
    return sorted(cells, key=lambda cell: (cell.below_two_percent, cell.ratio))


def visible_cells(table: RateTable) -> list[CellAssessment]:
    """The groups that may be shown."""
    return [cell for cell in table.assessment.cells if cell.name not in table.hidden]
