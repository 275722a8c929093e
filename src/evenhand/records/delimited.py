"""Tables as text: how one is written (encoding, separator, header) and its records, line by line.

Everything about commas, semicolons, tabs and bars, about UTF-8, UTF-16 and Latin-1, about lines
that end in CR, LF or both, is here and nowhere else. Read strictly, so that no row is lost; no
sentence quotes a row. What the columns mean is not known here. Whole files of plain lines are read
as bytes (``fast_columns``): that gives what ``records_of`` gives, byte for byte, or nothing.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, cast, overload

import numpy as np
from numpy.typing import NDArray

from evenhand.records.columns import Texts, texts_of
from evenhand.records.rows import MAX_RECORD, Problems, opened

if TYPE_CHECKING:
    from _csv import Reader

Likely = Callable[[Sequence[str]], int]
"""How much the cells of a row look like the header that is looked for; 0 if they don't."""

TOO_LONG = "the record is longer than 4 MiB; shorten it or remove it"
NO_RECORD = "the file holds no record; give it a header and at least one record"
_MARKS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SAMPLE = 1 << 16
ROWS_LOOKED_AT = 60
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
    return "utf-8" if _is_utf8(head, file) else _latin(file, problems)


def _is_utf8(head: bytes, file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
        while block := file.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _latin(file: BinaryIO, problems: Problems) -> str:
    """Windows' Latin-1, unless there are bytes that it has no character for.

    A file in which some characters are UTF-8 and others aren't is refused: read as Latin-1, those
    that are would be garbled.
    """
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    undefined, line, wrong, right = False, 1, 0, False
    while block := file.read(1 << 20):
        undefined = undefined or block.translate(None, b"\x81\x8d\x8f\x90\x9d") != block
        text = decoder.decode(block)
        right = right or _UTF8.search(text) is not None
        found = None if wrong else _STRAY.search(text)
        if found:
            wrong = line + text.count("\n", 0, found.start())
        line += text.count("\n")
    if right:
        problems.fail("is not UTF-8, and other lines are; save the file as UTF-8", line=wrong)
    return "latin-1" if undefined else "cp1252"


def _sample(file: BinaryIO, encoding: str) -> str:
    """The first records as text, the last of them perhaps cut off."""
    with io.TextIOWrapper(file, encoding, errors="replace", newline="") as text:
        sample = text.read(_SAMPLE)
        # A long first line is needed whole.
        while "\n" not in sample and "\r" not in sample and len(sample) < MAX_RECORD:
            more = text.read(_SAMPLE)
            if not more:
                break
            sample += more
    return sample


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
    """Decoded lines. The encoding was found to fit; only half a character of UTF-16 may not."""
    number = 0
    with io.TextIOWrapper(file, encoding, errors="replace", newline="") as text:
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


Bytes = NDArray[np.uint8]
_AT_ONCE = 1 << 22
_WORD = 8
_LONGEST = 64
"""Longest cell that is compared in words of eight bytes; longer ones go the careful way."""
_FEW = 4096
_VERY_FEW = 64
_FIRST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(_WORD + 1)], dtype=np.uint64)
"""What leaves so many bytes of a word and makes the others zero."""
_MIXED = np.uint64(0x9E3779B97F4A7C15)


def fast_columns(
    problems: Problems, layout: Layout, positions: Sequence[int]
) -> dict[int, Texts] | None:
    """The columns at some positions, or None where the careful reader has to look."""
    if layout.encoding not in ("utf-8", "utf-8-sig") or not positions:
        return None
    columns = {at: _FastColumn() for at in positions}
    with opened(problems) as file:
        for _ in range(layout.line):
            if not _is_plain(file.readline()):
                return None
        rest = b""
        while block := file.read(_AT_ONCE):
            block = rest + block
            cut = block.rfind(b"\n") + 1
            rest, block = block[cut:], block[:cut]
            if len(rest) > MAX_RECORD or (block and not _add(block, layout, columns)):
                return None
        if rest and not _add(rest + b"\n", layout, columns):
            return None
    return {at: column.built() for at, column in columns.items()}


def _is_plain(line: bytes) -> bool:
    return b'"' not in line and b"\r" not in line.removesuffix(b"\r\n")


def _add(block: bytes, layout: Layout, columns: dict[int, _FastColumn]) -> bool:
    """Add whole lines to the columns; False for what isn't plain."""
    if b"\0" in block:
        return False
    if b"\r" in block:
        if block.count(b"\r") != block.count(b"\r\n"):
            return False
        block = block.replace(b"\r\n", b"\n")
    if b'"' in block:
        block = _unquoted(_without_blank_lines(block), layout.mark.encode())
        if not block:
            return False
    width = len(layout.header)
    buffer, ends = _ends_of_cells(block, layout.mark, width)
    if ends is None or width == 1:  # looked for only now, as looking for two bytes takes long
        block = _without_blank_lines(block)
        if not block:
            return True
        buffer, ends = _ends_of_cells(block, layout.mark, width)
        if ends is None:
            return False
    starts = np.empty_like(ends)
    starts.ravel()[0] = 0
    starts.ravel()[1:] = ends.ravel()[:-1] + 1
    return all(column.extend(buffer, starts[:, at], ends[:, at]) for at, column in columns.items())


def _without_blank_lines(block: bytes) -> bytes:
    while b"\n\n" in block:
        block = block.replace(b"\n\n", b"\n")
    return block.removeprefix(b"\n")


