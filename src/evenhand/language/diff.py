"""What changed between two texts, word by word: as data, as HTML, as pieces for a terminal.

White space belongs to the word before it, so joining one side of the changes gives that text back
exactly. Nothing here decides whether a change is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape
from typing import Literal

Operation = Literal["same", "deleted", "inserted", "replaced"]
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


def word_diff(before: str, after: str) -> list[Change]:
    """The changes from one text to the other, in order; joined, they give both texts back."""
    one, two = _PIECE.findall(before), _PIECE.findall(after)
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    return [
        Change(_OPERATIONS[op], "".join(one[a:b]), "".join(two[c:d]))
        for op, a, b, c, d in matcher.get_opcodes()
    ]


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
