"""What an ad offers and asks: pay, place, equal opportunity; years, degrees, certificates.

Formula: a *must* or *nice to have* is a statement (sentence or list item) that says so or stands
    under a heading that does; duties, benefits and what the employer says of itself are neither.
    Years are the least number that each "3+ years" of experience asks for (months are twelfths).
    Salary is an amount of the size of pay with its cue ("salary", "an hour", a range, a header);
    place is a named place in a header line or with its cue ("based in"); remote is work from
    anywhere or home; equal opportunity is the employer's statement on it.
Range: counts from 0; years above 0; present or absent.
Undefined: ``most_years`` is NaN where no years are asked.
Source: own rules, read against real ads; the share of wrong readings stands in the guide.
What it is NOT: a check of the law on pay, a reading of how hard requirements are or whether the
    work needs them. Money raised, earned or saved by the employer is no pay; degrees that don't
    matter, angles and goods ("gift certificate") are no credentials; running prose is read less
    surely than lists.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from evenhand.language.duties import duty_verb
from evenhand.language.facts import number_value
from evenhand.language.lexicon import Lexicon
from evenhand.language.text import lines, sentences

_WORDS = Lexicon("posting")
_EMPLOYER = _WORDS.pattern("employer")
_PERSON = _WORDS.pattern("person")


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that an ad states: its kind, canonical value, and ``must`` or ``nice``, if any."""

    start: int
    end: int
    text: str
    kind: str
    value: str = ""
    strength: str = ""


@lru_cache(maxsize=16)
def is_about_employer(statement: str) -> bool:
    """Whether a statement speaks of the employer and not of the person sought."""
    return bool(_EMPLOYER.search(statement)) and not _PERSON.search(statement)


Strength = Literal["must", "nice", ""]
Section = Literal["must", "nice", "other", ""]

_LEAD = (
    r"^\W*+(?:(?:minimum|basic|essential|required|key|job|position|main|core|general|additional"
    r"|technical|professional|other|the|your|our|specific|important|desired|preferred|mandatory"
    r"|educational?|experience|skills?|knowledge|and)\W++){0,4}"
)
_NICE_HEADING = _WORDS.pattern("nice_heading")
_MUST_HEADING = re.compile(
    _LEAD + r"(?:requirements?|qualifications?|must[- ]haves?|prerequisites?|pre-requisites"
    r"|what (?:you|we|you['’]ll) (?:need|want|require|expect|bring|have)(?: (?:from you"
    r"|to have))?"
    r"|what we(?:['’]re| are) looking for|we(?:['’]re| are) looking for|who you are|about you"
    r"|your profile|profile|you (?:have|are|bring|must have|should have|will have|need)"
    r"|skills?|experience|education|knowledge|competenc(?:y|ies)|abilities|candidate profile"
    r"|(?:the )?(?:ideal|successful) candidate(?: (?:has|will have|should have|is|must have))?"
    r"|ideal candidates?|who we(?:['’]re| are) looking for|desired skills)"
    r"(?: (?:and|&|/|for|of|the|this|position|role|experience|skills|qualifications|requirements"
    r"|required|knowledge|abilities|needed|education|include))*\s*(?:[:\-–—]|$)",
    re.I,
)
_OTHER_HEADING = _WORDS.pattern("other_heading")
_HEADINGS: tuple[tuple[Section, re.Pattern[str]], ...] = (
    ("nice", _NICE_HEADING),
    ("other", _OTHER_HEADING),
    ("must", _MUST_HEADING),
)
_NICE = _WORDS.pattern("nice")
_STRICT = _WORDS.pattern("strict")
_YOU = _WORDS.pattern("you")
_OPENING = _WORDS.pattern("opening")
_YEARS_FIRST = _WORDS.pattern("years_first")

