"""Spread of one value an ad: values by hand, traps, and resamples counted as repeated ads."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.families.ads import (
    atkinson,
    atkinson_parts,
    coefficient_of_variation,
    gini_jobs,
    standard_deviation,
    worst_quartile,
)
from evenhand.measure.families.people import gini_coefficient

SPREADS = [
    standard_deviation,
    coefficient_of_variation,
    gini_jobs,
    atkinson,
    worst_quartile,
]
VALUES = np.array([0.2, 0.8, 0.5, 0.5])


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (standard_deviation, math.sqrt(0.045)),
        (coefficient_of_variation, math.sqrt(0.045) / 0.5),
        (gini_jobs, (0.6 + 4 * 0.3) / (4 * 2.0)),
        (atkinson, 1 - ((0.2**0.5 + 0.8**0.5 + 2 * 0.5**0.5) / 4) ** 2 / 0.5),
        (worst_quartile, 0.2),
    ],
)
def test_values_by_hand(measure, expected):
    assert measure(VALUES)[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("measure", SPREADS)
def test_an_ad_that_was_drawn_twice_counts_as_two(measure):
    rng = np.random.default_rng(3)
    values = rng.random(11)
    times = rng.integers(0, 4, (20, 11)).astype(np.float64)
    repeated = [measure(np.repeat(values, row.astype(int)))[0] for row in times]
    assert measure(values, times) == pytest.approx(repeated, abs=1e-12)


def test_gini_is_that_of_candidates():
    values = np.random.default_rng(0).random(30)
    assert gini_jobs(values)[0] == pytest.approx(gini_coefficient(values), abs=1e-12)


def test_worst_quartile_takes_a_quarter_rounded_up():
    assert worst_quartile(np.array([0.1, 0.3, 0.5, 0.7, 0.9]))[0] == pytest.approx(0.2)


def test_trap_nothing_but_the_worst_quartile_sees_the_level():
    poor, good = np.full(8, 0.01), np.full(8, 0.99)
    for measure in (standard_deviation, gini_jobs, atkinson, coefficient_of_variation):
        assert measure(poor)[0] == pytest.approx(measure(good)[0], abs=1e-12)
    assert worst_quartile(poor)[0] < worst_quartile(good)[0]


def test_trap_cv_is_huge_near_a_mean_of_0():
    tiny = np.array([0.0, 0.0, 0.0, 1e-6])
    assert coefficient_of_variation(tiny)[0] == pytest.approx(math.sqrt(3))
    assert standard_deviation(tiny)[0] < 1e-6


@pytest.mark.parametrize("values", [np.zeros(4), np.array([-0.5, 0.5, 1.0])])
def test_shares_of_nothing_have_no_value(values):
    for measure in (gini_jobs, atkinson, coefficient_of_variation):
        assert math.isnan(measure(values)[0])
    assert math.isfinite(standard_deviation(values)[0])


def test_atkinson_falls_apart_exactly_into_within_and_between():
    rng = np.random.default_rng(1)
    values, groups = rng.random(40), [f"g{i}" for i in rng.integers(0, 5, 40)]
    times = rng.integers(0, 3, (10, 40)).astype(np.float64)
    for drawn in (None, times):
        parts = atkinson_parts(values, groups, drawn)
        whole = atkinson(values, drawn)
        assert (1 - parts.within) * (1 - parts.between) == pytest.approx(1 - whole, abs=1e-12)


def test_atkinson_between_groups_is_0_where_groups_are_alike_and_all_where_they_are_flat():
    alike = atkinson_parts(np.array([0.1, 0.9, 0.1, 0.9]), ["a", "a", "b", "b"])
    assert alike.between[0] == pytest.approx(0.0, abs=1e-12)
    assert alike.within[0] > 0.1
    flat = atkinson_parts(np.array([0.1, 0.1, 0.9, 0.9]), ["a", "a", "b", "b"])
    assert flat.within[0] == pytest.approx(0.0, abs=1e-12)
    assert flat.between[0] == pytest.approx(alike.within[0])


def test_trap_atkinson_depends_on_epsilon():
    assert atkinson(VALUES, epsilon=0.2)[0] < atkinson(VALUES, epsilon=0.8)[0]
    with pytest.raises(MeasureError, match="between 0 and 1"):
        atkinson(VALUES, epsilon=1.0)


@pytest.mark.parametrize(
    ("values", "times", "words"),
    [
        (np.array([0.1, np.nan]), None, "without NaN"),
        (np.empty(0), None, "one number an ad"),
        (np.array([0.1, 0.2]), np.ones((5, 3)), "give one an ad"),
    ],
)
def test_bad_values_are_refused(values, times, words):
    with pytest.raises(MeasureError, match=words):
        gini_jobs(values, times)


def test_groups_of_other_ads_are_refused():
    with pytest.raises(MeasureError, match="give one an ad"):
        atkinson_parts(VALUES, ["a"])
