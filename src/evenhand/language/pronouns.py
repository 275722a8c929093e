"""Pronouns that give the person to be hired a sex: "The manager leads … He must …".

Goes through an ad statement by statement and remembers whom the last subject named: somebody to be
hired ("the manager", "the ideal candidate") or somebody known or served ("our founder", "the
patient", "you report to the director"). A pronoun without anybody before it speaks of the person to
be hired only before "will", "must" and the like. In doubt there is no finding. The pronouns of that
person are one chain, of which an ad mends all or none: one that stays and may mean the person holds
the others. Where "they" would be read as somebody else, the noun is said again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from evenhand.language.antecedents import (
    DUTY,
    Ad,
    Person,
    Said,
    addresses,
    departs,
    has_other_subject,
    has_past,
    people_in,
)
from evenhand.language.lexicon import DUTY_VERBS, Lexicon
from evenhand.language.roles import (
    Statement,
    is_perfect,
    is_single,
    is_third_person,
    noun,
    singular,
    words_for,
)
from evenhand.language.span import Finding, apart
from evenhand.language.text import cased, plural_verb

_WORDS = Lexicon("pronouns")
WHY = "assumes the sex of the person to be hired"
SOURCE = "29 CFR 1604.5; Stout and Dasgupta (2011), Pers. Soc. Psychol. Bull. 37(6)"
_PAIR = _WORDS.pattern("pair")
_SINGLE = _WORDS.pairs("single")
_THEIRS = {"object": "them", "own": "their", "self": "themselves", "owned": "theirs"}
_MODALS = _WORDS.words("modals")
_ASKS = _WORDS.words("asks")
_ABLE = _WORDS.words("able")
_BESIDE = _WORDS.words("beside")
_BEING = _WORDS.words("being")
_CLAUSE = _WORDS.words("clause")
_BECOME = _WORDS.pairs("become")
_ADVERBS = _WORDS.words("adverbs")
_AFTER_HER = _WORDS.words("after_her")
_GRADES = frozenset({"first", "back", "home"})
_TOLD = _WORDS.words("told")
_NOT_VERBS = _WORDS.words("not_verbs")
_AFTER_NOUN = _WORDS.words("after_noun")
_SPOUSES = _WORDS.words("spouses")
_CHAIN = 1
"""All pronouns of the person to be hired: an ad mends them together or not at all."""
_CROWDS = _WORDS.words("crowds")
_THEIR = _WORDS.words("their")
_OPENS_CLAUSE = _WORDS.words("opens_clause")
_NOBODY = _WORDS.words("nobody")
_OF_ONE_SEX = re.compile(r"(?:m[ae]n|lady|girl|boy|lad|lass|maid|ess|guy|bloke|fella|chap)$")
_SUBJECT = 3
"""Words of a statement among which its subject is named, whose own pronouns follow."""
_TOLD_ONCE = _WORDS.words("told_once")
_OLD = 2
"""Statements after which a known person is no longer surely meant."""
_MEMORY = 3
"""Statements after which the last subject is forgotten."""


class PronounReader:
    """Reads the statements of one ad in order."""

    def __init__(self, text: str) -> None:
        self._ad = Ad(text)
        self._last: Person | None = None
        self._age = 0
        self._mixed = False
        self._leaver = False
        self._passed: set[str] = set()
        self._to_you = False
        self._sex = ""
        self._other = ""
        self._called = ""
        self._crowd = False
        self._two = False
        self._hired_sexes = set[str]()
        self._known_sexes = set[str]()
        self.doubted = set[str]()

    def read(self, statement: Statement) -> list[Finding]:
        """The pronouns of a statement that speak of the person to be hired."""
        people = people_in(statement, self._ad)
        found: list[Finding] = []
        pairs = list(_PAIR.finditer(statement.text))
        apart_from = [(m.start(), m.end()) for m in pairs]
        alone = [
            at
            for at, word in enumerate(statement.words)
            if word.lower in _SINGLE and not any(a <= word.start < b for a, b in apart_from)
        ]
        for match in pairs:
            at = next((i for i, w in enumerate(statement.words) if w.start >= match.start()), 0)
            asked = match.start() == 0 and match.lastgroup == "subject"
            end = next((w.lower for w in statement.words if w.start >= match.end()), "")
            others = any(one.named or one.other for one in people if one.place < at)
            goes_on = match.lastgroup == "subject" and self._last == "hired" and not others
            if self._who(people, at) != "known" or goes_on or (asked and end in _ASKS):
                named = self._named(statement, at, people)
                found.append(_paired(statement, match, _CHAIN, named))
                people.append(Said(at, "hired", sex="both"))
            elif not alone and any(one.who == "hired" for one in people):
                found.append(_paired(statement, match, 0, ""))  # "The guard greets each guest by …"
        found += _of_one(statement, alone, list(self._single_ones(statement, alone, people)))
        self._remember(statement, sorted(people, key=lambda one: one.place))
        return apart(found, _longest)

    def _single_ones(
        self, statement: Statement, places: list[int], people: list[Said]
    ) -> Iterator[Finding]:
        passed: dict[str, int] = {}
        subjects = {_sex(w) for w in statement.lower if _SINGLE.get(w) == "subject"}
        self._two = len(subjects) > 1  # "He is nervous and she is in tears."
        self._passed, earlier = set(), self._passed
        for at in places:
            word = statement.words[at].lower
            use, sex = _SINGLE[word], _sex(word)
            if use == "subject" and has_past(statement, at):
                alone = at and not people and self._last == "hired"
                if alone and sex in self._hired_sexes:
                    self._doubt(sex)  # "We don't mind which school she went to."
                people.append(Said(at, "known", named=True))
                passed.setdefault(sex, at)
                continue
            before = sorted((p for p in people if p.place < at), key=lambda p: p.place)
            speaks = self._speaks_of_hired(statement, at, use, before)
            goes_on = _is_asked(statement, at) or statement.lower[0] in _ABLE
            if not before and sex in earlier and not goes_on:
                speaks = False  # "He needs somebody who can sell. His last clerk left."
            elif speaks and not before and sex in earlier and self._last is None:
                self._doubt(sex)  # Nobody new was named, so it means whom the last one meant.
            left = passed.get(sex, at)
            if speaks is False:
                passed.setdefault(sex, at)
                self._passed.add(sex)
                if (
                    self._last == "known"
                    or self._leaver
                    or any(p.who == "known" for p in before)
                    or has_other_subject(statement, at)
                    or (self._two and use == "subject")
                ):
                    self._known_sexes.add(sex)
                else:
                    self._doubt(sex)  # Nobody else is there whom it could mean.
            elif left < at and not _is_somebody_else(statement, left, at, use, before):
                speaks = False  # Half a sentence is never said of somebody else.
                if sex not in self._known_sexes:
                    self._doubt(sex)
            if speaks is False:
                continue
            led = any(one.sex for one in before)
            self._hired_sexes.add(sex)
            named = self._named(statement, at, before) if use == "subject" else ""
            yield _single(statement, at, use, led=led, sure=speaks is True, named=named)
            people.append(Said(at, "hired", sex=sex))

    def _doubt(self, sex: str) -> None:
        """Keep what a pronoun which stays may go with."""
        self.doubted.add(sex)

    def _who(self, people: list[Said], at: int) -> Person | None:
        """Whom a pronoun at a place means: the nearest person before it, else the last subject."""
        before = [one for one in people if one.place < at]
        return before[-1].who if before else self._last

    def _speaks_of_hired(
        self, statement: Statement, at: int, use: str, before: list[Said]
    ) -> bool | None:
        """Whether a pronoun alone does; None where it may, beside another that surely does.

        Where two people could be meant, only "he must" does.
        """
        if use != "subject" and not before and "they" in statement.lower[:at]:
            return False  # "They help our guests to choose the one, her dress."
        reported = [one for one in before if one.reported]
        before = [one for one in before if not one.reported]
        if all(one.beside for one in before) and use == "subject":
            before = []  # "Working with a mate, he will …"
        opens = at == 0 or (at == 1 and statement.lower[0] in {"and", "then"})
        told = _is_asked(statement, at)
        asked = use == "subject" and opens and (told or _following(statement, at) == "reports")
        if use == "subject" and statement.lower[at - 1 : at] == ["whom"]:
            return False  # "The owner is away, so he needs somebody whom he can trust."
        sex = _sex(statement.lower[at])
        heard = [one for one in before if one.sex]
        last = heard[-1].sex if heard else self._sex
        since = heard[-1].place if heard else -1
        if last not in {"", "both", sex} and not any(p.strong for p in before if p.place > since):
            return False  # "She will keep him organised."
        if _is_object(statement, at) and _has_its_subject(statement, at, heard):
            return False  # "She signs off each maid's work and lets her know": not herself
        if not before:
            return self._continues(statement, at, asked=asked, modal=told, reported=bool(reported))
        if any(one.sex == sex for one in heard):  # "He works near the owner's yard in his van."
            before = [p for p in before if p.sex or not p.owns]
        people = {one.who for one in before}
        if use == "object" and before[-1].strong and not any(one.sex == sex for one in heard):
            return False  # "Somebody to follow him": nobody follows themselves.
        if use != "subject" and any(one.named for one in before):
            return False  # "Our buyer is retiring, and we seek somebody to fill her shoes"
        if use != "subject" and _is_employers(statement, at, before):
            return False  # "Our buyer seeks a clerk to join his team"
        goes_on = (self._last, self._sex) == ("hired", sex)
        other_sex = any(w in _SINGLE and _sex(w) != sex for w in statement.lower[:at])
        if goes_on and len(before) == 1 and use == "subject" and other_sex:
            return True  # "When a guest loses his key she will find it"
        subject = _SUBJECT + 2 * (statement.lower[1:2] == [","])  # "Dai, our manager, …"
        clear = any(p.named or p.other or p.owns or p.place < subject for p in before)
        if goes_on and people == {"known"} and not clear:
            self._doubt(sex)  # "A porter and a cook make up her team."
        if len(people) == 1:
            return people == {"hired"}
        if before[-1].strong or before[-1].sex == sex:
            return True
        if not any(one.sex == sex for one in heard) and self._sex != sex:
            if not before[-1].named:
                self._doubt(sex)
            return False
        if use == "subject" or before[-1].named:
            return use == "subject"
        # "He hands each client his keys": it may be either's.
        return True if before[-1].place < at - 2 and self._is_sure(sex) else None

    def _continues(
        self, statement: Statement, at: int, *, asked: bool, modal: bool, reported: bool
    ) -> bool | None:
        """The same where nobody has been named yet: it may go on about the last subject."""
        if statement.lower[0] in _ABLE:
            return True  # "Able to hold his own"
        sex = _sex(statement.lower[at])
        one_of_two = self._two and _SINGLE[statement.lower[at]] == "subject"
        if one_of_two and self._last != "known" and not asked:
            return False  # "… a wedding, when he is nervous and she is in tears"
        if self._mixed and self._last == "hired":
            if self._leaver and _following(statement, at) not in DUTY:
                return False  # "… to take over from a cook who is leaving. He will stay on."
            if not modal and not self._is_sure(sex) and self._other in {"", sex}:
                self._doubt(sex)
                return False
            return True
        if self._last is None or self._to_you:
            resumed = self._last is None and sex in self._hired_sexes
            if resumed and not has_other_subject(statement, at):
                return True  # Others are forgotten sooner than who is sought.
            return asked and self._last != "known"
        if self._last == "known" and self._other not in {"", sex} and sex in self._hired_sexes:
            return True  # "… a patient's hand, if he likes. She will shadow Bev."
        if self._last == "known" and self._age >= _OLD and sex in self._hired_sexes:
            self._doubt(sex)  # It may be either's by now.
        if self._last == "known" or addresses(statement, at) or self._is_for_reader(statement, at):
            return False
        if statement.lower[0] in {"one", "another"}:
            return False  # "One comes by taxi and brings her cat."
        if has_other_subject(statement, at) and not modal:
            return self._is_sure(sex) or None  # "The parrot is loud, and his cage …": whose?
        return None if reported and not modal else True

    def _is_sure(self, sex: str) -> bool:
        """Whether the ad has spoken of who is sought so, and of nobody else."""
        return sex in self._hired_sexes and sex not in self._known_sexes

    @staticmethod
    def _is_for_reader(statement: Statement, at: int) -> bool:
        """Whether the reader is told to do something to somebody: "tell him", "ring her"."""
        opens, before = statement.lower[:1], statement.lower[at - 1 : at]
        told = bool(opens) and (opens[0] in DUTY_VERBS or opens[0] in _TOLD)
        return told and (before == opens or before == ["to"] or before[0] in _TOLD)

    def _named(self, statement: Statement, at: int, people: list[Said]) -> str:
        """The noun to repeat for a subject, where "they" would be somebody else; empty if none.

        "Each driver greets our pupils, and he must smile": "they" would be the pupils.
        """
        before = statement.lower[at - 1 : at]
        if before and before[0] not in _OPENS_CLAUSE:
            return ""
        mentions = [one for one in people if one.place < at and one.who == "hired"]
        called = _called(statement, mentions) or ("" if mentions else self._called)
        last = mentions[-1].place + 1 if mentions else 0
        if not (self._crowd and not mentions) and not _names_several(statement, last, at):
            return ""
        return "" if called == "person" and before else called

    def _remember(self, statement: Statement, people: list[Said]) -> None:
        to_you = addresses(statement)
        hired = [one for one in people if one.who == "hired"]
        if hired or people or self._last == "known":
            self._called = _called(statement, hired) or (self._called if hired else "")
        last_place = hired[-1].place + 1 if hired else 0
        self._crowd = _names_several(statement, last_place, len(statement.lower))
        if all(one.beside for one in people):  # "… to agree it with the chairman"
            self._age += 1
            self._to_you = self._to_you or to_you
            if self._age >= _MEMORY:
                self._last, self._mixed, self._sex = None, False, ""
            return
        self._other = next(iter(self._passed), "")
        told = [one for one in people if not one.reported]
        subject = told[0] if told else people[0]
        sought = bool(told) and told[-1].strong
        last: Person = "hired" if sought else subject.who
        if not told and self._last == "hired" and not to_you:
            last = "hired"  # "Works hard. Reports to the head."
        if last == "known" or any(one.strong for one in told):
            self._sex = ""
        self._sex = next((one.sex for one in reversed(people) if one.sex), self._sex)
        self._last, self._age = last, 0
        self._to_you = to_you and not sought
        others = {one.who for one in told if not one.owned}
        self._mixed = len(others) > 1 and not sought
        self._leaver = bool(told) and departs(statement, told[-1].place)


def _is_employers(statement: Statement, at: int, before: list[Said]) -> bool:
    """Whether a pronoun that isn't a subject may mean somebody known who seeks the person."""
    if statement.lower[at - 1] == "or" and before[-1].place == at - 2:
        return not before[-1].strong  # "as the chief executive or his nominee may ask"
    if len(before) < 2 or not before[-1].strong:
        return False
    others = [p for p in before[:-1] if p.who == "known" and not (p.owned or p.beside or p.other)]
    between = statement.lower[before[-1].place : at]
    return bool(others) and "to" in between and not {"who", "that", "whose"} & set(between)


