"""Tokens, lemmas and the language of a text: the one place that touches spaCy and simplemma.

A blank English pipeline is used for its tokenizer and the exceptions it knows ("Inc.", "e.g.",
"don't"); no statistical model is loaded, so the same text always gives the same tokens. Offsets
are Python string offsets. Sentences are found in ``sentences``, word families in ``families``.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from evenhand.errors import require
from evenhand.language.function_words import FOREIGN_FUNCTION_WORDS, FUNCTION_WORDS

_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"'})
_UNBROKEN = re.compile(r"(?:[^\w\s]|_){100}(?=[^\w\s]|_)|\S{400}(?=\S)")
"""What is cut for the tokenizer, whose work grows with the square of a run without white space."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token with its place in the text.

    Attributes:
        start: Offset of the first character.
        end: Offset after the last character.
        text: As written.
        lower: Lower case, with straight quotes.
    """

    start: int
    end: int
    text: str
    lower: str

    @property
    def is_word(self) -> bool:
        """Whether it holds a letter."""
        return any(c.isalpha() for c in self.text)


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    """The tokenizer of a blank English pipeline (no model, a second to import once)."""
    return require("spacy", "telling words apart").blank("en").tokenizer


@lru_cache(maxsize=2048)
def tokens(text: str) -> tuple[Token, ...]:
    """All tokens of the text in order, white space left out; 30,000 words take well under 1 s."""
    straight = text.translate(_QUOTES)
    blanks = [match.end() + n for n, match in enumerate(_UNBROKEN.finditer(straight))]
    found: list[Token] = []
    for token in _tokenizer()(_UNBROKEN.sub(r"\g<0> ", straight) if blanks else straight):
        written: str = token.text
        if not written.isspace():
            start: int = token.idx - bisect_left(blanks, token.idx)
            end = start + len(written)
            found.append(Token(start, end, text[start:end], written.lower()))
    return tuple(found)


def words(text: str) -> list[str]:
    """The tokens that hold a letter, in lower case."""
    return [token.lower for token in tokens(text) if token.is_word]


@lru_cache(maxsize=1)
def _lemmatizer() -> Any:
    return require("simplemma", "finding a word's dictionary form").lemmatize


@lru_cache(maxsize=65536)
def lemma(word: str) -> str:
    """Dictionary form of a lower-case English word; an unknown word is its own lemma."""
    if not word.replace("'", "").replace("-", "").isalpha():
        return word
    return str(_lemmatizer()(word, lang="en")).lower()


@lru_cache(maxsize=65536)
def is_known(word: str) -> bool:
    """Whether the lower-case word is in the English dictionary."""
    if not word.isalpha():
        return False
    return bool(require("simplemma", "looking a word up").is_known(word, lang="en"))


def is_function_word(word: str) -> bool:
    """Whether a lower-case word only binds others (article, preposition, auxiliary, pronoun)."""
    return word in FUNCTION_WORDS


def content_tokens(text: str) -> list[Token]:
    """Words that carry meaning of their own: no function words, no numbers, no punctuation."""
    return [t for t in tokens(text) if t.is_word and t.lower not in FUNCTION_WORDS]


def content_lemmas(text: str) -> list[str]:
    """Lemmas of the content words, in order, repeats kept."""
    return [lemma(token.lower) for token in content_tokens(text)]


def _latin_share(text: str) -> float:
    """Share of the letters that are Latin; 1 where there is no letter."""
    letters = [c for c in text if c.isalpha()]
    latin = sum(c.isascii() or "LATIN" in unicodedata.name(c, "") for c in letters)
    return latin / len(letters) if letters else 1.0


def _count(found: Iterable[str], listed: frozenset[str]) -> int:
    return sum(word in listed for word in found)


def is_english(text: str) -> bool:
    """Whether the text reads as English; lenient on short lines full of names.

    Letters of another script, more function words of another language than of English, or fewer
    than half of the plain words in an English dictionary say no. A text without letters says no.
    """
    found = [w for w in words(text[:20_000]) if w.replace("'", "").isalpha()]
    if not found or _latin_share(text[:20_000]) < 0.9:
        return False
    english, foreign = _count(found, FUNCTION_WORDS), _count(found, FOREIGN_FUNCTION_WORDS)
    if foreign > english:
        return False
    plain = [word for word in found if word not in FUNCTION_WORDS]
    known = sum(is_known(word) for word in plain)
    return known + english >= 0.5 * (len(plain) + english)
