"""Measures of exposure: how much attention the places of lists give to groups and people.

Measures that are blind to merit (parity of exposure, AWRF, favoured pairs) are taken within an ad's
qualified pool. Those that have merit in their formula (treatment, impact, expected exposure,
pairwise accuracy, equity of attention) look at everybody, qualified or not: within the qualified
pool a yes-or-no relevance would make them say what parity of exposure says already. Their chance
level shuffles labels among the people qualified for no ad too. Cards:
``data/measures/attention.toml``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.counts import (
    Codes,
    Labels,
    Prefixes,
    Relevance,
    Scopes,
    discounts,
    divide,
    qualified_hits,
    top_positions,
)
from evenhand.measure.figure import Figure
from evenhand.measure.resample import ResampleWeights, mean_figures, permutation_p
from evenhand.measure.study import (
    AdMeasure,
    Attended,
    Case,
    attend,
    exp_interval,
    relabelled_logs,
    resampled_logs,
)

MEASURES = (
    "exposure_parity disparate_treatment disparate_impact awrf favoured_pairs pairwise_accuracy "
    "expected_exposure_loss expected_exposure_disparity expected_exposure_relevance"
).split()
NO_UTILITY = "utility is 0: no ad has relevant people"
_CHUNK = 50
"""Shuffles that are counted at once."""


def treatment(rankings: Rankings, relevance: Relevance, labels: Labels, k: int) -> Attended:
    """Attention set against relevance; ``.ratio(contrast)`` is DTR (Singh and Joachims 2018)."""
    everybody = np.ones(relevance.shape, dtype=np.bool_)
    return attend(rankings, everybody, discounts(k), relevance, labels, NO_UTILITY)


def impact(
    rankings: Rankings,
    relevance: Relevance,
    labels: Labels,
    k: int,
    click_rates: FloatArray | None = None,
) -> Attended:
    """Earnings set against relevance; ``.ratio(contrast)`` is DIR."""
    positions = top_positions(rankings, k)
    everybody = np.ones(relevance.shape, dtype=np.bool_)
    if click_rates is None:
        rows = np.arange(len(positions))[:, None]
        worth = discounts(positions.shape[1]) * relevance[rows, positions]
    elif click_rates.shape != positions.shape:
        raise MeasureError(
            f"there are lists of shape {positions.shape} and click rates of shape "
            f"{click_rates.shape}; give one rate a place"
        )
    else:
        worth = click_rates
    return attend(rankings, everybody, worth, relevance, labels, NO_UTILITY)


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
    """The three choices."""

    attention: Attention = "trec"  # Of places
    target: Literal["pool", "uniform"] | tuple[float, ...] = "pool"  # Or one share a value
    distance: Distance = "jsd"  # Between shares
    patience: float = 0.5  # The p of geometric attention: the chance to stop at a place

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


def awrf(shown: Codes, counted: BoolArray, pool: IntArray, variant: Variant = TREC) -> FloatArray:
    """AWRF of every ad, shape ``(..., jobs)``."""
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
    given = variant.target
    if isinstance(given, str):
        weights = pool if given == "pool" else (pool > 0).astype(np.int64)
        return divide(weights, weights.sum(axis=1, keepdims=True))
    shares = np.array(given, dtype=np.float64)
    wrong = bool((shares < 0).any()) or abs(float(shares.sum()) - 1.0) > 1e-9
    if len(shares) != pool.shape[1] or wrong:
        raise MeasureError(
            f"the target shares {given} don't fit {pool.shape[1]} values; give one share a value, "
            "0 or more, adding to 1"
        )
    return np.broadcast_to(shares, pool.shape)


def favoured_pairs(prefixes: Prefixes) -> FloatArray:
    """Share of mixed pairs that favour each group, shape ``(..., jobs, values)``.

    The n-th of a group, at place r, is above all others but those ``r - n`` who stand higher.
    """
    selected, pool = prefixes.selected, prefixes.pool.astype(np.float64)
    others = pool.sum(axis=1, keepdims=True) - pool
    # The sum of a group's places r, from its people in the first 1, 2, ... places.
    places = (prefixes.place[-1:].sum() + 1) * selected - prefixes.counts.sum(axis=-2)
    above = selected * others - places + selected * (selected + 1.0) / 2.0
    others_shown = selected.sum(axis=-1, keepdims=True) - selected
    undecided = (pool - selected) * (others - others_shown)
    return divide(above + undecided / 2.0, pool * others)


def pairwise_accuracy(
    rankings: Rankings, relevance: Relevance, codes: Codes, values: int, k: int
) -> FloatArray:
    """Accuracy of each group's relevant people, shape ``(..., jobs, values)``."""
    relevant = relevance > 0
    hits = qualified_hits(rankings, relevant, k)
    positions = top_positions(rankings, k)
    wrong = ((positions >= 0) & ~hits).cumsum(axis=1)
    irrelevant = (~relevant).sum(axis=1)
    below = (irrelevant[:, None] - wrong) * hits
    shown = codes[..., np.where(hits, positions, 0)]
    unseen = irrelevant - (wrong[:, -1] if wrong.shape[1] else 0)
    found: list[FloatArray] = []
    for value in range(values):
        people = (codes == value).astype(np.float64) @ relevant.T
        above = np.einsum("...jk,jk->...j", shown == value, below)
        seen = np.einsum("...jk,jk->...j", shown == value, hits.astype(np.float64))
        found.append(divide(above + (people - seen) * unseen / 2.0, people * irrelevant))
    return np.stack(found, axis=-1)


