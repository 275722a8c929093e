"""What a swapped word asks of its neighbours, and why it isn't swapped at all.

Article, verb, possessive and capitals are fitted by the neighbours alone; no parser is needed. A
word left out is closed up behind (``left_out``). Where a word in a name, a pair, a figure of speech
or a bare requirement would make English that nobody writes, ``stays`` says so and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evenhand.language.duties import VERBS_BESIDE
from evenhand.language.lexicon import DUTY_VERBS, FUNCTION_WORDS, Lexicon
from evenhand.language.roles import (
    OPENS_OBJECT,
    Statement,
    is_adverb,
    is_listed,
    is_perfect,
    is_third_person,
    noun,
    words_for,
)
from evenhand.language.span import Edit, Finding
from evenhand.language.text import IRREGULAR_PLURALS, Word, plural_verb, raised, scan

_WORDS = Lexicon("swaps")
_VOWEL_SOUND = _WORDS.pattern("vowel_sound")
_LETTERS_AS_VOWELS = frozenset("AEFHILMNORSX")
_SMALL = _WORDS.words("small")
_MODALS = _WORDS.words("modals")
_SUBORDINATE = _WORDS.words("subordinate")
_JOINTS = _WORDS.words("joints")
_SUBJECTS = _WORDS.words("subjects")
_DETERMINERS = _WORDS.words("determiners")
_PLAIN_VERBS = _WORDS.words("plain_verbs")
_PAIRED = _WORDS.words("paired")
_NOUNS = _WORDS.words("nouns")


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
    opens = opens or (" " not in written and OPENS_ITEM.search(piece[: finding.start]) is not None)
    letters = sum(c.isalpha() for c in written)
    if written.isupper() and (letters > 3 or (letters > 1 and piece.isupper())):
        return suggestion.upper()
    if not written[:1].isupper():
        return suggestion
    words = suggestion.split(" ")
    capitals = written.count(" ") == 0 or all(word[:1].isupper() for word in written.split())
    if is_titled(piece) or (capitals and not opens):
        words = [w if w in _SMALL else "-".join(map(raised, w.split("-"))) for w in words]
    return raised(" ".join(words))


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
    quoted = re.search(r"(?:^|[\s(])['‘][^'’]*$", piece[: finding.start])  # "will 'pitch in' and"
    if mark is None or quoted or not after[-1:].isalpha():
        return after, finding.end
    in_s = after.lower().endswith("s") and not after.lower().endswith("ss")
    if mark[2] and in_s and re.search(r"(?:men|people|s)$", finding.text, re.I):
        return after + mark[1], finding.end + 2
    if not mark[2] and not in_s and finding.text.lower().endswith("s") and tail[1:2] == " ":
        return f"{after}{mark[1]}s", finding.end + 1
    return after, finding.end


def _is_third_person(word: str) -> bool:
    return word in IRREGULAR_PLURALS or (len(word) > 2 and word.endswith("s") and word[-2:] not in {
        "ss", "us", "is", "'s"
    })  # fmt: skip


def agreed(piece: str, finding: Finding, after: str) -> list[Change] | str:
    """The verbs that go with "they" in the place of one person; or why that isn't clear."""
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
    told = start - 1
    for at in range(start, len(words)):
        word, before = words[at].lower, words[at - 1].lower
        if word in {".", "!", "?", ":", ";"}:
            return
        nested = nested or (word in _SUBORDINATE and not _is_aside(words, at))
        if before in _JOINTS and word in _SUBJECTS:
            return
        joined = before in _JOINTS or (
            is_adverb(words[at - 1]) and at > 1 and words[at - 2].lower in _JOINTS
        )
        if not joined or not _is_third_person(word):
            continue
        sure = _is_surely_verb(words, at)
        if told == at - 2 and plural_verb(word) != word:
            sure = True  # "they collect, clean, model and test"
        told = at if sure else told
        if nested:
            yield None
        elif sure:
            yield words[at]
        elif sure is None:
            yield None


def _is_aside(words: Sequence[Word], at: int) -> bool:
    """Whether a clause is over within a few words ("where needed,")."""
    return any(word.text == "," for word in words[at + 1 : at + 4])


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


_HOLE = "leaving it out would leave a hole in the sentence; say it another way"
_DEGREES = _WORDS.words("degrees")
_COMPARES = _WORDS.words("compares")
_NEEDS_MORE = _WORDS.words("needs_more")
_ENDS = re.compile(r"\s*(?:[.!?;:)\]\"”’]|$|,? (?:and|or|but|who|which|that|to|in|for|with|at)\b)")
_WORD = r"[^\W\d_][\w'’-]*"
_AND = re.compile(r"(,?) (and|or|&(?:amp;)?) $", re.I)
_ONE_WORD = re.compile(rf" {_WORD}(?<!s)(?=[,;])")


