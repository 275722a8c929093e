"""Skew@k: how far a group's share among those shown is from its share of the pool.

Formula: ``Skew_g = ln(share of g among the qualified people in the top k / q_g)``, ``q_g`` the
share of g in the ad's qualified pool (people of unknown value left out of both).
Range: minus infinity to ``-ln q_g``. 0 is proportional; ln 2 is twice the share; ``-inf`` means
that the group is absent from the list.
Undefined: NaN where the list shows no qualified person of known value, or the pool has nobody of
the group.
Smoothing: ``prior`` adds that many people of the pool's own composition to the list, so an absent
group gets a finite value and a proportional list keeps 0. For groups of equal size this is Laplace
smoothing with ``prior / groups`` a group; plain Laplace would push small groups up.
Source: Geyik, Ambler and Kenthapadi 2019 (arXiv 1905.01989), taken within the qualified pool.

It says nothing of order within the top k; NDKL and exposure do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray
from evenhand.measure.selection import Selection, divide


def skew(selection: Selection, *, prior: float = 0.0) -> FloatArray:
    """Skew of every ad and known group, shape ``(jobs, known groups)``.

    Args:
        selection: Counts at the cut of interest.
        prior: People of the pool's composition added to every list; 0 is the plain measure.

    Raises:
        MeasureError: If the prior is negative.
    """
    if prior < 0:
        raise MeasureError(f"the prior of a skew is {prior}; use 0 or more people")
    return skew_of_counts(selection.selected[:, :-1], selection.pool[:, :-1], prior)


def skew_of_counts(
    selected: NDArray[np.number], pool: NDArray[np.number], prior: float = 0.0
) -> FloatArray:
    """Skew from counts of known groups, for lists that are counted again and again.

    Args:
        selected: Shape ``(..., jobs, known groups)``.
        pool: Shape ``(jobs, known groups)``.
        prior: People of the pool's composition added to every list.
    """
    desired = divide(pool, pool.sum(axis=-1, keepdims=True))
    shown = selected.sum(axis=-1, keepdims=True)
    share = divide(selected + prior * desired, shown + prior)
    ratio = np.where(shown > 0, divide(share, desired), np.nan)
    logs = np.full(ratio.shape, -np.inf)
    return np.log(ratio, out=logs, where=ratio != 0)


def absent(selection: Selection) -> BoolArray:
    """Groups with qualified people of whom none is shown, shape ``(jobs, known groups)``."""
    return (selection.selected[:, :-1] == 0) & (selection.pool[:, :-1] > 0)
