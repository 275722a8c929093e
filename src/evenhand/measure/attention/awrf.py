"""AWRF: how near the groups' shares of attention are to target shares.

Formula: ``AWRF = 1 - distance(e, t)``; ``e_g`` is the share of g in the attention that an ad's
qualified people of known value get, ``t`` the target. Three choices make the measure, and values
of different choices don't compare (one list gives .99, .88 or .63):
*attention* of place j: ``trec`` 1/log2(max(j, 2)), ``log`` 1/log2(1 + j), ``geometric``
p(1-p)^(j-1);
*target*: ``pool`` (shares among the ad's qualified people), ``uniform`` (over the values among
them), or shares that are given;
*distance*: ``jsd`` Jensen-Shannon divergence, natural log; ``js_distance`` its square root, log 2;
``l1`` half the sum of absolute differences; ``kl`` Kullback-Leibler divergence of e from t.
Range: up to 1 (shares are the target's); down to 1 - ln 2 for ``jsd``, 0 for ``js_distance`` and
``l1``, minus infinity for ``kl``. It has no direction.
Undefined: NaN where no qualified person of known value is shown.
Source: Sapiezynski et al. 2019; TREC Fair Ranking 2021 (``trec``, ``jsd``).

Places keep their number in the list as it was shown: who isn't qualified takes attention away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray
from evenhand.measure.selection import divide

Attention = Literal["trec", "log", "geometric"]
Distance = Literal["jsd", "js_distance", "l1", "kl"]
_ATTENTION_WORDS = {
    "trec": "attention 1/log2(max(place, 2))",
    "log": "attention 1/log2(1 + place)",
    "geometric": "geometric attention",
}
_DISTANCE_WORDS = {
    "jsd": "Jensen-Shannon divergence (natural log)",
    "js_distance": "Jensen-Shannon distance (log 2)",
    "l1": "half the L1 distance",
    "kl": "Kullback-Leibler divergence",
}


@dataclass(frozen=True)
class Variant:
    """The three choices.

    Attributes:
        attention: Of places.
        target: ``pool``, ``uniform``, or one share a value, in their sorted order.
        distance: Between shares.
        patience: The p of geometric attention: the chance to stop at a place.
    """

    attention: Attention = "trec"
    target: Literal["pool", "uniform"] | tuple[float, ...] = "pool"
    distance: Distance = "jsd"
    patience: float = 0.5

    def __str__(self) -> str:
        """The choices in words."""
        attention = _ATTENTION_WORDS[self.attention]
        if self.attention == "geometric":
            attention += f" with p = {self.patience:g}"
        target = self.target if isinstance(self.target, str) else "given shares"
        return f"{attention}, target {target}, {_DISTANCE_WORDS[self.distance]}"

    def attend(self, k: int) -> FloatArray:
        """What places 1 to k are worth."""
        place = np.arange(1, k + 1, dtype=np.float64)
        if self.attention == "trec":
            return 1.0 / np.log2(np.maximum(place, 2.0))
        if self.attention == "log":
            return 1.0 / np.log2(1.0 + place)
        return np.asarray(self.patience * (1.0 - self.patience) ** (place - 1.0), dtype=np.float64)


TREC = Variant()


def awrf(
    shown: NDArray[np.integer], counted: BoolArray, pool: IntArray, variant: Variant = TREC
) -> FloatArray:
    """AWRF of every ad, shape ``(..., jobs)``.

    Args:
        shown: Codes of the people at each place, shape ``(..., jobs, k)``.
        counted: Whether a qualified person of known value stands there, shape ``(jobs, k)``.
        pool: Qualified people of each value, shape ``(jobs, values)``.
        variant: Attention, target and distance.

    Raises:
        MeasureError: If given target shares aren't one a value, 0 or more, and 1 together.
    """
    worth = variant.attend(counted.shape[1]) * counted
    total = worth.sum(axis=1)
    by_value = [
        np.einsum("...jk,jk->...j", shown == value, worth) for value in range(pool.shape[1])
    ]
    if not by_value:
        return np.full((*shown.shape[:-2], len(pool)), np.nan)
    shares = divide(np.stack(by_value, axis=-1), total[:, None])
    distance = distance_between(shares, _target(pool, variant), variant.distance)
    return np.where(total > 0, 1.0 - distance, np.nan)


def distance_between(shares: FloatArray, target: FloatArray, distance: Distance) -> FloatArray:
    """Distance of shares from target shares over the last axis."""
    if distance == "l1":
        return np.asarray(np.abs(shares - target).sum(axis=-1) / 2.0, dtype=np.float64)
    if distance == "kl":
        return _divergence(shares, target)
    middle = (shares + target) / 2.0
    found = np.maximum((_divergence(shares, middle) + _divergence(target, middle)) / 2.0, 0.0)
    return np.sqrt(found / np.log(2.0)) if distance == "js_distance" else found


def _divergence(shares: FloatArray, other: FloatArray) -> FloatArray:
    """Kullback-Leibler divergence over the last axis; infinite where only ``other`` is 0."""
    shares, other = np.broadcast_arrays(shares, other)
    ratio = np.full(shares.shape, np.inf)
    np.divide(shares, other, out=ratio, where=other > 0)
    logs = np.log(ratio, out=np.zeros_like(ratio), where=shares > 0)
    return np.asarray((shares * logs).sum(axis=-1), dtype=np.float64)


def _target(pool: IntArray, variant: Variant) -> FloatArray:
    """Target shares of every ad, shape ``(jobs, values)``."""
    if isinstance(variant.target, str):
        weights = pool if variant.target == "pool" else (pool > 0).astype(np.int64)
        return divide(weights, weights.sum(axis=1, keepdims=True))
    return np.broadcast_to(_given(variant.target, pool.shape[1]), pool.shape)


def _given(target: Sequence[float], values: int) -> FloatArray:
    shares = np.array(target, dtype=np.float64)
    if len(shares) != values or bool((shares < 0).any()) or abs(float(shares.sum()) - 1.0) > 1e-9:
        raise MeasureError(
            f"the target shares {tuple(target)} don't fit {values} values; give one share a value, "
            "0 or more, adding to 1"
        )
    return shares
