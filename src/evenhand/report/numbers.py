"""How numbers and names are written for people: ratios, shares, intervals, what is undefined.

Not rounding for machines: ``evaluation.json`` keeps every digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from evenhand.records.result import visible

UNDEFINED = "–"
LEAST_SHOWN = 0.005
ROUNDING, LEAST_PLAIN = 1e-12, 1e-4
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


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


def ratio_interval(ends: tuple[float, float]) -> str:
    """An interval of ratios, or nothing where there is none."""
    return between(ends, ratio)


def ratio_range(ends: tuple[float, float]) -> str:
    """An interval of ratios in the least room."""
    return between(ends, ratio, "–")


def interval(ends: tuple[float, float], places: int = 3) -> str:
    """An interval of numbers that can't be below 0."""
    return between(ends, lambda end: decimal(end, places))


def signed_interval(ends: tuple[float, float], places: int = 3) -> str:
    """An interval of a difference."""
    return between(ends, lambda end: signed(end, places))


def between(ends: tuple[float, float], write: Callable[[float], str], joint: str = " to ") -> str:
    """Both ends as they are written; a dash where one isn't known."""
    low, high = ends
    return f"{write(low)}{joint}{write(high)}" if math.isfinite(low + high) else UNDEFINED


def figure(value: float) -> str:
    """A value of a measure of any size: three decimals, or as many digits as say something.

    Below .01 it keeps three significant digits, from 100 on one decimal and from 10,000 on none. A
    zero is exactly 0, or so small that it is what is left of rounding.
    """
    if not math.isfinite(value):
        return UNDEFINED
    size = abs(value)
    if size < ROUNDING:
        return "0"
    if size < LEAST_PLAIN:
        return _powers_of_ten(value)
    return grouped(value, _places(size))


def figure_interval(ends: tuple[float, float]) -> str:
    """An interval of a measure of any size; both ends to the same decimal where that tells them."""
    low, high = ends
    if not math.isfinite(low + high):
        return UNDEFINED
    shown = [figure(low), figure(high)]
    greatest = max(abs(low), abs(high))
    if greatest >= LEAST_PLAIN:
        first = _places(greatest)
        apart = (n for n in range(first, 7) if f"{low:.{n}f}" != f"{high:.{n}f}")
        places = next(apart, first)
        for index, end in enumerate(ends):
            if abs(end) >= ROUNDING and abs(round(end, places)) > 0:
                shown[index] = grouped(end, places)
    return f"{shown[0]} to {shown[1]}"


def _powers_of_ten(value: float) -> str:
    digits, power = f"{value:.2e}".split("e")
    return f"{digits}×10{str(int(power)).translate(RAISED)}".replace("-", "−", 1)


def _places(size: float) -> int:
    """Decimals for a value of such a size."""
    if size >= 10_000:
        return 0
    if size >= 100:
        return 1
    return 3 if size >= 0.01 else 2 - math.floor(math.log10(size))


def grouped(value: float, places: int) -> str:
    """A number of any size with so many decimals and its thousands set apart."""
    return f"{value:,.{places}f}".replace("-", "−") if math.isfinite(value) else UNDEFINED


def p_value(value: float) -> str:
    """A p-value; very small ones as a bound."""
    if not math.isfinite(value):
        return UNDEFINED
    return "< .001" if value < 0.001 else f"{value:.3f}".replace("0.", ".", 1)


def number(value: int) -> str:
    """A count with its thousands set apart."""
    return f"{value:,}"


def count(value: int, noun: str) -> str:
    """``1 ad``, ``1,204 ads``."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def listed(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def name_of(attribute: str) -> str:
    """An attribute as people read it."""
    return visible(attribute).replace("*", " × ").replace("_", " ")


def cell_name(cell: str) -> str:
    """A cell as people read it; the parts of an intersection joined by a dot."""
    return visible(cell).replace("*", " · ") or "unknown"


WRITERS: Mapping[str, Callable[[Any], str]] = {
    "cell": cell_name,
    "decimal": decimal,
    "decimal2": partial(decimal, places=2),
    "listed": listed,
    "name": name_of,
    "p": p_value,
    "percent": percent,
    "percent1": partial(percent, places=1),
    "ratio": ratio,
    "ratios": ratio_interval,
    "signed": signed,
    "signed2": partial(signed, places=2),
    "signed_ends": signed_interval,
    "signed_percent": signed_percent,
}
"""How a text writes what stands in its braces, by the word after the colon."""
