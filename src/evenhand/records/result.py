r"""What is shown: names from outside that can do no harm, and what a verb gives back in Python.

A name in somebody's file may hold characters that command a terminal, turn the order of letters
around, take no room, or look like the sign that starts a formula. Wherever a person reads it they
stand as escapes (``\x1b``, ``\u202e``), the same in terminal, page, table and sentence. The
tables of a result are the rows that the verb's files hold, so that what is hidden there is hidden
here.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, cast

from evenhand.errors import BadInput, offered, require

_UNSEEN = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Controls, turns of direction, what takes no room or no ink, halves of characters."""
_ACTING = re.compile(f"[{_UNSEEN}]")
_ACTING_IN_TEXT = re.compile(rf"(?![\n\t])[{_UNSEEN}]")
_LIKE_A_FORMULA = re.compile("((?:^|\\*)\\s*)([＝＋－＠﹦﹢﹣﹫])")
"""Broad and small forms of ``= + - @`` where a name, or a part of a crossed one, starts."""


def visible(name: str, *, lines: bool = False) -> str:
    """A name as it may be shown; what is shown so once stays as it is."""
    if lines:
        return _ACTING_IN_TEXT.sub(_escaped, name)
    shown = _ACTING.sub(_escaped, name)
    return _LIKE_A_FORMULA.sub(lambda found: found[1] + _code(found[2]), shown)


def visible_json(document: str) -> str:
    """JSON whose strings show them by JSON's own escapes, so that it still says the same."""
    return _ACTING_IN_TEXT.sub(lambda found: json.dumps(found[0])[1:-1], document)


def _escaped(found: re.Match[str]) -> str:
    return _code(found[0])


def _code(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


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
