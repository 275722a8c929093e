"""Whether an ad names its pay, its place of work and equal opportunity.

Formula: salary is an amount of money (or a range in thousands) of the size of pay, with its cue
    ("salary", "an hour", a range, a header line); place is a named place in a header line or with
    its cue ("based in", "office", a US state after it); remote is work from anywhere or from
    home; equal opportunity is the employer's statement on it.
Range: present or absent.
Undefined: never; an empty ad has none.
Source: own rules, read against real ads; the share of wrong readings stands in the guide.
What it is NOT: a check of the law on pay transparency, or of what the amount means.
    "Competitive salary" names no pay. Money raised, earned or saved by the employer is no pay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evenhand.language.place_names import CITIES, COUNTRIES, US_STATES
from evenhand.language.reading import Reading
from evenhand.language.sentences import lines

_SIGN = r"(?:US\$|C\$|A\$|CAD|USD|EUR|GBP|CHF|[$€£₹])"
_AMOUNT = re.compile(
    rf"(?:(?P<sign>{_SIGN}\s?)|(?<![\w.,$€£]))(?P<low>\d{{1,3}}(?:[,.]\d{{3}})+"
    rf"|\d{{1,7}}(?:\.\d{{1,2}})?)"
    rf"(?P<kilo>\s?[kK]\b)?(?P<to>\s?\+?\s?(?:-|–|—|to|and)\s?{_SIGN}?\s?"
    r"(?P<high>\d{1,3}(?:[,.]\d{3})+|\d{1,7}(?:\.\d{1,2})?)(?P<kilo2>\s?[kK]\b)?)?"
    r"(?P<more>\s?\+)?(?P<after>\s?(?:USD|EUR|GBP|CHF|CAD|AUD|SGD|euros?|dollars?|€|£)(?!\w))?",
)
_CUE = re.compile(
    r"\b(?:salar(?:y|ies)|pay|paying|pays|paid|compensation|comp|wages?|base|ote|remuneration"
    r"|earn"
    r"|earning|equity|per (?:year|annum|hour|month|week|day)|annual(?:ly)?|p\.?a\.?|stipend"
    r"|commission"
    r"|rate|gross|doe)\b|\ba (?:year|month)\b|/\s?(?:yr|year|hr|hour|month|mo|day)\b",
    re.I,
)
_PERIOD = re.compile(
    r"^\W*(?:(?:an|per|p/|/|a)\s*)(?P<unit>hour|hr|day|week|month|mo|h|year|yr|annum)\b|^\W*"
    r"(?P<unit2>hourly|p\.?h\b|p\.?a\b|annual\w*|monthly|pcm|hr|hour)\b",
    re.I,
)
_SPAN_OF_PAY = {
    "hour": (5, 500), "day": (50, 3000), "week": (150, 12_000), "month": (200, 60_000),
    "year": (8_000, 950_000),
}  # fmt: skip
_UNITS = {
    "hr": "hour", "h": "hour", "hourly": "hour", "ph": "hour", "p.h": "hour", "mo": "month",
    "monthly": "month", "pcm": "month", "yr": "year", "annum": "year", "pa": "year", "p.a": "year",
}  # fmt: skip
_MILLIONS = re.compile(r"^\s?(?:m\b|mm\b|mn\b|million|b\b|bn\b|billion|trillion|k\b)", re.I)
_NOT_PAY_BEFORE = re.compile(
    r"\b(?:rais\w+|fund\w*|revenues?|invest\w*|valu\w+|worth|sales|budgets?|referr?\w*|rewards?"
    r"|prizes?"
    r"|grants?|reimburse\w*|allowance|spend\w*|spent|sav(?:e|es|ed|ing)|signing|relocation|seed"
    r"|series"
    r"|turnover|prices?|customers?|balance|deals?|assets|from \$?0|profit|transactions?|tuition"
    r"|of over"
    r"|billing|bill|fees?|cost\w*|market|portfolio|loans?|credit|insurance|costing|purchase"
    r"|handles?"
    r"|process(?:es|ing)?|managed|bonus of|sign-on|donat\w*|win|won|plus \$?|users|exceeding|401"
    r"|(?:compan(?:y|ies)|customers?|clients?|people) (?:will )?pays?)"
    r"\W+(?:[\w'’,]+\W+){0,4}$",
    re.I,
)
_NOT_PAY_AFTER = re.compile(
    r"^\W*(?:(?:in|of|for|a|an|per|the|our|annual|monthly|usd)\W+){0,3}(?:funding|revenues?"
    r"|referr?\w*"
    r"|bonus|reimburs\w*|credits?|allowance|stipend|budget|seed|round|investment|users?"
    r"|customers?"
    r"|employees|people|lines|requests|downloads|followers|subscribers|members|devices|rpm|qps"
    r"|loc"
    r"|seat|sales|arr|mrr|profit|gross profit|towards?|to (?:spend|whoever)|reward|prize|deal"
    r"|signing"
    r"|sign-on|relocation|each|off|discount|investor|startup|market|companies|company|retirement"
    r"|contribution|match|plan|equipment|training|concurrent|events|sites|visitors|products"
    r"|stores"
    r"|miles|km|steps|students|patients|apps|images|records|items|words|job|jobs|teams?"
    r"|businesses"
    r"|merchants|clients|locations|orders|years?|hours?|days|weeks|months|minutes|%|lbs?|pounds"
    r"|subprime|loan)\b|^\s?%",
    re.I,
)


def _names(listed: str) -> str:
    names = sorted((" ".join(n.split()) for n in listed.split(";")), key=len, reverse=True)
    return "|".join(re.escape(name) for name in names if name)


_STATES = "|".join(US_STATES.split())
_NAME = r"[A-Z][\w'’.-]{1,99}(?: [A-Z][\w'’.-]{1,99}){0,2}"
_CITY = re.compile(rf"(?<![\w@#/])(?:{_names(CITIES)})(?!\w)(?:, ?(?:{_STATES})\b)?")
_LAND = re.compile(rf"(?<![\w@#/.])(?:{_names(COUNTRIES)})(?![\w])")
_WITH_STATE = re.compile(rf"\b{_NAME}, ?(?:{_STATES})\b(?!\w)")
_LABELLED = re.compile(
    r"\b(?:[Ll]ocations?|LOCATIONS?)\s?(?::|-|–|=)\s?(?P<name>[A-Z(][^\n|;]{2,40})"
)
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
_PLACE_CUE_BEFORE = re.compile(
    r"\b(?:based|locat(?:ed|ions?)|offices?|hq|headquarter(?:s|ed)|on-?site|relocat\w*|remote"
    r"|work(?:ing)?"
    r"|team|role|position|job|jobs|hiring|liv(?:e|es|ing)|downtown|we['’]re|we are|us|site"
    r"|studio|here"
    r"|local|central|near|full[- ]time|permanent|join|opening|openings|engineers?|developers?"
    r"|within)"
    r"\b[^.!?\n]{0,30}$",
    re.I,
)
_OPENING = 80
_PART_OF_NAME = re.compile(
    r"\b(?:[Uu]niversity|[Uu]niversities|[Cc]ollege|MIT|Stanford)\b.{0,30}$|\b(?!Central"
    r"|Downtown|Greater|North|South|East|West|Inner|Office|Remote|Onsite|In|At|Our"
    r"|HQ)"
    r"[A-Z][\w&]{1,99} $"
)
_PLACE_CUE_AFTER = re.compile(
    rf"^(?:, (?:{_STATES}|UK|USA|[A-Z][a-z]+)\b|[- ](?:based|office|area|hq|team|location)"
    rf"|\s?[|)(/]"
    r"| (?:or|and) remote| is (?:looking|hiring|seeking|growing))",
    re.I,
)
_REMOTE = re.compile(
    r"(?<!no )(?<!not )(?<!non-)\b(?:remote|remotely|work(?:ing)? (?:from|at) (?:home|anywhere)"
    r"|wfh"
    r"|telecommut\w+|home[- ]based|telework)\b(?! (?:sensing|control|desktop|server|access"
    r"|monitor|host"
    r"|sites?|locations?|areas?|communit|patients?|machines?|devices?|procedure|support\b"
    r"|villages?"
    r"|support tools"
    r"|data"
    r"|diagnos|employees to|assistance|connect|sensor|management of))(?!\W*(?:no\b|not\b))"
    r"(?! (?:is |work )?(?:not|isn['’]t))",
    re.I,
)
_EQUAL = re.compile(
    r"\bequal[- ](?:employment )?opportunit(?:y|ies)\b(?! to)(?: (?:employer|workplace))?|\bEOE\b"
    r"|\bEEO\b(?= employer|[./,]|\s*$)"
    r"|\b(?:regardless of|without regard (?:to|for)|irrespective of)[^.\n]{0,60}\b(?:race|gender"
    r"|sex|age"
    r"|religion|colou?r|ethnic\w*|disabilit\w+|orientation)\b"
    r"|\b(?:do|does|will|shall) not (?:\w+ )?discriminate\b|\bnot discriminate\b",
    re.I,
)


@dataclass(frozen=True)
class Presence:
    """What an ad names of its terms.

    Attributes:
        salary: Amounts of pay.
        place: Named places of work.
        remote: Offers of remote work or work from home.
        equal_opportunity: Statements on equal opportunity.
    """

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
        opening = 0 if rank else _OPENING
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
