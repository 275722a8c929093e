"""Interval plots as inline SVG: one row a system, readable without colour and in print.

Not a charting library and not a place where numbers are computed. Text stays text, so that it can
be searched, selected and read aloud; the same numbers stand in a table beside each plot.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from markupsafe import Markup

from evenhand.audit.lettering import LINE, fitted, two_lines, width_of

Shape = Literal["circle", "diamond", "hollow-diamond", "square", "triangle", "ring"]

WIDTH = 760
LEFT, RIGHT = 150, 590
TOP, ROW, FOOT = 30, 32, 54
LEAST_REACH, GREATEST_RATIO = 1.5, 64.0
RATIO_TICKS = (
    0.02,
    0.05,
    0.1,
    0.2,
    0.33,
    0.5,
    0.67,
    0.8,
    1.0,
    1.25,
    1.5,
    2.0,
    3.0,
    5.0,
    10,
    20,
    50,
)
TICK_ROOM = 38.0


@dataclass(frozen=True, slots=True)
class Room:
    """Where things stand in a plot.

    Attributes:
        width: Of the picture.
        left: Of the axis.
        right: Of the axis.
        row: Height of a row.
        middle: From the top of a row to its mark.
        stacked: Whether names and notes stand above their marks, not beside them.
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
    """One system in a plot.

    Attributes:
        name: Label at the left.
        value: The estimate; None where it is not defined.
        interval: Its interval, in the units of ``value``; an end may be None (open).
        null: Band of values under the null, where there is one.
        shape: Marker, so that rows can be told apart without colour.
        note: Text at the right, usually the numbers.
    """

    name: str
    value: float | None
    interval: tuple[float | None, float | None] = (None, None)
    null: tuple[float, float] | None = None
    shape: Shape = "circle"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """A horizontal axis from data to pixels.

    Attributes:
        low: Data value at the left edge.
        high: Data value at the right edge.
        ticks: Values with their labels.
        logarithmic: Whether equal factors are equal distances.
        room: Where it lies.
    """

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
    lines = reference_line(axis, 1.0, len(rows), parity, "parity-line")
    if threshold is not None:
        at, label = threshold
        # The two labels stand on either side of the narrow room between their lines.
        lines = reference_line(axis, 1.0, len(rows), parity, "parity-line", "start")
        lines += reference_line(axis, at, len(rows), label, "floor-line", "end")
    return draw_rows(rows, axis, lines, key=key, title=title, description=description, ends=ends)


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
    line = Markup("")
    if floor is not None:
        line = reference_line(axis, floor, len(rows), floor_label, "floor-line")
    return draw_rows(rows, axis, line, key=key, title=title, description=description, ends=ends)


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


