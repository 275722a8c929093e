"""Pictures as inline SVG, readable without colour and in print: intervals, boxes, lines by depth.

Not a charting library and not a place where numbers are computed. Text stays text, so that it can
be searched, selected and read aloud; the same numbers stand in a table beside each picture. SVG
neither wraps nor measures text, and a report asks no font; so widths are estimated.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from markupsafe import Markup

from evenhand.measure.rates.assess import BENCHMARK, TO_REST, VERDICTS
from evenhand.records.result import visible

Shape = Literal["circle", "diamond", "hollow-diamond", "square", "triangle", "ring"]

GAP, NO_GAP = "a gap", "no detectable gap"
"""What is found of one comparison of lists."""
MARKS: dict[str, Shape] = {
    VERDICTS[0]: "diamond",
    GAP: "diamond",
    VERDICTS[2]: "square",
    TO_REST: "square",
    VERDICTS[1]: "hollow-diamond",
    VERDICTS[3]: "circle",
    NO_GAP: "circle",
    BENCHMARK: "ring",
}
"""Words of a verdict → its sign, told apart by shape alone; what has no verdict has none."""


def mark_of(text: str) -> Shape | None:
    """The sign of a text that starts with the words of a verdict, up to a colon or semicolon."""
    for words, shape in MARKS.items():
        rest = text[len(words) :]
        if text.lower().startswith(words) and (not rest or rest[0] in ":;"):
            return shape
    return None


# Names and notes: how wide they are, where they break, how they fit their room.

FONT_SIZE = 13
LETTERS = (
    (0.28, "ijlI.,:;'|!/[] ·"),
    (0.4, "()-frt*"),
    (0.56, "0123456789acekszvxyJ_"),
    (0.62, "bdghnopquLFZ"),
    (0.95, "mwMW@%…—"),
)
"""Widths of bold letters by font size, as in Arial, which is broader than most."""
CAPITAL, OTHER, FULL_WIDTH, FIRST_FULL_WIDTH = 0.76, 0.8, 1.05, 0x1100
NARROWEST = 0.62
"""The most that a line of text is squeezed before it is cut short."""
LINE = 15
"""Height of a line of a name that is broken in two."""
NOTHING = Markup("")


def two_lines(name: str) -> list[str]:
    """A name broken where it leaves the shorter longest line: at a blank, or within the word."""
    breaks = [at for at, letter in enumerate(name) if letter == " " and 0 < at < len(name) - 1]
    if not breaks:
        joints = [at + 1 for at, letter in enumerate(name) if letter in "_-/" and at]
        at = min([*joints, len(name) // 2], key=lambda at: max(at, len(name) - at))
        return [name[:at], name[at:]]

    def longest(at: int) -> float:
        # The parts of an intersection are kept together where that costs little.
        return max(at, len(name) - at - 1) - (3 if name[at - 1] == "·" else 0)

    at = min(breaks, key=longest)
    return [name[:at], name[at + 1 :]]


def width_of(text: str) -> float:
    """Room that a text takes, without asking a font."""
    return FONT_SIZE * sum(map(_letter, text))


def _letter(letter: str) -> float:
    found = next((width for width, letters in LETTERS if letter in letters), None)
    if found is not None:
        return found
    if letter.isascii():
        return CAPITAL
    return OTHER if ord(letter) < FIRST_FULL_WIDTH else FULL_WIDTH


def fitted(x: float, y: float, text: str, kind: str, room: float) -> Markup:
    """A line of text in its room: squeezed where it is too long, then cut short."""
    text = visible(text)
    # A text longer than the narrowest letters could be is cut at once.
    shown = text[: int(room / (LETTERS[0][0] * FONT_SIZE * NARROWEST)) + 2]
    while width_of(shown) * NARROWEST > room:
        shown = f"{shown[:-2].rstrip()}…"
    squeeze = NOTHING
    if width_of(shown) > room:
        squeeze = Markup(' textLength="{}" lengthAdjust="spacingAndGlyphs"').format(room)
    return Markup('<text class="{}" x="{}" y="{}"{}>{}</text>').format(kind, x, y, squeeze, shown)


def _name(name: str, x: float, y: float, kind: str, room: float) -> Markup:
    """A name on one line, or on two about the same height where it is too long for its room."""
    lines = _lines_of(name, room)
    first = y - LINE / 2 * (len(lines) - 1)
    return _joined(
        fitted(x, first + LINE * index, line, kind, room) for index, line in enumerate(lines)
    )


def _lines_of(name: str, room: float) -> list[str]:
    return [name] if width_of(name) <= room else two_lines(name)


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        kind, x, y, anchor, text
    )


def _joined(parts: Iterable[Markup]) -> Markup:
    return NOTHING.join(parts)


def _path(kind: str, drawn: str, more: Markup = NOTHING) -> Markup:
    return Markup('<path class="{}" d="{}"{}/>').format(kind, drawn, more)


def _picture(
    key: str, width: float, height: float, title: str, description: str, drawn: Markup, kind: str
) -> Markup:
    """What is drawn in its frame, with a name and a description for people who can't see it."""
    return Markup(
        '<svg class="{kind}" role="img" aria-labelledby="{key}-title {key}-desc" '
        'viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{key}-title">{title}</title><desc id="{key}-desc">{description}</desc>'
        "{drawn}</svg>"
    ).format(
        kind=kind,
        key=id_of(key),
        width=width,
        height=height,
        title=title,
        description=description,
        drawn=drawn,
    )


