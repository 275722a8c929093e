"""Whom a word speaks of: the person to be hired or the team, or somebody and something else.

Shallow grammar over the words of one statement, by lists of nouns (``people.toml``) and by
how words end; no parser and no model. In doubt the answer is "not the person to be hired", so that
an ad about lasers, patients or ladies' shoes stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Literal

from evenhand.language.lexicon import DUTY_VERBS, Lexicon
from evenhand.language.text import Word, inflections, plural, scan

_WORDS = Lexicon("roles")
Noun = Literal["hired", "people", "other", "thing", "trait"]

_STOPS = _WORDS.words("stops")
_LISTING = _WORDS.words("listing")
_BE = _WORDS.words("be")
_ADVERBS = _WORDS.words("adverbs")
_DETERMINERS = _WORDS.words("determiners")
_HELPING = _WORDS.words("helping")
_ADJECTIVE_END = _WORDS.pattern("adjective_end", 0)
_PERSON_END = _WORDS.pattern("person_end", 0)
_AGENT_END = re.compile(r"...ter$")
_TEAMS = _WORDS.words("teams")
_POSTS = _WORDS.words("posts")
_WORKING = _WORDS.words("working")
_REACH = 14
"""Most words that are gone back to where a noun phrase begins."""
_PEOPLE = frozenset({"hired", "people", "other"})
"""Kinds of nouns that name people."""
_LEADS_IN = _WORDS.words("leads_in")
_POSSESSIVE = frozenset({"'s", "'"})


_BETWEEN = _WORDS.words("between")
OPENS_OBJECT = _WORDS.words("opens_object")
_PERFECT = _WORDS.words("perfect")
_PARTICIPLES = _WORDS.words("participles")


@lru_cache(maxsize=1)
def _listed() -> dict[str, frozenset[str]]:
    """Words by the name of their list."""
    people = Lexicon("people")
    return {name: people.words(name) for name in people.tables}


@lru_cache(maxsize=1)
def _finite() -> tuple[frozenset[str], frozenset[str]]:
    """Verbs of duties in the third person, and in the plural."""
    verbs = DUTY_VERBS | _WORDS.words("more_verbs")
    return frozenset(inflections(verb)[1] for verb in verbs), frozenset(verbs)


def is_third_person(word: str) -> bool:
    """Whether a lower-case word can be a verb in the third person ("plans")."""
    return word in _finite()[0]


def is_adverb(word: Word) -> bool:
    """Whether it is one by its list or its ending."""
    plain = word.text[0].islower() and word.lower != "rely"
    return word.lower in _BETWEEN or (plain and word.lower.endswith("ly"))


def is_perfect(words: Sequence[Word], at: int) -> bool:
    """Whether "'s" before these words is "has": "'s got", "'s never worked", "'s run a shop"."""
    while at < len(words) and (is_adverb(words[at]) or words[at].lower == "not"):
        at += 1
    word, following = (words[n].lower if n < len(words) else "" for n in (at, at + 1))
    if word in _PERFECT or (word == "used" and following != "to"):
        return True
    return (word.endswith("ed") or word in _PARTICIPLES) and following in OPENS_OBJECT


@lru_cache(maxsize=1)
def _nouns() -> dict[str, Noun]:
    """Listed nouns, plurals included; people and things before what an ending would say."""
    order: tuple[tuple[str, Noun], ...] = (
        ("things", "thing"), ("traits", "trait"), ("hired", "hired"), ("people", "people"),
        ("others", "other"),
    )  # fmt: skip
    table: dict[str, Noun] = {}
    for name, kind in order:
        for word in _listed()[name]:
            table[plural(word)] = kind
        for word in _listed()[name]:
            table[word] = kind
    return table


def words_for(name: str) -> frozenset[str]:
    """The words of one list of ``people.toml``."""
    return _listed()[name]


@lru_cache(maxsize=1)
def _all_listed() -> frozenset[str]:
    return frozenset({*_nouns(), *_listed()["modifiers"], *_listed()["adjectives"]})


def is_listed(word: str) -> bool:
    """Whether a lower-case word is in a list of nouns or adjectives, and so no name."""
    return word in _all_listed()


def singular(word: str) -> str:
    """A noun without the -s of its plural; as it is where none ends it."""
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def is_single(word: str) -> bool:
    """Whether a noun has no -s of a plural."""
    return singular(word) == word


@lru_cache(maxsize=8192)
def noun(word: str) -> Noun | None:
    """What a lower-case noun names; None where neither a list nor its ending says."""
    listed = _nouns().get(word)
    if listed:
        return listed
    single = singular(word)
    if _PERSON_END.search(single) or _AGENT_END.search(single):
        return "hired"
    return None


class Statement:
    """The words of one sentence or list item, and what may be asked of them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: Sequence[Word] = [w for w in scan(text) if w.text not in HYPHENS]
        self.lower = [word.lower for word in self.words]

    @cached_property
    def titled(self) -> bool:
        """Whether it is written as a title: short, most words with a capital."""
        return _is_titled(self.words, self.text)

    def glued(self, index: int) -> bool:
        """Whether a hyphen ties the word to the one before it."""
        if not 0 < index < len(self.words):
            return False
        between = self.text[self.words[index - 1].end : self.words[index].start]
        return len(between) == 1 and between in HYPHENS

    def head_after(self, index: int) -> tuple[str, int]:
        """The noun that an adjective before ``index`` describes, with its place; "" where none."""
        if index >= len(self.lower):
            return "", index
        last, place, limit = "", index, min(len(self.lower), index + 12)
        at = index
        while at < limit:
            word = self.lower[at]
            if word in _LISTING:
                if at + 1 < limit and self.lower[at + 1] in _LISTING:
                    at += 1
                if last and not self._describes(last, place):
                    break
                at += 1
                continue
            stops = word in _STOPS and not self.glued(at) and self.words[at].text != "IT"
            if stops or not (word[0].isalpha() or word[0].isdigit()):
                break
            if last and self._is_verb_of(last, word):
                break
            if word[0].isdigit() and self.lower[at - 1] in _LISTING:
                break
            last, place = word, at
            at += 1
        if last and self._describes(last, place):
            found = noun(last)
            return (last, place) if found in {"hired", "people", "other", "thing"} else ("", place)
        return last, place

    def _is_verb_of(self, subject: str, word: str) -> bool:
        """Whether a word after a noun for people is its verb ("the cook orders")."""
        if noun(subject) not in {"hired", "people", "other"}:
            return False
        return word in _finite()[0 if not subject.endswith("s") else 1]

    def _describes(self, word: str, place: int) -> bool:
        """Whether a word before a comma or "and" is one more adjective, or half of a compound."""
        if noun(word) and word not in _listed()["adjectives"]:
            return word in _listed()["modifiers"] and self._joins(place)
        return (
            word in _listed()["adjectives"]
            or word in _listed()["modifiers"]
            or _ADJECTIVE_END.search(word) is not None
            or (word.endswith("y") and len(word) > 3)
        )

    def _joins(self, place: int) -> bool:
        """Whether "and" and another noun for people's work come next ("sales and marketing")."""
        return place + 2 < len(self.lower) and self.lower[place + 1] in {"and", "&", "/", "or"}

    def describes_hired(self, first: int, after: int, *, alone: bool = True) -> bool:
        """Whether an adjective speaks of the person or the team; ``alone``: also without a noun."""
        if self.lower[after - 1] in _STOPS:
            return self._said_of_hired(first)
        head, place = self.head_after(after)
        if head:
            kind = noun(head)
            if kind == "trait":
                return True
            if kind == "people":
                return self._one(head) or self.is_sought(first, place)
            if kind == "hired":
                return self.is_sought(first, place) or self._is_free(first, head)
            joined = alone and self.lower[after] in _LISTING and kind is None
            lone = self.lower[place - 1] in _LISTING and not head.endswith("s")
            return joined and self._said_of_hired(first, opens=lone and self._ends(place))
        if not alone:
            return False
        if after < len(self.lower) and self.lower[after][0].isalpha():
            word = self.lower[after]
            if (word not in _STOPS and word not in _LISTING) or word == "by":
                return False
        return self._said_of_hired(first)

    def _ends(self, place: int) -> bool:
        """Whether only marks follow."""
        return not any(word[0].isalnum() for word in self.lower[place + 1 :])

    def _is_free(self, first: int, head: str) -> bool:
        """Whether the noun phrase is no object of a duty and nothing's or nobody else's."""
        at = self._before_phrase(first)
        if at < 0 or not self.lower[at][0].isalpha():
            return True
        word, listed = (
            self.lower[at],
            singular(head) in _listed()["hired"] or head in _listed()["hired"],
        )
        if word in _listed()["leading"] and not self.is_served(first):
            return True  # "for young cooks", and not "a class for young cooks"
        if word in _LEADS_IN:
            return listed and not self.is_served(first)
        return word in _STOPS

    def _before_phrase(self, first: int) -> int:
        """Place of the word before the noun phrase that holds ``first``."""
        at, least = first - 1, max(0, first - _REACH)
        while at >= least and (
            self.lower[at] in _DETERMINERS
            or (
                self.lower[at] in _LISTING
                and at > 0
                and (self._describes(self.lower[at - 1], at - 1) or noun(self.lower[at - 1]))
            )
            or self.lower[at] in _ADVERBS
            or (
                self._describes(self.lower[at], at)
                and self.lower[at] not in _listed()["serving"]
                and self.lower[at] not in _STOPS
                and self.lower[at] not in _listed()["leading"]
                and (at == 0 or not self.lower[at].endswith("ing"))
            )
        ):
            at -= 1
        return at

    def _one(self, head: str) -> bool:
        return head in {"individual", "person", "someone", "somebody", "one"}

    def _said_of_hired(self, first: int, *, opens: bool = True) -> bool:
        """Whether a lone adjective is said of the person; ``opens``: also at the start."""
        at = first - 1
        while at >= 0 and first - at < 14:
            word = self.lower[at]
            if word in _BE:
                return self._subject_is_hired(at)
            if noun(word) == "people" and at == first - 1:
                return True
            if word == "you" and at == first - 1 and self.lower[at - 1 : at] == ["are"]:
                return True
            if not (
                word in _LISTING
                or word in _ADVERBS
                or word in {"a", "as"}
                or (word[0].isalpha() and word not in _STOPS and self._describes(word, at))
            ):
                return False
            at -= 1
        return opens and at < 0

    def _subject_is_hired(self, be: int) -> bool:
        """Whether the subject of the verb at this place is the person, or left out."""
        if self.lower[be] in {"you're", "we're", "i'm"}:
            return True
        at, least = be, max(0, be - 3 * _REACH)
        while at > least and self.lower[at - 1] not in {",", ";", ":", ".", "(", "but", "because"}:
            at -= 1
            if self.lower[at] in {"who", "that"} and at > 0:
                kind, noun_at = noun(self.lower[at - 1]), at - 1
                if self.lower[at] == "that" and kind is None:
                    continue
                if kind not in _PEOPLE:  # "a clerk for our workshop who …": no workshop is "who"
                    people = (n for n in range(at - 2, max(-1, at - _REACH), -1))
                    noun_at = next((n for n in people if noun(self.lower[n]) in _PEOPLE), noun_at)
                    kind = noun(self.lower[noun_at])
                return kind == "hired" or (kind == "people" and self.is_sought(noun_at, noun_at))
            if self.lower[at] in {"you", "we"}:
                return True
        clause = [w for w in self.lower[at:be] if w[0].isalpha()]
        clause = [w for w in clause if w not in _HELPING and w not in _ADVERBS]
        if not clause:
            return True
        run: list[str] = []
        for word in clause:
            if word in _STOPS and run:
                break
            if word not in _STOPS or noun(word):
                run.append(word)
        return bool(run) and noun(run[-1]) in {"hired", "people"} and self.lower[be] != "being"

    def is_sought(self, first: int, last: int) -> bool:
        """Whether the words say that this is who is hired, or who the reader or the team is."""
        following = self.lower[last + 1] if last + 1 < len(self.lower) else ""
        if following in _listed()["wanted_after"]:
            return True
        closed = last + 1 >= len(self.lower) or following == "|"
        if closed and "|" in self.lower[max(0, first - 4) : first]:
            return True
        if self.titled and (first < 6 or "(" in self.lower):
            return True
        at, steps = first - 1, 0
        while at >= 0 and steps < 9:
            word = self.lower[at]
            if word in {"of", "with", "alongside"} and self._is_team(at - 1):
                return True
            if word == "of" and at and self.lower[at - 1] in _POSTS:
                return True
            if word in {"for", "as"} and at and self.lower[at - 1] in _listed()["hiring"]:
                return True
            if word == "as":
                return at == 0 or noun(self.lower[at - 1]) not in {"hired", "people", "other"}
            if word in {"fellow", "right", "ideal", "perfect"}:
                return True
            if word == "our" and self.lower[last].endswith("s"):
                return all(self._describes(w, first - 1) for w in self.lower[at + 1 : first])
            if word in {"with", "alongside", "among"}:
                return not _WORKING.isdisjoint(self.lower[max(0, at - 3) : at])
            if word in {"you're", "we're"} or word in _listed()["hiring"]:
                return True
            if word in _BE and self._is_phrase(at + 1, first):
                return self._subject_is_hired(at)
            if word in {"for", "to", "of", "about", "from", "against", "by", "on", "in"}:
                return False
            at, steps = at - 1, steps + 1
        return False

    def _is_phrase(self, first: int, after: int) -> bool:
        """Whether the words can be the beginning of one noun phrase."""
        between = self.lower[first:after]
        return all(w not in _STOPS or w in _DETERMINERS or w == "not" for w in between)

    def _is_team(self, at: int) -> bool:
        return at >= 0 and self.lower[at] in _TEAMS

    def is_served(self, first: int) -> bool:
        """Whether the noun phrase that holds ``first`` is who a duty or a product is for."""
        at = self._before_phrase(first)
        if at < 0:
            return False
        if self.lower[at] in {"to", "for", "with", "by", "among"} and at:
            if self.lower[at] in {"to", "for"}:
                near = self.lower[max(0, at - 5) : at]
                return any(word in _listed()["served_by"] for word in near)
            return False
        return self.lower[at] in _listed()["serving"]

    def is_for_a_thing(self, after: int, *, strict: bool) -> bool:
        """Whether the word before ``after`` only belongs to a thing: "guy wires", "Ninja Van"."""
        if after >= len(self.lower) or self.glued(after):
            return after < len(self.lower)
        word = self.lower[after]
        if word in _POSSESSIVE:
            return strict
        if not word[0].isalpha() or word in _STOPS or word in _listed()["wanted_after"]:
            return False
        if word in _listed()["hiring"] or word in _LISTING:
            return False
        if noun(word) == "thing":
            return True
        unsure = noun(word) is None and not word.endswith(("ly", "ed", "ing"))
        return strict and unsure and not is_third_person(word)

    def has_their_own(self, after: int) -> bool:
        """Whether "and their families" or the like follows: people whom the ad serves."""
        return self.lower[after : after + 2] in (["and", "their"], ["or", "their"])

    def does_hired(self, first: int) -> bool:
        """Whether the doer of the verb at this place is the person, the team or left out."""
        if first == 0:
            return True
        at = first - 1
        while at > 0 and (self.lower[at] in _ADVERBS or self.lower[at].endswith("ly")):
            at -= 1
        word = self.lower[at]
        if word in {"of", "by", "for", "in"}:
            return self.lower[first].endswith("ing")
        if word in {"to", "will", "can", "must", "you", "we", "you'll", "who", "should",
                    "may", "help", "helps", "us", "you're", "we're", "are", "and", "or",
                    ",", ":", "love", "loves", "like", "likes", "enjoy"}:  # fmt: skip
            if word == "who":
                return at == 0 or noun(self.lower[at - 1]) in {"hired", "people"}
            if word == "are":
                return self._subject_is_hired(at)
            return True
        return noun(word) in {"hired", "people"}


