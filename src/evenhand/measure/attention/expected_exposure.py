"""Expected exposure: attention as it is against equal attention for equal relevance.

Formula: ``EE-L = |e - e*|²``, ``EE-D = |e|²``, ``EE-R = e . e*``, so that
``EE-L = EE-D - 2 EE-R + |e*|²``. e holds ``1/log2(1 + place)`` (0 for who isn't shown); in e*
the people of an ad stand in order of relevance and those of equal relevance share the attention of
their places. *By person* e has an entry a person; *by group* entries are summed over the people
of each known value.
Range: EE-L from 0 (the target) up; EE-D and EE-R from 0 up, unscaled: compare them at one k only.
Undefined: NaN where nobody is relevant for the ad.
Source: Diaz et al. 2020 (arXiv 2004.13157); by group: Raj and Ekstrand 2022.

An engine that gives one list an ad can't spread attention: by person its EE-D is the same number
for every list of k places, and EE-L only says how many relevant people are shown. By group it
tells lists apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenhand.match.protocol import FloatArray, Rankings
from evenhand.measure.quality import Relevance, discounts
from evenhand.measure.selection import qualified_hits, top_positions


@dataclass(frozen=True)
class ExpectedExposure:
    """The three parts, each of shape ``(..., jobs)``.

    Attributes:
        loss: EE-L; less is nearer to the target.
        disparity: EE-D; less is more evenly spread.
        relevance: EE-R; more goes to those who deserve it.
    """

    loss: FloatArray
    disparity: FloatArray
    relevance: FloatArray


def expected_exposure(exposure: FloatArray, target: FloatArray) -> ExpectedExposure:
    """The three parts from exposures and targets, by person or by group.

    Args:
        exposure: Shape ``(..., jobs, people or groups)``.
        target: The same shape; NaN in ads without a target.
    """
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
    """Equal attention for equal relevance, shape ``(jobs, people)``; NaN where nobody is relevant.

    Args:
        relevance: Shape ``(jobs, people)``.
        k: Places that are seen at all.
    """
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
