"""What an ad asks for, counted: must-have and nice-to-have statements, years, credentials.

Formula: musts and nice-to-haves are statements (sentences or list items) that ask, see
    ``statements``; years is the least number that each "3+ years", "3 to 5 years" or "at least
    three years" of experience asks for, in years (months count as twelfths).
Range: counts from 0; years above 0.
Undefined: ``most_years`` is NaN where no years are asked.
Source: own rules, read against real ads; the share of wrong readings stands in the guide.
What it is NOT: a reading of how hard the requirements are, and no judgement whether the work
    needs them. Requirements in running prose without any of the usual words are missed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from evenhand.language.credentials import certificates, degrees
from evenhand.language.fact_numbers import number_value
from evenhand.language.reading import Reading, is_about_employer
from evenhand.language.statements import Statement, statements

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
_BEFORE_NO = re.compile(
    r"\b(?:last|past|next|first|previous|coming|every|each|for (?:over|almost|nearly|about)"
    r"|in just"
    r"|after|ages?|aged|final|under|(?:in )?less than|vest\w*|(?:up )?to|within|another"
    r"|established|over the)\W*$",
    re.I,
)
_AFTER_NO = re.compile(
    r"^\W*(?:old|of age|ago|runway|in business|in a row|later|warranty|term|contract|fixed|plans?"
    r"|from now|college|degree|program|vest|cliff|company|of (?:continuous )?(?:growth|funding"
    r"|history"
    r"|runway|data|operation|authored|profit)|accelerated|opportunity|extension|assignment"
    r"|project"
    r"|to (?:build|come|retire)|and (?:now|we)|internship|stay|mark\b)",
    re.I,
)
_AFTER_YES = re.compile(
    r"^['’]?\W*(?:(?:of|in)\s+)?(?:[\w/&,+#.()'’-]+\s+){0,7}?(?:experience|exp\b|background"
    r"|expertise"
    r"|track record|tenure|work(?:ing)?\b|hands-on|coding|programming|developing|development"
    r"|managing"
    r"|building|writing|designing|leading|professional|industry|practice)",
    re.I,
)
_AFTER_OF = re.compile(r"^['’]?\W*(?:of|in|with|as|using|doing|[a-z]+ing)\b", re.I)
_BOUND = re.compile(r"\b(?:at least|minimum|min\.?|more than|over)\W*(?:of\W*)?(?:a\W*)?$", re.I)


@dataclass(frozen=True)
class Requirements:
    """What one ad asks for.

    Attributes:
        must: Statements that ask for something one must have.
        nice: Statements that name something as nice to have.
        years: The least number of years of each mention, in order.
        degrees: The levels asked for, once each, in order.
        certificates: Licences and certificates asked for, once each, in order, in lower case.
        readings: Where years, degrees and certificates were read.
    """

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
    """Count what an ad asks for.

    Args:
        text: The ad.

    Returns:
        Counts and readings; all zero and empty for an ad that asks nothing.
    """
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
