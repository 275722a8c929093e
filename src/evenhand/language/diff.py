"""What changed between two texts, word by word: as data, as HTML, as pieces for a terminal.

White space belongs to the word before it, so joining one side of the changes gives that text back
exactly. Nothing here decides whether a change is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape
from itertools import takewhile
from typing import Literal

Operation = Literal["same", "deleted", "inserted", "replaced"]
_MOST_PAIRS = 1_000_000
"""Pairs of words that may be compared: of longer texts only what stands between shared ends is, and
where that is too long as well it is replaced as a whole."""
_PIECE = re.compile(r"\w+(?:['’]\w+)*\s*|[^\w\s]\s*|\s+")


@dataclass(frozen=True, slots=True)
class Change:
    """One stretch of a comparison.

    Attributes:
        op: What happened to it.
        before: Its text in the first text; empty for ``inserted``.
        after: Its text in the second text; empty for ``deleted``.
    """

    op: Operation
    before: str
    after: str


_OPERATIONS: dict[str, Operation] = {
    "equal": "same",
    "delete": "deleted",
    "insert": "inserted",
    "replace": "replaced",
}


def _shared(one: Iterable[str], two: Iterable[str]) -> int:
    """How many words both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False)))


def _compared(one: list[str], two: list[str]) -> list[Change]:
    if len(one) * len(two) > _MOST_PAIRS:
        return [Change("replaced", "".join(one), "".join(two))]
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    return [
        Change(_OPERATIONS[op], "".join(one[a:b]), "".join(two[c:d]))
        for op, a, b, c, d in matcher.get_opcodes()
    ]


def word_diff(before: str, after: str) -> list[Change]:
    """The changes from one text to the other, in order; joined, they give both texts back."""
    one, two = _PIECE.findall(before), _PIECE.findall(after)
    if len(one) * len(two) <= _MOST_PAIRS:
        return _compared(one, two)
    head = _shared(one, two)
    tail = _shared(reversed(one[head:]), reversed(two[head:]))
    ends = len(one) - tail, len(two) - tail
    first, last = "".join(one[:head]), "".join(one[ends[0] :])
    changes = _compared(one[head : ends[0]], two[head : ends[1]])
    around = Change("same", first, first), *changes, Change("same", last, last)
    return [change for change in around if change.before or change.after]


def pieces(before: str, after: str) -> Iterator[tuple[Literal["same", "deleted", "inserted"], str]]:
    """(what, text) in reading order, a replacement as deletion then insertion."""
    for change in word_diff(before, after):
        if change.op == "same":
            yield "same", change.after
            continue
        if change.before:
            yield "deleted", change.before
        if change.after:
            yield "inserted", change.after


def diff_html(before: str, after: str) -> str:
    """The changes as HTML with ``<del>`` and ``<ins>``; every character of the texts escaped."""
    tags = {"same": "{}", "deleted": "<del>{}</del>", "inserted": "<ins>{}</ins>"}
    return "".join(tags[what].format(escape(text)) for what, text in pieces(before, after))
