"""IAA-rec: how far the attention that people get is from their relevance, list by list.

Formula: ``IAA = mean_u mean_i |a_ui - rel_ui|`` with relevance 0 or 1 and attention falling in a
straight line over the k places: originally ``(k - place) / (k - 1)``, corrected
``(k + 1 - place) / k``; nobody outside the list has any. The corrected form then sets each list
between everybody relevant on top (0) and last (1).
Range: original from 0, tiny in a large pool; corrected 0 to 1.
Trap: originally the person at place k counts as unseen, no list of one place has a value, and the
range depends on n, k and how many are relevant.
Undefined: original NaN for k = 1; corrected leaves out ads whose lists can't differ (nobody, or
everybody, relevant), NaN where none is left.
Source: Borges and Stefanidis 2019; corrected form Rampisela et al. 2024 (relevance-aware item
fairness).

Not the equity of attention of groups or over many lists (Biega et al. 2018): nothing amortises.
"""

from __future__ import annotations

import numpy as np

from evenhand.match.protocol import BoolArray, FloatArray
from evenhand.measure.candidates.fairness_to_relevance import between
from evenhand.measure.candidates.relevant import Relevant, relevant_first, relevant_last
from evenhand.measure.candidates.shown import Shown
from evenhand.measure.mean_interval import mean_where_any


def individual_attention(shown: Shown, relevant: Relevant) -> float:
    """Mean distance of attention from relevance, the original attention."""
    return float(individual_attention_by_list(shown, relevant).mean())


def individual_attention_by_list(shown: Shown, relevant: Relevant) -> FloatArray:
    """Original distance of every list, shape ``(lists,)``; NaN for lists of one place."""
    if shown.k < 2:
        return np.full(shown.lists, np.nan)
    attention = np.arange(shown.k - 1, -1, -1) / (shown.k - 1.0)
    return _by_list(shown, relevant, relevant.hits(shown), attention)


def individual_attention_corrected(shown: Shown, relevant: Relevant) -> float:
    """Mean over lists of the distance between the best (0) and the worst list (1)."""
    attention = np.arange(shown.k, 0, -1) / float(shown.k)
    found, least, most = (
        _by_list(shown, relevant, hits, attention)
        for hits in (
            relevant.hits(shown),
            relevant_first(shown, relevant),
            relevant_last(shown, relevant),
        )
    )
    return mean_where_any(between(found, least, most))


def _by_list(
    shown: Shown, relevant: Relevant, hits: BoolArray, attention: FloatArray
) -> FloatArray:
    """``mean_i |a - rel|`` of lists with given hits: the shown, then the relevant not shown."""
    seen = np.where(shown.filled, np.abs(attention - hits), 0.0).sum(axis=1)
    return (seen + relevant.sizes - hits.sum(axis=1)) / shown.people
