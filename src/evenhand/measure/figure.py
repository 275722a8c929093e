"""One number with everything a sceptic asks of it, the cards of the measures, and their JSON.

Every family gives its results as ``Figure``; ``cards`` reads what each measure is (formula, range,
trap, source) from ``data/measures``. Nothing is computed here but Holm's adjustment of p-values,
and nothing is formatted for people: that is ``report``'s business.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray

NO_INTERVAL = (math.nan, math.nan)
_CARDS = Path(__file__).resolve().parents[1] / "data" / "measures"


def as_json(value: object) -> Any:
    """Dataclasses, mappings and tuples as JSON-able data; numbers that aren't finite as None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if callable(to_json := getattr(value, "to_json", None)):
        return to_json()
    if isinstance(value, Mapping):
        pairs = cast(Mapping[object, object], value)
        return {str(key): as_json(item) for key, item in pairs.items()}
    if isinstance(value, tuple):
        items = [as_json(item) for item in cast(tuple[object, ...], value)]
        return None if len(items) == 2 and items == [None, None] else items
    return fields_as_json(value) if is_dataclass(value) else value


def fields_as_json(value: object) -> dict[str, Any]:
    """The fields of a dataclass as JSON-able data."""
    names = [field.name for field in fields(cast(Any, value))]
    return {name: as_json(getattr(value, name)) for name in names}


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


@cache
def cards(name: str) -> tuple[Definition, ...]:
    """The cards of ``data/measures/<name>.toml``, in the order of reports."""
    found = tomllib.loads((_CARDS / f"{name}.toml").read_text(encoding="utf-8"))
    family = str(found.pop("family"))
    return tuple(
        Definition(key=key, family=family, **({"trap": "", "undefined": ""} | fields_of))
        for key, fields_of in found.items()
    )


def holm(p_values: Sequence[float] | FloatArray) -> FloatArray:
    """Adjusted p-values, in the order given."""
    raw = np.asarray(p_values, dtype=np.float64)
    if bool(((raw < 0) | (raw > 1)).any()):
        raise MeasureError("a p-value is outside 0 to 1, so it can't be adjusted")
    order = np.argsort(raw)[: int((~np.isnan(raw)).sum())]
    factors = np.arange(len(order), 0, -1)
    adjusted = np.full(raw.shape, np.nan)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(raw[order] * factors))
    return adjusted
