"""Two audits side by side: what changed, with intervals, paired wherever the same ids are in both.

Reads what both audits published (``audit.json``), so that it works long after their data is gone.
What can only be told from the data (the same people twice, the same lists reworded) comes in as
``Twice`` and as R paired over people and ads. Cells that either audit hides are left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, ClassVar

import numpy as np

from evenhand.audit.rates import HIDDEN, POSITIVE, SCORING, SELECTION, SHOWN
from evenhand.audit.shown import Paged
from evenhand.measure.figure import NO_INTERVAL, Figure
from evenhand.measure.rates.counts import Counts
from evenhand.measure.rates.tests import RatioChange, Twice, paired_ratio_change, ratio_change
from evenhand.measure.resample import (
    Equivalence,
    RandomisationTest,
    equivalence,
    randomisation_test,
)

QUALITY_MARGIN = 0.01
_FEWEST = 5
_REACH = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class RateChange:
    """One impact ratio in both audits, and the change with its interval."""

    measure: str
    attribute: str
    change: RatioChange


@dataclass(frozen=True)
class ParityChange:
    """One R in both audits; the change is after by before, NaN where one is undefined.

    ``paired``: people and ads are the same and were drawn anew together.
    """

    attribute: str
    contrast: str
    before: float
    after: float
    change: float = math.nan
    interval: tuple[float, float] = NO_INTERVAL
    p_value: float = math.nan
    paired: bool = False


@dataclass(frozen=True)
class QualityChange:
    """One quality measure on the ads that are in both audits, as means.

    ``test`` is a paired randomisation test over ads, ``equivalence`` whether a loss is ruled out.
    """

    measure: str
    before: float
    after: float
    test: RandomisationTest
    equivalence: Equivalence


@dataclass(frozen=True)
class PairedLists:
    """What can only be told from the lists themselves, over the same ads and people."""

    parity: tuple[ParityChange, ...] = ()
    similarity: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class AuditComparison(Paged):
    """What changed between two audits, A and B.

    ``notes`` say what could not be compared or paired; ``notice`` must stand above all where an
    audit hides nothing.
    """

    names: tuple[str, str]
    titles: tuple[str, str]
    rates: tuple[RateChange, ...]
    parity: tuple[ParityChange, ...]
    quality: tuple[QualityChange, ...]
    similarity: tuple[Figure, ...]
    notes: tuple[str, ...]
    notice: str = ""
    writer: ClassVar[str] = "evenhand.report.pages.comparison"


def compare_audits(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    names: tuple[str, str],
    *,
    twice: Mapping[tuple[str, str], Twice] | None = None,
    lists: PairedLists | None = None,
    notes: Sequence[str] = (),
) -> AuditComparison:
    """Compare what two audits published."""
    joint = twice or {}
    rates = tuple(
        change
        for measure in (SELECTION, SCORING, SHOWN)
        for attribute in _shared(before.get(measure, {}), after.get(measure, {}))
        for change in _rates(before, after, measure, attribute, joint.get((measure, attribute)))
    )
    paired = lists or PairedLists()
    shown = _contrasts(before) & _contrasts(after)
    parity = tuple(one for one in paired.parity if (one.attribute, one.contrast) in shown)
    known = {(one.attribute, one.contrast) for one in parity}
    unpaired = [one for one in _parity(before, after) if (one.attribute, one.contrast) not in known]
    return AuditComparison(
        names,
        (str(before["title"]), str(after["title"])),
        rates,
        (*parity, *unpaired),
        _quality(before, after),
        paired.similarity,
        (*notes, *_not_shared(before, after)),
        str(before.get("notice") or after.get("notice") or ""),
    )


def _shared(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Attributes that have a table in both."""
    return [name for name in before if "cells" in before[name] and name in after]


def _rates(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    measure: str,
    attribute: str,
    twice: Twice | None,
) -> list[RateChange]:
    fewest = max(_FEWEST, *(int(one["settings"]["least"]) for one in (before, after)))
    first, second = before[measure][attribute], after[measure][attribute]
    benchmark = first["benchmark"]
    counts = (_counts(first, measure), _counts(second, measure))
    if benchmark is None or benchmark not in counts[1].cells:
        return []
    cells = [name for name in counts[0].cells if name != benchmark and name in counts[1].cells]
    return [
        RateChange(measure, attribute, _change(counts, twice, name, benchmark, fewest))
        for name in cells
    ]


def _counts(table: Mapping[str, Any], measure: str) -> Counts:
    """The cells that are shown."""
    shown = {name: cell for name, cell in table["cells"].items() if not cell[HIDDEN]}
    return Counts(
        tuple(shown),
        np.array([cell["n"] for cell in shown.values()], dtype=np.int64),
        np.array([cell[POSITIVE[measure]] for cell in shown.values()], dtype=np.int64),
    )


