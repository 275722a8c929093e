"""What one table says in short: its weightiest verdict, its smallest ratio and what that is called.

Tile, headline, table and JSON all ask here, so that they name the same minimum by the same words.
Nothing is judged here (``measure.rates`` does that); words of verdicts are taken, not made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from evenhand.audit.evidence.rates import RateTable
from evenhand.measure.labels import UNKNOWN
from evenhand.measure.rates.assessment import VERDICTS, CellAssessment


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
    called = "smallest ratio shown" if table.hidden - {UNKNOWN} else "smallest ratio"
    if not found.cell:
        return Smallest(called, None, found.reason)
    cell = table.assessment.cell(found.cell)
    smaller = [one for one in visible_cells(table) if one.ratio < cell.ratio]
    if any(one.below_two_percent for one in smaller):
        called += " among groups of at least 2%"
    return Smallest(called, cell)


def weightiest(table: RateTable) -> tuple[str | None, tuple[CellAssessment, ...]]:
    """The first of ``VERDICTS`` that a group of the table has, and the groups that have it."""
    cells = [cell for cell in visible_cells(table) if not cell.is_benchmark]
    for verdict in VERDICTS:
        having = [cell for cell in cells if cell.verdict == verdict]
        if having:
            having.sort(key=lambda cell: (cell.below_two_percent, cell.ratio))
            return verdict, tuple(having)
    return None, ()


def visible_cells(table: RateTable) -> list[CellAssessment]:
    """The groups that may be shown."""
    return [cell for cell in table.assessment.cells if cell.name not in table.hidden]
