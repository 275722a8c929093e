"""Our measures against libraries that others wrote."""

from __future__ import annotations

import ir_measures
import numpy as np
import pytest
from scipy.stats import hypergeom
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests

from evenhand.match.protocol import Rankings
from evenhand.measure.counts import Selection, ndcg, precision, recall, reciprocal_rank
from evenhand.measure.families.lists import chance_level
from evenhand.measure.figure import holm
from evenhand.measure.ratio import REST, Contrast, mantel_haenszel
from evenhand.measure.resample import percentile_interval


@pytest.mark.parametrize("seed", range(5))
def test_r_is_the_pooled_risk_ratio_of_statsmodels(seed):
    rng = np.random.default_rng(seed)
    pool = rng.integers(1, 60, size=(25, 4))
    selected = rng.binomial(pool, 0.3)
    counted = Selection(("a", "b", "c", ""), selected, pool, tuple(str(i) for i in range(25)))
    for contrast, others in ((Contrast("a", "b"), [1]), (Contrast("a", REST), [1, 2])):
        shown = np.stack([selected[:, 0], selected[:, others].sum(axis=1)], axis=1)
        people = np.stack([pool[:, 0], pool[:, others].sum(axis=1)], axis=1)
        tables = [
            np.stack([s, p - s], axis=1).astype(float) for s, p in zip(shown, people, strict=True)
        ]
        expected = StratifiedTable(tables).riskratio_pooled
        assert mantel_haenszel(counted, contrast).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("k", [1, 5, 20])
def test_quality_is_that_of_ir_measures(k):
    rng = np.random.default_rng(k)
    jobs, people = 30, 80
    relevant = rng.random((jobs, people)) < rng.uniform(0.02, 0.5, (jobs, 1))
    relevant[4] = False
    relevant[np.arange(jobs) != 4, 0] = True
    positions = np.stack([rng.permutation(people)[:20] for _ in range(jobs)])
    scores = -np.tile(np.arange(20.0), (jobs, 1))
    ids = tuple(f"d{index}" for index in range(people))
    rankings = Rankings(tuple(f"q{index}" for index in range(jobs)), ids, positions, scores)
    wanted = {
        ir_measures.nDCG @ k: ndcg,
        ir_measures.RR @ k: reciprocal_rank,
        ir_measures.R @ k: recall,
        ir_measures.P @ k: precision,
    }
    qrels = [ir_measures.Qrel(f"q{job}", f"d{person}", 1) for job, person in np.argwhere(relevant)]
    run = [
        ir_measures.ScoredDoc(f"q{job}", ids[position], -float(place))
        for job, row in enumerate(positions)
        for place, position in enumerate(row)
        if job != 4
    ]
    ours = {measure: function(rankings, relevant, k) for measure, function in wanted.items()}
    compared = 0
    for metric in ir_measures.iter_calc(list(wanted), qrels, run):
        value = ours[metric.measure][int(metric.query_id[1:])]
        assert value == pytest.approx(metric.value, abs=1e-9), metric
        compared += 1
    assert compared == 4 * (jobs - 1)
    assert all(np.isnan(values[4]) for values in ours.values())


@pytest.mark.parametrize("seed", range(5))
def test_holm_is_that_of_statsmodels(seed):
    p_values = np.random.default_rng(seed).random(12) ** 3
    expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(expected)


@pytest.mark.parametrize(("women", "men", "drawn"), [(7, 13, 5), (25, 25, 10), (2, 48, 10)])
def test_chance_of_two_groups_is_a_hypergeometric_sum(women, men, drawn):
    counts = np.arange(drawn + 1)
    weight = hypergeom.pmf(counts, women + men, women, drawn)
    rate_women, rate_men = counts / women, (drawn - counts) / men
    ratio = rate_women / np.maximum(rate_women, rate_men)
    assert chance_level((women, men), drawn)[0] == pytest.approx(float(weight @ ratio))


def test_percentiles_are_those_of_numpy():
    values = np.random.default_rng(0).normal(size=(101, 3))
    values[4, 1] = np.nan
    low, high = percentile_interval(values, 0.9)
    assert low == pytest.approx(np.nanquantile(values, 0.05, axis=0))
    assert high == pytest.approx(np.nanquantile(values, 0.95, axis=0))
