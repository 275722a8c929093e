"""Facts checked: how many accepted edits a second, independent checker flags.

Not a gate: nothing is refused here. The checker shares no code with the gate that let the edits
through, and it is a program; a person reading the edits can still find what both missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evenhand.language.span import Edit, Verdict

SecondCheck = Callable[[str, str], Verdict]
"""``check(before, after) -> Verdict``; a failed verdict says that a fact changed, its reason which
kind of fact before a colon."""

BY = "a second program; nobody read the edits"


@dataclass(frozen=True, slots=True)
class FactsChecked:
    """Edits read by the second checker.

    Attributes:
        read: How many edits were read.
        flagged: How many of them it says changed a fact. No bound of the share of edits that did:
            the checker overlooks some, which only a reader finds.
        reasons: Which kind of fact, with how often, the most frequent first; never ad text.
    """

    read: int
    flagged: int
    reasons: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, object]:
        """Plain values."""
        return {
            "read": self.read,
            "flagged": self.flagged,
            "by": BY,
            "reasons": dict(self.reasons),
        }


def check_facts(edits: Iterable[Edit], check: SecondCheck) -> FactsChecked:
    """Read every edit with the second checker."""
    read, counts = 0, dict[str, int]()
    for edit in edits:
        read += 1
        verdict = check(edit.before, edit.after)
        if not verdict.passed:
            kind = verdict.reason.partition(":")[0]
            counts[kind] = counts.get(kind, 0) + 1
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return FactsChecked(read, sum(counts.values()), tuple(ordered))