def _is_somebody_else(
    statement: Statement, left: int, at: int, use: str, before: list[Said]
) -> bool:
    """Whether who is sought is named behind a pronoun that stays, and the next means that one.

    "He needs a clerk who knows her books", and not "He must be a clerk who knows his books".
    """
    lowered = statement.lower
    sought = [one.place for one in before if one.strong and one.place > left]
    sought = [n for n in sought if not _BEING & set(lowered[max(left, n - 5) : n])]
    if use == "subject" or lowered[at + 1 : at + 2] == ["own"]:
        return bool(sought)
    return any(not {"who", "that", "whose"}.isdisjoint(lowered[n:at]) for n in sought)


def _sex(pronoun: str) -> str:
    return "he" if pronoun.startswith(("he'", "hi")) or pronoun == "he" else "she"


def _is_asked(statement: Statement, at: int) -> bool:
    """Whether "will", "must" or the like goes with a pronoun."""
    return statement.lower[at].endswith("'ll") or _following(statement, at) in _MODALS


def _following(statement: Statement, at: int) -> str:
    place = at + 1
    while place < len(statement.lower) and statement.lower[place] in _ADVERBS:
        place += 1
    return statement.lower[place] if place < len(statement.lower) else ""


def _is_object(statement: Statement, at: int) -> bool:
    """Whether a pronoun is the object of its verb: "him", "tell her that", "lets her know"."""
    word, behind = statement.lower[at], statement.lower[at + 1 : at + 2]
    if word != "her":
        return word == "him"
    if not behind or not behind[0][0].isalpha():
        return True
    if behind[0] in _AFTER_HER:
        after = statement.lower[at + 2 : at + 3]
        first = behind[0] in _GRADES and after and after[0][0].isalpha()
        return not first or after[0] in _AFTER_HER  # "takes her first call"
    let = {"let", "lets", "letting", "make", "makes", "help", "helps"} & {statement.lower[at - 1]}
    return (
        bool(let)
        and behind[0] != "own"
        and (behind[0] in DUTY_VERBS or behind[0] in {"know", "go", "feel", "settle"})
    )


