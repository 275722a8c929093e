"""Ranking quality as figures, with the exact level at random."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.match.protocol import Rankings
from evenhand.measure.families.quality import (
    MEASURES,
    expected_quality,
    quality_figures,
    random_quality,
)
from evenhand.measure.figure import cards
from evenhand.measure.resample import draw_weights


def lists_of(positions: np.ndarray, people: int) -> Rankings:
    jobs = tuple(str(job) for job in range(len(positions)))
    names = tuple(str(person) for person in range(people))
    return Rankings(jobs, names, positions, np.zeros(positions.shape))


@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize(
    "relevance",
    [
        np.array([True, False, True, False, False]),
        np.array([3, 0, 1, 0, 2]),
        np.array([True, True, True, True, True]),
        np.array([False, True, False, False, False]),
    ],
)
def test_the_level_at_random_is_the_mean_over_all_orders(relevance, k):
    orders = np.array(list(itertools.permutations(range(5))))[:, :4]
    lists = lists_of(orders, 5)
    table = np.tile(relevance, (len(orders), 1))
    expected = expected_quality(lists, table, k)
    assert set(expected) == set(MEASURES)
    for key, measure in MEASURES.items():
        mean = measure(lists, table, k).mean()
        assert expected[key] == pytest.approx(np.full(len(orders), mean), abs=1e-12), key


def test_the_level_at_random_of_short_lists_counts_filled_places_only():
    orders = np.array(list(itertools.permutations(range(4))))
    orders[:, 2:] = -1
    lists = lists_of(orders, 4)
    table = np.tile([True, False, True, True], (len(orders), 1))
    expected = expected_quality(lists, table, 4)
    for key, measure in MEASURES.items():
        assert expected[key][0] == pytest.approx(measure(lists, table, 4).mean(), abs=1e-12), key


@pytest.mark.parametrize("graded", [False, True])
def test_drawn_lists_are_measured_as_real_ones_are(graded, monkeypatch):
    """The quick formulas of the draws against the measures themselves, on the same lists."""
    rng = np.random.default_rng(0)
    positions = np.stack([rng.permutation(30)[:8] for _ in range(12)])
    positions[3, 5:] = -1
    table = rng.integers(0, 4, (12, 30)) if graded else rng.random((12, 30)) < 0.2
    table[7] = 0
    lists = lists_of(positions, 30)
    monkeypatch.setattr("evenhand.measure.families.quality.random_positions", lambda *_: positions)
    found = random_quality(lists, table, [8, 3], draws=1, seed=0)
    for (key, cut), values in found.items():
        assert values[0] == pytest.approx(np.nanmean(MEASURES[key](lists, table, cut))), key


def market(signal: float) -> tuple[Rankings, np.ndarray]:
    rng = np.random.default_rng(3)
    relevant = rng.random((40, 200)) < 0.1
    appeal = rng.normal(size=(40, 200)) + signal * relevant
    return lists_of(np.argsort(-appeal, axis=1)[:, :20], 200), relevant


def test_a_blind_engine_is_at_chance_and_a_good_one_is_not():
    blind = quality_figures(*market(0.0), [20, 10], draws=100)
    good = quality_figures(*market(2.0), [20, 10], draws=100)
    for figure, better in zip(blind, good, strict=True):
        low, high = figure.chance
        assert low - 0.01 <= figure.value <= high + 0.01, figure.measure
        assert np.isnan(better.p_value)
        assert better.value > better.chance[1]
        assert better.chance[0] < better.chance_mean < better.chance[1]


def test_every_figure_has_its_card():
    figures = quality_figures(*market(1.0), [10], draws=2)
    keys = {card.key for card in cards("quality")}
    assert {figure.measure for figure in figures} == keys - {"randomisation_test", "tost"}
    assert {figure.variant for figure in figures} == {"@10"}


def test_intervals_and_seeds():
    lists, relevant = market(1.0)
    weights = draw_weights(200, ["all"] * 40, 300, 0)
    first = quality_figures(lists, relevant, [10], weights=weights, seed=1, draws=20)
    again = quality_figures(lists, relevant, [10], weights=weights, seed=1, draws=20)
    assert repr(first) == repr(again)  # NaN is no equal of itself, in Python 3.13's classes too
    for figure in first:
        assert figure.interval[0] < figure.value < figure.interval[1]
        assert figure.n == 40
    other = quality_figures(lists, relevant, [10], weights=weights, seed=2, draws=20)
    assert [f.chance for f in first] != [f.chance for f in other]


def test_nobody_relevant_is_named():
    lists, relevant = market(1.0)
    for figure in quality_figures(lists, np.zeros_like(relevant), [10], draws=3):
        assert math.isnan(figure.value)
        assert "nobody is relevant" in figure.reason


def test_bad_arguments_are_refused():
    lists, relevant = market(1.0)
    with pytest.raises(MeasureError, match="both must be about the same"):
        quality_figures(lists, relevant[:, 1:], [10])
    with pytest.raises(MeasureError, match="0 or more"):
        quality_figures(lists, relevant, [10], draws=-1)
    with pytest.raises(MeasureError, match="the measure needs 50"):
        quality_figures(lists, relevant, [50])
    with pytest.raises(MeasureError, match="negative grade"):
        quality_figures(lists, -relevant.astype(np.int64), [10])
