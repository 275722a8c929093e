"""The upper tail of the chi-square distribution with a whole number of degrees of freedom.

Formula: with ``h = x/2``, for even degrees ``exp(-h) Σ_{i < df/2} h^i / i!``, for odd degrees
``erfc(sqrt h) + exp(-h) Σ_{i=1}^{(df-1)/2} h^(i-1/2) / Γ(i + 1/2)``.
Range: 1 at 0, falling to 0. Undefined: NaN for a NaN or without degrees of freedom.
Source: Abramowitz and Stegun 1964, 26.4.4 and 26.4.5.

It saves the core a dependency; not meant for fractional degrees.
"""

from __future__ import annotations

import math


def chi_square_tail(value: float, degrees: int) -> float:
    """Probability of a chi-square value at or above ``value``.

    Args:
        value: The statistic, 0 or more.
        degrees: Degrees of freedom, 1 or more.
    """
    if math.isnan(value) or degrees < 1:
        return math.nan
    half = value / 2
    if half == 0:
        return 1.0
    odd = degrees % 2
    start = math.erfc(math.sqrt(half)) if odd else 0.0
    powers = (i - 0.5 if odd else float(i - 1) for i in range(1, (degrees + 1 - odd) // 2 + 1))
    terms = (math.exp(p * math.log(half) - half - math.lgamma(p + 1)) for p in powers)
    return min(1.0, start + math.fsum(terms))
