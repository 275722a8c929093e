"""Parsers of every kind of table: a file's bytes in, rows or columns of text out.

Knows formats and nothing of jobs or people: no column is required here and no value is changed.
"""

from __future__ import annotations

import codecs
import datetime
import importlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import RecordError, require
from evenhand.records.columns import Texts, TextsBuilder, key_of
from evenhand.records.delimited import (
    NO_RECORD,
    ROWS_AT_ONCE,
    ROWS_LOOKED_AT,
    TOO_LONG,
    Likely,
    columns_of,
    encoding_of,
    header_row,
    layout_of,
    line_of,
    records_of,
)
from evenhand.records.rows import (
    MAX_RECORD,
    Problems,
    Row,
    RowTable,
    as_text,
    kind_of,
    opened,
    some,
    suffix_of,
)


def sheet_of(problems: Problems, name: str) -> tuple[list[list[str]], tuple[str, ...]]:
    """The cells of a sheet, row by row from the first, and what to say of it."""
    calamine: Any = require("python_calamine", "reading workbooks")
    with opened(problems) as file:
        content = file.read()
    if not content:
        problems.fail("the file is empty; give it at least one record")
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        cells = {str(one): _cells(book, one) for one in book.sheet_names}
    except Exception as cause:
        # The library raises classes of its own for every kind of workbook, and plain ones too.
        del cause
        problems.fail("is not a readable workbook (or needs a password); save it again, or as CSV")
    filled = [one for one, rows in cells.items() if any(map(any, rows))]
    if name:
        alike = [one for one in cells if one == name] or [
            one for one in cells if key_of(one) == key_of(name)
        ]
        if len(alike) != 1:
            problems.fail(f"--sheet {name}: there is no such sheet; there are {some(cells)}")
        return cells[alike[0]], ()
    if len(filled) > 1:
        problems.fail(f"holds several sheets ({some(filled)}); name one with --sheet")
    if not filled:
        problems.fail("the workbook holds no record; give it a header and at least one record")
    return cells[filled[0]], ()


def _cells(book: Any, name: str) -> list[list[str]]:
    rows: list[list[object]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [[_text(cell) for cell in row] for row in rows]


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return as_text(cell)


_NOT_UTF8 = "is not UTF-8; save the file as UTF-8"
_MORE_SAID = 5
KINDS = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt", ".psv"), "text"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "sheet"),
    **{".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"},
}
"""What a suffix says of a file."""


def read_rows(problems: Problems, likely: Likely | None = None, sheet: str = "") -> RowTable:
    """Read all rows of the file that ``problems`` names, by its suffix (``.gz`` or not)."""
    kind = kind_of_file(problems)
    looks: Likely = likely or (lambda _: 0)
    if sheet and kind != "sheet":
        problems.fail(f"--sheet {sheet}: this file is no workbook and has no sheets")
    if kind == "text":
        table = _delimited(problems, looks)
    elif kind == "sheet":
        table = _sheet(problems, looks, sheet)
    else:
        with opened(problems) as file:
            _refuse_empty(file, problems)
            plain = file if kind == "parquet" else as_utf8(file, problems)
            table = {"parquet": _parquet, "json": _json, "jsonl": _jsonl}[kind](plain, problems)
    if not table.rows and not problems.found:
        problems.fail(NO_RECORD)
    return table


def _refuse_empty(file: BinaryIO, problems: Problems) -> None:
    if not file.read(1):
        problems.fail("the file is empty; give it at least one record")
    file.seek(0)


def as_utf8(file: BinaryIO, problems: Problems) -> BinaryIO:
    """JSON that is written in UTF-16 or UTF-32 as UTF-8; any other is left as it is."""
    head = file.read(1 << 12)
    file.seek(0)
    if b"\0" not in head:
        return file
    encoding = encoding_of(file, problems)
    file.seek(0)
    return io.BytesIO(file.read().decode(encoding, "replace").removeprefix("\ufeff").encode())


def kind_of_file(problems: Problems) -> str:
    """``text``, ``sheet``, ``json``, ``jsonl`` or ``parquet``, by the suffix."""
    suffix = suffix_of(problems.path)
    if Path(problems.path).is_dir():
        problems.fail("is a folder; name a file in it")
    if suffix not in KINDS:
        if not Path(problems.path).exists():
            problems.fail("no such file; check the path")
        problems.fail(
            f"the suffix {suffix!r} is not known; give a .csv, .tsv, .txt, .xlsx, .xls, .ods, "
            ".jsonl, .json or .parquet file (.gz or not)"
        )
    return KINDS[suffix]


