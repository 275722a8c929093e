"""How much a statement reads like one that chooses people: weights learned from examples.

A second opinion beside the grammar of ``discrimination``, which knows what a statement asks for
where its author foresaw the wording. Learned were which words and kinds of words stand around a
ground where people are chosen and where they are served, welcomed or told that it doesn't matter;
words of a ground itself count as that ground alone. ``bench/learn_selection.py`` writes the weights
(``data/selection.toml``) from the project's own example sentences. Standard library only.
"""

from __future__ import annotations

import tomllib
from binascii import a2b_base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

BITS = 17
"""The table has two to so many places, of four bits: features that share one weigh the same."""
_AROUND = 8
"""Words to each side of a ground that are looked at one by one."""


class Seen(NamedTuple):
    """One word: as it is written, the ground or figure it stands for ("" if none), its classes.

    Words of one expression of a ground have its number in ``expression``, all others none.
    """

    lower: str
    stands_for: str
    classes: tuple[str, ...]
    is_ground: bool
    expression: int | None = None


@dataclass(frozen=True)
class _Weights:
    table: memoryview
    scale: float
    intercept: float


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    where = Path(__file__).parent / "data" / "selection.toml"
    data = tomllib.loads(where.read_text("utf-8"))
    pairs = a2b_base64(data["table"])
    table = bytearray(1 << BITS)
    table[::2] = pairs.translate(bytes((pair % 16 - 8) % 256 for pair in range(256)))
    table[1::2] = pairs.translate(bytes((pair // 16 - 8) % 256 for pair in range(256)))
    return _Weights(memoryview(table).cast("b"), data["scale"], data["intercept"])


@lru_cache(maxsize=20_000)
def _of_word(lower: str, classes: tuple[str, ...]) -> tuple[int, ...]:
    """Places of a word by itself."""
    starts = [f"p{lower[:length]}" for length in (4, 6) if len(lower) > length]
    return tuple(map(_place, ["r" + lower, *starts, "z" + lower[-3:], *classes]))


@lru_cache(maxsize=20_000)
def _of_classes(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[int, ...]:
    """Places of the classes of two words in a row."""
    return tuple(_place(f"{a}~{b}") for a in left for b in right)


def _abstract(words: Sequence[Seen]) -> Iterator[str]:
    """Runs of words in which those of a ground stand for it, and pairs around each ground."""
    plain = ["^", *("@" if w.stands_for else w.lower for w in words), "$"]
    named = ["^", *(w.stands_for or w.lower for w in words), "$"]
    for size in (1, 2, 3):
        for at in range(len(plain) - size + 1):
            yield f"g{' '.join(plain[at : at + size])}"
            if size < 3 and "@" in plain[at : at + size]:
                yield f"n{' '.join(named[at : at + size])}"
    for at, word in enumerate(plain):
        if word != "@":
            continue
        for near in range(max(0, at - _AROUND), min(len(plain), at + _AROUND + 1)):
            if near != at:
                side = "L" if near < at else "R"
                yield f"s{plain[near]}|{side}"
                yield f"s{' '.join(plain[near : near + 2])}|{side}"


def _expressed(words: Sequence[Seen]) -> Iterator[str]:
    """Runs of words in which a whole expression of a ground is one, and pairs around each."""
    whole = ["^"]
    last: int | None = None
    for word in words:
        if word.expression is None:
            whole.append("@" if word.is_ground else word.lower)
        elif word.expression != last:
            whole.append("@@")
        last = word.expression
    whole.append("$")
    for at, word in enumerate(whole):
        if word != "@@":
            continue
        for first in range(max(0, at - 2), at + 1):
            for last_ in range(at + 1, min(len(whole), first + 3) + 1):
                yield f"h{' '.join(whole[first:last_])}"
        for near in range(max(0, at - _AROUND), min(len(whole), at + _AROUND + 1)):
            if near != at:
                yield f"h{whole[near]}|{'L' if near < at else 'R'}"


def _place(feature: str) -> int:
    return crc32(feature.encode()) & ((1 << BITS) - 1)


def places(words: Sequence[Seen]) -> set[int]:
    """Places in the table of everything that a statement shows."""
    found: set[int] = set()
    for word in words:
        found.update(_of_word(word.lower, word.classes))
    for left, right in pairwise(words):
        found.update(_of_classes(left.classes, right.classes))
    shown = {f"r{left.lower} {right.lower}" for left, right in pairwise(words)}
    found.update(map(_place, shown.union(_abstract(words), _expressed(words))))
    return found


def lean(words: Sequence[Seen]) -> float:
    """Log odds that a statement chooses people on a ground, as learned; 0 is even.

    Args:
        words: The words of one statement.

    Returns:
        The log odds.
    """
    learned = _weights()
    shown = places(words)
    total = sum(map(learned.table.__getitem__, shown))
    return learned.intercept + learned.scale * total / max(1, len(shown)) ** 0.5
