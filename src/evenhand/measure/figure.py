"""One number of an audit with everything a sceptic asks of it, and the card of its measure.

The families of measures (``rates``, ``lists``, ``attention``, ``candidates``, ``jobs``) give
their results as ``Figure`` and describe themselves as ``Definition``. Nothing is computed here,
and nothing is formatted for people: that is ``audit``'s business.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from evenhand.measure.results import fields_as_json

NO_INTERVAL = (math.nan, math.nan)


@dataclass(frozen=True)
class Figure:
    """One value of one measure.

    Attributes:
        measure: Key of the measure's ``Definition``.
        value: The value; NaN where undefined, and ``reason`` then says why.
        attribute: The people's attribute it is about; empty for measures that look at no group.
        cell: A value of the attribute or a contrast (``female vs male``); empty for the whole.
        scope: ``overall`` or an occupation group of the ads.
        interval: Two-sided 95 % interval; NaN where there is none.
        chance: 95 % interval of the value under no bias (or at random); NaN where there is none.
        chance_mean: Mean value under the same; NaN where there is none.
        p_value: Two-sided, of the value against chance; NaN where none.
        n: How many units the value rests on.
        unit: What ``n`` counts: ``people``, ``ads`` or ``pairs``.
        corrected: The value in its corrected form, where the original's range is a trap; else NaN.
        variant: Choices that the value depends on (cut, attention, target, distance, …).
        reason: Why the value is undefined or must not be read as it stands; empty otherwise.
    """

    measure: str
    value: float
    attribute: str = ""
    cell: str = ""
    scope: str = "overall"
    interval: tuple[float, float] = NO_INTERVAL
    chance: tuple[float, float] = NO_INTERVAL
    chance_mean: float = math.nan
    p_value: float = math.nan
    n: int = 0
    unit: str = "ads"
    corrected: float = math.nan
    variant: str = ""
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """All fields; numbers that aren't finite as None."""
        return fields_as_json(self)


@dataclass(frozen=True)
class Definition:
    """What a measure is: the card that the report and the guide print.

    Attributes:
        key: Name in ``Figure.measure`` and ``audit.json``, snake case.
        name: Name for people.
        family: ``selection and scoring``, ``lists``, ``exposure``, ``candidates``, ``jobs``,
            ``quality`` or ``text``.
        formula: In plain characters.
        range: Least and greatest value, and what 0 and 1 (or parity) mean.
        better: ``higher``, ``lower``, ``1``, ``0`` or ``none`` (it describes and doesn't judge).
        undefined: When it has no value.
        trap: What it can't tell apart or how it misleads; empty for none worth telling.
        source: Where the formula is from.
    """

    key: str
    name: str
    family: str
    formula: str
    range: str
    better: str
    undefined: str
    trap: str
    source: str
