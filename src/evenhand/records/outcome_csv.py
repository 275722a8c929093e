"""The wanted columns of a CSV file, read strictly so that no row is lost.

Rows are read in blocks, and one by one only where something is wrong and its line has to be
found. No sentence quotes a row.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, NoReturn, cast

from evenhand.records.files import digest_file
from evenhand.records.formats import csv_field_limit
from evenhand.records.outcome_files import TextTable, locate
from evenhand.records.rows import MAX_RECORD, Problems, has_surrogate, opened
from evenhand.records.texts import Texts, TextsBuilder

if TYPE_CHECKING:
    from _csv import Reader

# Few enough to stay in the processor's cache.
_ROWS_AT_ONCE = 256
_NOT_UTF8 = "is not UTF-8; save the file as UTF-8"
_TOO_LONG = "the record is longer than 4 MiB; shorten it or remove it"


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

    def found_in(header: list[str]) -> dict[str, int]:
        return locate(_columns(header, problems), wanted, required, mapping, problems)

    with _reader(problems) as reader:
        try:
            header = next((row for row in reader if row), [""])
            found = found_in(header)
            texts = _texts(reader, len(header), found)
        except csv.Error:
            texts = None
    if texts is None or any(
        has_surrogate(text) for column in texts.values() for text in column.distinct
    ):
        _refuse_first(problems, lambda header: [*found_in(header).values()])
    if not any(map(len, texts.values())):
        problems.fail("the file holds no record; give it at least one")
    number_of = partial(_line_of, problems)
    return TextTable(problems.path, texts, "line", number_of, digest_file(problems.path))


def _texts(reader: Reader, width: int, found: Mapping[str, int]) -> dict[str, Texts] | None:
    """The columns found, or None where a record is wrong."""
    builders = {position: TextsBuilder() for position in found.values()}
    before = reader.line_num
    while rows := list(islice(reader, _ROWS_AT_ONCE)):
        spanning, before = reader.line_num - before > len(rows), reader.line_num
        rows = [row for row in rows if row]
        if {*map(len, rows)} - {width} or (spanning and max(map(_length, rows)) > MAX_RECORD):
            return None
        columns = list(zip(*rows, strict=True))
        for position, builder in builders.items():
            builder.extend(columns[position] if rows else ())
    built = {position: builder.built() for position, builder in builders.items()}
    return {name: built[position] for name, position in found.items()}


def _length(row: Sequence[str]) -> int:
    return sum(map(len, row))


def _columns(header: Sequence[str], problems: Problems) -> tuple[str, ...]:
    columns = tuple(cell.strip() for cell in header)
    if not any(columns):
        problems.fail("the file holds no record; give it a header and at least one record")
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
        problems.fail("the header has no comma; separate the columns with commas", line=1)
    if any(has_surrogate(column) or "\0" in column for column in columns):
        problems.fail(f"the header {_NOT_UTF8}", line=1)
    return columns


@contextmanager
def _reader(problems: Problems) -> Generator[Reader]:
    """A strict ``csv.reader`` of the file."""
    with _plain_bytes(problems) as file, csv_field_limit():
        yield csv.reader(_lines(file, problems), strict=True)


@contextmanager
def _plain_bytes(problems: Problems) -> Generator[BinaryIO]:
    with opened(problems) as file:
        if not problems.path.lower().endswith(".gz"):
            yield file
            return
        try:
            with gzip.open(file) as inside:
                yield cast("BinaryIO", inside)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            problems.fail("is not a readable .gz file; compress it again")


def _lines(file: BinaryIO, problems: Problems) -> Iterator[str]:
    """Decoded lines; bytes that are not UTF-8 become surrogates, which no text may hold."""
    if not file.read(1):
        problems.fail("the file is empty; give it at least one record")
    file.seek(0)
    decoder = partial(io.TextIOWrapper, encoding="utf-8-sig", errors="surrogateescape", newline="")
    number = 0
    with decoder(file) as text:
        while line := text.readline(MAX_RECORD + 1):
            number += 1
            if len(line) > MAX_RECORD:
                problems.fail(_TOO_LONG, line=number)
            yield line


def _refuse_first(problems: Problems, positions_in: Callable[[list[str]], list[int]]) -> NoReturn:
    """Refuse the file for the first record that is wrong."""
    with closing(_records(problems)) as records:
        _, header = next(records)
        positions = positions_in(header)
        for line, cells in records:
            if len(cells) != len(header):
                problems.fail(
                    f"has {len(cells)} values where the header names {len(header)} columns; quote "
                    "values that hold commas or line breaks",
                    line=line,
                )
            if _length(cells) > MAX_RECORD:
                problems.fail(_TOO_LONG, line=line)
            if any(has_surrogate(cells[at]) for at in positions):
                problems.fail(f"the line {_NOT_UTF8}", line=line)
    problems.fail("changed while it was read; run the command again")


def _records(problems: Problems) -> Generator[tuple[int, list[str]]]:
    """First line and cells of every record that isn't blank, header first.

    Raises:
        RecordError: For quotes out of place and values that are too long.
    """
    with _reader(problems) as reader:
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
                yield first, cells


def _line_of(problems: Problems, row: int) -> int:
    with closing(_records(problems)) as records:
        return next(islice(records, row + 1, None))[0]
