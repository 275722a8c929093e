"""All exposure measures of one attribute as figures, with intervals and chance levels.

Ratios (parity, treatment, impact) have two-way intervals, means over ads intervals over ads. The
chance level shuffles labels within qualified pools and, for the measures that look at everybody,
among the people who are qualified for no ad too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, Rankings
from evenhand.measure.attention.ad_figures import averaged_figures
from evenhand.measure.attention.attended import Attended, attend, relabelled_logs, resampled_logs
from evenhand.measure.attention.equity import equity_of_attention
from evenhand.measure.attention.expected_exposure import (
    expected_exposure,
    exposure_of_people,
    target_of_people,
)
from evenhand.measure.attention.impact import impact
from evenhand.measure.attention.treatment import treatment
from evenhand.measure.bootstrap import ResampleWeights, percentile_interval
from evenhand.measure.estimates import Scopes
from evenhand.measure.figure import Figure
from evenhand.measure.labels import encode_labels
from evenhand.measure.lists.case import SHUFFLES, Case, not_comparable, scopes_of
from evenhand.measure.lists.over_ads import AdValues, mean_figures
from evenhand.measure.mantel_haenszel import Contrast, contrasts_of, sides_of
from evenhand.measure.permutation import permutation_p
from evenhand.measure.quality import Relevance, discounts
from evenhand.measure.selection import check_labels

MEASURES = (
    "exposure_parity disparate_treatment disparate_impact awrf favoured_pairs pairwise_accuracy "
    "expected_exposure_loss expected_exposure_disparity expected_exposure_relevance"
).split()


def exposure_figures(
    rankings: Rankings,
    qualified: BoolArray,
    labels: NDArray[np.str_],
    k: int,
    *,
    attribute: str,
    groups_of_jobs: Sequence[str],
    weights: ResampleWeights,
    null_codes: NDArray[np.int16],
    seed: int,
    relevance: Relevance | None = None,
    by_scope: bool = False,
) -> list[Figure]:
    """Every exposure measure of one attribute.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        labels: Shape ``(people,)``; ``""`` where unknown.
        k: Places that are seen at all.
        attribute: Name of the attribute, for the figures.
        groups_of_jobs: Occupation group of every ad; ``""`` for none.
        weights: Of the bootstrap: people and ads for ratios, ads for means over ads.
        null_codes: Shape ``(shuffles, people)``: ``permuted_codes`` of the same labels; the first
            200 are used.
        seed: Of the shuffles among people who are qualified for no ad.
        relevance: Shape ``(jobs, people)``: grades from 0 up; qualified or not by default.
        by_scope: Whether every occupation group gets figures too, or only ``overall``.

    Returns:
        Figures; where groups can't be compared, one a measure with the reason.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    check_labels(labels, len(rankings.candidate_ids))
    merit = _merit(qualified, relevance)
    groups = encode_labels(labels)
    if len(groups.values) < 2:
        return not_comparable(MEASURES, attribute, groups.values)
    case = Case(
        rankings=rankings,
        qualified=qualified,
        labels=labels,
        k=k,
        groups=groups,
        contrasts=contrasts_of(groups.values),
        scopes=scopes_of(groups_of_jobs, by_scope),
        weights=weights,
        null_codes=null_codes[:SHUFFLES],
        attribute=attribute,
    )
    everybody = replace(case, null_codes=_shuffle_the_rest(case, seed))
    parity = attend(
        rankings, qualified, discounts(k), qualified, labels, "nobody is qualified for any ad"
    )
    return [
        *_ratio_figures(case, "exposure_parity", parity),
        *_ratio_figures(everybody, "disparate_treatment", treatment(rankings, merit, labels, k)),
        *_ratio_figures(everybody, "disparate_impact", impact(rankings, merit, labels, k)),
        *averaged_figures(case, everybody, merit),
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


def _shuffle_the_rest(case: Case, seed: int) -> NDArray[np.int16]:
    """The shuffled labels, with those of people who are qualified for no ad shuffled as well."""
    known = case.groups.codes < len(case.groups.values)
    rest = np.flatnonzero(known & ~case.qualified.any(axis=0))
    codes = case.null_codes.copy()
    rng = np.random.default_rng([seed, 6])
    codes[:, rest] = rng.permuted(codes[:, rest], axis=1)
    return codes


def _ratio_figures(case: Case, measure: str, attended: Attended) -> list[Figure]:
    """A ratio of attention: every contrast and scope."""
    sides = sides_of(case.groups.columns, case.contrasts)
    scopes = case.scopes.membership
    drawn = resampled_logs(attended, case.weights, sides, scopes)
    null = relabelled_logs(attended, case.null_codes, sides, scopes)
    figures: list[Figure] = []
    for index, contrast in enumerate(case.contrasts):
        for scope, name in enumerate(case.scopes.names):
            template = replace(case.figure(measure), cell=str(contrast), scope=name)
            jobs = scopes[:, scope]
            logs = drawn[:, index, scope], null[:, index, scope]
            figures.append(_ratio_figure(template, attended, contrast, jobs, *logs))
    return figures


def _ratio_figure(
    template: Figure,
    attended: Attended,
    contrast: Contrast,
    jobs: BoolArray,
    drawn: FloatArray,
    null: FloatArray,
) -> Figure:
    """One ratio with its luck; no interval where a side gets no attention at all."""
    ratio = attended.ratio(contrast, jobs)
    figure = replace(template, value=ratio.value, n=int(jobs.sum()), reason=ratio.reason)
    if math.isnan(ratio.value):
        return figure
    p_value = float(permutation_p(np.array(ratio.corrected_log), null))
    defined = null[~np.isnan(null)]
    centre = math.exp(float(defined.mean())) if len(defined) else math.nan
    figure = replace(figure, chance=_exponents(null), chance_mean=centre, p_value=p_value)
    return replace(figure, interval=_exponents(drawn)) if ratio.value > 0 else figure


def _exponents(logs: FloatArray) -> tuple[float, float]:
    low, high = percentile_interval(logs)
    return math.exp(float(low)), math.exp(float(high))


def individual_exposure_figures(
    rankings: Rankings,
    qualified: BoolArray,
    k: int,
    *,
    groups_of_jobs: Sequence[str],
    weights: ResampleWeights,
    relevance: Relevance | None = None,
    by_scope: bool = False,
) -> list[Figure]:
    """Exposure measures that look at single people and at no group: once an audit.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        k: Places that are seen at all.
        groups_of_jobs: Occupation group of every ad; ``""`` for none.
        weights: Of the bootstrap; only those of ads are used.
        relevance: Shape ``(jobs, people)``: grades from 0 up; qualified or not by default.
        by_scope: Whether every occupation group gets figures too, or only ``overall``.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    merit = _merit(qualified, relevance)
    scopes = scopes_of(groups_of_jobs, by_scope)
    found = expected_exposure(exposure_of_people(rankings, k), target_of_people(merit, k))
    parts = {"loss": found.loss, "disparity": found.disparity, "relevance": found.relevance}
    figures: list[Figure] = []
    for name, values in parts.items():
        template = Figure(f"expected_exposure_{name}", math.nan, variant=f"top {k}, by person")
        none = np.zeros((0, len(values), 1))
        figures += mean_figures(
            template,
            ("",),
            AdValues(values[:, None], none),
            scopes,
            weights,
            "nobody is relevant for any ad",
        )
    return figures + _equity_figures(rankings, merit, k, scopes)


def _equity_figures(rankings: Rankings, merit: Relevance, k: int, scopes: Scopes) -> list[Figure]:
    """IAA of every scope; a sum of surpluses that cancel has no bootstrap interval."""
    equity = equity_of_attention(rankings, merit, k)
    figures: list[Figure] = []
    for name, jobs in zip(scopes.names, scopes.membership.T, strict=True):
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
