"""The lean gate: a rewording may not sound like one group, in an encoder that isn't the engine's.

A reward that is measured in one encoder could teach a model to write in the latent accent of a
group. So the movement of an ad along the direction between groups is bounded in a second encoder,
whose vectors are given from outside (pooled states of a language model, say). It closes no gap:
movement is bounded both ways alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError, ModelError
from evenhand.language.span import Span, Verdict
from evenhand.match.protocol import FloatArray, IntArray
from evenhand.records.candidate import Pool
from evenhand.reward.contrasts import contrasts_of, labels_of, sides_of
from evenhand.reward.shrinkage import LEAST_SIDE, noise_of, occupation_vectors

Encode = Callable[[Sequence[str]], NDArray[np.floating]]
"""Texts to vectors of shape ``(texts, dimensions)``."""
ROUNDING = 1e-6
"""Differences smaller than this part of the numbers themselves are rounding of an encoder."""


@dataclass(frozen=True)
class LeanGate:
    """The gate ``lean``, a ``BatchGate``.

    With a mean-pooling encoder an ad's vector is the length-weighted mean of its parts, so a
    window around the span is enough: the ad moves by the window's movement times the window's
    share of the ad's characters. With ``window`` None whole ads are encoded.

    Attributes:
        encode: The second encoder.
        directions: Unit vectors between groups within occupations, ``(contrasts, dimensions)``.
        spreads: Standard deviation of ads along each direction, ``(contrasts,)``, > 0.
        max_movement: Bound on the absolute movement, in spreads.
        window: Characters of context on each side of the span; None for the whole ad.
    """

    encode: Encode
    directions: FloatArray
    spreads: FloatArray
    max_movement: float
    window: int | None = 200

    def __call__(self, original: str, span: Span, replacements: Sequence[str]) -> list[Verdict]:
        """Judge replacements of one span; reasons name no group.

        Raises:
            ModelError: The encoder gave a wrong shape or numbers that aren't finite.
        """
        moved = self.movement(original, span, replacements)
        worst = np.abs(moved).max(axis=1, initial=0.0)
        bound = f"of {self.max_movement:.3f} spreads allowed in a second encoder"
        return [
            Verdict("lean", bool(amount <= self.max_movement), f"moves {amount:.3f} {bound}")
            for amount in worst
        ]

    def movement(self, original: str, span: Span, replacements: Sequence[str]) -> FloatArray:
        """How far each replacement moves the ad, in spreads, ``(replacements, contrasts)``."""
        start = 0 if self.window is None else max(0, span.start - self.window)
        end = len(original) if self.window is None else min(len(original), span.end + self.window)
        head, tail = original[start : span.start], original[span.end : end]
        texts = [head + after + tail for after in (span.text, *replacements)]
        along = encoded(self.encode, texts) @ self.directions.T / self.spreads
        share = (end - start) / max(1, len(original))
        return (along[1:] - along[0]) * share


def fit_lean_gate(
    encode: Encode,
    pool: Pool,
    ads: Sequence[str],
    *,
    attributes: Sequence[str],
    by: str,
    max_movement: float,
    per_cell: int = 20,
    window: int | None = 200,
    seed: int = 0,
) -> LeanGate:
    """Find the directions on a sample of training people and the spreads on training ads.

    Args:
        encode: The second encoder.
        pool: Training people.
        ads: Training ads (a sample is enough).
        attributes: Attributes whose contrasts give a direction each.
        by: Column with the occupation of people.
        max_movement: Bound on the absolute movement, in spreads.
        per_cell: Most people encoded of one occupation and one value.
        window: Characters of context on each side of a span; None for whole ads.
        seed: Decides the sample.

    Raises:
        ModelError: The encoder gave a wrong shape or numbers that aren't finite.
        MeasureError: No occupation has two people on both sides of a contrast, or ads don't vary.
    """
    contrasts = contrasts_of(pool, attributes)
    occupations = pool.column(by)
    sides = np.stack([sides_of(c, labels_of(pool, c.attribute)) for c in contrasts])
    sample = _sample(occupations, sides, per_cell, seed)
    vectors = encoded(encode, [person.text for person in pool.take(sample)])
    directions = np.stack(
        [_direction(vectors, row[sample], occupations[sample], by) for row in sides]
    )
    along = encoded(encode, ads) @ directions.T
    spreads = along.std(axis=0)
    if (spreads <= ROUNDING * np.abs(along).max(initial=0.0)).any():
        raise MeasureError(
            f"{len(ads)} training ads don't differ in the second encoder; give more of them"
        )
    return LeanGate(encode, directions, spreads, max_movement, window)


def encoded(encode: Encode, texts: Sequence[str]) -> FloatArray:
    """Vectors of texts, checked.

    Raises:
        ModelError: The encoder gave a wrong shape or numbers that aren't finite.
    """
    vectors = np.asarray(encode(texts), dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
        raise ModelError(
            f"the second encoder gave an array of shape {vectors.shape} for {len(texts)} texts; it "
            "must give one finite vector a text"
        )
    return vectors


def _sample(occupations: NDArray[np.str_], sides: IntArray, per_cell: int, seed: int) -> IntArray:
    """At most ``per_cell`` people of each occupation and combination of sides."""
    order = np.random.default_rng([seed, 4]).permutation(len(occupations))
    taken: dict[tuple[str, bytes], int] = {}
    chosen: list[int] = []
    for at in order:
        cell = (str(occupations[at]), sides[:, at].tobytes())
        if sides[:, at].any() and taken.get(cell, 0) < per_cell:
            taken[cell] = taken.get(cell, 0) + 1
            chosen.append(int(at))
    return np.array(sorted(chosen), dtype=np.int64)


def _direction(
    vectors: FloatArray, sides: IntArray, occupations: NDArray[np.str_], by: str
) -> FloatArray:
    """Unit vector of the precision-weighted mean difference within occupations."""
    differences = occupation_vectors(sides, occupations, LEAST_SIDE)
    if not differences.shape[1]:
        raise MeasureError(
            f"no value of {by!r} has {LEAST_SIDE} people on both sides of a contrast, so the "
            "second encoder can't tell a direction; give a larger pool"
        )
    weights = 1.0 / noise_of(differences)
    pooled = vectors.T @ differences @ (weights / weights.sum())
    length = float(np.linalg.norm(pooled))
    if length <= ROUNDING * np.abs(vectors).max(initial=0.0):
        raise MeasureError("the second encoder gives the groups equal vectors; use another one")
    return pooled / length
