"""Sides: which people are compared, as weights over people; who pays for what; shrinkage.

A contrast of two groups is the mean score of one minus the mean score of the other: a vector over
people, so that everything a reward is made of is linear in an engine's scores. With few people in
a group a difference leans on what other occupations show. The model (empirical Bayes, normal): the
difference within occupation o is ``D_o ~ N(mu, tau2)``, observed with variance ``v * u_o`` where
``v`` is the variance of scores within a cell (occupation x group) and ``u_o = 1/n_plus +
1/n_minus``. Then

    D_shrunk = L * D_o + (1 - L) * D_pool,    L = h / (h + u_o),    h = tau2 / v,
    D_pool   = sum_o w_o D_o / sum_o w_o,     w_o = 1 / (h + u_o).

``h`` is DerSimonian and Laird's moment estimate (1986) with the common ``v``, averaged over the
ads of a group and clipped at 0. Since ``h`` alone is estimated from scores, a shrunk difference
is again a fixed vector over people. Gaps are estimated in ``gap``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import ConfigError, MeasureError
from evenhand.match.protocol import FloatArray, IntArray
from evenhand.measure.counts import labels_of as measured_labels
from evenhand.measure.ratio import REST
from evenhand.measure.ratio import contrasts_of as measured_contrasts
from evenhand.records.people import Pool

MOST_VALUES = 50
"""An attribute with more values than this is no grouping (an id, free text)."""
HALF_SPLITS = 5
"""Random splits into two halves, over which reliability is averaged."""
LEAST_SIDE = 2
"""Fewest people on each side of an occupation whose difference says anything of its noise."""
LEAST_OCCUPATIONS = 3
"""Fewest occupations from which a spread between occupations is estimated."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """People with one value of an attribute against others.

    ``attribute`` is a column of the people, or several joined by ``*`` (an intersection). Who has
    ``value`` counts as plus, who has ``other`` as minus, or all others whose value is known.
    """

    attribute: str
    value: str
    other: str | None

    @property
    def name(self) -> str:
        """What reports call it, such as ``gender: female - male``."""
        return f"{self.attribute}: {self.value} - {'rest' if self.other is None else self.other}"


def labels_of(pool: Pool, attribute: str) -> NDArray[np.str_]:
    """One value of an attribute a person, shape ``(people,)``; ``""`` where it is unknown."""
    try:
        return measured_labels(pool, attribute)
    except MeasureError as cause:
        raise ConfigError(f"reward.attributes: {cause}") from cause


def contrasts_of(pool: Pool, attributes: Sequence[str]) -> list[Contrast]:
    """The contrasts of some attributes, in a fixed order.

    Two values give one contrast, the first in sorted order minus the other; more give one each
    against the rest.
    """
    return [contrast for name in attributes for contrast in _contrasts(name, labels_of(pool, name))]


def _contrasts(attribute: str, labels: NDArray[np.str_]) -> list[Contrast]:
    values = sorted({str(value) for value in labels} - {""})
    if len(values) < 2:
        raise ConfigError(
            f"everybody in the pool has the same {attribute!r} ({values}); there are no groups to "
            "compare: take it out of reward.attributes"
        )
    if len(values) > MOST_VALUES:
        raise ConfigError(
            f"{attribute!r} has {len(values)} values, more than {MOST_VALUES}; group them into "
            "fewer, or take it out of reward.attributes"
        )
    pairs = [(found.group, found.reference) for found in measured_contrasts(values)]
    return [Contrast(attribute, one, None if other == REST else other) for one, other in pairs]


def sides_of(contrast: Contrast, labels: NDArray[np.str_]) -> IntArray:
    """+1 for people on the plus side, -1 on the minus side, 0 for neither, ``(people,)``."""
    plus = labels == contrast.value
    minus = (labels != "") & ~plus if contrast.other is None else labels == contrast.other
    return plus.astype(np.int64) - minus.astype(np.int64)


def contrast_vector(sides: IntArray, weights: FloatArray) -> FloatArray | None:
    """Weighted mean of the plus side minus weighted mean of the minus side, as weights.

    ``weights`` say how much each person counts, >= 0, ``(people,)``: 1 for qualified people. So
    ``scores @ vector`` is the difference of means; None where a side has nobody.
    """
    plus, minus = weights * (sides > 0), weights * (sides < 0)
    if not plus.any() or not minus.any():
        return None
    return plus / plus.sum() - minus / minus.sum()


def deal(ids: Sequence[str], strata: Sequence[str], parts: int, seed: Sequence[int]) -> IntArray:
    """Deal people into parts, evenly within every stratum, by ids and seed alone.

    Returns:
        The part of each person, 0 to ``parts - 1``, shape ``(people,)``. Parts differ by at most
        one person within a stratum and, the count running on, by at most one overall.
    """
    salt = "\x1f".join(str(number) for number in seed)
    order = sorted(range(len(ids)), key=lambda i: (strata[i], _hash(salt, ids[i]), ids[i]))
    dealt = np.empty(len(ids), dtype=np.int64)
    dealt[np.asarray(order, dtype=np.int64)] = np.arange(len(ids)) % parts
    return dealt


def halves(ids: Sequence[str], strata: Sequence[str], seed: int) -> IntArray:
    """``HALF_SPLITS`` random splits into two halves, shape ``(splits, people)``, values 0 and 1."""
    splits = [deal(ids, strata, 2, (seed, 1, split)) for split in range(HALF_SPLITS)]
    return np.stack(splits)


def folds(ids: Sequence[str], strata: Sequence[str], count: int, seed: int) -> IntArray:
    """The fold of each person, 0 to ``count - 1``, shape ``(people,)``."""
    return deal(ids, strata, count, (seed, 0))


def _hash(salt: str, candidate_id: str) -> bytes:
    return hashlib.blake2b(f"{salt}\x1f{candidate_id}".encode(), digest_size=12).digest()


def occupation_vectors(
    sides: IntArray, occupations: NDArray[np.str_], least: int = 1
) -> FloatArray:
    """One contrast vector an occupation, shape ``(people, occupations kept)``.

    Occupations with fewer than ``least`` people on either side are left out; ``""`` and ``other``
    are none.
    """
    vectors: list[FloatArray] = []
    for name in sorted({str(occupation) for occupation in occupations} - {"", "other"}):
        here = occupations == name
        vector = contrast_vector(sides, here.astype(np.float64))
        if vector is not None and min((vector > 0).sum(), (vector < 0).sum()) >= least:
            vectors.append(vector)
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
    """``L``, the weight that a group's own difference keeps, in [0, 1]; 1 without an ``h``."""
    return 1.0 if spread is None else float(spread / (spread + np.square(own).sum()))


def shrunk_vector(
    own: FloatArray,
    sides: IntArray,
    occupations: NDArray[np.str_],
    spread: float | None,
    share: float,
) -> FloatArray:
    """The shrunk contrast as a vector over people, from a group's ``own`` one and its ``share``.

    ``sides`` are of the people that the pooled difference may use; ``spread`` is ``h``, None for no
    pooling.
    """
    if spread is None or share >= 1.0:
        return own
    vectors = occupation_vectors(sides, occupations)
    if not vectors.shape[1]:
        return own
    weights = 1.0 / (spread + noise_of(vectors))
    return share * own + (1.0 - share) * (vectors @ (weights / weights.sum()))