def _change(
    counts: tuple[Counts, Counts], twice: Twice | None, cell: str, benchmark: str, fewest: int
) -> RatioChange:
    """Paired where enough of the same people are in both, else as of different people."""
    if twice is not None and {cell, benchmark} <= set(twice.cells):
        places = [twice.cells.index(name) for name in (cell, benchmark)]
        if int(twice.joint[places].sum(axis=(1, 2)).min()) >= fewest:
            return paired_ratio_change(twice, cell, benchmark)
    return ratio_change(*counts, cell, benchmark)


def _parity(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ParityChange]:
    """R of all ads at the headline cut, as of different people and ads."""
    found: list[ParityChange] = []
    first, second = _overall(before), _overall(after)
    for attribute, contrasts in first.items():
        others = second.get(attribute, {})
        found += [
            _unpaired(attribute, contrast, row["ratio"], others[contrast]["ratio"])
            for contrast, row in contrasts.items()
            if contrast in others
        ]
    return found


def _overall(audit: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Contrasts of all ads at the headline cut, by attribute."""
    parity: Mapping[str, Any] = audit.get("parity", {})
    by = parity.get("by", {})
    return {name: table["top"][str(parity["top"])]["overall"] for name, table in by.items()}


def _contrasts(audit: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The contrasts that an audit shows, none that names a hidden value."""
    return {(name, contrast) for name, rows in _overall(audit).items() for contrast in rows}


def _unpaired(
    attribute: str, contrast: str, first: Mapping[str, Any], second: Mapping[str, Any]
) -> ParityChange:
    values = [one["value"] if one["value"] is not None else math.nan for one in (first, second)]
    if not all(value > 0 for value in values) or None in (first["interval"], second["interval"]):
        return ParityChange(attribute, contrast, values[0], values[1])
    deviation = math.hypot(*(_deviation(one["interval"]) for one in (first, second)))
    log = math.log(values[1] / values[0])
    return ParityChange(
        attribute,
        contrast,
        values[0],
        values[1],
        math.exp(log),
        (math.exp(log - _REACH * deviation), math.exp(log + _REACH * deviation)),
        2 * (1 - NormalDist().cdf(abs(log) / deviation)) if deviation else math.nan,
    )


def _deviation(interval: Sequence[float]) -> float:
    """Standard error of a log, from its 95 % interval."""
    low, high = interval
    return (math.log(high) - math.log(low)) / (2 * _REACH)


def _quality(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[QualityChange, ...]:
    first: Mapping[str, Any] = before.get("quality_by_ad", {})
    second: Mapping[str, Any] = after.get("quality_by_ad", {})
    ads = [job for job in first if job in second]
    measures: list[str] = [name for name in first[ads[0]] if name in second[ads[0]]] if ads else []
    found: list[QualityChange] = []
    for name in measures:
        columns = [
            np.array([np.nan if rows[job][name] is None else rows[job][name] for job in ads])
            for rows in (first, second)
        ]
        both = np.isfinite(columns[0]) & np.isfinite(columns[1])
        if both.sum() >= 2:
            a, b = (column[both] for column in columns)
            found.append(
                QualityChange(
                    name,
                    float(a.mean()),
                    float(b.mean()),
                    randomisation_test(a, b),
                    equivalence(a, b, QUALITY_MARGIN),
                )
            )
    return tuple(found)


def _not_shared(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What only one of the audits has."""
    notes: list[str] = []
    for measure in (SELECTION, SCORING, SHOWN):
        first, second = before.get(measure, {}), after.get(measure, {})
        tables = [{name for name in one if "cells" in one[name]} for one in (first, second)]
        only = sorted(tables[0] ^ tables[1])
        if only:
            notes.append(f"{measure}: {', '.join(only)} is in one of the audits only")
        for name in sorted(tables[0] & tables[1]):
            if None in (first[name]["benchmark"], second[name]["benchmark"]):
                notes.append(
                    f"{measure} by {name}: an audit has no highest rate to set others against, so "
                    "nothing is compared"
                )
            elif first[name]["benchmark"] != second[name]["benchmark"]:
                notes.append(
                    f"{measure} by {name}: the highest rate was that of {first[name]['benchmark']} "
                    f"and is that of {second[name]['benchmark']}; both audits are set against the "
                    "former"
                )
    ads = [set(one.get("quality_by_ad", {})) for one in (before, after)]
    if ads[0] != ads[1]:
        notes.append(
            f"{len(ads[0] & ads[1])} ads are in both audits, {len(ads[0] ^ ads[1])} in one only; "
            "ranking quality is compared on the former"
        )
    return notes
