"""Whether the words two texts share stand in the same order, so that who does what is kept.

"Managers train clients" and "Clients train managers" share every word. Shared words must keep
their order; only the items of a plain list may change places, each as a whole.
"""

from __future__ import annotations

from collections import Counter

from evenhand.language.families import family
from evenhand.language.function_words import FUNCTION_WORDS
from evenhand.language.text import tokens

_SEPARATORS = frozenset(", ; / & and or as-well-as".split())
_FRAMES = frozenset("includ involv role work position job".split())
_BINDERS = frozenset("not no without never only by from must should may if unless than".split())


def _chunks(text: str) -> list[list[str]]:
    """Families of the content words, cut at commas and conjunctions."""
    chunks: list[list[str]] = [[]]
    for token in tokens(text):
        if token.lower in _SEPARATORS:
            chunks.append([])
        elif token.is_word and token.lower not in FUNCTION_WORDS:
            word = family(token.lower)
            chunks[-1] += [word] if word not in _FRAMES else []
        elif token.text[0].isdigit():
            chunks[-1].append(token.text)
    return chunks


def _only(chunks: list[list[str]], shared: Counter[str]) -> list[tuple[str, ...]]:
    """The chunks reduced to shared words, each used as often as both texts have it."""
    left = Counter(shared)
    kept: list[tuple[str, ...]] = []
    for chunk in chunks:
        words: list[str] = []
        for word in chunk:
            if left[word] > 0:
                left[word] -= 1
                words.append(word)
        kept.append(tuple(words))
    return [chunk for chunk in kept if chunk]


def _items(
    chunks: list[tuple[str, ...]], one: list[str], other: list[str]
) -> list[tuple[str, ...]]:
    """The chunks in sorted order, without the words that both texts begin and end with."""
    pairs = list(zip(one, other, strict=True))
    head = next((i for i, (a, b) in enumerate(pairs) if a != b), 0)
    tail = next((i for i, (a, b) in enumerate(reversed(pairs)) if a != b), 0)
    kept: list[tuple[str, ...]] = []
    position = 0
    for chunk in chunks:
        ends = len(pairs) - tail
        kept.append(tuple(w for i, w in enumerate(chunk, position) if head <= i < ends))
        position += len(chunk)
    return sorted(chunk for chunk in kept if chunk)


def order_kept(before: str, after: str) -> str:
    """Empty when the shared words keep their order, else the first word that moved.

    A permutation of whole list items is no move, unless a negation, a condition or a number ties
    words to their place.
    """
    one, two = _chunks(before), _chunks(after)
    counts = Counter(w for chunk in one for w in chunk)
    shared = counts & Counter(w for chunk in two for w in chunk)
    left, right = _only(one, shared), _only(two, shared)
    flat_left = [word for chunk in left for word in chunk]
    flat_right = [word for chunk in right for word in chunk]
    if flat_left == flat_right:
        return ""
    bound = any(t.lower in _BINDERS or t.text[0].isdigit() for t in tokens(before))
    if not bound and _items(left, flat_left, flat_right) == _items(right, flat_left, flat_right):
        return ""
    moved = next(b for a, b in zip(flat_left, flat_right, strict=True) if a != b)
    return f"{moved!r} moved"
