"""Ways to say a span differently without a change of fact, by rule and not by model.

Each function yields (text, rule). They propose; the gates judge: ``wording.rule_rewordings`` lets
through only what passes them. Rules that would need grammar beyond the words next to a match are
left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from evenhand.language.duties import duty_verb, opens_as_duty
from evenhand.language.findings import find_wording
from evenhand.language.function_words import FUNCTION_WORDS
from evenhand.language.imperatives import is_imperative
from evenhand.language.inflection import FORMS, inflections
from evenhand.language.mends import mended
from evenhand.language.plain_phrases import ALIKE, DROPPABLE, PLAINER
from evenhand.language.plain_verbs import ALIKE as VERBS_ALIKE
from evenhand.language.plain_verbs import PLAINER as VERBS_PLAINER
from evenhand.language.span import apply_edits
from evenhand.language.text import tokens

_VOWEL = re.compile(r"(?:[aeio]|u(?!n[ai]|s[aei]|t[ei])|hour|honest)", re.I)
_DEGREE = frozenset("very so more most too highly truly really and or , as not is are be".split())
_NEED_PRAISE = frozenset(
    "place opportunity opportunities fit way time chance addition environment culture team".split()
)
_NOT_DUTIES = frozenset("look seek hire offer join work use come make care".split())
_SHORTENED = (
    ("we are", "we're"), ("you will", "you'll"), ("you are", "you're"), ("we will", "we'll"),
    ("do not", "don't"), ("does not", "doesn't"), ("is not", "isn't"), ("are not", "aren't"),
    ("cannot", "can't"), ("they are", "they're"), ("it is", "it's"),
)  # fmt: skip
_NOT_BEFORE = {"enjoy": r"(?! to\b)", "enjoys": r"(?! to\b)", "numerous": r"(?! of\b)"}
"""What must not follow a phrase that is replaced by one with this last word."""
_ENDS_OBJECT = frozenset("of on in for with to by from at about".split())
_ASK_FOR_THINGS = frozenset("for find seek seeks".split())
_CONTRACTIONS = {
    "we're": "we are", "you're": "you are", "they're": "they are", "you'll": "you will",
    "we'll": "we will", "we've": "we have", "you've": "you have", "don't": "do not",
    "doesn't": "does not", "isn't": "is not", "aren't": "are not", "won't": "will not",
    "can't": "cannot", "it's": "it is", "that's": "that is", "we'd": "we would",
    "you'd": "you would",
}  # fmt: skip


def with_article(text: str) -> str:
    """The text with every "a" and "an" fitted to a lower-case word that follows it."""

    def fit(match: re.Match[str]) -> str:
        vowel = _VOWEL.match(match[3]) and not re.match(r"one|once|eu|uni(?!n)|us[aeiu]", match[3])
        article = "an" if vowel else "a"
        return (article.capitalize() if match[1][0].isupper() else article) + match[2] + match[3]

    return re.sub(r"\b([Aa]n?)(\s+)([a-z]{3,})", fit, text)


def _cased(replacement: str, written: str) -> str:
    return replacement[0].upper() + replacement[1:] if written[0].isupper() else replacement


def suggested(text: str) -> Iterator[tuple[str, str]]:
    """The mends of the wording rules, singly and all together."""
    found = [finding for finding in find_wording(text) if finding.suggestion]
    for finding in found:
        yield apply_edits(text, mended(text, [finding]).edits), finding.rule
    if len(found) > 1:
        yield apply_edits(text, mended(text, found).edits), "all wording rules"


def _drops(text: str) -> Iterator[tuple[int, int]]:
    """Stretches (with the space after) of praise that stands before the word it praises."""
    found = tokens(text)
    for index, token in enumerate(found[:-1]):
        following, before = found[index + 1], found[index - 1].lower if index else ","
        listed = token.lower in DROPPABLE and not before.endswith("ly")
        plain = following.is_word and following.lower not in FUNCTION_WORDS
        glued = following.start == token.end or (index and found[index - 1].end == token.start)
        plain = plain and following.lower not in _NEED_PRAISE
        if listed and plain and not glued and before not in _DEGREE and index:
            yield token.start, following.start


def dropped(text: str) -> Iterator[tuple[str, str]]:
    """The text without one word of praise, and without all of them."""
    cuts = list(_drops(text))
    for start, end in cuts:
        yield with_article(text[:start] + text[end:]), "drop praise"
    if len(cuts) > 1:
        whole = text
        for start, end in reversed(cuts):
            whole = whole[:start] + whole[end:]
        yield with_article(whole), "drop all praise"


@lru_cache(maxsize=2)
def _pairs(plainer: bool) -> tuple[tuple[str, re.Pattern[str], str, str], ...]:
    """(phrase, pattern, replacement, rule), in both directions where both are safe."""
    listed: list[tuple[str, re.Pattern[str], str, str]] = []
    for line in (PLAINER if plainer else PLAINER + ALIKE[1:]).strip().splitlines():
        one, sign, other = re.split(r" ([=>]) ", line)
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
            new = _cased(right, match[0])
            yield with_article(text[: match.start()] + new + text[match.end() :]), rule


@lru_cache(maxsize=2)
def _verbs(plainer: bool) -> dict[str, tuple[tuple[str, str, frozenset[str]], ...]]:
    """Replacements of every inflected verb: (verb form, rule, nouns it is limited to)."""
    table: dict[str, list[tuple[str, str, frozenset[str]]]] = {}
    lines = VERBS_PLAINER if plainer else VERBS_PLAINER + VERBS_ALIKE[1:]
    for line in lines.strip().replace("\n  ", " ").splitlines():
        swap, _, nouns = line.partition(" : ")
        one, sign, other = re.split(r" ([=>]) ", swap)
        limits = frozenset(nouns.split())
        for left, right in [(one, other), (other, one)] if sign == "=" else [(one, other)]:
            for form, written in zip(FORMS, inflections(left), strict=True):
                new = inflections(right)[FORMS.index(form)]
                table.setdefault(written, []).append((new, f"plain verb: {right}", limits))
    return {key: tuple(value) for key, value in table.items()}


def _object_of(words: list[str], index: int) -> frozenset[str]:
    """The few words after a verb in which its object is looked for."""
    nearby = words[index + 1 : index + 4]
    ends = (place for place, word in enumerate(nearby) if word in _ENDS_OBJECT)
    return frozenset(nearby[: next(ends, len(nearby))])


def _is_verb(words: list[str], index: int) -> bool:
    """Whether the word at this place is used as a verb, as far as its neighbours tell."""
    before = words[index - 1] if index else ""
    opens = index == 0 or before in {"to", "will", "you", "we", "and", "or", ",", "must", "can",
                                     "who", "'ll", "should", "may", "of", "by", "in"}  # fmt: skip
    following = words[index + 1] if index + 1 < len(words) else "."
    return opens and following not in {".", ",", "of", "is", "are", "and", "or"}


def verbs_swapped(text: str, *, plainer: bool = False) -> Iterator[tuple[str, str]]:
    """The text with one verb replaced by a plain synonym in the same inflection."""
    found = tokens(text)
    lowered = [token.lower for token in found]
    for index, token in enumerate(found):
        for new, rule, limits in _verbs(plainer).get(token.lower, ()):
            fits = not limits or bool(limits & _object_of(lowered, index))
            if fits and _is_verb(lowered, index):
                yield text[: token.start] + _cased(new, token.text) + text[token.end :], rule


def contracted(text: str) -> Iterator[tuple[str, str]]:
    """The text with its contractions written out, or with "we are" and "you will" contracted."""
    straight = text.replace("\u2019", "'")
    whole = straight
    for short, long in _CONTRACTIONS.items():
        pattern = re.compile(rf"\b{re.escape(short)}\b", re.I)
        whole = pattern.sub(lambda m, long=long: _cased(long, m[0]), whole)
    if whole != straight:
        yield whole, "written out"
    for long, short in _SHORTENED:
        match = re.search(rf"\b{long}\b(?=\s\w)", text, re.I)
        if match:
            yield (
                text[: match.start()] + _cased(short, match[0]) + text[match.end() :],
                "contracted",
            )


def _opening_gerunds(text: str) -> str:
    """The text with the coordinated gerunds it opens with turned into base forms, or nothing."""
    match = re.match(r"[A-Za-z]+ing(?:(?:,| and| or|, and|, or) [a-z]+ing)*\b", text)
    if not match or re.search(r"(?:,|\band|\bor|\bplus|;) [a-z]+ing\b", text[match.end() :]):
        return ""
    words = re.findall(r"(?<![a-z])[a-z]+ing\b", match[0].lower())
    bases = {word: duty_verb(word) or "" for word in words}
    if any(not base or base in _NOT_DUTIES for base in bases.values()):
        return ""
    plain = re.sub(r"(?<![A-Za-z])[A-Za-z]+ing\b", lambda m: bases[m[0].lower()], match[0])
    return plain + text[match.end() :]


def _opens_with_verb(text: str) -> bool:
    first = tokens(text)[0].lower
    return duty_verb(first) == first


def framed(text: str) -> Iterator[tuple[str, str]]:
    """A duty with and without its doer: "Prepare …", "You will prepare …", "Preparing …"."""
    plain = _opening_gerunds(text) if opens_as_duty(text) else ""
    if plain and is_imperative(plain):
        yield plain[0].upper() + plain[1:], "frame: base form"
        yield "You will " + plain, "frame: you will"
    elif is_imperative(text) and not re.search(r"\byou\b|\bwe\b", text, re.I):
        lowered = text[0].lower() + text[1:]
        yield "You will " + lowered, "frame: you will"
        yield "In this role, you will " + lowered, "frame: in this role"
    match = re.match(r"(?:In this role,? )?(?:you will|you'll) (?=[a-z])", text, re.I)
    if match and _opens_with_verb(text[match.end() :]):
        yield text[match.end()].upper() + text[match.end() + 1 :], "frame: base form"
        yield "In this role, you will " + text[match.end() :], "frame: in this role"
    yield from without_responsible(text)


def without_responsible(text: str) -> Iterator[tuple[str, str]]:
    """The forms of "You will be responsible for managing …": "You will manage …"."""
    pattern = r"^(You will be|You'll be|You are)? ?[Rr]esponsible for (?=[a-z]+ing\b)"
    match = re.match(pattern, text.replace("\u2019", "'"))
    plain = _opening_gerunds(text[match.end() :]) if match else ""
    if match and plain:
        opening = "You will " if match[1] else ""
        rest = plain if match[1] else plain[0].upper() + plain[1:]
        yield opening + rest, "frame: responsible for"


_QUALITY = re.compile(
    r"(?:Some |Strong |Solid |Good |Excellent )?(?:experience (?:with|in)|knowledge of"
    r"|understanding of|familiarity with|proficiency in|fluency in) (?=[a-zA-Z])",
    re.I,
)
_OWN_VERB = re.compile(
    r"\b(?:is|are|was|were|would|will|should|must|may|can|has|have|helps?|required|requires|needed"
    r"|preferred|desired|desirable|necessary|essential|mandatory|plus|bonus|advantage|asset|optional"
    r"|welcome|ideal|you|we|we're)\b",
    re.I,
)


def qualified(text: str) -> Iterator[tuple[str, str]]:
    """What the reader has, as a fragment and with "you": "Knowledge of …", "You have …"."""
    if _OWN_VERB.search(text) or not text[0].isupper():
        return
    lowered = text[0].lower() + text[1:]
    if _QUALITY.match(text):
        article = "an " if lowered.startswith("understanding") else ""
        yield f"You have {article}{lowered}", "qualification: you have"
        yield f"You bring {article}{lowered}", "qualification: you bring"
    able = re.match(r"(?:The ability|Ability|Able) to (?=[a-z])", text)
    for opening in ("Able to", "The ability to", "You are able to", "You have the ability to"):
        if able and able[0] != opening + " ":
            yield f"{opening} {text[able.end() :]}", f"qualification: {opening.lower()}"


def rephrasings(text: str, again: bool = False) -> Iterator[tuple[str, str]]:
    """Everything the rules propose, suggestions first, repeats included.

    Args:
        text: The span, or a rewording of it.
        again: Leave out what only dresses a rewording up (contractions).
    """
    if not tokens(text):
        return
    sources = (suggested, dropped, phrased, verbs_swapped, qualified, framed, contracted)
    for source in sources[:-1] if again else sources:
        yield from source(text)
