"""Whom a statement names by a single noun, and whether that is the person to be hired.

Somebody is hired only where the words say so: who is sought ("we need a welder", "the ideal
candidate"), who bears the ad's own title, or the subject of a statement that tells what a holder of
the post does ("The officer is alone at night"). Everybody else is known: a name, a customer, an
animal, somebody to report to, a colleague who is there already. What a pronoun means is told in
``pronouns``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Literal

from evenhand.language.lexicon import FUNCTION_WORDS, Lexicon
from evenhand.language.roles import (
    Statement,
    is_adverb,
    is_listed,
    is_single,
    is_third_person,
    noun,
    singular,
    words_for,
)
from evenhand.language.text import statements

_WORDS = Lexicon("antecedents")
Person = Literal["hired", "known"]

_KNOWN_BEFORE = _WORDS.words("known_before")
_GONE_BEFORE = _WORDS.words("gone_before")
_HIRED_BEFORE = _WORDS.words("hired_before")
_REPORTS = _WORDS.words("reports")
_GOES = _WORDS.words("goes")
_BECOMES = _WORDS.words("becomes")
_AWAY = frozenset({"leave", "sabbatical"})
_PAST = _WORDS.words("past")
_PAST_VERBS = _WORDS.words("past_verbs")
_PRONOUNS = _WORDS.words("pronouns")
_BEEN = frozenset({"was", "had", "used"})
_NO_PAST = _WORDS.words("no_past")
_CALENDAR = _WORDS.words("calendar")
_WE_HAVE = (["we", "have"], ["we", "'ve"], ["we", "employ"], ["we've"], ["we've", "got"])
_NO_FIRST_NAME = re.compile(r"(?:ing|ion|ence|ance|ity|ness|ment|ship|ly)$")
_REPLACED = _WORDS.words("replaced")
_CONTACTS = _WORDS.words("contacts")
_MET = _WORDS.words("met")
_LETTERS = _WORDS.words("letters")
_OPENS_ORDER = _WORDS.words("opens_order")
_BEFORE_PLACES = _WORDS.words("before_places")
_SEXED = _WORDS.words("sexed")
_NO_PERSON = _WORDS.words("no_person")
_SEVERAL = _WORDS.words("several")
_BODY = _WORDS.words("body")
_OWN = _WORDS.words("own")
_ASKED = _WORDS.words("asked")
_JOINTS = _WORDS.words("joints")
_OPENERS = _WORDS.words("openers")
_BEING = _WORDS.words("being")
_HOLDERS = _WORDS.words("holders")
DUTY = _WORDS.words("duty")
_SHOWS_NOUN = _WORDS.words("shows_noun")
_LEADS_IN = _WORDS.words("leads_in")
_ADDRESSED = _WORDS.words("addressed")
ONE_SEX = re.compile(r"\b(?:s?he|him|his|hers?|himself|herself|s?he['’](?:ll|d))\b", re.I)
"""A pronoun of one sex."""
_REACH = 3
"""Statements in which a pronoun may go on about a noun, its own included."""
_WINDOW = 1000
_TITLE_LINES = 3
_TITLE_WORDS = 12
_LABEL = re.compile(r"(?im)^\W*(?:position|post|role|job|title|vacancy)\b[^:\n]{0,12}:(.*)$")
_WORD = re.compile(r"[a-z]+")
_BOSS_OF = re.compile(r"(?i)\b(?:assistant|pa|ea|secretary|deputy|aide|clerk) to\b.*")


@dataclass(frozen=True, slots=True)
class Said:
    """One person named in a statement.

    Attributes:
        place: The place of the noun or pronoun.
        who: Who it is.
        reported: Whether only as somebody to report to.
        strong: Whether the words say that this is who is sought.
        named: Whether it is one particular person, whom a name or a departure tells.
        owned: Whether it is a pronoun's own ("his deputy").
        beside: Whether it only stands beside somebody ("with a deputy").
        owns: Whether it only owns something ("the owner's yard").
        other: Whether it is a customer, an animal and the like.
        sex: Of a pronoun that was found, "he", "she" or "both"; empty for a noun.
    """

    place: int
    who: Person
    reported: bool = False
    strong: bool = False
    named: bool = False
    owned: bool = False
    beside: bool = False
    owns: bool = False
    other: bool = False
    sex: str = ""


@dataclass
class Ad:
    """What the ad as a whole tells of the person to be hired."""

    text: str
    sought: set[str] = field(default_factory=set[str])

    @cached_property
    def titles(self) -> frozenset[str]:
        """The words of its title lines, where one of them names a person; else empty."""
        lines = [line for line in self.text.splitlines() if line.strip()]
        heads = [*(lines[:_TITLE_LINES] if len(lines) > _TITLE_LINES else ())]
        heads = [
            h for h in heads if len(h.split()) <= _TITLE_WORDS and h.rstrip()[-1:] not in ".!?"
        ]
        heads += [match[1] for match in _LABEL.finditer(self.text)]
        heads = [_BOSS_OF.sub("", head) for head in heads]
        words = {_in_titles(word) for head in heads for word in _WORD.findall(head.lower())}
        return frozenset(words) if any(map(_is_work, words)) else frozenset()

    @cached_property
    def tells_you(self) -> bool:
        """Whether it speaks to the reader, so that others are who it tells of."""
        return (
            re.search(r"\byou(?:['’](?:ll|d|re)| will| would| are)\b", self.text, re.I) is not None
        )

    def is_post(self, word: str) -> bool:
        """Whether the noun is the ad's title, or one by which it has called who is sought."""
        word = _in_titles(word)
        if word in self.titles or word in self.sought:
            return True
        return len(word) > 3 and any(
            len(title) > 3 and (word.startswith(title) or title.startswith(word))
            for title in self.titles
        )


