"""What a swapped word asks of its neighbours: article, verb, possessive, capitals.

Neighbours alone are looked at; no parser is needed. Where it isn't clear which verb belongs to a
pronoun, that is said and nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evenhand.language.coordination import VERBS_BESIDE
from evenhand.language.duty_verbs import DUTY_VERBS
from evenhand.language.finding import Finding
from evenhand.language.inflection import IRREGULAR_PLURALS, plural_verb
from evenhand.language.roles import OPENS_OBJECT, is_adverb, is_perfect, is_third_person
from evenhand.language.scan import Word, scan
from evenhand.language.span import Edit

_VOWEL_SOUND = re.compile(
    r"(?!eu|ew|one\b|once|ubi|un[ai](?![nm])|uni(?!n|m[pa])|us[aeiu](?!b)|ut[eiou]|ura)[aeiou]"
    r"|hour|hono|honest|heir",
    re.I,
)
_LETTERS_AS_VOWELS = frozenset("AEFHILMNORSX")
_SMALL = frozenset("a an and as at by for from in of on or the to with".split())
_MODALS = frozenset(
    """must can cannot could will would shall should may might 'll 'd can't couldn't won't wouldn't
    shouldn't mustn't ought""".split()
)
_SUBORDINATE = frozenset(
    "who which that whom whose when where while if because whether how what why as since".split()
)
_JOINTS = frozenset("and or but , ; & / then".split())
_SUBJECTS = frozenset("he she it they we you i this that there who which".split())
_DETERMINERS = frozenset(
    """the a an his her their our your its my any all each every some no new this that these those
    both up off out down away back us them him you""".split()
)
_PLAIN_VERBS = frozenset(
    """gets goes comes knows thinks feels takes makes gives keeps lets eats loses begins becomes
    seems wins enjoys loves likes wants tries""".split()
)
_PAIRED = frozenset(
    """reports:to works:with works:on works:in works:as works:for acts:as serves:as looks:after
    helps:to helps:with deals:with answers:to stands:in takes:part takes:care travels:to talks:to
    cares:for plans:and focuses:on""".split()
)
"""A verb and the word after it that shows that it is no noun."""
_NOUNS = frozenset(
    """accounts audits bills books briefs budgets calls changes checks claims contracts copies
    designs displays drafts drives files forms guides interviews issues leads levels loads markets
    matches measures models moves needs notes offers orders papers parts plans posts prints
    processes products programs projects questions ranks rates records registers reports requests
    results reviews routes sales samples schedules scores screens sets shares shows signs stages
    stocks stores studies supplies supports surveys talks tests tours trades trials updates uses
    views visits works""".split()
)
"""Forms in -s that are plural nouns as often as verbs."""


_UNTOLD = "the verb that goes with it can't be told; write it as you would say it"


@dataclass(frozen=True, slots=True)
class Change:
    """One replaced stretch of a statement."""

    start: int
    end: int
    after: str

    def edit(self, text: str, proof: Mapping[str, object]) -> Edit:
        """The change as an edit of the statement."""
        return Edit(self.start, self.end, text[self.start : self.end], self.after, proof)


def article(word: str) -> str:
    """``a`` or ``an``, as the word that follows sounds."""
    if word[:1].isdigit():
        return "an" if re.match(r"8|1[18](?!\d)", word) else "a"
    if len(word) > 1 and word.isupper() and len(word) <= 5:
        spelled = not re.search(r"[AEIOUY]", word[1:]) or len(word) <= 3
        return "an" if word[0] in (_LETTERS_AS_VOWELS if spelled else "AEIO") else "a"
    return "an" if _VOWEL_SOUND.match(word) else "a"


def refitted(piece: str, place: int, following: str) -> tuple[int, int, str] | None:
    """The article that stands just before a place, fitted to what will follow it there."""
    match = re.search(r"(?<![\w'’.-])(an?)(\s+[\"“'‘(]?)$", piece[:place], re.I)
    word = re.match(r"[\"“'‘(]?(\w+)", following)
    if not match or not word or (len(match[1]) == 1 and match[1].isupper() and match.start()):
        return None
    fitted = article(word[1])
    if match[1].lower() == fitted:
        return None
    shown = fitted.upper() if match[1].isupper() and len(match[1]) > 1 else fitted
    shown = shown[0].upper() + shown[1:] if match[1][0].isupper() else shown
    return match.start(1), match.end(1), shown


def article_for(piece: str, finding: Finding, after: str) -> list[Change]:
    """The change of the article before a mended word, if it asks for one."""
    found = refitted(piece, finding.start, after)
    return [Change(*found)] if found else []


def cased_like(piece: str, finding: Finding, suggestion: str) -> str:
    """The suggestion in the case of the words it replaces, in that of a title in a title."""
    written = finding.text
    opens = not any(c.isalnum() for c in piece[: finding.start])
    letters = sum(c.isalpha() for c in written)
    if written.isupper() and (letters > 3 or (letters > 1 and piece.isupper())):
        return suggestion.upper()
    if not written[:1].isupper():
        return suggestion
    words = suggestion.split(" ")
    capitals = written.count(" ") == 0 or all(word[:1].isupper() for word in written.split())
    if is_titled(piece) or (capitals and not opens):
        words = [w if w in _SMALL else "-".join(map(_raised, w.split("-"))) for w in words]
    return _raised(" ".join(words))


def _raised(word: str) -> str:
    return word[:1].upper() + word[1:]


def is_titled(piece: str) -> bool:
    """Whether the statement has the capitals of a title."""
    words = [w for w in scan(piece) if w.is_word and w.lower not in _SMALL]
    capitals = sum(word.text[0].isupper() for word in words)
    return len(words) > 1 and capitals > 0.7 * len(words) and piece.rstrip()[-1:] not in ".!?"


def possessive(piece: str, finding: Finding, after: str) -> tuple[str, int]:
    """The mended word with the possessive that it needs, and where the change ends.

    "Ladies' shoes" becomes "people's shoes"; "foremen's" becomes "supervisors'".
    """
    tail = piece[finding.end :]
    mark = re.match(r"(['’])(s\b)?(?![^\W\d_])", tail)
    if mark is None or not after[-1:].isalpha():
        return after, finding.end
    in_s = after.lower().endswith("s") and not after.lower().endswith("ss")
    if mark[2] and in_s and _is_plural(finding.text):
        return after + mark[1], finding.end + 2
    if not mark[2] and not in_s and finding.text.lower().endswith("s") and tail[1:2] == " ":
        return f"{after}{mark[1]}s", finding.end + 1
    return after, finding.end


def _is_plural(word: str) -> bool:
    return bool(re.search(r"(?:men|people|s)$", word, re.I))


def _is_third_person(word: str) -> bool:
    return word in IRREGULAR_PLURALS or (len(word) > 2 and word.endswith("s") and word[-2:] not in {
        "ss", "us", "is", "'s"
    })  # fmt: skip


def agreed(piece: str, finding: Finding, after: str) -> list[Change] | str:
    """The verbs that go with "they" where it takes the place of one person.

    Returns:
        Their changes; or, where it isn't clear which verbs go with it, the reason.
    """
    if after.lower().split()[:1] != ["they"] or finding.text.lower().startswith("they"):
        return []
    words = scan(piece)
    first = next((n for n, w in enumerate(words) if w.start >= finding.end), len(words))
    changes = list(_inverted(words, first, finding))
    at = first
    short = re.match(r"['’](?:ll|d)\b", piece[finding.end :], re.I)  # "he'll focus"
    if len(after.split()) == 1 and not changes and not short:
        while at < len(words) and is_adverb(words[at]):
            at += 1
        if at == len(words) or not words[at].is_word:
            if at < len(words) and words[at].lower in {"'s", "’s"}:
                changes.append(_contracted(piece, words, at))
            elif at < len(words) and words[at].text in {",", "(", "-", "–", "—"}:
                return _UNTOLD
        elif _is_third_person(words[at].lower) and words[at].lower not in _MODALS:
            changes.append(_in_plural(words[at]))
        elif at + 1 < len(words) and words[at + 1].lower in {"is", "has", "does", "was"}:
            return _UNTOLD
    nested = _is_in_a_clause_of_another(words, first, finding)
    if nested and at < len(words) and words[at].lower in _MODALS:
        return changes  # "says what he can lift and signs": another's verb
    more = list(_beside(words, at + 1, nested=nested))
    if None in more:
        return "it isn't clear which verbs go with it; write it as you would say it"
    return [*changes, *(_in_plural(word) for word in more if word is not None)]


def _in_plural(word: Word) -> Change:
    return Change(word.start, word.end, plural_verb(word.text))


def _inverted(words: Sequence[Word], first: int, finding: Finding) -> Iterator[Change]:
    """The auxiliary before the pronoun: "not only does he lead"."""
    before = next((w for w in reversed(words[:first]) if w.end <= finding.start), None)
    if before is not None and before.lower in {"does", "is", "has", "was", "doesn't", "isn't"}:
        yield _in_plural(before)


def _contracted(piece: str, words: Sequence[Word], at: int) -> Change:
    """The contraction of "he's" as that of "they're" or "they've"."""
    mark = words[at]
    short = "ve" if is_perfect(words, at + 1) else "re"
    return Change(mark.start, mark.end, piece[mark.start] + short)


def _is_in_a_clause_of_another(words: Sequence[Word], first: int, finding: Finding) -> bool:
    """Whether the pronoun's clause hangs on a verb of somebody else ("finds out what he needs")."""
    before = [word for word in words[:first] if word.end <= finding.start]
    opens = next((n for n in range(len(before) - 1, -1, -1) if before[n].lower in _SUBORDINATE), -1)
    joined = any(word.lower in _JOINTS for word in before[opens + 1 :])
    led = any(
        (word.lower not in _NOUNS and is_third_person(word.lower))
        or following.lower in _DETERMINERS | _SUBORDINATE
        for word, following in pairwise(before[1 : opens + 1])
        if _is_third_person(word.lower)
    )
    return led and not joined


