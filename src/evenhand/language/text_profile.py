"""What the text of one ad shows: wording by kind, readability, requirements and terms.

Formula: of a kind, ``per_100 = 100 × findings ÷ words``. The gender lean, the one score, is
    ``(agentic − communal) × 100 ÷ words``.
Range: per 100 words from 0 up; the lean has no bounds, 0 is as many agentic as communal findings
    (or none of either), above 0 leans agentic and below 0 communal.
Undefined: NaN for a text without words.
Source: agentic and communal wording after Gaucher, Friesen and Kay (2011); rules picked by hand
    in ``data/wording.toml``; readability as in ``readability``.
What it is NOT: a measure of who applies or of how an engine ranks people. Wording and ranking
    effect can disagree; an audit shows them side by side.

One stretch counts once, under one kind, whatever stems lie nested in it; the longest phrase wins.
Words about goods, customers and patients, legal statements, names and negated wording don't count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from evenhand.language.finding import Finding
from evenhand.language.findings import find_wording
from evenhand.language.presence import Presence, presence
from evenhand.language.readability import Readability, readability
from evenhand.language.requirements import Requirements, requirements

KINDS: tuple[str, ...] = (
    "agentic", "communal", "gendered", "pronoun", "age", "disability", "culture", "origin",
    "jargon",
)  # fmt: skip


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


def profile(text: str) -> TextProfile:
    """Read one ad.

    Args:
        text: The ad.

    Returns:
        Counts and the stretches they rest on; a text without words has NaN rates and no findings.
    """
    scores = readability(text)
    return TextProfile(
        words=scores.words,
        found=tuple(_stretch(finding) for finding in find_wording(text, shown=True)),
        readability=scores,
        requirements=requirements(text),
        presence=presence(text),
    )