def _is_work(word: str) -> bool:
    """Whether a word of a title is somebody's work: "porter", "stonemason", "farm hand"."""
    if word in {"hand", "help"}:
        return True
    if noun(word):
        return noun(word) == "hired" and word not in _NO_PERSON | _SEVERAL
    return any(len(known) > 3 and word.endswith(known) for known in words_for("hired"))


def _in_titles(word: str) -> str:
    """A noun as titles are compared by: one of several, "craftsmen" as one man."""
    return word[:-3] + "man" if word.endswith("men") else singular(word)


def addresses(statement: Statement, before: int | None = None) -> bool:
    """Whether the statement speaks to its reader, before a place where one is given."""
    return not _ADDRESSED.isdisjoint(statement.lower[:before])


def has_other_subject(statement: Statement, at: int) -> bool:
    """Whether it opens with a noun before this place of which it can't be told what it names."""
    first = 1 if statement.lower[:1] and statement.lower[0] in _OPENERS else 0
    opens = statement.lower[first : first + 1]
    if not opens or opens[0] not in words_for("subjects") or first >= at:
        return False
    if statement.lower[first + 1 : first + 2] in (["of"], ["is"], ["has"], ["comes"], ["brings"]):
        return True  # "One of them reads on her way."
    head, place = statement.head_after(first + 1)
    return bool(head) and place < at and noun(head) in {None, "other"}


def people_in(statement: Statement, ad: Ad) -> list[Said]:
    """Everybody whom a statement names by a single noun, in order."""
    found: list[Said] = []
    for at, word in enumerate(statement.lower):
        if (
            _is_name(statement, at)
            or word in words_for("addressed_as")
            or _is_one_other(statement, at)
        ):
            found.append(Said(at, "known", named=True))
        elif word == "whoever" and at == 0:
            found.append(Said(at, "hired", strong=True))
        elif _is_person(statement, at, word):
            found.append(_said(statement, at, word, ad, found))
    gone = _somebody_gone(statement)
    if gone is not None and not any(one.place < gone for one in found):
        found.insert(0, Said(gone, "known", named=True))
    for one in found:
        if one.strong:
            ad.sought.add(_in_titles(statement.lower[one.place]))
    return found


