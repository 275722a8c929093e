"""Numbers, intervals and tables of a results page."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table and an empty line; only the empty line where there are no rows."""
    if not rows:
        return [""]
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return [lines[0], "|---" * len(head) + "|", *lines[1:], ""]


def number(value: float | None, places: int = 2) -> str:
    """A number, or a dash where there is none."""
    return "–" if value is None else f"{value:.{places}f}"


def interval(ends: Sequence[float | None] | None, places: int = 2) -> str:
    """Two numbers, or a dash where either is undefined."""
    if ends is None or None in ends:
        return "–"
    return " to ".join(number(value, places) for value in ends)
