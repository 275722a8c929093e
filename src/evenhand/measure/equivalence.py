"""Equivalence and non-inferiority of two systems, ad by ad, within a margin set beforehand.

Two one-sided paired t tests (TOST): that the mean difference is above ``-margin`` (not worse) and
that it is below ``+margin``. Equivalent where both hold, which is the same as a 90 % interval
within ±margin. Bootstrap bounds over ads stand beside, for values that are far from normal.
Range: p from 0 to 1. Undefined: NaN for fewer than two ads; where all ads differ by the same
amount there is no spread to test with, and the p-values are 0 or 1 by where that amount lies.
Source: Schuirmann 1987; Lakens 2017. statsmodels' ``ttost_paired`` is the oracle of the tests.

Not "no significant difference": with few ads nothing is significant and nothing is equivalent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evenhand.errors import MeasureError, require
from evenhand.match.protocol import FloatArray
from evenhand.measure.bootstrap import lower_bound
from evenhand.measure.randomisation import paired_differences

EQUIVALENT = "equivalent within ±margin"
NOT_WORSE = "not worse by margin"
OPEN = "can't be ruled out"
ALPHA = 0.05
_SALT = 13
_CELLS = 4_000_000
_FEW = "fewer than two ads have a value in both"


@dataclass(frozen=True)
class Equivalence:
    """What the two tests came to.

    Attributes:
        difference: Mean of second minus first.
        margin: The largest difference that doesn't matter.
        p_not_worse: One-sided, of a difference at or below ``-margin``.
        p_not_better: One-sided, of a difference at or above ``+margin``.
        interval: 90 %, paired t.
        bootstrap: One-sided 95 % bounds from a bootstrap over ads: lower and upper.
        pairs: Ads with a value in both.
        verdict: ``EQUIVALENT``, ``NOT_WORSE`` or ``OPEN`` (a loss of the margin can't be).
        reason: Why there is no test; empty otherwise.
    """

    difference: float
    margin: float
    p_not_worse: float
    p_not_better: float
    interval: tuple[float, float]
    bootstrap: tuple[float, float]
    pairs: int
    verdict: str
    reason: str = ""

    @property
    def p_value(self) -> float:
        """Of TOST: the larger of the two."""
        return max(self.p_not_worse, self.p_not_better)

    @property
    def sentence(self) -> str:
        """The verdict with the margin in it."""
        said = self.verdict.replace("margin", f"{self.margin:g}")
        return f"a loss of {self.margin:g} {said}" if self.verdict == OPEN else said


def equivalence(
    first: FloatArray,
    second: FloatArray,
    margin: float,
    *,
    resamples: int = 2_000,
    seed: int = 0,
) -> Equivalence:
    """Test whether the second system is as good as the first.

    Args:
        first: Shape ``(ads,)``, higher is better; NaN where undefined, which leaves the ad out.
        second: The same of the other system.
        margin: The largest difference that doesn't matter, above 0.
        resamples: Of the bootstrap over ads.
        seed: Of the bootstrap.

    Raises:
        MeasureError: If the shapes differ, the margin isn't above 0, or there are no resamples.
    """
    if not (margin > 0 and math.isfinite(margin)):
        raise MeasureError(f"the margin is {margin}; set one above 0 before looking at the values")
    if resamples < 1:
        raise MeasureError(f"{resamples} resamples can't give bounds; use 1 or more")
    differences = paired_differences(first, second)
    pairs = len(differences)
    if pairs < 2:
        value = float(differences[0]) if pairs else math.nan
        none = (math.nan, math.nan)
        return Equivalence(value, margin, math.nan, math.nan, none, none, pairs, OPEN, _FEW)
    mean = float(differences.mean())
    error = float(differences.std(ddof=1)) / math.sqrt(pairs)
    below, above, half = _one_sided(mean, error, margin, pairs - 1)
    return Equivalence(
        difference=mean,
        margin=margin,
        p_not_worse=below,
        p_not_better=above,
        interval=(mean - half, mean + half),
        bootstrap=_bootstrap(differences, resamples, seed),
        pairs=pairs,
        verdict=_verdict(below, above),
    )


def _one_sided(
    mean: float, error: float, margin: float, freedom: int
) -> tuple[float, float, float]:
    """Both p-values and half the width of the 90 % interval."""
    if error <= 1e-15 * max(1.0, abs(mean)):
        return float(mean <= -margin), float(mean >= margin), 0.0
    special = require("scipy.special", "the test of equivalence")
    below = float(special.stdtr(freedom, -(mean + margin) / error))
    above = float(special.stdtr(freedom, (mean - margin) / error))
    return below, above, float(special.stdtrit(freedom, 1.0 - ALPHA)) * error


def _verdict(below: float, above: float) -> str:
    if below < ALPHA and above < ALPHA:
        return EQUIVALENT
    return NOT_WORSE if below < ALPHA else OPEN


def _bootstrap(differences: FloatArray, resamples: int, seed: int) -> tuple[float, float]:
    """One-sided 95 % percentile bounds of the mean difference."""
    rng = np.random.default_rng([seed, _SALT])
    size = len(differences)
    step = max(1, _CELLS // size)
    means = [
        differences[rng.integers(0, size, (min(step, resamples - start), size))].mean(axis=1)
        for start in range(0, resamples, step)
    ]
    drawn = np.concatenate(means)
    return float(lower_bound(drawn, 1.0 - ALPHA)), float(lower_bound(drawn, ALPHA))
