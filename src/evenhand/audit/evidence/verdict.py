"""What one table says in short: its weightiest verdict, its smallest ratio and what that is called.

Tile, headline, table and JSON all ask here, so that they name the same minimum by the same words.
Nothing is judged here (``measure.rates`` does that); words of verdicts are taken, not made.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from evenhand.audit.abstention import has_gap
from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.masked import contrasts_shown
from evenhand.audit.evidence.rates import RateTable
from evenhand.audit.evidence.sentences import HEADINGS, cell_name, name_of, smallest_name
from evenhand.audit.numbers import ratio
from evenhand.measure.estimates import OVERALL
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


def against_the_rest(table: RateTable) -> list[CellAssessment]:
    """Groups whose gap shows against everybody else alone, the smallest ratio first."""
    cells = [one for one in visible_cells(table) if one.only_to_rest]
    return sorted(cells, key=lambda cell: cell.ratio_to_rest)


def _having(table: RateTable, verdict: str) -> list[CellAssessment]:
    cells = [one for one in visible_cells(table) if one.verdict == verdict and not one.is_benchmark]
    return sorted(cells, key=lambda cell: (cell.below_two_percent, cell.ratio))


def visible_cells(table: RateTable) -> list[CellAssessment]:
    """The groups that may be shown."""
    return [cell for cell in table.assessment.cells if cell.name not in table.hidden]


def failures(audit: Audit, on: Collection[str]) -> list[str]:
    """What an audit found of the kinds that somebody wants to fail on, a few words each.

    Args:
        audit: The audit.
        on: ``below-four-fifths``: a group that is shown has a ratio below 4/5, whatever chance
            may do; ``gap``: a verdict says that chance hardly explains a difference.
    """
    found: list[str] = []
    for evidence in audit.rates:
        for table in evidence.tables.values():
            for cell in visible_cells(table):
                below = "below-four-fifths" in on and cell.below_four_fifths
                gap = cell.verdict in UNLIKELY or cell.only_to_rest
                if below or ("gap" in on and gap):
                    about = f"{HEADINGS[evidence.measure]} by {name_of(table.attribute)}"
                    figure = ratio(cell.ratio)
                    if gap and cell.only_to_rest:
                        figure = f"{ratio(cell.ratio_to_rest)} times everybody else's rate"
                    found.append(f"{about}: {cell_name(cell.name)} {figure}")
    if audit.lists is not None and "gap" in on:
        lists = audit.lists
        for name in lists.attributes:
            for one in contrasts_shown(audit, name, OVERALL, lists.top):
                if has_gap(one):
                    about = f"lists by {name_of(name)}"
                    found.append(f"{about}: {cell_name(one.group)} R {ratio(one.ratio.value)}")
    return found
