"""The facts of a text, and the gate that keeps them: present in the original, present in the edit.

A fact has a kind and a canonical value ("number", ">=3 year"). The gate compares the facts of a
span with those of its replacement in both directions, then who does what: the order of parties
and of the words that both texts share. The tables live in ``fact_words``, ``fact_numbers``,
``fact_names`` and ``fact_roles``; meaning at large is judged elsewhere.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from evenhand.language.fact_names import contacts, known_names, names
from evenhand.language.fact_numbers import number_facts
from evenhand.language.fact_roles import parties, relations
from evenhand.language.fact_ties import comparatives, past_tense, retied
from evenhand.language.fact_words import match_phrases
from evenhand.language.families import family, same_meaning
from evenhand.language.frames import unframed
from evenhand.language.function_words import FUNCTION_WORDS
from evenhand.language.order import order_kept
from evenhand.language.span import Span, Verdict, covered
from evenhand.language.technologies import CASE_FREE
from evenhand.language.text import Token, tokens

_EXAMPLES = frozenset({"such as", ", including", "e.g."})
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fact:
    """One protected fact.

    Attributes:
        kind: ``number``, ``money``, ``date``, ``name``, ``skill``, ``credential``, ``contact``,
            ``requirement``, ``modality``, ``negation``, ``quantity``, ``comparison``,
            ``frequency``, ``time``, ``terms``, ``direction``, ``rank``, ``condition``,
            ``conjunction``, ``relation`` or ``tense``.
        value: Canonical form; equal facts have equal values.
        start: Offset of the first character in the text.
        end: Offset after the last.
    """

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FactSet:
    """All protected facts of one text.

    Attributes:
        facts: The facts in order of kind and place.
        parties: The parties in order, as ``fact_roles.parties`` gives them.
    """

    facts: tuple[Fact, ...]
    parties: tuple[str, ...]

    @property
    def alternatives(self) -> int:
        """How often "or" stands between alternatives."""
        return sum(fact.value == "or" for fact in self.facts)

    @property
    def keys(self) -> frozenset[tuple[str, str]]:
        """(kind, value) of every fact."""
        return frozenset((fact.kind, fact.value) for fact in self.facts)


def _shaped(text: str, found: tuple[Token, ...], known: frozenset[str]) -> Iterator[Fact]:
    """Facts that are recognised by their look: contacts, numbers, names."""
    for start, end, value in contacts(text):
        yield Fact("contact", value, start, end)
    lowered = "".join(c if len(low := c.lower()) != 1 else low for c in text)
    for number in number_facts(lowered.replace("\u2019", "'")):
        yield Fact(number.kind, number.value, number.start, number.end)
    for index, kind, value in names(text, known):
        yield Fact(kind, value, found[index].start, found[index].end)


def _is_content(token: Token) -> bool:
    return token.is_word and token.lower not in FUNCTION_WORDS


def _last_content(found: tuple[Token, ...]) -> list[Token | None]:
    """The last content word before each token, and before the end."""
    last: list[Token | None] = [None]
    for token in found:
        last.append(token if _is_content(token) else last[-1])
    return last


def _head(found: tuple[Token, ...], index: int, last: Token | None) -> str:
    """Family of the first content word after a negation (or the last one before it)."""
    chosen = next(filter(_is_content, found[index : index + 5]), last)
    return family(chosen.lower) if chosen else ""


def _example_ends(lowered: list[str]) -> int:
    """Number of tokens up to the end of the first sign of an example; past the last if none is."""
    joined = " ".join(lowered)
    ends = (joined.index(sign) + len(sign) for sign in _EXAMPLES if sign in joined)
    first = min(ends, default=len(joined) + 1)
    return bisect_left([*accumulate(len(word) + 1 for word in lowered)], first + 1) + 1


def _follows_you(found: tuple[Token, ...], index: int) -> bool:
    """Whether the reader is the subject of the auxiliary at this token."""
    before = [t.lower for t in found[max(0, index - 3) : index]]
    return bool(before) and (before[-1] == "you" or bool({"candidate", "role"} & set(before)))


def _worded(found: tuple[Token, ...], taken: set[int]) -> Iterator[Fact]:
    """Facts of closed word classes, outside the tokens that numbers and names take."""
    lowered = ["\0" if i in taken else token.lower for i, token in enumerate(found)]
    exampled, last_content = _example_ends(lowered), _last_content(found)
    for first, last, kind, value in match_phrases(lowered):
        if value == "will" and _follows_you(found, first):
            continue
        if value == "or" and first >= exampled:
            continue
        if kind == "negation" and value == "not":
            value = f"not {_head(found, last, last_content[last])}"
        yield Fact(kind, value, found[first].start, found[last - 1].end)
    for first, last, value in relations(found):
        yield Fact("relation", value, found[first].start, found[last - 1].end)
    for index, value in comparatives(found):
        if index not in taken:
            yield Fact("comparison", value, found[index].start, found[index].end)
    past = past_tense(found)
    if past is not None:
        yield Fact("tense", "past", found[past].start, found[past].end)


def _taken(found: tuple[Token, ...], facts: list[Fact]) -> set[int]:
    """Indices of the tokens that lie inside one of the facts."""
    ranges = ((fact.start, fact.end) for fact in facts if fact.kind != "credential")
    held = covered([token.start for token in found], ranges)
    return {index for index, inside in enumerate(held) if inside}


@lru_cache(maxsize=8192)
def facts_in(text: str, known: frozenset[str] = _NOTHING) -> FactSet:
    """The facts of a text; ``known`` holds words that the rest of the ad writes as names."""
    found = tokens(text)
    shaped = list(_shaped(text, found, known))
    worded = list(_worded(found, _taken(found, shaped)))
    return FactSet((*shaped, *worded), tuple(parties(found)))


def facts_of(text: str) -> FactSet:
    """The protected facts of a text on its own."""
    return facts_in(text, _NOTHING)


def _matched(fact: Fact, others: FactSet, words: frozenset[str]) -> bool:
    """Whether the fact stands in the other text as well."""
    if (fact.kind, fact.value) in others.keys:
        return True
    if fact.kind == "name":
        free = fact.value.lower() in CASE_FREE
        return fact.value in words or (free and fact.value.lower() in words)
    if fact.kind == "negation" and fact.value.startswith("not "):
        heads = [f.value[4:] for f in others.facts if f.value.startswith("not ")]
        return any(same_meaning(fact.value[4:], head) for head in heads)
    return False


def _words(text: str) -> frozenset[str]:
    return frozenset(token.text for token in tokens(text))


def _first_missing(text: str, facts: FactSet, other: str, others: FactSet) -> Fact | None:
    words = _words(other)
    return next((f for f in facts.facts if not _matched(f, others, words)), None)


def _verdict(passed: bool, reason: str) -> Verdict:
    return Verdict("facts", passed, reason)


def facts_gate(original: str, span: Span, replacement: str) -> Verdict:
    """Whether the replacement states the same facts as the span, no more and no fewer.

    Where the span states a duty, the frames of both ("You will …") are left out: they say only
    that it is one.
    """
    known = known_names(original)
    one, two = unframed(span.text, replacement)
    before, after = facts_in(one, known), facts_in(two, known)
    lost = _first_missing(one, before, two, after)
    if lost:
        return _verdict(False, f"loses the {lost.kind} {one[lost.start : lost.end]!r}")
    added = _first_missing(two, after, one, before)
    if added:
        return _verdict(False, f"adds the {added.kind} {two[added.start : added.end]!r}")
    if before.alternatives != after.alternatives:
        return _verdict(False, "changes how many alternatives 'or' offers")
    if before.parties != after.parties:
        return _verdict(False, "changes who does what: " + _told(before.parties, after.parties))
    moved = retied(tokens(one), tokens(two)) or order_kept(one, two)
    if moved:
        return _verdict(False, f"changes who does what: {moved}")
    return _verdict(True, f"{len(before.facts)} facts kept")


def _told(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    return f"{' … '.join(before) or 'nobody'} became {' … '.join(after) or 'nobody'}"
