"""Tables as text: how one is written (encoding, separator, header) and its records, line by line.

Everything about commas, semicolons, tabs and bars, about UTF-8, UTF-16 and Latin-1, about lines
that end in CR, LF or both, is here and nowhere else. Read strictly, so that no row is lost; no
sentence quotes a row. What the columns mean is not known here. Columns of well-formed files are
split many lines at a time; whatever is odd about a file is left to ``records_of``.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from evenhand.records.columns import Texts, TextsBuilder
from evenhand.records.rows import MAX_RECORD, Problems, has_surrogate, opened

if TYPE_CHECKING:
    from _csv import Reader

Likely = Callable[[Sequence[str]], int]
"""How much the cells of a row look like the header that is looked for; 0 if they don't."""

TOO_LONG = "the record is longer than 4 MiB; shorten it or remove it"
NO_RECORD = "the file holds no record; give it a header and at least one record"
_MARKS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SAMPLE = 1 << 16
ROWS_LOOKED_AT = 60
ROWS_AT_ONCE = 256
"""Few enough to stay in the processor's cache."""
_WIDTHS_SAID = 5
_CSV_LIMIT = threading.Lock()
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF8 = re.compile(r"[\u0080-\ud7ff\ue000-\U0010ffff]")
_STRAY = re.compile(r"[\ud800-\udfff]")
_SAID = {"cp1252": "Windows-1252 (Latin-1)", "latin-1": "Latin-1"}


@dataclass(frozen=True)
class Layout:
    """How a table is written."""

    encoding: str  # python's name of it
    mark: str  # what separates the cells
    above: int  # records above the header
    header: tuple[str, ...]  # the header's cells, without blanks around them
    line: int  # the header's line
    notes: tuple[str, ...]  # what is unusual about it, one sentence each


def layout_of(problems: Problems, likely: Likely) -> Layout:
    """How the table of a file is written."""
    with opened(problems) as file:
        encoding = encoding_of(file, problems)
        file.seek(0)
        text = _sample(file, encoding)
    mark, said = _separator(text, likely)
    rows = _some_rows(text, mark)
    if not rows:
        problems.fail(NO_RECORD)
    above = header_row([cells for _, cells in rows], likely)
    line, cells = rows[above]
    notes: list[str] = []
    if encoding in _SAID:
        notes.append(f"The file is not UTF-8; it was read as {_SAID[encoding]}.")
    if above - said:
        notes.append(f"The header stands in line {line}; what is above it was passed over.")
    header = tuple(cell.strip() for cell in cells)
    return Layout(encoding, mark, above, header, line, tuple(notes))


def header_row(rows: Sequence[Sequence[str]], likely: Likely) -> int:
    """Which of the first rows is the header."""
    hits = [likely(cells) for cells in rows]
    if max(hits, default=0):
        return hits.index(max(hits))
    filled = [sum(bool(cell.strip()) for cell in cells) for cells in rows]
    usual = Counter(filled).most_common(1)[0][0]
    return next(at for at, number in enumerate(filled) if number >= usual) if filled else 0


def encoding_of(file: BinaryIO, problems: Problems) -> str:
    """The encoding, by its mark, its zeros, or by whether all of it is UTF-8."""
    head = file.read(1 << 12)
    if not head:
        problems.fail("the file is empty; give it at least one record")
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 8 and min(even, odd) < len(head) // 50 + 1:
        return "utf-16-be" if even > odd else "utf-16-le"
    if even + odd:
        problems.fail("is not text; give a table as text (.csv) or a workbook (.xlsx, .xls, .ods)")
    file.seek(0)
    return _utf8_or_latin(file, problems)


