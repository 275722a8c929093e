from __future__ import annotations

import json

import numpy as np
import pytest

from evenhand.config.schema import RewardConfig
from evenhand.errors import BadInput
from evenhand.match.protocol import Rankings
from evenhand.records.job import Job
from evenhand.records.people import Candidate, Pool
from evenhand.reward.gates import QualityJudge

from .simulation import text_of

# 10 qualified women, 10 qualified men, 20 others.
POOL = Pool(
    tuple(
        Candidate(
            f"p{i:02d}",
            "text",
            {
                "gender": "female" if i % 2 else "male",
                "occupation_group": "nurse" if i < 20 else "clerk",
            },
        )
        for i in range(40)
    )
)
WOMEN, MEN, OTHERS = list(range(1, 20, 2)), list(range(0, 20, 2)), list(range(20, 40))


class Lists:
    """An engine that ranks people in the order that a text spells out."""

    name = digest = "lists"
    candidate_ids = POOL.ids

    def rank(self, queries, k, eligible=None):
        orders = [json.loads(query.text) for query in queries]
        full = [order + [i for i in range(40) if i not in order] for order in orders]
        positions = np.array(full)[:, :k]
        scores = np.tile(-np.arange(k, dtype=float), (len(orders), 1))
        return Rankings(tuple(q.id for q in queries), self.candidate_ids, positions, scores)


def verdict(before: list[int], after: list[int], *, max_loss: float = 1.0, **given):
    job = Job("ad", json.dumps(before), "", {"occupation_group": "nurse"})
    judge = QualityJudge(POOL, Lists(), RewardConfig(), top=20, max_loss=max_loss, **given)
    return judge.gate(job)(job.text, json.dumps(after))


START = WOMEN[:5] + MEN[:5] + OTHERS


@pytest.mark.parametrize(
    ("after", "passes"),
    [
        (WOMEN[:4] + MEN[:4] + OTHERS, False),
        (WOMEN[:3] + MEN[:5] + OTHERS, True),
        (WOMEN[:3] + MEN[:6] + OTHERS, True),
        (WOMEN[:6] + MEN[:6] + OTHERS, True),
        (START, True),
    ],
)
def test_both_sides_may_not_lose(after, passes):
    assert verdict(START, after).passed is passes


def test_ndcg_may_fall_by_the_bound_only():
    worse = OTHERS[:2] + WOMEN[:5] + MEN[:5] + OTHERS[2:]
    loose, tight = verdict(START, worse, max_loss=0.5), verdict(START, worse, max_loss=0.05)
    assert loose.passed
    assert not tight.passed
    assert "nDCG@20" in tight.reason
    assert verdict(worse, START, max_loss=0.0).passed


def test_reasons_name_no_group():
    refused = verdict(START, WOMEN[:4] + MEN[:4] + OTHERS)
    assert "levels down" in refused.reason
    assert "male" not in refused.reason
    assert "gender" not in refused.reason


def test_an_ad_that_nobody_is_qualified_for_is_not_judged():
    judge = QualityJudge(POOL, Lists(), RewardConfig(), top=20, max_loss=0.0)
    for fields in ({}, {"occupation_group": "other"}, {"occupation_group": "pilot"}):
        job = Job("ad", json.dumps(START), "", fields)
        assert judge.gate(job)(job.text, json.dumps(OTHERS)).passed


def test_judgements_may_say_who_is_qualified():
    row = np.array([i in OTHERS for i in range(40)])
    assert verdict(START, WOMEN[:4] + MEN[:4] + OTHERS, qualified={"ad": row}).passed


def test_judgements_follow_the_order_of_the_pool():
    backwards = Pool(tuple(reversed(POOL.people)))
    row = np.array([int(person.id[1:]) in OTHERS for person in backwards])
    judge = QualityJudge(
        backwards, Lists(), RewardConfig(), top=20, max_loss=1.0, qualified={"ad": row}
    )
    job = Job("ad", json.dumps(START), "", {"occupation_group": "nurse"})
    assert judge.gate(job)(job.text, json.dumps(WOMEN[:4] + MEN[:4] + OTHERS)).passed
    assert not judge.gate(job)(job.text, json.dumps(WOMEN + MEN)).passed


def test_another_ad_is_refused():
    judge = QualityJudge(POOL, Lists(), RewardConfig(), top=20, max_loss=0.0)
    with pytest.raises(BadInput, match="another ad"):
        judge.gate(Job("ad", json.dumps(START)))("something else", "x")


def test_on_the_simulated_engine_noise_is_refused(leaning, small):
    judge = QualityJudge(leaning.pool, leaning.linear(), small, top=50, max_loss=0.05)
    job = leaning.jobs[0]
    vector = np.array(json.loads(job.text))
    gate = judge.gate(job)
    assert gate(job.text, text_of(1.01 * vector)).passed
    assert not gate(job.text, text_of(-vector)).passed
