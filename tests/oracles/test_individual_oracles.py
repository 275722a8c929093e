"""Measures of single candidates and ads, list similarity and paired tests against peers.

Where a peer gives another number the test holds both and says why.
"""

from __future__ import annotations

import importlib
import math
import warnings
from types import ModuleType

import ir_measures
import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from evenhand.match.protocol import Rankings
from evenhand.measure.counts import average_precision, ndcg, precision, recall, reciprocal_rank
from evenhand.measure.families.ads import coefficient_of_variation, gini_jobs, standard_deviation
from evenhand.measure.families.people import MEASURES, Shown
from evenhand.measure.families.quality import kendall_tau
from evenhand.measure.resample import equivalence, randomisation_test


@pytest.fixture(scope="module")
def holisticai() -> ModuleType:
    pytest.importorskip("holisticai", reason="holisticai is the peer of these tests")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("holisticai.bias.metrics")


T1 = Shown(np.array([[0, 1], [0, 2], [1, 0], [3, 0]]), 5)


def table_of(shown: Shown) -> np.ndarray:
    table = np.zeros((shown.lists, shown.people))
    table[np.arange(shown.lists)[:, None], shown.positions] = 1.0
    return table


def random_shown(seed: int) -> Shown:
    rng = np.random.default_rng(seed)
    return Shown(np.stack([rng.permutation(40)[:7] for _ in range(25)]), 40)


@pytest.mark.parametrize("seed", range(4))
def test_gini_of_holisticai_is_ours_times_n_over_n_minus_1(holisticai, seed):
    shown = random_shown(seed)
    theirs = holisticai.gini_index(table_of(shown))
    assert theirs == pytest.approx(MEASURES["gini"].original(shown) * 40 / 39, abs=1e-12)


def test_gini_of_holisticai_on_the_toy(holisticai):
    """Ours .45 and theirs .5625: they divide by n - 1, so that one of n with all is at 1."""
    assert MEASURES["gini"].original(T1) == pytest.approx(0.45)
    assert holisticai.gini_index(table_of(T1)) == pytest.approx(0.5625)


@pytest.mark.parametrize("seed", range(3))
def test_entropy_of_holisticai_is_ours_times_ln_n(holisticai, seed):
    shown = random_shown(seed)
    assert (shown.counts > 0).all()
    theirs = holisticai.exposure_entropy(table_of(shown))
    assert theirs / math.log(40) == pytest.approx(MEASURES["entropy"].original(shown), abs=1e-12)


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_entropy_of_holisticai_on_the_toy(holisticai):
    """They warn, take 0 log 0 for 0 and natural logarithms: 1.213008, or 0.753683 to base n.

    The paper's original has no value with one person unshown; the corrected form sets that
    0.753683 between one list for all (log_5 2) and counts of 2, 2, 2, 1, 1.
    """
    theirs = holisticai.exposure_entropy(table_of(T1))
    assert theirs == pytest.approx(1.213008, abs=1e-6)
    assert math.isnan(MEASURES["entropy"].original(T1))
    least = math.log(2)
    most = -(3 * 2 / 8 * math.log(2 / 8) + 2 * 1 / 8 * math.log(1 / 8))
    assert (theirs - least) / (most - least) == pytest.approx(0.6)
    assert MEASURES["entropy"].corrected(T1) == pytest.approx(0.6)


@pytest.mark.parametrize("seed", range(4))
def test_aggregate_diversity_of_holisticai_is_the_share_ever_shown(holisticai, seed):
    shown = random_shown(seed)
    few = Shown(shown.positions[:3], 40)
    assert holisticai.aggregate_diversity(table_of(few)) == pytest.approx(
        MEASURES["qualified_fairness"].original(few)
    )


