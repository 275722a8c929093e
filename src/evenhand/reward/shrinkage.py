"""Shrinkage: with few people in a group, lean on the difference that other occupations show.

The model (empirical Bayes, normal): the difference of mean scores between two groups within
occupation o is ``D_o ~ N(mu, tau2)``, observed with variance ``v * u_o`` where ``v`` is the
variance of scores within a cell (occupation x group) and ``u_o = 1/n_plus + 1/n_minus``. Then

    D_shrunk = L * D_o + (1 - L) * D_pool,    L = h / (h + u_o),    h = tau2 / v,
    D_pool   = sum_o w_o D_o / sum_o w_o,     w_o = 1 / (h + u_o).

``h`` is DerSimonian and Laird's moment estimate (1986) with the common ``v``, averaged over the
ads of a group and clipped at 0. Since ``h`` alone is estimated from scores, a shrunk difference
is again a fixed vector over people. Not a choice of people: folds are ``folds``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import FloatArray, IntArray

LEAST_SIDE = 2
"""Fewest people on each side of an occupation whose difference says anything of its noise."""
LEAST_OCCUPATIONS = 3
"""Fewest occupations from which a spread between occupations is estimated."""


def occupation_vectors(
    sides: IntArray, occupations: NDArray[np.str_], least: int = 1
) -> FloatArray:
    """One contrast vector an occupation, shape ``(people, occupations kept)``.

    Args:
        sides: +1, -1 or 0 a person, ``(people,)``; 0 leaves a person out.
        occupations: Occupation of each person; ``""`` and ``other`` are none.
        least: Occupations with fewer people on either side are left out.
    """
    vectors: list[FloatArray] = []
    for name in sorted({str(occupation) for occupation in occupations} - {"", "other"}):
        here = occupations == name
        plus, minus = here & (sides > 0), here & (sides < 0)
        if plus.sum() >= least and minus.sum() >= least:
            vectors.append(plus / plus.sum() - minus / minus.sum())
    return np.stack(vectors, axis=1) if vectors else np.zeros((len(sides), 0))


def noise_of(vectors: FloatArray) -> FloatArray:
    """``u``: the sampling variance of each difference in units of ``v``; sums of squares."""
    return np.square(vectors).sum(axis=0)


def heterogeneity(
    scores: FloatArray, sides: IntArray, occupations: NDArray[np.str_]
) -> float | None:
    """``h = tau2 / v`` of the differences between occupations, >= 0.

    Args:
        scores: Scores of the ads of one group, each in its own units of spread, ``(ads, people)``.
            From three ads on, what the ads have in common is taken out person by person: a
            rewording moves scores the way ads differ, not the way people do.
        sides: +1, -1 or 0 a person; 0 leaves a person out (another fold, say).
        occupations: Occupation of each person.

    Returns:
        The estimate; None where fewer than three occupations can be compared: nothing to lean on.
    """
    vectors = occupation_vectors(sides, occupations, LEAST_SIDE)
    count = vectors.shape[1]
    if count < LEAST_OCCUPATIONS:
        return None
    if len(scores) >= 3:
        scores = scores - scores.mean(axis=0)
    variance = _within_cells(scores, vectors)
    if variance <= 0.0:
        return None
    precision = 1.0 / noise_of(vectors)
    differences = scores @ vectors
    centres = differences @ precision / precision.sum()
    excess = np.square(differences - centres[:, None]) @ precision / variance
    scale = precision.sum() - np.square(precision).sum() / precision.sum()
    return float(max(0.0, (excess.mean() - (count - 1)) / scale))


def _within_cells(scores: FloatArray, vectors: FloatArray) -> float:
    """Variance of scores within cells, pooled over cells and averaged over ads."""
    cells = np.concatenate([vectors > 0, vectors < 0], axis=1).astype(np.float64)
    sizes = cells.sum(axis=0)
    squares = np.square(scores) @ cells
    means = scores @ cells / sizes
    inside = squares - sizes * np.square(means)
    return float(inside.sum() / (len(scores) * (sizes - 1.0).sum()))


def own_share(own: FloatArray, spread: float | None) -> float:
    """``L``, the weight that a group's own difference keeps, in [0, 1].

    Args:
        own: The group's own contrast vector, ``(people,)``.
        spread: ``h``, or None where there is nothing to lean on (then 1).
    """
    return 1.0 if spread is None else float(spread / (spread + np.square(own).sum()))


def shrunk_vector(
    own: FloatArray,
    sides: IntArray,
    occupations: NDArray[np.str_],
    spread: float | None,
    share: float,
) -> FloatArray:
    """The shrunk contrast as a vector over people, shape ``(people,)``.

    Args:
        own: The group's own contrast vector.
        sides: +1, -1 or 0 for the people that the pooled difference may use.
        occupations: Occupation of each person.
        spread: ``h``, or None for no pooling.
        share: ``L``, the weight of ``own``.
    """
    if spread is None or share >= 1.0:
        return own
    vectors = occupation_vectors(sides, occupations)
    if not vectors.shape[1]:
        return own
    weights = 1.0 / (spread + noise_of(vectors))
    return share * own + (1.0 - share) * (vectors @ (weights / weights.sum()))
