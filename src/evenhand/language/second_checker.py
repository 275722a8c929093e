"""A second, independent opinion on whether an edit changed a fact; used to audit the first.

It shares no table, pattern or tokenizer with ``facts``. Where ``facts`` looks for kinds of facts,
this checker asks what an edit did to the raw text: which digits, which words that are rare or
written oddly, which small words that carry logic, and in which order the people in it come. It is
stricter in places and blinder in others, on purpose: agreement of two different checkers is
evidence, agreement of a checker with itself is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from evenhand.language.span import Verdict

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_CODED_SPELLING = re.compile(r"\S*(?:\d|[A-Z]\S*[A-Z]|[a-z][A-Z]|[+#@/&%$€£])\S*")
_SMALL = {
    "not": "not", "no": "not", "never": "not", "without": "not", "cannot": "not", "nor": "not",
    "none": "not", "neither": "not", "except": "not", "unless": "not",
    "must": "must", "require": "must", "requires": "must", "required": "must", "need": "must",
    "needed": "must", "mandatory": "must", "essential": "must", "necessary": "must",
    "preferred": "wish", "prefer": "wish", "plus": "wish", "bonus": "wish", "desirable": "wish",
    "ideally": "wish", "ideal": "wish", "optional": "wish", "advantage": "wish", "asset": "wish",
    "should": "should", "ought": "should", "may": "may", "might": "may", "could": "may",
    "all": "all", "every": "all", "each": "all", "always": "all", "any": "any", "both": "both",
    "only": "only", "solely": "only", "exclusively": "only",
    "some": "some", "several": "several", "few": "few", "many": "many", "numerous": "many",
    "most": "most", "half": "half", "twice": "two", "double": "two",
    "or": "or", "either": "or", "if": "if", "whether": "if",
    "more": "more", "less": "less", "fewer": "less", "least": "least", "than": "than",
    "before": "before", "after": "after", "until": "until", "since": "since", "during": "during",
    "daily": "day", "weekly": "week", "monthly": "month", "annually": "year", "annual": "year",
    "yearly": "year", "hourly": "hour", "quarterly": "quarter",
    "last": "last", "previous": "last", "next": "next", "current": "now", "currently": "now",
    "now": "now", "recently": "recent", "former": "former", "formerly": "former", "soon": "soon",
    "above": "above", "below": "below", "under": "below", "internal": "in", "external": "out",
    "up": "up", "down": "down", "increase": "up", "decrease": "down", "reduce": "down",
    "senior": "senior", "junior": "junior", "permanent": "permanent", "temporary": "temporary",
    "remote": "remote", "remotely": "remote", "onsite": "onsite", "part": "part", "full": "full",
    "against": "against", "instead": "instead", "rather": "instead",
}  # fmt: skip
_SPELLED = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
} | {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "hundred": "100",
     "thousand": "1000", "million": "1000000", "dozen": "12", "first": "1st", "second": "2nd"}  # fmt: skip
_PEOPLE = re.compile(
    r"\b(?:(you|your|candidates?|applicants?)|(we|us|our)|(i|me|my)|((?!numbers?\b|computers?\b|papers?\b"
    r"|letters?\b|matters?\b|orders?\b|offers?\b|powers?\b|centers?\b|layers?\b|servers?\b|others?\b"
    r"|however\b|whether\b|further\b|after\b|under\b|over\b|rather\b|together\b|ever\b|never\b|every\b"
    r"|either\b|another\b|proper\b|higher\b|lower\b|better\b|larger\b|greater\b|quarters?\b|summer\b"
    r"|career\w*\b|deliver\w*\b|consider\w*\b|discover\w*\b|answer\w*\b|cover\w*\b|master\w*\b)"
    r"[a-z]{3,}(?:er|or|ist|ian|ant|yee|ees?|ents?)s?|clients?|patients?|staff|teams?|people|doctors?"
    r"|nurses?|partners?|public|famil(?:y|ies)|child(?:ren)?))\b",
    re.I,
)
_STOPPERS = frozenset("different excellent current important independent present efficient document "
                      "requirement environment development management equipment department color "
                      "for nor or her per investment assessment treatment content event statement "
                      "payment agreement assignment instrument component talent moment element "
                      "significant relevant brilliant important constant pleasant major minor prior "
                      "superior behavior labor error factor favor degree".split())  # fmt: skip


def _digits(text: str) -> Counter[str]:
    """Every run of digits, and number words as digits."""
    runs = re.findall(r"\d+", text.replace(",", ""))
    words = (_SPELLED.get(word.lower()) for word in _WORD.findall(text))
    return Counter([*runs, *(number for number in words if number)])


def _odd_words(text: str) -> Counter[str]:
    """Chunks with digits, inner capitals or signs, and capitalised words inside a sentence."""
    found: list[str] = []
    previous = "."
    for chunk in text.split():
        bare = chunk.strip(".,;:!?()[]\"'“”‘’")
        inside = previous[-1:] not in ".!?:"
        if _CODED_SPELLING.fullmatch(bare) or (inside and bare[:1].isupper() and bare != "I"):
            found += (part for part in re.split(r"[/()]", bare.replace("'s", "")) if part)
        previous = chunk
    return Counter(found)


def _small_words(text: str) -> Counter[str]:
    """The classes of small words with logic in them, n't included."""
    straight = text.replace("\u2019", "'").lower()
    words = re.sub(
        r"n't\b", " not", straight.replace("can't", "can not").replace("cannot", "can not")
    )
    return Counter(_SMALL[word] for word in _WORD.findall(words) if word in _SMALL)


