"""How an impact ratio changed between two audits: other people, or the same people twice.

Formula: ``C = IR_B / IR_A`` with ``IR = p_g / p_b`` against the same cell b in both. Other people:
``var ln C = Σ (1/x - 1/n)`` over the cell and b in A and B. The same people, with ``p_11`` the
share who are positive in both: ``var ln C = Σ_{g, b} (1/n) (1/p_A + 1/p_B - 2 p_11 / (p_A p_B))``.
Interval: ``exp(ln C ± z sqrt(var))``. p-value: of ``ln C = 0``, normal.
Range: 0 to infinity; 1 is no change, below 1 the ratio fell.
Undefined: NaN with a reason where a cell has no positives in A or B, or isn't there.
Source: delta method on logs of proportions (Katz et al. 1978), covariance of paired proportions as
in McNemar's setting.

Not a statement that either ratio is near parity: only that they differ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import IntArray
from evenhand.measure.figure import NO_INTERVAL
from evenhand.measure.rates.counts import Counts


@dataclass(frozen=True)
class RatioChange:
    """One ratio in two audits.

    Attributes:
        cell: The cell.
        benchmark: What it is set against in both.
        before: Ratio in A.
        after: Ratio in B.
        change: After by before.
        interval: Of the change.
        p_value: That there is no change.
        people: In A and in B; the same people twice where they are paired.
        paired: Whether they are the same people.
        reason: Why there is no change to give; empty otherwise.
    """

    cell: str
    benchmark: str
    before: float = math.nan
    after: float = math.nan
    change: float = math.nan
    interval: tuple[float, float] = NO_INTERVAL
    p_value: float = math.nan
    people: tuple[int, int] = (0, 0)
    paired: bool = False
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Twice:
    """The same people in two audits, by cell.

    Attributes:
        cells: The known values, sorted.
        joint: Shape ``(cells, 2, 2)``: people negative or positive in A (first) and B (second).
    """

    cells: tuple[str, ...]
    joint: IntArray


def ratio_change(
    before: Counts, after: Counts, cell: str, benchmark: str, level: float = 0.95
) -> RatioChange:
    """The change of one ratio between audits of different people.

    Args:
        before: Counts of A.
        after: Counts of B.
        cell: The cell.
        benchmark: What it is set against in both.
        level: Coverage of the interval.

    Raises:
        MeasureError: If a cell is set against itself.
    """
    _refuse_itself(cell, benchmark)
    sides: list[tuple[int, int]] = []
    for counts in (before, after):
        for name in (cell, benchmark):
            if name not in counts.cells:
                return RatioChange(cell, benchmark, reason=f"{name} isn't in both audits")
            place = counts.cells.index(name)
            sides.append((int(counts.positive[place]), int(counts.assessed[place])))
    if min(x for x, _ in sides) == 0:
        return RatioChange(cell, benchmark, reason="a group has nobody selected in one audit")
    variance = sum(1 / x - 1 / n for x, n in sides)
    (a, m), (b, n), (c, o), (d, p) = sides
    ratios = ((a / m) / (b / n), (c / o) / (d / p))
    return _found(cell, benchmark, ratios, variance, (m + n, o + p), level, paired=False)


def paired_ratio_change(
    twice: Twice, cell: str, benchmark: str, level: float = 0.95
) -> RatioChange:
    """The change of one ratio between two audits of the same people.

    Args:
        twice: Joint counts.
        cell: The cell.
        benchmark: What it is set against in both.
        level: Coverage of the interval.

    Raises:
        MeasureError: If a cell is set against itself.
    """
    _refuse_itself(cell, benchmark)
    if not {cell, benchmark} <= set(twice.cells):
        return RatioChange(cell, benchmark, paired=True, reason="a group isn't in both audits")
    joint = twice.joint[[twice.cells.index(name) for name in (cell, benchmark)]].astype(np.float64)
    people = joint.sum(axis=(1, 2))
    before, after = joint[:, 1].sum(axis=1), joint[:, :, 1].sum(axis=1)
    if min(before.min(), after.min()) == 0:
        reason = "a group has nobody selected in one audit"
        return RatioChange(cell, benchmark, paired=True, reason=reason)
    both = joint[:, 1, 1]
    # With counts x in place of shares p the people of a cell cancel: 1/n * 1/p = 1/x.
    variance = float((1 / before + 1 / after - 2 * both / (before * after)).sum())
    rates = np.stack([before, after]) / people
    ratios = (float(rates[0, 0] / rates[0, 1]), float(rates[1, 0] / rates[1, 1]))
    total = int(people.sum())
    return _found(cell, benchmark, ratios, variance, (total, total), level, paired=True)


def _refuse_itself(cell: str, benchmark: str) -> None:
    if cell == benchmark:
        raise MeasureError(f"the cell {cell!r} is compared with itself; name two cells")


def _found(
    cell: str,
    benchmark: str,
    ratios: tuple[float, float],
    variance: float,
    people: tuple[int, int],
    level: float,
    *,
    paired: bool,
) -> RatioChange:
    deviation = math.sqrt(max(variance, 0.0))
    log = math.log(ratios[1] / ratios[0])
    reach = NormalDist().inv_cdf(0.5 + level / 2) * deviation
    distance = abs(log) / deviation if deviation > 0 else (math.inf if log else 0.0)
    return RatioChange(
        cell,
        benchmark,
        ratios[0],
        ratios[1],
        math.exp(log),
        (math.exp(log - reach), math.exp(log + reach)),
        2 * (1 - NormalDist().cdf(distance)),
        people,
        paired,
    )
