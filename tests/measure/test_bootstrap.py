import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.match.protocol import Rankings
from evenhand.measure.counts import count_selection, encode_labels, prepare_lists, weighted_counts
from evenhand.measure.resample import (
    draw_weights,
    lower_bound,
    percentile_interval,
    resampled_means,
    two_sided_p,
)
from evenhand.measure.study import estimate_ratios, make_design


def test_every_resample_draws_as_many_people_and_ads_as_there_are():
    weights = draw_weights(40, ["x"] * 6 + ["y"] * 3, 50, seed=3)
    assert (weights.people.sum(axis=1) == 40).all()
    assert (weights.ads[:, :6].sum(axis=1) == 6).all()
    assert (weights.ads[:, 6:].sum(axis=1) == 3).all()
    assert len({row.tobytes() for row in weights.people}) == 50


def test_weights_follow_the_seed():
    first, same = draw_weights(30, ["x"] * 9, 5, seed=1), draw_weights(30, ["x"] * 9, 5, seed=1)
    other = draw_weights(30, ["x"] * 9, 5, seed=2)
    assert (first.people == same.people).all()
    assert (first.ads == same.ads).all()
    assert (first.people != other.people).any()


def test_one_way_holds_the_other_side_fixed():
    assert (draw_weights(9, ["x"] * 4, 5, 0, over="ads").people == 1).all()
    assert (draw_weights(9, ["x"] * 4, 5, 0, over="people").ads == 1).all()


def test_no_resamples_is_refused():
    with pytest.raises(MeasureError, match="1 or more"):
        draw_weights(3, ["x"], 0, 0)


def test_weights_count_people_as_if_they_were_repeated(make_rankings):
    rankings = make_rankings([[0, 3, 1], [2, 1]], 4)
    qualified = np.array([[1, 1, 0, 1], [1, 1, 1, 0]], dtype=bool)
    labels = np.array(["f", "m", "f", ""])
    lists = prepare_lists(rankings, qualified, encode_labels(labels), 3)
    selected, pool = weighted_counts(lists, np.array([[2, 0, 3, 5], [1, 1, 1, 1]]))
    assert selected[0].tolist() == [[2, 0, 5], [3, 0, 0]]
    assert pool[0].tolist() == [[2, 0, 5], [5, 0, 0]]
    counted = count_selection(rankings, qualified, labels, 3)
    assert (selected[1] == counted.selected).all()
    assert (pool[1] == counted.pool).all()


def test_resampled_means_leave_out_undefined_ads():
    weights = draw_weights(2, ["x"] * 3, 200, seed=0)
    means = resampled_means(np.array([1.0, np.nan, 3.0]), weights)
    assert set(np.unique(means[~np.isnan(means)])) <= {1.0, 1.5, 2.0, 5 / 3, 7 / 3, 2.5, 3.0}
    only_undefined = (weights.ads[:, [0, 2]] == 0).all(axis=1)
    assert (np.isnan(means) == only_undefined).all()


def test_percentiles_skip_undefined_replicates():
    values = np.array([[0.0, np.nan], [1.0, np.nan], [2.0, np.nan], [np.nan, np.nan]])
    low, high = percentile_interval(values, level=0.5)
    assert low.tolist() == pytest.approx([0.5, np.nan], nan_ok=True)
    assert high.tolist() == pytest.approx([1.5, np.nan], nan_ok=True)
    assert float(lower_bound(np.arange(101.0), 0.95)) == pytest.approx(5.0)


def test_two_sided_p():
    replicates = np.stack([np.linspace(-1, 1, 99), np.full(99, 2.0), np.full(99, np.nan)], axis=1)
    p_values = two_sided_p(replicates)
    assert p_values[0] == 1.0
    assert p_values[1] == pytest.approx(2 / 100)
    assert np.isnan(p_values[2])


def _shared_candidates(rng: np.random.Generator, jobs: int, people: int, k: int) -> Rankings:
    """Lists without any tie to the label, in which popular people come back."""
    appeal = rng.normal(size=people) + 1.2 * rng.normal(size=(jobs, people))
    order = np.argsort(-appeal, axis=1)[:, :k]
    scores = -np.tile(np.arange(float(k)), (jobs, 1))
    ids = tuple(str(index) for index in range(people))
    return Rankings(ids[:jobs], ids, order, scores)


@pytest.mark.slow
def test_two_way_intervals_cover_where_intervals_over_ads_do_not():
    rng = np.random.default_rng(5)
    jobs, people, k, simulations = 40, 300, 10, 150
    qualified = np.ones((jobs, people), dtype=bool)
    covered = {"both": 0, "ads": 0}
    alarms = 0
    for seed in range(simulations):
        labels = rng.permutation(np.repeat(["f", "m"], people // 2))
        rankings = _shared_candidates(rng, jobs, people, k)
        design = make_design(labels, qualified, ["x"] * jobs, permutations=200, seed=seed)
        for over in covered:
            weights = draw_weights(people, ["x"] * jobs, 200, seed, over=over)
            estimate = estimate_ratios(design, rankings, k, weights).estimate(0, 0)
            covered[over] += estimate.interval[0] <= 1.0 <= estimate.interval[1]
        alarms += estimate.p_value <= 0.05
    assert covered["both"] / simulations >= 0.91
    assert covered["ads"] / simulations <= 0.65
    assert alarms / simulations <= 0.10
