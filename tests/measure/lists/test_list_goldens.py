"""Known values of the list measures, and what they do at the edges."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.counts import Prefixes, count_prefixes, lists_of
from evenhand.measure.families.lists import (
    Cuts,
    difference,
    divergence,
    extreme_skew,
    greatest_sum,
    infeasible_count,
    infeasible_index,
    least_prefix_p,
    prefix_p,
    prefix_p_at_end,
    ratio_difference,
    rkl,
    rnd,
    rrd,
    whole_list_null,
)


@pytest.fixture
def in_order(make_rankings):
    """Prefixes of one list that shows everybody of a pool in the order of their labels."""

    def make(labels: str, k: int | None = None) -> Prefixes:
        rankings = make_rankings([range(len(labels))], len(labels))
        everybody = np.ones((1, len(labels)), dtype=bool)
        return count_prefixes(
            lists_of(rankings, everybody, np.array(list(labels)), k or len(labels))
        )

    return make


@pytest.mark.parametrize(
    ("labels", "expected"),
    [("b" * 15 + "a" * 5, 1.0), ("a" * 5 + "b" * 15, 1.0), ("bbba" * 5, 0.2)],
)
def test_rnd_of_twenty_people_with_five_of_the_group(in_order, labels, expected):
    assert rnd(in_order(labels))[0, 0] == pytest.approx(expected, abs=1e-12)


def test_rkl_and_rrd_of_twenty_people(in_order):
    last, even = in_order("b" * 15 + "a" * 5), in_order("bbba" * 5)
    assert rkl(last)[0, 0] == pytest.approx(1.0)
    away = 0.2 * math.log(0.2 / 0.25) + 0.8 * math.log(0.8 / 0.75)
    assert rkl(even)[0, 0] == pytest.approx(away / math.log(4 / 3))
    assert rrd(in_order("a" * 5 + "b" * 15))[0, 0] == pytest.approx(1.0)
    assert rrd(last)[0, 0] == pytest.approx((1 / 3) / (2 / 3))
    assert math.isnan(rrd(last)[0, 1])  # the majority


def test_other_ports_discount_otherwise_and_say_so(in_order):
    prefixes = in_order("abbb" * 5)
    one = Cuts(1, 1)
    assert rnd(prefixes, one)[0, 0] != pytest.approx(rnd(prefixes)[0, 0])
    assert str(one) == "a cut every 1 places, log2(i + 1), exact normaliser"
    with pytest.raises(MeasureError, match="log2"):
        Cuts(1, 0)


def _brute_force(gap, step: int, people: int, group: int) -> float:
    best = 0.0
    for members in itertools.combinations(range(people), group):
        counts = np.cumsum(np.isin(np.arange(people), members))
        places = np.arange(step, people + 1, step)
        gaps = gap(counts[places - 1], places, np.array(group), np.array(people))
        best = max(best, float((gaps / np.log2(places)).sum()))
    return best


@pytest.mark.parametrize("gap", [difference, divergence, ratio_difference])
@pytest.mark.parametrize(("step", "people", "group"), [(2, 8, 3), (3, 9, 4), (2, 9, 1)])
def test_the_normaliser_is_the_greatest_sum_of_all_orders(gap, step, people, group):
    found = greatest_sum(gap, Cuts(step), people, group, people // step)
    assert found == pytest.approx(_brute_force(gap, step, people, group), abs=1e-12)


@pytest.mark.parametrize(
    ("gap", "extremes"), [(difference, 1), (divergence, 1), (ratio_difference, 0)]
)
def test_all_first_or_all_last_is_greatest_for_rnd_and_rkl_only(in_order, gap, extremes):
    sums = []
    for labels in ("a" * 4 + "b" * 5, "b" * 5 + "a" * 4):
        counts, places = in_order(labels).counts[0, :, 0], np.arange(2, 10, 2)
        gaps = gap(counts[places - 1], places, np.array(4), np.array(9))
        sums.append(float((gaps / np.log2(places)).sum()))
    exact = greatest_sum(gap, Cuts(2), 9, 4, 4)
    assert (max(sums) == pytest.approx(exact)) == bool(extremes)


def test_the_prefix_test_of_ten_people(in_order):
    prefixes = in_order("0000101111", 5)
    assert prefix_p(prefixes)[0, 4, 1] == pytest.approx(0.103175, abs=5e-7)
    assert prefix_p_at_end(prefixes)[0, 1] == pytest.approx(0.103175, abs=5e-7)
    exact = 5 / 210  # nobody of five among the first four of ten
    assert least_prefix_p(prefixes)[0, 1] == pytest.approx(exact)
    whole = whole_list_null(prefixes, 0, draws=20_000).p_values(prefixes)[0, 1]
    assert 0.0214 < whole < 0.0262


def test_the_upper_tail_is_the_lower_tail_of_the_other_group(in_order):
    prefixes = in_order("0000101111", 7)
    np.testing.assert_allclose(
        prefix_p(prefixes, "upper")[0, :, 0], prefix_p(prefixes)[0, :, 1], rtol=1e-10
    )


def test_whole_list_p_values_repeat_and_never_are_0(in_order):
    prefixes = in_order("b" * 30 + "a" * 30, 30)
    first = whole_list_null(prefixes, 3, draws=50).p_values(prefixes)
    again = whole_list_null(prefixes, 3, draws=50).p_values(prefixes)
    np.testing.assert_array_equal(first, again)
    assert first[0, 0] == pytest.approx(1 / 51)
    with pytest.raises(MeasureError, match="draws"):
        whole_list_null(prefixes, 3, draws=0)


def test_infeasible_prefixes_are_counted_in_whole_numbers(in_order):
    prefixes = in_order("bbbaaa")
    assert infeasible_index(prefixes)[0] == 3  # places 2 and 3 ask for one a, place 4 for two
    assert infeasible_count(prefixes)[0] == 3
    assert infeasible_index(in_order("b" * 7 + "a" * 3))[0] == 5  # places 4 to 8
    assert infeasible_count(in_order("bbbcccaaa"))[0] == 5 + 1  # a at places 3 to 7, c at 3
    assert infeasible_index(in_order("bbbcccaaa"))[0] == 5
    # 58 of 200 at place 100 are 29; in floating point .29 * 100 is a little less, and floors to 28.
    rises = [29 * place // 100 > 29 * (place - 1) // 100 for place in range(1, 100)]
    first = "".join("a" if rise else "b" for rise in rises) + "b"
    rest = "a" * (58 - first.count("a")) + "b" * (142 - first.count("b"))
    assert int(0.29 * 100) == 28
    assert infeasible_index(in_order(first + rest, 100))[0] == 1


def test_extreme_skews_name_absent_groups(in_order):
    found = extreme_skew(in_order("aaaabbbb", 4))
    assert found.least[0] == -math.inf
    assert found.greatest[0] == pytest.approx(math.log(2))
    assert found.smoothed_least[0] == pytest.approx(math.log(0.5 / 5 / 0.5))
    assert found.smoothed_greatest[0] == pytest.approx(math.log(4.5 / 5 / 0.5))
    assert found.absent[0]
    whole = extreme_skew(in_order("aaaabbbb"))
    assert whole.least[0] == pytest.approx(0.0)
    assert not whole.absent[0]


def test_lists_are_closed_up_over_who_does_not_count(make_rankings):
    labels = np.array(["a", "", "b", "b", "a", "c"])
    qualified = np.array([[True, True, True, False, True, True]])
    prefixes = count_prefixes(lists_of(make_rankings([[3, 0, 1, 5, 2]], 6), qualified, labels, 5))
    assert prefixes.length.tolist() == [3]
    assert prefixes.counts[0, :3].tolist() == [[1, 0, 0], [1, 0, 1], [1, 1, 1]]
    assert prefixes.pool.tolist() == [[2, 1, 1]]


@pytest.mark.parametrize("case", ["nobody qualified", "all unknown", "padded"])
def test_nothing_shown_is_undefined_and_no_error(make_rankings, case):
    labels = np.array(["a", "b"] * 15)
    qualified = np.ones((1, 30), dtype=bool)
    order = list(range(30))
    if case == "nobody qualified":
        qualified[:] = False
    elif case == "all unknown":
        labels[:] = ""
    else:
        order = [-1] * 30
    prefixes = count_prefixes(lists_of(make_rankings([order], 30), qualified, labels, 30))
    for measure in (rnd, rkl, rrd, prefix_p_at_end, least_prefix_p, infeasible_index):
        assert np.isnan(measure(prefixes)).all()
    assert np.isnan(extreme_skew(prefixes).least).all()
    assert np.isnan(infeasible_count(prefixes)).all()
    assert np.isnan(whole_list_null(prefixes, 0, draws=10).p_values(prefixes)).all()


def test_one_group_alone_has_nothing_to_be_compared_with(in_order):
    prefixes = in_order("a" * 20)
    for measure in (rnd, rkl, rrd, prefix_p_at_end):
        assert np.isnan(measure(prefixes)).all()
    assert infeasible_index(prefixes)[0] == 0
    assert extreme_skew(prefixes).greatest[0] == pytest.approx(0.0)
