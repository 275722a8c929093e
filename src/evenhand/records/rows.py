"""Rows of a file with the lines they stand on, their values, and what is wrong with them.

Not a parser (``tables``), and it knows nothing of jobs, people or outcomes. Whatever is wrong with
one record is reported to ``Problems``; whatever is wrong with the file as a whole raises.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple, NoReturn, cast

from evenhand.errors import RecordError

MOST_SAID = 12
"""Most problems of a file that one message names."""
BLANK = "(blank)"
"""What a blank is called where it is kept as a group, and in notes."""
MAX_RECORD = 4 * 1024 * 1024
"""Most bytes (JSONL, CSV) or characters (Parquet) of one record."""


class Row(NamedTuple):
    """One record as it stands in the file."""

    line: int  # 1-based line of the file where the record begins; the row number in Parquet
    values: dict[str, object]  # column to value, of whatever types the format has


@dataclass(frozen=True)
class RowTable:
    """Everything that a file holds."""

    path: str  # the file, as the user named it
    columns: tuple[str, ...]  # every column, in order of first appearance
    rows: list[Row]  # the records that could be parsed, in file order
    notes: tuple[str, ...] = ()  # what is unusual about the file, one sentence each
    place: str = "line"  # what a row's number is called in sentences: ``line`` or ``row``


@dataclass
class Problems:
    """Where the problems of single records go: raised at once, or collected."""

    path: str  # the file, as the user named it
    collect: bool  # whether to go on after a problem
    found: list[RecordError] = field(default_factory=list[RecordError])  # the problems so far

    def report(self, problem: str, *, line: int | None = None, field: str = "") -> None:
        """Raise the problem of one record, or note it."""
        error = RecordError(problem, path=self.path, line=line, field=field)
        if not self.collect:
            raise error
        self.found.append(error)

    def fail(self, problem: str, *, line: int | None = None, field: str = "") -> NoReturn:
        """Raise a problem of the whole file."""
        raise RecordError(problem, path=self.path, line=line, field=field)

    def settle(self) -> None:
        """Raise everything that was noted as one message, in the order of the lines."""
        if self.found:
            raise all_of(sorted(self.found, key=lambda error: error.line or 0))


def all_of(errors: Sequence[RecordError], most: int = MOST_SAID) -> RecordError:
    """Several problems as one error, a sentence a line; the first one's place is its place."""
    first = errors[0]
    alike: dict[tuple[str, str], list[RecordError]] = {}
    for error in errors:
        alike.setdefault((error.field, error.problem), []).append(error)
    said = [_said_once(same) for same in alike.values()]
    if len(said) > most:
        said = [*said[:most], f"{first.path}: and {len(said) - most} more problems"]
    return RecordError(
        first.problem, path=first.path, line=first.line, field=first.field, said="\n".join(said)
    )


def _said_once(errors: Sequence[RecordError]) -> str:
    lines = [str(error.line) for error in errors[1:]]
    more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
    also = f" (and on {', '.join(lines[:5])}{more})" if lines else ""
    return f"{errors[0]}{also}"


@contextmanager
def opened(problems: Problems) -> Generator[BinaryIO]:
    """Open a user's file for reading bytes, those inside where it is compressed with gzip."""
    path = Path(problems.path)
    if path.is_dir():
        problems.fail("is a folder; name a file in it")
    try:
        with path.open("rb") as file:
            if path.suffix.lower() != ".gz":
                yield file
                return
            with gzip.open(file) as inside:
                yield cast("BinaryIO", inside)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        problems.fail("is not a readable .gz file; compress it again")
    except FileNotFoundError:
        problems.fail("no such file; check the path")
    except OSError as cause:
        raise RecordError(
            f"cannot be read ({cause.strerror or cause}); check the path and its permissions",
            path=problems.path,
        ) from cause


def suffix_of(path: str) -> str:
    """The suffix of a file's name in lower case, without ``.gz``."""
    name = Path(path)
    return (Path(name.stem) if name.suffix.lower() == ".gz" else name).suffix.lower()


def has_surrogate(text: str) -> bool:
    """Whether a text holds half a character, which UTF-8 can't."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def kind_of(value: object) -> str:
    """A JSON value's kind in words, for sentences."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    return "text" if isinstance(value, str) else f"a {type(value).__name__}"


def renamed(table: RowTable, mapping: Mapping[str, str], problems: Problems) -> RowTable:
    """The table under evenhand's names."""
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
    """Refuse a table in which no row has one of these columns."""
    for name in names:
        if table.rows and name not in table.columns:
            problems.fail(
                f"there is no such column; map one to it (theirs={name}); {there_are(table)}",
                field=name,
            )


def record_id(row: Row, name: str, path: str) -> str:
    """An id: text, or a whole number as text."""
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


def number_of(text: str) -> float | None:
    """NaN where there is none; None for what is no number."""
    tidy = text.strip()
    if not tidy:
        return math.nan
    try:
        # Python alone reads 1_000 and the digits of other scripts.
        return float(tidy) if tidy.isascii() and "_" not in tidy else None
    except ValueError:
        return None


def there_are(table: RowTable) -> str:
    """The columns of a table, for a sentence."""
    return f"the columns are {some(table.columns)}"


def some(names: Iterable[str], most: int = 8) -> str:
    """A few names for a sentence, each cut short; the rest are counted."""
    listed = [name if len(name) <= 40 else name[:39] + "…" for name in names]
    shown = ", ".join("blank" if name == BLANK else repr(name) for name in listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"
