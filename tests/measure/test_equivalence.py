"""Equivalence and non-inferiority within a margin."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.resample import EQUIVALENT, NOT_WORSE, OPEN, equivalence

NOISE = np.random.default_rng(0).normal(0, 0.02, 200)
NOISE -= NOISE.mean()


@pytest.mark.parametrize(
    ("shift", "verdict", "sentence"),
    [
        (0.0, EQUIVALENT, "equivalent within ±0.01"),
        (0.05, NOT_WORSE, "not worse by 0.01"),
        (-0.05, OPEN, "a loss of 0.01 can't be ruled out"),
        (-0.009, OPEN, "a loss of 0.01 can't be ruled out"),
    ],
)
def test_verdicts(shift, verdict, sentence):
    found = equivalence(np.zeros(200), NOISE + shift, 0.01)
    assert found.verdict == verdict
    assert found.sentence == sentence
    assert found.difference == pytest.approx(shift, abs=1e-12)


def test_few_ads_are_neither_different_nor_equivalent():
    found = equivalence(np.zeros(3), np.array([0.2, -0.2, 0.01]), 0.01)
    assert found.verdict == OPEN


def test_equivalence_is_a_90_percent_interval_within_the_margin():
    rng = np.random.default_rng(1)
    inside = set()
    for _ in range(60):
        gaps = rng.normal(rng.normal(0, 0.01), 0.03, 40)
        found = equivalence(np.zeros(40), gaps, 0.015)
        within = found.interval[0] > -0.015 and found.interval[1] < 0.015
        assert (found.verdict == EQUIVALENT) == within
        inside.add(within)
    assert inside == {True, False}


def test_bootstrap_bounds_are_close_to_the_interval_for_normal_differences():
    found = equivalence(np.zeros(200), NOISE, 0.01)
    assert found.bootstrap == pytest.approx(found.interval, abs=3e-4)
    assert found == equivalence(np.zeros(200), NOISE, 0.01)
    assert found.bootstrap != equivalence(np.zeros(200), NOISE, 0.01, seed=1).bootstrap


@pytest.mark.parametrize(
    ("shift", "verdict"), [(0.0, EQUIVALENT), (0.02, NOT_WORSE), (-0.02, OPEN)]
)
def test_the_same_difference_everywhere_is_judged_by_where_it_lies(shift, verdict):
    found = equivalence(np.full(9, 0.5), np.full(9, 0.5 + shift), 0.01)
    assert found.verdict == verdict
    assert {found.p_not_worse, found.p_not_better} <= {0.0, 1.0}


def test_fewer_than_two_ads_are_named():
    found = equivalence(np.array([0.1, np.nan]), np.array([0.2, 0.3]), 0.01)
    assert found.verdict == OPEN
    assert "fewer than two ads" in found.reason
    assert math.isnan(found.p_value)


@pytest.mark.parametrize("margin", [0.0, -0.1, math.nan, math.inf])
def test_a_margin_must_be_above_0(margin):
    with pytest.raises(MeasureError, match="set one above 0"):
        equivalence(np.zeros(5), np.ones(5), margin)


def test_bad_arguments_are_refused():
    with pytest.raises(MeasureError, match="same ads in the same order"):
        equivalence(np.zeros(5), np.ones(6), 0.1)
    with pytest.raises(MeasureError, match="1 or more"):
        equivalence(np.zeros(5), np.ones(5), 0.1, resamples=0)
