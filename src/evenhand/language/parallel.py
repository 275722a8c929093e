"""Lines of a list that begin alike go on beginning alike: a gate, and how a line begins.

A list of imperatives in which one line says "You will …" reads as a mistake, however good the line
is by itself. A rewording changes one line, so it may not change the way that line begins.
"""

from __future__ import annotations

from functools import lru_cache

from evenhand.language.duties import duty_verb
from evenhand.language.frames import split_frame
from evenhand.language.sentences import lines, without_bullet
from evenhand.language.span import Span, Verdict
from evenhand.language.text import tokens

_OPENERS = frozenset("you we our able ability the a an experience knowledge strong must".split())


@lru_cache(maxsize=8192)
def beginning(text: str) -> str:
    """How a line begins, as far as a list is parallel in it."""
    opening, rest = split_frame(text)
    first = next((token.lower for token in tokens(rest)), "")
    if opening:
        return opening
    verb = duty_verb(first)
    if verb is not None:
        return "base" if first == verb else "gerund" if first.endswith("ing") else "third person"
    return first if first in _OPENERS else ""


def _neighbours(ad: str, span: Span) -> list[str]:
    """The lines just before and after the one that a span opens, without bullets."""
    found = [without_bullet(ad, *line) for line in lines(ad)]
    at = next((n for n, (start, _) in enumerate(found) if start == span.start), None)
    if at is None:
        return []
    return [ad[slice(*found[n])] for n in (at - 1, at + 1) if 0 <= n < len(found)]


def parallel_gate(original: str, span: Span, replacement: str) -> Verdict:
    """Whether a line of a list begins as before, where a line beside it begins that way too."""
    before = beginning(span.text)
    if beginning(replacement) != before:
        beside = [text for text in _neighbours(original, span) if beginning(text) == before]
        if any(_is_item(text) for text in beside):
            return Verdict("parallel", False, "begins otherwise than the lines beside it")
    return Verdict("parallel", True, "begins like the lines beside it")


def _is_item(text: str) -> bool:
    """Whether a line beside may be an item of the same list, and no heading or paragraph."""
    return bool(beginning(text)) or 2 < len(text.split()) < 40
