"""A second, independent opinion on whether an edit changed a fact; used to audit the first.

It shares no table, pattern or tokenizer with ``facts``. Where ``facts`` looks for kinds of facts,
this checker asks what an edit did to the raw text: which digits, which words that are rare or
written oddly, which small words that carry logic, which people and in which order, and whether
the long words that both texts share kept their order. It is stricter in places and blinder in
others, on purpose: agreement of two different checkers is evidence, agreement of a checker with
itself is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from evenhand.language.lexicon import Lexicon
from evenhand.language.span import Verdict

_WORDS = Lexicon("second_checker")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ODD = re.compile(r"\d|[A-Z].*[A-Z]|[a-z][A-Z]|[+#@/&]")
_LETTER = re.compile(r"[A-Za-z]")
_PHRASES = (
    (r"(?<=\d)\s?\+|\bat least\b|\bminimum\b|\b(?:or|and) (?:more|above)\b", " floorbound "),
    (r"\bup to\b|\bat most\b|\bmaximum\b|\bno more than\b", " ceilingbound "),
    (r"\bprior to\b", " before "),
    (r"\blooking for\b", " seeking "),
    (r"%", " percent "),
    (r"\bfor (?:example|instance)\b", " such "),
    (r"\ba number of\b|\bmultiple\b", " several "),
    (r"'re\b", " are "),
    (r"'(?:ll|ve|s|d|m)\b", " "),
    (r"\bcan't\b|\bcannot\b", " can not "),
    (r"n't\b", " not "),
    (r"\b(?:able|ability) to\b", " can "),
    (r"\bin (?:this|the) (?:role|position|job)\b,?|\bin order to\b|\bas well as\b", " "),
)
_OPENER = _WORDS.pattern("opener", 0)
"""Openings that tell only that what follows is a duty of the post."""
_SMALL = _WORDS.by_word("classes")
_NOT_PEOPLE = _WORDS.words("not_people")
_SPELLED = {
    **{
        word: str(number)
        for number, word in enumerate(
            "zero one two three four five six seven eight nine ten eleven twelve".split()
        )
    },
    **{"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "hundred": "100"},
    **{"thousand": "1000", "million": "1000000", "dozen": "12", "first": "1", "second": "2"},
}
_ENDINGS = ("er", "or", "ist", "ian", "ant", "ent", "ee", "man")
_TIES = {
    word: words.split()[0]
    for words in ("in on at within across", "to into towards", "by via through", "as", "from")
    for word in words.split()
}
_PEOPLE = _WORDS.words("people")


def _straight(text: str) -> str:
    """Lower case, straight quotes, and the phrases that stand for one small word replaced."""
    plain = text.replace("\u2019", "'").lower().replace("you'll ", "you will ", 1)
    plain = _OPENER.sub(" ", plain)
    for pattern, word in _PHRASES:
        plain = re.sub(pattern, word, plain)
    return plain


def _digits(text: str) -> Counter[str]:
    """Every number with the sign before it and the first letters of the word after it."""
    plain = re.sub(r" (?:floor|ceiling)bound ", " ", _straight(text.replace(",", "")))
    plain = _WORD.sub(lambda match: _SPELLED.get(match[0], match[0]), plain)
    found = re.finditer(r"([$€£~]|\babout |\baround )?\s?(\d+)[\W_]{0,3}([a-z]{2})?", plain)
    linked = {"to", "or", "an"}
    return Counter(
        f"{match[1] or ''}{match[2]} {'' if match[3] in linked else match[3] or ''}".strip()
        for match in found
    )


def _odd_words(text: str) -> list[str]:
    """Chunks with inner capitals, with letters beside digits or signs, and names by capital."""
    found: list[str] = []
    previous = "."
    for chunk in text.split():
        bare = chunk.strip(".,;:!?()[]\"'“”‘’$€£").replace("'s", "").replace("’s", "")
        inside = previous[-1:] not in ".!?:"
        odd = _ODD.search(bare) and _LETTER.search(bare)
        if odd or (inside and bare[:1].isupper() and bare[:2] not in {"I", "I'"}):
            found += (part.replace(".", "") for part in re.split(r"[/()]", bare) if part)
        previous = chunk
    return found


def _small_words(text: str) -> list[str]:
    """The classes of small words with logic in them, in order."""
    straight = _straight(text)
    past = (
        ["past"]
        if re.search(
            r"(?:^|\b(?:we|they|it|i|you)\s+)(?!exceed|succeed|proceed)\w{3,}ed\b", straight
        )
        else []
    )
    return past + [_SMALL[word] for word in _WORD.findall(straight) if word in _SMALL]


def _person(word: str) -> str:
    """A key for a word that names a person or party; empty for any other word."""
    word = "mentor" if word == "mentoring" else word
    if word in {"you", "your", "candidate", "candidates", "applicant", "applicants"}:
        return "you"
    if word in {"we", "us"}:
        return "we"
    if word == "our":
        return "our"
    if word in {"i", "me", "my"}:
        return "I"
    if word in {"individual", "individuals", "person", "persons", "people", "someone"}:
        return "people"
    single = word[:-1] if word.endswith("s") else word
    agent = len(single) > 4 and single.endswith(_ENDINGS) and single not in _NOT_PEOPLE
    return single if agent or single in _PEOPLE else ""


_PRAISED = _WORDS.pattern("praised", 0)
"""Ways to praise the reader that look like people somebody else works with."""


def _people(text: str) -> list[str]:
    """People and parties in order, neighbours that are equal merged; a first "you" left out."""
    listed: list[str] = []
    for word in _WORD.findall(_PRAISED.sub(" ", _straight(text))):
        person = _person(word)
        if person and (person == "our" or not listed or listed[-1] != person):
            listed.append(person)
    return listed[1:] if listed[:1] == ["you"] else listed


def _bound_people(text: str) -> Iterator[str]:
    """A preposition and the person word soon after it: "by clients", "for the design team"."""
    words = _WORD.findall(_straight(text))
    for index, word in enumerate(words):
        if word in {"by", "from", "for", "with", "under", "against"}:
            nearby = [_person(later) for later in words[index + 1 : index + 4]]
            person = next((found for found in nearby if found), "")
            if person:
                yield f"{word} {person}"


def _retied(before: str, after: str) -> str:
    """A long word that another small word ties in the second text; or nothing."""
    ties: list[dict[str, str]] = []
    for text in (before, after):
        words = [w for w in _WORD.findall(_straight(text)) if w not in {"a", "an", "the", "our"}]
        pairs = pairwise(words)
        ties.append({w[:5]: _TIES[tie] for tie, w in pairs if tie in _TIES and len(w) > 3})
    one, two = ties
    return next((f"{one[w]} {w} became {two[w]}" for w in one if two.get(w, one[w]) != one[w]), "")


def _difference(one: list[str], other: list[str]) -> str:
    """The first key that one side has and the other lacks, with a sign; or nothing."""
    lost, gained = set(one) - set(other), set(other) - set(one)
    return f"-{min(lost)}" if lost else f"+{min(gained)}" if gained else ""


def _names(before: str, after: str) -> str:
    """An odd word that the other text does not hold anywhere; or nothing."""
    for text, other, sign in ((before, after, "-"), (after, before, "+")):
        flat = other.replace(".", "")
        for word in _odd_words(text):
            if word not in flat:
                return sign + word
    return ""


def _long_words(text: str) -> Iterator[str]:
    """The first letters of the longer words, without the verbs that only frame a duty."""
    for word in _WORD.findall(_straight(text)):
        if len(word) > 3 and not word.startswith(("includ", "involv")):
            yield word[:6]


def _moved(before: str, after: str) -> str:
    """A long word that changed its place among those that both texts hold equally often."""
    one, two = ([*_long_words(text)] for text in (before, after))
    counts = Counter(one), Counter(two)
    shared = {w for w in counts[0] if counts[0][w] == counts[1][w]}
    kept_one, kept_two = ([w for w in words if w in shared] for words in (one, two))
    return next((b for a, b in zip(kept_one, kept_two, strict=True) if a != b), "")


def _told(one: list[str], other: list[str]) -> str:
    same = one == other
    return "" if same else f"{' '.join(one) or 'nothing'} became {' '.join(other) or 'nothing'}"


def second_check(before: str, after: str) -> Verdict:
    """Whether two texts state the same facts, by digits, odd words, small words, people, order."""
    digits = (_digits(before) - _digits(after)) + (_digits(after) - _digits(before))
    checks = (
        ("digits", " ".join(digits)),
        ("names", _names(before, after)),
        ("logic", _difference(_small_words(before), _small_words(after))),
        ("people", _told(_people(before), _people(after))),
        ("roles", _difference([*_bound_people(before)], [*_bound_people(after)])),
        ("order", _moved(before, after)),
        ("ties", _retied(before, after)),
    )
    for what, difference in checks:
        if difference:
            return Verdict("second check", False, f"{what}: {difference}")
    return Verdict("second check", True, "digits, names, logic, people, order and ties agree")
