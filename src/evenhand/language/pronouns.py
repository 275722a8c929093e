"""Pronouns that give the person to be hired a sex: "The manager leads … He must …".

Goes through an ad statement by statement and remembers whom the last subject named: somebody to be
hired ("the manager", "the ideal candidate") or somebody known or served ("our founder", "the
patient", "you report to the director"). A pronoun without anybody before it speaks of the person to
be hired only before "will", "must" and the like. In doubt there is no finding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from evenhand.language.finding import Finding
from evenhand.language.roles import Statement, is_third_person, noun

Person = Literal["hired", "known"]

WHY = "assumes the sex of the person to be hired"
SOURCE = "29 CFR 1604.5; Stout and Dasgupta (2011), Pers. Soc. Psychol. Bull. 37(6)"
_PAIR = re.compile(
    r"(?<![\w/])(?:(?P<subject>s/he|\(s\)he|he/she|she/he|he or she|she or he|he/she/they"
    r"|he \(she\)|he & she|he / she|she / he)|(?P<object>him/her|her/him|him or her|her or him)"
    r"|(?P<own>his/her|her/his|his or her|her or his|his / her|her / his)"
    r"|(?P<self>himself/herself|himself or herself|herself/himself|him-/herself|him/herself)"
    r"|(?P<owned>his/hers|his or hers|hers or his))(?!\w)",
    re.I,
)
_SINGLE = {
    "he": "subject", "she": "subject", "him": "object", "his": "own", "her": "own",
    "himself": "self", "herself": "self", "hers": "owned",
}  # fmt: skip
_THEIRS = {"object": "them", "own": "their", "self": "themselves", "owned": "theirs"}
_MODALS = frozenset(
    "will must should shall can may would could might cannot can't won't 'll needs ought".split()
)
_ASKS = frozenset("will must should shall".split())
_BECOME = {"is": "are", "was": "were", "has": "have", "does": "do", "isn't": "aren't",
           "wasn't": "weren't", "hasn't": "haven't", "doesn't": "don't", "'s": "are",
           "'ll": "will"}  # fmt: skip
_ADVERBS = frozenset("also always then never often usually still already only regularly".split())
_KNOWN = frozenset(
    """founder co-founder cofounder ceo cto cfo coo owner president chairman chairwoman chair king
    queen mayor minister author boss mr mrs ms dr sir colleague predecessor""".split()
)
_KNOWN_BEFORE = frozenset("our my current former existing retiring outgoing late".split())
_HIRED_BEFORE = frozenset("new next future ideal right perfect successful suitable chosen".split())
_REPORTS = frozenset("report reports reporting under answer answers".split())
_CANDIDATES = frozenset(
    """candidate applicant incumbent postholder post-holder hire employee person individual someone
    somebody anyone jobholder appointee professional worker recruit position-holder""".split()
)
_AFTER_HER = frozenset(
    """to in on at with for from by and or as of about into if when that this the a an so but will
    is was has must can""".split()
)
_NOT_VERBS = frozenset("is was has does his this thus always perhaps besides as".split())
_AFTER_NOUN = frozenset("of in on at for from by and or as with is are that which".split())
_MEMORY = 3
"""Statements after which the last subject is forgotten."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One person named in a statement: the place of the noun, and who it is."""

    place: int
    who: Person
    reported: bool = False


