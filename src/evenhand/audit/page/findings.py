"""Sentences of the audit laid out for the eye: what each is about, then a line a verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evenhand.audit.view import Findings
from evenhand.measure.rates.assessment import VERDICTS

_LEADS = (
    *(f"{verdict[0].upper()}{verdict[1:]}: " for verdict in VERDICTS),
    "No verdict: ",
    "Hidden, because ",
    "Others: too few to show",
    "If groups made no difference, ",
)
_BREAK = re.compile(rf"(?<=\.) (?={'|'.join(map(re.escape, _LEADS))})")


def findings(sentences: Sequence[str]) -> Findings:
    """Every sentence as an entry under what it is about, entries of one subject together."""
    entries: dict[str, list[str]] = {}
    for sentence in sentences:
        about, said = _split(sentence)
        entries.setdefault(about, []).extend(_lines(said))
    return Findings(tuple((about, tuple(lines)) for about, lines in entries.items()))


def finding(sentences: Sequence[str]) -> Findings:
    """Sentences without what they are about, which a heading above them says."""
    lines = [line for sentence in sentences for line in _lines(_split(sentence)[1])]
    return Findings((("", tuple(lines)),))


def _split(sentence: str) -> tuple[str, str]:
    """What a sentence is about, and what it says."""
    about, _, rest = sentence.partition(": ")
    # A colon further on is no heading.
    if not rest or "." in about or about.count("(") > about.count(")"):
        return "", sentence
    return about, f"{rest[0].upper()}{rest[1:]}"


def _lines(said: str) -> list[str]:
    """A line a verdict; one line where there are none."""
    return _BREAK.split(said)
