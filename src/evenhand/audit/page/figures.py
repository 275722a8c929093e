"""Tables of figures: one row a measure, its value with interval, chance level and n."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from evenhand.audit.evidence.definitions import all_definitions
from evenhand.audit.evidence.sentences import cell_name
from evenhand.audit.numbers import UNDEFINED, figure, figure_interval
from evenhand.audit.view import Table
from evenhand.measure.figure import Figure

_BETTER = {"1": "near 1", "0": "near 0", "none": ""}
SINGLE = (
    "These figures describe. Each interval and each level by chance is for one figure alone: of so "
    "many, some lie outside by luck. Only the verdicts hold for the whole page."
)
_CORRECTED = 4
"""Column of the corrected form, where there is one."""
_LONG, _MARKS = 40, "abcdefghij"
"""Remarks longer than this that several rows share go under the table, with a letter."""
_SPLIT = re.compile(r"[;,] (?!of the )(?![^(]*\))")


def figure_table(figures: Sequence[Figure], caption: str, notes: Sequence[str] = ()) -> Table:
    """One row a figure.

    Args:
        figures: Of one family and attribute.
        caption: What the table shows.
        notes: Remarks beside the fixed ones.
    """
    abouts, shared = _abouts(figures)
    corrected = any(math.isfinite(one.corrected) for one in figures)
    columns = ["Measure", "About", "Better", "Value", "95% interval", "By chance", "n"]
    rows = [_cells(one, about) for one, about in zip(figures, abouts, strict=True)]
    if corrected:
        columns.insert(_CORRECTED, "Corrected")
        for one, row in zip(figures, rows, strict=True):
            row.insert(_CORRECTED, figure(one.corrected))
    words = (0, 1, 2)
    if not any(abouts):
        words = (0, 1)
        for row in (columns, *rows):
            del row[1]
    return Table(
        caption=caption,
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows),
        words=words,
        notes=(*shared, *_reasons(figures), *notes),
    )


def measure_name(key: str) -> str:
    """A measure's name for people."""
    return all_definitions()[key].name


def _cells(one: Figure, about: str) -> list[str]:
    better = all_definitions()[one.measure].better
    by_chance = math.isfinite(sum(one.chance))
    return [
        measure_name(one.measure) + ("\u00a0*" if one.reason else ""),
        about,
        _BETTER.get(better, better),
        figure(one.value),
        figure_interval(one.interval),
        figure_interval(one.chance) if by_chance else figure(one.chance_mean),
        f"{one.n:,} {one.unit}" if one.n else UNDEFINED,
    ]


def _abouts(figures: Sequence[Figure]) -> tuple[list[str], list[str]]:
    """What each row is about, without what all rows share; that and long remarks as notes."""
    parts = [_parts(one) for one in figures]
    common = [part for part in parts[0] if all(part in other for other in parts)]
    if len(figures) == 1:
        common = []
    own = [[part for part in each if part not in common] for each in parts]
    every = [part for each in own for part in each]
    long = [part for part in dict.fromkeys(every) if len(part) > _LONG and every.count(part) > 1]
    letters = dict(zip(long, _MARKS, strict=False))
    abouts = [", ".join(f"({letters[part]})" if part in letters else part for part in each)
              for each in own]  # fmt: skip
    notes = [f"All rows: {', '.join(common)}."] if common else []
    notes += [f"({letter}) {part}." for part, letter in letters.items()]
    return abouts, notes


def _parts(one: Figure) -> list[str]:
    """Cell and choices of a figure, in words."""
    scope = "" if one.scope == "overall" else one.scope.replace("_", " ")
    variant = one.variant.replace("<=", "≤").replace("k=", "k = ")
    parts = (cell_name(one.cell) if one.cell else "", scope, *_SPLIT.split(variant))
    return [part for part in parts if part]


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