def _somebody_gone(statement: Statement) -> int | None:
    """The place of a subject that goes, whatever it is called ("Our night RN is retiring")."""
    lowered = statement.lower
    if lowered[:1] and lowered[0] in _KNOWN_BEFORE | {"the"}:
        for at in range(2, min(8, len(lowered))):
            if lowered[at] in _GOES and lowered[at - 1] in {"is", "has", "'s", "was", "who"}:
                return at - 2
    return None


def _is_person(statement: Statement, at: int, word: str) -> bool:
    """Whether a word names one person here."""
    lowered = statement.lower
    known = word in words_for("bosses") or word in words_for("always_known")
    if known and word not in _BODY:
        return is_single(word)
    if word not in words_for("candidates") and (
        noun(word) not in {"hired", "people", "other"} or word in _NO_PERSON or not is_single(word)
    ):
        return False
    before = lowered[at - 1] if at else ""
    if (word in _BODY and before in _OWN) or (word == "person" and before == "in"):
        return False
    if before == "new" and _is_capital(statement, at - 1) and _is_capital(statement, at):
        return statement.titled  # "a New Yorker"
    if word == "one" and before not in _HIRED_BEFORE | {"the"}:
        return False
    if before in {"will", "to", "must", "can", "don't", "not", "never", "should"}:
        return False
    if word == "man" and lowered[at + 1 : at + 2] in (["the"], ["our"], ["a"], ["your"]):
        return False  # "Man the desk"
    if word in {"somebody", "someone"} and lowered[at + 1 : at + 2] in (["he"], ["she"]):
        return False  # "somebody he can trust"
    if before == "the" and lowered[at + 1 : at + 2] and lowered[at + 1] in _PRONOUNS:
        return False  # "The closer he listens, the better"
    place, led_by = _opens_phrase(statement, at)
    if led_by == "like":
        return False
    if not is_listed(word) and not statement.titled and lowered[place] not in _SHOWS_NOUN:
        return False  # "his temper", "in November": the ending alone makes no person.
    if before == "our" and lowered[max(0, at - 2)] in {"is", "was", "be"}:
        return False  # "The porter is our watchman": the same person.
    following = lowered[at + 1] if at + 1 < len(lowered) else ""
    named = _is_capital(statement, at) and _is_capital(statement, at + 1)
    if following == "'s" and _is_capital(statement, at) and _is_capital(statement, at + 2):
        return statement.titled  # "Mother's Day"
    if following == "'s" or (named and not is_listed(following) and not statement.titled):
        return True
    verb = is_third_person(following) or (
        noun(word) == "other" and noun(following) == "hired" and following.endswith("s")
    )  # "a ram guards"
    half = noun(following) in {"hired", "other", "thing"} and not verb
    return not half


def _said(statement: Statement, at: int, word: str, ad: Ad, before: list[Said]) -> Said:
    lowered = statement.lower
    told = not _REPORTS.isdisjoint(lowered[max(0, at - 4) : at])
    told = told and not any(word.startswith("who") for word in lowered[at + 1 : at + 3])
    if _is_particular(statement, at) or _is_contact(statement, at):
        return Said(at, "known", named=True)
    owns = lowered[at + 1 : at + 2] == ["'s"]
    place, led_by = _opens_phrase(statement, at)
    if word in words_for("always_known"):
        sought = lowered[max(0, at - 4) : at]
        new = _is_new(statement, at) or (
            not told
            and (_KNOWN_BEFORE | {"your"}).isdisjoint(sought)
            and _is_sought(statement, at, ad)
        )
        new = new or (bool(ad.titles) and ad.is_post(word) and not told)
        beside = led_by == "with" and not new
        return Said(at, "hired" if new else "known", told, new, beside=beside, owns=owns)
    if before and (
        (before[-1].named and _is_apposed(lowered[before[-1].place : at]))
        or (before[-1].named and led_by == "as")  # "Petra, who began as a clerk, has her own van"
        or (before[-1].who == "known" and led_by in {"is", "was"})  # "The boss is a quiet man"
    ):
        return Said(at, "known", named=True)
    who = _who(statement, at, word, ad)
    sought = who == "hired" and not told
    strong = sought and (
        word in words_for("candidates") or _is_sought(statement, at, ad) or _is_new(statement, at)
    )
    owned = lowered[place] in {"his", "her", "their"}
    beside = led_by == "with" and who == "known"
    other = noun(word) == "other"
    return Said(at, who, told, strong, owned=owned, beside=beside, owns=owns, other=other)


