"""How each group fares place by place, as inline SVG: one line a group, readable without colour.

Every line has a dash pattern of its own (from the eighth on also marks) and its name at its end.
Not a place where numbers are computed; the table beside the plot has them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from evenhand.audit.lettering import LINE, fitted, two_lines, width_of
from evenhand.audit.plots import id_of

WIDTH = 760
LEFT, RIGHT, TOP = 52, 590, 30
LEAST_DEPTH, FOOT = 246, 54
"""Height of the axis where few names need room, and what stands below it."""
DASHES = ("", "9 4", "2 4", "12 4 2 4", "5 3", "1 3", "14 6")
"""One pattern a line; after seven groups they repeat, with marks on the line."""
SIGNS = ("", "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0", "m-3 -3h6v6h-6z", "m0 -4l4 7h-8z")
SIGNS_A_LINE = 7
NAME_ROOM, NAME_GAP = 19.0, 14
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


@dataclass(frozen=True, slots=True)
class Frame:
    """Where places and values lie in the picture.

    Attributes:
        places: How many there are.
        most: Value at the top of the axis.
        bottom: Height of the axis, in pixels from the top.
    """

    places: int
    most: float
    bottom: float

    def along(self, place: int) -> float:
        """Pixel of a place."""
        return round(LEFT + (place - 1) / max(self.places - 1, 1) * (RIGHT - LEFT), 1)

    def height(self, value: float) -> float:
        """Pixel of a value; what is above the axis goes to its top."""
        inside = max(min(value, self.most), 0.0)
        return round(self.bottom - inside / self.most * (self.bottom - TOP), 1)


def curve_plot(curves: Sequence[Curve], *, key: str, title: str, description: str) -> Markup:
    """Lines over places 1 to k with a line at parity (1).

    Args:
        curves: At least one, all of the same length.
        key: Unique within the page.
        title: Short name, read aloud first.
        description: What the picture shows, for people who can't see it.
    """
    drawn = [curve for curve in curves if any(map(math.isfinite, curve.values))]
    names = [_name(curve.name) for curve in drawn]
    rooms = [NAME_ROOM + LINE * (len(lines) - 1) for lines in names]
    bottom = TOP + max(LEAST_DEPTH, sum(rooms) - NAME_ROOM)
    greatest = max(
        (value for each in drawn for value in each.values if value == value), default=1.0
    )
    frame = Frame(len(curves[0].values), _highest(greatest), bottom)
    ends = _apart([frame.height(_last(curve)) for curve in drawn], rooms, bottom + NAME_ROOM)
    lines = Markup("").join(
        _line(curve, index, frame) + _end(names[index], _last(curve), ends[index], frame)
        for index, curve in enumerate(drawn)
    )
    return Markup(
        '<svg class="plot" role="img" aria-labelledby="{key}-title {key}-desc" '
        'viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{key}-title">{title}</title><desc id="{key}-desc">{description}</desc>'
        "{axes}{lines}</svg>"
    ).format(
        key=id_of(key),
        width=WIDTH,
        height=bottom + FOOT,
        title=title,
        description=description,
        axes=_axes(frame, greatest),
        lines=lines,
    )


def _highest(greatest: float) -> float:
    """Top of the axis: a half above the highest value, at least 1.5; steep starts are cut off."""
    return min(max(1.5, math.ceil(2 * min(greatest, HIGHEST)) / 2), HIGHEST)


def _last(curve: Curve) -> float:
    return [value for value in curve.values if math.isfinite(value)][-1]


def _name(name: str) -> list[str]:
    """A name on one line, or on two where it is too long for its room."""
    return [name] if width_of(name) <= WIDTH - RIGHT - NAME_GAP else two_lines(name)


def _apart(heights: Sequence[float], rooms: Sequence[float], lowest: float) -> list[float]:
    """Heights of the names: moved down until no two touch, then up again from the lowest place."""
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    moved = [
        max(height, TOP + room / 2 - LINE) for height, room in zip(heights, rooms, strict=True)
    ]
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + (rooms[above] + rooms[below]) / 2)
    for index in order[-1:]:
        moved[index] = min(moved[index], lowest - rooms[index] / 2)
    for below, above in pairwise(reversed(order)):
        moved[above] = min(moved[above], moved[below] - (rooms[above] + rooms[below]) / 2)
    return [round(height, 1) for height in moved]


def _line(curve: Curve, index: int, frame: Frame) -> Markup:
    """A group's line, broken where it is undefined, with marks where dashes alone repeat."""
    points = [
        (frame.along(place), frame.height(value)) if math.isfinite(value) else None
        for place, value in enumerate(curve.values, start=1)
    ]
    dash = DASHES[index % len(DASHES)]
    pattern = Markup(' stroke-dasharray="{}"').format(dash) if dash else Markup("")
    path = Markup('<path class="curve" d="{}"{}/>').format(_path(points), pattern)
    sign = SIGNS[index // len(DASHES) % len(SIGNS)]
    step = max(len(points) // SIGNS_A_LINE, 1)
    marked = [point for point in points[index % step :: step] if point is not None] if sign else []
    signs = "".join(f"M{x} {y}{sign}" for x, y in marked)
    return path + (Markup('<path class="sign" d="{}"/>').format(signs) if signs else Markup(""))


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """A stroke through the points; a point alone is a short one, so that it is seen."""
    strokes: list[str] = []
    before = None
    for at, point in enumerate(points):
        if point is not None:
            x, y = point
            alone = before is None and (at + 1 == len(points) or points[at + 1] is None)
            strokes.append(f"{'M' if before is None else 'L'}{x} {y}{'h4' if alone else ''}")
        before = point
    return "".join(strokes)


def _end(name: Sequence[str], value: float, y: float, frame: Frame) -> Markup:
    """The name at the end of a line, and a stroke that leads to it."""
    leader = Markup('<path class="leader" d="M{} {}L{} {}"/>').format(
        RIGHT, frame.height(value), RIGHT + 10, y
    )
    first = y + 4 - LINE / 2 * (len(name) - 1)
    room = WIDTH - RIGHT - NAME_GAP
    lines = [
        fitted(RIGHT + NAME_GAP, first + LINE * index, line, "line-name", room)
        for index, line in enumerate(name)
    ]
    return leader + Markup("").join(lines)


def _axes(frame: Frame, greatest: float) -> Markup:
    bottom = frame.bottom
    marks = [Markup('<path class="axis" d="M{} {}H{}"/>').format(LEFT, bottom, RIGHT)]
    step = 0.5 if frame.most <= 3 else 1.0
    for index in range(int(frame.most / step + 1e-9) + 1):
        y = frame.height(index * step)
        kind = "parity-line" if index * step == 1 else "grid"
        marks.append(Markup('<path class="{}" d="M{} {}H{}"/>').format(kind, LEFT, y, RIGHT))
        marks.append(_text(LEFT - 8, y + 4, f"{index * step:g}", "end"))
    for place in _places(frame.places):
        marks.append(_text(frame.along(place), bottom + 20, str(place), "middle"))
    cut = f" (cut off at {HIGHEST:g})" if greatest > HIGHEST else ""
    marks.append(_text(LEFT, TOP - 14, f"shown, as a multiple of parity{cut}", "start"))
    marks.append(_text(RIGHT, bottom + 42, "places looked at, from the top →", "end"))
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