def _people(text: str) -> list[str]:
    """Role nouns and parties in order, in the singular."""
    listed: list[str] = []
    for match in _PEOPLE.finditer(text):
        party = "you" if match[1] else "we" if match[2] else "I" if match[3] else ""
        noun = party or match[0].lower().rstrip("s")
        if noun not in _STOPPERS and (not listed or listed[-1] != noun):
            listed.append(noun)
    return listed


def _units(text: str) -> Iterator[tuple[str, str]]:
    """(number, first letters of the next word) for every number."""
    for match in re.finditer(r"(\d+)\W{0,3}([a-z%]+)?", text.replace(",", "").lower()):
        yield match[1], (match[2] or "")[:2]


def _difference(one: Counter[str], other: Counter[str]) -> str:
    """The first key that one side has and the other lacks, with a sign; or nothing."""
    for key in one.keys() - other.keys():
        return f"-{key}"
    for key in other.keys() - one.keys():
        return f"+{key}"
    return ""


def _without_subject(people: list[str]) -> list[str]:
    """The people without "you" as the first of them: a duty says it without a subject."""
    return people[1:] if people[:1] == ["you"] else people


def second_check(before: str, after: str) -> Verdict:
    """Whether two texts state the same facts, by digits, odd words, small words and people."""
    checks = (
        ("digits", _difference(_digits(before), _digits(after))),
        ("names", _names(before, after)),
        ("logic", _difference(_small_words(before), _small_words(after))),
        ("people", _order(before, after)),
        ("units", "" if _units_kept(before, after) else "a number changed its unit"),
    )
    for what, difference in checks:
        if difference:
            return Verdict("second check", False, f"{what}: {difference}")
    return Verdict("second check", True, "digits, names, logic, people and units agree")


def _names(before: str, after: str) -> str:
    """An odd word that the other text does not hold anywhere; or nothing."""
    for text, other, sign in ((before, after, "-"), (after, before, "+")):
        for word in _odd_words(text):
            if word not in other:
                return sign + word
    return ""


def _order(before: str, after: str) -> str:
    one, two = _without_subject(_people(before)), _without_subject(_people(after))
    return "" if one == two else f"{' '.join(one) or 'nobody'} became {' '.join(two) or 'nobody'}"


def _units_kept(before: str, after: str) -> bool:
    one, two = dict(_units(before)), dict(_units(after))
    return all(two.get(number, unit) in (unit, "") or not unit for number, unit in one.items())