def _numbered_lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Number and bytes of every line without a byte order mark; None for one too long."""
    number = 0
    while line := file.readline(MAX_RECORD + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if len(line) <= MAX_RECORD:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(MAX_RECORD)
        yield number, None


def _jsonl(file: BinaryIO, problems: Problems) -> RowTable:
    columns: dict[str, None] = {}
    rows: list[Row] = []
    for row in json_objects(file, problems):
        columns.update(dict.fromkeys(row.values))
        rows.append(row)
    return RowTable(problems.path, tuple(columns), rows)


def json_objects(file: BinaryIO, problems: Problems) -> Iterator[Row]:
    """The objects of a JSONL file, line by line; blank lines are passed over."""
    for number, line in _numbered_lines(file):
        if line is None:
            problems.report(TOO_LONG, line=number)
        elif line.strip():
            values = _json_object(line, number, problems)
            if values is not None:
                yield Row(number, values)


def _json_object(line: bytes, number: int, problems: Problems) -> dict[str, object] | None:
    try:
        parsed: object = _DECODER.decode(line.decode())
    except UnicodeDecodeError:
        problems.report(f"the line {_NOT_UTF8}", line=number)
    except (ValueError, RecursionError) as cause:
        reason = cause.msg if isinstance(cause, json.JSONDecodeError) else str(cause)
        problems.report(f"is not valid JSON ({reason}); write one JSON object a line", line=number)
    else:
        if isinstance(parsed, dict):
            return cast("dict[str, object]", parsed)
        problems.report(
            f"is {kind_of(parsed)}, not a JSON object; write one object a line", line=number
        )
    return None


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice")
    return values


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_no_constant)


def _delimited(problems: Problems, likely: Likely) -> RowTable:
    layout = layout_of(problems, likely)
    _refuse_repeated(layout.header, problems)
    rows = [
        Row(line, dict(zip(layout.header, cells, strict=True)))
        for line, cells in records_of(problems, layout)
        if any(map(str.strip, cells))
    ]
    return RowTable(problems.path, layout.header, rows, layout.notes)


def _sheet(problems: Problems, likely: Likely, sheet: str) -> RowTable:
    """A workbook's sheet; its rows keep the numbers they have there."""
    grid, notes = sheet_of(problems, sheet)
    filled = [at for at, cells in enumerate(grid) if any(map(str.strip, cells))]
    if not filled:
        problems.fail(NO_RECORD)
    top = header_row([grid[at] for at in filled[:ROWS_LOOKED_AT]], likely)
    above = filled[top]
    if top:
        notes = (*notes, f"The header stands in row {above + 1}; what is above it was passed over.")
    names = tuple(cell.strip() for cell in grid[above])
    _refuse_repeated([name for name in names if name], problems)
    rows = [Row(at + 1, dict(zip(names, grid[at], strict=True))) for at in filled if at > above]
    return RowTable(problems.path, names, rows, notes, "row")


def _json(file: BinaryIO, problems: Problems) -> RowTable:
    """A list of objects, lists by column, or either of them alone inside one object."""
    content = file.read()
    try:
        parsed: object = _DECODER.decode(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        problems.fail(_NOT_UTF8)
    except (ValueError, RecursionError) as cause:
        if isinstance(cause, json.JSONDecodeError) and cause.msg == "Extra data":
            file.seek(0)
            return _jsonl(file, problems)
        line = cause.lineno if isinstance(cause, json.JSONDecodeError) else None
        problems.fail(f"is not valid JSON ({getattr(cause, 'msg', cause)})", line=line)
    rows = _objects_in(parsed)
    if rows is None:
        problems.fail("holds no list of objects; write a list with one object a record")
    columns = dict.fromkeys(name for values in rows for name in values)
    numbered = [Row(number, values) for number, values in enumerate(rows, start=1)]
    return RowTable(problems.path, tuple(columns), numbered, (), "row")


def _objects_in(parsed: object) -> list[dict[str, object]] | None:
    """The records of a JSON document."""
    if isinstance(parsed, list):
        items = cast("list[object]", parsed)
        if all(isinstance(item, dict) for item in items):
            return cast("list[dict[str, object]]", items)
        return None
    if not isinstance(parsed, dict):
        return None
    values = cast("dict[str, object]", parsed)
    inside = [found for found in map(_objects_in, values.values()) if found]
    if len(inside) == 1:
        return inside[0]
    columns = {
        name: list(cast("dict[str, object]", value).values()) if isinstance(value, dict) else value
        for name, value in values.items()
    }
    lists = [cast("list[object]", one) for one in columns.values() if isinstance(one, list)]
    if not lists or len(lists) < len(columns) or len({*map(len, lists)}) > 1:
        return None
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*lists, strict=True)]