def _utf8_or_latin(file: BinaryIO, problems: Problems) -> str:
    """UTF-8, else Windows' Latin-1, unless there are bytes that it has no character for.

    A file in which some characters are UTF-8 and others aren't is refused: read as Latin-1, those
    that are would be garbled.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    undefined, line, wrong, right = False, 1, 0, False
    while True:
        block = file.read(1 << 20)
        text = decoder.decode(block, final=not block)
        if not (block.isascii() and text.isascii()):
            undefined = undefined or block.translate(None, b"\x81\x8d\x8f\x90\x9d") != block
            right = right or _UTF8.search(text) is not None
            if not wrong and has_surrogate(text) and (found := _STRAY.search(text)):
                wrong = line + text.count("\n", 0, found.start())
        line += text.count("\n")
        if not block:
            break
    if not wrong:
        return "utf-8"
    if right:
        problems.fail("is not UTF-8, and other lines are; save the file as UTF-8", line=wrong)
    return "latin-1" if undefined else "cp1252"


def _sample(file: BinaryIO, encoding: str) -> str:
    """The first records as text, the last of them perhaps cut off."""
    with _decoded(file, encoding) as text:
        sample = text.read(_SAMPLE)
        # A long first line is needed whole.
        while "\n" not in sample and "\r" not in sample and len(sample) < MAX_RECORD:
            more = text.read(_SAMPLE)
            if not more:
                break
            sample += more
    return sample


def _decoded(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """The encoding was found to fit; only half a character of UTF-16 may not."""
    return io.TextIOWrapper(file, encoding, errors="replace", newline="")


def _separator(text: str, likely: Likely) -> tuple[str, int]:
    """What separates the cells, and 1 where a first line ``sep=`` says so."""
    first = text[:8].split("\n")[0].strip("\r\"' ")
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4], 1
    best, most = ",", (0, 0, 0.0, 0)
    for mark in _MARKS:
        rows = [cells for _, cells in _some_rows(text, mark)]
        if not rows:
            continue
        at = header_row(rows, likely)
        width = len(rows[at])
        same = sum(len(cells) == width for cells in rows[at:]) / len(rows[at:])
        rank = (min(width, 2), likely(rows[at]), same, width)
        if rank > most:
            best, most = mark, rank
    return best, 0


def _some_rows(text: str, mark: str) -> list[tuple[int, list[str]]]:
    """Line and cells of the first records that aren't empty."""
    rows: list[tuple[int, list[str]]] = []
    with csv_field_limit():
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        line = 1
        try:
            for cells in reader:
                if cells:
                    rows.append((line, cells))
                line = reader.line_num + 1
                if len(rows) == ROWS_LOOKED_AT:
                    return rows
        except csv.Error:
            return rows
    # The last record of a sample may be half of one.
    return rows[:-1] if len(text) >= _SAMPLE and len(rows) > 1 else rows


@contextmanager
def csv_field_limit() -> Generator[None]:
    """The limit is the interpreter's: raise it for one file at a time and put it back."""
    with _CSV_LIMIT:
        before = csv.field_size_limit(MAX_RECORD)
        try:
            yield
        finally:
            csv.field_size_limit(before)


@contextmanager
def reader_of(problems: Problems, layout: Layout) -> Generator[Reader]:
    """A strict ``csv.reader`` that has read what is above the records."""
    with opened(problems) as file, csv_field_limit():
        reader = csv.reader(
            _lines(file, layout.encoding, problems), delimiter=layout.mark, strict=True
        )
        passed = 0
        while passed <= layout.above:
            try:
                passed += bool(next(reader, ("",)))
            except csv.Error as cause:
                problems.fail(f"is not valid CSV ({cause})", line=reader.line_num)
        yield reader


def _lines(file: BinaryIO, encoding: str, problems: Problems) -> Iterator[str]:
    """Decoded lines, none of them longer than a record may be."""
    number = 0
    with _decoded(file, encoding) as text:
        while line := text.readline(MAX_RECORD + 1):
            number += 1
            if len(line) > MAX_RECORD:
                problems.fail(TOO_LONG, line=number)
            yield line


