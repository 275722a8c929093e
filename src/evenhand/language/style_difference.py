"""Whether a share per text (formal, positive, agentic sentences) differs between two sets of texts.

Formula: t = (mean_a - mean_b) / sqrt(var_a / n_a + var_b / n_b), degrees of freedom after Welch
    and Satterthwaite, two-sided p. Beside it the study's own test: Student's t with one variance
    for both sets, one-sided for mean_a > mean_b.
Range: unbounded; 0 is no difference.
Undefined: NaN with fewer than two values in a set or no spread in either.
Source: Welch (1947); the study's form: Wan et al. (2023), arXiv 2310.09219.
What it is NOT: proof of no difference where p is large; read the interval of the difference. The
    one-sided form can't see a lean to the second set at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import require


@dataclass(frozen=True)
class StyleDifference:
    """Two sets of values of one style column.

    Attributes:
        means: Of the first and the second set.
        difference: First mean less second.
        interval: 95 % interval of the difference (Welch).
        t: Welch's t.
        freedom: Its degrees of freedom.
        p_value: Two-sided, Welch.
        study_t: Student's t with one variance.
        study_p: Its one-sided p for the first mean being larger.
        n: Values in the first and the second set.
    """

    means: tuple[float, float]
    difference: float
    interval: tuple[float, float]
    t: float
    freedom: float
    p_value: float
    study_t: float
    study_p: float
    n: tuple[int, int]


def _finite(values: Sequence[float]) -> NDArray[np.float64]:
    found = np.asarray(values, dtype=np.float64)
    return found[np.isfinite(found)]


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else math.nan


def style_difference(values_a: Sequence[float], values_b: Sequence[float]) -> StyleDifference:
    """Compare one style column between two sets of texts; values that aren't finite are left out.

    Args:
        values_a: One value a text of the first set.
        values_b: One value a text of the second set.

    Returns:
        Welch's two-sided test, its interval, and the study's one-sided test beside it.
    """
    a, b = _finite(values_a), _finite(values_b)
    means, n = (_mean(a), _mean(b)), (len(a), len(b))
    gap, nan = means[0] - means[1], math.nan
    if min(n) < 2 or (np.ptp(a) == 0 and np.ptp(b) == 0):
        return StyleDifference(means, gap, (nan, nan), nan, nan, nan, nan, nan, n)
    share_a, share_b = float(a.var(ddof=1)) / n[0], float(b.var(ddof=1)) / n[1]
    error = math.sqrt(share_a + share_b)
    freedom = (share_a + share_b) ** 2 / (share_a**2 / (n[0] - 1) + share_b**2 / (n[1] - 1))
    pooled = ((n[0] - 1) * n[0] * share_a + (n[1] - 1) * n[1] * share_b) / (sum(n) - 2)
    study_t = gap / math.sqrt(pooled * (1 / n[0] + 1 / n[1]))
    stats = require("scipy.stats", "a difference in style")
    reach = float(stats.t.ppf(0.975, freedom)) * error
    p_value = 2 * float(stats.t.sf(abs(gap) / error, freedom))
    study_p = float(stats.t.sf(study_t, sum(n) - 2))
    interval = (gap - reach, gap + reach)
    return StyleDifference(means, gap, interval, gap / error, freedom, p_value, study_t, study_p, n)