def _parquet(file: BinaryIO, problems: Problems) -> RowTable:
    parquet = require("pyarrow.parquet", "reading Parquet")
    arrow = importlib.import_module("pyarrow")
    try:
        table = parquet.read_table(file)
    except (arrow.ArrowException, OSError) as cause:
        raise RecordError(
            f"is not a readable Parquet file ({_first_line(cause)}); write it again",
            path=problems.path,
        ) from cause
    columns = tuple(map(str, table.column_names))
    _refuse_repeated(columns, problems)
    values = [_parquet_column(table, position, problems) for position in range(len(columns))]
    rows = [
        Row(number, dict(zip(columns, cells, strict=True)))
        for number, cells in enumerate(zip(*values, strict=True), start=1)
    ]
    return RowTable(problems.path, columns, rows)


def _parquet_column(table: Any, position: int, problems: Problems) -> list[object]:
    """Python values of a column; text stored as bytes (as some writers do) is decoded."""
    try:
        values: list[object] = table.column(position).to_pylist()
        return [value.decode() if isinstance(value, bytes) else value for value in values]
    except UnicodeDecodeError:
        problem = f"the column holds bytes and {_NOT_UTF8.replace('the file', 'text')}"
    except ValueError as cause:
        problem = f"the column cannot be read ({_first_line(cause)}); convert it to text"
    problems.fail(problem, field=str(table.column_names[position]))


def _first_line(cause: BaseException) -> str:
    return (str(cause).splitlines() or [type(cause).__name__])[0].rstrip(".")


def _refuse_repeated(columns: Iterable[str], problems: Problems) -> None:
    seen: set[str] = set()
    for column in columns:
        if column in seen:
            problems.fail("two columns have this name; rename one", field=column or "''")
        seen.add(column)


@dataclass(frozen=True)
class Place:
    """Where rows stand, for sentences."""

    problems: Problems  # names the file
    word: str  # ``line`` or ``row``
    number_of: Callable[[int], int]  # from a row's position to its number in the file

    def report(self, problem: str, row: int, field: str) -> None:
        """Report one row; ``{place}`` in the sentence becomes its place."""
        number = self.number_of(row)
        said = problem.replace("{place}", f"{self.word} {number}")
        self.problems.report(said, line=number, field=field)

    def report_values(
        self, column: Texts, bad: Sequence[bool], problem: str, remedy: str, field: str
    ) -> None:
        """Report a column's wrong values: the first with its place, others beside it."""
        wrong = [text.strip() for text, one in zip(column.distinct, bad, strict=True) if one]
        row = int(np.argmax(np.array(bad, dtype=np.bool_)[column.codes]))
        first = column.distinct[int(column.codes[row])].strip()
        others = [text for text in dict.fromkeys(wrong) if text != first]
        more = f" (as are {some(others, _MORE_SAID)})" if others else ""
        self.report(f"{some([first])} on {{place}} is {problem}{more}; {remedy}", row, field)


@dataclass(frozen=True)
class Source:
    """A file whose columns are known and not yet read."""

    names: tuple[str, ...]  # every column, in the file's order
    read: Callable[[Sequence[int]], Mapping[int, Texts]]  # texts by position of the column
    place: Place
    notes: tuple[str, ...] = ()  # what is unusual about the file, one sentence each


@dataclass(frozen=True)
class TextTable:
    """Columns of a file as text, before anything is made of them."""

    columns: Mapping[str, Texts]  # our name of each column to its texts; all of one length
    place: Place
    digest: str  # of the file's bytes
    said: Mapping[str, str]  # the file's name of each column, where it isn't ours

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.columns.values())))

    def only(self, kept: NDArray[np.intp]) -> TextTable:
        """The rows at these positions."""
        columns = {name: column.only(kept) for name, column in self.columns.items()}
        number_of = self.place.number_of

        def moved(row: int) -> int:
            return number_of(int(kept[row]))

        return replace(self, columns=columns, place=replace(self.place, number_of=moved))


