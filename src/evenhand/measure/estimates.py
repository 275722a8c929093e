"""Every R of one attribute at one cut: value, interval, null, p-value, and the macro ratio.

Puts ``mantel_haenszel``, ``bootstrap`` and ``permutation`` together over *scopes*: all ads, and
each group of ads. Rooms that have labels and no ``Pool`` (the reward) call it directly; reports
get theirs from ``summary`` and ``comparison``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.bootstrap import ResampleWeights, percentile_interval, resampled_counts
from evenhand.measure.labels import Groups, encode_labels
from evenhand.measure.mantel_haenszel import (
    Contrast,
    Ratio,
    Sides,
    contrasts_of,
    corrected_log_ratio,
    macro_ratio,
    ratio_from_sums,
    sides_of,
    stratum_terms,
)
from evenhand.measure.permutation import (
    permutation_p,
    permutation_strata,
    permuted_codes,
    permuted_counts,
)
from evenhand.measure.recount import prepare_lists, weighted_counts

OVERALL = "overall"
MACRO = "macro"
SMALL_CELL = 5
"""Cells of fewer people are masked."""
POWER_OF_80 = 0.841621
"""Standard errors beyond the edge of chance at which an effect is seen in 80 % of cases."""
_POWER = 1.959964 + POWER_OF_80
"""Standard errors between parity and an effect seen at .05, two-sided, with 80 % power."""


@dataclass(frozen=True)
class Scopes:
    """Sets of ads that get figures of their own: first all of them, then each group.

    Attributes:
        names: ``overall`` and the names of the groups, sorted.
        membership: Shape ``(jobs, scopes)``.
    """

    names: tuple[str, ...]
    membership: BoolArray


@dataclass(frozen=True)
class Design:
    """Who is compared with whom, over which ads: all that doesn't depend on a ranking.

    Attributes:
        qualified: Shape ``(jobs, people)``.
        groups: Labels of the people.
        scopes: The sets of ads.
        contrasts: The comparisons.
        people: Shape ``(scopes, groups)``: distinct qualified people.
        min_group: Fewest qualified people on either side for a scope to be judged.
        null_codes: Shape ``(permutations, people)``: shuffled labels.
    """

    qualified: BoolArray
    groups: Groups
    scopes: Scopes
    contrasts: tuple[Contrast, ...]
    people: IntArray
    min_group: int
    null_codes: NDArray[np.int16]

    @property
    def sides(self) -> Sides:
        """The contrasts as columns over groups."""
        return sides_of(self.groups.columns, self.contrasts)

    @property
    def smaller_side(self) -> IntArray:
        """Qualified people on the smaller side, shape ``(contrasts, scopes)``."""
        sides = self.sides
        smaller = np.minimum(self.people @ sides.group, self.people @ sides.reference)
        return smaller.T.astype(np.int64)

    @property
    def judged(self) -> BoolArray:
        """Which scopes have enough people for each contrast, shape ``(contrasts, scopes)``."""
        return self.smaller_side >= self.min_group


@dataclass(frozen=True)
class Estimate:
    """A figure with what luck could have made of it.

    Attributes:
        value: The figure; NaN where undefined or not judged.
        interval: Low and high, 95 %, two-way bootstrap; NaN where there is none.
        null_interval: Where 95 % of the figures lie under chance alone.
        p_value: Two-sided, from the permutation null.
        detectable: The ratio above 1 that would be told from parity with 80 % power (its
            reciprocal below 1 likewise), from the bootstrap's standard error.
        reason: Why the value is 0, undefined or withheld; empty otherwise.
    """

    value: float
    interval: tuple[float, float] = (math.nan, math.nan)
    null_interval: tuple[float, float] = (math.nan, math.nan)
    p_value: float = math.nan
    detectable: float = math.nan
    reason: str = ""


@dataclass(frozen=True)
class RatioTable:
    """R of every contrast in every scope; the last scope is the macro ratio.

    Attributes:
        design: What was compared.
        scopes: Names of the scopes and, last, ``macro``.
        ratios: Point values, ``ratios[contrast][scope]``.
        replicates: Corrected logs, shape ``(resamples, contrasts, scopes)``.
        null: Corrected logs under shuffled labels, shape ``(permutations, contrasts, scopes)``.
    """

    design: Design
    scopes: tuple[str, ...]
    ratios: tuple[tuple[Ratio, ...], ...]
    replicates: FloatArray
    null: FloatArray

    @property
    def logs(self) -> FloatArray:
        """Corrected logs of the point values, shape ``(contrasts, scopes)``."""
        return np.array([[ratio.corrected_log for ratio in row] for row in self.ratios])

    def judged(self, contrast: int, scope: int) -> bool:
        """Whether there are enough people; the macro ratio needs one judged group."""
        judged = self.design.judged[contrast]
        return bool(judged[1:].any()) if scope == len(judged) else bool(judged[scope])

    def estimate(self, contrast: int, scope: int) -> Estimate:
        """One R with its interval, null and p-value; withheld where it isn't judged."""
        ratio = self.ratios[contrast][scope]
        if not self.judged(contrast, scope):
            return Estimate(math.nan, reason=self._why_not_judged(contrast, scope))
        if math.isnan(ratio.corrected_log):
            return Estimate(math.nan, reason=ratio.reason)
        replicates, null = self.replicates[:, contrast, scope], self.null[:, contrast, scope]
        log = np.array(ratio.corrected_log)
        # Resampling people can't invent a hit: where a sum is 0 there is no honest interval.
        whole = math.isfinite(ratio.log) or self.scopes[scope] == MACRO
        return Estimate(
            ratio.value,
            _exp_interval(replicates) if whole else (math.nan, math.nan),
            _exp_interval(null),
            float(permutation_p(log, null)),
            math.exp(min(700.0, _POWER * _deviation(replicates))) if whole else math.nan,
            ratio.reason,
        )

    def _why_not_judged(self, contrast: int, scope: int) -> str:
        if scope == len(self.design.scopes.names):
            return "no group of ads has enough people to be judged"
        people = int(self.design.smaller_side[contrast, scope])
        # A handful of people is never counted out loud: the same cells are masked in reports.
        shown = f"fewer than {SMALL_CELL}" if people < SMALL_CELL else str(people)
        return (
            f"not judged: {shown} qualified people on the smaller side, "
            f"{self.design.min_group} needed"
        )


