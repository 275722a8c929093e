"""Parsers of JSONL, CSV and Parquet: a file's bytes in, rows with line numbers out.

Knows formats and nothing of jobs or people: no column is required here and no value is changed.
"""

from __future__ import annotations

import codecs
import csv
import importlib
import json
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

from evenhand.errors import RecordError, require
from evenhand.records.rows import (
    MAX_RECORD,
    Problems,
    Row,
    RowTable,
    has_surrogate,
    kind_of,
    opened,
)

_TOO_LONG = "the record is longer than 4 MiB; shorten it or remove it"
_NOT_UTF8 = "is not UTF-8; save the file as UTF-8"
_CSV_LIMIT = threading.Lock()


def read_rows(problems: Problems) -> RowTable:
    """Read all rows of the file that ``problems`` names, by its suffix.

    Raises:
        RecordError: For a file that is absent, a folder, of an unknown kind, empty or damaged;
            and for the first record that can't be parsed, unless problems are collected.
    """
    parse = _parser(problems)
    with opened(problems) as file:
        if not file.read(1):
            problems.fail("the file is empty; give it at least one record")
        file.seek(0)
        table = parse(file, problems)
    if not table.rows and not problems.found:
        problems.fail("the file holds no record; give it at least one")
    return table


def _parser(problems: Problems) -> Callable[[BinaryIO, Problems], RowTable]:
    suffix = Path(problems.path).suffix.lower()
    parsers = {".jsonl": _jsonl, ".ndjson": _jsonl, ".csv": _csv, ".parquet": _parquet}
    if suffix not in parsers and not Path(problems.path).is_dir():
        problems.fail(
            f"the suffix {suffix!r} is not known; give a .jsonl (one JSON object a line), .csv or "
            ".parquet file"
        )
    return parsers.get(suffix, _jsonl)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
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
    for number, line in _lines(file):
        if line is None:
            problems.report(_TOO_LONG, line=number)
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


def _csv(file: BinaryIO, problems: Problems) -> RowTable:
    with csv_field_limit():
        records = _csv_records(file, problems)
        header = next(records, None)
        if header is None:
            problems.fail("the file holds no record; give it a header and at least one record")
        columns = _csv_header(header[1], problems)
        rows: list[Row] = []
        for line, cells in records:
            if len(cells) == len(columns):
                rows.append(Row(line, dict(zip(columns, cells, strict=True))))
                continue
            problems.report(
                f"has {len(cells)} values where the header names {len(columns)} columns; quote "
                "values that hold commas or line breaks",
                line=line,
            )
    return RowTable(problems.path, columns, rows)


@contextmanager
def csv_field_limit() -> Generator[None]:
    """The limit is the interpreter's: raise it for one file at a time and put it back."""
    with _CSV_LIMIT:
        before = csv.field_size_limit(MAX_RECORD)
        try:
            yield
        finally:
            csv.field_size_limit(before)


def _csv_records(file: BinaryIO, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """First line and cells of every record; a record that can't be parsed is reported."""
    reader = csv.reader(_csv_lines(file, problems), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as cause:
            problems.report(
                f"is not valid CSV ({cause}); put double quotes around values, doubled inside "
                "them, and keep each under 4 MiB",
                line=line,
            )
            continue
        if sum(map(len, cells)) > MAX_RECORD:
            problems.report(_TOO_LONG, line=line)
        elif any(map(str.strip, cells)):
            yield line, cells


def _csv_lines(file: BinaryIO, problems: Problems) -> Iterator[str]:
    """Decoded lines; bytes that are not UTF-8 become surrogates, which no text may hold."""
    for number, line in _lines(file):
        if line is None:
            problems.fail("the line is longer than 4 MiB; shorten or split it", line=number)
        yield line.decode("utf-8", "surrogateescape")


def _csv_header(cells: list[str], problems: Problems) -> tuple[str, ...]:
    columns = tuple(cell.strip() for cell in cells)
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
        problems.fail("the header has no comma; separate the columns with commas", line=1)
    if any(has_surrogate(column) for column in columns):
        problems.fail(f"the header {_NOT_UTF8}", line=1)
    _refuse_repeated(columns, problems)
    return columns


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