def _ends_of_cells(block: bytes, mark: str, width: int) -> tuple[Bytes, NDArray[np.int32] | None]:
    """The bytes with room behind them, and where the cells of every line end."""
    buffer = np.frombuffer(block + bytes(_LONGEST), dtype=np.uint8)
    text = buffer[: len(block)]
    breaks = text == ord("\n")
    lines = np.count_nonzero(breaks)
    ends = np.flatnonzero((text == ord(mark)) | breaks).astype(np.int32)
    if len(ends) != lines * width:
        return buffer, None
    ends = ends.reshape(lines, width)
    return buffer, ends if breaks[ends[:, -1]].all() else None


def _unquoted(block: bytes, mark: bytes) -> bytes:
    """Lines without the quotes around whole cells; nothing where quotes are used otherwise."""
    text = np.frombuffer(b"\n" + block, dtype=np.uint8)
    places = np.flatnonzero(text == ord('"'))
    ends = np.flatnonzero((text == mark[0]) | (text == ord("\n")))
    if len(places) % 2 or b'""' in block:
        return b""
    opening, closing = places[::2], places[1::2]
    before, after = text[opening - 1], text[closing + 1]
    outside = [(each == mark[0]) | (each == ord("\n")) for each in (before, after)]
    within = np.searchsorted(ends, opening) == np.searchsorted(ends, closing)
    if not (outside[0].all() and outside[1].all() and within.all()):
        return b""
    return block.replace(b'"', b"")


class _FastColumn:
    """One column while blocks come in: texts seen so far, by the words that they are made of."""

    def __init__(self) -> None:
        self._code_of: dict[bytes, int] = {}
        self._parts: list[NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]
        self._kept: list[NDArray[np.uint64]] = []

    def extend(self, buffer: Bytes, starts: NDArray[np.int32], ends: NDArray[np.int32]) -> bool:
        """Add the cells between these places; False where one is too long."""
        lengths = ends - starts
        longest = int(lengths.max(initial=0))
        if longest > _LONGEST:
            return False
        words = _words_of(buffer, starts, lengths, max(1, -(-longest // _WORD)))
        if self._kept or (not self._code_of and len(starts) > _FEW and _differ(words[:, :_FEW])):
            self._kept.append(words)
            return True
        first, codes = _distinct(words)
        known = np.empty(len(first), dtype=np.int32)
        for place in np.argsort(first).tolist():  # texts are numbered by first appearance
            text = bytes(buffer[starts[first[place]] : ends[first[place]]])
            known[place] = self._code_of.setdefault(text, len(self._code_of))
        self._parts.append(known[codes])
        return True

    def built(self) -> Texts:
        """The column; texts in order of first appearance."""
        if not self._kept:
            return Texts([text.decode() for text in self._code_of], np.concatenate(self._parts))
        number = max(len(words) for words in self._kept)
        rows = np.zeros((sum(words.shape[1] for words in self._kept), number), dtype=np.uint64)
        at = 0
        for words in self._kept:
            rows[at : at + words.shape[1], : len(words)] = words.T
            at += words.shape[1]
        if _differ(rows.T):
            return Texts(Deferred(rows), np.arange(len(rows), dtype=np.int32))
        return texts_of([*Deferred(rows)])


class Deferred(Sequence[str]):
    """Texts that are made when somebody asks for them."""

    def __init__(self, rows: NDArray[np.uint64]) -> None:
        self._rows = rows

    @cached_property
    def _texts(self) -> list[str]:
        return _decoded(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        return self._texts[index]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    @property
    def any_blank(self) -> bool:
        """Whether one is nothing but white space, told from those that may be."""
        first = self._rows[:, 0] & np.uint64(0xFF)
        perhaps = (first <= ord(" ")) | (first >= 0x80)
        return any(not text.strip() for text in _decoded(self._rows[perhaps]))


def _decoded(rows: NDArray[np.uint64]) -> list[str]:
    held = np.ascontiguousarray(rows).view(f"S{_WORD * rows.shape[1]}").ravel()
    return [text.decode() for text in cast("list[bytes]", held.tolist())]


def _differ(words: NDArray[np.uint64]) -> bool:
    """Whether every cell is another; by a number of each, which differs where that is said."""
    keys = words[0]
    for more in words[1:]:
        keys = (keys ^ (keys >> np.uint64(29))) * _MIXED + more
    keys = np.sort(keys)
    return bool((keys[1:] != keys[:-1]).all())


def _words_of(
    buffer: Bytes, starts: NDArray[np.int32], lengths: NDArray[np.int32], number: int
) -> NDArray[np.uint64]:
    """Cells as words of eight bytes, zeros behind their end, shape ``(words, cells)``."""
    from_each = np.ndarray((len(buffer) - _WORD + 1,), dtype="<u8", buffer=buffer, strides=(1,))
    words = np.empty((number, len(starts)), dtype=np.uint64)
    for at in range(number):
        left = lengths if number == 1 else np.clip(lengths - at * _WORD, 0, _WORD)
        words[at] = from_each[starts + at * _WORD] & _FIRST_BYTES[left]
    return words


def _distinct(words: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.integer[Any]]]:
    """Where each different cell stands first, and which of them each cell is."""
    keys = words[0]
    if len(words) > 1:
        # One number a cell: its words put in order of the first is enough where they differ.
        keys = np.ascontiguousarray(words.T).view([("", np.uint64)] * len(words)).ravel()
    else:
        few, first = np.unique(keys[:_FEW], return_index=True)
        if len(few) <= _VERY_FEW:
            found = np.zeros(len(keys), dtype=np.uint8)
            for key in few[:-1]:
                found += keys > key
            if (few[found] == keys).all():
                return first, found
    used, codes = np.unique(keys, return_inverse=True)
    first = np.empty(len(used), dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return first, codes
