"""Degrees and certificates that an ad asks for.

A degree is given by its level: ``secondary``, ``associate``, ``bachelor``, ``master``,
``doctorate``, or ``degree`` where the ad names none. Degrees of the employer's people, degrees
said not to matter ("no degree needed"), angles and extents ("a high degree of care") are passed
over, and so are licences and certificates that are goods ("licensed content", "gift certificate").
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from evenhand.language.reading import Reading, is_about_employer
from evenhand.language.statements import Statement

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
_ANY_DEGREE = re.compile(
    r"(?<!high )(?<!wide )(?<!some )(?<!this )(?<!certain )(?<!\d )(?<!\d-)(?<!Massive )(?<!large )"
    r"\b[Dd]egree(?:s|-level)?\b(?= (?:in|or|from|level|required|preferred|qualified|educated"
    r"|with)\b"
    r"|[^\w]*$|[,;/)]|\s+(?:is|would|a plus))"
)
_WAIVED = re.compile(
    r"\b(?:no|without an?|not need an?|don['’]t (?:care|need|require|mind)|regardless of"
    r"|rather than"
    r"|not about|instead of|whether or not)\b[^.]{0,60}\b(?:degrees?|ph\.?ds?|diplomas?|bachelor)"
    r"|\bdegree (?:is |are )?(?:not|isn['’]t|optional)|\bdrop-?outs?\b|\bdegree program"
    r"|\btuition",
    re.I,
)
_NAMED = re.compile(
    r"\b(?:CPA|ACCA|CIMA|ACA|PMP|PRINCE2|CISSP|CISA|CISM|CCNA|CCNP|CCIE|MCSA|MCSE|MCTS|MCITP|RHCE"
    r"|RHCSA|OSCP|CEH|ITIL|CFA|CIH|LCSW|LMFT|LPC|BCBA|SPHR|PHR|SHRM-(?:CP|SCP)|CDL|CPIM|CSM|CNA"
    r"|CPT|NASM|ACSM|FINRA|TEFL|CELTA|LEED|OSHA-?\d+|TWIC|HAZWOPER|QTS)\b"
    r"|\b[Ss]ix [Ss]igma\b|\bSeries \d{1,2}\b"
)
_AD_PRICES = re.compile(r"\bCP[CIM]\b|\bcost per\b|\bROI\b|\bconversions?\b")
_LICENCE = re.compile(
    r"\bdriver['’]?s?['’]? licen[sc]e|\bdriving licen[sc]e|\blicensure\b"
    r"|\b(?:valid|current|active|state|professional|nursing|teaching|medical|producer|pharmacy"
    r"|estate|practice|insurance) (?:\w+ )?licen[sc]e\b|\blicensed (?:as|to practi[sc]e"
    r"|in the state)\b"
    r"|\blicen[sc](?:e|es|ing) (?:is |are )?(?:required|preferred|a plus)\b"
    r"|\blicensed (?:\w+ )?(?:nurse|therapist|counsell?or|social worker|pharmacist|attorney"
    r"|physician|psychologist|electrician|plumber|engineer|architect)",
    re.I,
)
_CERTIFIED = re.compile(
    r"(?:\b[\w&+./-]{1,99}\s){0,2}\b(?:certifications?|certificates?)\b(?! (?:authorit|of deposit"
    r"|of origin"
    r"|management|pinning))|\bcertified (?!b\b|b-corp|organic|public charity)[\w]+(?: \w+)?"
    r"|\b\w+ certified\b",
    re.I,
)
_GOODS = re.compile(
    r"\b(?:gift|stock|ssl|tls|digital|security|death|birth|x\.?509|gold|product|server|client"
    r"|ephemeral|platform['’]s) certific|\bb[- ]?corp|\bget (?:yourself |your )?(?:a )?certific"
    r"|\b(?:iso|tüv|soc)\s?\d*\s?certified|\bcertified (?:products|partners?|to market|organic)"
    r"|\bnot (?:require|need)",
    re.I,
)


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
