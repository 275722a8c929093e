import math
import time

import numpy as np
import pytest

from evenhand.match.protocol import Rankings
from evenhand.measure.counts import Selection, count_selection, make_scopes
from evenhand.measure.ratio import Contrast, macro_ratio, mantel_haenszel
from evenhand.measure.resample import draw_weights
from evenhand.measure.study import MACRO, make_design

from ..ratio_tables import by_job_group, ratio_table


def _table(market, resamples=200, **options):
    groups = [job.group or "" for job in market.jobs]
    return ratio_table(
        market.rankings,
        market.qualified,
        market.pool.column("gender"),
        groups,
        draw_weights(len(market.pool), groups, resamples, 0),
        top=50,
        seed=0,
        **options,
    )


def test_points_equal_the_single_measures(small_market):
    table = _table(small_market)
    counted = count_selection(
        small_market.rankings, small_market.qualified, small_market.pool.column("gender"), 50
    )
    contrast = Contrast("female", "male")
    groups = [job.group or "" for job in small_market.jobs]
    by_group = by_job_group(counted, contrast, groups)
    assert table.scopes == ("overall", "cook", "nurse", "pilot", MACRO)
    expected = [mantel_haenszel(counted, contrast), *by_group.values(), macro_ratio(by_group)]
    assert [ratio.value for ratio in table.ratios[0]] == pytest.approx(
        [ratio.value for ratio in expected]
    )


def test_intervals_hold_the_value_and_detectable_is_above_one(small_market):
    table = _table(small_market)
    for scope in range(len(table.scopes)):
        estimate = table.estimate(0, scope)
        assert estimate.interval[0] < estimate.value < estimate.interval[1]
        assert estimate.null_interval[0] < 1.0 < estimate.null_interval[1]
        assert estimate.detectable > 1.0


def test_scopes_with_too_few_people_are_withheld(small_market):
    table = _table(small_market, min_group=95)
    judged = table.design.judged[0]
    assert judged[0]
    assert not judged[1:].all()
    withheld = int(np.flatnonzero(~judged)[0])
    estimate = table.estimate(0, withheld)
    assert math.isnan(estimate.value)
    assert math.isnan(estimate.p_value)
    assert "95 needed" in estimate.reason
    nobody = _table(small_market, min_group=1000)
    assert "no group of ads has enough people" in nobody.estimate(0, 4).reason


def test_no_interval_is_claimed_where_nobody_of_the_group_is_shown(make_rankings):
    labels = np.array(["f"] * 30 + ["m"] * 30)
    rankings = make_rankings([range(30, 50), range(35, 55)], 60)
    table = ratio_table(
        rankings,
        np.ones((2, 60), dtype=bool),
        labels,
        ["x", "x"],
        draw_weights(60, ["x", "x"], 99, 0),
        top=20,
        seed=0,
    )
    estimate = table.estimate(0, 0)
    assert estimate.value == 0.0
    assert math.isnan(estimate.interval[0])
    assert estimate.p_value == pytest.approx(1 / 100)
    assert estimate.reason == "nobody of f was shown"
    assert "x: nobody of f was shown" in table.estimate(0, 2).reason


def test_ads_without_a_group_are_in_overall_only():
    scopes = make_scopes(["x", "", "x"])
    assert scopes.names == ("overall", "x")
    assert scopes.membership.tolist() == [[True, True], [True, False], [True, True]]


def test_a_thousand_resamples_of_3500_people_and_55_ads_take_under_two_seconds():
    rng = np.random.default_rng(0)
    jobs, people, k = 55, 3500, 50
    groups = [f"g{job % 3}" for job in range(jobs)]
    occupation = rng.integers(0, 7, people)
    qualified = np.stack([occupation == job % 3 for job in range(jobs)])
    ids = tuple(str(index) for index in range(people))
    positions = np.stack([rng.permutation(people)[:k] for _ in range(jobs)])
    scores = -np.tile(np.arange(float(k)), (jobs, 1))
    rankings = Rankings(ids[:jobs], ids, positions, scores)
    labels = np.where(rng.random(people) < 0.4, "f", "m")
    start = time.process_time()
    weights = draw_weights(people, groups, 1000, 0)
    table = ratio_table(rankings, qualified, labels, groups, weights, top=k, seed=0)
    assert table.replicates.shape == (1000, 1, 5)
    assert time.process_time() - start < 2.0


def test_a_design_counts_people_once_however_many_ads_they_fit():
    labels = np.array(["f", "m", "m", ""])
    qualified = np.array([[1, 1, 0, 1], [1, 1, 1, 0]], dtype=bool)
    design = make_design(labels, qualified, ["x", "y"], permutations=1)
    assert design.people.tolist() == [[1, 2, 1], [1, 1, 1], [1, 2, 0]]
    assert design.smaller_side.tolist() == [[1, 1, 1]]


def test_a_replicate_is_r_of_the_people_and_ads_that_were_drawn(small_market):
    groups = [job.group or "" for job in small_market.jobs]
    labels = small_market.pool.column("gender")
    weights = draw_weights(len(labels), groups, 3, seed=8)
    table = ratio_table(
        small_market.rankings, small_market.qualified, labels, groups, weights, top=50, seed=0
    )
    contrast = Contrast("female", "male")
    for index, (people, ads) in enumerate(zip(weights.people, weights.ads, strict=True)):
        selected, pool = [], []
        for row in np.repeat(np.arange(len(ads)), ads):
            shown = np.zeros(len(labels), dtype=bool)
            shown[small_market.rankings.positions[row, :50]] = True
            qualified = small_market.qualified[row]
            values = ("female", "male", "")
            selected.append([people[qualified & shown & (labels == v)].sum() for v in values])
            pool.append([people[qualified & (labels == v)].sum() for v in values])
        drawn = Selection(("female", "male", ""), np.array(selected), np.array(pool), ())
        names = np.repeat(groups, ads)
        by_group = by_job_group(drawn, contrast, names.tolist())
        expected = [mantel_haenszel(drawn, contrast), *by_group.values(), macro_ratio(by_group)]
        assert table.replicates[index, 0] == pytest.approx([one.log for one in expected])


def test_the_macro_null_averages_the_judged_groups_only(small_market):
    table = _table(small_market, resamples=50, min_group=95)
    judged = table.design.judged[0].copy()
    judged[0] = False
    assert 0 < judged.sum() < 3
    mean = table.null[:, 0, :-1][:, judged].mean(axis=1)
    assert table.null[:, 0, -1] == pytest.approx(mean)


@pytest.mark.parametrize(("women", "said"), [(1, "fewer than 5"), (4, "fewer than 5"), (5, "5 ")])
def test_a_handful_of_people_is_not_counted_out_loud(women, said):
    labels = np.array(["f"] * women + ["m"] * 30)
    qualified = np.ones((2, len(labels)), dtype=bool)
    ids = tuple(map(str, range(len(labels))))
    positions = np.tile(np.arange(10), (2, 1))
    rankings = Rankings(ids[:2], ids, positions, -np.tile(np.arange(10.0), (2, 1)))
    weights = draw_weights(len(labels), ["x", "x"], 10, seed=0)
    table = ratio_table(rankings, qualified, labels, ["x", "x"], weights, top=10, seed=0)
    reason = table.estimate(0, 0).reason
    assert reason.startswith(f"not judged: {said}")
    assert f"{women} qualified" not in reason or women >= 5
