"""Compare systems on the same ads and people: what changed, and was anything lost.

A system is a way to arrive at lists: the original ads, the ads as some rewriter reworded them, a
re-ranking. All are measured with the same resampling weights, so every difference is paired. Change
of R: ``|log R_after| - |log R_before|``; below 0 is closer to parity, and overshoot counts as
distance. Quality and qualified people shown are non-inferior where their one-sided 95 % bound is
above minus a margin. The primary endpoint is the overall R of the first attribute's first contrast
at the headline cut, for the first pair; all other p-values are adjusted by Holm. A *row* is a
system with all its repeats (seeds), compared by their mean: how far the mean would move with other
people and ads is its interval, how far it moves from seed to seed its standard deviation.

Not a way to try many ideas on test people: choose systems on validation ads first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, Rankings
from evenhand.measure.counts import OVERALL, Relevance, Scopes
from evenhand.measure.figure import fields_as_json, holm
from evenhand.measure.measures import Measured, Measures, measure_system
from evenhand.measure.resample import (
    deviation,
    interval_of,
    lower_bound,
    mean_where_defined,
    percentile_interval,
    resampled,
    resampled_means,
    two_sided_p,
)
from evenhand.measure.study import (
    SMALL_CELL,
    Design,
    Options,
    Study,
    estimate_ratios,
    prepare_study,
)
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, steps
from evenhand.records.people import Pool


@dataclass(frozen=True)
class Margins:
    """How much may be lost and still count as nothing lost."""

    ndcg: float = 0.01  # Absolute loss of nDCG
    ndcg_floor: float = 0.2  # Groups of ads whose original nDCG is lower aren't assessed
    hits: float = 0.05  # Loss of qualified people shown, as a share of those shown before


@dataclass(frozen=True)
class RatioChange:
    """How far one R moved."""

    attribute: str
    group: str
    reference: str
    scope: str  # ``overall``, a group of ads, or ``macro``
    top: int  # The cut
    before: float  # ``|log R|`` of the first system (continuity-corrected where a sum is 0)
    after: float  # ``|log R|`` of the second
    change: float  # ``after - before``; below 0 is closer to parity
    interval: tuple[float, float]  # 95 %, paired two-way bootstrap
    p_value: float  # Two-sided, of no change; NaN away from the headline cut, which isn't tested
    p_holm: float = math.nan  # Adjusted; NaN for the primary endpoint, which stands by itself
    primary: bool = False  # Whether this is the primary endpoint


@dataclass(frozen=True)
class QualityCheck:
    """Whether nDCG was kept in one scope."""

    scope: str  # ``overall`` or a group of ads
    measure: str  # Which nDCG
    ads: int  # Ads in the scope
    before: float  # Mean of the first system
    after: float  # Mean of the second
    difference: float  # ``after - before``
    lower_bound: float  # One-sided 95 % bound of the difference, bootstrap over ads
    assessed: bool  # Whether the original nDCG is high enough, and the ads are two or more
    non_inferior: bool | None  # The bound is above minus the margin; None where not assessed


@dataclass(frozen=True)
class HitsCheck:
    """Whether the qualified people of one value are still shown (no levelling down)."""

    attribute: str
    value: str
    scope: str  # ``overall`` or a group of ads
    before: int  # Qualified (person, ad) pairs in the top k of the first system
    after: int  # Of the second
    relative_change: float  # ``after / before - 1``; NaN where nobody was shown before
    lower_bound: float  # One-sided 95 % bound of it, paired two-way bootstrap
    non_inferior: bool  # The bound is above minus the margin, or nobody was shown before


def ratio_changes(study: Study, before: Measured, after: Measured) -> list[RatioChange]:
    """The change of every judged R, with paired intervals and, at the headline cut, p-values."""
    changes: list[RatioChange] = []
    for key, case in before.cases.items():
        first, second = case.table, after.cases[key].table
        moved = np.abs(second.replicates) - np.abs(first.replicates)
        low, high = percentile_interval(moved)
        p_values = two_sided_p(moved)
        distance, further = np.abs(first.logs), np.abs(second.logs)
        for cell in product(range(distance.shape[0]), range(distance.shape[1])):
            if not first.judged(*cell) or math.isnan(distance[cell]):
                continue
            sides = first.design.contrasts[cell[0]]
            changes.append(
                RatioChange(
                    attribute=key[0],
                    group=sides.group,
                    reference=sides.reference,
                    scope=first.scopes[cell[1]],
                    top=key[1],
                    before=float(distance[cell]),
                    after=float(further[cell]),
                    change=float(further[cell] - distance[cell]),
                    interval=(float(low[cell]), float(high[cell])),
                    p_value=float(p_values[cell]) if key[1] == study.options.top else math.nan,
                )
            )
    return changes


def quality_checks(
    study: Study, original: Measured, before: Measured, after: Measured, margins: Margins
) -> list[QualityCheck]:
    """NDCG at the shortest cut, overall and in every group of ads."""
    measure = f"ndcg@{min(study.options.cuts)}"
    start, end = before.quality[measure], after.quality[measure]
    checks: list[QualityCheck] = []
    for name, members in study.scopes.items():
        difference = np.where(members, end - start, np.nan)
        bound = float(lower_bound(resampled_means(difference, study.weights)))
        ads = int(members.sum())
        base = mean_where_defined(original.quality[measure][members])
        assessed = ads > 1 and base >= margins.ndcg_floor
        checks.append(
            QualityCheck(
                scope=name,
                measure=measure,
                ads=ads,
                before=mean_where_defined(start[members]),
                after=mean_where_defined(end[members]),
                difference=mean_where_defined(difference),
                lower_bound=bound,
                assessed=assessed,
                non_inferior=bound > -margins.ndcg if assessed else None,
            )
        )
    return checks


def _hits(study: Study, attribute: str, system: Measured) -> tuple[FloatArray, FloatArray]:
    """Hits ``(scopes, groups)`` and their replicates ``(resamples, scopes, groups)``."""
    lists = system.cases[attribute, study.options.top].lists
    scopes = study.scopes.membership.astype(np.float64)

    def hits(shown: FloatArray, _: FloatArray, ads: FloatArray) -> FloatArray:
        return scopes.T @ (shown * ads[:, :, None])

    return scopes.T @ lists.sums[0], resampled(lists, study.weights, hits)


def hits_checks(
    study: Study, attribute: str, before: Measured, after: Measured, margins: Margins
) -> list[HitsCheck]:
    """Qualified people shown, by value: overall and in judged groups of ads."""
    design = study.designs[attribute]
    (start, drawn_start), (end, drawn_end) = (
        _hits(study, attribute, system) for system in (before, after)
    )
    empty = np.full(drawn_start.shape, np.nan)
    bounds = lower_bound(np.divide(drawn_end, drawn_start, out=empty, where=drawn_start > 0) - 1.0)
    judged: BoolArray = np.asarray(design.judged.any(axis=0), dtype=np.bool_)
    checks: list[HitsCheck] = []
    for cell in product(range(len(study.scopes.names)), range(len(design.groups.values))):
        scope, value = cell
        if design.people[cell] < SMALL_CELL or not (scope == 0 or judged[scope]):
            continue
        shown = start[cell] > 0
        checks.append(
            HitsCheck(
                attribute=attribute,
                value=design.groups.values[value],
                scope=study.scopes.names[scope],
                before=int(start[cell]),
                after=int(end[cell]),
                relative_change=float(end[cell] / start[cell] - 1.0) if shown else math.nan,
                lower_bound=float(bounds[cell]),
                non_inferior=bool(bounds[cell] > -margins.hits) if shown else True,
            )
        )
    return checks


Interval = tuple[float, float]
_NO_GAP = 1e-12
"""A distance from parity below this is none: no share of it can be closed."""


Logs = Mapping[str, tuple[float, FloatArray]]
"""By system: log R of all ads and people of a scope, and of every (shared) resample."""


@dataclass(frozen=True)
class RowDistance:
    """How far one row is from parity."""

    distance: float  # Mean of ``|log R|`` over the repeats; 0 is parity
    interval: Interval  # 95 %, two-way bootstrap
    ratios: Mapping[str, float]  # R of every repeat, by name
    deviation: float  # Standard deviation of ``|log R|`` between repeats; NaN for fewer than two
    closed: float  # Share of the original's gap that is closed; below 0 where it grew, NaN for none
    closed_interval: Interval  # 95 %, paired two-way bootstrap


@dataclass(frozen=True)
class RepeatChange:
    """One repeat against its counterpart, by the names of both."""

    before: str  # Name of the first
    after: str  # Name of the second
    change: float  # ``|log R_after| - |log R_before|``; below 0 is closer to parity
    interval: Interval  # 95 %, paired two-way bootstrap


@dataclass(frozen=True)
class RowChange:
    """One row against another."""

    before: str  # Name of the first row
    after: str  # Name of the second
    change: float  # Mean over repeats of ``|log R_after| - |log R_before|``; below 0 is closer
    interval: Interval  # 95 %, paired two-way bootstrap; every resample is shared by all repeats
    p_value: float  # Two-sided, of no change; not adjusted
    deviation: float  # Standard deviation of the change between repeats; NaN for fewer than two
    repeats: tuple[RepeatChange, ...]  # Every repeat for itself


def scope_logs(
    study: Study, attribute: str, lists: Mapping[str, Rankings], scopes: Mapping[str, Sequence[str]]
) -> dict[str, Logs]:
    """Log R of every system in sets of ads: all of them, and unions of groups of ads."""
    design = _union_design(study, study.designs[attribute], scopes)
    tables = {
        name: estimate_ratios(design, found, study.options.top, study.weights)
        for name, found in lists.items()
    }
    return {
        scope: {
            name: (float(table.logs[0, index]), table.replicates[:, 0, index])
            for name, table in tables.items()
        }
        for index, scope in enumerate(design.scopes.names)
        if design.judged[0, index]
    }


def _union_design(study: Study, design: Design, scopes: Mapping[str, Sequence[str]]) -> Design:
    """The design over all ads and unions of groups; one permutation, since no null is wanted."""
    names = study.scopes.names
    columns: list[BoolArray] = [study.scopes.membership[:, 0]]
    for scope, groups in scopes.items():
        members = [names.index(group, 1) for group in groups if group in names[1:]]
        if scope == OVERALL or not members:
            raise MeasureError(
                f"the scope {scope!r} of {', '.join(groups) or 'no groups'} has no ads, or a name "
                f"that is taken; the groups of ads are {', '.join(names[1:])}"
            )
        united = np.asarray(study.scopes.membership[:, members].any(axis=1), dtype=np.bool_)
        columns.append(united)
    united_scopes = Scopes((OVERALL, *scopes), np.stack(columns, axis=1))
    return replace(design, scopes=united_scopes, null_codes=design.null_codes[:1])


def row_distance(logs: Logs, repeats: Sequence[str], original: str) -> RowDistance:
    """How far a row is from parity, and how much of the original's distance it closed."""
    points = np.array([abs(logs[name][0]) for name in repeats])
    drawn = _mean([np.abs(logs[name][1]) for name in repeats])
    distance, gap = float(_mean(list(points))), abs(logs[original][0])
    drawn_gap = np.abs(logs[original][1])
    share = np.divide(drawn, drawn_gap, out=np.full(drawn.shape, np.nan), where=drawn_gap > _NO_GAP)
    return RowDistance(
        distance,
        interval_of(drawn),
        {name: math.exp(logs[name][0]) for name in repeats},
        deviation(points),
        1.0 - distance / gap if gap > _NO_GAP else math.nan,
        interval_of(1.0 - share),
    )


