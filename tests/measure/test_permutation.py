import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.counts import count_selection, encode_labels, prepare_lists, relabelled_counts
from evenhand.measure.resample import (
    movable_share,
    permutation_p,
    permutation_strata,
    permuted_codes,
)
from evenhand.measure.study import make_design

LABELS = np.array(["f", "m", "f", "m", "m", "", "f", "f"])
# People 0-3 share a pattern, 4 and 5 another, 6 a third of their own, 7 is qualified for nothing.
QUALIFIED = np.array(
    [[1, 1, 1, 1, 0, 0, 1, 0], [1, 1, 1, 1, 0, 0, 1, 0], [0, 0, 0, 0, 1, 1, 1, 0]], dtype=bool
)


def test_strata_are_people_of_identical_qualification_and_known_value():
    strata = permutation_strata(QUALIFIED, encode_labels(LABELS))
    assert [people.tolist() for people in strata] == [[0, 1, 2, 3]]
    assert movable_share(QUALIFIED, encode_labels(LABELS)) == pytest.approx(4 / 6)


def test_movable_share_of_nobody_is_undefined():
    groups = encode_labels(np.array(["", ""]))
    assert math.isnan(movable_share(np.ones((1, 2), dtype=bool), groups))


def test_shuffles_keep_every_pool_and_everybody_outside_the_strata():
    groups = encode_labels(LABELS)
    codes = permuted_codes(groups, permutation_strata(QUALIFIED, groups), 200, seed=1)
    assert (codes[:, 4:] == groups.codes[4:]).all()
    assert (np.sort(codes[:, :4], axis=1) == np.sort(groups.codes[:4])).all()
    assert len({row.tobytes() for row in codes}) == 6
    again = permuted_codes(groups, permutation_strata(QUALIFIED, groups), 200, seed=1)
    assert (codes == again).all()


def test_no_permutations_is_refused():
    with pytest.raises(MeasureError, match="1 or more"):
        permuted_codes(encode_labels(LABELS), [], 0, seed=0)


def test_one_label_a_person_serves_all_ads(make_rankings):
    rankings = make_rankings([[0, 1, 6], [0, 2, 3], [6, 4, 5]], 8)
    groups = encode_labels(LABELS)
    lists = prepare_lists(rankings, QUALIFIED, groups, 3)
    swapped = groups.codes.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    counts = relabelled_counts(lists, np.stack([groups.codes, swapped]))
    assert (counts[0] == count_selection(rankings, QUALIFIED, LABELS, 3).selected).all()
    assert counts[1, :2].tolist() == [[2, 1, 0], [1, 2, 0]]


def test_p_value_counts_the_observed_value_and_ties():
    null = np.array([[-2.0], [-1.0], [0.5], [1.0 + 1e-15]])
    assert permutation_p(np.array([1.0]), null)[0] == pytest.approx(4 / 5)
    assert permutation_p(np.array([3.0]), null)[0] == pytest.approx(1 / 5)
    assert np.isnan(permutation_p(np.array([np.nan]), null)[0])


def test_the_null_of_a_design_is_centred_on_parity(small_market):
    from evenhand.measure.resample import draw_weights
    from evenhand.measure.study import estimate_ratios

    labels = small_market.pool.column("gender")
    groups = [job.group or "" for job in small_market.jobs]
    design = make_design(labels, small_market.qualified, groups, permutations=400, seed=2)
    weights = draw_weights(600, groups, 50, 0)
    table = estimate_ratios(design, small_market.rankings, 50, weights)
    assert abs(float(table.null[:, 0, 0].mean())) < 0.03
    assert table.estimate(0, 0).p_value == pytest.approx(1 / 401)