def records_of(problems: Problems, layout: Layout) -> Generator[tuple[int, list[str]]]:
    """First line and cells of every record, as wide as the header; lines without cells are none."""
    width = len(layout.header)
    broken: list[tuple[int, str]] = []
    wrong: list[tuple[int, int]] = []
    with reader_of(problems, layout) as reader:
        while True:
            first = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as cause:
                broken.append((first, str(cause)))
                continue
            if sum(map(len, cells)) > MAX_RECORD:
                problems.report(TOO_LONG, line=first)
            elif cells and len(cells) >= width and not any(map(str.strip, cells[width:])):
                yield first, cells[:width]
            elif any(map(str.strip, cells)):
                wrong.append((first, len(cells)))
    _report_unread(broken, wrong, width, problems)


def _report_unread(
    broken: Sequence[tuple[int, str]],
    wrong: Sequence[tuple[int, int]],
    width: int,
    problems: Problems,
) -> None:
    """Records that aren't any: what follows from a quote out of place is no mistake of its own."""
    if broken:
        line, cause = broken[0]
        more = len(broken) - 1 + sum(other > line for other, _ in wrong)
        after = f" ({more:,} records after it can't be read either)" if more else ""
        problems.report(
            f"is not valid CSV ({cause}){after}; put double quotes around values, doubled inside "
            "them, and keep each under 4 MiB",
            line=line,
        )
        wrong = [one for one in wrong if one[0] < line]
    for line, number in wrong[:_WIDTHS_SAID]:
        problems.report(
            f"has {number} values where the header names {width} columns; quote values that hold "
            "the separator or line breaks",
            line=line,
        )
    if wrong[_WIDTHS_SAID:]:
        problems.report(
            f"and {len(wrong) - _WIDTHS_SAID:,} more lines have another number of values than the "
            "header has columns",
            line=wrong[_WIDTHS_SAID][0],
        )


def line_of(problems: Problems, layout: Layout, row: int) -> int:
    """The line on which a record begins; the file is read again."""
    quiet = Problems(problems.path, collect=True)
    with closing(records_of(quiet, layout)) as records:
        return next(islice(records, row, None))[0]


_AT_ONCE = 1 << 18
"""Characters that are split together."""


def columns_of(problems: Problems, layout: Layout, positions: Sequence[int]) -> dict[int, Texts]:
    """The columns at some positions, of the records that ``records_of`` gives."""
    columns = _quick_columns(problems, layout, positions)
    if columns is None:
        columns = {at: TextsBuilder() for at in positions}
        records = records_of(problems, layout)
        while rows := [cells for _, cells in islice(records, ROWS_AT_ONCE)]:
            _extend(columns, rows)
    return {at: column.built() for at, column in columns.items()}


def _extend(columns: Mapping[int, TextsBuilder], rows: Sequence[Sequence[str]]) -> None:
    for at, column in columns.items():
        column.extend([row[at] for row in rows])


def _quick_columns(
    problems: Problems, layout: Layout, positions: Sequence[int]
) -> dict[int, TextsBuilder] | None:
    """The columns, many lines at a time; None where the careful reader has to look."""
    columns = {at: TextsBuilder() for at in positions}
    mark, width, above = layout.mark, len(layout.header), layout.above + 1
    with opened(problems) as file, csv_field_limit(), _decoded(file, layout.encoding) as stream:
        while text := stream.read(_AT_ONCE):
            text += stream.readline(MAX_RECORD)
            if len(text) > MAX_RECORD:
                return None
            cells = [] if above else _split(text, mark, width)
            if cells:
                for at, column in columns.items():
                    column.extend(cells[at::width])
                continue
            lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
            try:
                rows = [row for row in lines if row]
            except csv.Error:
                return None
            above, rows = max(0, above - len(rows)), rows[above:]
            if not {*map(len, rows)} <= {width}:
                return None
            _extend(columns, rows)
    return columns


def _split(text: str, mark: str, width: int) -> list[str]:
    """The cells of plain lines, one after the other; none where a line isn't plain."""
    text = text.replace("\r\n", "\n")
    if '"' in text or "\r" in text:
        return []
    lines = [line for line in text.split("\n") if line]
    if {line.count(mark) for line in lines} != {width - 1}:
        return []
    return mark.join(lines).split(mark)
