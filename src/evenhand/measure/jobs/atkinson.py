"""Atkinson: the share of all quality that unevenness over ads costs, and its two parts.

Formula: ``A = 1 - e / mean S`` with ``e = (mean S^(1-ε))^(1/(1-ε))``, the level that would do as
well if every ad had it; ε = 0.5. Over groups of ads with shares p_g:
``1 - A = (1 - within) (1 - between)``, ``within = 1 - Σ p_g e_g / mean S`` and
``between = 1 - e / Σ p_g e_g``, which holds exactly.
Range: 0 (every ad is served alike) to 1 (and at most ``1 - 1/m`` for ε = 0.5).
Trap: ε is a choice, and values for other ε can't be compared; scale-free, so nothing of the level.
Undefined: NaN where the mean is 0 or a value is negative.
Source: Atkinson 1970; the parts Blackorby, Donaldson and Auersperg 1981, as used by Rampisela et
al. 2025 (RecSys).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray
from evenhand.measure.jobs.times import counted, means

EPSILON = 0.5


@dataclass(frozen=True)
class AtkinsonParts:
    """Atkinson within and between groups of ads, each of shape ``(resamples,)``."""

    within: FloatArray
    between: FloatArray


def atkinson(
    values: FloatArray, times: FloatArray | None = None, *, epsilon: float = EPSILON
) -> FloatArray:
    """Atkinson of one value an ad.

    Args:
        values: Shape ``(ads,)``, without NaN.
        times: Shape ``(resamples, ads)``: how often every ad counts; None for once.
        epsilon: Aversion to unevenness, between 0 and 1.

    Returns:
        Shape ``(resamples,)``; one number for None.

    Raises:
        MeasureError: If epsilon isn't between 0 and 1.
    """
    drawn = counted(values, times)
    level = _equal_level(values, drawn, epsilon)
    return _lost(level, means(values, drawn))


def atkinson_parts(
    values: FloatArray,
    groups: Sequence[str],
    times: FloatArray | None = None,
    *,
    epsilon: float = EPSILON,
) -> AtkinsonParts:
    """Atkinson within and between groups of ads.

    Args:
        values: Shape ``(ads,)``, without NaN.
        groups: One name an ad.
        times: Shape ``(resamples, ads)``: how often every ad counts; None for once.
        epsilon: Aversion to unevenness, between 0 and 1.

    Raises:
        MeasureError: If there isn't one name an ad, or epsilon isn't between 0 and 1.
    """
    drawn = counted(values, times)
    if len(groups) != len(values):
        raise MeasureError(f"there are {len(values)} ads and {len(groups)} groups; give one an ad")
    names = np.array(groups, dtype=np.str_)
    share = drawn / drawn.sum(axis=1, keepdims=True)
    levels = np.zeros(len(drawn))
    for name in np.unique(names):
        members = names == name
        level = _equal_level(values[members], drawn[:, members], epsilon)
        levels += share[:, members].sum(axis=1) * np.nan_to_num(level)
    whole = _equal_level(values, drawn, epsilon)
    return AtkinsonParts(_lost(levels, means(values, drawn)), _lost(whole, levels))


def _equal_level(values: FloatArray, times: FloatArray, epsilon: float) -> FloatArray:
    """The level that would do as well for all; NaN where nothing was drawn."""
    if not 0.0 < epsilon < 1.0:
        raise MeasureError(f"Atkinson needs an epsilon between 0 and 1 and got {epsilon}")
    if bool((values < 0).any()):
        return np.full(len(times), np.nan)
    return means(values ** (1.0 - epsilon), times) ** (1.0 / (1.0 - epsilon))


def _lost(level: FloatArray, average: FloatArray) -> FloatArray:
    empty = np.full(level.shape, np.nan)
    kept = np.divide(level, average, out=empty, where=(average > 0) & ~np.isnan(level))
    return np.clip(1.0 - kept, 0.0, 1.0)
