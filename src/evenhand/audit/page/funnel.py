"""The steps of a selection on the page: one table an attribute, step by step and overall."""

from __future__ import annotations

from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.funnel import OVERALL, Funnel, StepRow
from evenhand.audit.evidence.sentences import cell_name, name_of
from evenhand.audit.numbers import percent, ratio
from evenhand.audit.view import Block, Section, Table, Words

_ABOUT = (
    "Each step's rate is of those who passed the one before it, and its ratio is to the highest "
    "rate of a group with at least 2 % of the people in the step. Steps describe where a "
    "difference arises; they have no verdict of their own, which would be as many more chances to "
    "find one. Overall is who passed every step."
)


def funnel_sections(audit: Audit) -> list[Section]:
    """The steps, where there are several."""
    if audit.funnel is None:
        return []
    blocks: list[Block] = [Words((_ABOUT,))]
    blocks += [_table(audit.funnel, name) for name in audit.funnel.rows]
    return [Section("steps", "Step by step", blocks)]


def _table(funnel: Funnel, attribute: str) -> Table:
    rows = funnel.rows[attribute]
    by_cell = {cell: [row for row in rows if row.cell == cell] for cell in _cells(rows)}
    heads = [head for step in (*funnel.steps, OVERALL) for head in (step, "ratio")]
    return Table(
        caption=f"Steps by {name_of(attribute)}: passed of those assessed, and the ratio",
        columns=("Group", *heads),
        rows=tuple(
            (cell_name(cell), *(text for row in steps for text in _texts(row)))
            for cell, steps in by_cell.items()
        ),
    )


def _cells(rows: tuple[StepRow, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.cell for row in rows))


def _texts(row: StepRow) -> tuple[str, str]:
    shown = f"{row.passed:,} of {row.assessed:,} ({percent(row.rate, 1)})"
    return shown, "" if row.ratio is None else ratio(row.ratio)
