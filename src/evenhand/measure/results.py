"""What a measurement came to, and its form as JSON.

Plain frozen data; how it is computed stands in ``summary``. In JSON an undefined number is
``null``, and counts of a cell of fewer than five people are masked (``"<5"``). Totals over cells
can still give a masked count away: don't publish tables of small pools side by side.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, cast

from evenhand.errors import MeasureError
from evenhand.measure.estimates import OVERALL, SMALL_CELL, Estimate
from evenhand.records.result import Grid, Result, Row


def as_json(value: object) -> Any:
    """Dataclasses, mappings and tuples as JSON-able data; numbers that aren't finite as None.

    A pair of numbers of which neither is finite (an interval that doesn't exist) is None too.
    """
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
class Average:
    """A mean over ads with its 95 % interval (bootstrap over ads).

    Attributes:
        value: The mean; NaN where no ad has a value.
        interval: Low and high.
        ads: Ads that have a value.
    """

    value: float
    interval: tuple[float, float]
    ads: int


@dataclass(frozen=True)
class ValueCounts:
    """What became of the people of one value (or of unknown value) in one scope.

    Attributes:
        value: The value; ``""`` is unknown.
        people: Distinct people qualified for any ad of the scope.
        pool: Qualified (person, ad) pairs.
        selected: Those of them in the top k.
        rate: ``selected / pool``; NaN where the pool is empty.
        skew: Skew@k averaged over ads, smoothed by one person; NaN for the unknown.
        ads_absent: Ads whose top k shows nobody of the value though some are qualified.
    """

    value: str
    people: int
    pool: int
    selected: int
    rate: float
    skew: float
    ads_absent: int

    def to_json(self) -> dict[str, Any]:
        """All fields; a cell of fewer than five people only says so."""
        if self.people < SMALL_CELL:
            return {"value": self.value, "people": f"<{SMALL_CELL}", "suppressed": True}
        return {**fields_as_json(self), "suppressed": False}


@dataclass(frozen=True)
class ContrastMeasures:
    """One group against its reference.

    Attributes:
        group: The group.
        reference: Another value, or ``(rest)``.
        judged: Whether both sides have enough people.
        ratio: R; 1 is parity.
        exposure_ratio: R of exposure in place of counts; NaN where not judged.
    """

    group: str
    reference: str
    judged: bool
    ratio: Estimate
    exposure_ratio: float = math.nan


@dataclass(frozen=True)
class ScopeMeasures:
    """One attribute in one scope (all ads, or one occupation group) at one cut.

    Attributes:
        ads: Ads of the scope that somebody is qualified for.
        counts: One row a value and, last, the unknown.
        contrasts: The comparisons.
        ndkl: NDKL averaged over ads.
    """

    ads: int
    counts: tuple[ValueCounts, ...]
    contrasts: tuple[ContrastMeasures, ...]
    ndkl: float


@dataclass(frozen=True)
class CutMeasures:
    """One attribute at one cut.

    Attributes:
        scopes: ``overall`` and every occupation group.
        macro: The geometric mean of R over judged groups, one entry a contrast.
    """

    scopes: Mapping[str, ScopeMeasures]
    macro: tuple[ContrastMeasures, ...]


@dataclass(frozen=True)
class PaperRatio:
    """The papers' impact ratio of one value, averaged over ads, and its exact chance level."""

    value: str
    ratio: float
    chance: float


@dataclass(frozen=True)
class AttributeMeasures:
    """Everything about one attribute.

    Attributes:
        values: The known values.
        cuts: By k.
        impact_ratio_paper: By scope, one entry a value; empty where the lists are shorter than
            the 50 places that it needs.
        movable_share: Share of the people whose label the permutation null could shuffle.
    """

    values: tuple[str, ...]
    cuts: Mapping[int, CutMeasures]
    impact_ratio_paper: Mapping[str, tuple[PaperRatio, ...]]
    movable_share: float


@dataclass(frozen=True)
class Measures(Result):
    """What one engine's lists show.

    Attributes:
        top: The headline cut.
        ads: Ads that somebody is qualified for.
        people: People in the pool.
        resamples: Of the bootstrap, and permutations of the null.
        seed: Of both.
        min_group: Fewest qualified people on either side for a scope to be judged.
        attributes: By name.
        quality: By scope, then by measure (``mrr``, ``ndcg@20``, ``recall@50``, …).
        notes: What was left out, not judged or unusual, one sentence each.
    """

    top: int
    ads: int
    people: int
    resamples: int
    seed: int
    min_group: int
    attributes: Mapping[str, AttributeMeasures]
    quality: Mapping[str, Mapping[str, Average]]
    notes: tuple[str, ...]

    def contrast(
        self, attribute: str, group: str = "", *, scope: str = OVERALL, top: int | None = None
    ) -> ContrastMeasures:
        """One comparison.

        Args:
            attribute: Name of the attribute.
            group: The group; by default the first contrast's.
            scope: ``overall``, ``macro`` or an occupation group.
            top: The cut; by default the headline cut.

        Raises:
            MeasureError: If it wasn't measured.
        """
        try:
            cut = self.attributes[attribute].cuts[self.top if top is None else top]
            found = cut.macro if scope == "macro" else cut.scopes[scope].contrasts
            return next(one for one in found if group in ("", one.group))
        except (KeyError, StopIteration):
            raise MeasureError(
                f"{attribute} {group} in {scope} at top {top or self.top} wasn't measured"
            ) from None

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON-able data, small cells masked."""
        return fields_as_json(self)

    def sentences(self) -> Sequence[str]:
        """R over all ads at the headline cut, then what was left out, not judged or unusual."""
        said = [
            f"R of {one['group']} against {one['reference']} ({one['attribute']}), top {self.top}: "
            f"{one['R']:.2f}, 95 % interval {_between(one['R_interval'])}; 1 is parity."
            for one in self._contrasts()
            if (one["top"], one["scope"]) == (self.top, OVERALL) and one["R"] is not None
        ]
        return (*said, *self.notes)

    def tables(self) -> dict[str, list[Row]]:
        """Every comparison at every cut, and quality by scope; what isn't judged has no figures."""
        quality: list[Row] = [
            {"scope": scope, "measure": name, **fields_as_json(found)}
            for scope, measures in self.quality.items()
            for name, found in measures.items()
        ]
        return {"contrasts": [*self._contrasts()], "quality": quality}

    def shown_table(self) -> Grid:
        """One row a contrast of each scope, at the headline cut."""
        columns = ("scope", "compared", "ads", "R", "95 % interval", "null 95 %", "nDCG@20")
        rows: list[tuple[str, ...]] = []
        for one in self._contrasts():
            if one["top"] != self.top or one["scope"] == "macro":
                continue
            figures = ("not judged", "", "")
            if one["R"] is not None:
                ends = (_between(one[name]) for name in ("R_interval", "null_interval"))
                figures = (f"{one['R']:.2f}", *ends)
            quality = self.quality.get(one["scope"], {}).get("ndcg@20")
            compared = f"{one['group']} / {one['reference']}"
            shown = "" if quality is None else f"{quality.value:.3f}"
            rows.append((one["scope"], compared, str(one["ads"]), *figures, shown))
        return columns, rows

    def _contrasts(self) -> Iterator[Row]:
        for attribute, measures in self.attributes.items():
            for top, cut in measures.cuts.items():
                every = [(name, scope.ads, scope.contrasts) for name, scope in cut.scopes.items()]
                for name, ads, contrasts in (*every, ("macro", None, cut.macro)):
                    for one in contrasts:
                        where = {"attribute": attribute, "top": top, "scope": name, "ads": ads}
                        yield {**where, **_contrast_row(one)}


def _between(ends: Sequence[float | None] | None) -> str:
    """An interval in words; an end that isn't defined is open."""
    low, high = ("…" if end is None else f"{end:.2f}" for end in ends or (None, None))
    return f"{low} to {high}"


def _contrast_row(one: ContrastMeasures) -> Row:
    """A comparison with its figures, all of them None where it isn't judged."""
    known, ratio = one.judged and math.isfinite(one.ratio.value), one.ratio
    figures = {
        "R": ratio.value,
        "R_interval": ratio.interval,
        "null_interval": ratio.null_interval,
        "p_value": ratio.p_value,
        "detectable": ratio.detectable,
        "exposure_ratio": one.exposure_ratio,
    }
    return {
        "group": one.group,
        "reference": one.reference,
        "judged": one.judged,
        **{name: as_json(value) if known else None for name, value in figures.items()},
    }
