"""Worst quartile: the mean over the quarter of the ads that the engine serves worst.

Formula: mean of the ``ceil(m / 4)`` lowest values.
Range: that of the values; higher is better.
Trap: an engine that is worse for everybody but the worst quarter looks no worse.
Undefined: for no ads; NaN for resamples that drew none.
Source: Rampisela et al. 2025 (RecSys), who take everybody at or below the 25th percentile: with
ties there that can be all ads, so here it is a quarter of them, rounded up.

Not a percentile: it moves when the worst of all gets worse.
"""

from __future__ import annotations

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.jobs.times import counted


def worst_quartile(values: FloatArray, times: FloatArray | None = None) -> FloatArray:
    """Mean over the worst quarter; arguments and shapes as in ``standard_deviation``."""
    order = np.argsort(values, kind="stable")
    drawn = counted(values, times)[:, order]
    running = np.cumsum(drawn, axis=1)
    quarter = np.ceil(running[:, -1:] / 4.0)
    taken = np.clip(quarter - (running - drawn), 0.0, drawn)
    sums = taken @ values[order]
    size = quarter[:, 0]
    return np.divide(sums, size, out=np.full(sums.shape, np.nan), where=size > 0)
