"""An engine whose gap is known by construction, to confirm what wording does.

It adds to the cosine a lean that a historic engine may have learned: an ad that reads like one
group's work lifts the people who read like that group. Also the fit of that direction. It is for
experiments and teaching; nobody should match people with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np

from evenhand.errors import MatcherError, MeasureError
from evenhand.match.dense import DenseMatcher, on_grid
from evenhand.match.protocol import FloatArray, Query, Scored
from evenhand.records.files import digest_texts

_UNIT_TOLERANCE: Final = 1e-5


class KnownGapMatcher(Scored):
    """``s(x, p) = cos(x, p) + strength · (x·w − c_g) · (p·w)``; a ``LinearMatcher``."""

    name = "known-gap"

    def __init__(
        self,
        base: DenseMatcher,
        direction: FloatArray,
        centres: Mapping[str, float],
        strength: float = 15.0,
    ) -> None:
        if direction.shape != base.candidate_vectors.shape[1:]:
            raise MatcherError(
                f"the direction has shape {direction.shape}, the engine's vectors have "
                f"{base.candidate_vectors.shape[1]} numbers; fit it on the same encoder"
            )
        self.base = base
        if not abs(np.linalg.norm(direction) - 1) < _UNIT_TOLERANCE:
            raise MatcherError("the direction must have length 1; divide it by its norm")
        self.direction = on_grid(direction)
        self.centres = dict(centres)
        self.strength = strength
        self.candidate_ids = base.candidate_ids
        self.engine_digest = self._digest(base.engine_digest)
        self.digest = self._digest(base.digest)
        self._leans: FloatArray = base.candidate_vectors @ self.direction
        self.candidate_vectors: FloatArray = base.candidate_vectors + strength * np.outer(
            self._leans, self.direction
        )
        """``p + strength · w · (p·w)``, shape ``(people, dimensions)``."""

    def encode_queries(self, queries: Sequence[Query]) -> FloatArray:
        """Unit vectors of the ads, shape ``(queries, dimensions)``."""
        return self.base.encode_queries(queries)

    def query_offsets(self, queries: Sequence[Query]) -> FloatArray:
        """``−strength · c_g · (p·w)``, shape ``(queries, people)``."""
        return -self.strength * np.outer(self._centres_of(queries), self._leans)

    def scores(self, queries: Sequence[Query]) -> FloatArray:
        """Scores of shape ``(queries, people)``; equal profiles get equal scores."""
        encoded = self.encode_queries(queries)
        tilt = encoded @ self.direction - self._centres_of(queries)
        return encoded @ self.base.candidate_vectors.T + self.strength * np.outer(tilt, self._leans)

    def restrict(self, positions: Sequence[int]) -> KnownGapMatcher:
        """The same engine over some of its people, in the order given."""
        return KnownGapMatcher(
            self.base.restrict(positions), self.direction, self.centres, self.strength
        )

    def _digest(self, base: str) -> str:
        """Digest of the base engine's digest, the direction, the centres and the strength."""
        centres = [f"{group}={centre!r}" for group, centre in sorted(self.centres.items())]
        parts = [base, self.direction.tobytes().hex(), repr(self.strength), *centres]
        return digest_texts(["known-gap", *parts])

    def _centres_of(self, queries: Sequence[Query]) -> FloatArray:
        """The centre of each query's group."""
        for query in queries:
            if query.group not in self.centres:
                raise MatcherError(
                    f"job {query.id!r} has the occupation group {query.group!r}, for which the "
                    f"known-gap engine has no centre; it knows {sorted(self.centres)}"
                )
        return np.array([self.centres[str(query.group)] for query in queries], dtype=np.float64)


def fit_lean(
    vectors: FloatArray,
    labels: Sequence[int],
    occupations: Sequence[str],
    exclude_occupations: Collection[str] = (),
) -> FloatArray:
    """The unit direction between two groups of people within occupations.

    Every occupation's vectors are centred on their mean, then pooled; the direction is the mean of
    the people labelled +1 minus the mean of those labelled −1 (0: who doesn't count).
    """
    signs = np.asarray(labels)
    names = np.asarray(occupations, dtype=np.str_)
    plus, minus = np.zeros(vectors.shape[1]), np.zeros(vectors.shape[1])
    counts = {1: 0, -1: 0}
    for occupation in sorted(set(names) - {"", *exclude_occupations}):
        inside = (names == occupation) & (signs != 0)
        if len(set(signs[inside])) < 2:
            continue
        centred = vectors[inside] - vectors[inside].mean(axis=0)
        plus += centred[signs[inside] == 1].sum(axis=0)
        minus += centred[signs[inside] == -1].sum(axis=0)
        counts = {sign: counts[sign] + int((signs[inside] == sign).sum()) for sign in counts}
    if not counts[1]:
        raise MeasureError(
            "no occupation has people of both groups, so there is no direction between them; "
            "give more people or exclude fewer occupations"
        )
    direction = plus / counts[1] - minus / counts[-1]
    return direction / np.linalg.norm(direction)


def fit_centres(
    vectors: FloatArray, groups: Sequence[str], direction: FloatArray, shift: float = 0.10
) -> dict[str, float]:
    """Per occupation group the mean of ``x·w`` over its ads, plus ``shift``."""
    leans = vectors @ direction
    names = np.asarray(groups, dtype=np.str_)
    known = sorted(set(names.tolist()) - {""})
    return {group: float(leans[names == group].mean()) + shift for group in known}
