"""The wanted columns of a CSV file by pyarrow's reader, checked so that no row is lost.

pyarrow joins the rows between two stray quotes without a word; so lines are counted, and where
rows and lines don't agree the file is read once more by the strict reader. That reader also
finds the line of whatever is wrong. pyarrow's own messages quote whole rows and are never shown.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, NoReturn, cast

from evenhand.records.formats import csv_field_limit
from evenhand.records.outcome_files import TextTable, locate
from evenhand.records.rows import MAX_RECORD, Problems, has_surrogate, opened

_BLOCK = 1 << 20
_NOT_UTF8 = "is not UTF-8; save the file as UTF-8"
_TOO_LONG = "the record is longer than 4 MiB; shorten it or remove it"


@dataclass(frozen=True)
class _Bytes:
    """What one pass over a file's bytes tells."""

    digest: str
    size: int
    lines: int
    quotes: int


@dataclass(frozen=True)
class _Header:
    columns: tuple[str, ...]
    lines: int


def read_csv(
    problems: Problems,
    wanted: Sequence[str],
    required: Sequence[str],
    mapping: Mapping[str, str],
) -> TextTable:
    """The wanted columns of a CSV file, ``.gz`` or not; arguments as for ``locate``.

    Raises:
        RecordError: For a damaged file, with the line; it quotes no row.
    """
    read = _pass_over(problems)
    if not read.size:
        problems.fail("the file is empty; give it at least one record")
    header = _header(problems)
    found = locate(header.columns, wanted, required, mapping, problems)
    table = _table(problems, header, sorted({*found.values()}), quoted=read.quotes > 0)
    if read.quotes and len(table) + header.lines != read.lines:
        _check_strictly(problems, [*found.values()])
    if not len(table):
        problems.fail("the file holds no record; give it at least one")
    columns = {name: table.column(str(position)) for name, position in found.items()}
    return TextTable(
        problems.path, columns, "line", lambda row: _line_of(problems, row), read.digest
    )


@contextmanager
def _plain_bytes(problems: Problems) -> Generator[BinaryIO]:
    with opened(problems) as file:
        if not problems.path.lower().endswith(".gz"):
            yield file
            return
        try:
            with gzip.open(file) as inside:
                yield cast("BinaryIO", inside)
        except (gzip.BadGzipFile, EOFError):
            problems.fail("is not a readable .gz file; compress it again")


def _pass_over(problems: Problems) -> _Bytes:
    digest = hashlib.blake2b(digest_size=16)
    size = feeds = returns = quotes = 0
    last = b""
    with opened(problems) as raw:
        while block := raw.read(_BLOCK):
            digest.update(block)
    with _plain_bytes(problems) as file:
        while block := file.read(_BLOCK):
            size, last = size + len(block), block[-1:]
            feeds += block.count(b"\n")
            returns += 0 if feeds else block.count(b"\r")
            quotes += block.count(b'"')
    return _Bytes(digest.hexdigest(), size, (feeds or returns) + (last not in b"\r\n"), quotes)


def _records(problems: Problems) -> Generator[tuple[int, int, list[str]]]:
    """First line, last line and cells of every record that isn't blank, header first.

    Raises:
        RecordError: For quotes out of place and records that are too long.
    """
    with _plain_bytes(problems) as file, csv_field_limit():
        reader = csv.reader(_decoded(file, problems), strict=True)
        while True:
            first = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as cause:
                problems.fail(
                    f"is not valid CSV ({cause}); put double quotes around values, doubled inside "
                    "them, and keep each under 4 MiB",
                    line=first,
                )
            if cells:
                yield first, reader.line_num, cells


def _decoded(file: BinaryIO, problems: Problems) -> Iterator[str]:
    number = 0
    while line := file.readline(MAX_RECORD + 1):
        number += 1
        if len(line) > MAX_RECORD:
            problems.fail(_TOO_LONG, line=number)
        text = line.decode("utf-8", "surrogateescape")
        yield text.removeprefix("\ufeff") if number == 1 else text


def _header(problems: Problems) -> _Header:
    with closing(_records(problems)) as records:
        _, lines, cells = next(records, (0, 0, [""]))
    columns = tuple(cell.strip() for cell in cells)
    if not any(columns):
        problems.fail("the file holds no record; give it a header and at least one record")
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
        problems.fail("the header has no comma; separate the columns with commas", line=1)
    if any(has_surrogate(column) or "\0" in column for column in columns):
        problems.fail(f"the header {_NOT_UTF8}", line=1)
    return _Header(columns, lines)


def _table(problems: Problems, header: _Header, positions: list[int], *, quoted: bool) -> Any:
    arrow: Any = importlib.import_module("pyarrow")
    reader: Any = importlib.import_module("pyarrow.csv")
    names = [str(position) for position in positions]
    try:
        with _plain_bytes(problems) as file:
            return reader.read_csv(
                file,
                read_options=reader.ReadOptions(
                    column_names=[str(at) for at in range(len(header.columns))],
                    skip_rows=header.lines,
                    block_size=MAX_RECORD,
                ),
                parse_options=reader.ParseOptions(newlines_in_values=quoted),
                convert_options=reader.ConvertOptions(
                    include_columns=names,
                    column_types={name: arrow.string() for name in names},
                    strings_can_be_null=False,
                ),
            )
    except (arrow.ArrowException, OSError):
        _explain(problems, positions)


def _explain(problems: Problems, positions: Sequence[int]) -> NoReturn:
    _check_strictly(problems, positions)
    problems.fail("is not valid CSV; write it again with quoted values")


def _check_strictly(problems: Problems, positions: Sequence[int]) -> None:
    """Raise for the first record that is wrong, if one is."""
    width = 0
    with closing(_records(problems)) as records:
        width = len(next(records)[2])
        for line, _, cells in records:
            if len(cells) != width:
                problems.fail(
                    f"has {len(cells)} values where the header names {width} columns; quote "
                    "values that hold commas or line breaks",
                    line=line,
                )
            if sum(map(len, cells)) > MAX_RECORD:
                problems.fail(_TOO_LONG, line=line)
            if any(has_surrogate(cells[at]) for at in positions):
                problems.fail(f"the line {_NOT_UTF8}", line=line)


def _line_of(problems: Problems, row: int) -> int:
    with closing(_records(problems)) as records:
        found = next(islice(records, row + 1, None), None)
    return found[0] if found else row + 2
