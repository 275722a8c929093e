"""Parsers of every kind of file: its bytes in, rows with line numbers out.

Knows formats and nothing of jobs or people: no column is required here and no value is changed.
"""

from __future__ import annotations

import codecs
import importlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

from evenhand.errors import RecordError, require
from evenhand.records.delimited import (
    NO_RECORD,
    Likely,
    encoding_of,
    header_row,
    layout_of,
    records_of,
)
from evenhand.records.rows import (
    MAX_RECORD,
    Problems,
    Row,
    RowTable,
    kind_of,
    opened,
    suffix_of,
)
from evenhand.records.sheets import sheet_of

_TOO_LONG = "the record is longer than 4 MiB; shorten it or remove it"
_NOT_UTF8 = "is not UTF-8; save the file as UTF-8"
HEADER_AMONG = 60
"""First rows among which the header is looked for."""
KINDS = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt", ".psv"), "text"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "sheet"),
    **{".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"},
}
"""What a suffix says of a file."""


def read_rows(problems: Problems, likely: Likely | None = None, sheet: str = "") -> RowTable:
    """Read all rows of the file that ``problems`` names, by its suffix (``.gz`` or not).

    Args:
        problems: Names the file; bad records go there.
        likely: How much a row looks like the header; the first row is, where nothing is said.
        sheet: Of a workbook, where it holds several.

    Raises:
        RecordError: For a file that is absent, a folder, of an unknown kind, empty or damaged;
            and for the first record that can't be parsed, unless problems are collected.
    """
    kind, looks = kind_of_file(problems), likely or _any_header
    if sheet and kind != "sheet":
        problems.fail(f"--sheet {sheet}: this file is no workbook and has no sheets")
    if kind == "text":
        table = _delimited(problems, looks)
    elif kind == "sheet":
        table = _sheet(problems, looks, sheet)
    else:
        with opened(problems) as file:
            if not file.read(1):
                problems.fail("the file is empty; give it at least one record")
            file.seek(0)
            plain = file if kind == "parquet" else as_utf8(file, problems)
            table = {"parquet": _parquet, "json": _json, "jsonl": _jsonl}[kind](plain, problems)
    if not table.rows and not problems.found:
        problems.fail(NO_RECORD)
    return table


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
    """``text``, ``sheet``, ``json``, ``jsonl`` or ``parquet``, by the suffix.

    Raises:
        RecordError: For a folder, a file that isn't there, and any other suffix.
    """
    suffix = suffix_of(problems.path)
    if Path(problems.path).is_dir():
        problems.fail("is a folder; name a file in it")
    if suffix not in KINDS:
        problems.fail(
            f"the suffix {suffix!r} is not known; give a .csv, .tsv, .txt, .xlsx, .xls, .ods, "
            ".jsonl, .json or .parquet file (.gz or not)"
        )
    return KINDS[suffix]


def _any_header(cells: Sequence[str]) -> int:
    del cells
    return 0


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
    top = header_row([grid[at] for at in filled[:HEADER_AMONG]], likely)
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