def left_out(piece: str, finding: Finding) -> list[Change] | str:
    """The changes that leave a flagged word out of its statement, or why it can't simply go."""
    start, end = finding.start, finding.end
    degree = re.search(rf"(?<![\w-])({_WORD}) $", piece[:start])
    if degree and degree[1].lower() in _DEGREES:
        start = degree.start(1)
    if piece[start - 1 : start] in {"-", "‑"} or piece[end : end + 1] in {"-", "‑", "'", "’"}:
        return _HOLE
    if not re.search(r"\w", piece[:start]) and _ONE_WORD.match(piece[end:]):
        return _HOLE  # "Young crew, friendly office"
    taken = _of_list(piece, start, end) or _alone(piece, start, end)
    if taken is None:
        return _HOLE
    (first, last, put), *more = taken
    if not re.search(r"\w", piece[:first] + put + piece[last:]):
        return _HOLE
    return [*cut_out(piece, first, last, put), *(Change(*one) for one in more)]


def cut_out(piece: str, first: int, last: int, put: str = "") -> list[Change]:
    """The changes that take a stretch out, with the capital and the article that this asks for."""
    opens = not any(c.isalnum() for c in piece[:first]) and piece[first : first + 1].isupper()
    if opens and not put and re.match(r"[^\W\d_]", piece[last:]):
        last, put = last + 1, piece[last].upper()
    fitted = refitted(piece, first, put + piece[last:])
    return [Change(first, last, put), *([Change(*fitted)] if fitted else [])]


def _of_list(piece: str, start: int, end: int) -> list[tuple[int, int, str]] | None:
    """The cuts that take one item out of a list of adjectives or nouns; None outside a list."""
    left, right = piece[:start], piece[end:]
    if re.search(r"\b(?:both|either|neither|not only|between|as|so|more|most) $", left, re.I):
        return None
    last = _AND.search(left)
    comma_left = re.search(rf"{_WORD}, $", left)
    follows = re.match(rf",? (and|or|&(?:amp;)?) (?={_WORD})", right, re.I)
    ends = re.fullmatch(r" &(?:amp;)?", right)  # where a sign's semicolon ends the statement
    comma_right = re.match(rf", (?={_WORD})", right)
    slash = re.search(r"\w ?/ ?$", left) or re.match(r" ?/ ?\w", right)
    if slash:
        return _of_slashes(piece, start, end)
    if last and re.search(r"\w$", left[: last.start()]):
        return _last_of_list(piece, last, start, end)
    if comma_left and follows:  # "A, X and B", "A, X, and B"
        cut = start - 2
        many = re.search(rf", {_WORD}$", left[:-2]) and follows[0].startswith(",")
        return [(cut, end + follows.end(), f"{',' if many else ''} {follows[1]} ")]
    if comma_left and (ends or comma_right or re.match(rf" (?={_WORD})", right)):
        # "A, X, B" and "a calm, X clerk"
        return [(start - 2, end, "")]
    if follows or comma_right:
        both = follows or comma_right
        return [(start, end + both.end(), "")] if both else None
    return None


def _of_slashes(piece: str, start: int, end: int) -> list[tuple[int, int, str]]:
    left = re.search(r" ?/ ?$", piece[:start])
    right = re.match(r" ?/ ?", piece[end:])
    if left:
        return [(left.start(), end, "")]
    return [(start, end + (right.end() if right else 0), "")]


def _last_of_list(
    piece: str, joint: re.Match[str], start: int, end: int
) -> list[tuple[int, int, str]] | None:
    """The cuts that take the last item away: "A, B and X" becomes "A and B"."""
    left = piece[: joint.start()]
    earlier = re.search(rf"({_WORD})(, )({_WORD})$", left)
    if re.search(r"(?:^|[.;:])\s*$", left):
        return None
    cut = (joint.start(), end, "")
    if earlier is None:
        return [cut]
    return [cut, (earlier.start(2), earlier.end(2), f" {joint[2]} ")]


