"""What the text of one ad shows: wording by kind, readability, requirements and terms.

Formula: of a kind, ``per_100 = 100 × findings ÷ words``. The gender lean, the one score, is
    ``(agentic − communal) × 100 ÷ words``.
Range: per 100 words from 0 up; the lean has no bounds, 0 is as many agentic as communal findings
    (or none of either), above 0 leans agentic and below 0 communal.
Undefined: NaN for a text without words.
Source: agentic and communal wording after Gaucher, Friesen and Kay (2011); rules picked by hand
    in ``coded_words``, ``plain_words`` and ``shown_words``; readability as in ``readability``.
What it is NOT: a measure of who applies or of how an engine ranks people. Wording and ranking
    effect can disagree; an audit shows them side by side.

One stretch counts once, under one kind, whatever stems lie nested in it; the longest phrase wins.
"Competitive salary", legal statements, names and negated wording don't count.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property

from evenhand.language.finding import Finding
from evenhand.language.findings import find_wording
from evenhand.language.languages import reading
from evenhand.language.presence import Presence, presence
from evenhand.language.readability import Readability, readability
from evenhand.language.requirements import Requirements, requirements

KINDS: tuple[str, ...] = (
    "agentic", "communal", "gendered", "pronoun", "age", "disability", "culture", "origin",
    "jargon",
)  # fmt: skip
_ANYBODY = re.compile(
    r"\b(?:the|an?|each|every|any|this|ideal|successful|future)\s(?:[\w-]+\s){0,4}?(?:candidates?"
    r"|applicants?|employees?(?:['’]s)?|incumbent|persons?|individuals?|someone|members?|hires?"
    r"|professionals?|managers?|developers?|engineers?|assistants?|representatives?)\b|\bsomeone\b",
    re.I,
)
_SOMEBODY = re.compile(
    r"\b(?:founders?|ceo|cto|owner|president|our (?:existing|current|talented|lead|first)|we have"
    r"|the current|is a guy|my (?:boss|manager)|colleague|author|mr|ms|mrs|patients?|clients?"
    r"|customers?|students?|child(?:ren)?|dr)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of wording that counts.

    Attributes:
        start: Offset of the first character.
        end: Offset after the last.
        text: As written.
        kind: One of ``KINDS``.
        rule: The rule that found it.
        why: One clause for a recruiter.
    """

    start: int
    end: int
    text: str
    kind: str
    rule: str
    why: str


@dataclass(frozen=True)
class TextProfile:
    """One ad.

    Attributes:
        words: Words of the text.
        found: Every stretch of wording, in order; none overlap.
        readability: Sentence length, reading ease and grade.
        requirements: What is asked for.
        presence: Pay, place, remote work, equal opportunity.
    """

    words: int
    found: tuple[Stretch, ...]
    readability: Readability
    requirements: Requirements
    presence: Presence

    @cached_property
    def counts(self) -> dict[str, int]:
        """Findings by kind, every kind of ``KINDS`` listed."""
        counts = dict.fromkeys(KINDS, 0)
        for stretch in self.found:
            counts[stretch.kind] += 1
        return counts

    @cached_property
    def per_100_words(self) -> dict[str, float]:
        """Findings per 100 words by kind; NaN for a text without words."""
        return {kind: self._per_100(count) for kind, count in self.counts.items()}

    @property
    def gender_lean(self) -> float:
        """Agentic less communal findings per 100 words; NaN for a text without words."""
        return self._per_100(self.counts["agentic"] - self.counts["communal"])

    def _per_100(self, count: int) -> float:
        return 100 * count / self.words if self.words else math.nan


def _kind(finding: Finding) -> str:
    if finding.kind == "gender-coded":
        return finding.lean or ""
    if finding.kind == "ableist":
        return "disability"
    return finding.kind


def _stretch(finding: Finding) -> Stretch:
    return Stretch(
        finding.start, finding.end, finding.text, _kind(finding), finding.rule, finding.why
    )


def _is_about_somebody(text: str, finding: Finding) -> bool:
    """Whether a single "he" or "she" speaks of a known person, as far as the words before say."""
    if finding.rule not in ("generic-he", "generic-she"):
        return False
    before = text[max(0, finding.start - 160) : finding.start]
    return bool(_SOMEBODY.search(before)) or not _ANYBODY.search(before)


def profile(text: str) -> TextProfile:
    """Read one ad.

    Args:
        text: The ad; no wording is found in lines that aren't English.

    Returns:
        Counts and the stretches they rest on; a text without words has NaN rates and no findings.
    """
    scores = readability(text)
    return TextProfile(
        words=scores.words,
        found=tuple(
            _stretch(finding)
            for finding in find_wording(reading(text).text, shown=True)
            if not _is_about_somebody(text, finding)
        ),
        readability=scores,
        requirements=requirements(text),
        presence=presence(text),
    )
