"""A simulated market: random vectors, a planted direction, an engine that leans on it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.match.protocol import BoolArray, FloatArray, Query, Rankings
from evenhand.records.job import Job
from evenhand.records.people import Candidate, Pool

DIMENSIONS = 24


class ScoresOnly:
    """An engine whose texts are vectors written as JSON; it gives scores and no embeddings."""

    name = "simulated"
    digest = "simulated"

    def __init__(self, ids: Sequence[str], vectors: FloatArray) -> None:
        self.candidate_ids = tuple(ids)
        self.vectors = vectors
        self.asked: list[str] = []

    def encode_queries(self, queries: Sequence[Query]) -> FloatArray:
        assert len({query.id for query in queries}) == len(queries)
        self.asked += [query.text for query in queries]
        return np.array([json.loads(query.text) for query in queries], dtype=np.float64)

    def query_offsets(self, queries: Sequence[Query]) -> FloatArray:
        """A constant per person that depends on the ad's group, as a known gap has."""
        seeds = [sum(map(ord, query.group or "")) for query in queries]
        return np.stack([np.random.default_rng(s).normal(0, 0.1, len(self.vectors)) for s in seeds])

    def scores(self, queries: Sequence[Query]) -> FloatArray:
        return self.encode_queries(queries) @ self.vectors.T + self.query_offsets(queries)

    def rank(self, queries: Sequence[Query], k: int, eligible: BoolArray | None = None) -> Rankings:
        scores = self.scores(queries)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        found = np.take_along_axis(scores, order, axis=1)
        return Rankings(tuple(q.id for q in queries), self.candidate_ids, order, found)


class Linear(ScoresOnly):
    """The same engine, showing its vectors."""

    @property
    def candidate_vectors(self) -> FloatArray:
        return self.vectors


@dataclass(frozen=True)
class Simulated:
    """Ads, people, their vectors and the direction that women and men differ along."""

    jobs: list[Job]
    pool: Pool
    vectors: FloatArray
    direction: FloatArray

    def linear(self) -> Linear:
        return Linear(self.pool.ids, self.vectors)

    def scoring(self) -> ScoresOnly:
        return ScoresOnly(self.pool.ids, self.vectors)


def text_of(vector: FloatArray) -> str:
    """A vector as a text that the simulated engine reads."""
    return json.dumps([round(float(x), 12) for x in vector])


def simulate(
    seed: int,
    *,
    gap: float,
    occupations: int = 6,
    people: int = 120,
    ads: int = 20,
    women: float = 0.5,
    second: bool = False,
) -> Simulated:
    """Draw a market.

    Args:
        seed: Of the draw.
        gap: How far ads lean against women along the planted direction.
        occupations: Number of occupation groups.
        people: People an occupation.
        ads: Ads an occupation.
        women: Share of women.
        second: Whether people also have an age band.
    """
    rng = np.random.default_rng(seed)
    direction = np.zeros(DIMENSIONS)
    direction[0] = 1.0
    jobs: list[Job] = []
    persons: list[Candidate] = []
    vectors: list[FloatArray] = []
    for o in range(occupations):
        topic = rng.normal(size=DIMENSIONS)
        topic[0] = 0.0
        topic *= 2.0 / np.linalg.norm(topic)
        for i in range(people):
            gender = "female" if i < women * people else "male"
            fields = {"occupation_group": f"occupation{o}", "gender": gender}
            if second:
                fields["age_band"] = ("20-39", "40-59", "60+")[i % 3]
            lean = (0.5 if gender == "female" else -0.5) * direction
            persons.append(Candidate(f"p{o:02d}{i:04d}", "profile", fields))
            vectors.append(topic + lean + rng.normal(0, 0.7, DIMENSIONS))
        for j in range(ads):
            vector = topic - gap * direction + rng.normal(0, 0.2, DIMENSIONS)
            jobs.append(
                Job(f"ad{o}-{j}", text_of(vector), "", {"occupation_group": f"occupation{o}"})
            )
    return Simulated(jobs, Pool(tuple(persons)), np.array(vectors), direction)