def _alone(piece: str, start: int, end: int) -> list[tuple[int, int, str]] | None:
    """The cut of a word that stands in no list; None where it can't be missed."""
    left, right = piece[:start], piece[end:]
    before = re.search(rf"({_WORD})\W*$", left)
    word = before[1].lower() if before else ""
    if word in _COMPARES and re.search(r"\s$", left):
        return None
    ends = _ENDS.match(right)
    if ends and (word in _NEEDS_MORE or not word):
        return None
    if ends and left[-1:] in {"(", '"', "“"}:
        return None
    if left.endswith(" ") and (ends or not right.startswith(" ")):
        return [(start - 1, end, "")]
    space = re.match(r"[ \t]+", right)
    return [(start, end + (space.end() if space else 0), "")]


_LETTERS = re.compile(r"[^\W\d_]+")
_PERSON = re.compile(r"(?:^|\s)(?:persons?|people)$", re.I)
_ANYBODY = _WORDS.pattern("anybody")
_PREFERRED = _WORDS.pattern("preferred")
_SUITS = _WORDS.pattern("suits")
_AGE_FOLLOWS = _WORDS.pattern("age_follows", 0)
_IS = re.compile(r"\b(?:be|is|are) (?:an? )?$", re.I)
_FIGURE = _WORDS.pattern("figure")
_MADE_OF = re.compile(r"\s*(?:[.,;:!?)]|$|and\b|or\b|-|–|—)")
_NAME_GOES_ON = re.compile(r"['’]?s?['’]?(?:[ \-](?:[A-Z][\w'’]*|&))*?[ ]([A-Z][a-z]+)")
_AGES = frozenset({"young", "younger"}), frozenset({"old", "older", "mature"})
OPENS_ITEM = re.compile(r"(?:^|[.!?] |[•·●▪◦*»] ?|\d[.)]\s)[\W_]*$")
_OWNED = re.compile(r"[^\W\d_]+(?:['’]s?\b|s['’](?!\w))")
_QUOTED = re.compile(r"[\"“][^\"“”]*[\"”]")
_YOUNG = re.compile(r"\b(?:boys|girls)\b", re.I)
_ABOUT_CHILDREN = _WORDS.pattern("about_children")
_QUOTE = 1000
"""Characters of a quotation at most."""
_OTHERS = _WORDS.pattern("others")
_MALE = _WORDS.words("male")
_VERBS_AFTER = _WORDS.words("verbs_after")

_IN_A_NAME = "is part of a name"
HALF_OF_A_PAIR = "is half of a pair that goes together; put one word for both"
THERE_ALREADY = "names somebody who is there already"
_SOMEBODYS = "says whose something is"
QUOTED = "stands in quotation marks"
CHILDREN = "means the children that the work is with"
_EMPTY = "would leave nothing of what is asked: say what the work needs"
SAID_AGAIN = "would say a word again that stands near by; say it another way"
_NEAR = 90
_STEM = 7
"""Letters by which "motivated" and "motivation" are one word."""
_SHORT = 3
_SAID_OFTEN = _WORDS.words("said_often")
_JOINT = r"(?:,? (?:and|or) |, | ?/ ?| & | )"
_OF_SOMEBODY = re.compile(r"^(?:[\w-]+ (?:person|people)|hard workers?)$", re.I)
_ADJECTIVE = _WORDS.pattern("adjective_end")
_LAST = re.compile(r"([^\W\d_]+) $")
_ODD = "would read oddly here; say it another way"
_ODDITIES = [
    [(where, re.compile(pattern, re.I)) for where, pattern in row.items()]
    for row in _WORDS.tables["odd"]
]
"""Surroundings in which a suggestion would: every pattern of a row is found in its place."""


_SIGN_BEFORE = re.compile(r"(?:^|[—–|@:-] |\b(?:at|of|by|near) )The $")
_SIGN_BEHIND = _WORDS.pattern("sign_behind", 0)
"""Around a word that stands on a house's sign."""


def stays(piece: str, finding: Finding, suggestion: str) -> str:
    """The reason why a suggestion is not put into a statement; empty where it may be."""
    start, end = finding.start, finding.end
    if _is_in_a_name(piece, start, end):
        return _IN_A_NAME
    if finding.kind != "pronoun":
        if re.match(r" (?:called|named|known as) [A-Z]", piece[end:]):
            return THERE_ALREADY  # "a bloke called Piotr"
        if piece[end : end + 1] in {"'", "’"} and suggestion.lower() == "people":
            return _SOMEBODYS  # "the ladies' salon"
        if _is_half_of_a_pair(piece, finding):
            return HALF_OF_A_PAIR
        return _says_nothing(piece, finding, suggestion) or _reads_oddly(piece, finding, suggestion)
    return ""