def _has_its_subject(statement: Statement, at: int, heard: list[Said]) -> bool:
    """Whether "he" or "she" of the same sex is the subject of the verb before an object."""
    sex = _sex(statement.lower[at])
    last = next((one.place for one in reversed(heard) if one.sex == sex), -1)
    if last < 0 or _SINGLE.get(statement.lower[last]) != "subject":
        return False
    between = statement.lower[last + 1 : at]
    if not _CLAUSE.isdisjoint(between) or between[-1] in _BESIDE:
        return False
    return not any(
        one in {"and", "but"} and following[-1] != "s" for one, following in pairwise(between)
    )  # "She bakes, and Molly thanks her"


def _with_verb(statement: Statement, start: int, at: int) -> tuple[int, str | None]:
    """Where the subject and its verb end, and both in the plural; None where it isn't sure."""
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
    return _with_joined(statement, verb, f"{they} {between}{plural_verb(word)}")


def _with_joined(statement: Statement, verb: int, told: str) -> tuple[int, str | None]:
    """The same with the verbs that "and" joins to the first one."""
    words, lowered, text = statement.words, statement.lower, statement.text
    end = words[verb].end
    for at in range(verb + 1, min(verb + 40, len(words) - 1)):
        if lowered[at] in {".", ";", "who", "that", "which"} or lowered[at] in _SINGLE:
            break
        if lowered[at] in {"and", "or", ","}:
            following = lowered[at + 1]
            if is_third_person(following) and at + 2 < len(words):
                after = lowered[at + 2]
                if after[0].isalpha() and after not in _AFTER_NOUN:
                    told += text[end : words[at + 1].start] + plural_verb(following)
                    end = words[at + 1].end
    return end, told


