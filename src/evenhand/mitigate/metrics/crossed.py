"""Bias intensity without reward for noise: the attribute is chosen on one half, read on the other.

Formula: pairs of subjects are put into two halves at random; a*(x) = the attribute of the largest
|γ(x, a)| in one half, with its sign there; the figure is the mean over x of that sign times
γ(x, a*) in the other half, both ways round, averaged over many halvings.
Range: −1 to 1. About 0 for a model without preference, whatever the number of examples; below μ of
an endless sample (the choice of a* can be wrong), which lies between this figure and the plain μ.
Undefined when: no group has an attribute in both halves.
Source: sample splitting (Cox 1975).
Not UnQover's μ, which stands beside it: that one grows as examples become fewer.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from evenhand.mitigate.metrics.gamma import Cells, gamma_table
from evenhand.mitigate.metrics.scores import FloatArray

HALVINGS = 20
"""How many times pairs are put into halves."""


def crossed_intensity(bias: FloatArray, cells: Cells, *, seed: int) -> float:
    """The figure from C of every example.

    Args:
        bias: C, shape ``(examples,)``.
        cells: Where each example stands.
        seed: Same seed, same halves.
    """
    rng = np.random.default_rng([seed, 9])
    ordered = np.sort(cells.subjects, axis=1)
    key = ordered[:, 0] * (int(ordered.max()) + 1) + ordered[:, 1]
    pair = np.unique(key, return_inverse=True)[1]
    count = int(pair.max()) + 1
    read: list[float] = []
    for _ in range(HALVINGS):
        half = (rng.permutation(count) % 2 == 0)[pair]
        tables = [_gamma(bias, cells, side) for side in (half, ~half)]
        read += [_read(tables[0], tables[1]), _read(tables[1], tables[0])]
    defined = [value for value in read if not np.isnan(value)]
    return float(np.mean(defined)) if defined else float("nan")


def _gamma(bias: FloatArray, cells: Cells, kept: np.ndarray) -> FloatArray:
    """γ of some of the examples, shape ``(groups, attributes)``."""
    some = dataclasses.replace(
        cells,
        sides=cells.sides[kept],
        subjects=cells.subjects[kept],
        attribute=cells.attribute[kept],
    )
    return gamma_table(bias[kept], some).gamma


def _read(chosen_on: FloatArray, read_on: FloatArray) -> float:
    """Mean over groups of γ at the attribute that the other half chose, with its sign."""
    both = ~np.isnan(chosen_on) & ~np.isnan(read_on)
    groups = both.any(axis=1)
    if not groups.any():
        return float("nan")
    best = np.where(both, np.abs(chosen_on), -1.0).argmax(axis=1)[groups]
    rows = np.flatnonzero(groups)
    return float((np.sign(chosen_on[rows, best]) * read_on[rows, best]).mean())
