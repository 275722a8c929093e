"""The paired randomisation test: exact, reproducible and never 0."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.resample import EXACT_PAIRS, randomisation_test


def test_few_pairs_are_counted_exactly():
    first, second = np.zeros(4), np.array([0.3, 0.2, 0.1, -0.05])
    found = randomisation_test(first, second)
    sums = [
        sum(sign * gap for sign, gap in zip(signs, second, strict=True))
        for signs in itertools.product((1, -1), repeat=4)
    ]
    far = sum(abs(total) >= 0.55 - 1e-12 for total in sums)
    assert (found.exact, found.patterns) == (True, 16)
    assert found.p_value == far / 16
    assert (found.wins, found.ties, found.losses, found.pairs) == (3, 0, 1, 4)
    assert found.difference == pytest.approx(second.mean())


def test_many_pairs_are_drawn_and_close_to_exact(monkeypatch):
    rng = np.random.default_rng(5)
    first, second = rng.random(12), rng.random(12) + 0.15
    exact = randomisation_test(first, second)
    monkeypatch.setattr("evenhand.measure.resample.EXACT_PAIRS", 3)
    drawn = randomisation_test(first, second, permutations=20_000)
    assert exact.exact
    assert not drawn.exact
    error = math.sqrt(exact.p_value * (1 - exact.p_value) / 20_000)
    assert abs(drawn.p_value - exact.p_value) < 4 * error


def test_the_same_seed_gives_the_same_p_in_any_block_size(monkeypatch):
    rng = np.random.default_rng(6)
    first, second = rng.random(60), rng.random(60)
    calls = {randomisation_test(first, second, seed=1).p_value for _ in range(6)}
    assert len(calls) == 1
    assert randomisation_test(first, second, seed=2).p_value not in calls
    monkeypatch.setattr("evenhand.measure.resample._CELLS", 64 * 60)
    assert randomisation_test(first, second, seed=1).p_value in calls


def test_p_is_never_0():
    found = randomisation_test(np.zeros(100), np.ones(100), permutations=999)
    assert found.p_value == pytest.approx(1 / 1000)
    exact = randomisation_test(np.zeros(EXACT_PAIRS), np.ones(EXACT_PAIRS))
    assert exact.p_value == pytest.approx(2 / 2**EXACT_PAIRS)


def test_ties_move_the_mean_and_not_the_p():
    first, second = np.zeros(5), np.array([0.3, 0.2, 0.1, 0.4, 0.2])
    tied = randomisation_test(np.zeros(9), np.append(second, np.zeros(4)))
    assert tied.p_value == randomisation_test(first, second).p_value
    assert tied.ties == 4
    assert tied.difference == pytest.approx(second.sum() / 9)


def test_no_difference_at_all_has_a_p_of_1():
    found = randomisation_test(np.ones(20), np.ones(20))
    assert (found.p_value, found.difference, found.ties) == (1.0, 0.0, 20)


def test_ads_without_a_value_are_left_out():
    found = randomisation_test(np.array([np.nan, 0.1, 0.2]), np.array([0.5, np.nan, 0.4]))
    assert found.pairs == 1
    nothing = randomisation_test(np.array([np.nan]), np.array([0.5]))
    assert math.isnan(nothing.p_value)
    assert math.isnan(nothing.difference)


def test_the_test_keeps_its_level():
    rng = np.random.default_rng(8)
    p_values = np.array(
        [
            randomisation_test(rng.random(20), rng.random(20), permutations=199, seed=i).p_value
            for i in range(3000)
        ]
    )
    assert 0.04 < (p_values <= 0.05).mean() < 0.06


def test_bad_arguments_are_refused():
    with pytest.raises(MeasureError, match="same ads in the same order"):
        randomisation_test(np.ones(3), np.ones(4))
    with pytest.raises(MeasureError, match="1 or more"):
        randomisation_test(np.ones(3), np.ones(3), permutations=0)
