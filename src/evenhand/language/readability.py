"""Readability of a text: words per sentence, Flesch reading ease, Flesch–Kincaid grade.

Formulas: Flesch (1948), "A new readability yardstick", and Kincaid et al. (1975), "Derivation of
new readability formulas for Navy enlisted personnel". Syllables are counted by rule, as all
programs for these scores do: single words may be off by one, averages hardly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from evenhand.language.sentences import sentences
from evenhand.language.text import words

_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^laeiouy]es|[^laeiouytd]ed|[^l]e)$")
_SPLIT = re.compile(
    r"ia|io(?!n|us)|ea(?=s?$)|ie(?=nt|nc|t)|[eouy]ing|[^q]u[ae]l|eo(?!p)|uou|creat|ya"
)


@dataclass(frozen=True, slots=True)
class Readability:
    """Scores of one text.

    Attributes:
        words: Number of words.
        sentences: Number of sentences and list items.
        words_per_sentence: Mean length of a sentence, in words.
        reading_ease: Flesch reading ease; about 0 (hard) to 100 (easy), unbounded.
        grade: Flesch–Kincaid grade, in US school years; unbounded.
    """

    words: int
    sentences: int
    words_per_sentence: float
    reading_ease: float
    grade: float


@lru_cache(maxsize=32768)
def syllables(word: str) -> int:
    """Syllables of a lower-case English word by rule; at least 1."""
    plain = re.sub(r"[^a-z]", "", word)
    groups = len(_VOWELS.findall(plain)) + len(_SPLIT.findall(plain))
    silent = bool(_SILENT.search(plain)) and groups > 1
    return max(groups - silent, 1)


def readability(text: str) -> Readability:
    """The scores of a text; all zero for a text without words."""
    found = [word for word in words(text) if any(c.isalpha() for c in word) and word[0] != "'"]
    count = len(found)
    if not count:
        return Readability(0, 0, 0.0, 0.0, 0.0)
    stretches = max(len(sentences(text)), 1)
    length, weight = count / stretches, sum(map(syllables, found)) / count
    return Readability(
        words=count,
        sentences=stretches,
        words_per_sentence=length,
        reading_ease=206.835 - 1.015 * length - 84.6 * weight,
        grade=0.39 * length + 11.8 * weight - 15.59,
    )
