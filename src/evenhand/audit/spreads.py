"""Score distributions by group as inline SVG: one box a group, a line at the common median.

A box holds the middle half of a group's scores, the stroke in it their median, the whiskers the
middle nine tenths. Not a place where quantiles are computed; the table beside it has them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evenhand.audit.plots import Axis, PlotRow, draw_rows, linear_axis, reference_line

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
NARROWEST_BOX = 4.0
"""Scores that are all the same still have a box to see."""


@dataclass(frozen=True, slots=True)
class Spread:
    """One group's scores.

    Attributes:
        name: Label at the left.
        quantiles: At ``QUANTILES``, ascending.
        note: Text at the right.
    """

    name: str
    quantiles: tuple[float, float, float, float, float]
    note: str = ""


def spread_plot(
    spreads: Sequence[Spread], *, median: float, key: str, title: str, description: str
) -> Markup:
    """Boxes on a linear axis.

    Args:
        spreads: At least one.
        median: Of the whole sample: where the scoring rate cuts.
        key: Unique within the page.
        title: Short name, read aloud first.
        description: What the picture shows, for people who can't see it.
    """
    rows = [PlotRow(spread.name, None, note=spread.note) for spread in spreads]
    found = [value for spread in spreads for value in spread.quantiles] + [median]
    axis = linear_axis([value for value in found if math.isfinite(value)])
    boxes = Markup("").join(_box(spread, axis, index) for index, spread in enumerate(spreads))
    line = Markup("")
    if math.isfinite(median):
        line = reference_line(axis, median, len(rows), "median of all", "floor-line")
    return draw_rows(
        rows, axis, boxes + line, key=key, title=title, description=description, ends=("", "score")
    )


def _box(spread: Spread, axis: Axis, index: int) -> Markup:
    """The box of a group; none where a quantile is undefined."""
    if not all(map(math.isfinite, spread.quantiles)):
        return Markup("")
    low, left, middle, right, high = (axis.at(value) for value in spread.quantiles)
    y, width = axis.middle(index), max(round(right - left, 1), NARROWEST_BOX)
    return Markup(
        '<path class="whisker" d="M{low} {y}H{left}M{right} {y}H{high}M{low} {top}v10M{high} '
        '{top}v10"/><rect class="box" x="{edge}" y="{box}" width="{width}" height="20"/>'
        '<path class="box-median" d="M{middle} {box}v20"/>'
    ).format(
        low=low,
        left=left,
        edge=round((left + right - width) / 2, 1),
        middle=middle,
        right=right,
        high=high,
        y=y,
        top=y - 5,
        box=y - 10,
        width=width,
    )
