"""Pronouns that give the person to be hired a sex: "The manager leads … He must …".

Goes through an ad statement by statement and remembers whom the last subject named: somebody to be
hired ("the manager", "the ideal candidate") or somebody known or served ("our founder", "the
patient", "you report to the director"). A pronoun without anybody before it speaks of the person to
be hired only before "will", "must" and the like. In doubt there is no finding. The pronouns of one
person are a chain, so that all of them are mended or none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from evenhand.language.finding import Finding, apart
from evenhand.language.roles import Statement, is_perfect, is_third_person, noun
from evenhand.language.scan import Word

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
    "he'll": "subject", "she'll": "subject", "he'd": "subject", "she'd": "subject",
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
_KNOWN_BEFORE = frozenset(
    "our my current present former previous last existing retiring outgoing late".split()
)
_HIRED_BEFORE = frozenset("new next future ideal right perfect successful suitable chosen".split())
_REPORTS = frozenset("report reports reporting under answer answers".split())
_GOES = frozenset("leaves leaving left retires retiring retired moved moving departs".split())
_REPLACED = frozenset("from replace replaces replacing succeed succeeds succeeding".split())
_CONTACTS = frozenset(
    """ask call phone ring text email e-mail mail write contact speak message whatsapp apply send
    reply""".split()
)
"""What a reader of the ad is told to do to somebody who is there already."""
_LETTERS = frozenset("letters applications cv cvs resume resumes enquiries".split())
_OPENS_ORDER = frozenset(", ; : . ( or and please to".split())
_BEFORE_PLACES = frozenset("the in at near across around on".split())
"""Words before two capitals that aren't a person's ("the South West")."""
_SEXED = frozenset("girl lady gentleman lad man woman".split())
"""Words for people that an ad uses of those it seeks."""
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
_NO_PERSON = frozenset(
    """never over under however whether together either neither ever moreover whenever rather
    further better longer other answer prefer consider deliver remember gather wonder discover
    quicker faster bigger smaller older younger transfer crew team group staff squad""".split()
)
"""Words that end as those for people do, and those for several people."""
_MEMORY = 3
"""Statements after which the last subject is forgotten."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One person named in a statement.

    Attributes:
        place: The place of the noun or pronoun.
        who: Who it is.
        reported: Whether only as somebody to report to.
        strong: Whether the words say that this is who is sought.
        named: Whether it is one particular person, whom a name or a departure tells.
        sex: Of a pronoun that was found, "he", "she" or "both"; empty for a noun.
    """

    place: int
    who: Person
    reported: bool = False
    strong: bool = False
    named: bool = False
    sex: str = ""


class PronounReader:
    """Reads the statements of one ad in order."""

    def __init__(self) -> None:
        self._last: Person | None = None
        self._age = 0
        self._mixed = False
        self._sex = ""
        self._chain = 1

    def read(self, statement: Statement) -> list[Finding]:
        """The pronouns of a statement that speak of the person to be hired."""
        people = _named(statement)
        found: list[Finding] = []
        pairs = list(_PAIR.finditer(statement.text))
        if pairs or not _SINGLE.keys().isdisjoint(statement.lower):
            for match in pairs:
                at = next((i for i, w in enumerate(statement.words) if w.start >= match.start()), 0)
                asked = match.start() == 0 and match.lastgroup == "subject"
                end = next((w.lower for w in statement.words if w.start >= match.end()), "")
                if self._who(people, at) != "known" or (asked and end in _ASKS):
                    found.append(_paired(statement, match))
                    people.append(_Said(at, "hired", sex="both"))
            spans = [(m.start(), m.end()) for m in pairs]
            passed: dict[str, int] = {}
            for at, word in enumerate(statement.words):
                use = _SINGLE.get(word.lower)
                if use is None or any(start <= word.start < end for start, end in spans):
                    continue
                before = sorted((p for p in people if p.place < at), key=lambda p: p.place)
                speaks = self._speaks_of_hired(statement, at, use, before)
                left = passed.get(_sex(word.lower), at)
                if speaks is False:
                    passed.setdefault(_sex(word.lower), at)
                elif left < at and not any(p.strong for p in before if p.place > left):
                    speaks = False  # Half a sentence is never said of somebody else.
                if speaks or speaks is None:
                    led = any(one.sex for one in before)
                    found.append(_single(statement, at, use, led=led, sure=speaks is True))
                    people.append(_Said(at, "hired", sex=_sex(word.lower)))
        self._remember(sorted(people, key=lambda one: one.place))
        return [replace(one, chain=self._chain) for one in apart(found, _longest)]

    def _who(self, people: list[_Said], at: int) -> Person | None:
        """Whom a pronoun at a place means: the nearest person before it, else the last subject."""
        before = [one for one in people if one.place < at]
        return before[-1].who if before else self._last

    def _speaks_of_hired(
        self, statement: Statement, at: int, use: str, before: list[_Said]
    ) -> bool | None:
        """Whether a pronoun alone does; None where it may, beside another that surely does.

        Where two people could be meant, only "he must" does.
        """
        before = [one for one in before if not one.reported]
        opens = at == 0 or (at == 1 and statement.lower[0] in {"and", "then"})
        told = statement.lower[at].endswith("'ll") or _following(statement, at) in _MODALS
        asked = use == "subject" and opens and (told or _following(statement, at) == "reports")
        sex = _sex(statement.lower[at])
        heard = [one.sex for one in before if one.sex] or [self._sex]
        people = {one.who for one in before}
        if heard[-1] not in {"", "both", sex} and not any(one.strong for one in before):
            return False  # "She will keep him organised."
        if not people:
            if self._last is None or self._mixed:
                return asked and self._last != "known"
            return self._last == "hired"
        if len(people) == 1:
            return people == {"hired"}
        if before[-1].strong or before[-1].sex == sex:
            return True
        if sex not in heard:
            return False
        # "He visits each client in his van": it may be either's.
        return True if use == "subject" else False if before[-1].named else None

    def _remember(self, people: list[_Said]) -> None:
        if not people:
            self._age += 1
            if self._age >= _MEMORY:
                self._last, self._mixed, self._sex = None, False, ""
            return
        told = [one for one in people if not one.reported]
        subject = told[0] if told else people[0]
        sought = bool(told) and told[-1].strong
        last: Person = "hired" if sought else subject.who
        if not told and self._last == "hired":
            last = "hired"  # "Works hard. Reports to the head."
        if last == "known" and self._last != "known":
            self._chain += 1
        if last == "known" or any(one.strong for one in told):
            self._sex = ""
        self._sex = next((one.sex for one in reversed(people) if one.sex), self._sex)
        self._last, self._age = last, 0
        self._mixed = len({one.who for one in told}) > 1 and not sought


def _sex(pronoun: str) -> str:
    return "he" if pronoun.startswith(("he'", "hi")) or pronoun == "he" else "she"


def _named(statement: Statement) -> list[_Said]:
    """Everybody whom a statement names by a single noun, in order."""
    found: list[_Said] = []
    lowered = statement.lower
    for at, word in enumerate(lowered):
        kind = noun(word)
        if _is_first_name(statement, at):
            found.append(_Said(at, "known", named=True))
            continue
        if word not in _KNOWN and (
            kind not in {"hired", "people", "other"}
            or word in _NO_PERSON
            or not _is_single(word)
            or _is_half(lowered[at + 1] if at + 1 < len(lowered) else "")
        ):
            continue
        told = not _REPORTS.isdisjoint(lowered[max(0, at - 4) : at])
        told = told and not {"who", "whose"} & set(lowered[at + 1 : at + 3])
        if _is_particular(statement, at) or _is_contact(statement, at):
            found.append(_Said(at, "known", named=True))
        elif word in _KNOWN:
            sought = lowered[max(0, at - 4) : at]
            new = not _HIRED_BEFORE.isdisjoint(sought) or (
                not told and _KNOWN_BEFORE.isdisjoint(sought) and statement.is_sought(at, at)
            )
            known = not new or word in {"mr", "mrs", "ms"}
            found.append(_Said(at, "known" if known else "hired", told, strong=not known))
        else:
            who = _who(statement, at, word, str(kind))
            strong = who == "hired" and (word in _CANDIDATES or statement.is_sought(at, at))
            found.append(_Said(at, who, told, strong=strong and not told))
    return found


def _is_half(following: str) -> bool:
    """Whether what follows makes a noun another's or half of a compound ("manager's", "desk")."""
    return following == "'s" or (
        noun(following) in {"hired", "other", "thing"} and not is_third_person(following)
    )


