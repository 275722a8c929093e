"""PUF: how differently the engine serves ads that are alike. The form is inferred, not quoted.

Formula: ``PUF = 2 / (m (m - 1)) Σ_{u<v} sim(u, v) |S_u - S_v|``, S being the quality of an ad's
list and sim in 0..1 the likeness of two ads.
Range: 0 (ads that are alike are served alike) to about half the range of S.
Trap: the form is INFERRED. The text of the source (arXiv 2602.02516, section 3) wasn't at hand,
only the behaviour that its appendix shows: 0 at equal quality, an inverted parabola over the share
of ads at zero, close to linear in the likeness, 0 where nothing is alike. Confirm it against the
source before quoting a value as PUF. A low value can also mean that few ads are alike.
Undefined: NaN for fewer than two ads.
Source: to be confirmed: arXiv 2602.02516.

A constant likeness is counted by sorting, ``O(m log m)``; a table of likeness in blocks of rows.
"""

from __future__ import annotations

import math

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray
from evenhand.measure.jobs.times import counted, pair_differences

INFERRED = (
    "the form is inferred from the behaviour described in the source's appendix; confirm it "
    "against arXiv 2602.02516, section 3, before quoting the value as PUF"
)
_ROWS = 512


def pairwise_unfairness(values: FloatArray, similarity: FloatArray | float = 1.0) -> float:
    """PUF of one value an ad, in the inferred form.

    Args:
        values: Shape ``(ads,)``, without NaN.
        similarity: Shape ``(ads, ads)``, symmetric, or one number for all pairs; in 0..1.

    Raises:
        MeasureError: If the table isn't square, symmetric, of these ads and in 0..1.
    """
    ads = len(values)
    once = counted(values, None)
    check_similarity(similarity, ads)
    if ads < 2:
        return math.nan
    if isinstance(similarity, float | int):
        total = similarity * float(pair_differences(values, once)[0])
    else:
        total = float(_table_sums(values, similarity, once)[0])
    return 2.0 * total / (ads * (ads - 1))


def resampled_unfairness(
    values: FloatArray, times: FloatArray, similarity: FloatArray | float = 1.0
) -> FloatArray:
    """PUF of resamples of the ads, shape ``(resamples,)``.

    Pairs of an ad with itself, drawn twice, aren't pairs of ads and count neither above nor below
    the line.

    Args:
        values: Shape ``(ads,)``, without NaN.
        times: Shape ``(resamples, ads)``: how often every ad counts.
        similarity: As in ``pairwise_unfairness``.
    """
    drawn = counted(values, times)
    if isinstance(similarity, float | int):
        totals = similarity * pair_differences(values, drawn)
    else:
        totals = _table_sums(values, similarity, drawn)
    pairs: FloatArray = (drawn.sum(axis=1) ** 2 - (drawn**2).sum(axis=1)) / 2.0
    return np.divide(totals, pairs, out=np.full(len(drawn), np.nan), where=pairs > 0)


def check_similarity(similarity: FloatArray | float, ads: int) -> None:
    """Raise a ``MeasureError`` unless the likeness is one number or a symmetric table in 0..1."""
    table = np.asarray(similarity, dtype=np.float64)
    if table.ndim and table.shape != (ads, ads):
        raise MeasureError(
            f"there are {ads} ads and a similarity table of shape {table.shape}; give one row and "
            "one column an ad"
        )
    if bool(np.isnan(table).any()) or bool(((table < 0) | (table > 1)).any()):
        raise MeasureError("the similarity of two ads must be a number from 0 to 1")
    if table.ndim and not np.allclose(table, table.T, rtol=0.0, atol=1e-9):
        raise MeasureError("the similarity table isn't symmetric; give each pair one similarity")


def _table_sums(values: FloatArray, similarity: FloatArray, times: FloatArray) -> FloatArray:
    """``Σ_{u<v} sim |S_u - S_v|`` under the weights, a block of rows at a time."""
    totals = np.zeros(len(times))
    for start in range(0, len(values), _ROWS):
        rows = slice(start, start + _ROWS)
        block = similarity[rows] * np.abs(values[rows, None] - values)
        totals += np.einsum("ru,ru->r", times[:, rows], times @ block.T)
    return totals / 2.0
