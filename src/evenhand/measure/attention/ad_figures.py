"""Figures of the exposure measures that have one value an ad: their means over ads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import FloatArray, IntArray
from evenhand.measure.attention.awrf import TREC, awrf
from evenhand.measure.attention.expected_exposure import (
    expected_exposure,
    target_of_people,
)
from evenhand.measure.attention.pairwise import favoured_pairs, pairwise_accuracy
from evenhand.measure.figure import Figure
from evenhand.measure.lists.case import Case
from evenhand.measure.lists.over_ads import AdValues, mean_figures
from evenhand.measure.lists.prefixes import count_prefixes, recounted
from evenhand.measure.quality import Relevance, discounts
from evenhand.measure.selection import qualified_hits, top_positions

_CHUNK = 50
"""Shuffles that are counted at once."""
_EXPOSURE_PARTS = ("loss", "disparity", "relevance")


def averaged_figures(case: Case, everybody: Case, merit: Relevance) -> list[Figure]:
    """The mean over ads of every measure that has one value an ad.

    Args:
        case: What is measured, labels shuffled within qualified pools.
        everybody: The same, labels of people qualified for no ad shuffled as well.
        merit: Shape ``(jobs, people)``.
    """
    return [
        *_awrf_figures(case),
        *_favoured_figures(case),
        *_accuracy_figures(everybody, merit),
        *_expected_figures(everybody, merit),
    ]


def _chunks(codes: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
    for start in range(0, len(codes), _CHUNK):
        yield codes[start : start + _CHUNK]


def _figures(
    case: Case,
    template: Figure,
    cells: tuple[str, ...],
    observed: FloatArray,
    null: list[FloatArray],
    undefined: str,
) -> list[Figure]:
    values = AdValues(observed, np.concatenate(null))
    return mean_figures(template, cells, values, case.scopes, case.weights, undefined)


def _awrf_figures(case: Case) -> list[Figure]:
    """AWRF with the choices of TREC 2021."""
    known = case.groups.codes < len(case.groups.values)
    counted = qualified_hits(case.rankings, case.qualified & known, case.k)
    positions = np.where(counted, top_positions(case.rankings, case.k), 0)
    members = case.groups.indicators()[:, :-1]
    pool = (case.qualified.astype(np.float64) @ members).round().astype(np.int64)

    def measure(codes: NDArray[np.integer]) -> FloatArray:
        return awrf(codes[..., positions], counted, pool, TREC)[..., None]

    template = case.figure("awrf")
    template = replace(template, variant=f"{template.variant}, {TREC}")
    null = [measure(chunk) for chunk in _chunks(case.null_codes)]
    undefined = "no list shows a qualified person of known value"
    return _figures(case, template, ("",), measure(case.groups.codes), null, undefined)


def _favoured_figures(case: Case) -> list[Figure]:
    """Favoured pairs of the group of every contrast against all others."""
    prefixes = count_prefixes(case.rankings, case.qualified, case.labels, case.k)
    columns = [case.groups.values.index(contrast.group) for contrast in case.contrasts]
    cells = tuple(str(contrast) for contrast in case.contrasts)
    observed = favoured_pairs(prefixes)[..., columns]
    null = [favoured_pairs(one)[..., columns] for one in recounted(prefixes, case.null_codes)]
    undefined = "no ad has qualified people of both sides"
    return _figures(case, case.figure("favoured_pairs"), cells, observed, null, undefined)


def _accuracy_figures(case: Case, merit: Relevance) -> list[Figure]:
    """Pairwise accuracy of every value's relevant people."""
    values = case.groups.values

    def measure(codes: NDArray[np.integer]) -> FloatArray:
        return pairwise_accuracy(case.rankings, merit, codes, len(values), case.k)

    null = [measure(chunk) for chunk in _chunks(case.null_codes)]
    undefined = "no ad has both relevant people of the group and people who aren't relevant"
    template = case.figure("pairwise_accuracy")
    return _figures(case, template, values, measure(case.groups.codes), null, undefined)


def _expected_figures(case: Case, merit: Relevance) -> list[Figure]:
    """The three parts of expected exposure, by group."""
    target = target_of_people(merit, case.k)
    positions, worth = _shown(case)
    values = range(len(case.groups.values))

    def measure(codes: NDArray[np.integer]) -> FloatArray:
        at_places = codes[..., positions]
        got = [np.einsum("...jk,jk->...j", at_places == v, worth) for v in values]
        due = [(codes == v).astype(np.float64) @ target.T for v in values]
        found = expected_exposure(np.stack(got, axis=-1), np.stack(due, axis=-1))
        return np.stack([found.loss, found.disparity, found.relevance], axis=-1)

    observed = measure(case.groups.codes)
    null = [measure(chunk) for chunk in _chunks(case.null_codes)]
    figures: list[Figure] = []
    for index, part in enumerate(_EXPOSURE_PARTS):
        template = case.figure(f"expected_exposure_{part}")
        template = replace(template, variant=f"{template.variant}, by group")
        parts = [chunk[..., [index]] for chunk in null]
        undefined = "nobody is relevant for any ad"
        figures += _figures(case, template, ("",), observed[..., [index]], parts, undefined)
    return figures


def _shown(case: Case) -> tuple[IntArray, FloatArray]:
    """Who stands at each place (0 where padded), and what the place is worth."""
    counted = qualified_hits(case.rankings, np.ones_like(case.qualified), case.k)
    positions = np.where(counted, top_positions(case.rankings, case.k), 0)
    return positions, discounts(positions.shape[1]) * counted