def _called(statement: Statement, people: list[Said]) -> str:
    """The last noun for who is sought as a later sentence repeats it: "nurse"; empty if none."""
    words, lowered = statement.words, statement.lower
    nouns = [one.place for one in people if not one.sex]
    if not nouns or statement.titled:
        return ""
    named = [n for n in nouns if lowered[n] not in _NOBODY and not _OF_ONE_SEX.search(lowered[n])]
    named = [n for n in named if not _is_predicate(lowered, n)] or named
    if not named:
        return "person"
    first = place = named[-1]
    while first and first > place - 3:
        before = lowered[first - 1]
        compound = noun(before) in {"hired", "thing"} or before in words_for("modifiers")
        compound &= before not in _TOLD_ONCE
        if not compound and lowered[first] != "holder":
            break
        first -= 1
    if any(_OF_ONE_SEX.search(word) for word in lowered[first:place]):
        return "person"
    return " ".join(one.text for one in words[first : place + 1])


def _is_predicate(lowered: list[str], at: int) -> bool:
    """Whether a noun says what somebody should be: "must be a resilient fighter"."""
    before = lowered[max(0, at - 4) : at]
    return "be" in before and not {"a", "an"}.isdisjoint(before[-3:])


def _names_several(statement: Statement, first: int, after: int) -> bool:
    """Whether one of these words is a noun for several people, whom "they" could mean."""
    lowered = statement.lower
    for at in range(first, after):
        word, one, before = lowered[at], singular(lowered[at]), lowered[at - 1 : at]
        if lowered[at + 1 : at + 2] in (["'"], ["'s"]):
            continue
        if word in _CROWDS or (word == "people" and before and before[0] in _THEIR):
            return True
        verb = is_third_person(word) and (at == first or before[0] in _OPENS_CLAUSE | _ADVERBS)
        person = one != word and noun(word) in {"hired", "people", "other"}
        if person and not verb and one not in words_for("candidates"):
            return True
    return False


