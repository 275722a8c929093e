"""Everything that a page compares, held to one error: how often chance alone raises any alarm.

Formula: every *unit* (a table, or the comparisons of an attribute) has a statistic that is large
where something is far from parity, and its values in the same draws of one joint null. Let
``c_u(t)`` be how many of the ``B`` draws and the observed one reach ``t`` in unit u. Then
``p(u, t) = #{draws: min_v c_v <= c_u(t)} / (B + 1)``: how often chance gives a result as rare as
this one *anywhere*. ``reach`` is the largest value of a unit that isn't improbable at the level.
Range: p above 0 to 1; a unit of many cells pays for them itself, so that a table of two groups
isn't drowned by one of fourteen.
Undefined: NaN where a unit has no statistic.
Source: Westfall and Young 1993 (single-step minP); the observed one counts among the draws (Phipson
and Smyth 2010), which makes it exact under the joint null whatever the number of draws.

Families of different draws (people assessed, periods, lists) share the level by ``share``
(Bonferroni). Approximate for what is alike where something else differs, as for every permutation
of all labels at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.bootstrap import LEVEL

Unit = TypeVar("Unit")
_TIE = 1e-9
SHARES = {"people": 4, "strata": 1, "lists": 4, "wording": 1}
"""How families share the error, as parts: what is within periods and jobs, and whether wording goes
together with lists, is second to the rest."""


def share_of(family: str, present: frozenset[str]) -> float:
    """The part of the error that a family gets beside the others that a page has."""
    return SHARES[family] / sum(SHARES[name] for name in {*present, family})


@dataclass(frozen=True, eq=False)
class Together(Generic[Unit]):
    """What is improbable over everything.

    Attributes:
        draws: By unit, ascending: the statistic in every draw and the observed one.
        rarest: Ascending: in how many draws the rarest unit of each draw is as large as there.
        share: Of the error that these units have.
        level: Coverage; the error is 1 - level.
    """

    draws: Mapping[Unit, FloatArray]
    rarest: FloatArray
    share: float
    level: float

    def p_value(self, unit: Unit, statistic: float) -> float:
        """How often chance alone gives something as rare as this anywhere on the page."""
        if math.isnan(statistic) or unit not in self.draws:
            return math.nan
        count = float(_reaching(self.draws[unit], np.array([statistic]))[0])
        as_rare = int(np.searchsorted(self.rarest, count, side="right"))
        return min(1.0, as_rare / len(self.rarest) / self.share)

    def reach(self, unit: Unit) -> float:
        """The largest statistic of a unit that isn't improbable; NaN for an unknown unit.

        A statistic above it, and no other, has a p-value of at most ``1 - level``.
        """
        if unit not in self.draws:
            return math.nan
        allowed = math.floor((1 - self.level) * self.share * len(self.rarest) + _TIE)
        rank = int(self.rarest[allowed]) - 1
        return float(self.draws[unit][-1 - rank]) + _TIE

    def is_unlikely(self, unit: Unit, statistic: float) -> bool:
        """Whether a statistic is above its reach."""
        return unit in self.draws and statistic > self.reach(unit)


def together(
    observed: Mapping[Unit, float],
    null: Mapping[Unit, FloatArray],
    share: float = 1.0,
    level: float = LEVEL,
) -> Together[Unit]:
    """Put units of one joint null together.

    Args:
        observed: The largest statistic of every unit.
        null: By unit, shape ``(draws,)``: the same in every draw.
        share: See ``share_of``.
        level: Coverage.
    """
    both = {unit: np.append(null[unit], observed[unit]) for unit in null}
    draws = {unit: np.sort(values) for unit, values in both.items()}
    counts = [_reaching(draws[unit], values) for unit, values in both.items()]
    rarest = np.sort(np.min(counts, axis=0)) if counts else np.ones(1)
    return Together(draws, rarest, share, level)


def _reaching(ascending: FloatArray, values: FloatArray) -> FloatArray:
    """How many of the draws are at least as large as each value, but for rounding."""
    below = np.searchsorted(ascending, values - _TIE, side="left")
    return (len(ascending) - below).astype(np.float64)