def _is_apposed(between: list[str]) -> bool:
    """Whether a noun behind these words says who was just named ("Ann Lee (the buyer)")."""
    return len(between) < 7 and any(
        one in {"(", ","} and two in {"the", "our"} for one, two in pairwise(between)
    )


def _is_sought(statement: Statement, at: int, ad: Ad) -> bool:
    """Whether the words say that this is who is hired; "the" and a bare "a … who" say little."""
    if not statement.is_sought(at, at):
        return False
    lowered, word = statement.lower, statement.lower[at]
    if word in words_for("candidates") or not ad.titles or ad.is_post(word):
        return True
    place, led_by = _opens_phrase(statement, at)
    if led_by in _BEING:
        return True
    if lowered[at + 1 : at + 2] in (["who"], ["that"]):
        if words_for("hiring").isdisjoint(lowered[:at]):
            asked = {"should", "must"} & set(lowered[at:]) and not addresses(statement)
            return bool(asked) or statement.text.rstrip()[-1:] not in ".!?"
        return True
    return lowered[place] != "the"


def _is_new(statement: Statement, at: int) -> bool:
    if statement.lower[at + 1 : at + 2] in (["appointed"], ["chosen"], ["selected"]):
        return True
    before = statement.lower[max(0, at - 4) : at]
    return any(
        word in _HIRED_BEFORE and before[n + 1 : n + 2] != ["to"] for n, word in enumerate(before)
    )


def _is_particular(statement: Statement, at: int) -> bool:
    """Whether it is somebody who goes, is gone or is told by name ("The buyer, Ann, …")."""
    lowered = statement.lower
    after = lowered[at + 1 : at + 5]
    if _is_capital(statement, at) and _is_capital(statement, at + 1):
        return not statement.titled and not is_listed(after[0])  # "Chef Lemaire"
    if _tells_a_past(statement, at) or _is_called(statement, at):
        return True
    if after[:2] in (["is", "on"], ["'s", "on"]) and _AWAY & set(lowered[at + 3 : at + 6]):
        return True
    if after[:1] and after[0] in {"who", "is", "has"} | _GOES and not _GOES.isdisjoint(after[:3]):
        return True
    if after[:1] and after[0] in {"we", "who", "i"} and not _PAST.isdisjoint(after[1:3]):
        return True
    if after[:1] and after[0] in {",", "("} and _is_capital(statement, at + 2):
        ends = lowered[at + 3 : at + 5]
        if not ends or {",", ")", ".", ";"} & set(ends):
            return not statement.titled and not is_listed(lowered[at + 2])
    return _is_replaced(lowered, at)


def _is_replaced(lowered: list[str], at: int) -> bool:
    return not _REPLACED.isdisjoint(lowered[max(0, at - 3) : at])


def departs(statement: Statement, at: int) -> bool:
    """Whether somebody goes whose place is to be filled ("from a cook who is retiring")."""
    lowered = statement.lower
    return _is_replaced(lowered, at) or not _GOES.isdisjoint(lowered[at + 1 : at + 4])