def test_jain_of_holisticai_is_over_errors_and_only_shares_the_formula(holisticai):
    """Fed with predictions and truths it judges errors; counts posing as errors give ours."""
    truth, guess = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 5.0])
    assert holisticai.jain_index(guess, truth) == pytest.approx(0.25)
    posing = holisticai.jain_index(T1.counts, np.zeros(5))
    assert posing == pytest.approx(MEASURES["jain"].original(T1), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_spread_over_ads_is_that_of_numpy_and_scipy(seed):
    values = np.random.default_rng(seed).random(50)
    assert standard_deviation(values)[0] == pytest.approx(np.std(values), abs=1e-12)
    assert coefficient_of_variation(values)[0] == pytest.approx(stats.variation(values), abs=1e-12)
    assert gini_jobs(values)[0] == pytest.approx(
        np.abs(values[:, None] - values).mean() / (2 * values.mean()), abs=1e-12
    )


@pytest.mark.parametrize("k", [1, 5, 20])
def test_quality_is_that_of_ir_measures_to_1e_9(k):
    rng = np.random.default_rng(k + 100)
    jobs, people = 25, 60
    relevant = rng.random((jobs, people)) < rng.uniform(0.02, 0.6, (jobs, 1))
    relevant[:, 0] = True
    positions = np.stack([rng.permutation(people)[:20] for _ in range(jobs)])
    ids = tuple(f"d{index}" for index in range(people))
    rankings = Rankings(
        tuple(f"q{index}" for index in range(jobs)), ids, positions, np.zeros((jobs, 20))
    )
    ours = {
        ir_measures.AP @ k: average_precision,
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
    ]
    values = {measure: one(rankings, relevant, k) for measure, one in ours.items()}
    worst = max(
        abs(values[found.measure][int(found.query_id[1:])] - found.value)
        for found in ir_measures.iter_calc(list(ours), qrels, run)
    )
    assert worst < 1e-9


def test_equal_scores_reorder_the_lists_of_ir_measures_and_not_ours():
    """A relevant person who stands third, all scores equal.

    trec_eval breaks ties by id descending and so has them first (RR 1); RR@3 of the same library
    goes through another program and has them third. With falling scores all agree.
    """
    rankings = Rankings(("q",), ("a", "b", "c"), np.array([[0, 1, 2]]), np.ones((1, 3)))
    relevant = np.array([[False, False, True]])
    qrels = [ir_measures.Qrel("q", "c", 1)]
    tied = [ir_measures.ScoredDoc("q", name, 1.0) for name in "abc"]
    falling = [ir_measures.ScoredDoc("q", name, -float(i)) for i, name in enumerate("abc")]
    whole, cut = ir_measures.RR, ir_measures.RR @ 3
    assert ir_measures.calc_aggregate([whole], qrels, tied)[whole] == 1.0
    assert ir_measures.calc_aggregate([cut], qrels, tied)[cut] == pytest.approx(1 / 3)
    for rank in (whole, cut):
        found = ir_measures.calc_aggregate([rank], qrels, falling)[rank]
        assert found == pytest.approx(reciprocal_rank(rankings, relevant, 3)[0])


@pytest.mark.parametrize("pairs", [3, 8, 12])
def test_exact_randomisation_is_that_of_scipy(pairs):
    rng = np.random.default_rng(pairs)
    first, second = rng.random(pairs), rng.random(pairs) + 0.1
    theirs = stats.permutation_test(
        (second, first),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        n_resamples=math.inf,
        vectorized=True,
    )
    assert randomisation_test(first, second).p_value == pytest.approx(theirs.pvalue, abs=1e-12)


def test_drawn_randomisation_is_close_to_scipys():
    rng = np.random.default_rng(1)
    first, second = rng.random(80), rng.random(80) + 0.08
    theirs = stats.permutation_test(
        (second, first),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        n_resamples=10_000,
        vectorized=True,
        rng=np.random.default_rng(2),
    )
    ours = randomisation_test(first, second, permutations=10_000)
    # Theirs is twice the smaller tail, ours counts both: the variances are p(2 - p) and p(1 - p).
    error = math.sqrt(ours.p_value * (3 - 2 * ours.p_value) / 10_000)
    assert abs(ours.p_value - theirs.pvalue) < 4 * error


@pytest.mark.parametrize("seed", range(4))
def test_equivalence_is_that_of_statsmodels(seed):
    rng = np.random.default_rng(seed)
    first = rng.random(35)
    second = first + rng.normal(0.005, 0.05, 35)
    p_value, above_low, below_high = ttost_paired(second, first, -0.02, 0.02)
    ours = equivalence(first, second, 0.02)
    assert ours.p_value == pytest.approx(p_value, abs=1e-12)
    assert ours.p_not_worse == pytest.approx(above_low[1], abs=1e-12)
    assert ours.p_not_better == pytest.approx(below_high[1], abs=1e-12)
    low, high = stats.ttest_rel(second, first).confidence_interval(0.9)
    assert ours.interval == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_kendall_is_that_of_scipy_over_the_union(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.permutation(20)[:8], rng.permutation(20)[:6]
    union = sorted({*first.tolist(), *second.tolist()})
    places = [
        [row.tolist().index(person) if person in row else 99 for person in union]
        for row in (first, second)
    ]
    theirs = stats.kendalltau(*places, variant="b").statistic
    assert kendall_tau(first[None], second[None])[0] == pytest.approx(theirs, abs=1e-12)