def _is_particular(statement: Statement, at: int) -> bool:
    """Whether it is somebody who goes or whose place is taken ("a colleague who retires")."""
    after = statement.lower[at + 1 : at + 4]
    if after[:1] and after[0] in {"who", "is", "has"} | _GOES and not _GOES.isdisjoint(after):
        return True
    return not _REPLACED.isdisjoint(statement.lower[max(0, at - 3) : at])


def _is_contact(statement: Statement, at: int) -> bool:
    """Whether the reader is told to turn to this person ("phone the works manager")."""
    lowered = statement.lower
    if {"the", "our", "my"}.isdisjoint(lowered[max(0, at - 4) : at]):
        return False
    return _order_before(lowered, at, 16) and _HIRED_BEFORE.isdisjoint(lowered[max(0, at - 4) : at])


def _order_before(lowered: list[str], at: int, reach: int) -> bool:
    for place in range(at - 1, max(-1, at - reach), -1):
        word = lowered[place]
        if word in _LETTERS and place < 3:
            return True
        if word in _CONTACTS and (place == 0 or lowered[place - 1] in _OPENS_ORDER):
            return not ({"will", "must", "you'll"} & set(lowered[:place]))
    return False


def _is_single(word: str) -> bool:
    return not word.endswith("s") or word.endswith("ss") or word == "children"


