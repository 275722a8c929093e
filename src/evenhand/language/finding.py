"""One thing found in an ad's wording: where it stands, why it matters, what may be done.

The type alone. Direct discrimination is found in ``discrimination``, coded wording in
``findings``; both and what a person must decide are put together in ``check``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

Severity = Literal["discrimination", "coded", "note"]
"""``discrimination``: asks for or shuts out people on a protected ground, or seems to;
``coded``: wording that leans or puts people off; ``note``: worth a look and often fine."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One stretch of wording that a rule flags.

    Attributes:
        start: Offset of the first character.
        end: Offset after the last character.
        text: ``text[start:end]``.
        rule: Name of the rule.
        kind: The family: for coded wording ``gender-coded``, ``gendered``, ``age``, ``ableist``,
            ``culture``, ``jargon``, ``pronoun`` or ``origin``; for discrimination its ground.
        lean: ``agentic``, ``communal`` or None.
        suggestion: What could stand there instead, in the same inflection and case; empty to leave
            it out; None where there is none.
        why: One clause for a recruiter.
        severity: How much it matters.
        source: What the rule rests on: a law or a study.
        decision: The question that only a person can answer; empty where there is none.
        chain: The same number for all pronouns of one person, which are mended together; 0 for
            everything else.
    """

    start: int
    end: int
    text: str
    rule: str
    kind: str
    lean: str | None
    suggestion: str | None
    why: str
    severity: Severity = "coded"
    source: str = ""
    decision: str = ""
    chain: int = 0

    def moved(self, by: int) -> Finding:
        """The same in a text that begins ``by`` characters earlier."""
        return replace(self, start=self.start + by, end=self.end + by)


def apart(findings: Iterable[Finding], first: Callable[[Finding], Any]) -> list[Finding]:
    """Findings that don't overlap, in order of place.

    Args:
        findings: In any order.
        first: Key of the order in which they are taken; of two that overlap the first stays.
    """
    kept: list[Finding] = []
    starts: list[int] = []
    for finding in sorted(findings, key=first):
        at = bisect_right(starts, finding.start)
        before, behind = kept[at - 1 : at], kept[at : at + 1]
        if all(one.end <= finding.start for one in before) and all(
            finding.end <= one.start for one in behind
        ):
            kept.insert(at, finding)
            starts.insert(at, finding.start)
    return kept
