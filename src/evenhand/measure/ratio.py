"""R, the Mantel-Haenszel ratio of selection rates, over everything that is held fixed around it.

Formula: ``R = (Σ_j a_j M_j / N_j) / (Σ_j b_j F_j / N_j)``; ad j has ``F_j`` qualified people of
the group and ``M_j`` of the reference, ``N_j = F_j + M_j``; its top k holds ``a_j`` and ``b_j`` of
them. Exposure and attention take what places are worth in place of counts. The macro ratio is the
geometric mean of R over groups of ads.
Range: 0 to infinity. 1 is parity; 0 means that nobody of the group was shown. Swapping the sides
gives ``1/R``. Undefined: NaN with a reason where no ad has people of both sides, or nobody of the
reference (or of either side) was shown.
Correction: where a sum is 0, one selection is added, split between the sides by their size:
``W / N`` on both sums with ``W = Σ F_j M_j / N_j``, neutral at R = 1. It feeds ``corrected_log``
(macro, resampling) only; ``value`` is never corrected.
Source: Mantel and Haenszel 1959; Rothman's pooled risk ratio (statsmodels
``StratifiedTable.riskratio_pooled``); the split correction: Sweeting, Sutton and Lambert 2004.

Not the plain pooled ratio (``families.ratios``): that mixes ads of different size and composition.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray
from evenhand.measure.counts import UNKNOWN, Numbers, Selection, divide

REST = "(rest)"
"""The reference that means: everybody else whose value is known."""


def side_in_words(reference: str) -> str:
    """A reference as people read it; values keep brackets of their own."""
    return "rest" if reference == REST else reference


@dataclass(frozen=True, slots=True)
class Contrast:
    """Which group is set against which reference (a value, or ``REST``)."""

    group: str
    reference: str

    def __str__(self) -> str:
        """The contrast in words."""
        return f"{self.group} vs {side_in_words(self.reference)}"


@dataclass(frozen=True, slots=True)
class Ratio:
    """One R."""

    value: float  # R itself; NaN where undefined
    # Natural log of R, with the continuity correction where a sum is 0; NaN only where no ad has
    # people of both sides
    corrected_log: float
    reason: str = ""  # Why the value is 0 or undefined; empty otherwise

    @property
    def log(self) -> float:
        """Natural log of the uncorrected R: 0 is parity, ``-inf`` where R is 0."""
        return -math.inf if self.value == 0 else math.log(self.value)


@dataclass(frozen=True)
class Sides:
    """The two sides of several contrasts as 0/1 columns over groups."""

    group: FloatArray  # Shape ``(groups, contrasts)``
    reference: FloatArray  # Shape ``(groups, contrasts)``; never includes the unknown


def contrasts_of(values: Sequence[str], reference: str = "") -> tuple[Contrast, ...]:
    """The contrasts of an attribute."""
    ordered = sorted(values)
    if len(ordered) < 2:
        raise MeasureError(
            f"groups can't be compared: the only known value is {', '.join(ordered) or 'none'}; "
            "two or more are needed"
        )
    if reference and reference not in ordered:
        raise MeasureError(
            f"the reference {reference!r} is no known value; choose one of {', '.join(ordered)}"
        )
    if reference:
        return tuple(Contrast(value, reference) for value in ordered if value != reference)
    if len(ordered) == 2:
        return (Contrast(ordered[0], ordered[1]),)
    return tuple(Contrast(value, REST) for value in ordered)


def sides_of(groups: Sequence[str], contrasts: Sequence[Contrast]) -> Sides:
    """The sides of contrasts over the columns of a selection."""
    for contrast in contrasts:
        missing = {contrast.group, contrast.reference} - {REST, *groups}
        if missing or UNKNOWN in (contrast.group, contrast.reference):
            raise MeasureError(f"the contrast {contrast} names a group that nobody has")
        if contrast.group == contrast.reference:
            raise MeasureError(f"the contrast {contrast} sets a group against itself")
    group = [[float(name == c.group) for c in contrasts] for name in groups]
    reference = [
        [
            float(name not in (c.group, UNKNOWN) if c.reference == REST else name == c.reference)
            for c in contrasts
        ]
        for name in groups
    ]
    return Sides(np.array(group), np.array(reference))


def stratum_terms(selected: Numbers, pool: Numbers, sides: Sides) -> FloatArray:
    """What each ad adds to the sums of R."""
    group_pool, reference_pool = pool @ sides.group, pool @ sides.reference
    both = group_pool + reference_pool
    informative = (group_pool > 0) & (reference_pool > 0)
    share = np.divide(reference_pool, both, out=np.zeros_like(both), where=informative)
    other = np.divide(group_pool, both, out=np.zeros_like(both), where=informative)
    terms = (
        (selected @ sides.group) * share,
        (selected @ sides.reference) * other,
        group_pool * share,
        both * informative,
    )
    return np.stack(np.broadcast_arrays(*terms))


def corrected_log_ratio(sums: FloatArray) -> FloatArray:
    """Log of R from summed terms, corrected where a sum is 0."""
    numerator, denominator, overlap, people = sums
    one_selection = divide(overlap, people)
    needed = (numerator == 0) | (denominator == 0)
    correction = np.where(needed | np.isnan(one_selection), one_selection, 0.0)
    return np.log(numerator + correction) - np.log(denominator + correction)


def ratio_from_sums(sums: FloatArray, contrast: Contrast) -> Ratio:
    """One R from its four sums, with the reason where it is 0 or undefined."""
    numerator, denominator, overlap, _ = (float(term) for term in sums)
    log = float(corrected_log_ratio(sums))
    if overlap == 0:
        return Ratio(math.nan, math.nan, f"no ad has qualified people of both sides of {contrast}")
    if numerator == 0 and denominator == 0:
        return Ratio(math.nan, log, f"nobody of either side of {contrast} was shown")
    if denominator == 0:
        return Ratio(math.nan, log, f"nobody of the reference of {contrast} was shown")
    reason = "" if numerator else f"nobody of {contrast.group} was shown"
    return Ratio(numerator / denominator, log, reason)


def stratified_ratio(
    amounts: Numbers,
    pool: Numbers,
    groups: Sequence[str],
    contrast: Contrast,
    jobs: BoolArray | None = None,
) -> Ratio:
    """R of any amount shown (counts of people, exposure), stratified by ad."""
    rows = slice(None) if jobs is None else jobs
    terms = stratum_terms(amounts[rows], pool[rows], sides_of(groups, [contrast]))
    return ratio_from_sums(terms.sum(axis=1)[:, 0], contrast)


def mantel_haenszel(
    selection: Selection, contrast: Contrast, jobs: BoolArray | None = None
) -> Ratio:
    """R of one contrast over ads."""
    return stratified_ratio(selection.selected, selection.pool, selection.groups, contrast, jobs)


def macro_ratio(ratios: Mapping[str, Ratio]) -> Ratio:
    """Geometric mean of R over groups of ads."""
    defined = {name: r for name, r in ratios.items() if not math.isnan(r.corrected_log)}
    if not defined:
        return Ratio(math.nan, math.nan, "no group of ads can be compared")
    log = math.fsum(ratio.corrected_log for ratio in defined.values()) / len(defined)
    named = [f"{name}: {ratio.reason}" for name, ratio in ratios.items() if ratio.reason]
    return Ratio(math.exp(log), log, "; ".join(named))
