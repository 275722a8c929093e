"""Facts checked: how many accepted edits a second, independent checker flags.

Not a gate: nothing is refused here. The checker shares no code with the gate that let the edits
through, and it is a program; a person reading the edits can still find what both missed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evenhand.language.span import Edit, Verdict

SecondCheck = Callable[[str, str], Verdict]
"""``check(before, after) -> Verdict``; a failed verdict says that a fact changed, its reason which
kind of fact before a colon."""

BY = "a second program; nobody read the edits"
BISECTIONS = 60


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


def upper_bound(found: int, read: int, level: float = 0.95) -> float:
    """One-sided Clopper–Pearson upper bound of a share that somebody read for.

    The largest p for which ``found`` or fewer of ``read`` still has probability ``1 - level``
    (Clopper and Pearson 1934), by bisection on the binomial distribution function.

    Args:
        found: Cases found, 0 to ``read``.
        read: Cases looked at, at least 1.
        level: Confidence, in (0, 1).

    Returns:
        The bound, in (0, 1].
    """
    if not 0 <= found <= read or read < 1:
        raise ValueError(f"{found} of {read} is no share")
    if found == read:
        return 1.0
    low, high = found / read, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if _at_most(found, read, middle) > 1.0 - level:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_most(found: int, read: int, share: float) -> float:
    """Probability of ``found`` or fewer among ``read`` when each has probability ``share``."""
    if share <= 0.0:
        return 1.0
    if share >= 1.0:
        return float(found == read)
    log_share, log_rest = math.log(share), math.log1p(-share)
    whole = math.lgamma(read + 1)
    return math.fsum(
        math.exp(
            whole
            - math.lgamma(count + 1)
            - math.lgamma(read - count + 1)
            + count * log_share
            + (read - count) * log_rest
        )
        for count in range(found + 1)
    )
