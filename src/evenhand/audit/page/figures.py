"""Tables of figures: one row a measure, its value with interval, chance level and n."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evenhand.audit.evidence.definitions import all_definitions
from evenhand.audit.evidence.sentences import cell_name
from evenhand.audit.numbers import UNDEFINED, decimal, interval, p_value
from evenhand.audit.view import Table
from evenhand.measure.figure import Figure

_BETTER = {"higher": "↑", "lower": "↓", "none": ""}


def figure_table(figures: Sequence[Figure], caption: str, notes: Sequence[str] = ()) -> Table:
    """One row a figure.

    Args:
        figures: Of one family and attribute.
        caption: What the table shows.
        notes: Remarks beside the fixed ones.
    """
    corrected = any(math.isfinite(one.corrected) for one in figures)
    columns = ("Measure", "About", "Better", "Value", "95% interval", "By chance", "p", "n")
    if corrected:
        columns = (*columns[:4], "Corrected", *columns[4:])
    return Table(
        caption=caption,
        columns=columns,
        rows=tuple(_row(one, corrected) for one in figures),
        words=(0, 1),
        notes=(*_reasons(figures), *notes),
    )


def measure_name(key: str) -> str:
    """A measure's name for people."""
    return all_definitions()[key].name


def _row(one: Figure, corrected: bool) -> tuple[str, ...]:
    better = all_definitions()[one.measure].better
    chance = interval(one.chance) if math.isfinite(sum(one.chance)) else decimal(one.chance_mean)
    cells = [
        measure_name(one.measure) + (" *" if one.reason else ""),
        about(one),
        _BETTER.get(better, better),
        decimal(one.value),
        interval(one.interval),
        chance,
        p_value(one.p_value),
        f"{one.n:,} {one.unit}" if one.n else UNDEFINED,
    ]
    if corrected:
        cells.insert(4, decimal(one.corrected))
    return tuple(cells)


def about(one: Figure) -> str:
    """Cell and choices of a figure, in words."""
    scope = "" if one.scope == "overall" else one.scope
    parts = [cell_name(one.cell) if one.cell else "", scope, one.variant]
    return "; ".join(part for part in parts if part)


def _reasons(figures: Sequence[Figure]) -> list[str]:
    """Why starred values are undefined or must be read with care, each reason once."""
    found: dict[str, list[str]] = {}
    for one in figures:
        if one.reason:
            names = found.setdefault(one.reason, [])
            name = measure_name(one.measure)
            if name not in names:
                names.append(name)
    return [f"* {', '.join(names)}: {reason}." for reason, names in found.items()]