def id_of(key: str) -> str:
    """A key as an id: names of columns may hold blanks, and ids that are referred to must not."""
    return re.sub(r"[^\w-]+", "-", key)


# Intervals: one row a system or group over an axis.

WIDTH = 760
LEFT, RIGHT = 150, 590
TOP, ROW, FOOT = 30, 32, 54
LEAST_REACH, GREATEST_RATIO = 1.5, 64.0
RATIO_TICKS = (
    *(0.02, 0.05, 0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 1.0),
    *(1.25, 1.5, 2.0, 3.0, 5.0, 10, 20, 50),
)
TICK_ROOM = 38.0


@dataclass(frozen=True, slots=True)
class Room:
    """Where things stand in a plot: its width, the ends of the axis, the height of a row.

    ``middle`` is from the top of a row to its mark; where ``stacked``, names and notes stand above
    their marks, not beside them.
    """

    width: int
    left: int
    right: int
    row: int
    middle: float
    stacked: bool = False


WIDE = Room(WIDTH, LEFT, RIGHT, ROW, ROW / 2)
NARROW = Room(352, 6, 346, 58, 38, stacked=True)
"""For a telephone, on which the wide one would be too small to read."""
LABEL_GAP, NOTE_GAP = 14, 16
"""What stays free between the axis and the names at its left, the notes at its right."""
NARROW_NOTE = 160
"""The most that numbers take of a narrow row."""
TICK_LETTER, MOST_TICKS, FINEST = 7.0, 8, 6


