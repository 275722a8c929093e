"""Tokens and statements of a text by regular expressions alone, loaded in milliseconds.

For what must start at once and read a thousand ads in seconds (``discrimination``, ``findings``,
``check``). The finer tokens, lemmas and sentences that rewording needs are in ``text`` and
``sentences``. Time grows with the length of a text and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(
    r"(?:[^\W\d_]\.){2,}"  # U.S.
    r"|[^\W\d_]+(?:['’](?![sS]\b)[^\W\d_]+)*"  # don't, l'eau
    r"|['’][sS]\b"
    r"|\d+(?:[.,:]\d+)*"
    r"|[^\w\s]|_"
)
_BULLET = re.compile(
    r"\s*(?:[-–—*•·▪◦‣●○■□➢➤►✓✔>~+#]+|\(?\d{1,2}[.)](?=\s|[A-Z])|\(?[a-zA-Z][.)](?=\s))\s*"
)
_LINE = re.compile(r"[^\r\n\v\f\u0085\u2028\u2029]+")
_END = re.compile(
    r"[.!?…]+[\"'»”’)\]]*(?=\s+[\"'«“‘(\[]?[^\sa-z]|[A-Z][a-z]+['’,\s])|;\s|\s[•·▪]\s"
)
_ABBREVIATIONS = frozenset(
    "inc ltd co corp no vs dept approx est incl min max st mr mrs ms dr prof e.g i.e etc".split()
)


class Word(NamedTuple):
    """One token with its place: ``text[start:end]``, and ``lower`` in straight quotes."""

    start: int
    end: int
    text: str
    lower: str

    @property
    def is_word(self) -> bool:
        """Whether it begins with a letter."""
        return self.text[0].isalpha()


@lru_cache(maxsize=1024)
def scan(text: str) -> tuple[Word, ...]:
    """All tokens of a text in order; hyphens and other marks stand alone."""
    return tuple(
        Word(m.start(), m.end(), m.group(), m.group().lower().replace("’", "'"))
        for m in _TOKEN.finditer(text)
    )


def statements(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every sentence or list item, bullets left out; they never overlap."""
    for line in _LINE.finditer(text):
        bullet = _BULLET.match(text, line.start(), line.end())
        start = bullet.end() if bullet else line.start()
        for mark in _END.finditer(text, start, line.end()):
            if _is_abbreviation(text, start, mark.start()) and text[mark.start()] == ".":
                continue
            yield from _trimmed(text, start, mark.end())
            start = mark.end()
        yield from _trimmed(text, start, line.end())


def _is_abbreviation(text: str, start: int, dot: int) -> bool:
    before = text[max(start, dot - 8) : dot].rsplit(maxsplit=1)
    return bool(before) and before[-1].lower().lstrip("(") in _ABBREVIATIONS


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    first, last = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
    if first < last:
        yield first, last
