"""What lines of an ad do, as people read it: a table, sentences, and a picture; no figures here."""

from __future__ import annotations

from collections.abc import Iterator

from evenhand.audit.lines import Explained, Gap, LineEffect
from evenhand.language.lines import KINDS
from evenhand.measure.study import SMALL_CELL
from evenhand.report.numbers import percent, signed, signed_interval
from evenhand.report.page import alone
from evenhand.report.plots import PlotRow, move_plot

_MOST_TEXT = 60
_HEAD = ("line", "gap moves by", "95 % interval", "by luck", "what it is", "how it begins")


def table_of(found: Explained) -> Iterator[str]:
    """A table, the worst line first: of each the move that matters most, clear ones starred."""
    if not found.lines:
        return
    rows = [_HEAD, *map(_cells, found.lines)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD) - 1)]
    yield found.id
    for row in rows:
        fitted = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        yield "  ".join((*fitted, row[-1]))
    yield "(* more than luck would move any line of this ad; left out, not reworded)"


def _cells(one: LineEffect) -> tuple[str, ...]:
    move = one.worst
    by = f"{signed(move.move, 2)}{' *' if move.clear else ''}"
    between = signed_interval(move.interval, 2)
    return one.line, by, between, f"±{move.by_luck:.2f}", KINDS[one.kind], _shortened(one)


def sentences_of(found: Explained) -> Iterator[str]:
    """What was found of one ad, in order: the gaps, the lines that count, what can be done."""
    if not found.gaps:
        yield f"{found.id}: no contrast can be judged ({'; '.join(found.not_judged)})."
        return
    for gap in found.gaps:
        yield _stands(found, gap)
    yield from (f"Not judged: {why}." for why in found.not_judged)
    clear = [one for one in found.lines if any(move.clear for move in one.moves)]
    many = len(found.lines)
    if not many:
        yield "The ad has one line alone; there is nothing to leave out."
        return
    yield (
        f"{len(clear)} of {many} lines move a gap by more than luck would (of an ad without any "
        "effect, one in twenty shows such a line)."
    )
    for one in found.lines:
        if one.proposal:
            yield f"Line {one.line} ({_shortened(one)}) {one.proposal}."
    cut = [one.line for one in found.lines if one.proposal.startswith("may be cut")]
    if cut:
        yield f"To cut: evenhand rewrite ... --cut {','.join(cut)}; only a person decides."


def picture_of(found: Explained, key: str) -> str:
    """A picture that stands alone: a line a row in the ad's order, with interval and luck."""
    name = found.lines[0].worst.contrast
    ordered = sorted(found.lines, key=lambda one: [int(part) for part in one.line.split(".")])
    rows = [_row(one, name) for one in ordered]
    plus, _, minus = name.partition(": ")[2].partition(" - ")
    picture = move_plot(
        rows,
        key=key,
        title=f"What each line of {found.id} does",
        description=f"How the score gap of {name} moves when a line is left out, with intervals.",
        ends=(f"{minus} gain", f"{plus} gain"),
    )
    return alone(picture)


def _row(one: LineEffect, name: str) -> PlotRow:
    move = next(each for each in one.moves if each.contrast == name)
    luck = (-move.by_luck, move.by_luck)
    shape = "square" if move.clear else "circle"
    return PlotRow(f"line {one.line}", move.move, move.interval, luck, shape, signed(move.move, 2))


def _stands(found: Explained, gap: Gap) -> str:
    plus, minus = gap.people
    said = (
        f"{gap.contrast}: score gap {signed(gap.gap, 2)} {signed_interval(gap.interval, 2)} in "
        f"spreads of the ad, {plus} and {minus} qualified people"
    )
    one, two = gap.shown
    if one is None or two is None:
        said += f"; shares of the top {found.top} are withheld, for a count is below {SMALL_CELL}"
    else:
        said += f"; in the top {found.top}: {percent(one)} and {percent(two)} of them"
    return f"{said}. " + ("" if gap.clear else "No gap can be told from parity on this ad alone.")


def _shortened(one: LineEffect) -> str:
    text = one.text
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT].rsplit(' ', 1)[0]} …"