class PronounReader:
    """Reads the statements of one ad in order."""

    def __init__(self) -> None:
        self._last: Person | None = None
        self._age = 0
        self._mixed = False

    def read(self, statement: Statement) -> list[Finding]:
        """The pronouns of a statement that speak of the person to be hired."""
        lowered = statement.lower
        people = _named(statement)
        found: list[Finding] = []
        pairs = list(_PAIR.finditer(statement.text))
        if pairs or not _SINGLE.keys().isdisjoint(lowered):
            for match in pairs:
                at = next((i for i, w in enumerate(statement.words) if w.start >= match.start()), 0)
                asked = match.start() == 0 and match.lastgroup == "subject"
                end = next((w.lower for w in statement.words if w.start >= match.end()), "")
                if self._who(people, at) != "known" or (asked and end in _ASKS):
                    found.append(_paired(statement, match))
            spans = [(m.start(), m.end()) for m in pairs]
            for at, word in enumerate(statement.words):
                use = _SINGLE.get(word.lower)
                inside = any(start <= word.start < end for start, end in spans)
                if use and not inside and self._speaks_of_hired(statement, at, use, people):
                    found.append(_single(statement, at, use))
        self._remember(people)
        return _apart(found)

    def _who(self, people: list[_Said], at: int) -> Person | None:
        """Whom a pronoun at a place means: the nearest person before it, else the last subject."""
        before = [one for one in people if one.place < at]
        return before[-1].who if before else self._last

    def _speaks_of_hired(
        self, statement: Statement, at: int, use: str, people: list[_Said]
    ) -> bool:
        """Whether a pronoun alone does; where two people could be meant, only "he must" does."""
        before = {one.who for one in people if one.place < at and not one.reported}
        opens = at == 0 or (at == 1 and statement.lower[0] in {"and", "then"})
        asked = use == "subject" and opens and _following(statement, at) in _MODALS | {"reports"}
        if before:
            return before == {"hired"}
        if self._last is None or self._mixed:
            return asked and self._last != "known"
        return self._last == "hired"

    def _remember(self, people: list[_Said]) -> None:
        if people:
            subject = next((one for one in people if not one.reported), people[0])
            self._last, self._age = subject.who, 0
            self._mixed = len({one.who for one in people if not one.reported}) > 1
            return
        self._age += 1
        if self._age >= _MEMORY:
            self._last, self._mixed = None, False


def _named(statement: Statement) -> list[_Said]:
    """Everybody whom a statement names by a single noun, in order."""
    found: list[_Said] = []
    lowered = statement.lower
    for at, word in enumerate(lowered):
        kind = noun(word)
        if word in _KNOWN:
            sought = lowered[max(0, at - 4) : at]
            told = not _REPORTS.isdisjoint(sought)
            new = not _HIRED_BEFORE.isdisjoint(sought) or (
                not told and _KNOWN_BEFORE.isdisjoint(sought) and statement.is_sought(at, at)
            )
            known = not new or word in {"mr", "mrs", "ms"}
            found.append(_Said(at, "known" if known else "hired", told))
        elif kind in {"hired", "people", "other"} and _is_single(word):
            following = lowered[at + 1] if at + 1 < len(lowered) else ""
            if following == "'s" or (
                noun(following) in {"hired", "other", "thing"} and not is_third_person(following)
            ):
                continue
            told = not _REPORTS.isdisjoint(lowered[max(0, at - 4) : at])
            found.append(_Said(at, _who(statement, at, word, str(kind)), told))
        elif _is_first_name(statement, at):
            found.append(_Said(at, "known"))
    return found


def _is_single(word: str) -> bool:
    return not word.endswith("s") or word.endswith("ss") or word == "children"


def _is_first_name(statement: Statement, at: int) -> bool:
    """Two words with capitals in mid-sentence ("Anna Keller"), as far as that tells a person."""
    if statement.titled or at + 1 >= len(statement.words) or at == 0:
        return False
    pair = statement.words[at : at + 2]
    return all(w.is_word and w.text.istitle() and noun(w.lower) is None for w in pair)


def _who(statement: Statement, at: int, word: str, kind: str) -> Person:
    lowered = statement.lower
    before = lowered[max(0, at - 5) : at]
    if kind == "other":
        return "known"
    if word in _CANDIDATES:
        return "hired"
    if not _HIRED_BEFORE.isdisjoint(before):
        return "hired"
    if not _KNOWN_BEFORE.isdisjoint(before[-3:]) or not _REPORTS.isdisjoint(before):
        return "known"
    if statement.is_served(at):
        return "known"
    if before[-1:] == ["with"] or "with" in before[-3:] or "your" in before[-3:]:
        return "known"
    return "hired" if kind == "hired" or statement.is_sought(at, at) else "known"


def _following(statement: Statement, at: int) -> str:
    place = at + 1
    while place < len(statement.lower) and statement.lower[place] in _ADVERBS:
        place += 1
    return statement.lower[place] if place < len(statement.lower) else ""


