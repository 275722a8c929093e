"""Small lists and markets to measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from evenhand.match.protocol import BoolArray, Rankings
from evenhand.records.job import Job
from evenhand.records.people import Candidate, Pool

MakeRankings = Callable[[Sequence[Sequence[int]], int], Rankings]


def rankings_of(lists: Sequence[Sequence[int]], people: int) -> Rankings:
    """Rankings from lists of positions, padded to the longest."""
    k = max(len(row) for row in lists)
    positions = np.full((len(lists), k), -1, dtype=np.int64)
    scores = np.full((len(lists), k), np.nan)
    for index, row in enumerate(lists):
        positions[index, : len(row)] = row
        scores[index, : len(row)] = -np.arange(len(row), dtype=np.float64)
    jobs = tuple(f"job-{index}" for index in range(len(lists)))
    return Rankings(jobs, tuple(f"p{index}" for index in range(people)), positions, scores)


@pytest.fixture
def make_rankings() -> MakeRankings:
    return rankings_of


@dataclass(frozen=True)
class SmallMarket:
    """Ads of three occupations, people with attributes, and the lists of three engines."""

    jobs: list[Job]
    pool: Pool
    qualified: BoolArray
    rankings: Rankings
    milder: Rankings
    fairer: Rankings


def _rank(appeal: np.ndarray, ids: tuple[str, ...], jobs: list[Job], k: int) -> Rankings:
    order = np.argsort(-appeal, axis=1, kind="stable")[:, :k]
    scores = np.take_along_axis(appeal, order, axis=1)
    return Rankings(tuple(job.id for job in jobs), ids, order, scores)


@pytest.fixture(scope="session")
def small_market() -> SmallMarket:
    """30 ads, 600 people; an engine likes women less, ``milder`` somewhat, ``fairer`` hardly."""
    rng = np.random.default_rng(7)
    occupations = np.array(["cook", "nurse", "pilot"])
    groups = occupations[rng.integers(0, 3, 600)]
    gender = np.where(rng.random(600) < 0.45, "female", "male")
    gender[:12] = ""
    age = np.array(["young", "middle", "old"])[rng.integers(0, 3, 600)]
    people = tuple(
        Candidate(
            f"p{i:03}",
            "text",
            {"gender": str(gender[i]), "age": str(age[i]), "occupation_group": str(groups[i])},
        )
        for i in range(600)
    )
    jobs = [
        Job(f"job-{j}", "text", fields={"occupation_group": str(occupations[j % 3])})
        for j in range(30)
    ]
    qualified = np.stack([groups == job.group for job in jobs])
    shared = rng.normal(size=600)
    fit = 2.0 * qualified + shared + 0.7 * rng.normal(size=(30, 600))
    lean = 0.8 * (gender == "female")
    pool = Pool(people)
    return SmallMarket(
        jobs,
        pool,
        qualified,
        _rank(fit - lean, pool.ids, jobs, 60),
        _rank(fit - 0.6 * lean, pool.ids, jobs, 60),
        _rank(fit - 0.1 * lean, pool.ids, jobs, 60),
    )