def _paired(statement: Statement, match: re.Match[str], chain: int, named: str) -> Finding:
    use = str(match.lastgroup)
    start, end = match.span()
    following = next((w.lower for w in statement.words if w.start >= end), "")
    if use == "owned" and following.isalpha() and following not in _AFTER_HER:
        use = "own"  # "his/hers professional plans"
    new: str | None
    if use == "subject" and named:
        new = _repeated(named, match[0])
    elif use != "subject":
        new = cased(_THEIRS[use], match[0])
    else:
        at = next(
            (i for i, w in enumerate(statement.words) if w.start >= end), len(statement.words)
        )
        if at >= len(statement.words):
            new = cased("they", match[0])
        elif statement.lower[at] == "who":
            new, end = cased("whoever", match[0]), statement.words[at].end
        else:
            last, new = _with_verb(statement, start, at)
            end = max(end, last)
    return _told(statement, start, end, "paired-pronoun", new, chain)


def _single(
    statement: Statement, at: int, use: str, *, led: bool, sure: bool, named: str
) -> Finding:
    """The finding of a pronoun alone; ``led``: one before it is mended; not ``sure``: no fix."""
    word = statement.words[at]
    rule = f"generic-{_sex(word.lower)}"
    following = statement.lower[at + 1] if at + 1 < len(statement.lower) else "."
    if not sure or not _SPOUSES.isdisjoint(statement.lower[at + 1 : at + 7]):
        return _told(statement, word.start, word.end, rule, None, _CHAIN)
    if use == "subject" and named and not word.lower.endswith("'d"):
        end, verb = word.end, " will" if word.lower.endswith("'ll") else ""
        if following == "'s":
            end = statement.words[at + 1].end
            verb = " has" if is_perfect(statement.words, at + 2) else " is"
        return _told(statement, word.start, end, rule, _repeated(named, word.text) + verb, _CHAIN)
    if use == "subject":
        end, new = _with_verb(statement, word.start, at + 1)
        return _told(statement, word.start, max(end, word.end), rule, new, _CHAIN)
    if _is_object(statement, at):
        use = "object"
    if word.lower == "his" and (
        not following[0].isalnum() or following in _BECOME or following == "to"
    ):
        use = "owned"
    # "The cook tastes the soups themselves" says something else: there is no plain fix.
    doubtful = use == "self" and not led and at > 0 and not is_single(statement.lower[at - 1])
    new = None if doubtful else cased(_THEIRS[use], word.text)
    return _told(statement, word.start, word.end, rule, new, _CHAIN)


def _of_one(statement: Statement, places: list[int], found: list[Finding]) -> list[Finding]:
    """Found pronouns, not mended behind one of their sex that speaks of somebody else."""
    first: dict[str, int] = {}
    for at in places:
        first.setdefault(f"generic-{_sex(statement.lower[at])}", statement.words[at].start)
    starts = {one.start for one in found}
    others = {rule for rule, start in first.items() if start not in starts}
    return [replace(one, suggestion=None) if one.rule in others else one for one in found]


def _repeated(named: str, written: str) -> str:
    """A noun in the place of a pronoun: "The nurse", and "this person" where it has none."""
    return cased(f"this {named}" if named == "person" else f"the {named}", written)


def _told(
    statement: Statement, start: int, end: int, rule: str, new: str | None, chain: int
) -> Finding:
    written = statement.text[start:end]
    return Finding(
        start, end, written, rule, "pronoun", None, new, WHY, "coded", SOURCE, chain=chain
    )


def _longest(finding: Finding) -> tuple[int, int]:
    return finding.start, -finding.end
