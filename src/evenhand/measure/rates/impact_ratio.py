"""Impact ratio: a rate by the benchmark's, of being selected and of not being selected.

Formula: ``IR_g = p_g / p_b``; of not being selected ``(1 - p_g) / (1 - p_b)``; to the rest
``p_g / p_rest`` with everybody else of known cell.
Range: 0 to infinity (to 1 against the benchmark unless a cell may not be it). 1 is parity, 0
means that nobody of the cell was selected. Of *not* being selected, above 1 is worse.
Undefined: NaN where a side is empty or the divisor is 0.
Source: 6 RCNY 5-300; 29 CFR 1607.4(D).

The two ways can disagree: 1 % against 2 % selected is .5 one way and 1.01 the other. Neither says
whether the gap is more than chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.rates.counts import Counts
from evenhand.measure.selection import divide


@dataclass(frozen=True, eq=False)
class ImpactRatios:
    """Ratios of every cell, each of shape ``(cells,)``.

    Attributes:
        selected: To the benchmark's rate.
        not_selected: Of not being selected.
        rest: To the rate of everybody else.
    """

    selected: FloatArray
    not_selected: FloatArray
    rest: FloatArray


def impact_ratios(counts: Counts, benchmark: int | None) -> ImpactRatios:
    """The ratios of every cell.

    Args:
        counts: The table.
        benchmark: Place of the benchmark among the cells; None leaves only the ratio to the rest.
    """
    rates, positive, people = counts.rates, counts.positive, counts.assessed
    rest = divide(positive.sum() - positive, people.sum() - people)
    best = math.nan if benchmark is None else float(rates[benchmark])
    return ImpactRatios(
        divide(rates, np.asarray(best)),
        divide(1 - rates, np.asarray(1 - best)),
        divide(rates, rest),
    )
