"""Averages over ads with what luck could have made of them.

An ad has one value of a measure; the figure of a scope is the mean of its ads that have one.
The interval is a percentile bootstrap over ads, people held as they are: it says how far the mean
would move with other ads, not with other people (R and the top-k ratio have intervals for both).
The chance level is the mean's distribution under labels shuffled within qualified pools, and the
p-value, two-sided, ``(1 + #{|m* - c| >= |m - c|}) / (B + 1)`` with c the mean of the m*.

Not a measure: it knows neither groups nor places.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.bootstrap import ResampleWeights, percentile_interval, resampled_means
from evenhand.measure.estimates import Scopes
from evenhand.measure.figure import Figure
from evenhand.measure.permutation import permutation_p

_ALL_ALIKE = "all ads have the same value, so there is no interval over ads"
_ONE_AD = "a single ad has a value, so there is no interval over ads"

_SAME = 1e-9
"""Relative differences below this are rounding."""


@dataclass(frozen=True)
class AdValues:
    """A measure of every ad, as it is and under shuffled labels.

    Attributes:
        observed: Shape ``(jobs, cells)``; NaN where undefined, which leaves the ad out.
        null: Shape ``(shuffles, jobs, cells)``; no shuffles, no chance level.
    """

    observed: FloatArray
    null: FloatArray


def mean_figures(
    template: Figure,
    cells: tuple[str, ...],
    values: AdValues,
    scopes: Scopes,
    weights: ResampleWeights,
    undefined: str,
) -> list[Figure]:
    """One figure a scope and cell: the mean over ads.

    Args:
        template: Measure, attribute, variant and whatever else all figures share.
        cells: Names of the cells.
        values: One value an ad and cell.
        scopes: Sets of ads.
        weights: Of the bootstrap; only those of ads are used.
        undefined: The reason to give where no ad of a scope has a value.
    """
    figures: list[Figure] = []
    for name, members in zip(scopes.names, scopes.membership.T, strict=True):
        inside = np.where(members[:, None], values.observed, np.nan)
        low, high = percentile_interval(resampled_means(inside, weights))
        means, chance = _means(values.observed[members]), _means(values.null[:, members])
        counts = (~np.isnan(inside)).sum(axis=0)
        for index, cell in enumerate(cells):
            ads = int(counts[index])
            one = replace(template, cell=cell, scope=name, value=float(means[index]), n=ads)
            if ads == 0:
                figures.append(replace(one, reason=undefined))
                continue
            if high[index] - low[index] > _SAME * max(1.0, abs(high[index])):
                one = replace(one, interval=(float(low[index]), float(high[index])))
            else:
                one = replace(one, reason=_ALL_ALIKE if ads > 1 else _ONE_AD)
            figures.append(with_chance(one, chance[:, index]))
    return figures


def with_chance(figure: Figure, null: FloatArray) -> Figure:
    """The figure with its chance level and p-value.

    Args:
        figure: The figure.
        null: Its values under shuffled labels, shape ``(shuffles,)``; NaN where undefined.
    """
    defined = null[np.isfinite(null)]
    if not len(defined) or not np.isfinite(figure.value):
        return figure
    low, high = percentile_interval(defined)
    centre = float(defined.mean())
    p_value = permutation_p(np.array(figure.value - centre), defined - centre)
    chance = (float(low), float(high))
    return replace(figure, chance=chance, chance_mean=centre, p_value=float(p_value))


def _means(values: FloatArray) -> FloatArray:
    """Means over the last axis but one of what is defined; NaN where nothing is."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=-2)
    total: FloatArray = np.where(defined, values, 0.0).sum(axis=-2)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
