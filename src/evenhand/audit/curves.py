"""How each group fares place by place, as inline SVG: one line a group, readable without colour.

Every line has a dash pattern of its own and its name at its end. Not a place where numbers are
computed; the table beside the plot has them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

WIDTH, HEIGHT = 760, 330
LEFT, RIGHT, TOP, BOTTOM = 52, 590, 30, 276
DASHES = ("", "9 4", "2 4", "12 4 2 4", "5 3", "1 3", "14 6")
"""One pattern a line; after seven groups they repeat, and the names at the ends still tell."""
NAME_ROOM = 16
HIGHEST = 4.0


@dataclass(frozen=True, slots=True)
class Curve:
    """One group's line.

    Attributes:
        name: Label at its end.
        values: One value a place, from place 1; NaN where nothing is shown yet.
    """

    name: str
    values: tuple[float, ...]


def curve_plot(curves: Sequence[Curve], *, key: str, title: str, description: str) -> Markup:
    """Lines over places 1 to k with a line at parity (1).

    Args:
        curves: At least one, all of the same length.
        key: Unique within the page.
        title: Short name, read aloud first.
        description: What the picture shows, for people who can't see it.
    """
    places = len(curves[0].values)
    most = _highest(curves)
    ends = _apart([_height(_last(curve), most) for curve in curves])
    lines = Markup("").join(
        _line(curve, index, places, most, ends[index]) for index, curve in enumerate(curves)
    )
    return Markup(
        '<svg class="plot" role="img" aria-labelledby="{key}-title {key}-desc" '
        'viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{key}-title">{title}</title><desc id="{key}-desc">{description}</desc>'
        "{axes}{lines}</svg>"
    ).format(
        key=key,
        width=WIDTH,
        height=HEIGHT,
        title=title,
        description=description,
        axes=_axes(places, most),
        lines=lines,
    )


def _highest(curves: Sequence[Curve]) -> float:
    """Top of the axis: a half above the highest value, at least 1.5; steep starts are cut off."""
    found = [value for curve in curves for value in curve.values if math.isfinite(value)]
    return min(max(1.5, math.ceil(2 * max(found, default=1.0)) / 2), HIGHEST)


def _last(curve: Curve) -> float:
    defined = [value for value in curve.values if math.isfinite(value)]
    return defined[-1] if defined else 0.0


def _height(value: float, most: float) -> float:
    return round(BOTTOM - min(value, most) / most * (BOTTOM - TOP), 1)


def _along(place: int, places: int) -> float:
    return round(LEFT + (place - 1) / max(places - 1, 1) * (RIGHT - LEFT), 1)


def _apart(heights: Sequence[float]) -> list[float]:
    """Heights of the names, moved down until no two touch and up again where they ran out."""
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    moved = list(heights)
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + NAME_ROOM)
    over = max(0.0, max(moved, default=0.0) - (BOTTOM + NAME_ROOM))
    return [height - over for height in moved]


def _line(curve: Curve, index: int, places: int, most: float, end: float) -> Markup:
    points = [
        f"{_along(place, places)} {_height(value, most)}"
        for place, value in enumerate(curve.values, start=1)
        if math.isfinite(value)
    ]
    if not points:
        return Markup("")
    dash = DASHES[index % len(DASHES)]
    pattern = Markup(' stroke-dasharray="{}"').format(dash) if dash else Markup("")
    return Markup(
        '<path class="curve" d="M{}"{}/><path class="leader" d="M{} {}L{} {}"/>'
        '<text class="row-label" x="{}" y="{}">{}</text>'
    ).format(
        "L".join(points),
        pattern,
        RIGHT,
        _height(_last(curve), most),
        RIGHT + 10,
        end,
        RIGHT + 14,
        end + 4,
        curve.name,
    )


def _axes(places: int, most: float) -> Markup:
    marks = [Markup('<path class="axis" d="M{} {}H{}"/>').format(LEFT, BOTTOM, RIGHT)]
    step = 0.5 if most <= 3 else 1.0
    for index in range(int(most / step + 1e-9) + 1):
        y = _height(index * step, most)
        kind = "parity-line" if index * step == 1 else "grid"
        marks.append(Markup('<path class="{}" d="M{} {}H{}"/>').format(kind, LEFT, y, RIGHT))
        marks.append(_text(LEFT - 8, y + 4, f"{index * step:g}", "end"))
    for place in _places(places):
        marks.append(_text(_along(place, places), BOTTOM + 20, str(place), "middle"))
    marks.append(_text(LEFT, TOP - 14, "shown, as a multiple of parity", "start"))
    marks.append(_text(RIGHT, BOTTOM + 42, "places looked at, from the top →", "end"))
    return Markup("").join(marks)


def _places(places: int) -> list[int]:
    """Place 1, the last one, and some round ones between that leave them room."""
    step = next((step for step in (1, 2, 5, 10, 20, 50, 100) if places / step <= 8), 200)
    between = [place for place in range(step, places, step) if place > 1]
    kept = [place for place in between if places - place > 0.4 * step and place > 0.4 * step]
    return sorted({1, *kept, places})


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        x, y, anchor, text
    )