def _is_contact(statement: Statement, at: int) -> bool:
    """Whether the reader is told to turn to this person ("phone the works manager")."""
    lowered = statement.lower
    if {"the", "our", "my"}.isdisjoint(lowered[max(0, at - 4) : at]):
        return False
    return _order_before(lowered, at, 16) and not _is_new(statement, at)


def _order_before(lowered: list[str], at: int, reach: int) -> bool:
    for place in range(at - 1, max(-1, at - reach), -1):
        word = lowered[place]
        if word in _LETTERS and place < 3:
            return True
        if word in _CONTACTS and (place == 0 or lowered[place - 1] in _OPENS_ORDER):
            return not ({"will", "must", "you'll"} & set(lowered[:place]))
    return False


def _is_capital(statement: Statement, at: int) -> bool:
    if at >= len(statement.words):
        return False
    word = statement.words[at]
    return word.is_word and word.text.istitle() and len(word.text) > 1


def _is_name(statement: Statement, at: int) -> bool:
    """A name as capitals in mid-sentence tell it: "Anna Keller", "Chef Marco", "ask for Linda"."""
    if statement.titled or not _is_capital(statement, at):
        return False
    if at == 0:
        return _opens_with_a_name(statement)
    lowered, before = statement.lower, statement.lower[at - 1]
    if before == "the":
        return False  # "The Lamb at Upper Slade"
    alone, after = not is_listed(lowered[at]), lowered[at + 1 : at + 2]
    if _is_capital(statement, at + 1) and before not in _BEFORE_PLACES:
        if _names_a_body(statement, at):
            return False
        return not is_listed(after[0]) and (alone or noun(lowered[at]) in {None, "hired"})
    following = lowered[at + 1] if at + 1 < len(lowered) else ""
    if alone and before == "," == following and lowered[0] in {"our", "my", "the"} and at < 7:
        return True  # "Our number one, Karen, …"
    if alone and noun(before) == "hired" and lowered[max(0, at - 2)] in {"our", "my"}:
        return True  # "our supervisor Derek, who has had his own key since 1989"
    if alone and before in _CONTACTS | _MET and not _PRONOUNS.isdisjoint(lowered[at + 1 :]):
        return True  # "Tell Farah when you apply and she will see to it."
    if alone and noun(before) == "hired" and _does(statement, at):
        return not statement.is_sought(at - 1, at - 1)  # "Line manager Bea joined in May."
    if not alone or before in words_for("subjects") or noun(before) or before in _SEXED:
        return False
    behind = lowered[at + 1 : at + 3]
    who = {"who", "whose"} & set(behind if following == "," else behind[:1])
    if who and before not in _BEFORE_PLACES and not statement.is_sought(at, at):
        return True
    if before in {"have", "has", "with"} and following == "as":
        return True
    if before in _OPENERS and following in _BECOMES:
        return True  # "… as Freya is going on leave and says that she …"
    if before == "to" and lowered[max(0, at - 2)] in _REPORTS:
        return True  # "reports to Jonas; his door is open"
    turned_to = before in _CONTACTS | {"for", "to", "with"}
    return turned_to and noun(lowered[at]) is None and _order_before(lowered, at, 12)


def _names_a_body(statement: Statement, at: int) -> bool:
    """Whether a run of capitals is no person's: "Chartered Governance Institute"."""
    end = at
    while _is_capital(statement, end):
        end += 1
    run = statement.lower[at:end]
    return any(word in words_for("names") or _NO_FIRST_NAME.search(singular(word)) for word in run)


def _opens_with_a_name(statement: Statement) -> bool:
    """Whether its first words are somebody's name: "Jo Hart founded", "Bea runs the yard"."""
    first, second = statement.lower[0], statement.lower[1:2]
    if statement.glued(1) or first in _CALENDAR | FUNCTION_WORDS:
        return False
    if is_listed(first) or is_adverb(statement.words[0]) or first in words_for("languages"):
        return False
    if _is_capital(statement, 1):
        last = not is_listed(second[0]) and noun(second[0]) is None
        return last and (_does(statement, 1) or statement.lower[2:3] in ([","], ["and"]))
    return noun(first) is None and not _NO_FIRST_NAME.search(first) and _does(statement, 0)