@dataclass(frozen=True, slots=True)
class PlotRow:
    """One row: a name, an estimate (None where undefined), its interval and its band by chance.

    An end of the interval may be None (open). ``shape`` tells rows apart without colour; ``note``
    stands at the right, usually the numbers.
    """

    name: str
    value: float | None
    interval: tuple[float | None, float | None] = (None, None)
    null: tuple[float, float] | None = None
    shape: Shape = "circle"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """A horizontal axis from data (``low`` to ``high``) to pixels, with the labels of its ticks."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool = False
    room: Room = WIDE

    def at(self, value: float) -> float:
        """Pixel of a value; values outside the axis go to its edge."""
        warp: Callable[[float], float] = math.log if self.logarithmic else float
        clipped = min(max(value, self.low), self.high)
        share = (warp(clipped) - warp(self.low)) / (warp(self.high) - warp(self.low))
        return round(self.room.left + share * (self.room.right - self.room.left), 1)

    def middle(self, index: int) -> float:
        """Height of the mark of a row."""
        return TOP + self.room.row * index + self.room.middle

    def bottom(self, rows: int) -> float:
        """Height of the axis under so many rows."""
        return TOP + self.room.row * rows


def ratio_plot(
    rows: Sequence[PlotRow],
    *,
    key: str,
    title: str,
    description: str,
    ends: tuple[str, str],
    threshold: tuple[float, str] | None = None,
    parity: str = "parity",
    room: Room = WIDE,
) -> Markup:
    """Ratios with intervals on a logarithmic axis, a line at parity and a null band a row.

    Args:
        rows: Ratios, > 0.
        key: Unique within the page; makes the ids of title and description.
        title: Short name, read aloud first.
        description: What the picture shows, for people who can't see it.
        ends: What lies to the left and to the right of parity.
        threshold: A ratio below 1 to mark with a dashed line, and its label.
        parity: What a ratio of 1 means.
        room: ``WIDE``, or ``NARROW`` for a telephone.
    """
    axis = _ratio_axis(rows, room)
    if threshold is None:
        lines = _reference_line(axis, 1.0, len(rows), parity, "parity-line")
    else:
        at, label = threshold
        # The two labels stand on either side of the narrow room between their lines.
        lines = _reference_line(axis, 1.0, len(rows), parity, "parity-line", "start")
        lines += _reference_line(axis, at, len(rows), label, "floor-line", "end")
    return _drawn(rows, axis, lines, key=key, title=title, description=description, ends=ends)


def quality_plot(
    rows: Sequence[PlotRow],
    *,
    key: str,
    title: str,
    description: str,
    floor: float | None,
    floor_label: str,
    ends: tuple[str, str] = ("", "better"),
    room: Room = WIDE,
) -> Markup:
    """Shares in [0, 1] with intervals on a linear axis and a line at the least acceptable."""
    axis = replace(_share_axis(rows, floor), room=room)
    line = NOTHING
    if floor is not None:
        line = _reference_line(axis, floor, len(rows), floor_label, "floor-line")
    return _drawn(rows, axis, line, key=key, title=title, description=description, ends=ends)


def move_plot(
    rows: Sequence[PlotRow], *, key: str, title: str, description: str, ends: tuple[str, str]
) -> Markup:
    """Changes with intervals on a linear axis, a line at no change and a null band a row."""
    reach = max([0.01, *(abs(value) for value in _values(rows))]) * 1.12
    axis = _linear(-reach, reach)
    line = _reference_line(axis, 0.0, len(rows), "no change", "parity-line")
    return _drawn(rows, axis, line, key=key, title=title, description=description, ends=ends)


def _ratio_axis(rows: Sequence[PlotRow], room: Room) -> Axis:
    found = [math.log(value) for value in _values(rows) if value > 0]
    least, greatest, most = math.log(LEAST_REACH), math.log(GREATEST_RATIO), math.log(1.12)
    low = math.exp(max(min([-least, *found]) - most, -greatest))
    high = math.exp(min(max([least, *found]) + most, greatest))
    bare = Axis(low, high, (), logarithmic=True, room=room)
    kept = [1.0]
    for tick in sorted(RATIO_TICKS, key=lambda value: abs(math.log(value))):
        apart = all(abs(bare.at(tick) - bare.at(other)) >= TICK_ROOM for other in kept)
        if low <= tick <= high and apart:
            kept.append(tick)
    return replace(bare, ticks=tuple((tick, f"{tick:g}") for tick in sorted(kept)))


def _share_axis(rows: Sequence[PlotRow], floor: float | None) -> Axis:
    """A linear axis over the rows and the floor, within 0 to 1."""
    found = [*_values(rows), *([] if floor is None else [floor])] or [0.0, 1.0]
    room = max((max(found) - min(found)) * 0.12, 0.01)
    return _linear(max(min(found) - room, 0.0), min(max(found) + room, 1.0))


def _linear(low: float, high: float) -> Axis:
    """As many round ticks as have room for their labels."""
    ticks: tuple[tuple[float, str], ...] = ()
    for parts in range(MOST_TICKS - 1, 0, -1):
        least = (high - low) / parts
        power = 10.0 ** math.floor(math.log10(least))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)
        ticks = _linear_ticks(low, high, step)
        room = step / (high - low) * (RIGHT - LEFT) - TICK_LETTER
        if max(len(label) for _, label in ticks) * TICK_LETTER <= room:
            return Axis(low, high, ticks)
    return Axis(low, high, tuple((value, f"{value:.1e}") for value, _ in ticks[:2]))


def _linear_ticks(low: float, high: float, step: float) -> tuple[tuple[float, str], ...]:
    first = math.ceil(low / step - 1e-9)
    count = int((high - first * step) / step + 1e-9) + 1
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    values = [(first + index) * step for index in range(max(count, 1))]
    return tuple((value, _tick_label(value, decimals)) for value in values)


def _tick_label(value: float, decimals: int) -> str:
    if decimals > FINEST:
        return f"{value:.2e}".replace("-", "−")
    label = f"{value:,.{decimals}f}".replace("-", "−")
    return label.removeprefix("−") if float(f"{value:.{decimals}f}") == 0 else label


def _values(rows: Sequence[PlotRow]) -> list[float]:
    found: list[float] = []
    for row in rows:
        ends = (row.value, *row.interval, *(row.null or ()))
        found += [value for value in ends if value is not None and math.isfinite(value)]
    return found


def _drawn(
    rows: Sequence[PlotRow],
    axis: Axis,
    lines: Markup,
    *,
    key: str,
    title: str,
    description: str,
    ends: tuple[str, str],
) -> Markup:
    """One row each with label, mark and note over an axis; ``lines`` lie above the bands."""
    stacked = axis.room.stacked
    bands = _joined(_band(row, axis, index) for index, row in enumerate(rows))
    body = _joined(_row(row, axis, index) for index, row in enumerate(rows))
    return _picture(
        f"{key} narrow" if stacked else key,
        axis.room.width,
        axis.bottom(len(rows)) + FOOT,
        title,
        description,
        _axis_marks(axis, len(rows), ends) + bands + lines + body,
        "plot narrow" if stacked else "plot",
    )


def _axis_marks(axis: Axis, rows: int, ends: tuple[str, str]) -> Markup:
    bottom, start, end = axis.bottom(rows), axis.room.left, axis.room.right
    marks = [_path("axis", f"M{start} {bottom}H{end}")]
    for value, label in axis.ticks:
        x = axis.at(value)
        marks.append(_path("grid", f"M{x} {TOP}V{bottom + 5}"))
        marks.append(_text(x, bottom + 20, label, "tick", "middle"))
    left, right = ends
    if left:
        marks.append(_text(start, bottom + 44, f"← {left}", "end-label", "start"))
    if right:
        marks.append(_text(end, bottom + 44, f"{right} →", "end-label", "end"))
    return _joined(marks)


def _reference_line(
    axis: Axis, value: float, rows: int, label: str, kind: str, anchor: str = "middle"
) -> Markup:
    """A line through all rows with a label above; ``kind`` is its class in the style sheet."""
    x = axis.at(value)
    line = _path(kind, f"M{x} {TOP - 6}V{axis.bottom(rows)}")
    return line + _text(x, TOP - 14, label, "line-label", anchor)


def _band(row: PlotRow, axis: Axis, index: int) -> Markup:
    """The null of a row, behind everything else; nothing where there is none."""
    if row.null is None:
        return NOTHING
    left, right = axis.at(row.null[0]), axis.at(row.null[1])
    return Markup('<rect class="null-band" x="{}" y="{}" width="{}" height="{}"/>').format(
        left, axis.middle(index) - 12, round(right - left, 1), 24
    )


def _row(row: PlotRow, axis: Axis, index: int) -> Markup:
    y, room = axis.middle(index), axis.room
    parts: list[Markup] = []
    if room.stacked:
        # The name gives way to the numbers; both stand on paper, not on the lines behind them.
        note = min(width_of(row.note), NARROW_NOTE)
        top = y - 19
        paper = '<rect class="backing" x="0" y="{}" width="{}" height="19"/>'
        parts.append(Markup(paper).format(top - 14, room.width))
        parts.append(fitted(0, top, row.name, "row-label", room.width - note - LABEL_GAP))
        parts.append(fitted(room.width - note, top, row.note, "row-note", note))
    else:
        parts.append(_name(row.name, 0, y + 4.5, "row-label", LEFT - LABEL_GAP))
    if row.value is not None:
        parts += [_whisker(row.interval, axis, y), _marker(row.shape, axis.at(row.value), y)]
    if not room.stacked:
        free = room.width - room.right - NOTE_GAP
        parts.append(fitted(room.right + NOTE_GAP, y + 4.5, row.note, "row-note", free))
    return Markup('<g class="row">{}</g>').format(_joined(parts))


def _whisker(interval: tuple[float | None, float | None], axis: Axis, y: float) -> Markup:
    """An interval; an end that is open or outside the axis gets an arrow, not a cap."""
    low, high = interval
    if low is None and high is None:
        return NOTHING
    left = axis.at(axis.low if low is None else low)
    right = axis.at(axis.high if high is None else high)
    caps = ""
    for x, inside, inwards in (
        (left, low is not None and low >= axis.low, 7),
        (right, high is not None and high <= axis.high, -7),
    ):
        arrow = f"M{x + inwards} {y - 5}L{x} {y}L{x + inwards} {y + 5}"
        caps += f"M{x} {y - 5}V{y + 5}" if inside else arrow
    return _path("whisker", f"M{left} {y}H{right}{caps}")


def _marker(shape: Shape, x: float, y: float) -> Markup:
    kind = "marker hollow" if shape in ("hollow-diamond", "ring") else "marker"
    if shape in ("diamond", "hollow-diamond"):
        return _path(kind, f"M{x} {y - 8}l8 8l-8 8l-8 -8z")
    if shape == "triangle":
        return _path(kind, f"M{x} {y - 8.5}l7.5 13.5h-15z")
    if shape == "square":
        return _path(kind, f"M{x - 6} {y - 6}h12v12h-12z")
    return Markup('<circle class="{}" cx="{}" cy="{}" r="6"/>').format(kind, x, y)


# Boxes: the scores of a group, and a line at the common median.

NARROWEST_BOX = 4.0
"""Scores that are all the same still have a box to see."""


@dataclass(frozen=True, slots=True)
class Spread:
    """One group's scores: a box over the middle half, whiskers over the middle nine tenths.

    ``quantiles`` are those at 5, 25, 50, 75 and 95 %.
    """

    name: str
    quantiles: tuple[float, float, float, float, float]
    note: str = ""


def spread_plot(
    spreads: Sequence[Spread], *, median: float, key: str, title: str, description: str
) -> Markup:
    """Boxes on a linear axis; ``median`` is that of the whole sample, where the rate cuts."""
    rows = [PlotRow(spread.name, None, note=spread.note) for spread in spreads]
    found = [value for spread in spreads for value in spread.quantiles] + [median]
    known = [value for value in found if math.isfinite(value)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    room = (high - low) * 0.06 or max(abs(high), 1.0) * 0.06
    axis = _linear(low - room, high + room)
    lines = _joined(_box(spread, axis, index) for index, spread in enumerate(spreads))
    if math.isfinite(median):
        lines += _reference_line(axis, median, len(rows), "median of all", "floor-line")
    words = {"key": key, "title": title, "description": description}
    return _drawn(rows, axis, lines, ends=("", "score"), **words)


def _box(spread: Spread, axis: Axis, index: int) -> Markup:
    """The box of a group; none where a quantile is undefined."""
    if not all(map(math.isfinite, spread.quantiles)):
        return NOTHING
    low, left, middle, right, high = (axis.at(value) for value in spread.quantiles)
    y, width = axis.middle(index), max(round(right - left, 1), NARROWEST_BOX)
    ends = f"M{low} {y}H{left}M{right} {y}H{high}M{low} {y - 5}v10M{high} {y - 5}v10"
    box = Markup('<rect class="box" x="{}" y="{}" width="{}" height="20"/>').format(
        round((left + right - width) / 2, 1), y - 10, width
    )
    return _path("whisker", ends) + box + _path("box-median", f"M{middle} {y - 10}v20")


# Lines: how each group fares place by place, told apart by dashes and, from the eighth on, marks.

LEFT_OF_CURVES = 52
LEAST_DEPTH = 246
"""Height of the axis where few names need room."""
DASHES = ("", "9 4", "2 4", "12 4 2 4", "5 3", "1 3", "14 6")
"""One pattern a line; after seven groups they repeat, with marks on the line."""
SIGNS = ("", "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0", "m-3 -3h6v6h-6z", "m0 -4l4 7h-8z")
SIGNS_A_LINE = 7
NAME_ROOM, NAME_GAP = 19.0, 14
HIGHEST = 4.0


@dataclass(frozen=True, slots=True)
class Curve:
    """One group's line: a value a place, from place 1; NaN where nothing is shown yet."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where places and values lie: ``most`` at the top of the axis, ``bottom`` its height."""

    places: int
    most: float
    bottom: float

    def along(self, place: int) -> float:
        """Pixel of a place."""
        start = LEFT_OF_CURVES
        return round(start + (place - 1) / max(self.places - 1, 1) * (RIGHT - start), 1)

    def height(self, value: float) -> float:
        """Pixel of a value; what is above the axis goes to its top."""
        inside = max(min(value, self.most), 0.0)
        return round(self.bottom - inside / self.most * (self.bottom - TOP), 1)