def linear_axis(values: Sequence[float]) -> Axis:
    """A linear axis that holds all values with some room."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = (high - low) * 0.06 or max(abs(high), 1.0) * 0.06
    return _linear(low - room, high + room)


def _linear(low: float, high: float) -> Axis:
    """As many round ticks as have room for their labels."""
    ticks: tuple[tuple[float, str], ...] = ()
    for parts in range(MOST_TICKS - 1, 0, -1):
        step = _round_step((high - low) / parts)
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


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)


def _values(rows: Sequence[PlotRow]) -> list[float]:
    found: list[float] = []
    for row in rows:
        ends = (row.value, *row.interval, *(row.null or ()))
        found += [value for value in ends if value is not None and math.isfinite(value)]
    return found


def draw_rows(
    rows: Sequence[PlotRow],
    axis: Axis,
    lines: Markup,
    *,
    key: str,
    title: str,
    description: str,
    ends: tuple[str, str],
) -> Markup:
    """One row each with label, mark and note over an axis.

    Args:
        rows: From the top down.
        axis: What the marks are placed by.
        lines: More to draw between bands and marks.
        key: Unique within the page.
        title: Short name, read aloud first.
        description: What the picture shows, for people who can't see it.
        ends: What lies to the left and to the right; empty for nothing.
    """
    height = axis.bottom(len(rows)) + FOOT
    bands = Markup("").join(_band(row, axis, index) for index, row in enumerate(rows))
    body = Markup("").join(_row(row, axis, index) for index, row in enumerate(rows))
    return Markup(
        '<svg class="plot{kind}" role="img" aria-labelledby="{key}-title {key}-desc" '
        'viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{key}-title">{title}</title><desc id="{key}-desc">{description}</desc>'
        "{axis}{bands}{lines}{body}</svg>"
    ).format(
        kind=" narrow" if axis.room.stacked else "",
        key=id_of(f"{key} narrow" if axis.room.stacked else key),
        width=axis.room.width,
        height=height,
        title=title,
        description=description,
        axis=_axis_marks(axis, len(rows), ends),
        bands=bands,
        lines=lines,
        body=body,
    )


def id_of(key: str) -> str:
    """A key as an id: names of columns may hold blanks, and ids that are referred to must not."""
    return re.sub(r"[^\w-]+", "-", key)


def _axis_marks(axis: Axis, rows: int, ends: tuple[str, str]) -> Markup:
    bottom, start, end = axis.bottom(rows), axis.room.left, axis.room.right
    marks = [Markup('<path class="axis" d="M{} {}H{}"/>').format(start, bottom, end)]
    for value, label in axis.ticks:
        x = axis.at(value)
        marks.append(Markup('<path class="grid" d="M{} {}V{}"/>').format(x, TOP, bottom + 5))
        marks.append(_text(x, bottom + 20, label, "tick", "middle"))
    left, right = ends
    if left:
        marks.append(_text(start, bottom + 44, f"← {left}", "end-label", "start"))
    if right:
        marks.append(_text(end, bottom + 44, f"{right} →", "end-label", "end"))
    return Markup("").join(marks)


def reference_line(
    axis: Axis, value: float, rows: int, label: str, kind: str, anchor: str = "middle"
) -> Markup:
    """A line through all rows with a label above; ``kind`` is its class in the style sheet."""
    x = axis.at(value)
    line = Markup('<path class="{}" d="M{} {}V{}"/>').format(kind, x, TOP - 6, axis.bottom(rows))
    return line + _text(x, TOP - 14, label, "line-label", anchor)


def _band(row: PlotRow, axis: Axis, index: int) -> Markup:
    """The null of a row, behind everything else; nothing where there is none."""
    if row.null is None:
        return Markup("")
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
        parts.append(_backing(top - 14, room.width))
        parts.append(fitted(0, top, row.name, "row-label", room.width - note - LABEL_GAP))
        parts.append(fitted(room.width - note, top, row.note, "row-note", note))
    else:
        parts.append(_label(row.name, y + 4.5))
    if row.value is not None:
        parts += [_whisker(row.interval, axis, y), _marker(row.shape, axis.at(row.value), y)]
    if not room.stacked:
        free = room.width - room.right - NOTE_GAP
        parts.append(fitted(room.right + NOTE_GAP, y + 4.5, row.note, "row-note", free))
    return Markup('<g class="row">{}</g>').format(Markup("").join(parts))


def _backing(y: float, width: float) -> Markup:
    """Paper behind a line of text."""
    return Markup('<rect class="backing" x="0" y="{}" width="{}" height="19"/>').format(y, width)


def _label(name: str, y: float) -> Markup:
    """The name of a row, on two lines and then squeezed where it is too long for its room."""
    room = LEFT - LABEL_GAP
    lines = [name] if width_of(name) <= room else two_lines(name)
    first = y - LINE / 2 * (len(lines) - 1)
    parts = [
        fitted(0, first + LINE * index, line, "row-label", room) for index, line in enumerate(lines)
    ]
    return Markup("").join(parts)


def _whisker(interval: tuple[float | None, float | None], axis: Axis, y: float) -> Markup:
    """The interval as a line; an end that is open or off the axis gets an arrow, not a cap."""
    low, high = interval
    if low is None and high is None:
        return Markup("")
    left = axis.at(axis.low if low is None else low)
    right = axis.at(axis.high if high is None else high)
    inside_left = low is not None and low >= axis.low
    inside_right = high is not None and high <= axis.high
    cap = "M{x} {top}V{bottom}"
    caps = [
        cap.format(x=left, top=y - 5, bottom=y + 5)
        if inside_left
        else f"M{left + 7} {y - 5}L{left} {y}L{left + 7} {y + 5}",
        cap.format(x=right, top=y - 5, bottom=y + 5)
        if inside_right
        else f"M{right - 7} {y - 5}L{right} {y}L{right - 7} {y + 5}",
    ]
    return Markup('<path class="whisker" d="M{} {}H{}{}"/>').format(left, y, right, "".join(caps))


def _marker(shape: Shape, x: float, y: float) -> Markup:
    if shape in ("diamond", "hollow-diamond"):
        kind = "marker hollow" if shape == "hollow-diamond" else "marker"
        return Markup('<path class="{}" d="M{} {}l8 8l-8 8l-8 -8z"/>').format(kind, x, y - 8)
    if shape == "triangle":
        return Markup('<path class="marker" d="M{} {}l7.5 13.5h-15z"/>').format(x, y - 8.5)
    if shape == "square":
        return Markup('<path class="marker" d="M{} {}h12v12h-12z"/>').format(x - 6, y - 6)
    kind = "marker hollow" if shape == "ring" else "marker"
    return Markup('<circle class="{}" cx="{}" cy="{}" r="6"/>').format(kind, x, y)


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        kind, x, y, anchor, text
    )