def _is_first_name(statement: Statement, at: int) -> bool:
    """A name as capitals in mid-sentence tell it: "Anna Keller", "Chef Marco", "ask for Linda"."""
    if at == 0 or not _is_capital(statement.words[at]) or statement.titled:
        return False
    words = list(filter(_is_capital, statement.words[at : at + 2]))
    before = statement.lower[at - 1]
    if len(words) == 2 and noun(words[1].lower) is None and before not in _BEFORE_PLACES:
        return noun(words[0].lower) in {None, "hired"}
    return (
        noun(words[0].lower) is None
        and before in _CONTACTS | {"for", "to", "with"}
        and _order_before(statement.lower, at, 12)
    )


def _is_capital(word: Word) -> bool:
    return word.is_word and word.text.istitle()


def _who(statement: Statement, at: int, word: str, kind: str) -> Person:
    lowered = statement.lower
    before = lowered[max(0, at - 5) : at]
    if word in _SEXED and (
        not (_HIRED_BEFORE | {"each", "every"}).isdisjoint(before)
        or (word not in {"man", "woman"} and statement.is_sought(at, at))
    ):
        return "hired"
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
    if at and (short := lowered[at - 1].partition("'")[2]):
        return words[at - 1].end, they + words[at - 1].text[-len(short) - 1 :]
    if at >= len(words):
        return len(text), they
    if lowered[at] == "'s":
        short = "ve" if is_perfect(words, at + 1) else "re"
        return words[at].end, they + words[at].text[0] + short
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


def _single(statement: Statement, at: int, use: str, *, led: bool, sure: bool) -> Finding:
    """The finding of a pronoun alone; ``led``: one before it is mended; not ``sure``: no fix."""
    word = statement.words[at]
    rule = f"generic-{_sex(word.lower)}"
    if not sure:
        return _told(statement, word.start, word.end, rule, None)
    if use == "subject":
        end, new = _with_verb(statement, word.start, at + 1)
        return _told(statement, word.start, max(end, word.end), rule, new)
    following = statement.lower[at + 1] if at + 1 < len(statement.lower) else "."
    if word.lower == "her" and (not following[0].isalpha() or following in _AFTER_HER):
        use = "object"
    if word.lower == "his" and not following[0].isalpha():
        use = "owned"
    # "The cook tastes the soups themselves" says something else: there is no plain fix.
    doubtful = use == "self" and not led and at > 0 and not _is_single(statement.lower[at - 1])
    new = None if doubtful else _capital(_THEIRS[use], word.text)
    return _told(statement, word.start, word.end, rule, new)


def _capital(new: str, written: str) -> str:
    return new[0].upper() + new[1:] if written[0].isupper() else new


def _told(statement: Statement, start: int, end: int, rule: str, new: str | None) -> Finding:
    written = statement.text[start:end]
    return Finding(start, end, written, rule, "pronoun", None, new, WHY, "coded", SOURCE)


def _longest(finding: Finding) -> tuple[int, int]:
    return finding.start, -finding.end
