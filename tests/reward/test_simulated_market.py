"""The point of it all where the truth is known: does choosing by reward help other people?"""

from __future__ import annotations

import json

import numpy as np
import pytest

from evenhand.config.schema import RewardConfig
from evenhand.measure.counts import count_selection
from evenhand.measure.ratio import Contrast, mantel_haenszel
from evenhand.records.job import Job
from evenhand.reward.gates import reliability_table
from evenhand.reward.model import RewardModel

from .simulation import ScoresOnly, Simulated, simulate, text_of

SPANS, SAMPLES = 6, 6


def halves(market: Simulated) -> tuple[tuple[np.ndarray, Simulated], tuple[np.ndarray, Simulated]]:
    """Training people and people never used, alternating."""
    parts = []
    for start in (0, 1):
        at = np.arange(start, len(market.pool), 2)
        parts.append(
            (at, Simulated(market.jobs, market.pool.take(at), market.vectors[at], market.direction))
        )
    return parts[0], parts[1]


def ratio(market: Simulated, jobs: list[Job]) -> float:
    engine = ScoresOnly(market.pool.ids, market.vectors)
    occupation = market.pool.column("occupation_group")
    qualified = np.array([occupation == job.group for job in jobs])
    counted = count_selection(engine.rank(jobs, 60), qualified, market.pool.column("gender"), 60)
    return mantel_haenszel(counted, Contrast("female", "male")).value


def reworded(jobs: list[Job], choose, seed: int) -> list[Job]:
    """Change ads step by step, each time by the sample that ``choose`` takes (or none)."""
    rng = np.random.default_rng(seed)
    found = []
    for job in jobs:
        text = job.text
        for _ in range(SPANS):
            vector = np.array(json.loads(text))
            options = [text, *(text_of(vector + rng.normal(0, 0.12, 24)) for _ in range(SAMPLES))]
            text = options[choose(job, options)]
        found.append(job.reworded(text))
    return found


@pytest.fixture(scope="module")
def market() -> Simulated:
    return simulate(21, gap=0.8, occupations=5, people=400, ads=12)


def test_edits_chosen_by_reward_help_people_never_used(market):
    (_, train), (_, unseen) = halves(market)
    config = RewardConfig(resamples=200)
    model = RewardModel.fit(train.jobs, train.pool, train.linear(), config, top=60, seed=0)
    jobs = [job for job in market.jobs if not model.abstains(job)]
    assert len(jobs) >= 36
    before = ratio(unseen, jobs)
    assert before < 0.75

    chosen = reworded(jobs, lambda job, texts: int(np.argmax(model.scorer(job)(texts))), seed=1)
    draw = np.random.default_rng(2)
    random = reworded(jobs, lambda job, texts: int(draw.integers(1, len(texts))), seed=1)
    after, by_chance = ratio(unseen, chosen), ratio(unseen, random)
    assert abs(np.log(after)) < 0.5 * abs(np.log(before))
    assert abs(np.log(after)) < abs(np.log(by_chance))
    assert after < 1.25


def test_reliability_rises_with_people(market):
    found = {}
    for people in (24, 400):
        drawn = simulate(31, gap=1.2, occupations=3, people=people, ads=12)
        config = RewardConfig(resamples=100, min_group=10)
        model = RewardModel.fit(drawn.jobs, drawn.pool, drawn.linear(), config, top=12, seed=0)
        rng = np.random.default_rng(0)
        work = [
            (
                job,
                [
                    text_of(np.array(json.loads(job.text)) + rng.normal(0, 0.1, 24))
                    for _ in range(6)
                ],
            )
            for job in drawn.jobs
        ]
        changes = [
            (job, c)
            for (job, _), cs in zip(work, model.changes_many(work), strict=True)
            for c in cs
        ]
        table = reliability_table(
            [str(job.group) for job, _ in changes],
            [job.id for job, _ in changes],
            [change.halves for _, change in changes],
            floor=0.5,
            resamples=50,
            seed=0,
        )
        found[people] = np.mean([row.half for row in table])
    assert found[400] > 0.6
    assert found[24] < found[400] - 0.15
