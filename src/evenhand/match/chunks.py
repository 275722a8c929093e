"""Where a text that is longer than an encoder's window is cut, so that an edit stays local.

Boundaries are *content-defined*: which sentence or line ends a chunk depends on the hash of that
sentence alone, so rewording one sentence changes the chunk it stands in and seldom any other.
This file counts no tokens (the encoder says where they start) and encodes nothing.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple

RECIPE: Final = "content-chunks-1"
"""Name of this way of cutting; part of every digest of a vector of a whole text."""

_UNIT_END = re.compile(r"\n\s*|(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？؟।])\s*")
_WORD_END = re.compile(r"\s+")


class Chunk(NamedTuple):
    """One stretch of a text that is encoded by itself.

    Attributes:
        start: Offset of the first character.
        end: Offset after the last character (white space around is the neighbour's or nobody's).
        tokens: Tokens that start inside it: its weight in the text's mean vector.
    """

    start: int
    end: int
    tokens: int


def cut(text: str, token_starts: Sequence[int], capacity: int) -> list[Chunk]:
    """Cut a text into chunks of at most ``capacity`` tokens.

    A text that fits is one chunk. Otherwise each chunk ends, among the ends of sentences and
    lines that leave it at least half full, at the one whose sentence has the smallest hash.
    Sentences longer than ``capacity`` are cut between words, and words between tokens.

    Args:
        text: Any text.
        token_starts: Offset of the first character of every token, ascending.
        capacity: Most tokens in a chunk, ≥ 2.

    Returns:
        Chunks in order; together they hold every token exactly once.
    """
    if len(token_starts) <= capacity:
        return [_stripped(text, 0, len(text), len(token_starts))]
    ends = _unit_ends(text, token_starts, capacity)
    filled = [bisect_left(token_starts, end) for end in ends]
    hashes = [_hash(text[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
    chunks: list[Chunk] = []
    start = before = first = 0
    while len(token_starts) - before > capacity:
        last = _boundary(filled, hashes, first, before, capacity)
        chunks.append(_stripped(text, start, ends[last], filled[last] - before))
        start, before, first = ends[last], filled[last], last + 1
    return [*chunks, _stripped(text, start, len(text), len(token_starts) - before)]


def _boundary(
    filled: list[int], hashes: list[bytes], first: int, before: int, capacity: int
) -> int:
    """Index of the unit that ends the chunk starting at unit ``first``."""
    stop = bisect_left(filled, before + capacity + 1, first)
    half_full = bisect_left(filled, before + capacity // 2, first)
    if half_full >= stop:
        return stop - 1
    return min(range(half_full, stop), key=lambda unit: (hashes[unit], unit))


def _unit_ends(text: str, token_starts: Sequence[int], capacity: int) -> list[int]:
    """End offsets of units, each of at most ``capacity`` tokens."""
    ends: list[int] = []
    start = 0
    for end in _ends(_UNIT_END, text, 0, len(text)):
        if _tokens_in(token_starts, start, end) > capacity:
            ends += _word_ends(text, token_starts, start, end, capacity)
        else:
            ends.append(end)
        start = end
    return ends


def _word_ends(
    text: str, token_starts: Sequence[int], start: int, end: int, capacity: int
) -> list[int]:
    """End offsets of the words of one long unit; a word that is too long is cut by tokens."""
    ends: list[int] = []
    for word_end in _ends(_WORD_END, text, start, end):
        inside = token_starts[
            bisect_left(token_starts, start) : bisect_left(token_starts, word_end)
        ]
        ends += [*inside[capacity::capacity], word_end]
        start = word_end
    return ends


def _ends(pattern: re.Pattern[str], text: str, start: int, end: int) -> list[int]:
    """Ends of the pattern's matches in ``text[start:end]``, the end of it always included."""
    found = {match.end() for match in pattern.finditer(text, start, end)} - {start}
    return sorted(found | {end})


def _tokens_in(token_starts: Sequence[int], start: int, end: int) -> int:
    """How many tokens start in ``text[start:end]``."""
    return bisect_left(token_starts, end) - bisect_left(token_starts, start)


def _stripped(text: str, start: int, end: int, tokens: int) -> Chunk:
    """The chunk without white space around it."""
    piece = text[start:end]
    lead = len(piece) - len(piece.lstrip())
    return Chunk(start + lead, start + max(lead, len(piece.rstrip())), tokens)


def _hash(unit: str) -> bytes:
    """Hash of a unit's text, without white space around it."""
    return hashlib.blake2b(unit.strip().encode("utf-8", "surrogatepass"), digest_size=8).digest()
