"""II-F and AI-F: how far people's exposure is from what their relevance deserves.

Formula: exposure ``E_ui = 0.8^(place - 1)``; whoever is relevant to ad u deserves
``E*_ui = (1 - 0.8^R) / (0.2 R)``, R being the people relevant to it, the others 0.
``II-F = mean_u mean_i (E_ui - E*_ui)²``; ``AI-F = mean_i (mean_u (E_ui - E*_ui))²``.
Corrected II-F: each list between everybody relevant on top (0) and last (1), then the mean.
Range: both from 0, II-F corrected 0 (deserved first) to 1 (deserved last).
Trap: squared distances over the whole pool give tiny numbers whose range depends on n, k and R, and
II-F isn't 0 for the best list there is, as equals can't share a place. AI-F has no corrected form.
Undefined: corrected leaves out ads whose lists can't differ (nobody, or everybody, relevant); NaN
where none is left.
Source: Wu et al. 2022 (II-F, AI-F); corrected form Rampisela et al. 2024 (relevance-aware item
fairness).
"""

from __future__ import annotations

import numpy as np

from evenhand.match.protocol import BoolArray, FloatArray
from evenhand.measure.candidates.disparity import browsing_exposure
from evenhand.measure.candidates.relevant import Relevant, relevant_first, relevant_last
from evenhand.measure.candidates.shown import Shown
from evenhand.measure.mean_interval import mean_where_any


def individual_fairness(shown: Shown, relevant: Relevant) -> float:
    """II-F: mean squared distance of exposure from the deserved."""
    return float(individual_fairness_by_list(shown, relevant).mean())


def individual_fairness_by_list(shown: Shown, relevant: Relevant) -> FloatArray:
    """II-F of every list, shape ``(lists,)``."""
    return _by_list(shown, relevant, relevant.hits(shown))


def individual_fairness_corrected(shown: Shown, relevant: Relevant) -> float:
    """II-F between everybody relevant on top (0) and last (1), mean over lists."""
    found = individual_fairness_by_list(shown, relevant)
    least = _by_list(shown, relevant, relevant_first(shown, relevant))
    most = _by_list(shown, relevant, relevant_last(shown, relevant))
    return mean_where_any(between(found, least, most))


def amortised_fairness(shown: Shown, relevant: Relevant) -> float:
    """AI-F: mean squared distance over people, lists averaged first."""
    exposure = shown.sum_by_person(browsing_exposure(shown.k)) / shown.lists
    return float(((exposure - relevant.deserved) ** 2).mean())


def between(found: FloatArray, least: FloatArray, most: FloatArray) -> FloatArray:
    """``(found - least) / (most - least)``; NaN where both are the same."""
    width = most - least
    wide = width > 1e-12
    return np.divide(found - least, width, out=np.full(found.shape, np.nan), where=wide)


def _by_list(shown: Shown, relevant: Relevant, hits: BoolArray) -> FloatArray:
    """``mean_i (E - E*)²`` of lists with given hits, without a table of people.

    ``Σ (E - E*)² = Σ E² - 2 E* Σ_hits E + R E*²``.
    """
    worth = np.where(shown.filled, browsing_exposure(shown.k), 0.0)
    target = relevant.target
    met = (worth * hits).sum(axis=1)
    squares = (worth**2).sum(axis=1) - 2.0 * target * met + relevant.sizes * target**2
    return squares / shown.people