def row_change(logs: Logs, before: Sequence[str], after: Sequence[str]) -> RowChange:
    """The mean change between two rows; the rows are called by their first repeats."""
    if len(before) != len(after) and 1 not in (len(before), len(after)):
        raise MeasureError(
            f"{len(before)} repeats of {before[0]} and {len(after)} of {after[0]} can't be paired; "
            "give as many, or a single one"
        )
    count = max(len(before), len(after))
    firsts = list(before) if len(before) == count else list(before) * count
    seconds = list(after) if len(after) == count else list(after) * count
    points: list[float] = []
    drawn: list[FloatArray] = []
    repeats: list[RepeatChange] = []
    for first, second in zip(firsts, seconds, strict=True):
        points.append(abs(logs[second][0]) - abs(logs[first][0]))
        drawn.append(np.abs(logs[second][1]) - np.abs(logs[first][1]))
        repeats.append(RepeatChange(first, second, points[-1], interval_of(drawn[-1])))
    mean = _mean(drawn)
    return RowChange(
        before[0],
        after[0],
        float(_mean(points)),
        interval_of(mean),
        float(two_sided_p(mean)),
        deviation(np.array(points)),
        tuple(repeats),
    )


def _mean(repeats: Sequence[float] | Sequence[FloatArray]) -> FloatArray:
    """Mean over repeats, to the last bit the same in any order of them."""
    return np.asarray(np.sort(np.stack(repeats), axis=0).mean(axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Rows:
    """What to compare."""

    focus: str  # The row that is set against all others
    # By row, its systems; the first has the row's name. Systems that are in no row are rows of
    # their own
    repeats: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    # Further scopes: by name, the groups of ads that they unite
    within: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def over(self, systems: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The systems of every row, in the order of ``systems``."""
        listed = [name for names in self.repeats.values() for name in names]
        absent = sorted({*listed} - {*systems})
        if absent:
            raise MeasureError(
                f"a row names {', '.join(absent)}, which isn't among {', '.join(systems)}"
            )
        for row, names in self.repeats.items():
            if not names or names[0] != row:
                raise MeasureError(f"the first repeat of the row {row!r} must be {row!r} itself")
        if len(listed) != len({*listed}):
            raise MeasureError("a system is in two rows; put it into one of them")
        rows = {
            name: tuple(self.repeats.get(name, (name,)))
            for name in systems
            if name in self.repeats or name not in listed
        }
        if self.focus not in rows:
            raise MeasureError(f"{self.focus!r} isn't one of the rows {', '.join(rows)}")
        return rows


@dataclass(frozen=True)
class ScopeRows:
    """All rows in one set of ads."""

    groups: tuple[str, ...]  # The groups of ads that it unites; empty for all ads
    rows: Mapping[str, RowDistance]  # Distance from parity by row
    changes: tuple[RowChange, ...]  # The focus against every other row


@dataclass(frozen=True)
class RowComparison:
    """All rows in all scopes."""

    focus: str  # The row that is set against all others
    repeats: Mapping[str, tuple[str, ...]]  # By row, its systems
    scopes: Mapping[str, ScopeRows]  # By name; scopes with too few people to be judged are absent
    quality: tuple[QualityCheck, ...]  # Mean nDCG of the focus's repeats against the original


def compare_rows(
    study: Study, measured: Mapping[str, Measured], wanted: Rows, original: str, margins: Margins
) -> RowComparison:
    """Compare the focus with every other row."""
    rows = wanted.over(list(measured))
    lists = {name: one.lists for name, one in measured.items()}
    logs = scope_logs(study, study.options.by[0], lists, wanted.within)
    others = [row for row in rows if row != wanted.focus]
    scopes = {
        scope: ScopeRows(
            tuple(wanted.within.get(scope, ())),
            {row: row_distance(found, names, original) for row, names in rows.items()},
            tuple(row_change(found, rows[row], rows[wanted.focus]) for row in others),
        )
        for scope, found in logs.items()
    }
    repeats = [measured[name] for name in rows[wanted.focus]]
    quality = {
        name: np.mean([one.quality[name] for one in repeats], axis=0) for name in repeats[0].quality
    }
    start, mean = measured[original], replace(repeats[0], quality=quality)
    checks = quality_checks(study, start, start, mean, margins)
    return RowComparison(wanted.focus, rows, scopes, tuple(checks))


ORIGINAL = "original"


@dataclass(frozen=True)
class PairMeasures:
    """One system against another."""

    before: str  # Name of the first system
    after: str  # Name of the second
    changes: tuple[RatioChange, ...]  # Of every judged R, at every cut
    quality: tuple[QualityCheck, ...]  # nDCG, overall and by group of ads
    hits: tuple[HitsCheck, ...]  # Qualified people shown at the headline cut
    quality_kept: bool | None  # Every assessed nDCG is non-inferior; None for none assessed
    hits_kept: bool  # Whether the overall hits of every value are non-inferior


@dataclass(frozen=True)
class Comparison:
    """Several systems on the same ads and people."""

    systems: Mapping[str, Measures]  # Measures of each, ``original`` first
    pairs: tuple[PairMeasures, ...]  # The paired comparisons
    margins: Margins  # Of the non-inferiority checks
    notes: tuple[str, ...]  # What limits the comparison, one sentence each
    rows: RowComparison | None = None  # One row against all others; None if not asked for

    @property
    def primary(self) -> RatioChange | None:
        """The primary endpoint; None where overall R isn't judged, or nothing was paired."""
        changes = (change for pair in self.pairs for change in pair.changes)
        return next((change for change in changes if change.primary), None)

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON-able data."""
        return fields_as_json(self)


def compare_rankings(
    original: Rankings,
    systems: Mapping[str, Rankings],
    jobs: Sequence[Job],
    pool: Pool,
    qualified: BoolArray,
    *,
    by: Sequence[str],
    pairs: Sequence[tuple[str, str]] | None = None,
    top: int = 50,
    resamples: int = 2000,
    seed: int = 0,
    min_group: int = 20,
    also_top: int | None = 20,
    grouped_by: str = "occupation_group",
    reference: Mapping[str, str] | None = None,
    margins: Margins | None = None,
    relevance: Relevance | None = None,
    rows: Rows | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Measure several systems (lists by name) and what changed between pairs of them.

    As ``measure_rankings``; the first attribute is the primary endpoint's, and so is the first of
    ``pairs``, names of ``(before, after)``: by default the original against each system. ``rows``
    compares rows as well, repeats of a system taken together.

    Raises:
        MeasureError: As ``measure_rankings``, or if a pair or a row names an unknown system.
    """
    named = {ORIGINAL: original, **systems}
    wanted = [(ORIGINAL, name) for name in systems] if pairs is None else list(pairs)
    if ORIGINAL in systems:
        raise MeasureError(f"a system is called {ORIGINAL!r}, which names the ads as they were")
    for name in (name for pair in wanted for name in pair):
        if name not in named:
            raise MeasureError(
                f"a pair names the system {name!r}, which isn't among {', '.join(named)}"
            )
    options = Options(
        tuple(by), top, also_top, resamples, seed, min_group, grouped_by, reference or {}
    )
    study = prepare_study(jobs, pool, qualified, options, relevance)
    measured = {
        name: measure_system(study, named[name], name)
        for name in steps(progress, "measuring", [*named])
    }
    limits = margins or Margins()
    found = [
        _compare(study, measured, pair, limits) for pair in steps(progress, "comparing", wanted)
    ]
    adjusted, notes = _adjust(found, resamples)
    return Comparison(
        {name: one.measures for name, one in measured.items()},
        tuple(adjusted),
        limits,
        study.notes + notes,
        None if rows is None else compare_rows(study, measured, rows, ORIGINAL, limits),
    )


def _compare(
    study: Study, measured: Mapping[str, Measured], pair: tuple[str, str], margins: Margins
) -> PairMeasures:
    before, after = measured[pair[0]], measured[pair[1]]
    quality = quality_checks(study, measured[ORIGINAL], before, after, margins)
    hits = [
        check
        for attribute in study.designs
        for check in hits_checks(study, attribute, before, after, margins)
    ]
    verdicts = [check.non_inferior for check in quality if check.assessed]
    return PairMeasures(
        pair[0],
        pair[1],
        tuple(ratio_changes(study, before, after)),
        tuple(quality),
        tuple(hits),
        all(verdicts) if verdicts else None,
        all(check.non_inferior for check in hits if check.scope == OVERALL),
    )


def _adjust(
    pairs: Sequence[PairMeasures], resamples: int
) -> tuple[list[PairMeasures], tuple[str, ...]]:
    """Mark the primary endpoint and adjust the p-values of all others."""
    changes = [change for pair in pairs for change in pair.changes]
    if changes and changes[0].scope == OVERALL:
        changes[0] = replace(changes[0], primary=True)
    raw = [math.nan if change.primary else change.p_value for change in changes]
    adjusted = [
        replace(change, p_holm=float(p)) for change, p in zip(changes, holm(raw), strict=True)
    ]
    tests = sum(not math.isnan(p) for p in raw)
    notes: tuple[str, ...] = ()
    if 2.0 * tests / (resamples + 1) > 0.05:
        notes = (
            f"{resamples} resamples can't take any of {tests} secondary comparisons below .05 "
            f"after Holm's adjustment; use {40 * tests} or more",
        )
    rows = iter(adjusted)
    return [replace(p, changes=tuple(next(rows) for _ in p.changes)) for p in pairs], notes
