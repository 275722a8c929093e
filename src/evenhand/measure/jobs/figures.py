"""How unevenly an engine serves the single ads, as figures.

Intervals are percentiles of a bootstrap over ads. An ad drawn twice is as good as its twin, which
pulls measures of spread down by about one part in the number of ads: in a simulation the nominal
95 % covered 89-94 % with 30 ads, 90-95 % with 100 and 95-97 % with 300. There is no level at
random here: an engine that knows nothing serves all ads about equally badly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray
from evenhand.measure.bootstrap import ResampleWeights, percentile_interval
from evenhand.measure.figure import NO_INTERVAL, Figure
from evenhand.measure.jobs.atkinson import atkinson, atkinson_parts
from evenhand.measure.jobs.coefficient_of_variation import coefficient_of_variation
from evenhand.measure.jobs.envy import envy
from evenhand.measure.jobs.gini_jobs import gini_jobs
from evenhand.measure.jobs.puf import INFERRED, pairwise_unfairness, resampled_unfairness
from evenhand.measure.jobs.standard_deviation import standard_deviation
from evenhand.measure.jobs.worst_quartile import worst_quartile
from evenhand.measure.mean_interval import check_weights

SPREADS: Mapping[str, Callable[[FloatArray, FloatArray | None], FloatArray]] = {
    "standard_deviation": standard_deviation,
    "gini_jobs": gini_jobs,
    "atkinson": atkinson,
    "coefficient_of_variation": coefficient_of_variation,
    "worst_quartile": worst_quartile,
}
"""By key, in the order of reports."""

_TABLE_LIMIT = 2_000
"""Ads up to which PUF with a table of similarity is resampled."""
_FEW = "fewer than two ads have a value"
_NO_SHARES = "the mean over ads is 0 or a value is negative, so there is nothing to share out"


def job_figures(
    values: FloatArray,
    *,
    groups_of_jobs: Sequence[str] | None = None,
    weights: ResampleWeights | None = None,
    similarity: FloatArray | None = None,
    utility: FloatArray | None = None,
    alike: str = "with similarity",
    seed: int = 0,
    variant: str = "",
) -> list[Figure]:
    """The spread of one value an ad (nDCG, say) over ads.

    Args:
        values: Shape ``(jobs,)``; NaN where undefined, which leaves the ad out.
        groups_of_jobs: One name an ad, for the split within and between groups; None for no split.
        weights: Of the bootstrap over ads, for intervals; None for no intervals.
        similarity: Shape ``(jobs, jobs)`` in 0..1, for PUF; None takes all ads for alike.
        alike: What the similarity means, for the variant of PUF.
        utility: Shape ``(jobs, jobs)``, see ``envy.list_utility``, for envy; None for no envy.
        seed: Not used: nothing here is drawn beyond the weights.
        variant: What the values are (``ndcg@50``).

    Raises:
        MeasureError: If shapes don't belong together.
    """
    del seed
    if weights is not None:
        check_weights(weights, len(values))
    kept = ~np.isnan(values)
    some = values[kept]
    times = None if weights is None else weights.ads[:, kept].astype(np.float64)
    figures = [_spread(key, some, times, variant) for key in SPREADS]
    if groups_of_jobs is not None:
        figures.extend(_parts(some, _names(groups_of_jobs, kept), times, variant))
    how = "all ads alike" if similarity is None else alike
    words = "; ".join(part for part in (variant, how, "inferred form") if part)
    figures.append(_pairs(some, _of(similarity, kept), times, words))
    return figures + ([] if utility is None else envy_figures(utility, variant=variant))


def envy_figures(utility: FloatArray, *, variant: str = "") -> list[Figure]:
    """The three figures of envy between ads.

    Args:
        utility: Shape ``(jobs, jobs)``, see ``envy.list_utility``.
        variant: What the utilities are.
    """
    found = envy(utility)
    reason = _FEW if math.isnan(found.mean) else ""
    return [
        Figure(key, value, n=found.ads, variant=variant, reason=reason)
        for key, value in (
            ("envy_mean", found.mean),
            ("envy_max", found.largest),
            ("envy_share", found.share),
        )
    ]


def _names(groups: Sequence[str], kept: BoolArray) -> list[str]:
    if len(groups) != len(kept):
        raise MeasureError(f"there are {len(kept)} ads and {len(groups)} groups; give one an ad")
    return [name for name, keep in zip(groups, kept.tolist(), strict=True) if keep]


def _of(similarity: FloatArray | None, kept: BoolArray) -> FloatArray | None:
    if similarity is None:
        return None
    if similarity.shape != (len(kept), len(kept)):
        raise MeasureError(
            f"there are {len(kept)} ads and a similarity table of shape {similarity.shape}; give "
            "one row and one column an ad"
        )
    return similarity[np.ix_(kept, kept)]


def _spread(key: str, values: FloatArray, times: FloatArray | None, variant: str) -> Figure:
    if len(values) < 2:
        return Figure(key, math.nan, n=len(values), variant=variant, reason=_FEW)
    value = float(SPREADS[key](values, None)[0])
    interval = NO_INTERVAL if times is None else _bounds(SPREADS[key](values, times))
    reason = _NO_SHARES if math.isnan(value) else ""
    return Figure(key, value, interval=interval, n=len(values), variant=variant, reason=reason)


def _parts(
    values: FloatArray, groups: Sequence[str], times: FloatArray | None, variant: str
) -> list[Figure]:
    """Atkinson within and between groups of ads."""
    cells = ("within groups", "between groups")
    if len(values) < 2:
        return [
            Figure("atkinson", math.nan, cell=cell, n=len(values), variant=variant, reason=_FEW)
            for cell in cells
        ]
    found = atkinson_parts(values, groups)
    drawn = None if times is None else atkinson_parts(values, groups, times)
    figures: list[Figure] = []
    for cell, part in zip(cells, ("within", "between"), strict=True):
        value = float(getattr(found, part)[0])
        figures.append(
            Figure(
                "atkinson",
                value,
                cell=cell,
                interval=NO_INTERVAL if drawn is None else _bounds(getattr(drawn, part)),
                n=len(values),
                variant=variant,
                reason=_NO_SHARES if math.isnan(value) else "",
            )
        )
    return figures


def _pairs(
    values: FloatArray, similarity: FloatArray | None, times: FloatArray | None, words: str
) -> Figure:
    """PUF; its interval is left out for large tables of similarity."""
    if len(values) < 2:
        return Figure("puf", math.nan, n=0, unit="pairs", variant=words, reason=_FEW)
    alike = 1.0 if similarity is None else similarity
    heavy = similarity is not None and len(values) > _TABLE_LIMIT
    interval = NO_INTERVAL
    if times is not None and not heavy:
        interval = _bounds(resampled_unfairness(values, times, alike))
    return Figure(
        "puf",
        pairwise_unfairness(values, alike),
        interval=interval,
        n=len(values) * (len(values) - 1) // 2,
        unit="pairs",
        variant=words,
        reason=INFERRED,
    )


def _bounds(replicates: FloatArray) -> tuple[float, float]:
    low, high = percentile_interval(replicates)
    return float(low), float(high)