def _is_one_other(statement: Statement, at: int) -> bool:
    """Whether "one other" stands for somebody ("works with one other")."""
    return at > 0 and statement.lower[at - 1 : at + 1] == ["one", "other"]


def _does(statement: Statement, at: int) -> bool:
    """Whether a word, taken as a name, has a verb behind it."""
    behind = statement.lower[at + 1 : at + 2]
    return bool(behind) and (
        behind[0] in _PAST_VERBS | _PAST | {"is", "has", "does", "'s", "who"}
        or is_third_person(behind[0])
        or (behind[0].endswith("s") and statement.lower[at + 2 : at + 3] == ["to"])
        or (behind[0].endswith("ed") and len(behind[0]) > 4 and _goes_on(statement, at + 2))
    )


def _goes_on(statement: Statement, at: int) -> bool:
    """Whether a word stands at this place ("Ann painted it", and not "Boots provided.")."""
    return at < len(statement.lower) and statement.lower[at][0].isalpha()


def _tells_a_past(statement: Statement, at: int) -> bool:
    """Whether what a noun's holder did is told ("A cook founded the firm")."""
    if not _NO_PAST.isdisjoint(statement.lower):
        return False
    behind = statement.lower[at + 1 : at + 3]
    if behind[:1] and behind[0] in {"also", "first", "then", "originally", "once"}:
        behind = behind[1:]
    return bool(behind) and behind[0] in _PAST_VERBS


def _is_called(statement: Statement, at: int) -> bool:
    """Whether a noun is said to bear a name ("The skipper is known as Red")."""
    behind = statement.lower[at + 1 : at + 5]
    for n, word in enumerate(behind[:3]):
        if word in {"called", "named", "nicknamed"}:
            return _is_capital(statement, at + n + 2)
        if behind[n : n + 2] == ["known", "as"]:
            return _is_capital(statement, at + n + 3)
    return behind[:1] == ["is"] and _is_capital(statement, at + 2) and not is_listed(behind[1])


def has_past(statement: Statement, at: int) -> bool:
    """Whether a pronoun's verb tells what somebody did: nobody to be hired did it yet."""
    if not {"if", "whether"}.isdisjoint(statement.lower[:at]):
        return False
    behind = [word for word in statement.lower[at + 1 : at + 4] if word not in {"also", "first"}]
    return bool(behind) and (
        behind[0] in _PAST_VERBS | _BEEN
        or (behind[0].endswith("ed") and behind[0] not in {"need", "feed"})
    )


def _opens_phrase(statement: Statement, at: int) -> tuple[int, str]:
    """Place of the determiner of a noun, or of its first word, and the word before that."""
    place = at
    while place > 0 and statement.lower[place] not in words_for("subjects"):
        word = statement.lower[place - 1]
        if not (word[0].isalnum() or word[0] in "-’'") or word in words_for("ends_a_phrase"):
            break
        place -= 1
    return place, statement.lower[place - 1] if place else ""


