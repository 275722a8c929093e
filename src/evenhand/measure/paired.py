"""What changed between two systems that were measured with the same weights.

Three checks. Change of R: ``|log R_after| - |log R_before|``; below 0 is closer to parity, and
overshoot counts as distance. Quality: the paired difference of nDCG, non-inferior where its
one-sided 95 % bound is above minus a margin. Hits: the same for the qualified people shown of
every value, so that parity can't be had by showing fewer of everybody.

The choice of pairs, the primary endpoint and Holm's adjustment stand in ``comparison``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evenhand.match.protocol import BoolArray, FloatArray
from evenhand.measure.bootstrap import (
    lower_bound,
    percentile_interval,
    resampled_counts,
    resampled_means,
    two_sided_p,
)
from evenhand.measure.recount import prepare_lists
from evenhand.measure.results import SMALL_CELL
from evenhand.measure.study import Study
from evenhand.measure.summary import Measured, mean_where_defined


@dataclass(frozen=True)
class Margins:
    """How much may be lost and still count as nothing lost.

    Attributes:
        ndcg: Absolute loss of nDCG.
        ndcg_floor: Groups of ads whose original nDCG is lower aren't assessed.
        hits: Loss of qualified people shown, as a share of those shown before.
    """

    ndcg: float = 0.01
    ndcg_floor: float = 0.2
    hits: float = 0.05


@dataclass(frozen=True)
class RatioChange:
    """How far one R moved.

    Attributes:
        attribute: The attribute.
        group: The group.
        reference: Its reference.
        scope: ``overall``, a group of ads, or ``macro``.
        top: The cut.
        before: ``|log R|`` of the first system (continuity-corrected where a sum is 0).
        after: ``|log R|`` of the second.
        change: ``after - before``; below 0 is closer to parity.
        interval: 95 %, paired two-way bootstrap.
        p_value: Two-sided, of no change; NaN away from the headline cut, which isn't tested.
        p_holm: Adjusted; NaN for the primary endpoint, which stands by itself.
        primary: Whether this is the primary endpoint.
    """

    attribute: str
    group: str
    reference: str
    scope: str
    top: int
    before: float
    after: float
    change: float
    interval: tuple[float, float]
    p_value: float
    p_holm: float = math.nan
    primary: bool = False


@dataclass(frozen=True)
class QualityCheck:
    """Whether nDCG was kept in one scope.

    Attributes:
        scope: ``overall`` or a group of ads.
        measure: Which nDCG.
        ads: Ads in the scope.
        before: Mean of the first system.
        after: Mean of the second.
        difference: ``after - before``.
        lower_bound: One-sided 95 % bound of the difference, bootstrap over ads.
        assessed: Whether the original nDCG is high enough, and the ads are two or more.
        non_inferior: Whether the bound is above minus the margin; None where not assessed.
    """

    scope: str
    measure: str
    ads: int
    before: float
    after: float
    difference: float
    lower_bound: float
    assessed: bool
    non_inferior: bool | None


@dataclass(frozen=True)
class HitsCheck:
    """Whether the qualified people of one value are still shown (no levelling down).

    Attributes:
        attribute: The attribute.
        value: The value.
        scope: ``overall`` or a group of ads.
        before: Qualified (person, ad) pairs in the top k of the first system.
        after: Of the second.
        relative_change: ``after / before - 1``; NaN where nobody was shown before.
        lower_bound: One-sided 95 % bound of it, paired two-way bootstrap.
        non_inferior: Whether the bound is above minus the margin; where nobody was shown before
            there is nothing to lose and it is true.
    """

    attribute: str
    value: str
    scope: str
    before: int
    after: int
    relative_change: float
    lower_bound: float
    non_inferior: bool


def ratio_changes(study: Study, before: Measured, after: Measured) -> list[RatioChange]:
    """The change of every judged R, with paired intervals and, at the headline cut, p-values."""
    changes: list[RatioChange] = []
    for key, first in before.tables.items():
        second = after.tables[key]
        moved = np.abs(second.replicates) - np.abs(first.replicates)
        low, high = percentile_interval(moved)
        p_values = two_sided_p(moved)
        distance, further = np.abs(first.logs), np.abs(second.logs)
        for cell in _cells(*distance.shape):
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
    """NDCG at the shortest cut, overall and in every group of ads.

    Args:
        study: Ads, people and weights.
        original: The ads as they were: which groups can be assessed is decided on them.
        before: The first system.
        after: The second.
        margins: How much may be lost.
    """
    measure = f"ndcg@{min(study.options.cuts)}"
    start, end = before.quality[measure], after.quality[measure]
    checks: list[QualityCheck] = []
    for name, members in zip(study.scopes.names, study.scopes.membership.T, strict=True):
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
    design, top = study.designs[attribute], study.options.top
    lists = prepare_lists(system.lists, design.qualified, design.groups, top)
    members = design.groups.indicators()[lists.positions] * lists.hits[:, :, None]
    counts = members.sum(axis=1)
    scopes = study.scopes.membership.astype(np.float64)
    replicates = [
        scopes.T @ (selected * ads[:, :, None])
        for selected, _, ads in resampled_counts(lists, study.weights)
    ]
    return scopes.T @ counts, np.concatenate(replicates)


def hits_checks(
    study: Study, attribute: str, before: Measured, after: Measured, margins: Margins
) -> list[HitsCheck]:
    """Qualified people shown, by value: overall and in judged groups of ads.

    Values of fewer than five people are left out.
    """
    design = study.designs[attribute]
    (start, drawn_start), (end, drawn_end) = (
        _hits(study, attribute, system) for system in (before, after)
    )
    empty = np.full(drawn_start.shape, np.nan)
    bounds = lower_bound(np.divide(drawn_end, drawn_start, out=empty, where=drawn_start > 0) - 1.0)
    judged: BoolArray = np.asarray(design.judged.any(axis=0), dtype=np.bool_)
    checks: list[HitsCheck] = []
    for cell in _cells(len(study.scopes.names), len(design.groups.values)):
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


def _cells(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    return ((row, column) for row in range(rows) for column in range(columns))
