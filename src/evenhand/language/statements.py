"""What an ad asks for, statement by statement: must have, nice to have, or neither.

A statement is a sentence or a list item. It is a *must* where it says so ("required", "at least",
"you have") or stands under a heading that does ("Requirements"), and *nice to have* where it or
its heading says that ("a plus", "preferred", "ideally"). Duties, benefits and what the employer
says of itself are neither, unless they say "must" or "required" themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from evenhand.language.duties import duty_verb
from evenhand.language.reading import is_about_employer
from evenhand.language.sentences import sentences

Strength = Literal["must", "nice", ""]
Section = Literal["must", "nice", "other", ""]

_LEAD = (
    r"^\W*+(?:(?:minimum|basic|essential|required|key|job|position|main|core|general|additional"
    r"|technical|professional|other|the|your|our|specific|important|desired|preferred|mandatory"
    r"|educational?|experience|skills?|knowledge|and)\W++){0,4}"
)
_NICE_HEADING = re.compile(
    r"^\W*(?:nice[- ]to[- ]haves?|bonus(?: points| skills?)?(?: (?:if|for)(?: you(?: have)?)?)?"
    r"|(?:strongly |highly )?(?:preferred|desired|desirable|additional|extra|optional)"
    r"(?: (?:qualifications?|skills?|requirements?|experience|education|and|&|/|,|attributes))*"
    r"|plus(?:es)?|extra credit|pluses|it(?:['’]s| is| would be) (?:a )?(?:plus|great|nice|bonus)"
    r"(?: if)?(?: you)?|good to have|ideally(?: you)?(?: have)?|also (?:nice"
    r"|great))\s*(?:[:\-–—]|$)",
    re.I,
)
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
_OTHER_HEADING = re.compile(
    r"^\W*+(?:(?:key|main|primary|essential|your|the|job|other|core|general|position|role|daily"
    r"|day-to-day|specific|and)\W++){0,4}"
    r"(?:responsibilities|duties|tasks|functions?|what (?:you|you['’]ll|you will|we)"
    r" (?:do|be doing|offer|are doing|use|work on)|benefits|perks|we offer|offer|about (?:us"
    r"|the)\b"
    r".{0,30}|who we are|why (?:us|join|work)\b.{0,30}|how to apply|to apply|apply|compensation"
    r"|salary|location|role|job|description|summary|overview|mission|company|stack|tech stack"
    r"|our stack|technologies|contact|hours|schedule|job description|position summary|you will"
    r"|you['’]ll|in this role(?: you(?: will|['’]ll))?|day to day)"
    r"(?: (?:and|&|/|of|the|this|position|role|responsibilities|duties|include|description|perks"
    r"|benefits|tasks))*\s*(?:[:\-–—]|$)",
    re.I,
)
_HEADINGS: tuple[tuple[Section, re.Pattern[str]], ...] = (
    ("nice", _NICE_HEADING),
    ("other", _OTHER_HEADING),
    ("must", _MUST_HEADING),
)
_NICE = re.compile(
    r"\bprefer(?:red|ably|able)\b(?! (?:partner|relation|vendor|supplier|provider))"
    r"|\ba (?:\w+ )?plus\b"
    r"|\bplus(?:es)?[.!)]*$|\bnice[- ]to[- ]have"
    r"|\b(?:bonus points|a (?:\w+ )?bonus|bonus (?:if|for))\b|\bideally\b|\bdesir(?:ed"
    r"|able)\b(?! (?:salary|pay|comp|develop|outcome|result))"
    r"|\b(?:an?|added|distinct|definite|big) (?:\w+ )?advantage\b|\badvantageous\b"
    r"|\b(?:would|will) be (?:great|nice|ideal|beneficial|useful|helpful|good|amazing)\b"
    r"|\bbeneficial\b"
    r"|\bnot (?:strictly |absolutely )?(?:required|necessary|essential|mandatory)\b"
    r"|\bgood to have\b|\boptional\b|\b(?:is|are|very) helpful\b|\beven more if\b|\ban asset\b"
    r"|\bwe(?:['’]d| would) love\b(?! (?:to|the|for)\b)",
    re.I,
)
_STRICT = re.compile(
    r"(?<!as )(?<!if )(?<!when )(?<!where )\brequired\b(?! by\b)|\bmust\b(?!n['’]t)|\bmandatory\b"
    r"|\bminimum (?:of )?(?:\d|one|two|three|four|five|\w+ (?:years?|degree))|\bis essential\b"
    r"|\b(?:position|role|job|we) requires?\b|\bat (?:the )?least (?:\d|one|two|three|four|five)"
    r"|^\W*requires\b|\ba requirement\b|\bprerequisite\b|\bminimum (?:education|experience"
    r"|requirement)",
    re.I,
)
_YOU = re.compile(
    r"\byou (?:have(?! (?:a good idea|any|questions|the (?:chance|option|opp)))|possess"
    r"|should (?!consider|apply|talk|check|contact|email|join|also apply)"
    r"|need|must|are (?:an?|able|fluent|familiar|comfortable"
    r"|proficient|experienced|skilled|well|organi[sz]ed|highly|passionate|self))\b"
    r"|\byou['’]ve (?!got"
    r" questions)|\b(?:candidates?|applicants?) (?:should|must|has|have|needs?)\b"
    r"|\b(?:candidate|applicant|person)s? will (?:have|possess|need|hold|be (?:able|fluent))\b"
    r"|\b(?:should|need to) (?:have|possess)\b|\byou['’]re (?:an?|fluent|familiar|comfortable"
    r"|proficient|experienced|skilled|well|highly|passionate)\b|\bwe expect you\b"
    r"|\b(?:looking for|seeking|need|want)\b.{0,80}\b(?:with|who)\b.{0,60}\b(?:experience|skills"
    r"|knowledge|background|degree|fluent|proficient|familiar)\b",
    re.I,
)
_OPENING = re.compile(
    r"^\W*+(?:(?:strong|excellent|good|solid|proven|demonstrated|deep|extensive|great|prior|some"
    r"|previous|working|basic|advanced|hands-on|professional|relevant|outstanding|superior"
    r"|proficient|significant|thorough|effective|high|exceptional|written|verbal|oral|general"
    r"|practical|communication|interpersonal|organi[sz]ational|analytical|computer|writing"
    r"|problem[- ]solving|and|or|\w+ing)\W++){0,4}"
    r"(?:experience|knowledge|ability|understanding|proficien\w+|familiar\w*|skills?|command"
    r"|expertise|background|track record|fluen\w+|degree|bachelor\w*|master['’]?s|diploma|ph\.?d"
    r"|able to|willing(?:ness)? to|competen\w+|aptitude|mastery)\b",
    re.I,
)
_YEARS_FIRST = re.compile(
    r"^\W*(?:\d{1,2}|one|two|three|four|five|six|eight|ten)\W.{0,12}years?\b", re.I
)

_ENDS_LIST = re.compile(
    r"^\W*(?:we|our|we['’]\w+|at [A-Z]\w+|join|come|please|send|apply|email|e-mail|contact"
    r"|interested"
    r"|the (?:company|team|role|position|job|successful)|this (?:is|role|position|job)|in this"
    r"|you['’]ll|you will|as an?|on a|your (?:manager|role)|if you (?:are|['’]re) (?:interested"
    r"|working)"
    r"|it['’]s|there (?:is|are)|benefits|salary|to apply|equal)\b",
    re.I,
)
_NOT_DUTIES = frozenset("demonstrate have hold speak communicate know understand think".split())


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of an ad and how strongly it asks.

    Attributes:
        start: Offset of the first character.
        end: Offset after the last.
        text: As written, heading included.
        strength: ``must``, ``nice`` or empty.
        section: What the last heading was about: ``must``, ``nice``, ``other`` or empty.
    """

    start: int
    end: int
    text: str
    strength: Strength
    section: Section


_NO_REQUEST = re.compile(
    r"^\W*(?:to apply|please|send|apply|e-?mail|contact|feel free|hope|reach out|drop|let"
    r"|if (?:this"
    r"|you(?:['’]re| are)"
    r" (?:interested|not)|interested|you have (?:any )?questions))\b"
    r"|\bif you have (?:any )?questions"
    r"|\bplease (?:submit|send|include)\b"
    r"|^\W*no\b[^,;]*\b(?:required|needed|necessary)\b",
    re.I,
)


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
