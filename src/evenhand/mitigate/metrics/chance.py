"""What bias intensity a model without any preference would show on the same examples.

Formula: μ again and again with the sign of C turned at random, all examples of one pair of subjects
and one attribute together; |C| stays as it was. Reported: mean and 95th percentile of those μ, and
p = (1 + number at least as large as the measured μ) / (flips + 1).
Range: the mean lies between 0 and 1; a measured μ near it says nothing about groups.
Undefined when: there are no examples.
Source: sign-flip test (Fisher 1935).
Not a level to be subtracted: above chance, the maximum is biased less than the mean here says. It
is not independent of the model either: a model whose choices swing more has a higher level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenhand.mitigate.metrics.gamma import Cells, gamma_table
from evenhand.mitigate.metrics.intensity import bias_intensity
from evenhand.mitigate.metrics.scores import FloatArray

_CHUNK_NUMBERS = 4_000_000
"""How many signs are held at once."""


@dataclass(frozen=True, slots=True)
class ChanceLevel:
    """μ under random signs.

    Attributes:
        mean: Mean μ.
        high: 95th percentile.
        p: Share of flips whose μ is at least the measured one.
        flips: How many were drawn.
    """

    mean: float
    high: float
    p: float
    flips: int


def chance_intensity(bias: FloatArray, cells: Cells, *, flips: int, seed: int) -> ChanceLevel:
    """Draw μ under random signs.

    Args:
        bias: C of every example, shape ``(examples,)``.
        cells: Where each example stands.
        flips: How many times the signs are drawn.
        seed: Same seed, same signs.
    """
    table = gamma_table(bias, cells)
    drawn = _flipped_intensities(bias, cells, table.counts, flips, seed)
    measured = float(bias_intensity(table.gamma))
    above = int((drawn >= measured - 1e-12).sum())
    p = (1 + above) / (flips + 1)
    return ChanceLevel(float(drawn.mean()), float(np.quantile(drawn, 0.95)), p, flips)


def _flipped_intensities(
    bias: FloatArray, cells: Cells, counts: np.ndarray, flips: int, seed: int
) -> FloatArray:
    """μ of every flip, shape ``(flips,)``."""
    columns = len(cells.attributes)
    unit = _sign_units(cells)
    units = int(unit.max()) + 1
    # Sums of C of each unit in the cells of both its sides, sorted by cell for reduceat.
    where = (cells.sides * columns + cells.attribute[:, None]).ravel()
    both, values = np.repeat(unit, 2), np.stack([bias, -bias], axis=1).ravel()
    keys, entry = np.unique(where * units + both, return_inverse=True)
    sums = np.bincount(entry, values)
    cell, sign_of = np.divmod(keys, units)
    filled, starts = np.unique(cell, return_index=True)
    divisor = counts.ravel()[filled]
    rng = np.random.default_rng([seed, 7])
    step = max(1, _CHUNK_NUMBERS // len(keys))
    intensities: list[FloatArray] = []
    for start in range(0, flips, step):
        signs = rng.integers(0, 2, (min(step, flips - start), units), dtype=np.int8) * 2 - 1
        gamma = np.full((len(signs), counts.size), np.nan)
        gamma[:, filled] = np.add.reduceat(signs[:, sign_of] * sums, starts, axis=1) / divisor
        intensities.append(bias_intensity(gamma.reshape(len(signs), *counts.shape)))
    return np.concatenate(intensities)


def _sign_units(cells: Cells) -> np.ndarray:
    """Number of the (pair of subjects, attribute) of every example; (x, y) and (y, x) are one."""
    low, high = cells.subjects.min(axis=1), cells.subjects.max(axis=1)
    names = int(high.max()) + 1
    key = (low * names + high) * len(cells.attributes) + cells.attribute
    return np.unique(key, return_inverse=True)[1]