@dataclass(frozen=True)
class ExpectedExposure:
    """The three parts, each of shape ``(..., jobs)``."""

    loss: FloatArray  # EE-L; less is nearer to the target
    disparity: FloatArray  # EE-D; less is more evenly spread
    relevance: FloatArray  # EE-R; more goes to those who deserve it


_PARTS: Mapping[str, Callable[[ExpectedExposure], FloatArray]] = {
    "loss": lambda found: found.loss[..., None],
    "disparity": lambda found: found.disparity[..., None],
    "relevance": lambda found: found.relevance[..., None],
}
_NOBODY_RELEVANT = "nobody is relevant for any ad"


def expected_exposure(exposure: FloatArray, target: FloatArray) -> ExpectedExposure:
    """The three parts from exposures and targets, by person or by group."""
    defined = np.where(np.isnan(target).any(axis=-1), np.nan, 1.0)
    return ExpectedExposure(
        ((exposure - target) ** 2).sum(axis=-1) * defined,
        (exposure**2).sum(axis=-1) * defined,
        (exposure * target).sum(axis=-1) * defined,
    )


def exposure_of_people(rankings: Rankings, k: int) -> FloatArray:
    """Attention that everybody gets from every ad, shape ``(jobs, people)``."""
    shape = (len(rankings.query_ids), len(rankings.candidate_ids))
    hits = qualified_hits(rankings, np.ones(shape, dtype=np.bool_), k)
    positions = top_positions(rankings, k)
    exposure = np.zeros(shape)
    rows, places = np.nonzero(hits)
    exposure[rows, positions[rows, places]] = discounts(positions.shape[1])[places]
    return exposure


def target_of_people(relevance: Relevance, k: int) -> FloatArray:
    """Equal attention for equal relevance, ``(jobs, people)``; NaN where nobody is relevant."""
    people = relevance.shape[1]
    places = min(k, people)
    given = np.concatenate([[0.0], np.cumsum(discounts(places)), np.zeros(people - places)])
    given[places + 1 :] = given[places]
    target = np.empty(relevance.shape)
    for row, grades in enumerate(relevance):
        if grades.any():
            _, level, sizes = np.unique(grades, return_inverse=True, return_counts=True)
            last = people - np.concatenate([[0], np.cumsum(sizes)[:-1]])
            target[row] = ((given[last] - given[last - sizes]) / sizes)[level]
        else:
            target[row] = np.nan
    return target


@dataclass(frozen=True)
class Equity:
    """Inequity of amortised attention."""

    surplus: FloatArray  # Shape ``(jobs, people)``: attention less relevance; 0 in lists left out
    used: BoolArray  # Shape ``(jobs,)``: lists that aren't

    @property
    def value(self) -> float:
        """IAA over all lists; NaN where undefined."""
        return self.over(np.ones(len(self.used), dtype=np.bool_))[0]

    @property
    def share(self) -> float:
        """IAA over its greatest value, 2 a list; NaN where undefined."""
        return self.over(np.ones(len(self.used), dtype=np.bool_))[1]

    def over(self, jobs: BoolArray) -> tuple[float, float, int]:
        """IAA, its share of the greatest value, and the lists that it is summed over."""
        lists = int((self.used & jobs).sum())
        if not lists:
            return float("nan"), float("nan"), 0
        value = float(np.abs(self.surplus[jobs].sum(axis=0)).sum())
        return value, value / (2 * lists), lists