_ENDS_LIST = _WORDS.pattern("ends_list")
_NOT_DUTIES = _WORDS.words("not_duties")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of an ad and how strongly it asks."""

    start: int
    end: int
    text: str
    strength: Strength
    section: Section


_NO_REQUEST = _WORDS.pattern("no_request")


def _heading(text: str) -> tuple[Section, int]:
    """The section a statement opens and where its heading ends; ("", 0) where it is none."""
    for section, pattern in _HEADINGS:
        match = pattern.match(text[:120])
        if match and (match.end() == len(text) or text[match.end() - 1] in ":-–—"):
            return section, match.end()
    if re.fullmatch(r"[^.!?]{2,60}:", text.strip()):
        return "other", len(text)
    return "", 0


def _is_duty(text: str) -> bool:
    """Whether a list item is a duty ("Design tests"), which some ads put among requirements."""
    first = re.match(r"\W*([A-Za-z]+)\b(?! (?:\w+ )?(?:experience|knowledge|skills?))", text)
    verb = duty_verb(first[1].lower()) if first else None
    return first is not None and verb == first[1].lower() and verb not in _NOT_DUTIES


def _strength(text: str, section: Section) -> Strength:
    if not any(c.isalpha() for c in text) or text.rstrip().endswith("?"):
        return ""
    if _NO_REQUEST.search(text) or text.count("|") >= 2:
        return ""
    employer = is_about_employer(text)
    opens = _OPENING.search(text) is not None
    listed = section if section in ("must", "nice") and (opens or not employer) else ""
    if _NICE.search(text) and (listed or not employer):
        return "nice"
    if _STRICT.search(text):
        return "must"
    if listed:
        return "" if _is_duty(text) and not opens else listed
    if employer:
        return ""
    asked = opens or _YEARS_FIRST.search(text)
    return "must" if asked or (section != "other" and _YOU.search(text)) else ""


def _read(text: str) -> Iterator[Statement]:
    section: Section = ""
    for start, end in sentences(text):
        written = text[start:end]
        opened, after = _heading(written)
        section = opened or ("" if _ENDS_LIST.match(written) else section)
        rest = written[after:]
        yield Statement(start, end, written, _strength(rest, section) if rest else "", section)


@lru_cache(maxsize=256)
def statements(text: str) -> tuple[Statement, ...]:
    """Every sentence and list item of an ad with how strongly it asks, in order."""
    return tuple(_read(text))


_S = r"['’]?s?['’]?"
_DEGREES = {
    "doctorate": re.compile(r"\bPh\.?\s?D\.?s?\b|\b[Dd]octora(?:te|l degree)|\bD\.?Phil\b"),
    "master": re.compile(
        rf"\b[Mm]aster{_S} (?:[Dd]egree|[Ll]evel|in [A-Za-z]|[Oo]f (?:[Ss]cience|[Aa]rts|[Bb]us))"
        rf"|\b[Mm]aster['’]s(?! degree)|(?<=[/ ])Masters?\b(?= ?(?:[,/)]|or|degree|preferred"
        rf"|in\b))"
        r"|\bM\.?Sc\.?\b|\bMBA\b|\bM\.(?:S|A)\.|\bM\.?Tech\b|(?<=BS/)M[AS]\b|(?<=BA/)M[AS]\b"
        r"|\bM[AS]\b(?= (?:degree|preferred|or Ph|in (?!Excel|Office|Word|Project)[A-Za-z])|/Ph)"
        r"|\b(?:[Aa]dvanced|[Gg]raduate|[Pp]ostgraduate) [Dd]egree\b(?! program)"
    ),
    "bachelor": re.compile(
        rf"\b[Bb]achelor{_S}\b|\bBACHELOR\w*|\bB\.?Sc\.?\b|\bB\.[SAE]\.|\bB\.?Tech\b|\bB\.?Com\b"
        r"|\bB[SA]/(?:B[SA]|M[SA]|PhD)\b|\bB[SA]\b(?= (?:degree|or |in [A-Z]|required|preferred))"
        r"|\b[Uu]ndergraduate [Dd]egree|\b(?:[Cc]ollege|[Uu]niversity|[Ff]our[- ][Yy]ear"
        r"|4[- ]year)"
        r" (?:level )?[Dd]egree"
    ),
    "associate": re.compile(rf"\b[Aa]ssociate{_S}['’]? [Dd]egree|\bA\.?A\.? degree"),
    "secondary": re.compile(
        r"\b[Hh]igh [Ss]chool(?: or)? (?:[Dd]iploma|[Dd]egree|[Gg]raduate|[Ee]ducation|[Ee]quiv)"
        r"|\bGED\b|\bA-[Ll]evels?\b|\bGCSEs?\b"
    ),
}
_ANY_DEGREE = _WORDS.pattern("any_degree", 0)
_WAIVED = _WORDS.pattern("waived")
_NAMED = _WORDS.pattern("named", 0)
_AD_PRICES = re.compile(r"\bCP[CIM]\b|\bcost per\b|\bROI\b|\bconversions?\b")
_LICENCE = _WORDS.pattern("licence")
_CERTIFIED = _WORDS.pattern("certified")
_GOODS = _WORDS.pattern("goods")


def _reading(statement: Statement, match: re.Match[str], kind: str, value: str) -> Reading:
    start, end = statement.start + match.start(), statement.start + match.end()
    return Reading(start, end, match[0], kind, value, statement.strength)


def degrees(statement: Statement) -> Iterator[Reading]:
    """The degrees that a statement asks for, one reading a level."""
    text = statement.text
    if _WAIVED.search(text) or is_about_employer(text) or not statement.strength:
        return
    named = False
    for level, pattern in _DEGREES.items():
        match = pattern.search(text)
        if match:
            named = True
            yield _reading(statement, match, "degree", level)
    match = None if named else _ANY_DEGREE.search(text)
    if match:
        yield _reading(statement, match, "degree", "degree")


def certificates(statement: Statement) -> Iterator[Reading]:
    """The licences and certificates that a statement asks for; only where it asks at all."""
    text = statement.text
    if not statement.strength or _GOODS.search(text) or is_about_employer(text):
        return
    prices = _AD_PRICES.search(text) is not None
    taken: list[tuple[int, int]] = []
    for pattern in (_NAMED, _LICENCE, _CERTIFIED):
        for match in pattern.finditer(text):
            if match[0] in {"CPA", "CPT"} and prices:
                continue
            at = bisect_left(taken, match.span())
            around = taken[max(0, at - 1) : at + 1]
            if not any(start < match.end() and match.start() < end for start, end in around):
                taken.insert(at, match.span())
                yield _reading(statement, match, "certificate", " ".join(match[0].lower().split()))


MOST_YEARS = 30
_WORDED = "one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty"
_NUMBER = rf"(?:\d{{1,2}}(?:\.5)?|\b(?:{_WORDED}))"
_YEARS = re.compile(
    rf"(?<![\d$€£,/])(?<!\d[.-])(?P<low>{_NUMBER})\s?(?:\(\d+\)\s?)?(?P<plus>\+|\bplus\b)?"
    rf"(?:\s?(?:-|–|—|to|or)\s?(?P<high>{_NUMBER})\s?\+?)?(?:[\s-]|\bor more\b|\bfull\b"
    rf"|\bsolid\b)*"
    r"(?P<unit>years?|yrs?|months?)(?P<more> or more)?(?:\b|(?=[A-Z]))",
    re.I,
)
_BEFORE_NO = _WORDS.pattern("before_no")
_AFTER_NO = _WORDS.pattern("after_no")
_AFTER_YES = _WORDS.pattern("after_yes")
_AFTER_OF = re.compile(r"^['’]?\W*(?:of|in|with|as|using|doing|[a-z]+ing)\b", re.I)
_BOUND = re.compile(r"\b(?:at least|minimum|min\.?|more than|over)\W*(?:of\W*)?(?:a\W*)?$", re.I)


@dataclass(frozen=True)
class Requirements:
    """What one ad asks for."""

    must: int
    nice: int
    years: tuple[float, ...]
    degrees: tuple[str, ...]
    certificates: tuple[str, ...]
    readings: tuple[Reading, ...]

    @property
    def most_years(self) -> float:
        """The largest number of years asked for; NaN where none is."""
        return max(self.years, default=math.nan)


@lru_cache(maxsize=16)
def _names_experience(text: str) -> bool:
    return re.search(r"\bexperience|\bbackground", text, re.I) is not None


def _is_asked(statement: Statement, match: re.Match[str]) -> bool:
    """Whether a stretch of time is experience that the person should have."""
    before = statement.text[max(0, match.start() - 25) : match.start()]
    after = statement.text[match.end() : match.end() + 200]
    if _BEFORE_NO.search(before) or _AFTER_NO.match(after):
        return False
    if is_about_employer(statement.text):
        return False
    if _AFTER_YES.match(after[:90]):
        return True
    bounded = bool(match["plus"] or match["more"] or _BOUND.search(before[-20:]))
    in_place = bool(statement.strength) and _names_experience(statement.text)
    return in_place or (bounded and bool(statement.strength or _AFTER_OF.match(after)))


def _years(statement: Statement) -> Iterator[Reading]:
    for match in _YEARS.finditer(statement.text):
        low = number_value(match["low"].lower())
        if low is None or not _is_asked(statement, match):
            continue
        months = match["unit"].lower().startswith("month")
        years = low / 12 if months else low
        if 0 < years <= MOST_YEARS:
            start, end = statement.start + match.start(), statement.start + match.end()
            value = f"{years:.3g}"
            yield Reading(start, end, match[0], "years", value, statement.strength or "must")


def _once(readings: tuple[Reading, ...], kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.value for one in readings if one.kind == kind))


def requirements(text: str) -> Requirements:
    """Count what an ad asks for."""
    found = statements(text)
    readings = tuple(
        reading
        for statement in found
        for read in (_years, degrees, certificates)
        for reading in read(statement)
    )
    return Requirements(
        must=sum(one.strength == "must" for one in found),
        nice=sum(one.strength == "nice" for one in found),
        years=tuple(float(one.value) for one in readings if one.kind == "years"),
        degrees=_once(readings, "degree"),
        certificates=_once(readings, "certificate"),
        readings=readings,
    )


_SIGN = r"(?:US\$|C\$|A\$|CAD|USD|EUR|GBP|CHF|[$€£₹])"
_AMOUNT = re.compile(
    rf"(?:(?P<sign>{_SIGN}\s?)|(?<![\w.,$€£]))(?P<low>\d{{1,3}}(?:[,.]\d{{3}})+"
    rf"|\d{{1,7}}(?:\.\d{{1,2}})?)"
    rf"(?P<kilo>\s?[kK]\b)?(?P<to>\s?\+?\s?(?:-|–|—|to|and)\s?{_SIGN}?\s?"
    r"(?P<high>\d{1,3}(?:[,.]\d{3})+|\d{1,7}(?:\.\d{1,2})?)(?P<kilo2>\s?[kK]\b)?)?"
    r"(?P<more>\s?\+)?(?P<after>\s?(?:USD|EUR|GBP|CHF|CAD|AUD|SGD|euros?|dollars?|€|£)(?!\w))?",
)
_CUE = _WORDS.pattern("cue")
_PERIOD = _WORDS.pattern("period")
_SPAN_OF_PAY = {
    "hour": (5, 500), "day": (50, 3000), "week": (150, 12_000), "month": (200, 60_000),
    "year": (8_000, 950_000),
}  # fmt: skip
_UNITS = _WORDS.pairs("units")
_MILLIONS = re.compile(r"^\s?(?:m\b|mm\b|mn\b|million|b\b|bn\b|billion|trillion|k\b)", re.I)
_NOT_PAY_BEFORE = _WORDS.pattern("not_pay_before")
_NOT_PAY_AFTER = _WORDS.pattern("not_pay_after")


def _names(key: str) -> str:
    return "|".join(map(re.escape, sorted(_WORDS.phrases(key), key=len, reverse=True)))


_CITIES, _COUNTRIES = _names("cities"), _names("countries")
_STATES = "|".join(_WORDS.tables["us_states"].split())
_NAME = r"[A-Z][\w'’.-]{1,99}(?: [A-Z][\w'’.-]{1,99}){0,2}"
_CITY = re.compile(rf"(?<![\w@#/])(?:{_CITIES})(?!\w)(?:, ?(?:{_STATES})\b)?")
_LAND = re.compile(rf"(?<![\w@#/.])(?:{_COUNTRIES})(?![\w])")
_WITH_STATE = re.compile(rf"\b{_NAME}, ?(?:{_STATES})\b(?!\w)")
_LABELLED = _WORDS.pattern("labelled", 0)
_IN_BARS = re.compile(
    rf"(?:^|\|)\s*(?P<name>(?!Senior|Full|Lead|Head|Software"
    rf"|Multiple){_NAME}, ?{_NAME}(?:, ?{_NAME})?)"
    r"(?<!Inc\.)(?<!Inc)(?<!Ltd)(?<!LLC)(?<!neer)(?<!neers)(?<!oper)(?<!opers)(?<!ager)(?<!gner)"
    r"(?<!igners)(?<!ntist)(?<!ime)(?<!site)(?<!mote)(?<!OTE)(?<!SITE)(?<!tern)\s*(?=\||\()"
)
_CUED = re.compile(
    r"\b(?:(?:is|are|be|role|position|job|team|office|offices|hq|headquarters|['’]re|['’]m"
    r"|company|startup)\s"
    r"(?:currently\s|also\s|located\s)?)?(?:[Bb]ased|[Ll]ocated|[Hh]eadquartered|[Oo]ffices?|HQ"
    r"|[Hh]eadquarters)"
    rf"\s(?:is\s|are\s|out\sof\s|right\s)?(?:in|at|near|out of)\s(?:the\s|[a-z]+\s"
    rf"|our\s){{0,3}}(?P<name>{_NAME})"
)
_PLACE_CUE_BEFORE = _WORDS.pattern("place_cue_before")
_OPENING_CHARACTERS = 80
_PART_OF_NAME = _WORDS.pattern("part_of_name", 0)
_PLACE_CUE_AFTER = re.compile(
    rf"^(?:, (?:{_STATES}|UK|USA|[A-Z][a-z]+)\b|[- ](?:based|office|area|hq|team|location)"
    rf"|\s?[|)(/]"
    r"| (?:or|and) remote| is (?:looking|hiring|seeking|growing))",
    re.I,
)
_REMOTE = _WORDS.pattern("remote")
_EQUAL = _WORDS.pattern("equal")


@dataclass(frozen=True)
class Presence:
    """What an ad names of its terms."""

    salary: tuple[Reading, ...]
    place: tuple[Reading, ...]
    remote: tuple[Reading, ...]
    equal_opportunity: tuple[Reading, ...]

    @property
    def has_salary(self) -> bool:
        """Whether an amount of pay is named."""
        return bool(self.salary)

    @property
    def has_location(self) -> bool:
        """Whether a place is named or remote work offered."""
        return bool(self.place or self.remote)

    @property
    def has_equal_opportunity(self) -> bool:
        """Whether there is a statement on equal opportunity."""
        return bool(self.equal_opportunity)


def _value(digits: str, kilo: bool) -> float:
    plain = digits.replace(",", "")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", plain):
        plain = plain.replace(".", "")
    return float(plain) * (1000 if kilo else 1)


def _period(match: re.Match[str], text: str) -> str:
    found = _PERIOD.match(text[match.end() : match.end() + 20])
    unit = ((found["unit"] or found["unit2"]) if found else "year").lower()
    return _UNITS.get(unit, "year" if unit.startswith("annual") else unit)


def _is_pay(match: re.Match[str], line: str, barred: bool) -> bool:
    """Whether an amount has the size, the look and the surroundings of pay."""
    money = bool(match["sign"] or match["after"])
    kilo = bool(match["kilo"] or match["kilo2"])
    if not money and not (match["to"] and kilo):
        return False
    before = line[max(0, match.start() - 60) : match.start()]
    after = line[match.end() : match.end() + 50]
    timed = _PERIOD.match(after[:20]) is not None
    if _MILLIONS.match(after):
        return False
    if not timed and (_NOT_PAY_BEFORE.search(before) or _NOT_PAY_AFTER.match(after)):
        return False
    period = _period(match, line)
    low, high = _SPAN_OF_PAY[period]
    if not low <= _value(match["high"] or match["low"], kilo) <= high:
        return False
    near = line[max(0, match.start() - 90) : match.end() + 60]
    return timed or (barred and kilo) or bool(_CUE.search(near)) or bool(match["to"] and money)


def _salaries(text: str) -> Iterator[Reading]:
    for start, end in lines(text):
        line = text[start:end]
        barred = line.count("|") >= 2
        for match in _AMOUNT.finditer(line):
            if match[0].strip() and _is_pay(match, line, barred):
                first = start + match.start()
                yield Reading(first, start + match.end(), match[0].strip(), "salary")


def _is_header(text: str, start: int, end: int, rank: int) -> bool:
    """Whether a line gives the terms in short: with bars, or one of the first two and short."""
    return text.count("|", start, end) >= 2 or (rank < 2 and end - start <= 140)


def _places_in(line: str, header: bool, opening: int) -> Iterator[tuple[int, int]]:
    for match in _LABELLED.finditer(line):
        yield match.span("name")
    for pattern in (_WITH_STATE, _CUED, *((_IN_BARS,) if header and line.count("|") > 1 else ())):
        for match in pattern.finditer(line):
            yield match.span("name") if "name" in pattern.groupindex else match.span()
    for pattern in (_CITY, _LAND):
        for match in pattern.finditer(line):
            before = line[max(0, match.start() - 45) : match.start()]
            after = line[match.end() : match.end() + 20]
            cued = _PLACE_CUE_BEFORE.search(before) or _PLACE_CUE_AFTER.match(after)
            if header or match.end() <= opening or (cued and not _PART_OF_NAME.search(before)):
                yield match.span()


def _places(text: str) -> Iterator[Reading]:
    for rank, (start, end) in enumerate(lines(text)):
        cursor = 0
        header = _is_header(text, start, end, rank)
        opening = 0 if rank else _OPENING_CHARACTERS
        for first, last in sorted(_places_in(text[start:end], header, opening)):
            if first >= cursor:
                cursor = last
                written = text[start + first : start + last]
                yield Reading(start + first, start + last, written, "place")


def _matches(pattern: re.Pattern[str], text: str, kind: str) -> tuple[Reading, ...]:
    return tuple(Reading(m.start(), m.end(), m[0], kind) for m in pattern.finditer(text))


def presence(text: str) -> Presence:
    """Read pay, place, remote work and equal opportunity in an ad, each with where it stands."""
    return Presence(
        salary=tuple(_salaries(text)),
        place=tuple(_places(text)),
        remote=_matches(_REMOTE, text, "remote"),
        equal_opportunity=_matches(_EQUAL, text, "equal-opportunity"),
    )
