"""Ties between words that a rewording must not retie: prepositions, purposes, tense.

"In television" and "to television", "to collect payments" and "collecting payments" as a duty of
its own, "we launched" and "we launch" share their words and say different things.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from evenhand.language.duties import duty_verb
from evenhand.language.duty_verbs import DUTY_VERBS
from evenhand.language.families import family
from evenhand.language.function_words import BEFORE_NOUNS, FUNCTION_WORDS
from evenhand.language.text import Token, lemma

_PAST = frozenset("was were had did been".split())
_IRREGULAR = frozenset(
    """
    built made won grew began became took went came gave found left kept held led met paid sold
    brought bought taught thought wrote drove chose rose saw spoke ran got sent spent put set
    raised closed launched founded
    """.split()
)
_SUBJECTS = frozenset("we i you they it he she who that which company team".split())
_PREPOSITIONS = {
    word: words.split()[0]
    for words in (
        "in on at within across throughout around into inside",
        "to toward towards",
        "by through via using",
        "of for about regarding concerning",
        "with",
        "from",
        "against",
        "as",
    )
    for word in words.split()
}


def governed(found: tuple[Token, ...]) -> dict[str, str]:
    """The preposition class before each noun, by the noun's family; verbs are left out.

    A noun that stands twice with different prepositions is left out too.
    """
    listed: dict[str, set[str]] = {}
    for index, token in enumerate(found):
        if not token.is_word or token.lower in FUNCTION_WORDS or token.lower.endswith("ing"):
            continue
        before = index - 1
        while before >= 0 and index - before < 4 and found[before].lower in BEFORE_NOUNS:
            before -= 1
        aims = found[before].lower == "to" and token.lower in DUTY_VERBS
        aims = aims or (before > 0 and found[before - 1].lower == "such")
        if before >= 0 and found[before].lower in _PREPOSITIONS and not aims:
            listed.setdefault(family(token.lower), set()).add(_PREPOSITIONS[found[before].lower])
    return {noun: min(classes) for noun, classes in listed.items() if len(classes) == 1}


def past_tense(found: tuple[Token, ...]) -> int | None:
    """Index of a token that sets the sentence in the past; None where nothing does."""
    for index, token in enumerate(found):
        opens = index == 0 and token.lower.endswith("ed") and lemma(token.lower) in DUTY_VERBS
        if token.lower in _PAST or opens:
            return index
        before = [t.lower for t in found[max(0, index - 2) : index]]
        finite = token.lower in _IRREGULAR or (token.lower.endswith("ed") and len(token.lower) > 4)
        if finite and before and (before[-1] in _SUBJECTS or before[-1] in {"have", "has", "'ve"}):
            return index
    return None


def _names_duty(word: str) -> bool:
    return duty_verb(word) is not None or (word.endswith("ing") and len(word) > 5)


def purposes(found: tuple[Token, ...]) -> dict[str, str]:
    """How each later verb is tied, by its family: "to" an aim, "by" a means, "," on its own."""
    ties: dict[str, str] = {}
    for before, token in pairwise(found):
        if before.lower in {"to", "by"} and before.start > 0:
            ties.setdefault(family(token.lower), before.lower)
        elif before.lower in {",", ";", "and", "or"} and _names_duty(token.lower):
            ties.setdefault(family(token.lower), ",")
    return ties


def comparatives(found: tuple[Token, ...]) -> Iterator[tuple[int, str]]:
    """(token index, form) of adjectives that compare: "happier", "fastest"."""
    for index, token in enumerate(found):
        ending = token.lower[-3:] if token.lower.endswith("est") else token.lower[-2:]
        if ending in {"er", "est"} and len(token.lower) > 4:
            base = lemma(token.lower)
            if base != token.lower and base[:3] == token.lower[:3]:
                yield index, f"{base}-{ending}"


def recast_modifier(before: tuple[Token, ...], after: tuple[Token, ...]) -> str:
    """A noun before a noun that became a participle ("investment" to "investing"); or nothing."""
    nouns = {
        (family(one.lower), family(two.lower))
        for one, two in pairwise(before)
        if one.lower.endswith(("ment", "tion", "sion"))
    }
    for one, two in pairwise(after):
        if one.lower.endswith("ing") and (family(one.lower), family(two.lower)) in nouns:
            return f"{one.text} {two.text}"
    return ""


def has_relative_clause(found: tuple[Token, ...]) -> bool:
    """Whether a clause with "who", "which" or "that" stands in the text."""
    return any(token.lower in {"who", "which", "whom", "whose", "that"} for token in found)


def retied(before: tuple[Token, ...], after: tuple[Token, ...]) -> str:
    """The first word that the second text ties in another way than the first; or nothing."""
    one, two = governed(before), governed(after)
    for noun in sorted(one.keys() & two.keys()):
        if one[noun] != two[noun]:
            return f"{one[noun]!r} became {two[noun]!r} before {noun!r}"
    if has_relative_clause(before) != has_relative_clause(after):
        return "a clause with 'who', 'which' or 'that' came or went"
    recast = recast_modifier(before, after) or recast_modifier(after, before)
    if recast:
        return f"{recast!r} is no longer the same"
    aims, later = purposes(before), purposes(after)
    loose = sorted(verb for verb in aims.keys() & later.keys() if aims[verb] != later[verb])
    return f"{loose[0]!r} is no longer tied as it was" if loose else ""