def curve_plot(curves: Sequence[Curve], *, key: str, title: str, description: str) -> Markup:
    """Lines over places 1 to k, all of the same length, with a line at parity (1)."""
    drawn = [curve for curve in curves if any(map(math.isfinite, curve.values))]
    rooms = [
        NAME_ROOM + LINE * (len(_lines_of(curve.name, WIDTH - RIGHT - NAME_GAP)) - 1)
        for curve in drawn
    ]
    bottom = TOP + max(LEAST_DEPTH, sum(rooms) - NAME_ROOM)
    known = (value for each in drawn for value in each.values if value == value)
    greatest = max(known, default=1.0)
    # A half above the highest value, at least 1.5; steep starts are cut off.
    most = min(max(1.5, math.ceil(2 * min(greatest, HIGHEST)) / 2), HIGHEST)
    frame = Frame(len(curves[0].values), most, bottom)
    lasts = [[value for value in curve.values if math.isfinite(value)][-1] for curve in drawn]
    heights = [frame.height(last) for last in lasts]
    ends = _apart(heights, rooms, bottom + NAME_ROOM)
    lines = _joined(
        _line(curve, index, frame) + _end(curve.name, heights[index], ends[index])
        for index, curve in enumerate(drawn)
    )
    parts = _axes(frame, greatest) + lines
    return _picture(key, WIDTH, bottom + FOOT, title, description, parts, "plot")


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
    pattern = Markup(' stroke-dasharray="{}"').format(dash) if dash else NOTHING
    path = _path("curve", _strokes(points), pattern)
    sign = SIGNS[index // len(DASHES) % len(SIGNS)]
    step = max(len(points) // SIGNS_A_LINE, 1)
    marked = [point for point in points[index % step :: step] if point is not None] if sign else []
    signs = "".join(f"M{x} {y}{sign}" for x, y in marked)
    return path + (_path("sign", signs) if signs else NOTHING)


def _strokes(points: Sequence[tuple[float, float] | None]) -> str:
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


def _end(name: str, height: float, y: float) -> Markup:
    """The name at the end of a line, and a stroke that leads to it."""
    leader = _path("leader", f"M{RIGHT} {height}L{RIGHT + 10} {y}")
    room = WIDTH - RIGHT - NAME_GAP
    return leader + _name(name, RIGHT + NAME_GAP, y + 4, "line-name", room)


def _axes(frame: Frame, greatest: float) -> Markup:
    start, bottom = LEFT_OF_CURVES, frame.bottom
    marks = [_path("axis", f"M{start} {bottom}H{RIGHT}")]
    step = 0.5 if frame.most <= 3 else 1.0
    for index in range(int(frame.most / step + 1e-9) + 1):
        y = frame.height(index * step)
        kind = "parity-line" if index * step == 1 else "grid"
        marks.append(_path(kind, f"M{start} {y}H{RIGHT}"))
        marks.append(_text(start - 8, y + 4, f"{index * step:g}", "tick", "end"))
    for place in _places(frame.places):
        marks.append(_text(frame.along(place), bottom + 20, str(place), "tick", "middle"))
    cut = f" (cut off at {HIGHEST:g})" if greatest > HIGHEST else ""
    above = f"shown, as a multiple of parity{cut}"
    marks.append(_text(start, TOP - 14, above, "tick", "start"))
    below = "places looked at, from the top →"
    marks.append(_text(RIGHT, bottom + 42, below, "tick", "end"))
    return _joined(marks)


def _places(places: int) -> list[int]:
    """Place 1, the last one, and some round ones between that leave them room."""
    step = next((step for step in (1, 2, 5, 10, 20, 50, 100) if places / step <= 8), 200)
    between = [place for place in range(step, places, step) if place > 1]
    kept = [place for place in between if places - place > 0.4 * step and place > 0.4 * step]
    return sorted({1, *kept, places})