def _exp_interval(logs: FloatArray) -> tuple[float, float]:
    low, high = percentile_interval(logs)
    return math.exp(float(low)), math.exp(float(high))


def _deviation(logs: FloatArray) -> float:
    """Standard deviation of the defined replicates; NaN for fewer than two."""
    defined = logs[~np.isnan(logs)]
    return float(defined.std(ddof=1)) if len(defined) > 1 else math.nan


def make_scopes(groups_of_jobs: Sequence[str]) -> Scopes:
    """All ads, and each group of ads; an empty name belongs to no group."""
    names = np.array(groups_of_jobs, dtype=np.str_)
    groups = sorted({str(name) for name in names} - {""})
    columns = [np.ones(len(names), dtype=np.bool_), *(names == group for group in groups)]
    return Scopes((OVERALL, *groups), np.stack(columns, axis=1))


def make_design(
    labels: NDArray[np.str_],
    qualified: BoolArray,
    groups_of_jobs: Sequence[str],
    *,
    reference: str = "",
    min_group: int = 20,
    permutations: int = 1000,
    seed: int = 0,
) -> Design:
    """Lay out a comparison.

    Args:
        labels: Shape ``(people,)``; ``""`` where unknown.
        qualified: Shape ``(jobs, people)``.
        groups_of_jobs: Occupation group of every ad; ``""`` for none.
        reference: See ``contrasts_of``.
        min_group: Fewest qualified people on either side for a scope to be judged.
        permutations: Shuffles of the null.
        seed: Of the shuffles.

    Raises:
        MeasureError: If fewer than two values are known, or the reference isn't one of them.
    """
    groups = encode_labels(labels)
    scopes = make_scopes(groups_of_jobs)
    members = groups.indicators()
    people = [members[qualified[mask].any(axis=0)].sum(axis=0) for mask in scopes.membership.T]
    strata = permutation_strata(qualified, groups)
    return Design(
        qualified=qualified,
        groups=groups,
        scopes=scopes,
        contrasts=contrasts_of(groups.values, reference),
        people=np.array(people, dtype=np.int64),
        min_group=min_group,
        null_codes=permuted_codes(groups, strata, permutations, seed),
    )


