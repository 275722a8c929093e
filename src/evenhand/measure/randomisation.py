"""The paired randomisation test: could two systems have swapped labels, ad by ad?

If they were alike, every difference might as well have had the other sign. The observed mean
difference is set against those of all sign patterns (up to 15 ads that differ) or of seeded random
ones. Two-sided ``p = patterns at least as far from 0 / all patterns`` when exact, else
``(1 + b) / (B + 1)`` with b of B random patterns: never 0, and the same for the same seed.
Range: above 0 to 1. Undefined: NaN where no ad has a value in both.
Source: Fisher 1935; Smucker, Allan and Carterette 2007; Phipson and Smyth 2010 (the +1). scipy's
``permutation_test`` (``samples``) is the oracle of the tests.

It asks whether there is a difference, not whether it matters: see ``equivalence``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray

EXACT_PAIRS = 15
_SALT = 12
_CELLS = 4_000_000
_ROUNDING = 1e-12


@dataclass(frozen=True)
class RandomisationTest:
    """What the test came to.

    Attributes:
        difference: Mean of second minus first.
        p_value: Two-sided.
        wins: Ads where the second is higher.
        ties: Ads where both are the same.
        losses: Ads where the second is lower.
        exact: Whether all sign patterns were counted.
        patterns: How many sign patterns were.
    """

    difference: float
    p_value: float
    wins: int
    ties: int
    losses: int
    exact: bool
    patterns: int

    @property
    def pairs(self) -> int:
        """Ads with a value in both."""
        return self.wins + self.ties + self.losses


def paired_differences(first: FloatArray, second: FloatArray) -> FloatArray:
    """Second minus first of the ads that have a value in both.

    Raises:
        MeasureError: If the shapes differ.
    """
    if first.shape != second.shape or first.ndim != 1:
        raise MeasureError(
            f"paired values have shapes {first.shape} and {second.shape}; give one value an ad, "
            "for the same ads in the same order"
        )
    difference = second - first
    return difference[~np.isnan(difference)]


def randomisation_test(
    first: FloatArray, second: FloatArray, *, permutations: int = 10_000, seed: int = 0
) -> RandomisationTest:
    """Test whether two systems differ in a value an ad.

    Args:
        first: Shape ``(ads,)``; NaN where undefined, which leaves the ad out.
        second: The same of the other system.
        permutations: Random sign patterns, where there are too many to count all.
        seed: Same seed, same p-value.

    Raises:
        MeasureError: If the shapes differ, or fewer than one permutation is asked for.
    """
    if permutations < 1:
        raise MeasureError(f"{permutations} permutations can't give a p-value; use 1 or more")
    differences = paired_differences(first, second)
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    moved = differences[differences != 0]
    exact = len(moved) <= EXACT_PAIRS
    sums = _all_sums(moved) if exact else _random_sums(moved, permutations, seed)
    limit = abs(float(moved.sum())) - _ROUNDING * max(1.0, float(np.abs(moved).sum()))
    far = int((np.abs(sums) >= limit).sum())
    p_value = far / len(sums) if exact else (1.0 + far) / (permutations + 1.0)
    return RandomisationTest(
        difference=float(differences.mean()) if len(differences) else math.nan,
        p_value=p_value if len(differences) else math.nan,
        wins=wins,
        ties=len(differences) - wins - losses,
        losses=losses,
        exact=exact,
        patterns=len(sums),
    )


def _all_sums(moved: FloatArray) -> FloatArray:
    """Sums of the differences under every sign pattern, the observed one included."""
    sums = np.zeros(1)
    for difference in moved:
        sums = np.concatenate([sums + difference, sums - difference])
    return sums


def _random_sums(moved: FloatArray, permutations: int, seed: int) -> FloatArray:
    """Sums of the differences under random sign patterns."""
    rng = np.random.default_rng([seed, _SALT])
    step = max(1, _CELLS // len(moved))
    blocks: list[FloatArray] = []
    for start in range(0, permutations, step):
        rows = min(step, permutations - start)
        kept = rng.integers(0, 2, (rows, len(moved)), dtype=np.int8)
        blocks.append(2.0 * (kept @ moved) - moved.sum())
    return np.concatenate(blocks)