def equity_of_attention(rankings: Rankings, relevance: Relevance, k: int) -> Equity:
    """IAA over all lists."""
    attention = exposure_of_people(rankings, k)
    deserved = relevance.astype(np.float64)
    given, owed = attention.sum(axis=1, keepdims=True), deserved.sum(axis=1, keepdims=True)
    used = (given > 0) & (owed > 0)
    surplus = np.zeros(attention.shape)
    np.divide(attention, given, out=surplus, where=used)
    surplus -= np.divide(deserved, owed, out=np.zeros_like(deserved), where=used)
    return Equity(surplus, used[:, 0])


def exposure_figures(case: Case, relevance: Relevance | None = None) -> list[Figure]:
    """Every exposure measure of one attribute, or the reason why groups can't be compared.

    ``relevance`` holds grades from 0 up, qualified or not by default.
    """
    merit, rankings = _merit(case.design.qualified, relevance), case.rankings
    everybody = replace(case, design=replace(case.design, null_codes=_shuffle_the_rest(case)))
    given = rankings, merit, case.design.labels, case.k
    return case.not_comparable(MEASURES) or [
        *_ratio_figures(case, "exposure_parity", case.exposure),
        *_ratio_figures(everybody, "disparate_treatment", treatment(*given)),
        *_ratio_figures(everybody, "disparate_impact", impact(*given)),
        *_averaged_figures(case, everybody, rankings, merit),
    ]


def _merit(qualified: BoolArray, relevance: Relevance | None) -> Relevance:
    if relevance is None:
        return qualified
    if relevance.shape != qualified.shape or bool((relevance < 0).any()):
        raise MeasureError(
            f"relevance must be 0 or more and of shape {qualified.shape}, like the qualification "
            f"table; it has shape {relevance.shape}"
        )
    return relevance


def _shuffle_the_rest(case: Case) -> NDArray[np.int16]:
    """The shuffled labels, with those of people who are qualified for no ad shuffled as well."""
    design = case.design
    known = design.groups.codes < len(design.groups.values)
    rest = np.flatnonzero(known & ~design.qualified.any(axis=0))
    codes = case.null_codes.copy()
    rng = np.random.default_rng([case.seed, 6])
    codes[:, rest] = rng.permuted(codes[:, rest], axis=1)
    return codes


def _ratio_figures(case: Case, measure: str, attended: Attended) -> list[Figure]:
    """A ratio of attention: every contrast and scope."""
    design, scopes = case.design, case.scopes.membership
    drawn = resampled_logs(attended, case.weights, design.sides, scopes)
    null = relabelled_logs(attended, case.null_codes, design.sides, scopes)
    figures: list[Figure] = []
    for index, scope, cell, name in case.cells():
        ratio = attended.ratio(design.contrasts[index], scopes[:, scope])
        figure = replace(
            case.figure(measure),
            cell=cell,
            scope=name,
            value=ratio.value,
            n=int(scopes[:, scope].sum()),
            reason=ratio.reason,
        )
        if not math.isnan(ratio.value):
            logs = null[:, index, scope]
            defined = logs[~np.isnan(logs)]
            figure = replace(
                figure,
                chance=exp_interval(logs),
                chance_mean=math.exp(float(defined.mean())) if len(defined) else math.nan,
                p_value=float(permutation_p(np.array(ratio.corrected_log), logs)),
            )
        if ratio.value > 0:  # No interval where a side gets no attention at all.
            figure = replace(figure, interval=exp_interval(drawn[:, index, scope]))
        figures.append(figure)
    return figures