def is_quoted(text: str, finding: Finding) -> bool:
    """Whether words before quotation marks on its line lead up to it: somebody said so."""
    first = max(text.rfind("\n", 0, finding.start) + 1, finding.start - _QUOTE)
    line = text[first : finding.end + _QUOTE].split("\n", 1)[0]
    start, end = finding.start - first, finding.end - first
    return any(0 < m.start() < start and end < m.end() for m in _QUOTED.finditer(line))


def is_of_children(text: str, finding: Finding) -> bool:
    """Whether "boys" or "girls" are pupils or children in an ad that is about them."""
    return _YOUNG.search(finding.text) is not None and _ABOUT_CHILDREN.search(text) is not None


def _is_in_a_name(piece: str, start: int, end: int) -> bool:
    """Whether capitals go on from the words to one that only names have ("… Award")."""
    if not piece[start:end][:1].isupper() or piece.isupper():
        return False
    if re.match(r" (?:in|for|who) [A-Z]", piece[end:]) and re.search(r" [a-z]", piece[end + 4 :]):
        return True  # "Women in Engineering sponsors us."
    if _SIGN_BEFORE.search(piece[:start]) and _SIGN_BEHIND.match(piece[end:]):
        return True  # "The Ferryman is a riverside pub", "Chef — The Ferryman, Topsham"
    if re.match(r"['’]s(?: [A-Z]\w+){2}", piece[end:]):
        return True  # "Policeman's Helmet Brewery"
    match = _NAME_GOES_ON.match(piece, end)
    while match:
        if match[1].lower() in words_for("names"):
            return True
        match = _NAME_GOES_ON.match(piece, match.end())
    return False


def _is_half_of_a_pair(piece: str, finding: Finding) -> bool:
    """Whether a word for the other sex stands in the statement and isn't changed with it."""
    inside = set(_LETTERS.findall(finding.text.lower()))
    rest = f"{piece[: finding.start]} {piece[finding.end :]}".lower()
    if piece[finding.end : finding.end + 1] not in {"'", "’"}:
        rest = _OWNED.sub(
            " ", rest
        )  # "Ladies' and gents' shoes", but not "men" beside "ladies' shoes"
    outside = set(_LETTERS.findall(rest))
    sexed = {f"{word}s" for word in inside} | inside
    others = _OTHERS.search(piece)
    if others and (
        others[0].lower().split()[1] in sexed or finding.text.lower() in words_for("men")
    ):
        return True  # "A top bloke who gets on with the other boys"
    if not inside.isdisjoint(_AGES[0]) and not outside.isdisjoint(_AGES[1]):
        return True
    sexes = words_for("men"), words_for("women")
    return any(
        not inside.isdisjoint(own) and inside.isdisjoint(other) and not outside.isdisjoint(other)
        for own, other in (sexes, sexes[::-1])
    )


def _says_nothing(piece: str, finding: Finding, suggestion: str) -> str:
    """Whether only "people" would be left of whom the employer prefers."""
    behind, before = piece[finding.end :], piece[: finding.start]
    shortened = finding.severity == "discrimination" and finding.text.lower().endswith(
        suggestion.lower()
    )
    if (_ANYBODY.match(suggestion) or shortened) and _PREFERRED.match(behind):
        return _EMPTY
    bare = re.fullmatch(r"(?:an? )?(?:person|people)", suggestion, re.I)
    if (
        bare
        and not _LETTERS.search(before)
        and re.match(r" (?:wanted|needed|required|sought)", behind)
    ):
        return _EMPTY
    if _ANYBODY.match(suggestion) and _SUITS.search(before) and _MADE_OF.match(behind):
        return _EMPTY
    if finding.severity != "discrimination":
        return ""
    names = any(map(_is_somebody, _LETTERS.findall(finding.text.lower())))
    if _ANYBODY.match(suggestion) and not names:
        return _EMPTY  # "Ideal candidate: male, 25 to 40"
    if _ANYBODY.match(suggestion) and _IS.search(before) and _MADE_OF.match(behind):
        return _EMPTY  # "Be a gentleman."
    if _FIGURE.match(behind):
        return _ODD
    if suggestion.lower().endswith("one") or re.match(
        r"one (?:person|man|woman)$", suggestion, re.I
    ):
        return _ODD  # "One gentleman likes a chat"
    if _AGE_FOLLOWS.match(behind):
        return "an age follows, which goes with it: say what the work needs"
    last = _LETTERS.findall(suggestion.lower())[-1:]
    if not suggestion[:1].isalnum() or not last or noun(last[0]) not in {"hired", "people"}:
        return _EMPTY
    first = len(Statement(before).lower)
    return _ODD if Statement(piece).is_served(first) else ""


