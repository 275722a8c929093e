"""Phrases that say the same in an ad, each whole and in its construction (``phrases.tsv``).

They are proposed by the rewriter, and read as one by its gates and by the guard of meaning. No word
is swapped wherever it stands; the article before a phrase is fitted to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from evenhand.language.lexicon import Lexicon, rows
from evenhand.language.text import cased

_VOWEL = re.compile(r"(?:[aeio]|u(?!n[ai]|s[aei]|t[ei])|hour|honest)", re.I)
_NOT_BEFORE = {"enjoy": r"(?! to\b)", "enjoys": r"(?! to\b)", "numerous": r"(?! of\b)"}
"""What must not follow a phrase that is replaced by one with this last word."""
_ASK_FOR_THINGS = Lexicon("phrases").words("ask_for_things")


def with_article(text: str) -> str:
    """The text with every "a" and "an" fitted to a lower-case word that follows it."""

    def fit(match: re.Match[str]) -> str:
        vowel = _VOWEL.match(match[3]) and not re.match(r"one|once|eu|uni(?!n)|us[aeiu]", match[3])
        article = "an" if vowel else "a"
        return (article.capitalize() if match[1][0].isupper() else article) + match[2] + match[3]

    return re.sub(r"\b([Aa]n?)(\s+)([a-z]{3,})", fit, text)


@lru_cache(maxsize=2)
def _pairs(plainer: bool) -> tuple[tuple[str, re.Pattern[str], str, str], ...]:
    """(phrase, pattern, replacement, rule), in both directions where both are safe."""
    listed: list[tuple[str, re.Pattern[str], str, str]] = []
    for which, one, sign, other in rows("phrases.tsv"):
        if plainer and which != "plainer":
            continue
        for left, right in [(one, other), (other, one)] if sign == "=" else [(one, other)]:
            start = r"(?<![\w'-])" if left[0].isalnum() else ""
            end = r"(?![\w'-])" if left[-1].isalnum() else ""
            end += _NOT_BEFORE.get(right.rpartition(" ")[2], "")
            pattern = re.compile(f"{start}{re.escape(left)}{end}", re.I)
            listed.append((left, pattern, right, f"plain phrase: {right}"))
    return tuple(listed)


def _before_to(phrase: str, following: str) -> bool:
    """Whether a phrase that asks for a thing would stand before "to" ("looking for to bring")."""
    return following.startswith(" to ") and phrase.rpartition(" ")[2] in _ASK_FOR_THINGS


def phrased(text: str, *, plainer: bool = False) -> Iterator[tuple[str, str]]:
    """The text with one listed phrase replaced, at its first place; by a plainer one if asked."""
    straight = text.replace("\u2019", "'")
    lowered = straight.lower()
    for left, pattern, right, rule in _pairs(plainer):
        match = pattern.search(straight) if left in lowered else None
        if match and not _before_to(right, straight[match.end() :]):
            new = cased(right, match[0])
            yield with_article(text[: match.start()] + new + text[match.end() :]), rule


@lru_cache(maxsize=8192)
def _listed_in(text: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """The listed phrases that stand in a text, with what may stand for them."""
    low = text.lower().replace("\u2019", "'")
    return tuple(
        (left, pattern, right) for left, pattern, right, _ in _pairs(False)
        if left in low and pattern.search(low)
    )  # fmt: skip


@lru_cache(maxsize=16384)
def in_phrases_of(text: str, other: str) -> str:
    """The text with the listed phrases that the other has and it has not, each once."""
    low, mine, told = other.lower().replace("\u2019", "'"), text.lower(), text
    for _, pattern, right in _listed_in(text):
        if right in low and right not in mine:
            told = pattern.sub(lambda m, new=right: cased(new, m[0]), told, count=1)
    return with_article(told) if told != text else text
