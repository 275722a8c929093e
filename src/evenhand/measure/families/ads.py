"""Fairness between single ads: how evenly the engine serves them.

Cards: ``data/measures/ads.toml``.

Intervals are percentiles of a bootstrap over ads. An ad drawn twice is as good as its twin, which
pulls measures of spread down by about one part in the number of ads: in a simulation the nominal 95
% covered 89-94 % with 30 ads, 90-95 % with 100 and 95-97 % with 300. There is no level at random:
an engine that knows nothing serves all ads about equally badly.

The form of PUF is INFERRED: the text of the source (arXiv 2602.02516, section 3) was not at hand,
only the behaviour of its appendix: 0 at equal quality, an inverted parabola over the share of ads
at zero, close to linear in the likeness, 0 where nothing is alike. Confirm it before quoting it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, Rankings
from evenhand.measure.counts import discounts, qualified_hits, top_positions
from evenhand.measure.figure import NO_INTERVAL, Figure
from evenhand.measure.resample import ResampleWeights, check_weights, interval_of


def counted(values: FloatArray, times: FloatArray | None) -> FloatArray:
    """How often every ad counts, shape ``(resamples, ads)``; once for None."""
    if values.ndim != 1 or not len(values) or bool(np.isnan(values).any()):
        raise MeasureError(
            f"values of shape {values.shape} can't be measured; give one number an ad, without NaN"
        )
    if times is None:
        return np.ones((1, len(values)))
    if times.shape[1:] != values.shape:
        raise MeasureError(
            f"there are {len(values)} ads and weights of shape {times.shape}; give one an ad"
        )
    return times


def means(values: FloatArray, times: FloatArray) -> FloatArray:
    """Means under the weights, shape ``(resamples,)``; NaN where nothing was drawn."""
    drawn = times.sum(axis=1)
    empty = np.full(len(drawn), np.nan)
    return np.divide(times @ values, drawn, out=empty, where=drawn > 0)


def pair_differences(values: FloatArray, times: FloatArray) -> FloatArray:
    """``Σ_{u<v} |S_u - S_v|`` under the weights, shape ``(resamples,)``."""
    order = np.argsort(values, kind="stable")
    drawn = times[:, order]
    running = np.cumsum(drawn, axis=1)
    places = 2.0 * running - drawn - running[:, -1:]
    return np.asarray(np.maximum((drawn * places) @ values[order], 0.0), dtype=np.float64)


def standard_deviation(values: FloatArray, times: FloatArray | None = None) -> FloatArray:
    """SD of one value an ad."""
    drawn = counted(values, times)
    centred = values - values.mean()
    variance = means(centred**2, drawn) - means(centred, drawn) ** 2
    return np.sqrt(np.maximum(variance, 0.0))


def gini_jobs(values: FloatArray, times: FloatArray | None = None) -> FloatArray:
    """Gini of one value an ad; arguments and shapes as in ``standard_deviation``."""
    drawn = counted(values, times)
    whole = drawn.sum(axis=1) * (drawn @ values)
    fit = (whole > 0) & bool((values >= 0).all())
    differences = pair_differences(values, drawn)
    return np.divide(differences, whole, out=np.full(len(drawn), np.nan), where=fit)


EPSILON = 0.5


@dataclass(frozen=True)
class AtkinsonParts:
    """Atkinson within and between groups of ads, each of shape ``(resamples,)``."""

    within: FloatArray
    between: FloatArray


def atkinson(
    values: FloatArray, times: FloatArray | None = None, *, epsilon: float = EPSILON
) -> FloatArray:
    """Atkinson of one value an ad."""
    drawn = counted(values, times)
    return _lost(_equal_level(values, drawn, epsilon), means(values, drawn))


def atkinson_parts(
    values: FloatArray, groups: Sequence[str], times: FloatArray | None = None
) -> AtkinsonParts:
    """Atkinson within and between groups of ads: ``1 - A = (1 - within) (1 - between)``."""
    drawn = counted(values, times)
    names = np.array(_one_an_ad(groups, len(values)), dtype=np.str_)
    share = drawn / drawn.sum(axis=1, keepdims=True)
    levels = np.zeros(len(drawn))
    for name in np.unique(names):
        members = names == name
        level = _equal_level(values[members], drawn[:, members], EPSILON)
        levels += share[:, members].sum(axis=1) * np.nan_to_num(level)
    whole = _equal_level(values, drawn, EPSILON)
    return AtkinsonParts(_lost(levels, means(values, drawn)), _lost(whole, levels))


def _one_an_ad(groups: Sequence[str], ads: int) -> Sequence[str]:
    if len(groups) != ads:
        raise MeasureError(f"there are {ads} ads and {len(groups)} groups; give one an ad")
    return groups


def _equal_level(values: FloatArray, times: FloatArray, epsilon: float) -> FloatArray:
    """The level that would do as well for all; NaN where nothing was drawn."""
    if not 0.0 < epsilon < 1.0:
        raise MeasureError(f"Atkinson needs an epsilon between 0 and 1 and got {epsilon}")
    if bool((values < 0).any()):
        return np.full(len(times), np.nan)
    return means(values ** (1.0 - epsilon), times) ** (1.0 / (1.0 - epsilon))


def _lost(level: FloatArray, average: FloatArray) -> FloatArray:
    empty = np.full(level.shape, np.nan)
    kept = np.divide(level, average, out=empty, where=(average > 0) & ~np.isnan(level))
    return np.clip(1.0 - kept, 0.0, 1.0)


def coefficient_of_variation(values: FloatArray, times: FloatArray | None = None) -> FloatArray:
    """CV of one value an ad; arguments and shapes as in ``standard_deviation``."""
    average = means(values, counted(values, times))
    spread = standard_deviation(values, times)
    fit = (average > 0) & bool((values >= 0).all())
    return np.divide(spread, average, out=np.full(spread.shape, np.nan), where=fit)


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


INFERRED = (
    "the form is inferred from the behaviour described in the source's appendix; confirm it "
    "against arXiv 2602.02516, section 3, before quoting the value as PUF"
)
_ROWS = 512


def pairwise_unfairness(values: FloatArray, similarity: FloatArray | float = 1.0) -> float:
    """PUF of one value an ad, in the inferred form."""
    ads = len(values)
    once = counted(values, None)
    check_similarity(similarity, ads)
    return (
        2.0 * float(_sums(values, similarity, once)[0]) / (ads * (ads - 1)) if ads > 1 else math.nan
    )


def resampled_unfairness(
    values: FloatArray, times: FloatArray, similarity: FloatArray | float = 1.0
) -> FloatArray:
    """PUF of resamples of the ads; an ad drawn twice and itself are no pair of ads."""
    drawn = counted(values, times)
    pairs: FloatArray = (drawn.sum(axis=1) ** 2 - (drawn**2).sum(axis=1)) / 2.0
    totals = _sums(values, similarity, drawn)
    return np.divide(totals, pairs, out=np.full(len(drawn), np.nan), where=pairs > 0)


def _sums(values: FloatArray, similarity: FloatArray | float, times: FloatArray) -> FloatArray:
    """``Σ_{u<v} sim |S_u - S_v|`` under the weights; a table in blocks of rows."""
    if isinstance(similarity, float | int):
        return similarity * pair_differences(values, times)
    totals = np.zeros(len(times))
    for start in range(0, len(values), _ROWS):
        rows = slice(start, start + _ROWS)
        block = similarity[rows] * np.abs(values[rows, None] - values)
        totals += np.einsum("ru,ru->r", times[:, rows], times @ block.T)
    return totals / 2.0


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


_ROUNDING = 1e-12
_CELLS = 4_000_000


@dataclass(frozen=True)
class Envy:
    """Envy between ads."""

    mean: float  # Over pairs of different ads (ME)
    largest: float  # Mean over ads of the largest envy (MME)
    share: float  # Share of ads whose largest envy exceeds ``eps`` (PEU)
    ads: int  # Ads with a value


def envy(utility: FloatArray, eps: float = 0.0) -> Envy:
    """Envy between ads."""
    if utility.ndim != 2 or utility.shape[0] != utility.shape[1]:
        raise MeasureError(
            f"the utility table has shape {utility.shape}; give one row and one column an ad"
        )
    kept = ~np.isnan(utility).any(axis=1)
    table = utility[np.ix_(kept, kept)]
    ads = len(table)
    if ads < 2:
        return Envy(math.nan, math.nan, math.nan, ads)
    gains = np.maximum(table - np.diag(table)[:, None], 0.0)
    most = gains.max(axis=1)
    return Envy(
        mean=float(gains.sum() / (ads * (ads - 1))),
        largest=float(most.mean()),
        share=float((most > eps + _ROUNDING).mean()),
        ads=ads,
    )


def list_utility(rankings: Rankings, qualified: BoolArray, k: int) -> FloatArray:
    """What every ad's list is worth to every ad: its nDCG@k by that ad's qualified people."""
    qualified_hits(rankings, qualified, k)
    positions = top_positions(rankings, k)
    worth = np.where(positions >= 0, discounts(positions.shape[1]), 0.0)
    best = np.concatenate([[0.0], np.cumsum(discounts(k))])
    ideal = best[np.minimum(qualified.sum(axis=1), k)]
    step = max(1, _CELLS // max(positions.size, 1))
    rows = [
        np.einsum("ujk,jk->uj", qualified[start : start + step][:, positions], worth)
        for start in range(0, len(qualified), step)
    ]
    gains = np.concatenate(rows) if rows else np.empty((0, 0))
    some = np.broadcast_to(ideal[:, None] > 0, gains.shape)
    return np.divide(gains, ideal[:, None], out=np.full(gains.shape, np.nan), where=some)


Spread = Callable[[FloatArray, FloatArray | None], FloatArray]
SPREADS: Mapping[str, Spread] = {
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
    """The spread of one value an ad (nDCG, say) over ads; NaN leaves an ad out.

    ``groups_of_jobs`` splits Atkinson within and between them; ``similarity``, ``(jobs, jobs)`` in
    0..1, is for PUF (None takes all ads for alike) and ``alike`` says what it means; ``utility`` of
    ``list_utility`` is for envy; ``variant`` says what the values are (``ndcg@50``). Nothing is
    drawn here beyond the weights.
    """
    del seed
    if weights is not None:
        check_weights(weights, len(values))
    kept = ~np.isnan(values)
    some = values[kept]
    times = None if weights is None else weights.ads[:, kept].astype(np.float64)
    measures: dict[tuple[str, str], Spread] = {(key, ""): one for key, one in SPREADS.items()}
    if groups_of_jobs is not None:
        names = np.array(_one_an_ad(groups_of_jobs, len(kept)), dtype=np.str_)[kept].tolist()
        measures["atkinson", "within groups"] = lambda v, t: atkinson_parts(v, names, t).within
        measures["atkinson", "between groups"] = lambda v, t: atkinson_parts(v, names, t).between
    figures = [
        _spread(Figure(key, math.nan, cell=cell, variant=variant), measure, some, times)
        for (key, cell), measure in measures.items()
    ]
    how = "all ads alike" if similarity is None else alike
    words = "; ".join(part for part in (variant, how, "inferred form") if part)
    figures.append(_puf(some, _of(similarity, kept), times, words))
    return figures + ([] if utility is None else envy_figures(utility, variant=variant))


def envy_figures(utility: FloatArray, *, variant: str = "") -> list[Figure]:
    """The three figures of envy between ads."""
    found = envy(utility)
    reason = _FEW if math.isnan(found.mean) else ""
    values = {"envy_mean": found.mean, "envy_max": found.largest, "envy_share": found.share}
    return [
        Figure(key, value, n=found.ads, variant=variant, reason=reason)
        for key, value in values.items()
    ]


def _of(similarity: FloatArray | None, kept: BoolArray) -> FloatArray | None:
    if similarity is None:
        return None
    if similarity.shape != (len(kept), len(kept)):
        raise MeasureError(
            f"there are {len(kept)} ads and a similarity table of shape {similarity.shape}; give "
            "one row and one column an ad"
        )
    return similarity[np.ix_(kept, kept)]


def _spread(
    figure: Figure, measure: Spread, values: FloatArray, times: FloatArray | None
) -> Figure:
    if len(values) < 2:
        return replace(figure, n=len(values), reason=_FEW)
    value = float(measure(values, None)[0])
    return replace(
        figure,
        value=value,
        interval=NO_INTERVAL if times is None else interval_of(measure(values, times)),
        n=len(values),
        reason=_NO_SHARES if math.isnan(value) else "",
    )


def _puf(
    values: FloatArray, similarity: FloatArray | None, times: FloatArray | None, words: str
) -> Figure:
    """PUF; its interval is left out for large tables of similarity."""
    if len(values) < 2:
        return Figure("puf", math.nan, n=0, unit="pairs", variant=words, reason=_FEW)
    alike = 1.0 if similarity is None else similarity
    interval = NO_INTERVAL
    if times is not None and (similarity is None or len(values) <= _TABLE_LIMIT):
        interval = interval_of(resampled_unfairness(values, times, alike))
    return Figure(
        "puf",
        pairwise_unfairness(values, alike),
        interval=interval,
        n=len(values) * (len(values) - 1) // 2,
        unit="pairs",
        variant=words,
        reason=INFERRED,
    )
