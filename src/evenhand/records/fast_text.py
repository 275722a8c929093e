"""Columns of a table as text, for whole files at once: no row becomes an object.

Gives what ``delimited.records_of`` gives, byte for byte, or nothing: where a file has quotes inside
cells or around marks, a record of another width or a carriage return of its own, the careful reader
takes it (and says what is wrong). Needs numpy alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, cast, overload

import numpy as np
from numpy.typing import NDArray

from evenhand.records.delimited import Layout
from evenhand.records.rows import MAX_RECORD, Problems, opened
from evenhand.records.texts import Texts, texts_of

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
    """The columns at some positions, or None where the careful reader has to look.

    Args:
        problems: Names the file.
        layout: How it is written.
        positions: Which columns.
    """
    if layout.encoding not in ("utf-8", "utf-8-sig") or not positions:
        return None
    columns = {at: _Column() for at in positions}
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


def _add(block: bytes, layout: Layout, columns: dict[int, _Column]) -> bool:
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
    """The bytes with room behind them, and where the cells of every line end.

    None where a line has more or fewer cells, as a blank one among several columns has.
    """
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


class _Column:
    """One column while blocks come in: texts seen so far, by the words that they are made of.

    A column of ids has as many texts as rows: its words are kept and made texts when somebody asks
    for them.
    """

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
        words = _words(buffer, starts, lengths, max(1, -(-longest // _WORD)))
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
    """Texts that are made when somebody asks for them.

    Args:
        rows: Shape ``(texts, words)``: each as words of eight bytes, zeros behind its end.
    """

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


def _words(
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