def _who(statement: Statement, at: int, word: str, ad: Ad) -> Person:
    lowered = statement.lower
    before = lowered[max(0, at - 5) : at]
    new = _is_new(statement, at)
    if word in _SEXED and (
        new
        or not {"each", "every"}.isdisjoint(before)
        or (word not in {"man", "woman"} and _is_sought(statement, at, ad))
    ):
        return "hired"
    place, led_by = _opens_phrase(statement, at)
    if lowered[place] == "this" and (word in _SEXED or noun(word) == "people"):
        return "hired"  # "This guy knows his stuff", of who is sought
    if noun(word) == "other":
        return "known"
    one = lowered[place] == "one" and not _is_sought(statement, at, ad)
    told = word in {"worker", "professional", "employee"} and not _REPORTS.isdisjoint(before)
    gone = not _GONE_BEFORE.isdisjoint(before[-2:]) and not new
    if gone and noun(word) in {"hired", "people"}:
        return "known"  # "The last person in this role was promoted"
    if new or (word in words_for("candidates") and not (one or told)):
        return "hired"
    if lowered[place] == "one" and lowered[place + 1 : place + 2] == ["more"]:
        return "hired"
    known = _KNOWN_BEFORE & {lowered[place], *before[-2:]}
    if known <= {"our", "my"} and ad.is_post(word) and not ad.tells_you:
        known = known if _ASKED.isdisjoint(lowered[at + 1 : at + 2]) else set[str]()
    if known and not (known <= {"one", "another"} and _is_sought(statement, at, ad)):
        return "known"
    opens = lowered[place] in words_for("subjects") or led_by == "for"
    if not _REPORTS.isdisjoint(before) or statement.is_served(place if opens else at):
        return "known"
    if lowered[max(0, place - 2) : place] in _WE_HAVE and not new:
        return "known"  # "We've a historian who checks"
    if led_by == "with" or "with" in before[-3:] or "your" in before[-3:]:
        return "known"
    if _is_sought(statement, at, ad):
        return "hired"
    if noun(word) != "hired" and word not in words_for("roles"):
        return "known"
    return "hired" if _holds_the_post(statement, at, place, ad) else "known"


def _holds_the_post(statement: Statement, at: int, place: int, ad: Ad) -> bool:
    """Whether a noun for somebody's work means a holder of the post that the ad offers."""
    lowered, word = statement.lower, statement.lower[at]
    if ad.is_post(word):
        return True
    opens = place == 0 or lowered[place - 1] == ":" or (place == 1 and lowered[0] in _OPENERS)
    if lowered[place - 2 : place] == ["to", "meet"]:
        return True
    led_in = (
        0 < place < 9 and lowered[place - 1] in _LEADS_IN and _ADDRESSED.isdisjoint(lowered[:place])
    )
    if not (opens or led_in):
        return False
    if not ad.titles:
        return True
    if word in words_for("bosses"):
        return False
    following = lowered[at + 1 : at + 3]
    if addresses(statement) or following[:1] in (["and"], ["or"], [","]):
        return False
    if lowered[place] in _HOLDERS and not _ASKED.isdisjoint(following):
        return True
    if lowered[place] in {"a", "an"}:
        return not DUTY.isdisjoint(following)
    return lowered[place] in _HOLDERS and not ad.tells_you


def pronoun_that_follows(text: str, place: int) -> tuple[str, int] | None:
    """The first "he" or "she" behind a noun that may mean it, with its place."""
    first = max(text.rfind("\n", 0, place) + 1, place - _WINDOW)
    ends = text.find("\n\n", place)
    near = text[first : place + _WINDOW if ends < 0 else min(ends, place + _WINDOW)]
    place -= first
    if not ONE_SEX.search(near, place):
        return None
    behind = [(start, end) for start, end in statements(near) if end > place][:_REACH]
    for start, end in behind:
        statement = Statement(near[start:end])
        if start < place and addresses(statement):
            clause = re.match(r" (?:who|that|whose)\b[^.,;\n]*", near[place:])
            single = ONE_SEX.search(clause[0]) if clause else None
            return (single[0], first + place + single.start()) if single else None
        for at, word in enumerate(statement.words):
            if start + word.start < place:
                continue
            if ONE_SEX.fullmatch(word.text):
                return word.text, first + start + word.start
            if _is_one_other(statement, at):
                return None
            before = statement.lower[max(0, at - 4) : at]
            passed = before[-1:] and before[-1] in _JOINTS  # "watchman, barman and porter"
            if passed or "with" in before or not _REPORTS.isdisjoint(before):
                continue
            if _is_person(statement, at, word.lower) or _is_name(statement, at):
                return None
    return None
