"""Rewards as training returns: scaled, clipped, with the penalty of a failed gate.

And where the variance of returns comes from: only the part within a state, among replacements of
one span that pass, can teach wording. Says nothing of how returns are learned from.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.match.protocol import BoolArray, FloatArray

TRIMMED = 0.025
"""Share of the rewards pulled in at each end before their deviation is taken."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From rewards in spreads to returns.

    Attributes:
        deviation: Root mean square of passing rewards about the original's 0, > 0.
        clip: Largest absolute return of a passing edit.
        failed_gate: Return where a gate failed.
    """

    deviation: float
    clip: float
    failed_gate: float

    @classmethod
    def fit(cls, rewards: FloatArray, *, clip: float, failed_gate: float) -> Scale:
        """Take the deviation from passing edits (originals left out), outliers pulled in.

        Args:
            rewards: Rewards of passing edits, ``(edits,)``; 0 is the original's.
            clip: Largest absolute return of a passing edit.
            failed_gate: Return where a gate failed.

        Returns:
            The scale; its deviation is 1 where no reward differs from 0.
        """
        if not len(rewards):
            return cls(1.0, clip, failed_gate)
        low, high = np.quantile(rewards, [TRIMMED, 1.0 - TRIMMED])
        deviation = float(np.sqrt(np.square(np.clip(rewards, low, high)).mean()))
        if deviation == 0.0:
            deviation = float(np.sqrt(np.square(rewards).mean()))
        return cls(deviation or 1.0, clip, failed_gate)

    def returns(self, rewards: FloatArray, passed: BoolArray) -> FloatArray:
        """Returns of edits, ``(edits,)``.

        Args:
            rewards: Rewards in spreads, ``(edits,)``; ignored (may be NaN) where a gate failed.
            passed: Whether every gate passed, ``(edits,)``.
        """
        scaled = np.clip(np.where(passed, rewards, 0.0) / self.deviation, -self.clip, self.clip)
        return np.where(passed, scaled, self.failed_gate)


@dataclass(frozen=True, slots=True)
class VarianceShares:
    """Shares of the variance of returns; they sum to 1, or are all 0 where nothing varies.

    Attributes:
        pass_fail: Between edits that pass and edits that fail a gate.
        between_ads: Between ads, among passing edits.
        between_states: Between the spans of an ad, among passing edits.
        within_state: Among the passing replacements of one span: what can teach wording.
    """

    pass_fail: float
    between_ads: float
    between_states: float
    within_state: float


def variance_shares(
    returns: FloatArray, passed: BoolArray, ads: Sequence[Hashable], states: Sequence[Hashable]
) -> VarianceShares:
    """Decompose the variance of returns by sums of squares, nested.

    Args:
        returns: ``(edits,)``.
        passed: Whether every gate passed, ``(edits,)``.
        ads: Ad of each edit.
        states: Span of each edit; a span belongs to one ad.
    """
    total = float(np.square(returns - returns.mean()).sum()) if len(returns) else 0.0
    # What is left of equal returns is what their mean was rounded by.
    if total <= len(returns) * (8 * np.finfo(float).eps * np.abs(returns).max(initial=0.0)) ** 2:
        return VarianceShares(0.0, 0.0, 0.0, 0.0)
    kept = [at for at, fine in enumerate(passed) if fine]
    failed = [at for at, fine in enumerate(passed) if not fine]
    values = returns[kept]
    by_pass = _fitted(returns, [bool(p) for p in passed])
    by_ad = _fitted(values, [ads[at] for at in kept])
    by_state = _fitted(values, [(ads[at], states[at]) for at in kept])
    rest = float(np.square(returns[failed] - by_pass[failed]).sum())
    parts = (
        float(np.square(by_pass - returns.mean()).sum()) + rest,
        float(np.square(by_ad - by_pass[kept]).sum()),
        float(np.square(by_state - by_ad).sum()),
        float(np.square(values - by_state).sum()),
    )
    return VarianceShares(*(part / total for part in parts))


def _fitted(values: FloatArray, labels: Sequence[Hashable]) -> FloatArray:
    """The mean of each value's class."""
    number: dict[Hashable, int] = {}
    codes = np.array([number.setdefault(label, len(number)) for label in labels], dtype=np.int64)
    if not len(codes):
        return np.zeros(0)
    sums = np.bincount(codes, weights=values)
    return (sums / np.bincount(codes))[codes]
