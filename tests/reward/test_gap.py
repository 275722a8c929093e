"""Gaps on simulated markets: found where planted, not found where not, and honest in between."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from evenhand.config.schema import RewardConfig
from evenhand.measure.counts import count_selection
from evenhand.measure.ratio import Contrast as Comparison
from evenhand.measure.ratio import mantel_haenszel
from evenhand.measure.resample import draw_weights
from evenhand.records.job import Job
from evenhand.reward.gap import Estimate, Evidence, estimate_group, ratio_with_interval
from evenhand.reward.model import RewardModel, Setting

from .simulation import Simulated, simulate, text_of


def evidence_of(market: Simulated, group: str, config: RewardConfig) -> tuple[Evidence, Setting]:
    setting = Setting.of(market.jobs, market.pool, market.linear(), config, 0, None)
    rows = setting.groups[group]
    jobs = [market.jobs[int(row)] for row in rows]
    engine = market.linear()
    return (
        Evidence(
            group,
            engine.scores(jobs),
            setting.qualified[rows],
            engine.rank(jobs, 50),
            setting.people,
            50,
        ),
        setting,
    )


def test_r_is_the_measured_ratio_and_lies_in_its_interval(leaning, small):
    evidence, setting = evidence_of(leaning, "occupation0", small)
    sides = setting.people.sides(setting.contrasts[0])
    drawn = draw_weights(len(sides), ["x"] * evidence.ads, 200, 0)
    found = ratio_with_interval(evidence, sides, drawn)
    counted = count_selection(
        evidence.rankings, evidence.qualified, leaning.pool.column("gender"), 50
    )
    measured = mantel_haenszel(counted, Comparison("female", "male"))
    assert found is not None
    assert math.exp(found.log) == pytest.approx(measured.value)
    assert found.low < found.log < found.high


def test_lists_without_a_fold_reach_as_deep(leaning, small):
    evidence, setting = evidence_of(leaning, "occupation0", small)
    sides = setting.people.sides(setting.contrasts[0])
    assert evidence.shifted(sides).k == 50
    assert evidence.shifted(sides, fold=1).k == 40
    assert evidence.shifted(sides, fold=1).scores.shape[1] == 720 * 4 // 5


def test_a_planted_gap_is_found_with_its_sign(leaning, small):
    model = RewardModel.fit(leaning.jobs, leaning.pool, leaning.linear(), small, top=50, seed=0)
    judged = [target.contrasts[0] for target in model.targets.values()]
    closed = [found for found in judged if not found.abstained]
    assert len(closed) >= 4
    for found in closed:
        assert found.ratio < 1
        assert found.interval[1] < 1
        assert found.gap < 0
        assert found.shift > 0
        assert min(found.fold_shifts) > 0
        assert found.shift_interval[0] <= found.shift <= found.shift_interval[1]
        assert "shows a gap" in found.reason


def test_the_target_applied_to_the_engine_brings_r_to_one(leaning, small):
    evidence, setting = evidence_of(leaning, "occupation0", small)
    target = estimate_group(evidence, setting.contrasts, small, 0).contrasts[0]
    sides = setting.people.sides(setting.contrasts[0])
    low, high = (target.ratio / end for end in target.interval)
    curve = evidence.shifted(sides)
    assert target.shift_interval == pytest.approx((curve.shift_to(high), curve.shift_to(low)))
    women, men = evidence.qualified & (sides > 0), evidence.qualified & (sides < 0)
    spreads = np.array(
        [row[q].std() for row, q in zip(evidence.scores, evidence.qualified, strict=True)]
    )[:, None]
    moved = evidence.scores + target.shift * spreads * (women / 2 - men / 2)
    top = np.argsort(-moved, axis=1)[:, :50]
    rows = np.arange(len(top))[:, None]
    assert women[rows, top].sum() / men[rows, top].sum() == pytest.approx(1.0, abs=0.03)


def test_without_a_gap_it_abstains_about_as_often_as_it_says(small):
    """A 95 % two-way interval: false alarms stay rare over markets drawn without a gap."""
    alarms = [
        not target.abstained
        for seed in range(12)
        for market in [simulate(100 + seed, gap=0.0, occupations=3, people=100, ads=15)]
        for target in RewardModel.fit(
            market.jobs, market.pool, market.linear(), small, top=30, seed=seed
        ).targets.values()
    ]
    assert len(alarms) == 36
    assert sum(alarms) <= 5


def test_an_abstention_says_what_it_could_have_shown(level, small):
    model = RewardModel.fit(level.jobs, level.pool, level.linear(), small, top=50, seed=0)
    target = next(t for t in model.targets.values() if t.abstained)
    found = target.contrasts[0]
    assert found.shift == 0
    assert set(found.fold_shifts) == {0.0}
    low, high = found.detectable
    assert f"below {low:.2f} or above {high:.2f}" in target.reason
    assert low < found.interval[0] / found.ratio
    assert "no detectable gap" in target.reason


def test_the_detectable_gap_is_its_formula():
    found = Estimate(log=0.1, low=-0.3, high=0.5)
    assert found.holds_parity
    assert found.detectable == pytest.approx(0.4 / 1.96 * 2.8)
    assert not Estimate(0.5, 0.01, 0.9).holds_parity


def test_relabelling_the_groups_flips_the_target(small):
    market = simulate(7, gap=1.0, occupations=3)
    swapped = Simulated(
        market.jobs,
        type(market.pool)(
            tuple(
                type(person)(
                    person.id,
                    person.text,
                    {
                        **person.fields,
                        "gender": "male" if person.fields["gender"] == "female" else "female",
                    },
                )
                for person in market.pool
            )
        ),
        market.vectors,
        market.direction,
    )
    one, other = (
        RewardModel.fit(m.jobs, m.pool, m.linear(), small, top=40, seed=0).targets["occupation0"]
        for m in (market, swapped)
    )
    assert other.contrasts[0].shift == pytest.approx(-one.contrasts[0].shift, abs=1e-9)
    assert other.contrasts[0].gap == pytest.approx(-one.contrasts[0].gap, abs=1e-9)
    assert other.contrasts[0].ratio == pytest.approx(1 / one.contrasts[0].ratio)


def test_too_few_people_are_counted(small):
    market = simulate(3, gap=1.0, occupations=3, people=40, women=0.3)
    model = RewardModel.fit(market.jobs, market.pool, market.linear(), small, top=20, seed=0)
    target = model.targets["occupation1"]
    assert target.contrasts == ()
    assert target.abstained
    assert "8 more with the value female" in target.reason
    assert model.abstains(next(job for job in market.jobs if job.group == "occupation1"))


def test_a_handful_of_people_is_not_counted_out_loud(small):
    market = simulate(3, gap=1.0, occupations=3, people=40, women=0.08)
    women = sum(
        person.fields["gender"] == "female" and person.fields["occupation_group"] == "occupation1"
        for person in market.pool
    )
    assert 0 < women < 5
    model = RewardModel.fit(market.jobs, market.pool, market.linear(), small, top=20, seed=0)
    reason = model.targets["occupation1"].reason
    assert f"over {max(small.min_group, small.folds) - 5} more with the value female" in reason
    assert f"so {small.min_group - women} more" not in reason


def test_too_few_ads_are_no_evidence(small):
    market = simulate(3, gap=1.0, occupations=3, ads=4)
    model = RewardModel.fit(market.jobs, market.pool, market.linear(), small, top=20, seed=0)
    assert "4 ads; at least 8" in model.targets["occupation0"].reason


def test_a_list_that_nobody_qualified_reaches_is_not_judged(small):
    market = simulate(3, gap=1.0, occupations=3, ads=8)
    far = [Job(job.id, text_of(-10 * np.ones(24)), "", job.fields) for job in market.jobs[:8]]
    far = [Job(job.id, text_of(-market.vectors[:120].mean(axis=0)), "", job.fields) for job in far]
    model = RewardModel.fit(far, market.pool, market.linear(), small, top=3, seed=0)
    assert "nobody qualified is in a top 3" in model.targets["occupation0"].reason


def test_intersections_and_small_cells(small):
    market = simulate(4, gap=1.0, occupations=3, people=180, second=True)
    config = small.model_copy(
        update={"attributes": ("gender", "age_band", "gender*age_band"), "min_group": 29}
    )
    model = RewardModel.fit(market.jobs, market.pool, market.linear(), config, top=50, seed=0)
    names = [found.contrast.name for found in model.targets["occupation0"].contrasts]
    assert names[0] == "gender: female - male"
    assert len(names) == 1 + 3 + 6
    smaller = config.model_copy(update={"min_group": 31})
    target = RewardModel.fit(
        market.jobs, market.pool, market.linear(), smaller, top=50, seed=0
    ).targets["occupation0"]
    assert len(target.contrasts) == 4
    assert len(target.left_out) == 6
    assert all("1 more with the value" in sentence for sentence in target.left_out)


def test_nobody_leans_by_their_own_place(leaning, small):
    """Leans come from the other folds, and from none of a fold that is left out."""
    evidence, setting = evidence_of(leaning, "occupation0", small)
    vectors = leaning.linear().candidate_vectors
    shown = replace(evidence, vectors=vectors)
    sides = setting.people.sides(setting.contrasts[0])
    whole, folds = shown.leans(sides), setting.people.folds
    assert evidence.leans(sides) is None
    moved = replace(evidence, vectors=np.where(folds[:, None] == 1, 9.0, vectors))
    assert whole is not None
    assert (moved.leans(sides)[folds == 0] != whole[folds == 0]).any()
    np.testing.assert_array_equal(
        moved.leans(sides, fold=1)[folds == 0], shown.leans(sides, fold=1)[folds == 0]
    )
    assert not shown.leans(sides, fold=1)[folds == 1].any()