@lru_cache(maxsize=512)
def statement_of(text: str) -> Statement:
    """A statement, whose words are read once."""
    return Statement(text)


HYPHENS = frozenset("-‐‑–")


def _is_titled(words: Sequence[Word], text: str) -> bool:
    """Whether a statement is written as a title."""
    plain = [w for w in words if w.is_word and len(w.text) > 1]
    plain = [w for w in plain if w.lower not in _STOPS and w.lower not in _LISTING]
    if not plain or len(words) > 12 or text.rstrip()[-1:] in {".", "!", "?", ";"}:
        return False
    return sum(w.text[0].isupper() for w in plain) >= 0.7 * len(plain)


def is_name(statement: Statement, first: int, after: int, *, title: bool) -> bool:
    """Whether capitals show a name; ``title``: of words for people, which ads write so too."""
    words, lower = statement.words, statement.lower
    own = words[first].text
    if not own[0].isupper() or (own.isupper() and len(own) > 3):
        return False
    following = words[after] if after < len(words) else None
    capital_next = (
        following is not None
        and following.is_word
        and following.text[0].isupper()
        and not following.text.isupper()
    )
    opens = first == 0 or lower[first - 1] in {":", ".", "!", "?", "•", "|", "/"}
    if capital_next and following is not None and not statement.titled:
        kind = noun(following.lower)
        if kind != "hired":
            return title or not opens or kind == "thing"
    if capital_next and following is not None and noun(following.lower) == "thing":
        return title
    if opens or statement.titled:
        return (
            statement.titled and first > 0 and lower[first - 1] in {"at", "by", "mr", "ms", "mrs"}
        )
    if not title:
        return True
    at = first - 1
    while (
        at > first - _REACH
        and at > 0
        and words[at].is_word
        and words[at].text[0].isupper()
        and lower[at] not in _STOPS
    ):
        at -= 1
    return lower[at] not in {
        "a", "an", "the", "our", "your", "as", "new", "of", "another", "experienced",
    } and not statement.is_sought(first, after - 1)  # fmt: skip
