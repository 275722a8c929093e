"""Two-way bootstrap: how far a figure would move with other people and other ads.

The same people come back in many lists, so neither ads nor (person, ad) pairs are independent: an
interval that resamples ads alone covers far less than it says. Here people *and* ads are drawn
with replacement, each draw as a weight (how often someone was drawn), and a pair weighs the
product; the lists stay as the engine returned them. Ads are drawn within their occupation groups,
which are fixed.

Intervals are percentile intervals. Where single pairs, rather than people or ads, carry most of
the noise the two-way interval is too wide rather than too narrow. The same weights serve every
system that is compared, which makes differences paired.
Source: Owen 2007 (the pigeonhole bootstrap); Efron and Tibshirani 1993 (percentiles).

Not a permutation test: see ``permutation`` for what chance alone does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray, IntArray
from evenhand.measure.recount import Lists, weighted_counts

Over = Literal["both", "people", "ads"]
LEVEL = 0.95
"""Coverage that every two-sided interval aims at."""


@dataclass(frozen=True)
class ResampleWeights:
    """How often everybody and every ad was drawn.

    Attributes:
        people: Shape ``(resamples, people)``.
        ads: Shape ``(resamples, ads)``.
    """

    people: NDArray[np.uint16]
    ads: NDArray[np.uint16]

    @property
    def resamples(self) -> int:
        """Number of resamples."""
        return len(self.people)


def draw_weights(
    people: int, strata: Sequence[str], resamples: int, seed: int, *, over: Over = "both"
) -> ResampleWeights:
    """Draw the weights of a two-way bootstrap.

    Args:
        people: Number of people.
        strata: One name an ad: ads are drawn among those of the same name.
        resamples: How many resamples to draw.
        seed: Same seed, same weights.
        over: Draw people and ads, or hold one of them fixed (weight 1).

    Raises:
        MeasureError: If fewer than one resample is asked for.
    """
    if resamples < 1:
        raise MeasureError(f"{resamples} resamples can't give an interval; use 1 or more")
    rng = np.random.default_rng([seed, 1])
    ads = np.ones((resamples, len(strata)), dtype=np.uint16)
    if over != "people":
        names = np.array(strata, dtype=np.str_)
        for name in np.unique(names):
            members = np.flatnonzero(names == name)
            ads[:, members] = _draws(len(members), resamples, rng)
    if over == "ads":
        return ResampleWeights(np.ones((resamples, people), dtype=np.uint16), ads)
    return ResampleWeights(_draws(people, resamples, rng), ads)


def _draws(size: int, resamples: int, rng: np.random.Generator) -> NDArray[np.uint16]:
    """How often each of ``size`` is drawn in ``size`` draws, shape ``(resamples, size)``."""
    rows = [
        np.bincount(rng.integers(0, size, size), minlength=size).astype(np.uint16)
        for _ in range(resamples if size else 0)
    ]
    return np.stack(rows) if rows else np.zeros((resamples, size), dtype=np.uint16)


def resampled_counts(
    lists: Lists, weights: ResampleWeights
) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """Recount lists under the weights, a chunk of resamples at a time.

    Yields:
        Selected and pool of shape ``(chunk, jobs, groups)`` and the ads' weights ``(chunk, jobs)``.
    """
    step = lists.chunk_size()
    for start in range(0, weights.resamples, step):
        chunk = slice(start, start + step)
        selected, pool = weighted_counts(lists, weights.people[chunk])
        yield selected, pool, weights.ads[chunk].astype(np.float64)


def resampled_means(values: FloatArray, weights: ResampleWeights) -> FloatArray:
    """Means over ads of a value an ad has, under the weights of ads.

    Args:
        values: Shape ``(ads, ...)``; NaN where undefined, which leaves the ad out.
        weights: The weights.

    Returns:
        Shape ``(resamples, ...)``; NaN where no ad with a value was drawn.
    """
    flat = values.reshape(len(values), -1)
    defined = ~np.isnan(flat)
    ads = weights.ads.astype(np.float64)
    drawn = ads @ defined
    sums = ads @ np.where(defined, flat, 0.0)
    means = np.divide(sums, drawn, out=np.full(sums.shape, np.nan), where=drawn > 0)
    return means.reshape(-1, *values.shape[1:])


def percentile_interval(
    replicates: FloatArray, level: float = LEVEL
) -> tuple[FloatArray, FloatArray]:
    """Two-sided percentile interval over the first axis; NaN replicates are left out.

    Returns:
        Low and high, of the shape of one replicate; NaN where every replicate is.
    """
    tail = (1.0 - level) / 2.0
    return lower_bound(replicates, 1.0 - tail), lower_bound(replicates, tail)


def lower_bound(replicates: FloatArray, level: float = LEVEL) -> FloatArray:
    """One-sided percentile bound: ``level`` of the replicates lie above it.

    Args:
        replicates: Shape ``(resamples, ...)``; NaN replicates are left out.
        level: Share of the replicates above the bound.
    """
    ordered = np.sort(replicates, axis=0)
    count = (~np.isnan(ordered)).sum(axis=0)
    place = (1.0 - level) * np.maximum(count - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low = np.take_along_axis(ordered, below[None], axis=0)[0]
    high = np.take_along_axis(ordered, above[None], axis=0)[0]
    return np.asarray(low + (high - low) * (place - below), dtype=np.float64)


def two_sided_p(replicates: FloatArray) -> FloatArray:
    """How unlikely a true value of 0 is, from bootstrap replicates of a difference.

    ``p = min(1, 2 (1 + smaller tail) / (B + 1))``, the tails being the replicates on or beyond 0
    on either side. NaN where every replicate is.
    """
    defined: IntArray = (~np.isnan(replicates)).sum(axis=0)
    tail = np.minimum((replicates <= 0).sum(axis=0), (replicates >= 0).sum(axis=0))
    p = np.minimum(1.0, 2.0 * (1.0 + tail) / (defined + 1.0))
    return np.where(defined > 0, p, np.nan)
