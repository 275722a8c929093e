"""Why a finding is left as it stands although a plain word could take its place.

A word swapped in a name, a pair, a figure of speech or a requirement that is nothing but its ground
makes English that nobody would write, or says another thing: there the finding is shown with its
suggestion and a person decides. Nothing is changed here (``mends``), and nothing found.
"""

from __future__ import annotations

import re

from evenhand.language.duty_verbs import DUTY_VERBS
from evenhand.language.finding import Finding
from evenhand.language.function_words import FUNCTION_WORDS
from evenhand.language.roles import Statement, is_listed, noun, words_for

_WORD = re.compile(r"[^\W\d_]+")
_PERSON = re.compile(r"(?:^|\s)(?:persons?|people)$", re.I)
_ANYBODY = re.compile(
    r"(?:an? |the )?(?:persons?|people|candidates?|applicants?|team|staff|someone|everyone)$", re.I
)
_PREFERRED = re.compile(
    r",?(?: is| are| will be| would be)?(?: \w+ly)? (?:preferred|preferable|welcome|only|favou?red"
    r"|given|considered|encouraged|ideal|a plus|an advantage|an asset|a bonus|need apply"
    r"|take priority)\b",
    re.I,
)
_SUITS = re.compile(
    r"\b(?:suits?|suited to|suitable for|ideal for|fit for|prefer(?:ably|s)?) (?:an? |the )?$", re.I
)
_AGE_FOLLOWS = re.compile(r",? (?:\(|of |aged? |under |over |between )\s*(?:\w+ )?\d")
_IS = re.compile(r"\b(?:be|is|are) (?:an? )?$", re.I)
_FIGURE = re.compile(
    r" (?:of (?:few|the|his|her|honou?r|letters|means|god)|about town|at work sign)\b", re.I
)
_MADE_OF = re.compile(r"\s*(?:[.,;:!?)]|$|and\b|or\b|-|–|—)")
_NAME_GOES_ON = re.compile(r"['’]?s?['’]?(?:[ \-](?:[A-Z][\w'’]*|&))*?[ ]([A-Z][a-z]+)")
_AGES = frozenset({"young", "younger"}), frozenset({"old", "older", "mature"})
_BEFORE_THINGS = re.compile(r" (?:quality|style|grade|class|skills?)\b", re.I)
_OF_OTHERS = re.compile(
    r"(?:our |the |most |many |some )?(?:customers|clients|guests|visitors|shoppers|patients|pupils"
    r"|students|members|residents|passengers|players|fans|readers|viewers)\b",
    re.I,
)
_OWNED = re.compile(r"[^\W\d_]+(?:['’]s?\b|s['’](?!\w))")
_QUOTED = re.compile(r"[\"“][^\"“”]*[\"”]")
_YOUNG = re.compile(r"\b(?:boys|girls)\b", re.I)
_ABOUT_CHILDREN = re.compile(
    r"\b(?:nann(?:y|ies)|au pair|childminder|child(?:ren)?|pupils|nursery|twins|sons"
    r"|daughters|toddlers?|kids)\b",
    re.I,
)
_QUOTE = 1000
"""Characters of a quotation at most."""
_OTHERS = re.compile(
    r"\bother (?:boys|lads|guys|men|blokes|chaps|girls|ladies|women|lasses|gals)\b", re.I
)
_MALE = frozenset("male males female females".split())
_VERBS_AFTER = frozenset(
    """start starts love loves like likes want wants go goes come comes live lives have has get gets
    say says think thinks make makes do does stay stays feel feels need needs know knows""".split()
)

_IN_A_NAME = "is part of a name"
HALF_OF_A_PAIR = "is half of a pair that goes together; put one word for both"
_THERE_ALREADY = "names somebody who is there already"
_SOMEBODYS = "says whose something is"
QUOTED = "stands in quotation marks"
CHILDREN = "means the children that the work is with"
_EMPTY = "would leave nothing of what is asked: say what the work needs"
_TWICE = "would say a word again that stands near by; say it another way"
_NEAR = 60
_SHORT = 3
_SAID_OFTEN = frozenset("person people team staff with worker workers comfortable quickly".split())
_JOINT = r"(?:,? (?:and|or) |, | ?/ ?| & | )"
_JOINED_BEFORE = re.compile(rf"[\w'’-]+{_JOINT}$")
_JOINED_BEHIND = re.compile(rf"^{_JOINT}[\w'’-]+")
_ALONE = re.compile(r" (?:team|crew|staff|company|office|group)(?:[.,;:!?)]|$| and\b)", re.I)
_LAST = re.compile(r"([^\W\d_]+) $")
_BARE = re.compile(r"\b(?:with|have|has|having) an? $", re.I)
_ODD = "would read oddly here; say it another way"


_SIGN_BEFORE = re.compile(r"(?:^|[—–|@:-] |\b(?:at|of|by|near) )The $")
_SIGN_BEHIND = re.compile(
    r"(?:, [A-Z]| is (?:a|an|our) (?:[\w'’-]+ ){0,4}"
    r"(?:pub|inn|bar|hotel|restaurant|café|cafe|brewery|club|theatre|shop|salon|school|hostel)\b)"
)
"""Around a word that stands on a house's sign."""


def stays(piece: str, finding: Finding, suggestion: str) -> str:
    """The reason why a suggestion is not put into a statement; empty where it may be.

    Args:
        piece: The statement.
        finding: Where it stands there.
        suggestion: What would.
    """
    start, end = finding.start, finding.end
    if _is_in_a_name(piece, start, end):
        return _IN_A_NAME
    if finding.kind != "pronoun":
        if _names_somebody(piece, end):
            return _THERE_ALREADY
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


