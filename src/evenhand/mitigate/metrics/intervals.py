"""Intervals of probe figures: a bootstrap that draws subjects and attributes with replacement.

Every subject recurs in many pairs and every attribute in many examples, so examples aren't
independent. Here subjects are drawn within their clusters (among all, where each is its own), and
attributes among all; an example weighs the product of how often its two subjects and its attribute
were drawn (the pigeonhole bootstrap, which is rather too wide than too narrow).

For μ attributes stay, for its maximum is over the list as it is; only subjects are drawn. A maximum
over noise is too large, and once more so in a replicate: replicates are moved down by twice the
excess of their mean over the measured value. Where cells are thin that is not enough, so the lower
end is at most the crossed figure (``crossed``) less the distance from the replicates' median to
their lower end; the upper end is at least the measured μ. The interval is wide, and holds.

Templates stay fixed: there are few, and the interval says nothing about other wordings.
Source: Owen 2007; Efron and Tibshirani 1993 (percentiles, correction of bias).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenhand.errors import MeasureError
from evenhand.measure.bootstrap import percentile_interval
from evenhand.mitigate.metrics.crossed import crossed_intensity
from evenhand.mitigate.metrics.gamma import Cells, IntArray, gamma_table
from evenhand.mitigate.metrics.intensity import bias_intensity
from evenhand.mitigate.metrics.scores import FloatArray

Interval = tuple[float, float]


@dataclass(frozen=True)
class PairSums:
    """Sums of examples by (pair of subjects, attribute).

    Attributes:
        subjects: The two subjects of each pair, the lower number first; shape ``(pairs, 2)``.
        sides: Their clusters, shape ``(pairs, 2)``.
        counts: Examples, shape ``(pairs, attributes)``.
        row: Pair of each example.
        turned: −1 where an example names the pair the other way round, else 1.
    """

    subjects: IntArray
    sides: IntArray
    counts: FloatArray
    row: IntArray
    turned: FloatArray


class SubjectBootstrap:
    """The weights of one bootstrap, used for every figure so that they move together."""

    def __init__(self, cells: Cells, resamples: int, seed: int) -> None:
        if resamples < 1:
            raise MeasureError(f"{resamples} resamples can't give an interval; use 1 or more")
        self.cells, self.seed = cells, seed
        self.pairs = _pair_sums(cells)
        rng = np.random.default_rng([seed, 8])
        self.subject_weights = _draw_subjects(cells, resamples, rng)
        columns = len(cells.attributes)
        self.attribute_weights = _draws(columns, resamples, rng)
        first, second = self.pairs.subjects.T
        self.pair_weights = self.subject_weights[:, first] * self.subject_weights[:, second]

    def mean(self, values: FloatArray) -> Interval:
        """Interval of the mean of a figure that every example has, shape ``(examples,)``."""
        weights = self.attribute_weights
        total = ((self.pair_weights @ self._table(values)) * weights).sum(axis=1)
        count = ((self.pair_weights @ self.pairs.counts) * weights).sum(axis=1)
        undefined = np.full(total.shape, np.nan)
        return _interval(np.divide(total, count, out=undefined, where=count > 0))

    def intensity(self, bias: FloatArray) -> Interval:
        """Interval of μ, from C of every example."""
        sums = self._table(bias * self.pairs.turned)
        measured = float(bias_intensity(gamma_table(bias, self.cells).gamma))
        largest = [self._largest(sums, group) for group in range(len(self.cells.groups))]
        weights = self._group_weights()
        by_group = np.stack(largest, axis=1)
        weights = np.where(np.isnan(by_group), 0.0, weights)
        total, count = (np.nan_to_num(by_group) * weights).sum(axis=1), weights.sum(axis=1)
        undefined = np.full(total.shape, np.nan)
        replicates = np.divide(total, count, out=undefined, where=count > 0)
        if np.isnan(replicates).all():
            return np.nan, np.nan
        moved = replicates - 2.0 * max(0.0, float(np.nanmean(replicates)) - measured)
        low, high = _interval(moved)
        crossed = crossed_intensity(bias, self.cells, seed=self.seed)
        if not np.isnan(crossed):
            low = min(low, crossed - (float(np.nanmedian(moved)) - low))
        return max(0.0, low), min(1.0, max(0.0, high, measured))

    def _table(self, values: FloatArray) -> FloatArray:
        """Sums of ``values`` by pair and attribute."""
        shape = self.pairs.counts.shape
        where = self.pairs.row * shape[1] + self.cells.attribute
        total = np.bincount(where, values, minlength=shape[0] * shape[1])
        return np.asarray(total, dtype=np.float64).reshape(shape)

    def _largest(self, sums: FloatArray, group: int) -> FloatArray:
        """Max over attributes of |γ| of one group, shape ``(resamples,)``."""
        sides = self.pairs.sides
        inside = (sides == group).any(axis=1)
        sign = np.where(sides[inside, 0] == group, 1.0, -1.0)[:, None]
        weights = self._opponents(inside, group)
        total, count = weights @ (sums[inside] * sign), weights @ self.pairs.counts[inside]
        undefined = np.full(total.shape, np.nan)
        gamma = np.divide(total, count, out=undefined, where=count > 0)
        return bias_intensity(gamma[:, None, :])

    def _opponents(self, inside: np.ndarray, group: int) -> FloatArray:
        """Weights of the group's pairs; a subject that is its whole group doesn't weigh itself."""
        sides, subjects = self.pairs.sides[inside], self.pairs.subjects[inside]
        own = sides == group
        if len(np.unique(subjects[own])) > 1:
            return self.pair_weights[:, inside]
        return self.subject_weights[:, subjects[~own]]

    def _group_weights(self) -> FloatArray:
        """How much each group counts in the mean: as drawn, where every group is one subject."""
        groups = len(self.cells.groups)
        members = _members(self.cells)
        if any(len(one) > 1 for one in members):
            return np.ones((len(self.subject_weights), groups))
        return self.subject_weights[:, [int(one[0]) for one in members]]


def _pair_sums(cells: Cells) -> PairSums:
    turned = cells.subjects[:, 0] > cells.subjects[:, 1]
    subjects = np.sort(cells.subjects, axis=1)
    sides = np.where(turned[:, None], cells.sides[:, ::-1], cells.sides)
    pairs, first, row = np.unique(subjects, axis=0, return_index=True, return_inverse=True)
    columns = len(cells.attributes)
    counts = np.bincount(
        row.ravel() * columns + cells.attribute, minlength=len(pairs) * columns
    ).reshape(len(pairs), columns)
    signs = np.where(turned, -1.0, 1.0)
    return PairSums(pairs, sides[first], counts.astype(np.float64), row.ravel(), signs)


def _members(cells: Cells) -> list[IntArray]:
    """Numbers of the subjects of every group."""
    both = np.stack([cells.sides.ravel(), cells.subjects.ravel()], axis=1)
    known = np.unique(both, axis=0)
    return [known[known[:, 0] == group, 1] for group in range(len(cells.groups))]


def _draw_subjects(cells: Cells, resamples: int, rng: np.random.Generator) -> FloatArray:
    """How often each subject was drawn, within its cluster where clusters have several."""
    members = _members(cells)
    if all(len(one) == 1 for one in members):
        members = [np.concatenate(members)]
    weights = np.zeros((resamples, int(cells.subjects.max()) + 1))
    for one in members:
        weights[:, one] = _draws(len(one), resamples, rng)
    return weights


def _draws(size: int, resamples: int, rng: np.random.Generator) -> FloatArray:
    """How often each of ``size`` is drawn in ``size`` draws, shape ``(resamples, size)``."""
    return rng.multinomial(size, np.full(size, 1.0 / size), size=resamples).astype(np.float64)


def _interval(replicates: FloatArray) -> Interval:
    low, high = percentile_interval(replicates)
    return float(low), float(high)
