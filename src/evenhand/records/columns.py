"""What the readers share about columns: names of our own, ids, values as text, lists of names.

Knows rows and columns and nothing of jobs, people or judgements.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from evenhand.errors import RecordError
from evenhand.records.rows import Problems, Row, RowTable, kind_of


def renamed(table: RowTable, mapping: Mapping[str, str], problems: Problems) -> RowTable:
    """The table under evenhand's names.

    Args:
        table: As read from the file.
        mapping: The file's column to the name that evenhand uses.
        problems: Names the file in errors.

    Raises:
        RecordError: When the mapping names a column that isn't there, or two columns would get
            one name.
    """
    if not mapping:
        return table
    for theirs in mapping:
        if theirs not in table.columns:
            problems.fail(
                f"the mapping names this column, which isn't there; {there_are(table)}",
                field=theirs,
            )
    columns = tuple(mapping.get(name, name) for name in table.columns)
    _refuse_merged(table, columns, problems)
    rows = [
        Row(row.line, {mapping.get(name, name): value for name, value in row.values.items()})
        for row in table.rows
    ]
    return replace(table, columns=columns, rows=rows)


def _refuse_merged(table: RowTable, columns: tuple[str, ...], problems: Problems) -> None:
    for name in columns:
        if columns.count(name) > 1:
            both = [old for old, new in zip(table.columns, columns, strict=True) if new == name]
            problems.fail(
                f"the columns {' and '.join(both)} would both have this name; map one of them to "
                "another name",
                field=name,
            )


def need_columns(table: RowTable, names: Iterable[str], problems: Problems) -> None:
    """Refuse a table in which no row has one of these columns.

    Raises:
        RecordError: It names the first missing column and those that are there.
    """
    for name in names:
        if table.rows and name not in table.columns:
            problems.fail(
                f"there is no such column; map one to it (theirs={name}); {there_are(table)}",
                field=name,
            )


def record_id(row: Row, name: str, path: str) -> str:
    """An id: text, or a whole number as text.

    Raises:
        RecordError: When it is missing, blank or of another type.
    """
    value = row.values.get(name)
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    blank = value is None or isinstance(value, str)
    problem = "is missing or blank" if blank else f"is {kind_of(value)}"
    raise RecordError(
        f"{problem}; an id must be text or a whole number", path=path, line=row.line, field=name
    )


def as_text(value: object) -> str:
    """Any value of a field as text: ``""`` for null and NaN, JSON for lists and objects."""
    if isinstance(value, str):
        return value
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return str(value)


def there_are(table: RowTable) -> str:
    """The columns of a table, for a sentence."""
    return f"the columns are {some(table.columns)}"


def some(names: Iterable[str], most: int = 8) -> str:
    """A few names for a sentence, each cut short; the rest are counted."""
    listed = [name if len(name) <= 40 else name[:39] + "…" for name in names]
    shown = ", ".join(repr(name) for name in listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"