def estimate_ratios(
    design: Design, rankings: Rankings, k: int, weights: ResampleWeights
) -> RatioTable:
    """R of every contrast and scope in one set of lists.

    Args:
        design: What to compare.
        rankings: The lists, over the ads and people of the design.
        k: Places that count as shown.
        weights: Of the bootstrap; the same for all systems that are compared.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    lists = prepare_lists(rankings, design.qualified, design.groups, k)
    ones = np.ones((1, len(design.groups.codes)))
    selected, pool = weighted_counts(lists, ones)
    every_ad = np.ones((1, len(selected[0])))
    points = _scope_sums(design, selected, pool, every_ad)[:, 0]
    boot = [_logs(design, *chunk) for chunk in resampled_counts(lists, weights)]
    shuffled = permuted_counts(lists, design.null_codes)
    null = [_logs(design, chunk, pool, every_ad) for chunk in shuffled]
    return RatioTable(
        design,
        (*design.scopes.names, MACRO),
        tuple(_point_ratios(design, points, index) for index in range(len(design.contrasts))),
        np.concatenate(boot),
        np.concatenate(null),
    )


def _scope_sums(
    design: Design, selected: FloatArray, pool: FloatArray, ads: FloatArray
) -> FloatArray:
    """Terms of R summed over ads, shape ``(4, resamples, contrasts, scopes)``."""
    terms = stratum_terms(selected, pool, design.sides)
    weighted = ads[:, :, None] * design.scopes.membership
    return np.asarray(terms.transpose(0, 1, 3, 2) @ weighted, dtype=np.float64)


def _logs(design: Design, selected: FloatArray, pool: FloatArray, ads: FloatArray) -> FloatArray:
    """Corrected logs and, last, the macro's: shape ``(resamples, contrasts, scopes + 1)``."""
    logs = corrected_log_ratio(_scope_sums(design, selected, pool, ads))
    judged = design.judged.copy()
    judged[:, 0] = False
    count = judged.sum(axis=1)
    total: FloatArray = np.where(judged, logs, 0.0).sum(axis=2)
    macro = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return np.concatenate([logs, macro[:, :, None]], axis=2)


def _point_ratios(design: Design, sums: FloatArray, index: int) -> tuple[Ratio, ...]:
    """R of one contrast in every scope, and the macro ratio over the judged groups."""
    contrast = design.contrasts[index]
    names = design.scopes.names
    ratios = [ratio_from_sums(sums[:, index, scope], contrast) for scope in range(len(names))]
    judged = {
        names[scope]: ratios[scope] for scope in range(1, len(names)) if design.judged[index, scope]
    }
    return (*ratios, macro_ratio(judged))


def ratio_table(
    rankings: Rankings,
    qualified: BoolArray,
    labels: NDArray[np.str_],
    groups_of_jobs: Sequence[str],
    weights: ResampleWeights,
    *,
    top: int,
    seed: int,
    reference: str = "",
    min_group: int = 20,
) -> RatioTable:
    """R with intervals and nulls from plain arrays: ``make_design`` and ``estimate_ratios``.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        labels: Shape ``(people,)``; ``""`` where unknown.
        groups_of_jobs: Occupation group of every ad; ``""`` for none.
        weights: Of the bootstrap; there are as many permutations as resamples.
        top: Places that count as shown.
        seed: Of the permutations.
        reference: See ``contrasts_of``.
        min_group: Fewest qualified people on either side for a scope to be judged.

    Raises:
        MeasureError: If groups can't be compared, or shapes or lengths don't fit.
    """
    design = make_design(
        labels,
        qualified,
        groups_of_jobs,
        reference=reference,
        min_group=min_group,
        permutations=weights.resamples,
        seed=seed,
    )
    return estimate_ratios(design, rankings, top, weights)
