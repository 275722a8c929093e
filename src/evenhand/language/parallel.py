"""Lines of a list that begin alike go on beginning alike: all of them change, or none.

A list of imperatives in which one line says "You will …" reads as a mistake, however good the line
is by itself. Here is how a line begins, which lines make a list, and the gate for one line alone;
``rewrite.lists`` changes whole lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from evenhand.language.duties import duty_verb
from evenhand.language.frames import framings, split_frame
from evenhand.language.imperatives import is_imperative
from evenhand.language.sentences import lines, without_bullet
from evenhand.language.span import Span, Verdict
from evenhand.language.text import tokens

_OPENERS = frozenset("you we our able ability the a an experience knowledge strong must".split())
_LONGEST = 60
"""Words of an item at most; what is longer is a paragraph."""


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


@lru_cache(maxsize=64)
def _items(ad: str) -> tuple[tuple[Span, ...], ...]:
    found: list[list[Span]] = []
    before: tuple[str, bool] | None = None
    for line in lines(ad)[1:]:
        start, end = without_bullet(ad, *line)
        span = Span(start, end, ad[start:end], "duty")
        if not 2 < len(span.text.split()) <= _LONGEST or span.text[-1:] == ":":
            before = None
            continue
        now = beginning(span.text), start > line[0]
        if now == before and (now[1] or ad[found[-1][-1].end : start].count("\n") == 1):
            found[-1].append(span)
        else:
            found.append([span])
        before = now
    return tuple(tuple(items) for items in found if len(items) > 1)


def parallel_lists(ad: str) -> list[list[Span]]:
    """The lists of an ad: bullets, or plain lines without a gap, that begin alike."""
    return [list(items) for items in _items(ad)]


def list_of(ad: str, span: Span) -> list[Span]:
    """The list that a span opens a line of; empty where it stands in none."""
    found = (items for items in _items(ad) if any(i.start == span.start for i in items))
    return list(next(found, ()))


def parallel_gate(original: str, span: Span, replacement: str) -> Verdict:
    """Whether a line of a list begins as before."""
    if beginning(replacement) != beginning(span.text) and list_of(original, span):
        return Verdict("parallel", False, "begins otherwise than the lines beside it")
    return Verdict("parallel", True, "begins like the lines beside it")


def framings_in(ad: str, span: Span) -> tuple[tuple[str, str], ...]:
    """The span in other frames; a line that may be an imperative is one beside lines that are."""
    found = framings(span.text)
    if found or beginning(span.text) != "base":
        return found
    beside = list_of(ad, span)
    sure = sum(is_imperative(item.text) for item in beside)
    return framings(span.text, beside=True) if 2 * sure >= len(beside) > 0 else ()


def in_frame(ad: str, span: Span, begins: str) -> Iterator[str]:
    """The span as lines that begin in one way."""
    return (after for after, _ in framings_in(ad, span) if beginning(after) == begins)