def _reads_oddly(piece: str, finding: Finding, suggestion: str) -> str:
    behind, before = piece[finding.end :], piece[: finding.start]
    told = {"rule": finding.rule, "written": finding.text, "new": suggestion}
    told |= {"before": before, "behind": behind}
    if any(all(rx.search(told[where]) for where, rx in row) for row in _ODDITIES):
        return _ODD
    if finding.kind != "gendered" and _says_again(before, behind, finding.text, suggestion):
        return SAID_AGAIN
    trade = _LAST.search(before) if _PERSON.search(suggestion) else None
    if trade and " " in suggestion and _is_trade(trade[1].lower()):
        return _ODD  # "a fundraising superstar"
    asks = trade is not None and trade[1].lower() in words_for("hiring")
    if trade and not asks and is_listed(trade[1].lower()) and noun(trade[1].lower()) == "hired":
        return _ODD  # "Apprentice lad wanted"
    following = re.match(r" ([^\W\d_][\w'’]*)", behind) if _PERSON.search(suggestion) else None
    if following and _is_noun(following[1].lower(), suggestion):
        return _ODD
    if re.match(r" types?\b", behind) and _is_somebody(finding.text.lower().split()[0]):
        return _ODD  # "Girl Friday types"
    return ""


def _says_again(before: str, behind: str, written: str, suggestion: str) -> bool:
    """Whether a word of the suggestion stands near by already ("a hard worker who works hard").

    One beside it is no matter: it is said once then (``mends``).
    """
    same = re.escape(suggestion)
    before = re.sub(rf"(?<![\w-]){same}{_JOINT}$", "", before, flags=re.I)
    behind = re.sub(rf"^{_JOINT}{same}\b", "", behind, flags=re.I)
    near = f"{before[-_NEAR:]} | {behind[:_NEAR]}"
    there = {word for word in _LETTERS.findall(near.lower()) if len(word) > _SHORT}
    old = set(_LETTERS.findall(written.lower()))
    new = [w for w in _LETTERS.findall(suggestion.lower()) if len(w) > _SHORT and w not in old]
    return any(
        word.startswith(other[:_STEM]) or word[:_STEM] in other
        for word in new
        for other in there
        if word not in _SAID_OFTEN | FUNCTION_WORDS
    )


def listed_before(piece: str, finding: Finding, after: str) -> list[Change]:
    """What adjectives before a noun that brings one of its own ask for: commas, and a later "and".

    "A calm and fair go-getter" becomes "a calm, fair and motivated person".
    """
    last = re.search(
        rf"(?:(?P<one>{_WORD})(?P<joint>,? (?:and|&(?:amp;)?) ))?({_WORD})(?P<gap> +)$",
        piece[: finding.start],
    )
    if last is None or not _OF_SOMEBODY.search(after) or not is_adjective(last[3].lower()):
        return []
    if not last["one"] or not is_adjective(last["one"].lower()):
        return [Change(last.start("gap"), last.end(), ", ")]
    joint = Change(last.start("joint"), last.end("joint"), ", ")
    return [joint, Change(last.start("gap"), last.end(), last["joint"])]


def is_adjective(word: str) -> bool:
    """Whether a word by its list or its ending describes people as "motivated" does."""
    listed = (
        word in words_for("adjectives")
        or "-" in word
        or (noun(word) is None and _ADJECTIVE.search(word))
    )
    return bool(listed) and word not in FUNCTION_WORDS


def _is_trade(word: str) -> bool:
    """Whether a word before a noun says what somebody works in ("sales", "fundraising")."""
    if word in words_for("adjectives") | words_for("hiring"):
        return False
    return word.endswith("ing") or noun(word) == "thing" or word in words_for("modifiers")


def _is_somebody(word: str) -> bool:
    """Whether a word names people; "male" alone names none."""
    sexes = words_for("men") | words_for("women")
    return (is_listed(word) and noun(word) in {"hired", "people", "other"}) or (
        word in sexes - _MALE or word.endswith(("man", "men"))
    )


def _is_noun(word: str, people: str) -> bool:
    """Whether a word that follows "people" or "person" makes a compound of them ("gang")."""
    word = re.split("['’]", word)[0]
    if people.lower().endswith("people") and word in DUTY_VERBS:
        return False
    if noun(word) or word in words_for("modifiers"):
        return word not in words_for("plain_after_people")
    return word not in words_for("plain_after_people") | _VERBS_AFTER and not word.endswith(
        ("ly", "ing", "ed", "n't", "'ll", "’ll", "'re", "’re")
    )