def _beside(words: Sequence[Word], start: int, *, nested: bool) -> Iterator[Word | None]:
    """Later verbs in the third person that share the subject; None where one isn't clear."""
    for at in range(start, len(words)):
        word, before = words[at].lower, words[at - 1].lower
        if word in {".", "!", "?", ":", ";"}:
            return
        nested = nested or (word in _SUBORDINATE and not _is_aside(words, at))
        if before in _JOINTS and word in _SUBJECTS:
            return
        joined = before in _JOINTS or (is_adverb(words[at - 1]) and _joint_before(words, at - 1))
        if not joined or not _is_third_person(word):
            continue
        sure = _is_surely_verb(words, at)
        if nested:
            yield None
        elif sure:
            yield words[at]
        elif sure is None:
            yield None


def _is_aside(words: Sequence[Word], at: int) -> bool:
    """Whether a clause is over within a few words ("where needed,")."""
    return any(word.text == "," for word in words[at + 1 : at + 4])


def _joint_before(words: Sequence[Word], at: int) -> bool:
    return at > 0 and words[at - 1].lower in _JOINTS


def _is_surely_verb(words: Sequence[Word], at: int) -> bool | None:
    """Whether a word after a joint is a verb; None where it might be a noun."""
    word = words[at].lower
    following = words[at + 1].lower if at + 1 < len(words) else "."
    if word in IRREGULAR_PLURALS or following in OPENS_OBJECT or f"{word}:{following}" in _PAIRED:
        return True
    base = plural_verb(word)
    if base not in DUTY_VERBS and base not in VERBS_BESIDE and word not in _PLAIN_VERBS:
        return False
    if word not in _NOUNS or following in _DETERMINERS:
        return True
    if at + 1 < len(words) and is_adverb(words[at + 1]):
        return True
    return False if following in {".", ",", "and", "or", ";", "of", "!"} else None