def open_source(problems: Problems, likely: Likely, sheet: str = "") -> Source:
    """The columns of a file of any kind; bad records are reported to ``problems``."""
    kind = kind_of_file(problems)
    if sheet or kind in ("sheet", "json"):
        table = read_rows(problems, likely, sheet)
        return _of_rows(table.rows, table.columns, table.place, problems, table.notes)
    if kind == "jsonl":
        with opened(problems) as raw:
            file = as_utf8(raw, problems)
            source = _of_rows(json_objects(file, problems), (), "line", problems)
            if not file.tell():
                problems.fail("the file is empty; give it at least one record")
        if not source.names:
            problems.settle()
            problems.fail("the file holds no record; give it at least one")
        return source
    return {"text": _of_text, "parquet": _of_parquet}[kind](problems, likely)


def _of_rows(
    rows: Iterable[Row],
    names: Sequence[str],
    word: str,
    problems: Problems,
    notes: tuple[str, ...] = (),
) -> Source:
    """Columns of rows of values; those that aren't named yet are known when all were read."""
    builders = {name: TextsBuilder() for name in names}
    lines: list[int] = []
    coming = iter(rows)
    while some_rows := list(islice(coming, ROWS_AT_ONCE)):
        for name in dict.fromkeys(name for row in some_rows for name in row.values):
            if name not in builders:
                builders[name] = TextsBuilder()
                builders[name].extend([""] * len(lines))
        for name, builder in builders.items():
            builder.extend([as_text(row.values.get(name)) for row in some_rows])
        lines += [row.line for row in some_rows]
    there = tuple(names) or tuple(builders)

    def read(positions: Sequence[int]) -> dict[int, Texts]:
        return {at: builders[there[at]].built() for at in positions}

    return Source(there, read, Place(problems, word, lines.__getitem__), notes)


def _of_text(problems: Problems, likely: Likely) -> Source:
    layout = layout_of(problems, likely)
    place = Place(problems, "line", partial(line_of, problems, layout))
    return Source(layout.header, partial(columns_of, problems, layout), place, layout.notes)


def _of_parquet(problems: Problems, likely: Likely) -> Source:
    del likely
    parquet = require("pyarrow.parquet", "reading Parquet")
    arrow: Any = importlib.import_module("pyarrow")

    def table_of(positions: Sequence[int] | None) -> Any:
        with opened(problems) as file:
            try:
                source = parquet.ParquetFile(file)
                names = [str(name) for name in source.schema_arrow.names]
                if positions is None:
                    return names
                return source.read(columns=[names[at] for at in positions])
            except (arrow.ArrowException, OSError) as cause:
                del cause
                problems.fail("is not a readable Parquet file; write it again")

    with opened(problems) as file:
        _refuse_empty(file, problems)
    names: list[str] = table_of(None)

    def read(positions: Sequence[int]) -> dict[int, Texts]:
        table = table_of(positions)
        return {
            at: _texts_of_arrow(table.column(names[at]), names[at], problems) for at in positions
        }

    return Source(tuple(names), read, Place(problems, "row", lambda row: row + 1))


def _texts_of_arrow(column: Any, name: str, problems: Problems) -> Texts:
    """A column of any plain type as text; whole numbers without a decimal point."""
    arrow: Any = importlib.import_module("pyarrow")
    compute: Any = importlib.import_module("pyarrow.compute")
    kind = column.type
    try:
        if arrow.types.is_dictionary(kind):
            column, kind = column.cast(kind.value_type), kind.value_type
        if arrow.types.is_floating(kind):
            column = compute.if_else(compute.is_nan(column), None, column).cast(arrow.float64())
            with suppress(arrow.ArrowException):  # whole numbers: what a column with gaps was
                column = column.cast(arrow.int64())
        column = column.cast(arrow.string())
    except (arrow.ArrowException, ValueError):
        problems.fail(
            f"the column holds {kind}, which can't be read as text; convert it to plain text or "
            "numbers",
            field=name,
        )
    encoded = column.combine_chunks().fill_null("").dictionary_encode()
    return Texts(encoded.dictionary.to_pylist(), np.asarray(encoded.indices, dtype=np.int32))
