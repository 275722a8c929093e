"""What a verb gives back in Python: its tables as data frames, its view in a notebook, its figures.

The tables are the rows that the verb's files hold, so that what is hidden there is hidden here. Not
a reader of files, and nothing is computed here.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, cast

from evenhand.errors import BadInput, offered, require
from evenhand.records.visible import visible, visible_json

Row = Mapping[str, Any]
Grid = tuple[Sequence[str], Sequence[Sequence[object]]]
"""Columns, and as many fields a row."""
MOST_ROWS = 20
"""Rows of the one table that a notebook shows."""
_TWO_SETS = frozenset({"hits", "words", "texts", "people"})
"""Pairs that count two sets; all others are the ends of an interval."""


class Result(ABC):
    """What a verb found: ``to_frame`` gives its tables, ``figures`` its pictures as SVG."""

    @abstractmethod
    def sentences(self) -> Sequence[str]:
        """What was found, in plain sentences; what must be said first stands first."""

    @abstractmethod
    def tables(self) -> Mapping[str, Sequence[Row]]:
        """The rows that the verb's files hold, by table; the first is the main one."""

    def figures(self) -> dict[str, str]:
        """The pictures of the verb's page by name, each the text of an SVG file of its own."""
        return {}

    def to_frame(self, table: str = "") -> Any:
        """One table as a ``pandas.DataFrame``; an interval is two columns, ``_low`` and ``_high``.

        Args:
            table: Its name in ``tables()``; the first if empty.

        Raises:
            BadInput: There is no such table.
            LibraryMissing: pandas isn't installed.
        """
        pandas = require("pandas", "a data frame")
        tables = self.tables()
        name = table or next(iter(tables), "")
        if name not in tables:
            raise BadInput(
                f"to_frame: there is no table {name!r}, only {', '.join(tables) or 'none'}"
                f"{offered(name, tables)}"
            )
        columns, fields = grid(tables[name])
        return pandas.DataFrame(
            {
                column: [None if row[at] == "" else row[at] for row in fields]
                for at, column in enumerate(columns)
            }
        )

    def shown_table(self) -> Grid:
        """The table that a notebook shows."""
        return grid(next(iter(self.tables().values()), ()))

    def _repr_html_(self) -> str:
        """The sentences and one table, as a notebook shows them."""
        columns, rows = self.shown_table()
        said = [f"<p>{_html(each)}</p>" for each in self.sentences()]
        head = "".join(f"<th>{_html(each)}</th>" for each in columns)
        body = (
            f"<tr>{''.join(f'<td>{_html(each)}</td>' for each in row)}</tr>"
            for row in rows[:MOST_ROWS]
        )
        if columns:
            said.append(
                f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
            )
        if len(rows) > MOST_ROWS:
            said.append(f"<p>{MOST_ROWS} of {len(rows):,} rows; to_frame() gives all.</p>")
        return "\n".join(said)


def _html(value: object) -> str:
    """A field as text that acts nowhere."""
    shown = f"{value:.4g}" if isinstance(value, float) else str(value)
    return escape(visible(shown))


def grid(rows: Sequence[Row]) -> tuple[list[str], list[list[object]]]:
    """Rows as columns and fields, one number or text a field; pairs are two, None is ``""``."""
    pairs = frozenset(name for row in rows for name, value in row.items() if _is_pair(value))
    flat = [_flat(row, pairs) for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    return columns, [[row.get(name, "") for name in columns] for row in flat]


def _flat(row: Row, pairs: frozenset[str]) -> dict[str, object]:
    """One field a number; ``pairs`` names the intervals, which may be absent (None) in a row."""
    found: dict[str, object] = {}
    for name, value in row.items():
        if name in pairs:
            low, high = value or (None, None)
            first, second = ("first", "second") if name in _TWO_SETS else ("low", "high")
            found |= {f"{name}_{first}": _field(low), f"{name}_{second}": _field(high)}
        else:
            found[name] = _field(value)
    return found


def _is_pair(value: object) -> bool:
    ends = cast(list[object], value) if isinstance(value, list) else []
    return len(ends) == 2 and all(_is_number(each) for each in ends)


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _field(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        nested = cast(object, value)
        return visible_json(json.dumps(nested, ensure_ascii=False, sort_keys=True))
    return visible(value) if isinstance(value, str) else value