def _names_somebody(piece: str, end: int) -> bool:
    """Whether a name follows ("a bloke called Piotr")."""
    return re.match(r" (?:called|named|known as) [A-Z]", piece[end:]) is not None


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
    inside = set(_WORD.findall(finding.text.lower()))
    rest = f"{piece[: finding.start]} {piece[finding.end :]}".lower()
    if piece[finding.end : finding.end + 1] not in {"'", "’"}:
        rest = _OWNED.sub(
            " ", rest
        )  # "Ladies' and gents' shoes", but not "men" beside "ladies' shoes"
    outside = set(_WORD.findall(rest))
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
        and not _WORD.search(before)
        and re.match(r" (?:wanted|needed|required|sought)", behind)
    ):
        return _EMPTY
    if _ANYBODY.match(suggestion) and _SUITS.search(before) and _MADE_OF.match(behind):
        return _EMPTY
    if finding.severity != "discrimination":
        return ""
    names = any(map(_is_somebody, _WORD.findall(finding.text.lower())))
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
    last = _WORD.findall(suggestion.lower())[-1:]
    if not suggestion[:1].isalnum() or not last or noun(last[0]) not in {"hired", "people"}:
        return _EMPTY
    first = len(Statement(before).lower)
    return _ODD if Statement(piece).is_served(first) else ""


def _reads_oddly(piece: str, finding: Finding, suggestion: str) -> str:
    behind, before = piece[finding.end :], piece[: finding.start]
    if suggestion.lower() == "staff" and re.match(r" (?:is|was|has)\b", behind):
        return _ODD
    native = finding.text.lower().startswith("native ")
    if native and re.search(r"\bnative\b", f"{before} {behind}", re.I):
        return _ODD  # "Native French speakers, also native German"
    if finding.kind != "gendered" and _says_again(before, behind, finding.text, suggestion):
        return _TWICE
    trade = _LAST.search(before) if " " in suggestion and _PERSON.search(suggestion) else None
    if trade and _is_trade(trade[1].lower()):
        return _ODD  # "a fundraising superstar"
    if suggestion == "" and _BARE.search(before) and _ALONE.match(behind):
        return _EMPTY  # "a young firm with a young team"
    if _PERSON.search(suggestion):
        if re.search(r"['’]s $", before) or behind[:1] in {"-", "‑"}:
            return _ODD
        trade = re.search(r"([^\W\d_]+) $", before)
        if trade and is_listed(trade[1].lower()) and noun(trade[1].lower()) == "hired":
            return _ODD  # "Apprentice lad wanted"
        following = re.match(r" ([^\W\d_][\w'’]*)", behind)
        if following and _is_noun(following[1].lower(), suggestion):
            return _ODD
    if re.search(r"(?:person|worker)$", suggestion, re.I) and _BEFORE_THINGS.match(behind):
        return _ODD
    if re.match(r" types?\b", behind) and _is_somebody(finding.text.lower().split()[0]):
        return _ODD  # "Girl Friday types"
    if _is_one_of_them(before, behind):
        return _ODD  # "one of our salesmen retires: take over his patch"
    called = before.endswith(", ") and re.match(r"[.!?]", behind)
    opens = not _WORD.search(before) and " " not in finding.text
    called = called or (opens and behind.startswith(","))
    if finding.rule == "guys" and re.search(r"people$", suggestion, re.I):
        alone = re.fullmatch(r"\W*the ", before, re.I)
        if alone and not re.match(r" (?:who|that|in|on|at|from|you|we)\b", behind):
            return _ODD  # "The lads have a laugh"
    if finding.rule == "guys" and (_OF_OTHERS.match(piece) or called):
        return _ODD  # "Our clients are lads from the docks"; "Get stuck in, lads!"
    if " with " in f" {suggestion} " and re.match(r" with\b", behind):
        return _ODD
    if suggestion and re.search(r"\b(?:bit|kind|sort|something) of an? $", before):
        return _ODD
    return ""


def _says_again(before: str, behind: str, written: str, suggestion: str) -> bool:
    """Whether a word of the suggestion stands near by already ("a hard worker who works hard").

    One beside it is no matter: it is said once then (``mends``).
    """
    near = _JOINED_BEFORE.sub("", before)[-_NEAR:] + " | " + _JOINED_BEHIND.sub("", behind)[:_NEAR]
    there = {word for word in _WORD.findall(near.lower()) if len(word) > _SHORT}
    old = set(_WORD.findall(written.lower()))
    new = [w for w in _WORD.findall(suggestion.lower()) if len(w) > _SHORT and w not in old]
    return any(
        word.startswith(other) or other.startswith(word)
        for word in new
        for other in there
        if word not in _SAID_OFTEN | FUNCTION_WORDS
    )


def _is_trade(word: str) -> bool:
    """Whether a word before a noun says what somebody works in ("sales", "fundraising")."""
    return word.endswith("ing") or noun(word) == "thing" or word in words_for("modifiers")


def _is_one_of_them(before: str, behind: str) -> bool:
    """Whether one of several is told of, whose pronoun stays."""
    one = re.search(r"\bone of (?:our|the|my|its|their) (?:[\w-]+ ){0,3}$", before, re.I)
    return bool(one and re.search(r"\b(?:s?he|his|hers?|him)\b", behind, re.I))


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