def _base(verb: str) -> str:
    """The plural form of a verb in the third person: "leads" gives "lead"."""
    if verb in _BECOME:
        return _BECOME[verb]
    if verb.endswith("ies") and len(verb) > 4:
        return verb[:-3] + "y"
    if verb.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")):
        return verb[:-2]
    return verb[:-1]


def _with_verb(statement: Statement, start: int, at: int) -> tuple[int, str | None]:
    """Where the subject and its verb end, and both in the plural; None where it isn't sure.

    Args:
        statement: Where they stand.
        start: Offset of the pronoun.
        at: Place of the first word after it.
    """
    text, words, lowered = statement.text, statement.words, statement.lower
    they = "They" if text[start].isupper() or text[start : start + 2] == "(S" else "they"
    if at >= len(words):
        return len(text), they
    verb = at
    while verb < len(words) - 1 and (lowered[verb] in _ADVERBS or lowered[verb].endswith("ly")):
        verb += 1
    word = lowered[verb]
    between = text[words[at].start : words[verb].start] if verb > at else ""
    if word in _MODALS and word != "needs":
        told = _BECOME.get(word, words[verb].text)
        return words[verb].end, f"{they} {between}{told}"
    if word in _BECOME:
        return words[verb].end, f"{they} {between}{_BECOME[word]}"
    if not word.endswith("s") or word.endswith("ss") or word in _NOT_VERBS:
        return words[at - 1].end if at else start, they
    return _with_joined(statement, verb, f"{they} {between}{_base(word)}")


def _with_joined(statement: Statement, verb: int, told: str) -> tuple[int, str | None]:
    """The same with the verbs that "and" joins to the first one."""
    words, lowered, text = statement.words, statement.lower, statement.text
    end = words[verb].end
    for at in range(verb + 1, min(verb + 40, len(words) - 1)):
        if lowered[at] in {".", ";", "who", "that", "which"}:
            break
        if lowered[at] in {"and", "or", ","}:
            following = lowered[at + 1]
            if is_third_person(following) and at + 2 < len(words):
                after = lowered[at + 2]
                if after[0].isalpha() and after not in _AFTER_NOUN:
                    told += text[end : words[at + 1].start] + _base(following)
                    end = words[at + 1].end
    return end, told


def _paired(statement: Statement, match: re.Match[str]) -> Finding:
    use = str(match.lastgroup)
    start, end = match.span()
    if use != "subject":
        new: str | None = _capital(_THEIRS[use], match[0])
    else:
        at = next(
            (i for i, w in enumerate(statement.words) if w.start >= end), len(statement.words)
        )
        if at >= len(statement.words):
            new = _capital("they", match[0])
        else:
            last, new = _with_verb(statement, start, at)
            end = max(end, last)
    return _told(statement, start, end, "paired-pronoun", new)


def _single(statement: Statement, at: int, use: str) -> Finding:
    word = statement.words[at]
    rule = "generic-he" if word.lower in {"he", "him", "his", "himself"} else "generic-she"
    if use == "subject":
        end, new = _with_verb(statement, word.start, at + 1)
        return _told(statement, word.start, max(end, word.end), rule, new)
    following = statement.lower[at + 1] if at + 1 < len(statement.lower) else "."
    if word.lower == "her" and (not following[0].isalpha() or following in _AFTER_HER):
        use = "object"
    if word.lower == "his" and not following[0].isalpha():
        use = "owned"
    # "The cook tastes the soups themselves" says something else: there is no plain fix.
    new = None if use == "self" else _capital(_THEIRS[use], word.text)
    return _told(statement, word.start, word.end, rule, new)


def _capital(new: str, written: str) -> str:
    return new[0].upper() + new[1:] if written[0].isupper() else new


def _told(statement: Statement, start: int, end: int, rule: str, new: str | None) -> Finding:
    written = statement.text[start:end]
    return Finding(start, end, written, rule, "pronoun", None, new, WHY, "coded", SOURCE)


def _apart(found: list[Finding]) -> list[Finding]:
    """The findings in order, without those inside another."""
    kept: list[Finding] = []
    for one in sorted(found, key=lambda f: (f.start, -f.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept
