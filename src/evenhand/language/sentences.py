"""Sentences and statement lines, with exact offsets into the text.

A line break always ends a statement; within a line, sentence marks do, unless the tokenizer knows
the token as an abbreviation. Ads copied from web pages glue statements together
("on timeCheck invoices"); such a seam ends a statement as well. What may be reworded is decided
in ``spans``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from evenhand.language.text import Token, is_known, tokens

_LINE = re.compile(r"[^\r\n\v\f\u0085\u2028\u2029]+")
_BULLET = re.compile(
    r"\s*(?:[-–—*•·▪◦‣●○■□➢➤►✓✔>~+]+|\(?\d{1,2}[.)](?=\s|[A-Z])|\(?[a-zA-Z][.)](?=\s))\s*"
)
_INLINE_BULLET = re.compile(r"(?<=\S)\s+(?:[*•·▪◦‣●○■□➢➤►✓✔]|[-–—](?=\s+[A-Z]))\s*")
_SEAM = re.compile(
    r"\b([a-z]{3,})([A-Z][a-z]+|A(?= [a-z]))\b"
    r"|((?<![a-z])[a-z]{3,}\)?[.!?:;]\)?)(?=[A-Z][a-z]*['’,\s])"
    r"|\b((?:it|us|me|is|by|About Us))(?=[A-Z][a-z]{2,})"
)
_ENDS = frozenset(".!?…") | {"...", "?!", "!?", "!!", "!!!", "??"}
_CLOSERS = frozenset("\"')]}»”’")
_AFTER_END = _CLOSERS | _ENDS
_NOT_ENDS = frozenset("inc. ltd. co. corp. no. vs. dept. approx. est. incl. min. max. st.".split())


def _seams(text: str, start: int, end: int) -> Iterator[int]:
    """Offsets inside a line where two statements were glued without a space."""
    for match in _SEAM.finditer(text, start, end):
        left, right, ended, short = match.groups()
        if ended or short:
            yield match.end()
        elif is_known(left) and is_known(right.lower()):
            yield match.start(2)


def _ends_sentence(found: tuple[Token, ...], index: int) -> bool:
    """Whether the sentence mark at this token ends the sentence."""
    mark = found[index]
    if mark.text not in _ENDS or index + 1 == len(found):
        return False
    before = found[index - 1] if index else None
    if before and before.end == mark.start and before.lower + "." in _NOT_ENDS:
        return False
    following = found[index + 1]
    if following.start == mark.end and following.text not in _CLOSERS:
        return False
    return not following.text[0].islower()


def _sentence_breaks(text: str) -> Iterator[int]:
    """Offsets, within one stretch of a line, at which a new sentence may begin."""
    found = tokens(text)
    index = 0
    while index < len(found):
        ends = _ends_sentence(found, index)
        index += 1
        while ends and index < len(found) and found[index].text in _AFTER_END:
            index += 1
        if ends and index < len(found) and found[index].start > found[index - 1].end:
            yield found[index].start


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without white space at its ends."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def without_bullet(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without a leading bullet or list number."""
    match = _BULLET.match(text, start, end)
    return (match.end(), end) if match and match.end() < end else (start, end)


def lines(text: str) -> list[tuple[int, int]]:
    """Lines that hold something, white space at their ends left out."""
    trimmed = (_trimmed(text, m.start(), m.end()) for m in _LINE.finditer(text))
    return [(start, end) for start, end in trimmed if start < end]


def _inline_items(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The items of a list that was written in one line; the line itself where it holds none."""
    marks = list(_INLINE_BULLET.finditer(text, start, end))
    dashes = sum(mark.group().strip() in "-–—" for mark in marks)
    cursor = start
    for mark in marks if len(marks) >= 2 or not dashes else []:
        yield cursor, mark.start()
        cursor = mark.end()
    yield cursor, end


def _statements(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences of one line, in order."""
    for first, last in _inline_items(text, start, end):
        first, last = without_bullet(text, first, last)
        cuts = {first, last, *_seams(text, first, last)}
        cuts |= {first + cut for cut in _sentence_breaks(text[first:last])}
        edges = sorted(cuts)
        for left, right in pairwise(edges):
            left, right = _trimmed(text, left, right)
            if left < right:
                yield left, right


@lru_cache(maxsize=256)
def _sentences(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(pair for start, end in lines(text) for pair in _statements(text, start, end))


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of every sentence or list item, in order; they never overlap."""
    return list(_sentences(text))
