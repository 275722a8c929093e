"""Names, acronyms, technologies, credentials, links and masks: words protected by their look.

A capital in the middle of a sentence marks a name; at the start of a sentence a word is a name
when no dictionary knows it or the rest of the ad writes it as one. Names that are words (Swift,
Will, Spring) are told apart by their capital alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from evenhand.language.function_words import FUNCTION_WORDS
from evenhand.language.technologies import CREDENTIALS, NAMES_THAT_ARE_WORDS, TECHNOLOGIES
from evenhand.language.text import Token, is_known, tokens

_CONTACT = re.compile(
    r"[\w.+-]{1,99}@[\w-]+\.[\w.-]+|(?:https?://|www\.)\S+|#?[A-Z]{3,99}_[0-9a-f]{8,}#?"
    r"|\[[A-Z]{2,}\]|\b[\w-]{1,99}\.(?:com|org|net|io|co|edu|gov|ai|uk|de|eu)\b(?:/\S*)?|(?<![\w-])@\w{2,}"
    r"|\+?\(?\d{2,4}\)?[-. ]\d{3}[-. ]\d{3,4}\b"
)
_OPENERS = frozenset("\"'([{“‘*-–—•·")
_STARTERS = frozenset(".!?:;…|") | {"...", "\u2022"}
_ONLY_UPPER = frozenset("ms ma ba bs be do pe ea as ca np it us or ap ar hr qa ux ui".split())
_TECH_MARKS = frozenset("#+")


def contacts(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, text) of links, addresses, phone numbers, handles and masks like [EMAIL]."""
    for match in _CONTACT.finditer(text):
        yield match.start(), match.end(), match.group()


def starts_sentence(found: tuple[Token, ...], index: int) -> bool:
    """Whether the token opens a sentence (opening quotes and bullets are passed over)."""
    while index and found[index - 1].text in _OPENERS:
        index -= 1
    return index == 0 or found[index - 1].text in _STARTERS


def credential(token: Token) -> str | None:
    """Canonical name of a licence, degree or certificate; None for any other word."""
    plain = token.lower.replace(".", "").removesuffix("'s")
    if plain not in CREDENTIALS:
        return None
    if len(plain) <= 2 and not token.text.replace(".", "").isupper():
        return None
    if plain.startswith(("licen", "certif")):
        return plain[:5]
    return plain if len(plain) <= 4 else plain.removesuffix("s")


def _looks_like_name(word: str, lower: str) -> bool:
    """Whether the inside of a word (capitals, digits) shows a name or acronym anywhere."""
    if any(c.isdigit() for c in word):
        return any(c.isalpha() for c in word)
    if any(c.isupper() for c in word[1:]) and not word.isupper():
        return True
    if word.isupper() and len(word) >= 2:
        if lower in _ONLY_UPPER:
            return lower in {"it", "us", "ap", "ar", "hr", "qa", "ux", "ui", "ma", "ms", "bs", "ba"}
        return lower not in FUNCTION_WORDS and (len(word) <= 3 or not is_known(lower))
    return False


def _is_name(found: tuple[Token, ...], index: int, known: frozenset[str]) -> bool:
    token = found[index]
    word, lower = token.text, token.lower
    if _looks_like_name(word, lower):
        return True
    if not word[0].isupper() or (lower in FUNCTION_WORDS and lower not in NAMES_THAT_ARE_WORDS):
        return False
    if not starts_sentence(found, index):
        return lower not in FUNCTION_WORDS or lower in {"will", "may"}
    return lower not in FUNCTION_WORDS and (word in known or not is_known(lower))


def _marked(found: tuple[Token, ...], index: int) -> str:
    """The token with a glued "#" or "+" ("C#" comes as two tokens)."""
    token = found[index]
    for following in found[index + 1 : index + 2]:
        if following.start == token.end and following.text in _TECH_MARKS and len(token.text) == 1:
            return token.text + following.text
    return token.text


def names(text: str, known: frozenset[str] = frozenset()) -> Iterator[tuple[int, str, str]]:
    """(token index, kind, value) of names, skills by name, and credentials, in order.

    Args:
        text: The text.
        known: Words that the rest of the ad writes as names.
    """
    found = tokens(text)
    for index, token in enumerate(found):
        if not token.is_word:
            continue
        marked = _marked(found, index)
        licence = credential(token)
        if licence:
            yield index, "credential", licence
        elif marked.lower() in TECHNOLOGIES and marked.lower() not in {"it", "ar", "ap"}:
            yield index, "skill", marked.lower()
        elif _is_name(found, index, known):
            yield index, "name", marked


@lru_cache(maxsize=512)
def known_names(ad: str) -> frozenset[str]:
    """Words the ad writes with a capital in the middle of a sentence, and not otherwise."""
    found = tokens(ad)
    plain = {token.text for token in found if token.text.islower()}
    return frozenset(
        token.text
        for index, token in enumerate(found)
        if token.text[0].isupper()
        and token.is_word
        and token.lower not in plain
        and token.lower not in FUNCTION_WORDS
        and not starts_sentence(found, index)
        and "\n" not in ad[found[index - 1].end : token.start]
    )