def _averaged_figures(
    case: Case, everybody: Case, rankings: Rankings, merit: Relevance
) -> list[Figure]:
    """The mean over ads of every measure that has one value an ad.

    Labels are shuffled within qualified pools in ``case``, and in ``everybody`` those of people
    qualified for no ad as well.
    """
    design, k = case.design, case.k
    values, contrasts = design.groups.values, design.contrasts
    columns = [values.index(contrast.group) for contrast in contrasts]
    prefixes = case.prefixes
    favoured = AdMeasure[Prefixes](
        "favoured_pairs",
        "",
        tuple(str(contrast) for contrast in contrasts),
        lambda found: favoured_pairs(found)[..., columns],
        "no ad has qualified people of both sides",
    )
    accuracy = AdMeasure[Codes](
        "pairwise_accuracy",
        "",
        values,
        lambda codes: pairwise_accuracy(rankings, merit, codes, len(values), k),
        "no ad has both relevant people of the group and people who aren't relevant",
    )
    return [
        *case.averaged([_awrf_measure(case)], lambda codes: codes, _CHUNK),
        *case.averaged([favoured], prefixes.under, prefixes.chunk_size()),
        *everybody.averaged([accuracy], lambda codes: codes, _CHUNK),
        *_expected_figures(everybody, rankings, merit),
    ]


def _awrf_measure(case: Case) -> AdMeasure[Codes]:
    """AWRF with the choices of TREC 2021."""
    lists, groups = case.lists, case.design.groups
    counted = lists.hits & (groups.codes[lists.positions] < len(groups.values))
    positions = np.where(counted, lists.positions, 0)
    pool = lists.sums[1][:, :-1].round().astype(np.int64)
    return AdMeasure(
        "awrf",
        f", {TREC}",
        ("",),
        lambda codes: awrf(codes[..., positions], counted, pool, TREC)[..., None],
        "no list shows a qualified person of known value",
    )


def _expected_figures(case: Case, rankings: Rankings, merit: Relevance) -> list[Figure]:
    """The three parts of expected exposure, by group."""
    target = target_of_people(merit, case.k)
    counted = qualified_hits(rankings, np.ones_like(case.design.qualified), case.k)
    positions = np.where(counted, top_positions(rankings, case.k), 0)
    worth = discounts(positions.shape[1]) * counted
    values = range(len(case.design.groups.values))

    def parts(codes: Codes) -> ExpectedExposure:
        at_places = codes[..., positions]
        got = [np.einsum("...jk,jk->...j", at_places == v, worth) for v in values]
        due = [(codes == v).astype(np.float64) @ target.T for v in values]
        return expected_exposure(np.stack(got, axis=-1), np.stack(due, axis=-1))

    measures = [
        AdMeasure[ExpectedExposure](
            f"expected_exposure_{name}", ", by group", ("",), part, _NOBODY_RELEVANT
        )
        for name, part in _PARTS.items()
    ]
    return case.averaged(measures, parts, _CHUNK)


def individual_exposure_figures(
    rankings: Rankings,
    qualified: BoolArray,
    k: int,
    *,
    scopes: Scopes,
    weights: ResampleWeights,
    relevance: Relevance | None = None,
) -> list[Figure]:
    """Exposure measures that look at single people and at no group: once an audit."""
    merit = _merit(qualified, relevance)
    found = expected_exposure(exposure_of_people(rankings, k), target_of_people(merit, k))
    figures: list[Figure] = []
    for name, part in _PARTS.items():
        template = Figure(f"expected_exposure_{name}", math.nan, variant=f"top {k}, by person")
        values = part(found)
        none = np.zeros((0, *values.shape))
        figures += mean_figures(template, ("",), values, none, scopes, weights, _NOBODY_RELEVANT)
    return figures + _equity_figures(rankings, merit, k, scopes)


def _equity_figures(rankings: Rankings, merit: Relevance, k: int, scopes: Scopes) -> list[Figure]:
    """IAA of every scope; a sum of surpluses that cancel has no bootstrap interval."""
    equity = equity_of_attention(rankings, merit, k)
    figures: list[Figure] = []
    for name, jobs in scopes.items():
        value, share, lists = equity.over(jobs)
        figures.append(
            Figure(
                "equity_of_attention",
                value,
                scope=name,
                n=lists,
                corrected=share,
                variant=f"top {k}, attention 1/log2(1 + place)",
                reason="" if lists else "no list has both somebody shown and somebody relevant",
            )
        )
    return figures
