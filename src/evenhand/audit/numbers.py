"""How numbers are written for people: ratios, shares, intervals and what is undefined.

Not rounding for machines: ``evaluation.json`` keeps every digit.
"""

from __future__ import annotations

import math

UNDEFINED = "–"
LEAST_SHOWN = 0.005


def ratio(value: float) -> str:
    """A ratio with two decimals; three where two would say 0."""
    if not math.isfinite(value):
        return UNDEFINED
    return f"{value:.3f}" if 0 < value < LEAST_SHOWN * 10 else f"{value:.2f}"


def decimal(value: float, places: int = 3) -> str:
    """A number with so many decimals."""
    return f"{value:.{places}f}".replace("-", "−") if math.isfinite(value) else UNDEFINED


def signed(value: float, places: int = 3) -> str:
    """A difference, always with its sign; a zero has none."""
    if not math.isfinite(value):
        return UNDEFINED
    text = f"{value:+.{places}f}".replace("-", "−")
    return text[1:] if float(f"{value:.{places}f}") == 0 else text


def percent(share: float, places: int = 0) -> str:
    """A share in percent."""
    return f"{share:.{places}%}".replace("-", "−") if math.isfinite(share) else UNDEFINED


def signed_percent(share: float) -> str:
    """A relative change in percent, with its sign."""
    if not math.isfinite(share):
        return UNDEFINED
    text = f"{share:+.1%}".replace("-", "−")
    return text[1:] if float(f"{share:.3f}") == 0 else text


def ratio_interval(interval: tuple[float, float]) -> str:
    """An interval of ratios, or nothing where there is none."""
    low, high = interval
    return f"{ratio(low)} to {ratio(high)}" if math.isfinite(low + high) else UNDEFINED


def ratio_range(interval: tuple[float, float]) -> str:
    """An interval of ratios in the least room."""
    low, high = interval
    return f"{ratio(low)}–{ratio(high)}" if math.isfinite(low + high) else UNDEFINED


def interval(ends: tuple[float, float], places: int = 3) -> str:
    """An interval of numbers that can't be below 0."""
    low, high = ends
    if not math.isfinite(low + high):
        return UNDEFINED
    return f"{decimal(low, places)} to {decimal(high, places)}"


def signed_interval(ends: tuple[float, float], places: int = 3) -> str:
    """An interval of a difference."""
    low, high = ends
    if not math.isfinite(low + high):
        return UNDEFINED
    return f"{signed(low, places)} to {signed(high, places)}"


def p_value(value: float) -> str:
    """A p-value; very small ones as a bound."""
    if not math.isfinite(value):
        return UNDEFINED
    return "< .001" if value < 0.001 else f"{value:.3f}".replace("0.", ".", 1)


def count(value: int, noun: str) -> str:
    """``1 ad``, ``1,204 ads``."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def listed(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
