"""A text that was read out of a source, and where each piece of it stands there.

Markup (``markup``), JSON strings (``payloads``) and Word files (``word_file``) are sources; one may
lie within another, and the pieces are then put through one another. Edits of the text become edits
of the source, which touch nothing else.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_LONG = 4000
"""Characters from which an edit is no longer cut into those of its words."""


class TextEdit(NamedTuple):
    """``text[start:end]`` becomes ``after``."""

    start: int
    end: int
    after: str


class Piece(NamedTuple):
    """``text[start:end]`` was read from ``source[at:to]``, character by character if as long.

    ``how`` names what the words go through on their way back, innermost markup first.
    """

    start: int
    end: int
    at: int
    to: int
    how: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether each character has its own place in the source."""
        return self.end - self.start == self.to - self.at

    def within(self, start: int, end: int) -> tuple[int, int]:
        """The part of the source behind a part of the text."""
        if not self.is_exact:
            return self.at, self.to
        return self.at + max(start, self.start) - self.start, self.to - max(0, self.end - end)


class Remark(NamedTuple):
    """What a comment in the source tells evenhand, and the offset in the text where it stands."""

    at: int
    told: str


@dataclass(frozen=True)
class Mapped:
    """A text with its places.

    Attributes:
        text: What a person reads.
        pieces: Those with a place in the source, in the order of the text.
        remarks: Of comments.
    """

    text: str
    pieces: tuple[Piece, ...]
    remarks: tuple[Remark, ...] = ()

    @cached_property
    def _ends(self) -> list[int]:
        return [piece.end for piece in self.pieces]

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self.pieces]

    def overlapping(self, start: int, end: int) -> Sequence[Piece]:
        """The pieces that hold a part of ``text[start:end]``."""
        first = bisect_right(self._ends, start)
        return self.pieces[first : max(first, bisect_left(self._starts, end))]

    def place(self, offset: int) -> int:
        """Where in the source a character stands, or the first one after it that has a place."""
        index = bisect_right(self._ends, offset)
        if index == len(self.pieces):
            return self.pieces[-1].to if self.pieces else 0
        piece = self.pieces[index]
        inside = offset - piece.start if piece.is_exact else 0
        return piece.at + max(0, inside)

    def through(self, lower: Mapped) -> Mapped:
        """The same over the source of another: this text was read from that one's text."""
        found: list[Piece] = []
        for upper in self.pieces:
            below = lower.overlapping(upper.at, upper.to)
            if not below:
                continue
            if not upper.is_exact:
                at, to = below[0].within(upper.at, upper.to)[0], below[-1].within(0, upper.to)[1]
                found.append(Piece(upper.start, upper.end, at, to, upper.how + below[0].how))
                continue
            for piece in below:
                first, last = max(upper.at, piece.start), min(upper.to, piece.end)
                by = upper.start - upper.at
                at, to = piece.within(first, last)
                found.append(Piece(first + by, last + by, at, to, upper.how + piece.how))
        return Mapped(self.text, tuple(found), self.remarks)

    def moved(self, by: int) -> Mapped:
        """The same in a source that begins ``by`` characters earlier."""
        pieces = (p._replace(at=p.at + by, to=p.to + by) for p in self.pieces)
        return Mapped(self.text, tuple(pieces), self.remarks)

    def edits_of_source(self, edits: Iterable[TextEdit]) -> list[TextEdit]:
        """What to change in the source, from the last place to the first."""
        found: list[TextEdit] = []
        for edit in edits:
            for small in word_edits(self.text[edit.start : edit.end], edit):
                found += self._source_edits(small)
        return sorted(found, reverse=True)

    def _source_edits(self, edit: TextEdit) -> Iterator[TextEdit]:
        over = self.overlapping(edit.start, edit.end) if edit.end > edit.start else ()
        if not over:
            near = self.overlapping(max(0, edit.start - 1), edit.end + 1)
            if near and edit.after:
                piece = near[0]
                here = edit.start - piece.start + piece.at if piece.is_exact else piece.to
                here = min(max(here, piece.at), piece.to)
                yield TextEdit(here, here, escaped(edit.after, piece.how))
            return
        for number, piece in enumerate(over):
            after = "" if number else edit.after
            if not piece.is_exact:  # one sign of the source stands for all of the piece
                after = self.text[piece.start : max(piece.start, edit.start)] + after
                after += self.text[min(edit.end, piece.end) : piece.end]
            at, to = piece.within(edit.start, edit.end)
            yield TextEdit(at, to, escaped(after, piece.how))


def plain(source: str) -> Mapped:
    """A text that is its own source."""
    return Mapped(source, (Piece(0, len(source), 0, len(source)),) if source else ())


def joined(parts: Sequence[Mapped], between: str = "\n\n") -> Mapped:
    """Texts from one source as one; what is put between them has no place in it."""
    text, pieces, remarks = "", list[Piece](), list[Remark]()
    for part in parts:
        by = len(text) + (len(between) if text else 0)
        text += (between if text else "") + part.text
        pieces += (p._replace(start=p.start + by, end=p.end + by) for p in part.pieces)
        remarks += (remark._replace(at=remark.at + by) for remark in part.remarks)
    return Mapped(text, tuple(pieces), tuple(remarks))


def word_edits(before: str, edit: TextEdit) -> Iterator[TextEdit]:
    """An edit as those of the words that differ, so that markup between the others stays."""
    if len(before) + len(edit.after) > _LONG:
        yield edit
        return
    from difflib import SequenceMatcher

    old, new = _WORDS.findall(before), _WORDS.findall(edit.after)
    starts = [edit.start]
    for word in old:
        starts.append(starts[-1] + len(word))
    for kind, first, last, one, other in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if kind != "equal":
            yield TextEdit(starts[first], starts[last], "".join(new[one:other]))


def edited(source: str, edits: Iterable[TextEdit]) -> str:
    """The source with edits that don't overlap."""
    parts: list[str] = []
    end = len(source)
    for edit in sorted(edits, key=attrgetter("start", "end"), reverse=True):
        parts += (source[edit.end : end], edit.after)
        end = edit.start
    return source[:end] + "".join(reversed(parts))


def escaped(text: str, how: Sequence[str]) -> str:
    """A text as it has to be written where it goes."""
    for name in how:
        text = _ESCAPES[name](text)
    return text


_ESCAPES: dict[str, Callable[[str], str]] = {
    "html": lambda text: html.escape(text, quote=False),
    "markdown": lambda text: re.sub(r"([\\`*_\[\]<>])", r"\\\1", text),
    "json": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "ascii json": lambda text: json.dumps(text)[1:-1],
}
