"""Systems that were made several times (with several seeds), compared by their mean.

A *row* is a system under one name with all its repeats. Its distance from parity is the mean of
``|log R|`` over the repeats; the change between two rows is the mean of the paired changes of
their repeats. All repeats of all rows share every resample of people and ads, so differences stay
paired. The interval says how far the mean would move with other people and ads; how far it moves
from seed to seed is told apart, by the standard deviation between repeats.

A row of one repeat, or of several equal ones, gives what ``comparison`` gives for that pair. Not
the place that decides which comparisons are tested together: see ``holm``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, Rankings
from evenhand.measure.bootstrap import percentile_interval, two_sided_p
from evenhand.measure.estimates import OVERALL, Design, Scopes, estimate_ratios
from evenhand.measure.study import Study

Interval = tuple[float, float]
_NO_GAP = 1e-12
"""A distance from parity below this is none: no share of it can be closed."""


@dataclass(frozen=True)
class Logs:
    """Log R of every system in one set of ads, over shared resamples.

    Attributes:
        points: By system: corrected log R of all ads and people.
        replicates: By system: the same in every resample, shape ``(resamples,)``.
    """

    points: Mapping[str, float]
    replicates: Mapping[str, FloatArray]


@dataclass(frozen=True)
class RowDistance:
    """How far one row is from parity.

    Attributes:
        distance: Mean of ``|log R|`` over the repeats; 0 is parity.
        interval: 95 %, two-way bootstrap.
        ratios: R of every repeat, by name.
        deviation: Standard deviation of ``|log R|`` between repeats; NaN for fewer than two.
        closed: ``1 - distance / |log R| of the original``: the share of the gap that is closed;
            below 0 where it grew, NaN where there was none.
        closed_interval: 95 %, paired two-way bootstrap.
    """

    distance: float
    interval: Interval
    ratios: Mapping[str, float]
    deviation: float
    closed: float
    closed_interval: Interval


@dataclass(frozen=True)
class RepeatChange:
    """One repeat against its counterpart, by the names of both.

    Attributes:
        before: Name of the first.
        after: Name of the second.
        change: ``|log R_after| - |log R_before|``; below 0 is closer to parity.
        interval: 95 %, paired two-way bootstrap.
    """

    before: str
    after: str
    change: float
    interval: Interval


@dataclass(frozen=True)
class RowChange:
    """One row against another.

    Attributes:
        before: Name of the first row.
        after: Name of the second.
        change: Mean over repeats of ``|log R_after| - |log R_before|``; below 0 is closer.
        interval: 95 %, paired two-way bootstrap; every resample is shared by all repeats.
        p_value: Two-sided, of no change; not adjusted.
        deviation: Standard deviation of the change between repeats; NaN for fewer than two.
        repeats: Every repeat for itself.
    """

    before: str
    after: str
    change: float
    interval: Interval
    p_value: float
    deviation: float
    repeats: tuple[RepeatChange, ...]


def scope_logs(
    study: Study, attribute: str, lists: Mapping[str, Rankings], scopes: Mapping[str, Sequence[str]]
) -> dict[str, Logs]:
    """Log R of every system in sets of ads: all of them, and unions of groups of ads.

    The resamples are those of the study in every scope, so scopes are paired too. Scopes with too
    few people to be judged are left out.

    Args:
        study: Ads, people and weights.
        attribute: Whose first contrast is looked at.
        lists: The rankings of the kept ads of the study, by system.
        scopes: By name, the groups of ads; ``overall`` is added.

    Raises:
        MeasureError: A scope has no ads or is called ``overall``.
    """
    design = _union_design(study, study.designs[attribute], scopes)
    tables = {
        name: estimate_ratios(design, found, study.options.top, study.weights)
        for name, found in lists.items()
    }
    return {
        scope: Logs(
            {name: float(table.logs[0, index]) for name, table in tables.items()},
            {name: table.replicates[:, 0, index] for name, table in tables.items()},
        )
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
    membership: BoolArray = np.stack(columns, axis=1)
    indicators = design.groups.indicators()
    people = [indicators[design.qualified[ads].any(axis=0)].sum(axis=0) for ads in membership.T]
    return replace(
        design,
        scopes=Scopes((OVERALL, *scopes), membership),
        people=np.array(people, dtype=np.int64),
        null_codes=design.null_codes[:1],
    )


def row_distance(logs: Logs, repeats: Sequence[str], original: str) -> RowDistance:
    """How far a row is from parity, and how much of the original's distance it closed.

    Args:
        logs: Of one set of ads.
        repeats: The systems of the row.
        original: The system that had the gap.
    """
    points = np.array([abs(logs.points[name]) for name in repeats])
    drawn = _mean([np.abs(logs.replicates[name]) for name in repeats])
    distance, gap = float(_mean(list(points))), abs(logs.points[original])
    drawn_gap = np.abs(logs.replicates[original])
    share = np.divide(drawn, drawn_gap, out=np.full(drawn.shape, np.nan), where=drawn_gap > _NO_GAP)
    return RowDistance(
        distance,
        _interval(drawn),
        {name: math.exp(logs.points[name]) for name in repeats},
        _deviation(points),
        1.0 - distance / gap if gap > _NO_GAP else math.nan,
        _interval(1.0 - share),
    )


def row_change(logs: Logs, before: Sequence[str], after: Sequence[str]) -> RowChange:
    """The mean change between two rows; the rows are called by their first repeats.

    Args:
        logs: Of one set of ads.
        before: The systems of the first row.
        after: The systems of the second: as many, or either of the rows has a single one.

    Raises:
        MeasureError: The repeats can't be paired.
    """
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
        points.append(abs(logs.points[second]) - abs(logs.points[first]))
        drawn.append(np.abs(logs.replicates[second]) - np.abs(logs.replicates[first]))
        repeats.append(RepeatChange(first, second, points[-1], _interval(drawn[-1])))
    mean = _mean(drawn)
    return RowChange(
        before[0],
        after[0],
        float(_mean(points)),
        _interval(mean),
        float(two_sided_p(mean)),
        _deviation(np.array(points)),
        tuple(repeats),
    )


def _mean(repeats: Sequence[float] | Sequence[FloatArray]) -> FloatArray:
    """Mean over repeats, to the last bit the same in any order of them."""
    return np.asarray(np.sort(np.stack(repeats), axis=0).mean(axis=0), dtype=np.float64)


def _interval(replicates: FloatArray) -> Interval:
    low, high = percentile_interval(replicates)
    return float(low), float(high)


def _deviation(values: FloatArray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else math.nan
